//! Repositories: their names, paths, branches, packages, addresses.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use super::{Judge, address_fault, join, pointer_fault, registry};
use crate::config::refname;
use crate::plan::written::variable_fault;
use crate::plan::{Deployment, Publishing, Repo};
use crate::plan::{lock, pinning};

pub(super) fn judge(judge: &mut Judge<'_>) {
    let document = judge.document;
    let mut named = BTreeSet::new();
    let mut placed = BTreeMap::new();
    for (index, repo) in document.repo.iter().enumerate() {
        let path = judge.draft.repo_path(index);
        if !named.insert(&repo.name) {
            judge.blame(&join(&path, &["name"]), format!("two repos are named `{}`", repo.name)).help =
                Some("give one of them another name".to_owned());
        }
        if let Some(other) = placed.insert(plain(&repo.path), &repo.name) {
            let message = format!("`{}` has the path of `{other}`", repo.name);
            judge.blame(&join(&path, &["path"]), message).help =
                Some("each repo is a clone or worktree of its own".to_owned());
        }
        let text = repo.path.to_string_lossy();
        if text.is_empty() || text.contains('\0') {
            judge.blame(&join(&path, &["path"]), "a path can't be empty or hold a NUL character");
        }
        for (place, on) in repo.depends_on.iter().enumerate() {
            let path = join(&path, &["depends_on", &place.to_string()]);
            if *on == repo.name {
                judge.blame(&path, format!("`{on}` can't depend on itself"));
            } else if judge.repos.lack(on.as_str()) {
                judge.dangling(&path, "repo", on.as_str(), &judge.repos.all);
            }
        }
        branches(judge, repo, &path);
        outside(judge, repo, &path);
        if let Some(publishing) = &repo.publish {
            package(judge, publishing, &join(&path, &["publish"]));
        }
        pins(judge, repo, &path);
    }
}

/// A path as the file system would read it, without asking it.
pub(super) fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if matches!(plain.components().next_back(), Some(Component::Normal(_))) => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

fn branches(judge: &mut Judge<'_>, repo: &Repo, path: &[String]) {
    let named = [("main", Some(&repo.main)), ("branch", repo.branch.as_ref())];
    for (key, branch) in named {
        if let Some(fault) = branch.and_then(|branch| refname::fault(branch)) {
            judge.blame(&join(path, &[key]), format!("git takes no branch of that name: {fault}"));
        }
    }
    let release = repo.branch.clone().unwrap_or_else(|| format!("release/{}", judge.document.release.id));
    if repo.main == release {
        let key = if repo.branch.is_some() { "branch" } else { "main" };
        let message = format!("main and the release branch of `{}` are both `{release}`", repo.name);
        judge.blame(&join(path, &[key]), message).help =
            Some("what QA tests must be apart from what users have: name another branch".to_owned());
    }
    if let Some(Deployment::Push { push, branch, .. }) = &repo.deploy {
        if let Some(fault) = refname::fault(branch) {
            judge.blame(&join(path, &["deploy", "branch"]), format!("git takes no branch of that name: {fault}"));
        }
        if let Some(fault) = refname::fault(push) {
            judge.blame(&join(path, &["deploy", "push"]), format!("git takes no remote of that name: {fault}")).help =
                Some("write the name of a remote, as `git remote` lists them".to_owned());
        }
    }
}

/// What is asked of the world beyond git.
fn outside(judge: &mut Judge<'_>, repo: &Repo, path: &[String]) {
    if let Some(Deployment::Push { smoke: Some(smoke), .. }) = &repo.deploy
        && let Some(fault) = address_fault(smoke)
    {
        judge.blame(&join(path, &["deploy", "smoke"]), fault);
    }
    let reports = repo.reports.clone().unwrap_or_default();
    if let Some(report) = &reports.flag {
        let faults = report.faults(judge.document.flag.as_ref());
        judge.faults(&join(path, &["reports", "flag"]), faults);
    }
    if let Some(text) = reports.version {
        let path = join(path, &["reports", "version"]);
        match text.split_once('#') {
            None => {
                judge.blame(&path, "it doesn't say where in the answer to look").help =
                    Some(format!("add `#` and a JSON pointer: \"{text}#/version\""));
            }
            Some((address, pointer)) => {
                if let Some(fault) = address_fault(address).or_else(|| pointer_fault(pointer)) {
                    judge.blame(&path, fault);
                }
            }
        }
    }
    if repo.url.as_ref().is_some_and(|url| url.is_empty() || url.starts_with('-') || url.chars().any(char::is_control))
    {
        judge.blame(&join(path, &["url"]), "this is no address that git could be given");
    }
    for (index, name) in repo.secrets.iter().enumerate() {
        if let Some(fault) = variable_fault(name) {
            let path = join(path, &["secrets", &index.to_string()]);
            judge.blame(&path, fault).help =
                Some("write the variable's name, as in \"NPM_TOKEN\", never its value".to_owned());
        }
    }
}

fn package(judge: &mut Judge<'_>, publishing: &Publishing, path: &[String]) {
    if publishing.manifest.as_ref().is_some_and(|file| !inside(file)) {
        judge.blame(&join(path, &["manifest"]), "`manifest` must be a path inside the worktree");
    }
    for (index, file) in publishing.artifacts.iter().enumerate() {
        let path = join(path, &["artifacts", &index.to_string()]);
        if !inside(file) {
            judge.blame(&path, "an artefact must be a path inside the worktree");
        }
        // the artefact's path is filled from the package alone
        if file.replace("{package}", "").replace("{version}", "").contains(['{', '}']) {
            judge.blame(&path, "only {package} and {version} are filled in an artefact's path");
        }
    }
    registry::named(judge, publishing, path);
}

/// Whether a path can't lead out of the worktree.
pub(super) fn inside(file: &str) -> bool {
    let path = Path::new(file);
    !file.is_empty()
        && !file.contains('\0')
        && path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
}

/// What becomes a published version: packages of this release, in files of this repo.
fn pins(judge: &mut Judge<'_>, repo: &Repo, path: &[String]) {
    for (index, pin) in repo.repin.iter().enumerate() {
        let path = join(path, &["repin", &index.to_string()]);
        let package = join(&path, &["package"]);
        let of = judge.document.repo.iter().find(|other| other.name == pin.package);
        match of {
            None if judge.repos.lack(pin.package.as_str()) => {
                judge.dangling(&package, "repo", pin.package.as_str(), &judge.repos.all);
            }
            Some(other) if other.name == repo.name => {
                judge.blame(&package, format!("`{}` can't pin its own package", repo.name));
            }
            Some(other) if other.publish.is_none() && judge.draft.intact(&other.name) => {
                judge.blame(&package, format!("`{}` publishes no package", other.name)).help =
                    Some(format!("give its [[repo]] a `publish = {{ … }}`, or drop the pin of `{}`", repo.name));
            }
            Some(_) | None => {}
        }
        for (key, file) in [("manifest", Some(&pin.manifest)), ("lock_file", pin.lock_file.as_ref())] {
            if file.is_some_and(|file| !inside(file)) {
                judge.blame(&join(&path, &[key]), format!("`{key}` must be a path inside the worktree"));
            }
        }
        if let Err(why) = pinning::locks_of(&pin.manifest) {
            let why = why.to_string();
            let (what, help) = why.split_once(": ").unwrap_or((&why, ""));
            judge.blame(&join(&path, &["manifest"]), what).help = Some(help.to_owned()).filter(|help| !help.is_empty());
        }
        if let Some(file) = pin.lock_file.as_ref().filter(|file| !lock::is_lock(file)) {
            judge.blame(&join(&path, &["lock_file"]), format!("{file} is no lock file that is understood")).help =
                Some("leave it out where it lies beside the manifest under its usual name".to_owned());
        }
    }
}
