//! Waiting for a state. No story sleeps for a time: whatever it waits for is asked again until it is so.

use std::time::{Duration, Instant};

/// How long anything may take before a story gives up. It is no measure: a machine ten times slower than the one this was
/// written on must stay far below it, and only what never comes reaches it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(300);

/// How often what has no event is asked again.
const AGAIN: Duration = Duration::from_millis(20);

/// Asks until it is so; false once [`PATIENCE`] is over.
#[must_use]
pub(crate) fn within_patience(mut is_so: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + PATIENCE;
    loop {
        if is_so() {
            return true;
        }
        if Instant::now() >= end {
            return false;
        }
        pause();
    }
}

/// The shortest time that is worth asking again after.
pub(crate) fn pause() {
    std::thread::sleep(AGAIN);
}
