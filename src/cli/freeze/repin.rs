//! `freeze --repin`: references become the versions that the producers' own manifests say, so that QA tests what ships.

use std::collections::BTreeMap;
use std::path::Path;

use crate::cli::Context;
use crate::cli::exit::Exit;
use crate::cli::fault::Fault;
use crate::cli::out::Ink;
use crate::cli::session::Conductor;
use crate::engine::Settings;
use crate::plan::{Candidate, Plan, RepoName};
use crate::port::real::pins_at;
use crate::rollout::event::Frozen;
use crate::shown::Shown;

fn by_repo(frozen: &[Frozen]) -> BTreeMap<RepoName, Candidate> {
    frozen.iter().map(|frozen| (frozen.repo.clone(), frozen.candidate.clone())).collect()
}

/// Shows what would be pinned; everything that stands in the way is told at once.
pub(super) fn show(plan: &Plan, root: &Path, frozen: &[Frozen], context: &Context) -> Result<(), Fault> {
    let candidates = by_repo(frozen);
    let mut obstacles = Vec::new();
    for repo in plan.repos().iter().filter(|repo| !repo.repin.is_empty()) {
        let Some(candidate) = candidates.get(&repo.name) else { continue };
        let sights = plan.pins(&repo.name, &candidates).map_err(|why| why.to_string());
        match sights.and_then(|pins| pins_at(&root.join(&repo.path), &candidate.sha, &pins)) {
            Ok(sights) => {
                for sight in sights {
                    let references = match sight.references {
                        Ok(references) => references,
                        Err(why) => {
                            obstacles.push(format!("{}: {why}", repo.name));
                            continue;
                        }
                    };
                    for was in references {
                        let line = format!(
                            "{}: {}:{} {} becomes {}",
                            repo.name, sight.manifest, was.line, was.written, sight.package
                        );
                        context.out.line(Ink::Plain, &Shown::from(line));
                    }
                }
            }
            Err(why) => obstacles.push(format!("{}: {why}", repo.name)),
        }
    }
    if obstacles.is_empty() { Ok(()) } else { Err(super::unfit(&obstacles)) }
}

/// Pins on the release branches here.
pub(super) async fn pin(
    context: &Context,
    settings: &Settings,
    conductor: &Conductor,
    frozen: &[Frozen],
) -> Result<(), Fault> {
    let plan = conductor.plan();
    let candidates = by_repo(frozen);
    let world = conductor.world(settings);
    for repo in plan.repos().iter().filter(|repo| !repo.repin.is_empty()) {
        let name = &repo.name;
        match world.pin_provisionally(plan, name, &candidates).await {
            Ok(Some(pinned)) => {
                let said = format!("{name}: {} is at {}", plan.branch(repo), pinned.at.short());
                context.out.tell(Ink::Good, &Shown::from(said));
                for line in pinned.said {
                    context.out.tell(Ink::Dim, &Shown::from(format!("{name}: {line}")));
                }
            }
            Ok(None) => {
                let said = format!("{name}: no step of ours repins it: its references stay as they are");
                context.out.tell(Ink::Warning, &Shown::from(said));
            }
            Err(why) => {
                return Err(Fault::new(Exit::MustLook, format!("{name} can't be pinned; nothing is frozen"))
                    .because(why)
                    .hint("correct it and freeze again: what is pinned already stays so"));
            }
        }
    }
    Ok(())
}
