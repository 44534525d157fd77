//! Looks at the clones and tools that a plan names: whether they are there and could be shipped from. Runs none of them.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde::Serialize;

use super::super::candidate;
use super::pins;
use crate::plan::{Argv, Deployment, Plan, Repo as PlanRepo};
use crate::port::repo::{Doing, Head, HeadsOf, Repo};

/// Something that stands in the way outside release.toml.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in super::super) struct Trouble {
    /// The repository, or the tool.
    pub(in super::super) about: String,
    /// What is wrong and what to do.
    pub(in super::super) what: String,
    /// `error` or `warning`.
    pub(in super::super) severity: &'static str,
}

impl Trouble {
    pub(super) fn error(about: &str, what: impl Into<String>) -> Self {
        Self { about: about.to_owned(), what: what.into(), severity: "error" }
    }

    pub(super) fn warning(about: &str, what: impl Into<String>) -> Self {
        Self { about: about.to_owned(), what: what.into(), severity: "warning" }
    }

    pub(in super::super) fn is_minor(&self) -> bool {
        self.severity == "warning"
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.severity, self.about, self.what)
    }
}

/// Everything that can be told of the clones and tools of a plan.
pub(in super::super) fn look(plan: &Plan, root: &Path, environment: &BTreeMap<OsString, OsString>) -> Vec<Trouble> {
    let path = environment.get(OsStr::new("PATH")).cloned().unwrap_or_default();
    let mut troubles = Vec::new();
    if !on_path("git", &path) {
        troubles.push(Trouble::error("git", "it isn't on your PATH: install it, every push needs it"));
    }
    let candidates = candidate::all_at_head(plan, root);
    for repo in plan.repos() {
        let folder = root.join(&repo.path);
        if !folder.exists() {
            let what = format!("{} isn't on this machine: clone it there, or set FLIGHTDECK_ROOT", folder.display());
            troubles.push(Trouble::warning(repo.name.as_str(), what));
            continue;
        }
        match clone_troubles(plan, repo, &folder) {
            Ok(found) => troubles.extend(found),
            Err(why) => troubles.push(Trouble::error(repo.name.as_str(), why)),
        }
        troubles.extend(pins::troubles(plan, repo, &folder, &candidates));
        for argv in commands(repo) {
            let program = argv.as_written().first().map(String::as_str).unwrap_or_default();
            if !program.contains(['/', '{']) && !on_path(program, &path) {
                let what = format!("{program} isn't on your PATH, and `{argv}` needs it");
                troubles.push(Trouble::error(repo.name.as_str(), what));
            }
        }
        for secret in &repo.secrets {
            if !environment.contains_key(OsStr::new(secret)) {
                troubles.push(Trouble::warning(
                    repo.name.as_str(),
                    format!("{secret} isn't set, and its commands want it"),
                ));
            }
        }
    }
    troubles
}

fn clone_troubles(plan: &Plan, repo: &PlanRepo, folder: &Path) -> Result<Vec<Trouble>, String> {
    let name = repo.name.as_str();
    let clone = Repo::open(folder).map_err(|fault| format!("{fault}"))?;
    let branch = plan.branch(repo);
    let heads = clone
        .heads(HeadsOf { branch: &branch, main: &repo.main, remote: "origin" })
        .map_err(|fault| fault.to_string())?;
    let mut troubles = Vec::new();
    if heads.doing != Doing::Nothing {
        troubles.push(Trouble::error(name, format!("a {} is under way: finish or abort it", doing(heads.doing))));
    }
    if heads.branch.is_none() {
        troubles
            .push(Trouble::error(name, format!("it has no branch {branch}: make it, or name another with `branch`")));
    }
    if heads.main.is_none() && heads.remote_main.is_none() {
        troubles.push(Trouble::error(name, format!("it has no branch {}: name the right one with `main`", repo.main)));
    }
    if let (Some(release), Some(main)) = (&heads.branch, &heads.main)
        && !clone.is_ancestor(main, release).map_err(|fault| fault.to_string())?
    {
        let what = format!("{branch} doesn't contain {}: ships are fast-forwards, so merge or rebase first", repo.main);
        troubles.push(Trouble::error(name, what));
    }
    if matches!(heads.head, Head::Detached { .. }) {
        troubles.push(Trouble::warning(name, "its HEAD is detached"));
    }
    let mut remotes = vec!["origin".to_owned()];
    if let Some(Deployment::Push { push, .. }) = &repo.deploy {
        remotes.push(push.clone());
    }
    for remote in remotes {
        match clone.remote_url(&remote).map_err(|fault| fault.to_string())? {
            None => {
                troubles.push(Trouble::error(name, format!("it has no remote {remote}: add it with `git remote add`")));
            }
            Some(url) if remote == "origin" && repo.url.as_ref().is_some_and(|wanted| *wanted != url) => {
                troubles.push(Trouble::error(name, format!("its origin is {url}, not the `url` of the plan")));
            }
            Some(_) => {}
        }
    }
    Ok(troubles)
}

fn doing(doing: Doing) -> &'static str {
    match doing {
        Doing::Nothing => "nothing",
        Doing::Merge => "merge",
        Doing::Rebase => "rebase",
        Doing::CherryPick => "cherry-pick",
        Doing::Revert => "revert",
        Doing::Bisect => "bisect",
        Doing::ApplyMailbox => "git am",
    }
}

fn commands(repo: &PlanRepo) -> Vec<&Argv> {
    let mut commands: Vec<&Argv> = repo.test.iter().collect();
    if let Some(publish) = &repo.publish {
        commands.extend(&publish.build);
        commands.push(&publish.command);
    }
    if let Some(Deployment::Script { script, probe }) = &repo.deploy {
        commands.extend([script, probe]);
    }
    commands.extend(repo.repin.iter().filter_map(|pin| pin.lock.as_ref()));
    commands
}

fn on_path(program: &str, path: &OsStr) -> bool {
    std::env::split_paths(path).any(|folder| {
        std::fs::metadata(folder.join(program))
            .is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_is_on_the_path_only_if_it_can_be_executed() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("tool"), "").unwrap();
        assert!(!on_path("tool", dir.path().as_os_str()));
        std::fs::set_permissions(dir.path().join("tool"), std::fs::Permissions::from_mode(0o755)).unwrap();
        assert!(on_path("tool", dir.path().as_os_str()));
        assert!(!on_path("other", dir.path().as_os_str()));
    }
}
