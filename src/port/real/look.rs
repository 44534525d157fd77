//! Looks at one thing at a time. A look that fails is a cell that says why, never an old or a guessed answer.

use std::path::Path;
use std::sync::Arc;

use super::command::{end_words, last_line};
use super::local::doing_words;
use super::patience::{self, HEADS, SCAN};
use super::{ASK_PATIENCE, RealWorld, now, repo_of};
use crate::plan::{Argv, Candidate, Command, Deployment, Place, Plan, Repo as Planned, RepoName, Sha, Words};
use crate::port::git::{FullRef, Place as GitPlace};
use crate::port::process::End;
use crate::port::repo::{Doing, Head, HeadsOf, Repo, Unreadable};
use crate::port::world::{Frozen, Look, Sight};
use crate::rollout::observed::{DirtySeen, Divergence, LocalSeen, PackageState, Refs, RemoteSeen, Seen};

const BARE: &str = "a bare repository has no work tree";

impl RealWorld {
    pub(super) async fn looked(&self, whole: Arc<Plan>, look: Look, frozen: &Frozen) -> Sight {
        let plan = &*whole;
        match look {
            Look::Local(name) => {
                let seen = seen(self.local(plan, &name, frozen).await);
                Sight::Local(name, seen)
            }
            Look::Dirty(name) => {
                let seen = seen(self.dirty(plan, &name).await);
                Sight::Dirty(name, seen)
            }
            Look::Remote(name) => {
                let seen = seen(self.remote(plan, &name, frozen).await);
                Sight::Remote(name, seen)
            }
            Look::Target(name, remote) => {
                let seen = seen(self.refs(plan, &name, &remote, &[]).await);
                Sight::Target(name, remote, seen)
            }
            Look::Package(name) => {
                let seen = seen(self.package(plan, &name, frozen).await);
                Sight::Package(name, seen)
            }
            Look::Deployed(name) => {
                let seen = seen(self.deployed(plan, &name, frozen).await);
                Sight::Deployed(name, seen)
            }
            Look::FlagOf(name) => {
                let seen = seen(self.flag_of(plan, &name).await);
                Sight::FlagOf(name, seen)
            }
            Look::Seam(id) => {
                let seen = seen(self.seam_seen(&whole, &id, &frozen.ships).await);
                Sight::Seam(id, seen)
            }
            Look::Flag => Sight::Flag(seen(self.flag_seen(plan).await)),
        }
    }

    async fn local(&self, plan: &Plan, name: &RepoName, frozen: &Frozen) -> Result<LocalSeen, String> {
        let repo = repo_of(plan, name)?;
        let (path, branch, main) = (self.folder_of(repo), plan.branch(repo), repo.main.clone());
        let frozen = frozen.candidate.as_ref().map(|candidate| candidate.ship_sha().clone());
        let look = Look::Local(name.clone());
        let read =
            move || local_seen(&path, HeadsOf { branch: &branch, main: &main, remote: "origin" }, frozen.as_ref());
        self.at_work.within(HEADS, &look, move |_| read().map_err(|why| why.to_string())).await
    }

    async fn dirty(&self, plan: &Plan, name: &RepoName) -> Result<DirtySeen, String> {
        let path = self.folder_of(repo_of(plan, name)?);
        if self.at_work.hangs(&Look::Local(name.clone())) {
            return Err(patience::STILL_HANGS.to_owned());
        }
        let look = Look::Dirty(name.clone());
        let scanned = self.at_work.within(SCAN, &look, move |unwanted| {
            let repo = Repo::open(&path).map_err(|why| why.to_string())?;
            if let GitPlace::Bare(_) = repo.place() {
                return Err(BARE.to_owned());
            }
            let dirty = repo.dirty(unwanted).map_err(|why| why.to_string())?;
            dirty.ok_or_else(|| "the scan was stopped".to_owned())
        });
        let dirty = scanned.await?;
        Ok(DirtySeen {
            modified: count(dirty.modified),
            untracked: count(dirty.untracked),
            conflicted: count(dirty.conflicted),
        })
    }

    async fn remote(&self, plan: &Plan, name: &RepoName, frozen: &Frozen) -> Result<RemoteSeen, String> {
        let repo = repo_of(plan, name)?;
        let full = |branch: &str| FullRef::branch(branch).map_err(|error| error.to_string());
        let (release, main) = (full(&plan.branch(repo))?, full(&repo.main)?);
        let refs = self.refs(plan, name, "origin", &[release.clone(), main.clone()]).await?;
        let at = |name: &FullRef| refs.get(name.as_str()).cloned().flatten();
        let (release, main) = (at(&release), at(&main));
        let main_has_more = match (&main, &frozen.candidate) {
            (Some(main), Some(candidate)) => self.has_more(repo, main, candidate.ship_sha()).await?,
            (None, _) | (_, None) => false,
        };
        Ok(RemoteSeen { release, main, main_has_more, refs })
    }

    /// Whether a commit has something that another one hasn't. All that the other one has is here, so what isn't here is more.
    async fn has_more(&self, repo: &Planned, commit: &Sha, than: &Sha) -> Result<bool, String> {
        let (path, commit, than) = (self.folder_of(repo), commit.clone(), than.clone());
        let compare = move || match Repo::open(&path).and_then(|clone| clone.is_ancestor(&commit, &than)) {
            Ok(within) => Ok(!within),
            Err(Unreadable::NoCommit(missing)) => Ok(missing == commit),
            Err(why) => Err(why.to_string()),
        };
        self.at_work.within(HEADS, &Look::Remote(repo.name.clone()), move |_| compare()).await
    }

    /// Asks a remote for the refs that steps move there, and for others, in one call.
    async fn refs(&self, plan: &Plan, name: &RepoName, remote: &str, others: &[FullRef]) -> Result<Refs, String> {
        let repo = repo_of(plan, name)?;
        let brought = plan.brought_refs(name).into_iter().filter(|brought| brought.remote == remote);
        // a name that git knows as none can't be there
        let mut wanted: Vec<FullRef> = brought.filter_map(|brought| brought.name.parse().ok()).collect();
        wanted.extend(others.iter().filter(|other| !wanted.contains(other)).cloned().collect::<Vec<_>>());
        let place = GitPlace::WorkTree(self.folder_of(repo));
        let asked = self.git.ls_remote_all(&place, remote, &wanted).await;
        let mut found = asked.map_err(|fault| fault.to_string())?;
        let mut at = |name: &FullRef| found.remove(name).map(|found| found.peeled.unwrap_or(found.sha));
        Ok(wanted.iter().map(|name| (name.to_string(), at(name))).collect())
    }

    async fn package(&self, plan: &Plan, name: &RepoName, frozen: &Frozen) -> Result<PackageState, String> {
        let repo = repo_of(plan, name)?;
        let how = repo.publish.as_ref().ok_or("it isn't published")?;
        let candidate = frozen.candidate.as_ref().ok_or("it isn't frozen: which version is meant isn't known")?;
        let package = plan.package(name, candidate).map_err(|unready| unready.to_string())?;
        let files: Vec<String> = match how.artifacts.as_slice() {
            // a registry that takes one file a version may name it as it likes
            [] | [_] => Vec::new(),
            several => several.iter().map(|path| package.file_name(path)).collect(),
        };
        self.package_state(plan, &package, &files, &frozen.artifacts).await
    }

    async fn deployed(&self, plan: &Plan, name: &RepoName, frozen: &Frozen) -> Result<Sha, String> {
        let repo = repo_of(plan, name)?;
        if let Some(address) = repo.reports.as_ref().and_then(|reports| reports.version.as_deref()) {
            let shown = self.reported(address).await?;
            return shown.parse().map_err(|error| format!("it reports no commit: {error}"));
        }
        let probe = match &repo.deploy {
            Some(Deployment::Script { probe, .. }) => probe,
            Some(Deployment::Push { .. }) => {
                return Err("nothing reports what is deployed: give it `reports.version`".into());
            }
            None => return Err("it isn't deployed".to_owned()),
        };
        let candidate = frozen.candidate.as_ref().ok_or("it isn't frozen: which commit to ask for isn't known")?;
        let ended = self.ask_at(plan, repo, probe, candidate).await?;
        match ended.end {
            End::Exited(0) => Ok(candidate.ship_sha().clone()),
            End::Exited(1) => {
                Err(format!("{} isn't deployed; what is, its probe doesn't tell", candidate.ship_sha().short()))
            }
            End::Exited(_) | End::Signalled(_) | End::TimedOut | End::Cancelled | End::LetGo => {
                Err(format!("{}: {}", end_words(ended.end), last_line(&ended.tail)))
            }
        }
    }

    /// Asks a repository's own question about its candidate.
    async fn ask_at(
        &self,
        plan: &Plan,
        repo: &Planned,
        argv: &Argv,
        candidate: &Candidate,
    ) -> Result<crate::port::process::Ended, String> {
        let sha = candidate.ship_sha();
        let mut words = Words::default()
            .with("release", plan.id().as_str())
            .with("repo", repo.name.as_str())
            .with("sha", sha.as_str());
        if let Some(package) = &candidate.package {
            words = words.with("package", &*package.name).with("version", &*package.version);
        }
        let command = Command {
            argv: argv.fill_known(&words),
            place: Place::Worktree { repo: repo.name.clone(), sha: sha.clone() },
            secrets: repo.secrets.clone(),
        };
        self.ask_command(plan, &command, Words::default(), ASK_PATIENCE).await
    }
}

/// What a clone says of itself.
fn local_seen(path: &Path, of: HeadsOf<'_>, frozen: Option<&Sha>) -> Result<LocalSeen, Unreadable> {
    let repo = Repo::open(path)?;
    let heads = repo.heads(of)?;
    let since_frozen = match (&heads.branch, frozen) {
        // a frozen commit that isn't here has no distance that could be told
        (Some(at), Some(frozen)) => repo
            .ahead_behind(at, frozen)
            .ok()
            .map(|(ahead, behind)| Divergence { ahead: count(ahead), behind: count(behind) }),
        (None, _) | (_, None) => None,
    };
    let trouble = match (heads.doing, &heads.head) {
        (Doing::Nothing, Head::Unborn { .. }) => Some("no commit yet".to_owned()),
        (Doing::Nothing, Head::Detached { .. }) => Some("detached".to_owned()),
        (Doing::Nothing, Head::Branch { .. }) => matches!(repo.place(), GitPlace::Bare(_)).then(|| BARE.to_owned()),
        (doing, _) => Some(format!("{} in progress", doing_words(doing))),
    };
    let head = heads.head.sha().cloned();
    let branch = match heads.head {
        Head::Branch { name, .. } | Head::Unborn { name } => Some(name),
        Head::Detached { .. } => None,
    };
    Ok(LocalSeen { branch, head, release: heads.branch, main: heads.main, trouble, since_frozen })
}

fn seen<T>(found: Result<T, String>) -> Seen<T> {
    match found {
        Ok(value) => Seen::answer(value, now()),
        Err(why) => Seen::unknown(why, now()),
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
