//! A suite of tests as a checklist: each required flow with its own sign and word, then whatever else went badly.

use crate::cockpit::canvas::{Canvas, Piece};
use crate::cockpit::glyph::Glyph;
use crate::cockpit::role::Role;
use crate::cockpit::view::View;
use crate::cockpit::widget::text::Row;
use crate::cockpit::words::{self, Look};
use crate::rollout::status::{StepStatus, SuiteStatus};
use crate::shown::Shown;
use crate::suite::Verdict;

/// The columns of a sign and its word.
const LOOK: usize = 22;

/// The whole checklist.
pub fn rows(canvas: &mut Canvas<'_>, view: &View<'_>, step: &StepStatus, suite: &SuiteStatus) -> Vec<Row> {
    let mut rows = vec![Row::Line(summary(canvas, step, suite))];
    if let Some(at) = suite.at {
        rows.push(Row::fact("recorded", canvas.ago(view.now, at), Role::Dim));
    }
    rows.extend(suite.report.as_ref().map(|digest| Row::fact("report", digest.short().to_owned(), Role::Dim)));
    for trouble in &suite.troubles {
        let sign = vec![(Shown::from(format!("{} ", canvas.glyph(Glyph::Bad))), Role::Bad)];
        rows.push(Row::Item(sign, vec![(Shown::line(trouble), Role::Strong)]));
    }
    rows.push(Row::Blank);
    rows.push(Row::say("What must pass", Role::Title));
    if suite.required.is_empty() {
        rows.push(Row::say("  the plan names no flow: every test counts", Role::Dim));
    }
    for flow in &suite.required {
        rows.push(line(canvas, words::flow(flow.verdict), &flow.name, &flow.why));
    }
    if !suite.others.is_empty() {
        rows.push(Row::Blank);
        rows.push(Row::say("What else spoils it", Role::Title));
        rows.extend(suite.others.iter().map(|item| line(canvas, words::verdict(item.verdict), &item.name, &item.why)));
    }
    if suite.more > 0 {
        rows.push(Row::say(format!("  and {} more", suite.more), Role::Bad));
    }
    rows
}

/// The checklist on a line: what was told of the required flows, and how many tests went how.
pub fn summary(canvas: &Canvas<'_>, step: &StepStatus, suite: &SuiteStatus) -> Vec<Piece> {
    let (head, role) = match suite.good {
        None if step.state == crate::rollout::StepState::Running => ("Its tests run", Role::Running),
        None => ("Its tests haven't run", Role::Dim),
        Some(true) => ("Its tests passed", Role::Good),
        Some(false) => ("Its tests didn't pass", Role::Bad),
    };
    let mut pieces = vec![(Shown::fixed(head), role)];
    if !suite.required.is_empty() {
        let (good, of) = (suite.required.iter().filter(|flow| flow.good).count(), suite.required.len());
        let (text, role) = match (suite.good, good == of) {
            (None, _) => (format!(" · {of} required {}", if of == 1 { "flow" } else { "flows" }), Role::Text),
            (Some(_), true) => (format!(" · {good} of {of} required flows did"), Role::Good),
            (Some(_), false) => (format!(" · {good} of {of} required flows did"), Role::Bad),
        };
        pieces.push((Shown::from(text), role));
    }
    for (verdict, count) in suite.counts.each() {
        let look = words::verdict(verdict);
        pieces.push((Shown::from(format!("  {} {count} {}", canvas.glyph(look.glyph), look.word)), look.role));
    }
    pieces
}

fn line(canvas: &Canvas<'_>, look: Look, name: &str, why: &str) -> Row {
    let role = if look.word == Verdict::Passed.word() { Role::Text } else { Role::Strong };
    let sign = vec![(Shown::from(format!(" {} {}", canvas.glyph(look.glyph), look.word)).pad(LOOK), look.role)];
    let mut pieces = vec![(Shown::line(name), role)];
    if !why.is_empty() {
        pieces.push((Shown::line(&format!("  {why}")), Role::Dim));
    }
    Row::Item(sign, pieces)
}
