//! A flag's file that is served from a branch of a remote. What stands there is read and changed; the clone that the file lies
//! in lends its objects and its remote, and its branches, index and work tree stay as they are.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::super::settle::{How, Try};
use super::super::{RealWorld, now, off_loop};
use crate::plan::flag::{FlagdFlag, PushTo};
use crate::plan::{Flag, FlagProvider, FlagState, Plan, Sha};
use crate::port::git::{FullRef, Place, PushOutcome, PushRun};
use crate::port::repo::{Repo, Tagger, Unreadable};
use crate::port::world::{Checked, Job};

/// A file of a clone, and the branch that it is served from.
#[derive(Debug, Clone)]
struct Served {
    clone: PathBuf,
    /// The file's path in the clone.
    file: String,
    remote: String,
    name: FullRef,
    /// The branch as it is called here: `origin/main`.
    shown: String,
}

/// Where a state leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::port::real) enum Way {
    /// Further, past nobody's unfinished work.
    Forth,
    /// To the first state: the way back, which is open whatever else is wrong.
    Back,
}

impl Served {
    /// Looks for the clone from the file upwards, and never above the root.
    fn of(root: &Path, file: &Path, to: &PushTo) -> Result<Self, String> {
        let whole = root.join(file);
        let mut folders = whole.ancestors().skip(1).take_while(|folder| folder.starts_with(root));
        let clone = folders.find(|folder| folder.join(".git").exists()).ok_or_else(|| {
            let file = file.display();
            format!("{file} lies in no clone below {}: clone what it is served from there", root.display())
        })?;
        let inside = whole.strip_prefix(clone).ok().and_then(Path::to_str);
        let inside =
            inside.ok_or_else(|| format!("git can't be asked for {}: its name isn't UTF-8", file.display()))?;
        let name = FullRef::branch(&to.branch).map_err(|error| error.to_string())?;
        Ok(Self {
            clone: clone.to_owned(),
            file: inside.to_owned(),
            remote: to.remote.clone(),
            name,
            shown: format!("{}/{}", to.remote, to.branch),
        })
    }

    fn place(&self) -> Place {
        Place::WorkTree(self.clone.clone())
    }

    /// What a commit of the branch says.
    fn text(&self, repo: &Repo, at: &Sha) -> Result<String, String> {
        let Self { file, shown, .. } = self;
        let bytes = repo.blob_at(at, file).map_err(|why| format!("{shown}: {why}"))?;
        let bytes = bytes.ok_or_else(|| format!("{shown} has no {file}: push it there, or correct `flagd_file`"))?;
        String::from_utf8(bytes).map_err(|_| format!("{file} at {shown} isn't UTF-8"))
    }

    /// Refuses where somebody here has changed the file and not pushed it: what they meant isn't ours to pass over.
    fn unchanged_here(&self, repo: &Repo, head: &Sha) -> Result<(), String> {
        let Self { clone, file, shown, name, .. } = self;
        let clone = clone.display();
        let unread = |why: Unreadable| format!("{clone}: {why}");
        if repo.is_changed(file).map_err(unread)? {
            return Err(format!("{file} has uncommitted changes in {clone}: commit and push them, or put them aside"));
        }
        let branch = name.branch_name().unwrap_or_default();
        let Some(ours) = repo.head_of(branch).map_err(unread)? else { return Ok(()) };
        if repo.is_ancestor(&ours, head).map_err(unread)? {
            return Ok(());
        }
        let same = match repo.fork_of(&ours, head).map_err(unread)? {
            Some(fork) => repo.blob_at(&fork, file).map_err(unread)? == repo.blob_at(&ours, file).map_err(unread)?,
            None => false,
        };
        let diverged = format!("{branch} in {clone} has commits that change {file} and aren't on {shown}");
        if same { Ok(()) } else { Err(format!("{diverged}: push them, or take them back")) }
    }

    /// Makes the commit that changes this file alone; none where nothing is to be changed.
    fn commit(
        &self,
        head: &Sha,
        edit: impl FnOnce(&str) -> Result<Option<String>, String>,
        message: &str,
        author: &Tagger,
        way: Way,
    ) -> Result<Option<Sha>, String> {
        let repo = Repo::open(&self.clone).map_err(|why| format!("{}: {why}", self.clone.display()))?;
        let text = self.text(&repo, head)?;
        let Some(changed) = edit(&text)?.filter(|changed| *changed != text) else { return Ok(None) };
        // nothing that lies here is touched, so it mustn't keep anybody from going back
        if way == Way::Forth {
            self.unchanged_here(&repo, head)?;
        }
        let files = [(self.file.clone(), changed.into_bytes())];
        let made = repo.commit_on(head, &files, message, author);
        made.map(Some).map_err(|why| format!("{} can't be committed: {why}", self.file))
    }
}

impl RealWorld {
    /// What the file says at the head of the branch that it is served from.
    pub(super) async fn served_text(&self, file: &Path, to: &PushTo) -> Result<String, String> {
        let served = Served::of(&self.config.root, file, to)?;
        let head = self.served_head(&served).await?;
        off_loop(move || {
            let repo = Repo::open(&served.clone).map_err(|why| why.to_string())?;
            served.text(&repo, &head)
        })
        .await?
    }

    async fn served_head(&self, served: &Served) -> Result<Sha, String> {
        let Served { clone, remote, name, shown, .. } = served;
        let head = self.brought_head(clone, remote, name).await?;
        head.ok_or_else(|| format!("there is no {shown}: push it, or correct `push`"))
    }

    /// Whether pushes go where the file is read from.
    async fn served_there(&self, served: &Served) -> Result<(), String> {
        let remote = &served.remote;
        let urls = self.git.effective_urls(&served.place(), remote).await;
        let urls =
            urls.map_err(|fault| format!("{} has no usable remote {remote}: {fault}", served.clone.display()))?;
        if urls.push.len() == 1 && urls.push == urls.fetch {
            return Ok(());
        }
        let (read, push) = (urls.fetch.join(" and "), urls.push.join(" and "));
        Err(format!(
            "{remote} is read from {read}, but pushes go to {push}: remove the rewrite, or name another remote"
        ))
    }

    /// Brings a state to the branch: one commit of the one file, pushed plainly.
    pub(super) async fn push_state(
        &self,
        job: &Job,
        lock: Option<&File>,
        file: &Path,
        to: &PushTo,
        (flag, state): (&Flag, &FlagState),
        edit: impl FnOnce(&str) -> Result<Option<String>, String> + Send + 'static,
    ) -> Try {
        let based = async {
            let served = Served::of(&self.config.root, file, to)?;
            self.served_there(&served).await?;
            let head = self.served_head(&served).await?;
            Ok::<_, String>((served, head))
        };
        let (served, head) = match based.await {
            Ok(based) => based,
            Err(why) => return Try::nothing(why),
        };
        let owner = job.plan.document().owner.clone();
        let at = i64::try_from(now() / 1000).unwrap_or(i64::MAX);
        let author = Tagger { name: owner.name, email: owner.email, at };
        let message = format!("Set {} to {state}\n\nRelease {}.\n", flag.key, job.plan.id());
        let work = served.clone();
        let way = if flag.states.first() == Some(state) { Way::Back } else { Way::Forth };
        let made = match off_loop(move || work.commit(&head, edit, &message, &author, way)).await {
            Ok(Ok(Some(made))) => made,
            Ok(Ok(None)) => {
                let said = format!("{} says {state} already: nothing was pushed", served.shown);
                return Try::ended(How::Well, &said);
            }
            Ok(Err(why)) | Err(why) => return Try::nothing(why),
        };
        let tried = self.push_from(job, lock, &served.place(), &served.remote, &made, &served.name).await;
        Try { said: said_of(&tried, &served, state, &made), ..tried }
    }

    /// Whether a state could be brought to the branch, as far as that can be told without doing it; none where the flag
    /// isn't pushed anywhere.
    pub(in crate::port::real) async fn flag_pushable(&self, plan: &Plan, way: Way) -> Option<Checked> {
        let Some(Flag { provider: FlagProvider::Flagd(FlagdFlag { flagd_file, push: Some(to), .. }), .. }) =
            &plan.document().flag
        else {
            return None;
        };
        Some(self.flag_push_taken(flagd_file, to, way).await)
    }

    async fn flag_push_taken(&self, file: &Path, to: &PushTo, way: Way) -> Checked {
        let served = match Served::of(&self.config.root, file, to) {
            Ok(served) => served,
            Err(why) => return Checked::missing(why),
        };
        if let Err(why) = self.served_there(&served).await {
            return Checked::missing(why);
        }
        let head = match self.served_head(&served).await {
            Ok(head) => head,
            Err(why) => return Checked::unknown(why),
        };
        let (here, at) = (served.clone(), head.clone());
        let free = off_loop(move || {
            let repo = Repo::open(&here.clone).map_err(|why| why.to_string())?;
            if way == Way::Forth { here.unchanged_here(&repo, &at) } else { Ok(()) }
        });
        match free.await {
            Ok(Ok(())) => {}
            Ok(Err(why)) => return Checked::missing(why),
            Err(why) => return Checked::unknown(why),
        }
        match self.git.push(&served.place(), &served.remote, &head, &served.name, PushRun::Dry).await {
            PushOutcome::Updated | PushOutcome::UpToDate => {
                Checked::there("it takes pushes from here; its hooks are asked only by a real one")
            }
            PushOutcome::Rejected { reason } => {
                Checked::missing(format!("{}: see to your rights there", reason.trim()))
            }
            PushOutcome::Unknown { why } => Checked::unknown(why),
        }
    }
}

/// How a push ended, in words.
fn said_of(tried: &Try, served: &Served, state: &FlagState, made: &Sha) -> String {
    let Served { shown, remote, .. } = served;
    let said = tried.said.trim();
    match tried.how {
        How::Well => format!("{shown} says {state}, by {}", made.short()),
        How::Refused if said.starts_with("[rejected]") => {
            format!("{shown} moved meanwhile, and nothing was pushed: try again")
        }
        How::Refused => format!("{remote} refused the push, and nothing was pushed: {said}"),
        How::Unclear => format!("whether {remote} took the push isn't known: {said}"),
        How::Badly | How::Never | How::LetGo => said.to_owned(),
    }
}
