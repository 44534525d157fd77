//! Seams: their ids, what each side reads, and whether the rule can hold such sides together.

use super::repos::inside;
use super::{Judge, join, pointer_fault};
use crate::plan::seam::{Extract, Rule, Side, Source, Unclear, Whence};
use crate::plan::{Repo, RepoName, Seam};

pub(super) fn judge(judge: &mut Judge<'_>) {
    let document = judge.document;
    for (index, seam) in document.seam.iter().enumerate() {
        let path = judge.draft.seam_path(index);
        if document.seam.iter().take(index).any(|other| other.id == seam.id) {
            judge.blame(&join(&path, &["id"]), format!("two seams have the id `{}`", seam.id)).help =
                Some("an id names one seam in gates and on the command line: choose another".to_owned());
        }
        for side in Side::BOTH {
            one_side(judge, seam, side, &path);
        }
        idle(judge, seam, &path);
        owners(judge, seam, &path);
        tests(judge, seam, &path);
    }
}

fn one_side(judge: &mut Judge<'_>, seam: &Seam, side: Side, path: &[String]) {
    let sources = seam.side(side);
    let path = join(path, &[side.word()]);
    if sources.is_empty() && (side == Side::Consumer || seam.rule != Rule::Present) {
        judge.blame_key(&path, format!("seam `{}` has no {side}", seam.id)).help =
            Some(format!("for example: {side} = {{ repo = \"…\", file = \"…\", regex = \"…\" }}"));
    }
    let whole = matches!(seam.rule, Rule::Generated | Rule::Compatible);
    if whole && (sources.len() > 1 || sources.iter().any(|source| source.files.is_some())) {
        judge.blame(&path, format!("rule = \"{}\" compares one document with one", seam.rule)).help =
            Some("name one `file` or one `command` on each side".to_owned());
    }
    let listed = judge.tree.find(&path).is_some_and(|node| !node.items().is_empty());
    for (number, source) in sources.iter().enumerate() {
        let path = if listed { join(&path, &[&number.to_string()]) } else { path.clone() };
        one_source(judge, seam.rule, source, &path);
        if seam.rule == Rule::Generated && side == Side::Producer && source.command.is_none() {
            judge.blame_key(&path, "rule = \"generated\" runs the producer's generator, and none is named").help =
                Some("for example: command = [\"bin/generate\"], output = \"openapi.json\"".to_owned());
        }
    }
}

fn one_source(judge: &mut Judge<'_>, rule: Rule, source: &Source, path: &[String]) {
    if judge.repos.lack(source.repo.as_str()) {
        judge.dangling(&join(path, &["repo"]), "repo", source.repo.as_str(), &judge.repos.all);
    }
    let whence = source.whence();
    if let Err(unclear) = &whence {
        blame(judge, path, unclear);
    }
    let extract = source.extract(rule);
    if let Err(unclear) = &extract {
        blame(judge, path, unclear);
    }
    for (key, unclear) in source.idle() {
        judge.blame_key(&join(path, &[key]), unclear.to_string());
    }
    for (key, file) in [("file", &source.file), ("output", &source.output)] {
        if file.as_ref().is_some_and(|file| !inside(file)) {
            judge.blame(&join(path, &[key]), format!("`{key}` must be a path inside the repository"));
        }
    }
    for (key, pointer) in [("pointer", &source.pointer), ("recorded", &source.recorded)] {
        let fault = pointer.as_deref().filter(|pointer| !pointer.is_empty()).and_then(pointer_fault);
        if let Some(fault) = fault {
            judge.blame(&join(path, &[key]), fault);
        }
    }
    for (key, text) in [("text", &source.text), ("number", &source.number)] {
        if text.as_ref().is_some_and(|text| text.trim().is_empty()) {
            judge.blame(&join(path, &[key]), format!("`{key}` can't be empty"));
        }
    }
    match extract {
        Ok(Extract::Publishes) => published(judge, &source.repo, "publishes", path),
        Ok(Extract::Pins(package)) => {
            if judge.repos.lack(package.as_str()) {
                judge.dangling(&join(path, &["pins"]), "repo", package.as_str(), &judge.repos.all);
            }
            published(judge, package, "pins", path);
            if matches!(whence, Ok(Whence::Files(_) | Whence::Command { .. })) {
                judge.blame_key(&join(path, &["pins"]), "`pins` reads one manifest").help =
                    Some("for example: file = \"package.json\"".to_owned());
            }
        }
        Ok(_) | Err(_) => {}
    }
}

/// A package that nothing publishes.
fn published(judge: &mut Judge<'_>, name: &RepoName, key: &str, path: &[String]) {
    let silent = |repo: &&Repo| repo.name == *name && repo.publish.is_none();
    if judge.document.repo.iter().any(|repo| silent(&repo)) && judge.draft.intact(name) {
        judge.blame(&join(path, &[key]), format!("`{name}` publishes no package")).help =
            Some("give its [[repo]] a `publish = { … }`".to_owned());
    }
}

fn blame(judge: &mut Judge<'_>, path: &[String], unclear: &Unclear) {
    let said = unclear.to_string();
    let (message, help) = match said.split_once(": ") {
        Some((message, help)) => (message.to_owned(), Some(help.to_owned())),
        None => (said, None),
    };
    match unclear {
        Unclear::TwoWhences(key, _)
        | Unclear::TwoExtracts(key, _)
        | Unclear::Alone(key, _)
        | Unclear::NotWhole(key, _) => {
            judge.blame_key(&join(path, &[key]), message).help = help;
        }
        Unclear::NoWhence | Unclear::NoExtract => judge.blame_key(path, message).help = help,
    }
}

/// Keys that the rule has no use for.
fn idle(judge: &mut Judge<'_>, seam: &Seam, path: &[String]) {
    let numbers = matches!(seam.rule, Rule::AtMost | Rule::AtLeast);
    if seam.total.is_some() && !numbers {
        judge.blame_key(&join(path, &["total"]), format!("rule = \"{}\" adds up no numbers", seam.rule)).help =
            Some("`total` goes with at_most and at_least".to_owned());
    }
    let names = matches!(seam.rule, Rule::Subset | Rule::Equal);
    if seam.spelling != crate::plan::seam::Spelling::Exact && !names {
        judge.blame_key(&join(path, &["spelling"]), format!("rule = \"{}\" compares no names", seam.rule)).help =
            Some("`spelling` goes with subset and equal".to_owned());
    }
    for side in Side::BOTH {
        let sources = seam.side(side);
        let listed = judge.tree.find(&join(path, &[side.word()])).is_some_and(|node| !node.items().is_empty());
        for number in (0..).zip(sources).filter(|(_, source)| source.unit.is_some() && !numbers).map(|(n, _)| n) {
            let number: usize = number;
            let side = join(path, &[side.word()]);
            let at = if listed { join(&side, &[&number.to_string()]) } else { side };
            judge.blame_key(&join(&at, &["unit"]), format!("rule = \"{}\" compares no numbers", seam.rule));
        }
    }
}

/// Who owns a duty is one of those it passes between, and somebody must say so in the code.
fn owners(judge: &mut Judge<'_>, seam: &Seam, path: &[String]) {
    if !seam.owner.is_empty() && seam.rule != Rule::Owned {
        let message = format!("rule = \"{}\" doesn't ask who owns what", seam.rule);
        judge.blame_key(&join(path, &["owner"]), message).help =
            Some("rule = \"owned\" does: let both sides take out the duties that they claim".to_owned());
    }
    let repos = seam.repos();
    for (duty, owner) in seam.owner.named().filter(|(_, owner)| !repos.contains(owner)) {
        let known = repos.iter().map(|repo| repo.as_str()).collect();
        judge.dangling(&join(path, &["owner", duty.word()]), "repo of this seam", owner.as_str(), &known);
    }
}

fn tests(judge: &mut Judge<'_>, seam: &Seam, path: &[String]) {
    let Some(tests) = &seam.tests else { return };
    let path = join(path, &["tests"]);
    if tests.producer.is_none() && tests.consumer.is_none() {
        judge.blame_key(&path, "`tests` names no tests").help =
            Some("for example: tests = { producer = \"tests/**\", consumer = \"test/**\" }".to_owned());
    }
    if tests.producer.is_some() && seam.producer.is_empty() {
        judge.blame_key(&join(&path, &["producer"]), "this seam has no producer whose tests could be read");
    }
}
