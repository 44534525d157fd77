//! The ledger as a chain of commits under one ref of a bare repository, written through libgit2 alone.
//!
//! Every operation opens the store anew: what is read is what the disk has, and nothing outlives a failed sync in a cache.
//! Appends of all processes pass one flock, so a `<ref>.lock` that is met while holding it was left by a dead process.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use git2::{ObjectType, Oid, Reference, Repository, Signature, Time};

use super::chain::{self, id_of, oid_of, unreadable};
use super::create::{self, CreateFault};
use super::object;
use super::{AppendFault, CommitId, Draft, Entry, KeptFile, Ledger, LedgerFault, check_draft, subject_line};
use crate::ledger::durable::{self, while_doing};
use crate::plan::ReleaseId;

/// How often, and how long apart, a busy store is tried: two seconds in all, where an append takes milliseconds.
const TRIES: u32 = 400;
const PAUSE: Duration = Duration::from_millis(5);

/// A release's ledger in a git repository of flightdeck's own.
#[derive(Debug, Clone)]
pub struct GitLedger {
    store: PathBuf,
    refname: String,
}

impl GitLedger {
    /// Names a ledger for looking at. Touches nothing: a store that isn't there reads as an empty ledger.
    pub fn at(store: &Path, release: &ReleaseId) -> Result<Self, CreateFault> {
        let refname = format!("refs/rollouts/{release}/ledger");
        if !Reference::is_valid_name(&refname) {
            return Err(CreateFault::Name(release.to_string()));
        }
        Ok(Self { store: store.to_owned(), refname })
    }

    /// Names a ledger for appending to: makes the store where it is missing, sweeps what a killed writer left, and makes
    /// durable what it had written last.
    pub fn create(store: &Path, release: &ReleaseId) -> Result<Self, CreateFault> {
        let ledger = Self::at(store, release)?;
        if let Some(folder) = store.parent() {
            durable::create_folder(folder)?;
        }
        let _appending = ledger.lock_appending()?;
        create::ensure(store, &ledger.refname)?;
        ledger.sweep()?;
        ledger.settle_tip()?;
        Ok(ledger)
    }

    /// The ref that names the newest entry.
    pub fn refname(&self) -> &str {
        &self.refname
    }

    fn open(&self) -> Result<Option<Repository>, LedgerFault> {
        if !self.store.exists() {
            return Ok(None);
        }
        create::open(&self.store).map(Some).map_err(|e| unreadable(&e))
    }

    fn ref_path(&self) -> PathBuf {
        self.store.join(&self.refname)
    }

    /// Takes the flock that all appends pass. The file lies beside the store, so that it outlives a half-made one.
    fn lock_appending(&self) -> Result<File, durable::DurableFault> {
        let path = self.store.with_extension("appending");
        let file = durable::open_lock(&path)?;
        for _ in 0..TRIES {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) => pause(),
                Err(TryLockError::Error(error)) => return Err(while_doing("lock", &path)(error)),
            }
        }
        let busy = io::Error::new(io::ErrorKind::WouldBlock, "another flightdeck has been writing for seconds");
        Err(while_doing("lock", &path)(busy))
    }

    /// Removes the ref's lock that a killed writer left. The caller holds the flock: no living writer has one.
    fn sweep(&self) -> Result<(), durable::DurableFault> {
        let mut lock = self.ref_path().into_os_string();
        lock.push(".lock");
        let lock = PathBuf::from(lock);
        match fs::remove_file(&lock) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(while_doing("sweep", &lock)(error)),
        }
    }

    /// Syncs the folders that a writer may have been killed before syncing, from the ref up to the store and the objects.
    fn settle_tip(&self) -> Result<(), durable::DurableFault> {
        durable::sync_folder(&self.store.join("objects"))?;
        let path = self.ref_path();
        let folders = path.ancestors().skip(1).take_while(|f| f.starts_with(&self.store));
        for folder in folders.filter(|f| f.is_dir()) {
            durable::sync_folder(folder)?;
        }
        Ok(())
    }

    /// Writes an object. One that exists already is synced: its writer may have been killed between rename and sync, and
    /// libgit2 would take it as it is.
    fn write_object(&self, repo: &Repository, kind: ObjectType, bytes: &[u8]) -> Result<Oid, String> {
        let said = |e: git2::Error| e.message().to_owned();
        let file = object::loose_path(repo, Oid::hash_object(kind, bytes).map_err(said)?);
        let folder = file.parent().unwrap_or(&self.store);
        let new_folder = !folder.exists();
        let existed = file.exists();
        let oid = repo.odb().and_then(|odb| odb.write(kind, bytes)).map_err(said)?;
        if existed {
            File::open(&file).and_then(|f| f.sync_all()).map_err(|e| e.to_string())?;
            durable::sync_folder(folder).map_err(|e| e.to_string())?;
        }
        if new_folder {
            durable::sync_folder(&self.store.join("objects")).map_err(|e| e.to_string())?;
        }
        Ok(oid)
    }

    fn write_commit(&self, repo: &Repository, parent: Option<Oid>, draft: &Draft<'_>) -> Result<Oid, String> {
        let said = |e: git2::Error| e.message().to_owned();
        let mut tree = repo.treebuilder(None).map_err(said)?;
        for (name, bytes) in draft.files {
            let blob = self.write_object(repo, ObjectType::Blob, bytes)?;
            tree.insert(name, blob, 0o100_644).map_err(said)?;
        }
        let tree = tree.write().and_then(|oid| object::tree(repo, oid)).map_err(said)?;
        let parent = parent.map(|oid| object::commit(repo, oid)).transpose().map_err(said)?;
        let parents: Vec<_> = parent.iter().collect();
        let time = Time::new(draft.at.as_second(), 0);
        let who = Signature::new("flightdeck", "flightdeck@localhost", &time).map_err(said)?;
        let message = format!("{}\n\n{}", subject_line(draft.subject), draft.payload);
        let bytes = repo.commit_create_buffer(&who, &who, &message, &tree, &parents).map_err(said)?;
        self.write_object(repo, ObjectType::Commit, &bytes)
    }

    fn move_ref(&self, repo: &Repository, parent: Option<Oid>, to: Oid) -> Result<(), git2::Error> {
        if let Some(from) = parent {
            return repo.reference_matching(&self.refname, to, true, from, "").map(drop);
        }
        repo.reference(&self.refname, to, false, "")?;
        // libgit2 makes the folders of a new ref and syncs none of them
        self.settle_tip().map_err(|e| git2::Error::from_str(&e.to_string()))
    }

    /// After an error: what the disk says, read through a store opened anew.
    fn judge(&self, parent: Option<Oid>, ours: Oid, why: &str) -> AppendFault {
        let doubt = |seen: &str| AppendFault::InDoubt { why: format!("{why}; afterwards {seen}") };
        let repo = match self.open() {
            Ok(Some(repo)) => repo,
            Ok(None) => return doubt("the store was gone"),
            Err(fault) => return doubt(&fault.to_string()),
        };
        let head = match chain::head(&repo, &self.refname) {
            Ok(head) => head,
            Err(fault) => return doubt(&fault.to_string()),
        };
        if head == parent {
            return AppendFault::NotWritten { why: why.to_owned() };
        }
        if head == Some(ours) {
            return doubt("the event was the head, though perhaps not durably");
        }
        match head.map_or(Ok(false), |head| chain::contains(&repo, head, ours)) {
            Ok(false) => match head.map(id_of).transpose() {
                Ok(head) => AppendFault::Moved { head },
                Err(fault) => doubt(&fault.to_string()),
            },
            Ok(true) => doubt("the event was in the chain"),
            Err(error) => doubt(error.message()),
        }
    }

    fn append_locked(&self, parent: Option<Oid>, draft: &Draft<'_>) -> Result<CommitId, AppendFault> {
        let nothing = |why: String| AppendFault::NotWritten { why };
        let refused = |fault: LedgerFault| nothing(fault.to_string());
        let repo = self.open().map_err(refused)?.ok_or_else(|| nothing("the store is gone".to_owned()))?;
        let head = chain::head(&repo, &self.refname).map_err(refused)?;
        if head != parent {
            return Err(AppendFault::Moved { head: head.map(id_of).transpose().map_err(refused)? });
        }
        // objects that no ref names are no events: until the ref moves, nothing has landed
        let ours = self.write_commit(&repo, parent, draft).map_err(nothing)?;
        let id = id_of(ours).map_err(refused)?;
        self.move_ref(&repo, parent, ours).map_err(|e| self.judge(parent, ours, e.message()))?;
        match self.head() {
            Ok(Some(found)) if found == id => Ok(id),
            Ok(_) => Err(self.judge(parent, ours, "the ref was moved and didn't stay")),
            Err(fault) => Err(self.judge(parent, ours, &fault.to_string())),
        }
    }
}

impl Ledger for GitLedger {
    fn head(&self) -> Result<Option<CommitId>, LedgerFault> {
        let Some(repo) = self.open()? else { return Ok(None) };
        chain::head(&repo, &self.refname)?.map(id_of).transpose()
    }

    fn read(&self, after: Option<&CommitId>) -> Result<Vec<Entry>, LedgerFault> {
        let repo = self.open()?;
        let head = repo.as_ref().map_or(Ok(None), |repo| chain::head(repo, &self.refname))?;
        match (repo, head, after) {
            (Some(repo), Some(head), after) => chain::read(&repo, head, after),
            (_, _, Some(after)) => Err(LedgerFault::NotInChain { after: after.clone(), head: None }),
            (_, _, None) => Ok(Vec::new()),
        }
    }

    fn append(&self, parent: Option<&CommitId>, draft: Draft<'_>) -> Result<CommitId, AppendFault> {
        check_draft(&draft)?;
        let nothing = |why: String| AppendFault::NotWritten { why };
        let parent = parent.map(oid_of).transpose().map_err(|e| nothing(e.to_string()))?;
        let _appending = self.lock_appending().map_err(|e| nothing(e.to_string()))?;
        self.sweep().map_err(|e| nothing(e.to_string()))?;
        self.append_locked(parent, &draft)
    }

    fn files(&self, id: &CommitId) -> Result<Vec<KeptFile>, LedgerFault> {
        let repo = self.open()?.ok_or_else(|| LedgerFault::Unreadable("there is no store".to_owned()))?;
        let commit = object::commit(&repo, oid_of(id)?).map_err(|e| unreadable(&e))?;
        chain::kept_files(&repo, &commit).map_err(|e| unreadable(&e))
    }
}

#[allow(clippy::disallowed_methods, reason = "nothing tells when another process lets go of a flock")]
fn pause() {
    std::thread::sleep(PAUSE);
}
