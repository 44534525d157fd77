//! Reads plan and ledger from disk, taking nothing and starting nothing.

use std::sync::Arc;

use super::fault::Fault;
use crate::engine::Settings;
use crate::engine::open::{OpenFault, read_plan, trust_of};
use crate::engine::reader::{Account, Reader};
use crate::ledger::mark::Mark;
use crate::ledger::place::{ReleasePlace, StateDir};
use crate::ledger::{GitLedger, Ledger};
use crate::plan::Plan;

/// A release as it lies on disk.
pub(super) struct Reading {
    pub(super) plan: Arc<Plan>,
    pub(super) place: ReleasePlace,
    pub(super) reader: Reader,
    pub(super) account: Account,
    pub(super) trusted: bool,
}

impl Reading {
    /// Reads all of it. A ledger that can't be read to its end is told by `account.unsound`.
    pub(super) fn of(settings: &Settings) -> Result<Self, Fault> {
        let (plan, _) = read_plan(&settings.release_toml)?;
        let state = StateDir::open(&settings.state).map_err(OpenFault::from)?;
        let place = state.release(plan.id(), &settings.release_toml).map_err(OpenFault::from)?;
        let ledger: Arc<dyn Ledger> = Arc::new(GitLedger::at(&place.store(), plan.id()).map_err(OpenFault::from)?);
        let reader = Reader::new(ledger, Mark::at(&place.mark()), Some(place.clone()));
        let account = reader.read_all();
        let trusted = trust_of(settings, &state).is_trusted(plan.digest()).unwrap_or(false);
        Ok(Self { plan, place, reader, account, trusted })
    }
}
