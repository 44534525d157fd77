//! `{ flag = "off" }`: every reading there is agrees.

use super::super::RealWorld;
use crate::plan::FlagState;
use crate::port::world::{GateJob, Judged};

impl RealWorld {
    pub(super) async fn flag_gate(&self, job: &GateJob, state: &FlagState) -> Judged {
        let agreement = self.agreement(&job.plan, state).await;
        Judged { holds: agreement.is_full(), detail: format!("flag {state}: {}", agreement.words()) }
    }
}
