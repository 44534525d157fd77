//! How many mixtures of old and new behaviour users can meet. Each of n artefacts behaves as before or as the release has
//! it: 2^n mixtures, of which a release with one flag should leave two.
//!
//! A user meets one behaviour of each artefact at a time. Which one is told by two things: the code that runs there, and the
//! state in which that code reads the flag.
//! - The code from before behaves as before, whatever the flag says.
//! - The code that ships behaves as before for whom the flag it reads is off, and anew for whom it is on.
//! - The states are a chain: users come in kinds, and the kind of place k is the one that meets the feature from state k on.
//!   In state s, kinds 1 to s meet it and the others don't. Off is state 0 (nobody), the last state is everybody.
//! - What isn't known adds, and never takes away: of code that may be either, both behaviours; of a flag that nobody read,
//!   both too. So an artefact leaves a kind of user one behaviour or two, the artefacts together a box of mixtures, and what
//!   users can meet is the union of the boxes of all kinds.
//!
//! Hence: all read off, and there is one mixture; all read beta, and there are two, one for the beta users and one for the
//! others; one that lags adds its own; one that can't be read doubles. It is an upper bound wherever something is unknown:
//! two unknown artefacts may well agree, but nobody can say so.

/// An artefact, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Artefact {
    /// The code that runs there.
    pub runs: Runs,
    /// What that code reads.
    pub reads: Reads,
}

/// The code that an artefact runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Runs {
    /// The code from before the release.
    Before,
    /// The code that ships.
    Ship,
    /// Either.
    Unknown,
}

/// What an artefact reads of the flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// The state at this place in the chain; 0 is off.
    State(usize),
    /// Nobody can say, or it doesn't read the flag at all.
    Unknown,
}

/// How an artefact may behave towards one kind of user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Behaves {
    AsBefore,
    Anew,
    Either,
}

/// More kinds of users than this are added up, not united: the sum is an upper bound too.
const EXACT: usize = 10;
/// The most artefacts that are counted: 2^63 mixtures say enough.
const MOST: usize = 63;

impl Artefact {
    /// Whether it may behave in either way towards somebody, for all that is known.
    pub fn is_open(self) -> bool {
        match (self.runs, self.reads) {
            (Runs::Before, _) | (Runs::Unknown, Reads::State(0)) | (Runs::Ship, Reads::State(_)) => false,
            (Runs::Ship | Runs::Unknown, _) => true,
        }
    }

    /// How it behaves towards the users who meet the feature from a state on.
    fn towards(self, kind: usize) -> Behaves {
        match (self.runs, self.reads) {
            (Runs::Before, _) => Behaves::AsBefore,
            (_, Reads::State(state)) if state < kind => Behaves::AsBefore,
            (Runs::Ship, Reads::State(_)) => Behaves::Anew,
            (Runs::Unknown, Reads::State(_)) | (Runs::Ship | Runs::Unknown, Reads::Unknown) => Behaves::Either,
        }
    }
}

/// All the mixtures that there could be.
pub fn conceivable(artefacts: usize) -> u64 {
    1 << artefacts.min(MOST)
}

/// The mixtures that users can meet, of a flag with so many states. Exact where no artefact is open, else an upper bound.
pub fn reachable(artefacts: &[Artefact], states: usize) -> u64 {
    let mut boxes: Vec<Vec<Behaves>> = Vec::new();
    for kind in 1..states.max(2) {
        let mixtures: Vec<Behaves> = artefacts.iter().map(|artefact| artefact.towards(kind)).collect();
        // kinds that no artefact tells apart meet the same
        if !boxes.contains(&mixtures) {
            boxes.push(mixtures);
        }
    }
    let met = if boxes.len() > EXACT {
        boxes.iter().map(|mixtures| size(mixtures)).fold(0, u64::saturating_add)
    } else {
        united(&boxes)
    };
    met.min(conceivable(artefacts.len()))
}

fn size(mixtures: &[Behaves]) -> u64 {
    conceivable(mixtures.iter().filter(|behaves| **behaves == Behaves::Either).count())
}

/// The mixtures in any of the boxes: those of the last that aren't in an earlier one, and those of the earlier ones.
fn united(boxes: &[Vec<Behaves>]) -> u64 {
    let Some((last, earlier)) = boxes.split_last() else { return 0 };
    let shared: Vec<_> = earlier.iter().filter_map(|other| common(last, other)).collect();
    united(earlier).saturating_add(size(last).saturating_sub(united(&shared)))
}

/// The mixtures in both boxes, if there are any.
fn common(one: &[Behaves], other: &[Behaves]) -> Option<Vec<Behaves>> {
    let both = |(one, other): (&Behaves, &Behaves)| match (one, other) {
        (Behaves::Either, same) | (same, Behaves::Either) => Some(*same),
        (one, other) => (one == other).then_some(*one),
    };
    one.iter().zip(other).map(both).collect()
}

#[cfg(test)]
mod tests;
