//! `{ flag = "off" }`: there is a flag, and it has that state.

use super::{Judge, join};
use crate::plan::FlagState;

pub(super) fn judge(judge: &mut Judge<'_>, state: &FlagState, path: &[String]) {
    match &judge.document.flag {
        None if !judge.draft.lost("flag") => {
            judge.blame(&join(path, &["flag"]), "there is no [flag] table to read a state from").help =
                Some("say in [flag] which flag it is and where it is read, or drop the gate".to_owned());
        }
        Some(flag) if !flag.states.contains(state) => {
            let states = flag.states.iter().map(FlagState::as_str).collect();
            judge.dangling(&join(path, &["flag"]), "state of the flag", state.as_str(), &states);
        }
        Some(_) | None => {}
    }
}
