//! Whether both sides have a test that names the seam.

use super::{Outcome, Sides};
use crate::plan::seam::Side;
use crate::plan::{RepoName, Seam};
use crate::rollout::seam::{Misfit, Quote, Standing};

/// What was seen of the tests of one repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tested {
    /// The side it is on.
    pub side: Side,
    /// The repository.
    pub repo: RepoName,
    /// Which files are its tests, as written.
    pub files: String,
    /// How many such files there are.
    pub count: usize,
    /// Whether one of them names the seam.
    pub named: Named,
}

/// Whether a test names the seam.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// One does.
    Yes,
    /// None does.
    No,
}

pub(super) fn judge(seam: &Seam, sides: &Sides, outcome: &mut Outcome) {
    let naming = seam.tests.as_ref().and_then(|tests| tests.naming.as_ref());
    let naming = naming.map_or_else(|| seam.id.as_str(), |pattern| pattern.as_str());
    for tested in sides.tests.iter().filter(|tested| tested.named == Named::No) {
        let Tested { side, repo, files, count, .. } = tested;
        outcome.add(|| Misfit {
            what: match count {
                0 => format!("{repo}: {files}: no such test file is there"),
                count => format!("{repo}: {files}: none of {count} files names `{naming}`"),
            },
            mend: format!("write a test of this seam in {repo} and name `{naming}` in it"),
            quotes: vec![Quote {
                side: *side,
                repo: repo.clone(),
                sha: sides.at.get(repo).and_then(Standing::sha).cloned(),
                file: files.clone(),
                line: 0,
                text: String::new(),
            }],
        });
    }
    if !sides.tests.is_empty() && !outcome.holds.is_empty() {
        outcome.holds.push_str("; tests name it");
    }
}
