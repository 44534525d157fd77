//! What a commit's files say of pins: which references stand there, and which lock file belongs to them. Reads one clone; asks
//! nobody.

use std::path::Path;

use super::files::{lock_of, text_at, to};
use crate::plan::pinning::{self, Reference};
use crate::plan::{PinTo, Sha};
use crate::port::repo::Repo;

/// What a commit says of one pin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinSight {
    /// The manifest.
    pub manifest: String,
    /// The package and its version.
    pub package: String,
    /// What stands there instead of the version, if anything; else why that can't be told.
    pub references: Result<Vec<Reference>, String>,
    /// The lock file that belongs to it, if there is one; else why that can't be told.
    pub lock: Result<Option<String>, String>,
}

/// What a commit says of each pin.
pub fn pins_at(clone: &Path, at: &Sha, pins: &[PinTo]) -> Result<Vec<PinSight>, String> {
    let repo = Repo::open(clone).map_err(|why| why.to_string())?;
    let sight = |pin: &PinTo| {
        let references = match text_at(&repo, at, &pin.manifest) {
            Ok(Some(text)) => pinning::pin(&pin.manifest, &text, to(pin)).map_err(|why| why.to_string()),
            Ok(None) => Err(format!("there is no {} at {}: correct `manifest`", pin.manifest, at.short())),
            Err(why) => Err(why),
        };
        PinSight {
            manifest: pin.manifest.clone(),
            package: pin.package.to_string(),
            references: references.map(|pinned| pinned.replaced),
            lock: lock_of(pin, &|file| !matches!(text_at(&repo, at, file), Ok(None))),
        }
    };
    Ok(pins.iter().map(sight).collect())
}
