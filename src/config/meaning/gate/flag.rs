//! `{ flag = "off" }`: there is a flag, and it has that state.

use super::{Judge, join};
use crate::plan::implied::public_state;
use crate::plan::{FlagState, Step};

pub(super) fn judge(judge: &mut Judge<'_>, step: &Step, state: &FlagState, path: &[String]) {
    match &judge.document.flag {
        None if !judge.draft.lost("flag") => {
            judge.blame(&join(path, &["flag"]), "there is no [flag] table to read a state from").help =
                Some("say in [flag] which flag it is and where it is read, or drop the gate".to_owned());
        }
        Some(flag) if !flag.states.contains(state) => {
            let states = flag.states.iter().map(FlagState::as_str).collect();
            judge.dangling(&join(path, &["flag"]), "state of the flag", state.as_str(), &states);
        }
        Some(_) => public(judge, step, state, path),
        None => {}
    }
}

/// A gate about the flag, in a plan that has none.
pub(super) fn wanted(judge: &mut Judge<'_>, path: &[String]) {
    if judge.document.flag.is_none() && !judge.draft.lost("flag") {
        judge.blame_key(path, "there is no [flag] table whose flag could be off").help =
            Some("say in [flag] which flag it is and where it is read, or drop the gate".to_owned());
    }
}

/// What the plan wants for itself of a public publish can't be asked against.
fn public(judge: &mut Judge<'_>, step: &Step, state: &FlagState, path: &[String]) {
    if let Some(wanted) = public_state(judge.document, step).filter(|wanted| *wanted != state) {
        let message = format!("what `{}` publishes is public at once, so the flag must be {wanted} by then", step.id);
        judge.blame(&join(path, &["flag"]), message).help =
            Some(format!("write {{ flag = \"{wanted}\" }}, or move the step that sets the flag to {state} before it"));
    }
}
