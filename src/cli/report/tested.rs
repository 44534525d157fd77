//! What QA tested and what ships: the same commit, one repin on top of it, or a reference where users get the published version.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use crate::plan::{Candidate, Package, Plan, RepoName, Sha};
use crate::port::real::pins_at;
use crate::rollout::Status;

/// One repository's part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Tested {
    /// The repository.
    pub(super) repo: String,
    /// What QA tested.
    pub(super) qa_sha: Sha,
    /// What ships.
    pub(super) ship_sha: Sha,
    /// Where QA tested something else than the published version.
    pub(super) references: Vec<TestedReference>,
    /// Why that can't be told here.
    pub(super) unknown: Option<String>,
}

/// A reference that stood in what QA tested.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct TestedReference {
    /// The file.
    pub(super) manifest: String,
    /// Its line, from 1.
    pub(super) line: usize,
    /// What stood there.
    pub(super) written: String,
    /// What is published.
    pub(super) package: String,
}

impl Tested {
    /// In words, for a page.
    pub(super) fn words(&self) -> String {
        let mut words = vec![if self.qa_sha == self.ship_sha {
            "ships as tested".to_owned()
        } else {
            "ships with one commit on top, which pins published versions".to_owned()
        }];
        for was in &self.references {
            words.push(format!(
                "QA tested a branch reference: {}:{} {} instead of {}",
                was.manifest, was.line, was.written, was.package
            ));
        }
        words.extend(self.unknown.iter().map(|why| format!("which references QA tested can't be told: {why}")));
        words.join("; ")
    }
}

/// Every frozen repository. Reads clones.
pub(super) fn all(plan: &Plan, status: &Status, root: &Path) -> Vec<Tested> {
    let candidates: BTreeMap<RepoName, Candidate> = status.repos.iter().filter_map(candidate).collect();
    let mut all = Vec::new();
    for repo in plan.repos() {
        let Some(candidate) = candidates.get(&repo.name) else { continue };
        let mut tested = Tested {
            repo: repo.name.to_string(),
            qa_sha: candidate.sha.clone(),
            ship_sha: candidate.ship_sha().clone(),
            references: Vec::new(),
            unknown: None,
        };
        let pins = if repo.repin.is_empty() {
            Ok(Vec::new())
        } else {
            let pins = plan.pins(&repo.name, &candidates).map_err(|why| why.to_string());
            pins.and_then(|pins| pins_at(&root.join(&repo.path), &candidate.sha, &pins))
        };
        match pins {
            Err(why) => tested.unknown = Some(why),
            Ok(sights) => {
                for sight in sights {
                    match sight.references {
                        Err(why) => tested.unknown = Some(why),
                        Ok(references) => tested.references.extend(references.into_iter().map(|was| TestedReference {
                            manifest: sight.manifest.clone(),
                            line: was.line,
                            written: was.written,
                            package: sight.package.clone(),
                        })),
                    }
                }
            }
        }
        all.push(tested);
    }
    all
}

fn candidate(repo: &crate::rollout::status::RepoStatus) -> Option<(RepoName, Candidate)> {
    let (qa, ships) = (repo.qa_sha.clone()?, repo.ship_sha.clone()?);
    let package = repo
        .publish
        .as_ref()
        .and_then(|publish| Some(Package { name: publish.package.clone()?, version: publish.version.clone()? }));
    let repinned = Some(ships).filter(|ships| *ships != qa);
    Some((repo.name.parse().ok()?, Candidate { sha: qa, package, repinned }))
}
