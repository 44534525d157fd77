//! The flag: its states, where it is read, how a state is told from outside.

use std::collections::BTreeSet;

use super::repos::plain;
use super::{Judge, join, pointer_fault, refname};
use crate::config::near::advice;
use crate::plan::flag::{Asks, FlagdFlag};
use crate::plan::{Deployment, Flag, FlagContext, FlagProvider, Verb};

pub(super) fn judge(judge: &mut Judge<'_>) {
    let Some(flag) = &judge.document.flag else { return };
    let path = vec!["flag".to_owned()];
    for (index, state) in flag.states.iter().enumerate() {
        if flag.states.iter().take(index).any(|earlier| earlier == state) {
            judge.blame(&join(&path, &["states", &index.to_string()]), format!("the state `{state}` stands twice"));
        }
    }
    if flag.key.trim().is_empty() {
        judge.blame(&join(&path, &["key"]), "the flag's key can't be empty");
    }
    let faults = flag.provider_faults();
    judge.faults(&join(&path, &["provider"]), faults);
    pushed(judge, flag, &join(&path, &["provider"]));
    unsettable(judge, flag);
    unreadable(judge, flag);
    for (index, context) in flag.contexts.iter().enumerate() {
        let path = join(&path, &["contexts", &index.to_string()]);
        one_context(judge, flag, context, &path);
        if flag.contexts.iter().take(index).any(|earlier| earlier.name == context.name) {
            judge.blame(&join(&path, &["name"]), format!("two contexts are named `{}`", context.name));
        }
    }
    told_apart(judge, flag);
}

/// A file that is pushed: git takes the names, and no step moves the branch that the file's commits go to.
fn pushed(judge: &mut Judge<'_>, flag: &Flag, path: &[String]) {
    let FlagProvider::Flagd(FlagdFlag { flagd_file, push: Some(to), .. }) = &flag.provider else { return };
    for (key, kind, name) in [("remote", "remote", &to.remote), ("branch", "branch", &to.branch)] {
        if let Some(fault) = refname::fault(name) {
            let at = join(path, &["push", key]);
            judge.blame(&at, format!("git takes no {kind} of that name: {fault}"));
        }
    }
    let around = judge.document.repo.iter().find(|repo| {
        let release = repo.branch.clone().unwrap_or_else(|| format!("release/{}", judge.document.release.id));
        let deployed = match &repo.deploy {
            Some(Deployment::Push { branch, .. }) => *branch == to.branch,
            Some(Deployment::Script { .. }) | None => false,
        };
        plain(flagd_file).starts_with(plain(&repo.path)) && (deployed || repo.main == to.branch || release == to.branch)
    });
    if let Some(repo) = around {
        let message = format!(
            "the release moves `{}` of `{}`, and a commit of the flag would be in its way",
            to.branch, repo.name
        );
        judge.blame(&join(path, &["push", "branch"]), message).help =
            Some("keep the file in a repository of its own, or name a branch that no step moves".to_owned());
    }
}

/// A step that sets a flag which nothing can set.
fn unsettable(judge: &mut Judge<'_>, flag: &Flag) {
    let setter = judge.document.step.iter().find(|step| matches!(step.verb, Verb::Flag(_)));
    if let (Some(step), None, false) = (setter, &flag.set, flag.provider.writes()) {
        let message = format!("step `{}` sets the flag, but {} can only read it", step.id, flag.provider.name());
        judge.blame_key(&["flag".to_owned(), "provider".to_owned()], message).help =
            Some("add to [flag]: set = [\"bin/set-flag\", \"{flag.state}\"]".to_owned());
    }
}

/// A provider that tells nothing without a context, and no context.
fn unreadable(judge: &mut Judge<'_>, flag: &Flag) {
    if flag.contexts.is_empty() && !flag.provider.tells_state() {
        let message = format!("{} is asked once for each context, and there is none", flag.provider.name());
        judge.blame_key(&["flag".to_owned(), "provider".to_owned()], message).help = Some(
            "add to [flag]: contexts = [{ name = \"anyone\", context = {}, expect = { off = false, on = true } }]"
                .to_owned(),
        );
    }
}

fn one_context(judge: &mut Judge<'_>, flag: &Flag, context: &FlagContext, path: &[String]) {
    for state in &flag.states {
        if !context.expect.contains_key(state) {
            let message = format!("`{}` doesn't say what is read when the flag is `{state}`", context.name);
            judge.blame_key(&join(path, &["expect"]), message).help = Some(format!("add {state} = … to `expect`"));
        }
    }
    for state in context.expect.keys().filter(|state| !flag.states.contains(state)) {
        let message = format!("`{state}` is not a state of the flag");
        let states: Vec<_> = flag.states.iter().map(crate::plan::FlagState::as_str).collect();
        judge.blame_key(&join(path, &["expect", state.as_str()]), message).help = advice(state.as_str(), states);
    }
    let provider = flag.provider.name();
    match (flag.provider.asks(), &context.pointer, &context.context) {
        (Asks::Pointer, Some(pointer), None) => {
            if let Some(fault) = pointer_fault(pointer) {
                judge.blame(&join(path, &["pointer"]), fault);
            }
        }
        (Asks::Pointer, _, Some(_)) => {
            judge.blame_key(&join(path, &["context"]), format!("{provider} evaluates no context")).help =
                Some("write `pointer`: where this user's value stands in what is read".to_owned());
        }
        (Asks::Pointer, None, None) => {
            judge.blame_key(path, format!("`{}` has no `pointer` into what the provider reads", context.name)).help =
                Some("for example: pointer = \"/m3/anyone\"".to_owned());
        }
        (Asks::Context, None, Some(_)) => {}
        (Asks::Context, Some(_), _) => {
            judge.blame_key(&join(path, &["pointer"]), format!("{provider} takes no pointer")).help =
                Some("write `context`: what the provider is asked with".to_owned());
        }
        (Asks::Context, None, None) => {
            judge.blame_key(path, format!("`{}` has no `context` to ask the provider with", context.name)).help =
                Some("for example: context = { targetingKey = \"u-1\" }".to_owned());
        }
        (Asks::Nothing, _, _) => {
            judge.blame_key(path, format!("{provider} tells the state itself, and reads no context")).help =
                Some("leave `contexts` out".to_owned());
        }
    }
}

/// Two states that every context reads alike can't be told apart. A provider that tells the state by itself needs none.
fn told_apart(judge: &mut Judge<'_>, flag: &Flag) {
    if flag.provider.tells_state() {
        return;
    }
    let mut said = BTreeSet::new();
    for (index, one) in flag.states.iter().enumerate() {
        for other in flag.states.iter().skip(index + 1).filter(|other| *other != one) {
            let alike = flag
                .contexts
                .iter()
                .all(|context| context.expect.get(one).is_some_and(|v| Some(v) == context.expect.get(other)));
            if alike && said.insert(other) {
                let message = format!("`{one}` and `{other}` read the same in every context: nothing tells them apart");
                judge.blame_key(&["flag".to_owned(), "contexts".to_owned()], message).help =
                    Some(format!("add a context that reads `{other}` otherwise, or drop the state"));
            }
        }
    }
}
