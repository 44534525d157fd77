//! Tells which repository or file changed, by file events: commits, branch switches, a ref that was fetched, a file saved
//! by rename. What was asked for may be missing, and may come and go. Says what it can't watch; reads no repository itself.

mod layout;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::Notify;
use tokio::time::Instant;

use layout::{Layout, Relevance};

/// How long changes are gathered: git writes several files for one commit.
const GATHER: Duration = Duration::from_millis(50);
/// More changed paths than this, and everything counts as changed.
const MAX_PATHS: usize = 4_096;

/// What is watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// What tells of commits and branch switches in the repository at this path; not its work tree.
    Repo(PathBuf),
    /// One file, also if it is replaced by another of its name.
    File(PathBuf),
}

/// What a watch has to say of the target with this index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// It changed: read it again.
    Changed(usize),
    /// It can't be watched, and why: it is to be asked at a rhythm instead.
    Blind(usize, String),
}

/// The system gives no watch at all.
#[derive(Debug, thiserror::Error)]
#[error("file events aren't to be had: {0}")]
pub struct NoEvents(String);

/// A running watch; ends when it is dropped.
pub struct Watch {
    watcher: RecommendedWatcher,
    targets: Vec<Target>,
    layouts: Vec<Layout>,
    // every watched folder, and how deep
    folders: BTreeMap<PathBuf, Reach>,
    heard: Arc<Heard>,
    due: Option<Instant>,
    notices: Vec<Notice>,
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").field("targets", &self.targets).finish_non_exhaustive()
    }
}

/// How deep a folder is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    Itself,
    Below,
}

#[derive(Default)]
struct Heard {
    paths: Mutex<Paths>,
    bell: Notify,
}

#[derive(Default)]
enum Paths {
    #[default]
    None,
    Some(BTreeSet<PathBuf>),
    All,
}

impl Heard {
    fn hear(&self, event: notify::Result<Event>) {
        match event {
            // reading isn't changing: our own looks would keep us awake
            Ok(event) if matches!(event.kind, EventKind::Access(_)) && !event.need_rescan() => return,
            Ok(event) if !event.need_rescan() => self.paths().add(event.paths),
            // events were lost
            Ok(_) | Err(_) => *self.paths() = Paths::All,
        }
        self.bell.notify_one();
    }

    fn paths(&self) -> MutexGuard<'_, Paths> {
        self.paths.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Paths {
    fn add(&mut self, new: Vec<PathBuf>) {
        if let Self::None = self {
            *self = Self::Some(BTreeSet::new());
        }
        let Self::Some(paths) = self else { return };
        paths.extend(new.into_iter().filter(|path| !layout::is_noise(path)));
        if paths.len() > MAX_PATHS {
            *self = Self::All;
        }
    }
}

impl Watch {
    /// Begins to watch. Blocking: it looks at every target once.
    pub fn new(targets: Vec<Target>) -> Result<Self, NoEvents> {
        let heard = Arc::new(Heard::default());
        let hearing = Arc::clone(&heard);
        let watcher = notify::recommended_watcher(move |event| hearing.hear(event));
        let watcher = watcher.map_err(|error| NoEvents(error.to_string()))?;
        let layouts = targets.iter().map(Layout::of).collect();
        let mut watch =
            Self { watcher, targets, layouts, folders: BTreeMap::new(), heard, due: None, notices: Vec::new() };
        for index in 0..watch.targets.len() {
            watch.settle(index);
        }
        Ok(watch)
    }

    /// Waits for something to happen, for 50 ms more, and tells it once. Cancel-safe: what was heard is told by the
    /// next call.
    pub async fn next(&mut self) -> Vec<Notice> {
        loop {
            if !self.notices.is_empty() {
                return std::mem::take(&mut self.notices);
            }
            let due = if let Some(due) = self.due {
                due
            } else {
                self.heard.bell.notified().await;
                *self.due.insert(Instant::now() + GATHER)
            };
            tokio::time::sleep_until(due).await;
            self.due = None;
            let paths = std::mem::take(&mut *self.heard.paths());
            self.sort(&paths);
        }
    }

    fn sort(&mut self, paths: &Paths) {
        for index in 0..self.targets.len() {
            let Some(layout) = self.layouts.get(index) else { continue };
            let relevance = match paths {
                Paths::None => Relevance::None,
                Paths::Some(paths) => paths.iter().map(|path| layout.relevance(path)).max().unwrap_or_default(),
                Paths::All => Relevance::Layout,
            };
            match relevance {
                Relevance::None => {}
                Relevance::Content => self.notices.push(Notice::Changed(index)),
                Relevance::Layout => {
                    self.notices.push(Notice::Changed(index));
                    self.forget(index, paths);
                    self.settle(index);
                }
            }
        }
    }

    /// Watches what is to be watched for a target as it lies now. What appears between the look and the watch is found by
    /// looking again.
    fn settle(&mut self, index: usize) {
        for _ in 0..4 {
            let Some(target) = self.targets.get(index) else { return };
            let layout = Layout::of(target);
            let why = self.look_at_all(&layout);
            let blind = why.is_some();
            self.notices.extend(why.map(|why| Notice::Blind(index, why)));
            let settled = blind || self.targets.get(index).map(Layout::of).as_ref() == Some(&layout);
            if let Some(old) = self.layouts.get_mut(index) {
                *old = layout;
            }
            if settled {
                return;
            }
        }
    }

    /// Watches every folder of a layout; says why one can't be.
    fn look_at_all(&mut self, layout: &Layout) -> Option<String> {
        for (folder, reach) in layout.folders() {
            if let Err(error) = self.look_at(folder, reach)
                && folder.exists()
            {
                return Some(format!("{}: {error}", folder.display()));
            }
        }
        None
    }

    fn look_at(&mut self, folder: &Path, reach: Reach) -> notify::Result<()> {
        if self.folders.get(folder).is_some_and(|now| *now >= reach) {
            return Ok(());
        }
        let mode = match reach {
            Reach::Itself => RecursiveMode::NonRecursive,
            Reach::Below => RecursiveMode::Recursive,
        };
        self.watcher.watch(folder, mode)?;
        self.folders.insert(folder.to_owned(), reach);
        Ok(())
    }

    /// Gives up those folders of a target that something happened to: one that was replaced by another of its name is a new
    /// one to the system.
    fn forget(&mut self, index: usize, paths: &Paths) {
        let Some(layout) = self.layouts.get(index) else { return };
        let hit = |folder: &Path| match paths {
            Paths::None => false,
            Paths::Some(paths) => paths.iter().any(|path| folder.starts_with(path)),
            Paths::All => true,
        };
        let folders = layout.folders().map(|(folder, _)| folder);
        let gone: Vec<PathBuf> = folders.filter(|folder| !folder.is_dir() || hit(folder)).map(Path::to_owned).collect();
        for folder in gone {
            if self.folders.remove(&folder).is_some() {
                // it may be gone already
                let _ = self.watcher.unwatch(&folder);
            }
        }
        // some of them serve others too
        for other in 0..self.layouts.len() {
            if other != index && self.layouts.get(other).is_some_and(|layout| self.lost(layout)) {
                self.settle(other);
            }
        }
    }

    fn lost(&self, layout: &Layout) -> bool {
        layout.folders().any(|(folder, _)| !self.folders.contains_key(folder) && folder.exists())
    }
}
