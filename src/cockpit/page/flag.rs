//! What the flag is read as: by its provider in every context, and by every artefact that reports it.

use crate::cockpit::age;
use crate::cockpit::canvas::Canvas;
use crate::cockpit::glyph::Glyph;
use crate::cockpit::role::Role;
use crate::cockpit::view::View;
use crate::cockpit::widget::text::Row;
use crate::plan::FlagState;
use crate::rollout::out_of_order::Kind;
use crate::rollout::status::{FlagStatus, Reachable};
use crate::shown::Shown;

/// The columns of a reader's name.
const WHO: usize = 26;

/// When the way back was last tried, and how long it took.
fn rehearsed(canvas: &mut Canvas<'_>, view: &View<'_>, flag: &FlagStatus) -> Shown {
    let Some(rehearsed) = &flag.rehearsed else { return Shown::fixed("never: flightdeck flag off --rehearse") };
    let ago = canvas.ago(view.now, rehearsed.at);
    let took = age::lasted(rehearsed.took);
    Shown::from(format!("off, {ago}, in {took}: {}", rehearsed.evidence))
}

/// What users can meet, and of whom that can't be told.
fn reachable(states: &Reachable) -> Shown {
    let open = if states.open.is_empty() { String::new() } else { format!("; open: {}", states.open.join(", ")) };
    Shown::from(format!("{} mixtures of old and new{open}", states.words()))
}

/// What is told of the flag.
pub fn rows(canvas: &mut Canvas<'_>, view: &View<'_>) -> Vec<Row> {
    let Some(flag) = &view.state.status.flag else { return vec![Row::say("this release has no flag", Role::Dim)] };
    let state = flag.state.as_ref().map_or("can't be told", FlagState::as_str);
    let states = view
        .state
        .plan
        .document()
        .flag
        .as_ref()
        .map(|flag| flag.states.iter().map(FlagState::as_str).collect::<Vec<_>>());
    let asked = flag.observed_at.map_or(Shown::fixed("never yet"), |at| canvas.ago(view.now, at));
    let agree = if flag.agree == flag.of { Role::Good } else { Role::Bad };
    let mut rows = vec![
        Row::fact("flag", Shown::line(&flag.key), Role::Accent),
        Row::fact("state", Shown::line(state), Role::Strong),
        Row::fact("of", states.unwrap_or_default().join(" → "), Role::Text),
        Row::fact("agree", format!("{} of {}", flag.agree, flag.of), agree),
        Row::fact("asked", asked, Role::Dim),
        Row::fact("rehearsed", rehearsed(canvas, view, flag), Role::Dim),
        Row::fact("reachable", reachable(&view.state.status.reachable_states), Role::Text),
    ];
    if let Some(alarm) = &flag.alarm {
        rows.push(Row::fact("alarm", Shown::line(alarm), Role::Bad));
    }
    if let Some(wait) = &flag.converging {
        rows.push(Row::fact("waits", Shown::line(&format!("for {}; so far {}", wait.what, wait.last)), Role::Waiting));
    }
    rows.extend([Row::Blank, Row::say("Who reads it, and what", Role::Title)]);
    for reading in &flag.readings {
        let (glyph, role) = match (&reading.value, reading.agrees) {
            (None, _) => (Glyph::Doubt, Role::Doubt),
            (Some(_), true) => (Glyph::Good, Role::Good),
            (Some(_), false) => (Glyph::Bad, Role::Bad),
        };
        let word = match (&reading.value, reading.agrees) {
            (None, _) => "can't be read",
            (Some(_), true) => "agrees",
            (Some(_), false) => "disagrees",
        };
        let age = reading.at.map_or(Shown::fixed("never asked"), |at| canvas.ago(view.now, at));
        let mut line = vec![
            (Shown::from(format!(" {} ", canvas.glyph(glyph))), role),
            (Shown::line(&reading.who).pad(WHO), Role::Text),
            (Shown::line(reading.value.as_deref().unwrap_or("?")).pad(12), Role::Strong),
            (Shown::fixed(word).pad(15), role),
            (age, Role::Dim),
        ];
        if let Some(why) = &reading.why {
            line.push((Shown::line(&format!("  {why}")), Role::Bad));
        }
        rows.push(Row::Line(line));
    }
    rows.extend(super::order::rows(canvas, view, |item| item.kind == Some(Kind::Flag)));
    rows.push(Row::Blank);
    rows.push(Row::say("f turns it off, in every state: the way back is always open.", Role::Dim));
    rows
}
