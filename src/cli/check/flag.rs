//! Whether the one flag is in the code that claims to read it, and which other flags the release brings. Reads blobs of the
//! commits that QA passed, or of the release branches as long as nothing is frozen; runs nothing.

use std::path::Path;

use serde::Serialize;

use super::super::candidate;
use super::super::reading::Reading;
use super::repos::Trouble;
use crate::engine::Settings;
use crate::plan::seam::Pattern;
use crate::plan::{Flag, Plan, Repo as PlanRepo, RepoName, Sha};
use crate::port::repo::{AddedKeys, HeadsOf, KeyPlace, KeySight, Repo};
use crate::rollout::Rollout;

/// What was found of the flag in the code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct InCode {
    /// The flag's key.
    key: String,
    /// Each repository that claims to read it.
    readers: Vec<Reader>,
    /// Other flags that the release brings, by the plan's pattern; none where it has no pattern.
    others: Option<Vec<Other>>,
}

/// A repository that claims to read the flag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Reader {
    repo: RepoName,
    /// Where it was looked for; none where the clone can't be read.
    at: Option<Looked>,
    /// The first place where the key stands.
    place: Option<KeyPlace>,
    /// In how many files it stands.
    files: usize,
}

/// Another flag that the release brings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Other {
    repo: RepoName,
    key: String,
    place: KeyPlace,
}

/// A commit, and what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Looked {
    sha: Sha,
    what: Commit,
}

/// Which commit of a repository is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Commit {
    /// The one that QA passed.
    Frozen,
    /// The head of the release branch: nothing is frozen.
    Head,
}

impl Looked {
    fn words(&self) -> String {
        match self.what {
            Commit::Frozen => format!("{}, as it is frozen", self.sha.short()),
            Commit::Head => format!("{}, the head of its release branch", self.sha.short()),
        }
    }
}

impl InCode {
    /// Where each of them has it.
    pub(super) fn places(&self) -> Vec<String> {
        let place = |reader: &Reader| {
            let first = reader.place.as_ref()?;
            let more = match reader.files.saturating_sub(1) {
                0 => String::new(),
                1 => " and 1 more file".to_owned(),
                more => format!(" and {more} more files"),
            };
            Some(format!("  {}: {first}{more}", reader.repo))
        };
        self.readers.iter().filter_map(place).collect()
    }

    /// One line: how many of those who claim to read the flag have its key.
    pub(super) fn words(&self) -> String {
        let have = self.readers.iter().filter(|reader| reader.place.is_some()).count();
        let frozen = self.readers.iter().filter_map(|reader| reader.at.as_ref());
        let at = if frozen.clone().all(|at| at.what == Commit::Frozen) && frozen.count() > 0 {
            "at the frozen commits"
        } else {
            "at the heads of the release branches, where nothing is frozen"
        };
        format!("flag {} stands in {have} of {} repositories that claim to read it, {at}", self.key, self.readers.len())
    }
}

/// Looks for the flag in every repository; none where the plan has no flag or nobody claims to read it.
pub(super) fn look(plan: &Plan, root: &Path, settings: &Settings, troubles: &mut Vec<Trouble>) -> Option<InCode> {
    let flag = plan.document().flag.as_ref()?;
    // without a ledger nothing is frozen; a ledger that can't be read is told by every command that acts on it
    let rollout = Reading::of(settings).map(|reading| reading.account.rollout).unwrap_or_default();
    let mut readers = Vec::new();
    let mut others = Vec::new();
    for repo in plan.repos() {
        let Ok(at) = commit_of(plan, repo, root, &rollout) else {
            // what isn't on this machine, or can't be read, is told of the clone itself
            readers.extend(repo.claims_flag().then(|| Reader {
                repo: repo.name.clone(),
                at: None,
                place: None,
                files: 0,
            }));
            continue;
        };
        let folder = root.join(&repo.path);
        if repo.claims_flag() {
            let plan_file = within(&settings.release_toml, &folder);
            readers.push(reader(flag, repo, &folder, (&at, plan_file.as_deref()), troubles));
        }
        if let Some(pattern) = &flag.pattern {
            others.extend(brought(flag, pattern, repo, &folder, &at, troubles));
        }
    }
    let others = flag.pattern.as_ref().map(|_| others);
    let says_nothing = readers.is_empty() && others.is_none();
    (!says_nothing).then(|| InCode { key: flag.key.clone(), readers, others })
}

fn commit_of(plan: &Plan, repo: &PlanRepo, root: &Path, rollout: &Rollout) -> Result<Looked, String> {
    Repo::open(&root.join(&repo.path)).map_err(|why| why.to_string())?;
    if let Some(frozen) = rollout.candidates.get(&repo.name) {
        return Ok(Looked { sha: frozen.sha.clone(), what: Commit::Frozen });
    }
    Ok(Looked { sha: candidate::head(plan, repo, root)?, what: Commit::Head })
}

/// The path of a file below a folder, as git writes it.
fn within(file: &Path, folder: &Path) -> Option<String> {
    let (file, folder) = (file.canonicalize().ok()?, folder.canonicalize().ok()?);
    Some(file.strip_prefix(folder).ok()?.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/"))
}

fn reader(
    flag: &Flag,
    repo: &PlanRepo,
    folder: &Path,
    (at, plan_file): (&Looked, Option<&str>),
    troubles: &mut Vec<Trouble>,
) -> Reader {
    let name = repo.name.as_str();
    let sight = Repo::open(folder).and_then(|clone| clone.key_at(&at.sha, &flag.key, plan_file));
    let sight = sight.unwrap_or_else(|why| {
        let what = format!("whether {} stands in it can't be told at {}: {why}", flag.key, at.words());
        troubles.push(Trouble::error(name, what));
        KeySight { unread: usize::MAX, ..KeySight::default() }
    });
    if sight.first.is_none() && sight.unread != usize::MAX {
        let claims = if repo.reports_flag() { "`reports.flag`" } else { "`reads_flag`" };
        let unread = match sight.unread {
            0 => String::new(),
            files => format!(" ({files} files are too large to look through)"),
        };
        let mentioned = sight.mention.as_ref().map(|place| format!(", and {place} only writes of it"));
        let what = format!(
            "{claims} says that it reads the flag, but {} stands nowhere in its code at {}{unread}{}: correct \
             [flag] `key` or the code, or drop the claim",
            flag.key,
            at.words(),
            mentioned.unwrap_or_default()
        );
        troubles.push(Trouble::error(name, what));
    }
    Reader { repo: repo.name.clone(), at: Some(at.clone()), place: sight.first, files: sight.files }
}

/// Where main is without what ships: as it is here, else as it was last seen at origin.
fn before(repo: &PlanRepo, folder: &Path, at: &Looked) -> Result<(Repo, Sha), String> {
    let clone = Repo::open(folder).map_err(|why| why.to_string())?;
    let of = HeadsOf { branch: repo.main.as_str(), main: repo.main.as_str(), remote: "origin" };
    let heads = clone.heads(of).map_err(|why| why.to_string())?;
    let known: Vec<Sha> = [heads.main, heads.remote_main].into_iter().flatten().collect();
    for main in &known {
        // a branch on which nobody has worked yet brings nothing
        let is_untouched = at.what == Commit::Head && *main == at.sha;
        if is_untouched || !clone.is_ancestor(&at.sha, main).map_err(|why| why.to_string())? {
            return Ok((clone, main.clone()));
        }
    }
    Err(match known.first() {
        None => format!("neither {} nor origin/{} is here to compare with", repo.main, repo.main),
        Some(_) => format!("{} has it already: how it was before isn't known", repo.main),
    })
}

/// Other flags that a repository's release brings: each is a state more that nobody planned.
fn brought(
    flag: &Flag,
    pattern: &Pattern,
    repo: &PlanRepo,
    folder: &Path,
    at: &Looked,
    troubles: &mut Vec<Trouble>,
) -> Vec<Other> {
    let name = repo.name.as_str();
    let added = before(repo, folder, at)
        .and_then(|(clone, main)| clone.keys_added(&main, &at.sha, pattern).map_err(|why| why.to_string()));
    let added = added.unwrap_or_else(|why| {
        let what = format!("which flags it brings can't be told at {}: {why}", at.words());
        troubles.push(Trouble::warning(name, what));
        AddedKeys::default()
    });
    if added.cut {
        troubles.push(Trouble::warning(name, "it changes so much that not all the flags it brings are told"));
    }
    let others = added.keys.into_iter().filter(|added| added.key != flag.key);
    let others: Vec<_> =
        others.map(|added| Other { repo: repo.name.clone(), key: added.key, place: added.place }).collect();
    for Other { key, place, .. } in &others {
        let what = format!(
            "it brings another flag, {key} ({place} at {}): one flag is read by all, each more doubles what users can meet",
            at.sha.short()
        );
        troubles.push(Trouble::warning(name, what));
    }
    others
}
