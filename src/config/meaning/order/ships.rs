//! The order in which repositories become live: producers before consumers, and among equals the hub before its satellites.

use std::collections::{BTreeMap, BTreeSet};

use super::reach::Reach;
use crate::config::meaning::{Judge, join};
use crate::plan::{Document, Outgoing, RepoName, Role, Step};

/// A step that makes a repository live.
#[derive(Debug, Clone, Copy)]
struct Shipping<'a> {
    place: usize,
    repo: &'a RepoName,
    what: Outgoing,
}

pub(super) fn judge(judge: &mut Judge<'_>) {
    let document = judge.document;
    let graph = Graph::of(document);
    let reach = Reach::of(document);
    let told = judge.draft.whole() && reach.is_told();
    let all: Vec<Shipping<'_>> =
        document.step.iter().enumerate().filter_map(|(place, step)| shipping(document, place, step)).collect();
    let hubs: BTreeSet<&RepoName> = with_role(document, Role::Hub);
    let satellites: BTreeSet<&RepoName> = with_role(document, Role::Satellite);
    for late in &all {
        let before = reach.before(late.place);
        let mut missing = all.iter().filter(|early| before.get(early.place) == Some(&false) && early.repo != late.repo);
        let found = missing.find_map(|early| {
            let because = if graph.depends(late.repo, early.repo) {
                // in a circle nothing comes first; that is said elsewhere
                let binds = !graph.depends(early.repo, late.repo) && binds(*late, *early, &all);
                binds.then(|| "which it depends on".to_owned())
            } else {
                let code = (late.what, early.what) == (Outgoing::Code, Outgoing::Code);
                let equals = code && satellites.contains(late.repo) && hubs.contains(early.repo);
                (equals && !graph.depends(early.repo, late.repo))
                    .then(|| "the hub: among equals a hub comes before its satellites".to_owned())
            };
            because.map(|because| (*early, because))
        });
        if let Some((early, because)) = found.filter(|(early, _)| told || early.place > late.place) {
            blame(judge, *late, early, &because);
        }
    }
}

/// What a package is published for comes after the packages it is made with; what has no package counts by its code.
fn binds(late: Shipping<'_>, early: Shipping<'_>, all: &[Shipping<'_>]) -> bool {
    let has_package = || all.iter().any(|other| other.repo == early.repo && other.what == Outgoing::Package);
    late.what == Outgoing::Code || early.what == Outgoing::Package || !has_package()
}

fn blame(judge: &mut Judge<'_>, consumer: Shipping<'_>, producer: Shipping<'_>, because: &str) {
    let document = judge.document;
    let (Some(step), Some(other)) = (document.step.get(consumer.place), document.step.get(producer.place)) else {
        return;
    };
    let path = join(&judge.draft.step_path(consumer.place), &[step.verb.word()]);
    if producer.place > consumer.place {
        let message = format!(
            "step `{}` ships `{}` before step `{}` ships `{}`, {because}",
            step.id, consumer.repo, other.id, producer.repo
        );
        judge.blame(&path, message).help = Some(format!("move step `{}` up, above `{}`", other.id, step.id));
        return;
    }
    let message = format!(
        "step `{}` ships `{}` without waiting for step `{}`, which ships `{}`, {because}",
        step.id, consumer.repo, other.id, producer.repo
    );
    judge.blame(&path, message).help = Some(format!("add \"{}\" to the `needs` of step `{}`", other.id, step.id));
}

/// How a step makes a repository live, if it makes one live. A promotion does where it goes where users' code comes from.
fn shipping<'a>(document: &'a Document, place: usize, step: &'a Step) -> Option<Shipping<'a>> {
    let what = step.verb.outgoing(document).filter(|what| *what != Outgoing::Branch)?;
    Some(Shipping { place, repo: step.verb.repo()?, what })
}

fn with_role(document: &Document, role: Role) -> BTreeSet<&RepoName> {
    document.repo.iter().filter(|repo| repo.role == role).map(|repo| &repo.name).collect()
}

/// Who depends on whom, also by way of others.
struct Graph<'a>(BTreeMap<&'a RepoName, BTreeSet<&'a RepoName>>);

impl<'a> Graph<'a> {
    fn of(document: &'a Document) -> Self {
        let direct: BTreeMap<&RepoName, &Vec<RepoName>> =
            document.repo.iter().map(|repo| (&repo.name, &repo.depends_on)).collect();
        let all = |name: &'a RepoName| {
            let mut found: BTreeSet<&RepoName> = BTreeSet::new();
            let mut open = vec![name];
            while let Some(at) = open.pop() {
                for on in direct.get(at).into_iter().copied().flatten() {
                    if found.insert(on) {
                        open.push(on);
                    }
                }
            }
            found
        };
        Self(document.repo.iter().map(|repo| (&repo.name, all(&repo.name))).collect())
    }

    fn depends(&self, consumer: &RepoName, producer: &RepoName) -> bool {
        self.0.get(consumer).is_some_and(|on| on.contains(producer))
    }
}
