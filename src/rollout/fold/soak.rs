//! A soak's clock, as the ledger has it. Only time between two good rounds counts; what nobody watched is a gap, and counts
//! where the plan says so.

use crate::plan::Period;
use crate::rollout::event::{Health, Millis};

/// The least time between two summaries of a soak, in milliseconds.
const LEAST_BEAT: u64 = 1_000;
/// How many summaries a soak has at most, while it stays good and somebody watches it.
const BEATS: u64 = 200;
/// How many gaps are kept; of older ones the sum is.
const GAPS: usize = 20;

/// A soak's clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoakLog {
    /// When it began.
    pub since: Millis,
    /// How long it lasts, in milliseconds.
    pub lasts: u64,
    /// How its checks last were.
    pub health: Health,
    /// What was seen of them at the last change.
    pub detail: String,
    /// Good time up to the last round that was told of, in milliseconds.
    pub good_for: u64,
    /// When its health last changed.
    pub changed_at: Millis,
    /// When the last round was that was told of.
    pub seen_at: Millis,
    /// Whether somebody watches it, as far as the ledger tells.
    pub watched: bool,
    /// The last times that nobody watched it, oldest first.
    pub gaps: Vec<Gap>,
    /// How long nobody watched it, all in all, in milliseconds.
    pub unwatched: u64,
    /// Whether the owner ended it early.
    pub cut: Option<Cut>,
    /// When it ended.
    pub ended: Option<Millis>,
}

/// A time in which nobody watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Gap {
    /// Since when.
    pub from: Millis,
    /// Till when.
    pub until: Millis,
    /// Whether it counts as good time.
    pub counted: bool,
}

impl Gap {
    /// How long it lasted, roughly.
    pub fn lasted(&self) -> Period {
        Period::from(self.until.saturating_sub(self.from)).roughly()
    }
}

/// The owner's word that a soak ends before its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// Why.
    pub reason: String,
    /// Who.
    pub by: String,
    /// When.
    pub at: Millis,
}

impl SoakLog {
    /// A clock that begins.
    pub fn begun(at: Millis, lasts: u64) -> Self {
        Self {
            since: at,
            lasts,
            health: Health::Good,
            detail: String::new(),
            good_for: 0,
            changed_at: at,
            seen_at: at,
            watched: true,
            gaps: Vec::new(),
            unwatched: 0,
            cut: None,
            ended: None,
        }
    }

    /// Whether it still runs: neither at its end nor ended early.
    pub fn is_open(&self) -> bool {
        self.ended.is_none() && self.cut.is_none()
    }

    /// The evidence of a soak that the owner has ended early.
    pub fn cut_short(&self) -> Option<String> {
        let cut = self.cut.as_ref()?;
        let (good, lasts) = (Period::from(self.good_for), Period::from(self.lasts));
        Some(format!("ended early by {}, after {good} of {lasts}: {}", cut.by, cut.reason))
    }

    /// Its checks turned good or bad.
    pub(super) fn turn(&mut self, health: Health, detail: &str, good_for: u64, at: Millis) {
        self.health = health;
        detail.clone_into(&mut self.detail);
        self.changed_at = at;
        self.watch(good_for, at);
    }

    /// Somebody saw how it is.
    pub(super) fn watch(&mut self, good_for: u64, until: Millis) {
        (self.good_for, self.seen_at, self.watched) = (good_for, until, true);
    }

    /// Nobody saw it for a while.
    pub(super) fn miss(&mut self, gap: Gap, good_for: u64) {
        self.gaps.push(gap);
        if self.gaps.len() > GAPS {
            self.gaps.remove(0);
        }
        self.unwatched = self.unwatched.saturating_add(gap.until.saturating_sub(gap.from));
        self.watch(good_for, gap.until);
    }
}

/// The time after which a soak that stays good is told of again, in milliseconds.
pub fn soak_beat(lasts: u64) -> u64 {
    (lasts / BEATS).max(LEAST_BEAT)
}

/// Milliseconds of good time so far. While its checks fail, or nobody watches, the clock stands; a clock that was set back
/// takes nothing away; and a watcher who died without a word isn't believed for long.
pub fn soak_good(log: &SoakLog, now: Millis) -> u64 {
    let since = match log.health {
        Health::Good if log.watched && log.is_open() => {
            now.saturating_sub(log.seen_at).min(soak_beat(log.lasts).saturating_mul(2))
        }
        Health::Good | Health::Bad => 0,
    };
    log.good_for.saturating_add(since).min(log.lasts)
}

/// Milliseconds of good time that a soak still lacks.
pub fn soak_remaining(log: &SoakLog, now: Millis) -> u64 {
    if log.is_open() { log.lasts.saturating_sub(soak_good(log, now)) } else { 0 }
}
