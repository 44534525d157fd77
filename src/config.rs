//! release.toml → [`Plan`], or everything that is wrong with it at once. Works on bytes: it opens no file and asks nothing.

mod bytes;
mod complaint;

pub mod diff;
mod draft;
mod meaning;
mod near;
mod reference;
mod refname;
mod schema;
mod source;
#[cfg(test)]
mod tests;
mod tree;
mod walk;

use std::sync::LazyLock;

pub use bytes::LARGEST;
pub use complaint::{Complaint, Complaints, MOST, Severity};
pub use reference::reference;
pub use schema::json_schema;

use crate::plan::Plan;
use complaint::Finding;

/// The schema is the same for every file that is read.
static SCHEMA: LazyLock<serde_json::Value> = LazyLock::new(json_schema);

/// A plan that can be carried out, and what is odd about it all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The plan.
    pub plan: Plan,
    /// What the owner may want to look at; it forbids nothing.
    pub warnings: Vec<Complaint>,
}

/// Reads a release.toml. Shape and meaning are judged in one go: what is broken is set aside, the rest still checked.
pub fn load(bytes: &[u8], file_name: &str) -> Result<Checked, Complaints> {
    let (source, tree) = bytes::read(bytes, file_name)?;
    let walked = walk::walk(&tree, &SCHEMA);
    let sound = walked.findings.is_empty();
    let mut findings = walked.findings;
    let draft = match draft::Draft::of(&tree, &walked.broken) {
        Ok(draft) => Some(draft),
        Err(error) => {
            // only without a complaint about the shape does this say something new
            findings.extend(sound.then(|| Finding::error(0..0, format!("this can't be read: {error}"))));
            None
        }
    };
    findings.extend(draft.iter().flat_map(|draft| meaning::judge(draft, &tree)));
    let failed = findings.iter().any(|finding| finding.severity == Severity::Error);
    let complaints = Complaints::new(findings, &source);
    match draft {
        Some(draft) if !failed => Ok(Checked { plan: Plan::new(draft.document), warnings: complaints.list().to_vec() }),
        Some(_) | None => Err(complaints),
    }
}
