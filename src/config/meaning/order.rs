//! Dependencies between repositories: no circles, and no step that ships a consumer before its producer.

mod reach;
mod repins;
mod ships;

use std::collections::BTreeMap;

use super::{Judge, join};
use crate::plan::{Repo, RepoName};

pub(super) fn judge(judge: &mut Judge<'_>) {
    circles(judge);
    ships::judge(judge);
    repins::judge(judge);
}

/// How far the search has come with a repo.
#[derive(Clone, Copy, PartialEq)]
enum Mark {
    Open,
    Done,
}

fn circles(judge: &mut Judge<'_>) {
    let repos: BTreeMap<&RepoName, (usize, &Repo)> =
        judge.document.repo.iter().enumerate().map(|(index, repo)| (&repo.name, (index, repo))).collect();
    let mut marks: BTreeMap<&RepoName, Mark> = BTreeMap::new();
    for start in judge.document.repo.iter().map(|repo| &repo.name) {
        // an explicit stack: a chain of thousands of repos must not be a chain of calls
        let mut trail: Vec<(&RepoName, usize)> = Vec::new();
        if !marks.contains_key(start) {
            marks.insert(start, Mark::Open);
            trail.push((start, 0));
        }
        while let Some((name, next)) = trail.last_mut() {
            let name = *name;
            let Some((index, repo)) = repos.get(name) else { break };
            let place = *next;
            *next += 1;
            let Some(on) = repo.depends_on.get(place) else {
                marks.insert(name, Mark::Done);
                trail.pop();
                continue;
            };
            match marks.get(on) {
                Some(Mark::Open) if on != name => {
                    let circle = trail.iter().map(|(name, _)| *name).skip_while(|name| *name != on);
                    let circle: Vec<_> = circle.chain([on]).map(RepoName::as_str).collect();
                    let path = join(&judge.draft.repo_path(*index), &["depends_on", &place.to_string()]);
                    judge
                        .blame(&path, format!("these depend on each other in a circle: {}", circle.join(" → ")))
                        .help = Some("one of them must be able to ship first: drop a dependency".to_owned());
                }
                None if repos.contains_key(on) => {
                    marks.insert(on, Mark::Open);
                    trail.push((on, 0));
                }
                Some(Mark::Open | Mark::Done) | None => {}
            }
        }
    }
}
