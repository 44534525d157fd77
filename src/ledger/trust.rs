//! Which plans this user, on this machine, has allowed to run and to connect. Local: no ledger and no repository grants it.
//!
//! What can't be read trusts nothing, and is not overwritten: it may be newer than this build.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::durable::{self, DurableFault, while_doing};
use super::lock;
use crate::plan::Digest;

/// The form of the file that this build writes.
const SCHEMA: u32 = 1;

/// One plan that was trusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trusted {
    /// The plan.
    pub digest: Digest,
    /// When. Advisory.
    pub at: Timestamp,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: u32,
    releases: BTreeMap<Digest, Release>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Release {
    // for people; the key decides, which keeps every byte of the path
    path: String,
    plans: Vec<Trusted>,
}

/// Why trust couldn't be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum TrustFault {
    /// The file is there and can't be understood. Nothing is trusted.
    #[error("{} can't be understood ({why}), so nothing is trusted: move it away and trust again", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// Another process is changing it.
    #[error("another flightdeck is changing {}: try again", .0.display())]
    Busy(PathBuf),
    /// The disk or the rights; what was trusted before still is.
    #[error(transparent)]
    Disk(#[from] DurableFault),
}

/// What is trusted for one release.toml.
#[derive(Debug, Clone)]
pub struct Trust {
    file: PathBuf,
    release: PathBuf,
}

impl Trust {
    /// Names the file of trust and the release it is asked about, by the canonical path of its release.toml. Touches nothing.
    pub fn of(file: &Path, release_toml: &Path) -> Self {
        Self { file: file.to_owned(), release: release_toml.to_owned() }
    }

    /// Whether a plan is trusted. An error means no, and says why.
    pub fn is_trusted(&self, plan: &Digest) -> Result<bool, TrustFault> {
        Ok(self.rank(plan)?.is_some())
    }

    /// The place of a plan among those that are trusted, the one trusted last with the highest; none where it isn't.
    pub fn rank(&self, plan: &Digest) -> Result<Option<usize>, TrustFault> {
        Ok(self.plans()?.iter().position(|t| t.digest == *plan))
    }

    /// The plan that was trusted last, whose definition of the flag stays usable.
    pub fn last(&self) -> Result<Option<Trusted>, TrustFault> {
        Ok(self.plans()?.pop())
    }

    /// Trusts a plan, durably.
    pub fn trust(&self, plan: &Digest, at: Timestamp) -> Result<(), TrustFault> {
        self.change(|file| {
            let path = self.release.display().to_string();
            let release = file.releases.entry(self.key()).or_insert(Release { path, plans: Vec::new() });
            release.plans.retain(|t| t.digest != *plan);
            release.plans.push(Trusted { digest: plan.clone(), at });
        })
    }

    /// Forgets all that was trusted for this release.
    pub fn forget(&self) -> Result<(), TrustFault> {
        self.change(|file| drop(file.releases.remove(&self.key())))
    }

    fn key(&self) -> Digest {
        Digest::of(self.release.as_os_str().as_bytes())
    }

    fn plans(&self) -> Result<Vec<Trusted>, TrustFault> {
        Ok(self.read()?.releases.remove(&self.key()).map(|r| r.plans).unwrap_or_default())
    }

    fn read(&self) -> Result<File, TrustFault> {
        let unreadable = |why: String| TrustFault::Unreadable { path: self.file.clone(), why };
        let bytes = match fs::read(&self.file) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(File { schema: SCHEMA, ..File::default() });
            }
            Err(error) => return Err(unreadable(error.to_string())),
        };
        let file: File = serde_json::from_slice(&bytes).map_err(|e| unreadable(e.to_string()))?;
        if file.schema == SCHEMA { Ok(file) } else { Err(unreadable(format!("its schema is {}", file.schema))) }
    }

    fn change(&self, change: impl FnOnce(&mut File)) -> Result<(), TrustFault> {
        let lock = lock::take(&self.file.with_extension("lock"))?;
        let _changing = lock.ok_or_else(|| TrustFault::Busy(self.file.clone()))?;
        let mut file = self.read()?;
        change(&mut file);
        let text = serde_json::to_vec_pretty(&file).map_err(io::Error::other);
        Ok(durable::write_atomically(&self.file, &text.map_err(while_doing("describe", &self.file))?)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_trusted_for_its_release_alone_until_it_is_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("trust.json");
        let (one, two) = (Trust::of(&path, Path::new("/one")), Trust::of(&path, Path::new("/two")));
        let (plan, changed) = (Digest::of(b"plan"), Digest::of(b"changed"));
        assert!(!one.is_trusted(&plan).unwrap());
        one.trust(&plan, Timestamp::UNIX_EPOCH).unwrap();
        assert!(one.is_trusted(&plan).unwrap());
        assert!(!one.is_trusted(&changed).unwrap() && !two.is_trusted(&plan).unwrap());
        one.trust(&changed, Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(one.last().unwrap().unwrap().digest, changed);
        one.trust(&plan, Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(one.last().unwrap().unwrap().digest, plan);
        assert!(one.rank(&plan).unwrap() > one.rank(&changed).unwrap());
        two.trust(&plan, Timestamp::UNIX_EPOCH).unwrap();
        one.forget().unwrap();
        assert!(!one.is_trusted(&plan).unwrap() && two.is_trusted(&plan).unwrap());
    }

    #[test]
    fn what_cannot_be_read_trusts_nothing_and_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("trust.json");
        let trust = Trust::of(&path, Path::new("/one"));
        for garbled in ["", "{", r#"{"schema":2,"releases":{}}"#, r#"{"schema":1,"releases":{"x":1}}"#] {
            fs::write(&path, garbled).unwrap();
            let fault = trust.is_trusted(&Digest::of(b"plan")).unwrap_err();
            assert!(fault.to_string().contains("nothing is trusted"), "{fault}");
            assert!(trust.trust(&Digest::of(b"plan"), Timestamp::UNIX_EPOCH).is_err());
            assert_eq!(fs::read_to_string(&path).unwrap(), garbled);
        }
    }
}
