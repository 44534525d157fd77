//! What is live, what is owed, what is unknown, and the one thing that goes on: what a tired owner reads first.

use crate::cockpit::canvas::Canvas;
use crate::cockpit::glyph::Glyph;
use crate::cockpit::role::Role;
use crate::cockpit::view::View;
use crate::cockpit::widget::text::Row;
use crate::engine::state::Weight;
use crate::plan::StepId;
use crate::rollout::StepState;
use crate::shown::Shown;

/// The report so far.
pub fn rows(canvas: &mut Canvas<'_>, view: &View<'_>) -> Vec<Row> {
    let status = &view.state.status;
    let mut rows = vec![Row::fact("waits for", Shown::line(&status.waiting_for), Role::Waiting)];
    rows.extend(status.hold.as_ref().map(|hold| Row::fact("on hold", Shown::line(hold), Role::Bad)));
    rows.extend(status.go_on.as_ref().map(|command| Row::fact("in a shell", Shown::line(command), Role::Accent)));
    rows.extend(super::order::rows(canvas, view, |_| true));
    rows.push(Row::Blank);
    rows.push(Row::say("Live", Role::Title));
    if status.unsound.is_some() {
        rows.push(Row::say("  not known: the ledger can't be read to its end. Look at the world itself.", Role::Bad));
    } else if status.live.is_empty() {
        rows.push(Row::say("  nothing yet", Role::Dim));
    }
    for live in &status.live {
        rows.push(Row::Line(vec![
            (Shown::from(format!(" {} ", canvas.glyph(Glyph::Good))), Role::Good),
            (Shown::line(&whose(view, &live.step)), Role::Strong),
            (Shown::line(&live.what), Role::Text),
            (Shown::line(&format!("  {}", live.evidence.join("; "))), Role::Dim),
        ]));
    }
    let owed = |state: StepState| !is_troubled(state) && !state.is_done();
    for (title, wanted) in [("Unknown, failed or vetoed", is_troubled as fn(StepState) -> bool), ("Owed", owed)] {
        rows.push(Row::Blank);
        rows.push(Row::say(title, Role::Title));
        let mut none = true;
        for step in status.steps.iter().filter(|step| wanted(step.state)) {
            none = false;
            let look = view.look(step);
            let partly = step.partly().map(|partly| format!(", {partly}")).unwrap_or_default();
            rows.push(Row::Line(vec![
                (Shown::from(format!(" {} ", canvas.glyph(look.glyph))), look.role),
                (Shown::line(&whose(view, &step.id)), Role::Strong),
                (Shown::line(&step.title), Role::Text),
                (Shown::from(format!("  {}{partly}", look.word)), look.role),
            ]));
        }
        if none {
            rows.push(Row::say("  nothing", Role::Dim));
        }
    }
    rows.extend(super::skew::rows(canvas, view, |_| true));
    rows.extend(notices(canvas, view));
    rows
}

/// A step and, where it has one, its repository, before what is told of it.
fn whose(view: &View<'_>, step: &StepId) -> String {
    match view.step_by_id(step).and_then(|step| step.repo.as_deref()) {
        Some(repo) => format!("{step} ({repo}): "),
        None => format!("{step}: "),
    }
}

fn is_troubled(state: StepState) -> bool {
    matches!(state, StepState::Failed | StepState::InDoubt | StepState::Conflict | StepState::Vetoed)
}

fn notices(canvas: &mut Canvas<'_>, view: &View<'_>) -> Vec<Row> {
    if view.state.notices.is_empty() {
        return Vec::new();
    }
    let mut rows = vec![Row::Blank, Row::say("Noticed", Role::Title)];
    for notice in view.state.notices.iter().rev() {
        let role = match notice.weight {
            Weight::Info => Role::Text,
            Weight::Warning => Role::Waiting,
            Weight::Alarm => Role::Bad,
        };
        let age = canvas.age(view.now, notice.at).pad(6);
        rows.push(Row::Line(vec![(Shown::from(format!("  {age}")), Role::Dim), (Shown::line(&notice.text), role)]));
    }
    rows
}
