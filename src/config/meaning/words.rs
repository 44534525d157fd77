//! Template words that nothing could ever fill where they stand.

use super::{Judge, join};
use crate::config::tree::Node;
use crate::plan::Argv;
use crate::plan::argv::{ArgvError, WORDS};

/// What is known of a repository without a worktree of it.
const CALL: [&str; 5] = ["sha", "repo", "release", "package", "version"];
const SEAM: [&str; 4] = ["sha", "repo", "worktree", "release"];
const WORKTREE: [&str; 6] = ["sha", "repo", "worktree", "release", "package", "version"];

pub(super) fn judge(judge: &mut Judge<'_>) {
    let flag = ["flag".to_owned()];
    command(judge, &join(&flag, &["provider", "command"]), &["context", "release"], "here");
    command(judge, &join(&flag, &["set"]), &["flag.state", "release"], "here");
    calls(judge, &flag);
    let registries: Vec<String> = judge.document.registry.keys().map(ToString::to_string).collect();
    for name in registries {
        for key in ["probe", "resolve"] {
            let path = ["registry".to_owned(), name.clone(), key.to_owned()];
            command(judge, &path, &WORKTREE, "in a registry's command");
        }
    }
    for index in 0..judge.document.repo.len() {
        let path = judge.draft.repo_path(index);
        let artifact = judge.tree.find(&join(&path, &["publish", "artifacts"])).is_some();
        let publish: Vec<&str> = WORKTREE.iter().copied().chain(artifact.then_some("artifact")).collect();
        for key in ["build", "command"] {
            let reason = "without `artifacts = [\"…\"]` beside it";
            command(judge, &join(&path, &["publish", key]), &publish, if artifact { "here" } else { reason });
        }
        for key in ["command", "probe"] {
            command(judge, &join(&path, &["publish", "stage", key]), &publish, "here");
        }
        for pin in 0..judge.document.repo.get(index).map_or(0, |repo| repo.repin.len()) {
            command(judge, &join(&path, &["repin", &pin.to_string(), "lock"]), &WORKTREE, "in a lock command");
        }
        for key in ["script", "probe"] {
            command(judge, &join(&path, &["deploy", key]), &WORKTREE, "in a deploy command");
        }
    }
    for index in 0..judge.document.seam.len() {
        let path = judge.draft.seam_path(index);
        for side in ["producer", "consumer"] {
            let side = join(&path, &[side]);
            let listed = judge.tree.find(&side).map_or(0, |node| node.items().len());
            command(judge, &join(&side, &["command"]), &SEAM, "in a seam's command");
            for source in 0..listed {
                command(judge, &join(&side, &[&source.to_string(), "command"]), &SEAM, "in a seam's command");
            }
        }
    }
    for index in 0..judge.document.step.len() {
        let path = judge.draft.step_path(index);
        for (verb, key) in [("run", "command"), ("run", "probe"), ("migrate", "command"), ("migrate", "probe")] {
            let verb = join(&path, &[verb]);
            placed(judge, &verb, key);
        }
        dispatch(judge, index, &join(&path, &["dispatch"]));
        let suite = join(&path, &["smoke", "suite"]);
        placed(judge, &suite, "playwright");
        let in_repo = judge.tree.find(&join(&suite, &["repo"])).is_some();
        let known: &[&str] = if in_repo { &WORKTREE } else { &["release"] };
        command(judge, &join(&suite, &["junit", "command"]), known, "where the suite runs");
        for verb in ["smoke", "soak"] {
            let checks = join(&path, &[verb, "checks"]);
            for check in 0..judge.tree.find(&checks).map_or(0, |list| list.items().len()) {
                placed(judge, &join(&checks, &[&check.to_string()]), "command");
            }
        }
    }
}

/// Texts of calls that read or set the flag.
fn calls(judge: &mut Judge<'_>, flag: &[String]) {
    let provider = join(flag, &["provider"]);
    let writes = join(&provider, &["writes"]);
    let states: Vec<String> =
        judge.tree.find(&writes).into_iter().flat_map(Node::entries).map(|(s, _)| s.clone()).collect();
    let mut texts: Vec<(Vec<String>, &[&str])> = vec![(join(&provider, &["body"]), &["context"])];
    for state in &states {
        texts.extend(["http", "body"].map(|key| (join(&writes, &[state, key]), &["flag.state"] as &[&str])));
    }
    for (path, known) in texts {
        if let Some(written) = judge.tree.find(&path).and_then(Node::text).map(str::to_owned) {
            text(judge, &path, written, known);
        }
    }
}

/// How a workflow is started: by a command like any other, or by a call that no worktree is made for.
fn dispatch(judge: &mut Judge<'_>, index: usize, path: &[String]) {
    let repo = judge.document.step.get(index).and_then(|step| step.verb.repo()).is_some();
    let alone: &[&str] = &["release"];
    let (in_command, in_call): (&[&str], &[&str]) = if repo { (&WORKTREE, &CALL) } else { (alone, alone) };
    command(judge, &join(path, &["command"]), in_command, "here");
    for key in ["http", "body"] {
        let path = join(path, &[key]);
        let written = judge.tree.find(&path).and_then(Node::text).map(str::to_owned);
        if let Some(written) = written {
            text(judge, &path, written, in_call);
        }
    }
}

/// A command whose table says in which repo it runs, if in any.
fn placed(judge: &mut Judge<'_>, table: &[String], key: &str) {
    let in_repo = judge.tree.find(&join(table, &["repo"])).is_some();
    let (known, reason): (&[&str], _) =
        if in_repo { (&WORKTREE, "in a step's command") } else { (&["release"], "without `repo = \"…\"` beside it") };
    command(judge, &join(table, &[key]), known, reason);
}

fn command(judge: &mut Judge<'_>, path: &[String], known: &[&str], reason: &str) {
    let items: Vec<(usize, String)> = judge
        .tree
        .find(path)
        .map(Node::items)
        .unwrap_or_default()
        .iter()
        .enumerate()
        .filter_map(|(index, item)| Some((index, item.text()?.to_owned())))
        .collect();
    for (index, written) in items {
        argument(judge, &join(path, &[&index.to_string()]), written, known, reason);
    }
}

fn argument(judge: &mut Judge<'_>, path: &[String], written: String, known: &[&str], reason: &str) {
    // an unknown word in a list of arguments is judged with its shape
    let Ok(alone) = Argv::try_from(vec!["program".to_owned(), written]) else { return };
    for word in WORDS.iter().filter(|word| alone.names(word) && !known.contains(word)) {
        judge.blame(path, format!("{{{word}}} has no value {reason}")).help =
            Some(format!("what there is: {}", listed(known)));
    }
}

/// A text in which template words stand.
fn text(judge: &mut Judge<'_>, path: &[String], written: String, known: &[&str]) {
    match Argv::try_from(vec!["program".to_owned(), written.clone()]) {
        Ok(_) => argument(judge, path, written, known, "in a call"),
        Err(ArgvError::UnknownWord(word)) => {
            judge.blame(path, format!("{{{word}}} is not a template word")).help =
                Some(format!("what there is: {}", listed(known)));
        }
        Err(error @ (ArgvError::Empty | ArgvError::Nul(_))) => {
            judge.blame(path, error.to_string());
        }
    }
}

fn listed(known: &[&str]) -> String {
    known.iter().map(|word| format!("{{{word}}}")).collect::<Vec<_>>().join(" ")
}
