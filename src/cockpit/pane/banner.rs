//! The gravest thing that the owner must know, on one line; else, where there is room, what the release waits for.

use ratatui::layout::Rect;

use crate::cockpit::canvas::Canvas;
use crate::cockpit::glyph::Glyph;
use crate::cockpit::role::Role;
use crate::cockpit::view::View;
use crate::engine::state::Weight;
use crate::engine::{Drive, LedgerState};
use crate::rollout::Next;
use crate::shown::Shown;

/// From this height on there is a line to spare for what the release waits for.
const ROOMY: u16 = 30;

/// A line across the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Banner {
    /// What is so; cut where it is long.
    what: Shown,
    /// The key or command that answers it, never cut off; empty where there is none.
    then: Shown,
    role: Role,
}

impl Banner {
    /// What it says now, if anything.
    pub fn of(view: &View<'_>) -> Option<Self> {
        grave(view).or_else(|| (view.model.area.height >= ROOMY).then(|| waits(view)))
    }

    fn new(what: &str, then: &str, role: Role) -> Self {
        Self { what: Shown::line(what), then: Shown::line(then), role }
    }

    /// Paints it.
    pub fn paint(&self, canvas: &mut Canvas<'_>, area: Rect) {
        if self.role == Role::Danger {
            canvas.fill(area, self.role);
        }
        let sign = if self.role == Role::Danger { Glyph::Attention } else { Glyph::Current };
        let sign = Shown::from(format!(" {} ", canvas.glyph(sign)));
        let text = self.line(usize::from(area.width).saturating_sub(sign.width()));
        canvas.line(area, 0, 0, &[(sign, self.role), (text, self.role)]);
    }

    /// All of it in so many columns.
    fn line(&self, room: usize) -> Shown {
        if self.then.is_empty() {
            return self.what.cut(room);
        }
        let then = Shown::from(format!("; {}", self.then));
        let what = self.what.cut(room.saturating_sub(then.width()));
        Shown::from(format!("{what}{then}")).cut(room)
    }
}

/// What the release waits for, and the key or command that goes on.
fn waits(view: &View<'_>) -> Banner {
    let what = format!("waits for {}", view.state.status.waiting_for);
    let then = match &view.state.next {
        Next::Approve(_) => "a shows what it does",
        Next::Tick(_) => "t opens them",
        Next::Unmet(_) => "r judges it again",
        Next::Lift(_) => "l lifts it",
        Next::Freeze(repos) => {
            // their names would leave no room for what to do
            let what = format!("waits for QA to pass {} repositories", repos.len());
            return Banner::new(&what, "`flightdeck freeze` records it", Role::Waiting);
        }
        Next::OutOfOrder(_) => "R accepts it",
        Next::Decide(_)
        | Next::Resume
        | Next::Judge(_)
        | Next::Busy(..)
        | Next::Act { .. }
        | Next::Unready(..)
        | Next::Ship
        | Next::Nothing => return Banner::new(&what, "", Role::Text),
    };
    Banner::new(&what, then, Role::Waiting)
}

fn grave(view: &View<'_>) -> Option<Banner> {
    let state = view.state;
    let status = &state.status;
    let told = |what: &str, then: &str, role| Some(Banner::new(what, then, role));
    if let LedgerState::Bad { why } = &state.ledger {
        let then = if state.unwritten { "s tries again" } else { "" };
        return told(&format!("the ledger is bad, nothing starts: {why}"), then, Role::Danger);
    }
    if let Some(complaint) = &state.complaint {
        let first = complaint.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        return told(&format!("release.toml can't be used, the last good plan stays: {first}"), "", Role::Danger);
    }
    if !status.trusted {
        let text = "this plan isn't trusted on this machine: nothing runs, nothing is asked";
        return told(text, "P shows its commands", Role::Waiting);
    }
    if let Some(because) = view.spectator() {
        // what can be done about it isn't cut off with whoever has the controls
        let (who, then) = because.as_str().rsplit_once(": ").unwrap_or((because.as_str(), ""));
        return told(&format!("you only watch: {who}"), then, Role::Waiting);
    }
    if let Next::Decide(step) = &state.next {
        return told(&format!("step {step} is in doubt or in conflict"), "R decides what became of it", Role::Danger);
    }
    if let Some(alarm) = status.flag.as_ref().and_then(|flag| flag.alarm.as_ref()) {
        return told(alarm, "f turns it off", Role::Danger);
    }
    if let Next::OutOfOrder(id) = &state.next
        && let Some(item) = view.item(id.as_str())
    {
        return told(&format!("out of order: {}", item.says), "R accepts it", Role::Danger);
    }
    if let Some(hold) = &status.hold {
        return told(&format!("on hold: {hold}"), "r goes on", Role::Danger);
    }
    let alarm = state.notices.iter().rev().find(|notice| notice.weight == Weight::Alarm);
    // an alarm is news for ten minutes; the report keeps it
    if let Some(fresh) = alarm.filter(|notice| view.now.saturating_sub(notice.at) < 600_000) {
        return told(&fresh.text, "", Role::Danger);
    }
    match (&state.next, state.drive) {
        (Next::Act { step, .. } | Next::Judge(step), Drive::Parked) => {
            told("parked, nothing starts by itself", &format!("r goes on with step {step}"), Role::Waiting)
        }
        (Next::Act { .. } | Next::Judge(_) | Next::Ship | Next::Busy(..), Drive::Paused) => {
            told("nothing more starts until you say how it goes on", "r goes on", Role::Waiting)
        }
        (_, Drive::Stopping) => {
            told("leaving: what runs may end, nothing more starts", "q again to choose otherwise", Role::Waiting)
        }
        (_, Drive::Parked | Drive::Paused | Drive::Going) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_that_answers_is_never_cut_off() {
        let banner = Banner::new("on hold: step flows: the reporter counts 219 tests", "r goes on", Role::Danger);
        assert_eq!(banner.line(80).as_str(), "on hold: step flows: the reporter counts 219 tests; r goes on");
        assert_eq!(banner.line(40).as_str(), "on hold: step flows: the rep…; r goes on");
        assert_eq!(Banner::new("parked for long", "", Role::Text).line(8).as_str(), "parked …");
    }
}
