//! Looks at this machine's own disk that don't come back: a dead network mount, a pipe in the place of a file, a file that
//! libgit2 reads for ever. Such a look is given up and said; its thread can't be ended, so it isn't started again meanwhile:
//! each repository can hold up no more than one thread for its heads and one for its work tree.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::port::world::Look;

/// How long heads and branches may take: they are a few small files.
pub(super) const HEADS: Duration = Duration::from_secs(10);
/// How long a work tree may take: it can be a large one on a slow disk.
pub(super) const SCAN: Duration = Duration::from_secs(120);

/// Why a look isn't even begun.
pub(super) const STILL_HANGS: &str =
    "an earlier look at it still hangs: see whether its disk answers and `git fsck` is content";

/// The looks whose threads are at work.
#[derive(Debug, Clone, Default)]
pub(super) struct AtWork(Arc<Mutex<BTreeSet<Look>>>);

/// A look's place among those at work, until its thread ends.
struct Entry {
    at_work: AtWork,
    look: Look,
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.at_work.looks().remove(&self.look);
    }
}

/// Tells a thread to stop once nobody waits for it.
struct Wait(Arc<AtomicBool>);

impl Drop for Wait {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl AtWork {
    fn looks(&self) -> MutexGuard<'_, BTreeSet<Look>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a look's thread is still at work.
    pub(super) fn hangs(&self, look: &Look) -> bool {
        self.looks().contains(look)
    }

    /// Does a look's work on a thread of its own, and waits for it as long as `patience` lasts. The flag that it is given
    /// turns true when nobody waits any more.
    pub(super) async fn within<T: Send + 'static>(
        &self,
        patience: Duration,
        look: &Look,
        work: impl FnOnce(&AtomicBool) -> Result<T, String> + Send + 'static,
    ) -> Result<T, String> {
        if !self.looks().insert(look.clone()) {
            return Err(STILL_HANGS.to_owned());
        }
        let entry = Entry { at_work: self.clone(), look: look.clone() };
        let wait = Wait(Arc::default());
        let unwanted = Arc::clone(&wait.0);
        let thread = tokio::task::spawn_blocking(move || {
            let _entry = entry;
            work(&unwanted)
        });
        match tokio::time::timeout(patience, thread).await {
            Ok(Ok(found)) => found,
            Ok(Err(panic)) => Err(format!("flightdeck has a bug: it couldn't be read ({panic})")),
            Err(_) => Err(format!(
                "it didn't answer within {} s and was given up: see whether its disk answers and `git fsck` is content",
                patience.as_secs()
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look() -> Look {
        Look::Dirty("web".parse().unwrap())
    }

    #[tokio::test]
    async fn a_look_that_hangs_is_given_up_once_and_not_started_again_before_it_ends() {
        let at_work = AtWork::default();
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let (told, tells) = std::sync::mpsc::channel();
        let hangs = move |unwanted: &AtomicBool| {
            ended.recv().unwrap();
            told.send(unwanted.load(Ordering::Relaxed)).unwrap();
            Ok(())
        };
        let short = Duration::from_millis(20);
        assert!(at_work.within(short, &look(), hangs).await.unwrap_err().contains("given up"));
        let again = at_work.within(short, &look(), |_| Ok(())).await;
        assert!(again.unwrap_err().contains("still hangs"));
        end.send(()).unwrap();
        let told = tokio::task::spawn_blocking(move || tells.recv().unwrap()).await.unwrap();
        assert!(told, "whoever nobody waits for is told so");
        while at_work.within(HEADS, &look(), |_| Ok(())).await.is_err() {
            tokio::task::yield_now().await;
        }
    }
}
