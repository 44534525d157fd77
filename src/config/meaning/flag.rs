//! The flag: its states, where it is read, how a state is told from outside.

use std::collections::BTreeSet;

use super::{Judge, join, pointer_fault};
use crate::config::near::advice;
use crate::plan::{Flag, FlagContext, FlagProvider, Verb};

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
    match &flag.provider {
        FlagProvider::File { file, pointer } => {
            if let Some(fault) = pointer_fault(pointer) {
                judge.blame(&join(&path, &["provider", "pointer"]), fault);
            }
            let file = file.to_string_lossy();
            let known = [".json", ".toml"].iter().any(|end| file.to_ascii_lowercase().ends_with(end));
            if file.contains('\0') || !known {
                judge.blame(&join(&path, &["provider", "file"]), "the file must be JSON or TOML, by its name").help =
                    Some("a name that ends in .json or .toml".to_owned());
            }
        }
        FlagProvider::Command { .. } => unsettable(judge, flag),
    }
    for (index, context) in flag.contexts.iter().enumerate() {
        let path = join(&path, &["contexts", &index.to_string()]);
        one_context(judge, flag, context, &path);
        if flag.contexts.iter().take(index).any(|earlier| earlier.name == context.name) {
            judge.blame(&join(&path, &["name"]), format!("two contexts are named `{}`", context.name));
        }
    }
    told_apart(judge, flag);
}

/// A step that sets a flag which nothing can set.
fn unsettable(judge: &mut Judge<'_>, flag: &Flag) {
    let setter = judge.document.step.iter().find(|step| matches!(step.verb, Verb::Flag(_)));
    if let (Some(step), None) = (setter, &flag.set) {
        let message = format!("step `{}` sets the flag, but a command provider can only read it", step.id);
        judge.blame_key(&["flag".to_owned(), "provider".to_owned()], message).help =
            Some("add to [flag]: set = [\"bin/set-flag\", \"{flag.state}\"]".to_owned());
    }
    if flag.contexts.is_empty() {
        let message = "a command provider is asked once for each context, and there is none";
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
    match (&flag.provider, &context.pointer, &context.context) {
        (FlagProvider::File { .. }, Some(pointer), None) => {
            if let Some(fault) = pointer_fault(pointer) {
                judge.blame(&join(path, &["pointer"]), fault);
            }
        }
        (FlagProvider::File { .. }, _, Some(_)) => {
            judge.blame_key(&join(path, &["context"]), "a file provider evaluates no context").help =
                Some("write `pointer`: where in the file this user's value stands".to_owned());
        }
        (FlagProvider::File { .. }, None, None) => {
            judge.blame_key(path, format!("`{}` has no `pointer` into the provider's file", context.name)).help =
                Some("for example: pointer = \"/m3/anyone\"".to_owned());
        }
        (FlagProvider::Command { .. }, None, Some(_)) => {}
        (FlagProvider::Command { .. }, Some(_), _) => {
            judge.blame_key(&join(path, &["pointer"]), "a command provider takes no pointer").help =
                Some("write `context`: what the command is asked with".to_owned());
        }
        (FlagProvider::Command { .. }, None, None) => {
            judge.blame_key(path, format!("`{}` has no `context` to ask the command with", context.name)).help =
                Some("for example: context = { targetingKey = \"u-1\" }".to_owned());
        }
    }
}

/// Two states that every context reads alike can't be told apart. A file provider without contexts reads the state's name.
fn told_apart(judge: &mut Judge<'_>, flag: &Flag) {
    if flag.contexts.is_empty() {
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
