//! Each effect is brought once: a second step could only find what the first one did, and would stand there for ever.

use std::collections::BTreeMap;

use super::{Judge, join};
use crate::plan::verb::Scene;
use crate::plan::{Candidate, Effect, Identity, Nature, Package, Sha, Step, Verb};

pub(super) fn judge(judge: &mut Judge<'_>) {
    let document = judge.document;
    // what will be frozen isn't known, but it is one commit and one package for each repo
    let Ok(sha) = "0".repeat(40).parse::<Sha>() else { return };
    let candidate = |name: &str| {
        let package = Package { name: name.to_owned(), version: "0".to_owned() };
        Candidate::frozen(sha.clone(), Some(package))
    };
    let candidates: BTreeMap<_, _> =
        document.repo.iter().map(|repo| (repo.name.clone(), candidate(repo.name.as_str()))).collect();
    let mut brought: Vec<(Identity, &Step)> = Vec::new();
    for (index, step) in document.step.iter().enumerate() {
        if matches!(step.verb, Verb::Record(_)) {
            continue;
        }
        // what can't be compiled is blamed elsewhere
        let actions = step.verb.compile(&Scene { document, candidates: &candidates, step }).unwrap_or_default();
        let mut blamed = false;
        for action in actions {
            // the flag may well go back and forth
            if action.effect.nature() != Nature::Effect || matches!(action.effect, Effect::SetFlag { .. }) {
                continue;
            }
            let earlier =
                brought.iter().find(|(before, other)| is_same(before, &action.identity) && other.id != step.id);
            match earlier {
                Some((_, earlier)) if !blamed => {
                    blamed = true;
                    let message = format!("step `{}` brings what step `{}` has brought already", step.id, earlier.id);
                    let path = join(&judge.draft.step_path(index), &[step.verb.word()]);
                    judge.blame_key(&path, message).help =
                        Some("an effect happens once: drop one of the two steps".to_owned());
                }
                Some(_) => {}
                None => brought.push((action.identity, step)),
            }
        }
    }
}

/// Whether two effects are the same push, though one is called a promotion and the other is a part of a deploy.
fn is_same(one: &Identity, other: &Identity) -> bool {
    let pushes = |identity: &Identity| ["promote", "deploy"].contains(&identity.verb.as_str());
    one == other || (pushes(one) && pushes(other) && (&one.target, &one.brings) == (&other.target, &other.brings))
}
