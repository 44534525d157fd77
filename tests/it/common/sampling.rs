//! How much of a long matrix is tried: a fair sample in every run, all of it with `tests/run --long`. What is drawn is drawn from
//! a seed that is printed, and that `tests/run --seed N` gives back.

use std::time::{SystemTime, UNIX_EPOCH};

/// Set by `tests/run --long`.
const LONG: &str = "FLIGHTDECK_TESTS_LONG";
/// Set by `tests/run --seed N`.
const SEED: &str = "FLIGHTDECK_TESTS_SEED";

/// Whether everything is tried.
pub(crate) fn is_long() -> bool {
    std::env::var_os(LONG).is_some()
}

/// Numbers that look random and come again from the same seed.
#[derive(Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// From the seed that was given, or from the moment; it is printed, so that a failure can be had again.
    pub(crate) fn new() -> Self {
        let given = std::env::var(SEED).ok().and_then(|seed| seed.parse().ok());
        let moment = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |since| u64::from(since.subsec_nanos()));
        Self::from(given.unwrap_or_else(moment))
    }

    fn from(seed: u64) -> Self {
        println!("seed {seed}: tests/run --seed {seed} draws the same");
        // an odd number, so that no seed stands still
        Self((seed << 1) | 1)
    }

    /// The next number below a limit.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit.max(1)
    }

    /// Which of so many are tried: all of them in a long run, else a share drawn evenly, the first and the last among it.
    pub(crate) fn sample(&mut self, all: usize, share: usize) -> Vec<usize> {
        if is_long() || share >= all {
            return (0..all).collect();
        }
        let mut drawn = vec![0, all.saturating_sub(1)];
        // one of each stretch, so that no part is passed over
        drawn.extend((0..share).filter_map(|nth| {
            let (from, to) = (nth * all / share, (nth + 1) * all / share);
            let width = u64::try_from(to - from).ok().filter(|width| *width > 0)?;
            Some(from + usize::try_from(self.below(width)).unwrap_or(0))
        }));
        drawn.sort_unstable();
        drawn.dedup();
        drawn
    }
}
