//! The growth of the output that is on the screen.

use tokio::sync::watch;

use crate::engine::Output;

/// Tells when the output on the screen has grown.
#[derive(Default)]
pub(super) struct Feed(Option<watch::Receiver<u64>>);

impl Feed {
    /// Follows this output from now on; what it has already is about to be painted.
    pub(super) fn follow(&mut self, output: Option<&Output>) {
        self.0 = output.map(|output| {
            let mut changes = output.changes();
            changes.borrow_and_update();
            changes
        });
    }

    /// Waits until there is more. Cancel-safe.
    pub(super) async fn changed(&mut self) {
        let ended = match &mut self.0 {
            Some(changes) => changes.changed().await.is_err(),
            None => std::future::pending().await,
        };
        if ended {
            self.0 = None;
        }
    }
}
