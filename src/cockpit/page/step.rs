//! All about a step: where it stands, what it would do, how far back it goes, what must hold, what was seen.

use crate::cockpit::age;
use crate::cockpit::canvas::{Canvas, Piece};
use crate::cockpit::glyph::Glyph;
use crate::cockpit::role::Role;
use crate::cockpit::view::View;
use crate::cockpit::widget::text::Row;
use crate::cockpit::words;
use crate::plan::Reach;
use crate::rollout::StepState;
use crate::rollout::skew::Skew;
use crate::rollout::status::{GateState, SoakStatus, StepStatus};
use crate::shown::Shown;

/// How much is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// What fits beside a plan of few lines: what an action does takes one, and a gate that holds only says so.
    Brief,
    /// What fits beside the plan.
    Short,
    /// Everything.
    Whole,
}

/// What is told of a step.
pub fn rows(canvas: &mut Canvas<'_>, view: &View<'_>, step: &StepStatus, depth: Depth) -> Vec<Row> {
    let mut rows = standing(canvas, view, step);
    if let Some(why) = &step.unready {
        rows.push(Row::Line(vec![(Shown::fixed("Not ready: "), Role::Bad), (Shown::line(why), Role::Text)]));
    }
    if depth == Depth::Whole {
        rows.push(Row::Blank);
    }
    rows.extend(effects(canvas, view, step, depth));
    rows.push(back(step));
    if !step.gates.is_empty() {
        if depth == Depth::Whole {
            rows.push(Row::Blank);
        }
        rows.extend(gates(canvas, view, step, depth));
    }
    if !step.checklist.is_empty() {
        let ticked = step.checklist.iter().filter(|line| line.ticked_by.is_some()).count();
        let role = if ticked == step.checklist.len() { Role::Good } else { Role::Waiting };
        rows.push(Row::say(format!("{ticked} of {} lines ticked: t opens the checklist", step.checklist.len()), role));
    }
    rows.extend(super::order::rows(canvas, view, |item| item.step.as_ref() == Some(&step.id)));
    if let Some(suite) = &step.suite {
        rows.push(Row::Blank);
        match depth {
            Depth::Brief | Depth::Short => rows.push(Row::Line(super::suite::summary(canvas, step, suite))),
            Depth::Whole => rows.extend(super::suite::rows(canvas, view, step, suite)),
        }
    }
    if depth == Depth::Whole {
        let of_step = |skew: &Skew| skew.producer.step == step.id || skew.consumer.step == step.id;
        rows.extend(super::skew::rows(canvas, view, of_step));
        rows.extend(whole(canvas, view, step));
    }
    rows
}

/// One line on where it stands, and what went wrong below it.
fn standing(canvas: &mut Canvas<'_>, view: &View<'_>, step: &StepStatus) -> Vec<Row> {
    let look = view.look(step);
    let mut line = vec![(Shown::from(format!("{} {}", canvas.glyph(look.glyph), look.word)), look.role)];
    let mut say = |text: String, role: Role| line.push((Shown::line(&text), role));
    match view.standing(step) {
        StepState::Pending => say(format!(" · comes after {}", before(view, step)), Role::Dim),
        StepState::Approved => {
            if let Some(approval) = &step.approval {
                say(format!(" by {} at {}", approval.by, age::clock(view.zone, view.now, approval.at)), Role::Text);
            }
            if let Some(partly) = step.partly() {
                say(format!(" · {partly}"), Role::Strong);
            }
        }
        StepState::Running => {
            if let Some(work) = view.state.work.as_ref().filter(|work| work.step == step.id) {
                let running = canvas.running(view.now, work.since);
                say(format!(" {running} · {}", work.title), Role::Text);
            }
        }
        StepState::Done | StepState::Skipped => {
            if let Some(ended) = step.ended_at {
                say(format!(" at {}", age::clock(view.zone, view.now, ended)), Role::Text);
            }
        }
        StepState::Vetoed => say(format!(" · {}", step.veto.as_deref().unwrap_or_default()), Role::Text),
        StepState::InDoubt => say(" · R says what became of it".to_owned(), Role::Text),
        StepState::Conflict => say(" · something else is there; R decides".to_owned(), Role::Text),
        StepState::Failed => say(
            if view.state.status.hold.is_some() {
                " · nothing happened; r goes on"
            } else {
                " · nothing happened; a approves it again"
            }
            .to_owned(),
            Role::Text,
        ),
        StepState::Blocked | StepState::Waiting | StepState::Undone => {}
    }
    let mut rows = vec![Row::Line(line)];
    rows.extend(wait(canvas, view, step));
    rows.extend(soak(canvas, view, step));
    if matches!(step.state, StepState::Failed | StepState::InDoubt | StepState::Conflict) {
        let troubled = step.actions.iter().filter(|action| !matches!(action.state, "pending" | "done"));
        for line in troubled.flat_map(|action| &action.detail).take(6) {
            rows.push(Row::say(Shown::line(line), Role::Strong));
        }
    }
    rows
}

fn before(view: &View<'_>, step: &StepStatus) -> String {
    let planned = view.state.plan.step(&step.id);
    let needs = planned.map(|step| view.state.plan.needs(step)).unwrap_or_default();
    let open: Vec<_> = needs
        .into_iter()
        .filter_map(|id| view.step_by_id(id).filter(|step| !step.state.is_done()))
        .map(|step| step.id.as_str())
        .collect();
    match open.as_slice() {
        [] => "the steps before it".to_owned(),
        [one] => format!("step {one}"),
        [first, rest @ ..] => format!("step {first} and {} more", rest.len()),
    }
}

/// Whom or what it waits for, for how long at most, and what was seen of it so far.
fn wait(canvas: &mut Canvas<'_>, view: &View<'_>, step: &StepStatus) -> Vec<Row> {
    let Some(wait) = &step.wait else { return Vec::new() };
    let since = age::clock(view.zone, view.now, wait.since);
    let left = canvas.left(view.now, wait.until);
    let clock = vec![
        (Shown::from(format!("since {since}, ")), Role::Text),
        (left, Role::Strong),
        (Shown::from(format!(" left until {}", age::clock(view.zone, view.now, wait.until))), Role::Text),
    ];
    let what = vec![(Shown::fixed("waits for "), Role::Dim), (Shown::line(&wait.what), Role::Waiting)];
    let seen = (!wait.last.is_empty()).then(|| Row::fact("so far", Shown::line(&wait.last), Role::Text));
    [Row::Line(what), Row::Line(clock)].into_iter().chain(seen).collect()
}

fn soak(canvas: &mut Canvas<'_>, view: &View<'_>, step: &StepStatus) -> Vec<Row> {
    let Some(soak) = step.soak.as_ref().filter(|_| !step.state.is_done()) else { return Vec::new() };
    let (word, role) = match (soak.good, soak.watched, &soak.ended_early) {
        (_, _, Some(_)) => ("ended early", Role::Waiting),
        (false, _, None) => ("not healthy: the clock stands", Role::Bad),
        (true, false, None) => ("nobody watches: the clock stands", Role::Waiting),
        (true, true, None) => ("healthy", Role::Good),
    };
    let rest = soak.lasts.saturating_sub(soak.good_by(view.now));
    let runs = soak.good && soak.watched && soak.ended_early.is_none();
    let rest = if runs { canvas.left(view.now, view.now + rest) } else { age::lasted(rest) };
    let total = age::lasted(soak.lasts);
    let clock = vec![(Shown::from(format!("{rest} of {total} left, ")), Role::Text), (Shown::fixed(word), role)];
    let why = (!soak.good).then(|| Row::say(Shown::line(&soak.detail), Role::Strong));
    let early = soak.ended_early.as_ref().map(|why| Row::say(Shown::line(why), Role::Strong));
    let missed = (soak.unwatched > 0).then(|| Row::Line(missed(view, soak)));
    std::iter::once(Row::Line(clock)).chain(why).chain(early).chain(missed).collect()
}

/// The time in which nobody watched.
fn missed(view: &View<'_>, soak: &SoakStatus) -> Vec<Piece> {
    let mut line = vec![(Shown::fixed("nobody watched for "), Role::Dim), (age::lasted(soak.unwatched), Role::Waiting)];
    if let Some(gap) = soak.gaps.last() {
        let (from, until) = (age::clock(view.zone, view.now, gap.from), age::clock(view.zone, view.now, gap.until));
        let counted = if gap.counted { "counted" } else { "not counted" };
        line.push((Shown::from(format!(", last from {from} to {until}, {counted}")), Role::Dim));
    }
    line
}

/// What approval brings about, or what was brought about: the exact command of each action.
fn effects(canvas: &Canvas<'_>, view: &View<'_>, step: &StepStatus, depth: Depth) -> Vec<Row> {
    let place = place(view, step, depth);
    let head = match step.state {
        StepState::Done | StepState::Skipped => "It did:",
        StepState::Running | StepState::Approved => "It does:",
        StepState::InDoubt | StepState::Conflict => "It was to do:",
        StepState::Pending
        | StepState::Blocked
        | StepState::Waiting
        | StepState::Failed
        | StepState::Vetoed
        | StepState::Undone => "If you approve:",
    };
    if step.actions.is_empty() {
        return Vec::new();
    }
    let single = step.actions.len() == 1;
    let mut rows = Vec::new();
    let mut first = vec![(Shown::fixed(head), Role::Dim)];
    for action in &step.actions {
        let look = words::action(action.state);
        let mut line: Vec<Piece> = Vec::new();
        if single {
            line.append(&mut first);
            line.push((Shown::fixed("  "), Role::Text));
        } else {
            if !first.is_empty() {
                first.extend(place.clone());
                rows.push(Row::Line(std::mem::take(&mut first)));
            }
            line.push((Shown::from(format!(" {} ", canvas.glyph(look.glyph))), look.role));
        }
        // a command says more than its title; where there is none the title is all there is
        match (&action.command, depth) {
            (Some(command), Depth::Brief | Depth::Short) if single => line.push((Shown::line(command), Role::Accent)),
            (Some(command), Depth::Whole) => {
                line.push((Shown::line(&action.title), Role::Text));
                rows.push(Row::Line(std::mem::take(&mut line)));
                rows.push(Row::fact("   command", Shown::line(command), Role::Accent));
            }
            (Some(_) | None, _) => line.push((Shown::line(&action.title), Role::Text)),
        }
        if single {
            line.extend(place.clone());
        }
        if !line.is_empty() {
            let brief = depth == Depth::Brief && !single;
            rows.push(if brief { Row::Unbroken(line) } else { Row::Line(line) });
        }
        if depth == Depth::Whole {
            rows.push(Row::fact("   state", look.word, look.role));
            rows.extend(action.detail.iter().map(|detail| Row::fact("   seen", Shown::line(detail), Role::Text)));
        }
    }
    rows
}

/// Where it happens: the repository at the commit.
fn place(view: &View<'_>, step: &StepStatus, depth: Depth) -> Vec<Piece> {
    let Some(repo) = view.repo_of(step) else { return Vec::new() };
    let sha = repo
        .ship_sha
        .as_ref()
        .map_or("not frozen", |sha| if depth == Depth::Whole { sha.as_str() } else { sha.short() });
    vec![
        (Shown::fixed("  in "), Role::Dim),
        (Shown::line(&repo.name), Role::Accent),
        (Shown::from(format!(" @ {sha}{}", if step.repin.is_some() { " + repin" } else { "" })), Role::Accent),
    ]
}

/// How far it can be taken back, and how.
fn back(step: &StepStatus) -> Row {
    let look = words::reach(step.reversibility);
    let role = if step.state.is_done() && step.reversibility != Reach::Permanent { Role::Text } else { look.role };
    // of what can't be compiled nobody knows how far it goes
    let known = (!step.actions.is_empty()).then(|| [(Shown::fixed(look.word), role), (Shown::fixed(" "), Role::Dim)]);
    let mut line: Vec<Piece> = known.into_iter().flatten().collect();
    line.push((Shown::fixed("Way back: "), Role::Dim));
    line.push((Shown::line(&format!("{}.", step.way_back)), Role::Text));
    Row::Line(line)
}

/// The gates: side by side where there is little room, else a line each.
fn gates(canvas: &mut Canvas<'_>, view: &View<'_>, step: &StepStatus, depth: Depth) -> Vec<Row> {
    let mut told = Vec::new();
    for gate in &step.gates {
        let holds = gate.state == GateState::Holds;
        let seen = match depth {
            Depth::Brief if holds => super::gates::judged(canvas, view, step, gate).unwrap_or_default(),
            Depth::Brief | Depth::Short | Depth::Whole => super::gates::seen(canvas, view, step, gate),
        };
        told.push((gate, seen));
    }
    if depth == Depth::Whole {
        return told.iter().map(|(gate, seen)| super::gates::row(canvas, gate, seen)).collect();
    }
    let mut line = Vec::new();
    for (gate, seen) in &told {
        let look = words::gate(gate.state);
        line.push((Shown::from(format!("{} ", canvas.glyph(look.glyph))), look.role));
        let detail = if seen.is_empty() { String::new() } else { format!(" ({seen})") };
        line.push((Shown::line(&gate.wants), Role::Text));
        let word = match look.glyph {
            Glyph::Good => detail,
            _ => format!(": {}{detail}", look.word),
        };
        line.push((Shown::line(&word), if look.glyph == Glyph::Good { Role::Dim } else { look.role }));
        line.push((Shown::fixed("   "), Role::Text));
    }
    vec![Row::Line(line)]
}

fn whole(canvas: &mut Canvas<'_>, view: &View<'_>, step: &StepStatus) -> Vec<Row> {
    let mut rows = vec![Row::Blank];
    rows.push(Row::fact("stage", Shown::line(&step.stage), Role::Text));
    rows.push(Row::fact("verb", step.verb, Role::Text));
    if let Some(approval) = &step.approval {
        let at = age::clock(view.zone, view.now, approval.at);
        rows.push(Row::fact(
            "approved by",
            Shown::line(&format!("{} at {at}, for {}", approval.by, approval.digest.short())),
            Role::Text,
        ));
    }
    if let Some(digest) = &step.digest {
        rows.push(Row::fact("binds", digest.short().to_owned(), Role::Dim));
    }
    rows.push(Row::fact("attempts", step.attempts.to_string(), Role::Text));
    if let Some(started) = step.started_at {
        let ago = canvas.age(view.now, started);
        rows.push(Row::fact("started", format!("{} ({ago})", age::clock(view.zone, view.now, started)), Role::Text));
    }
    if !step.evidence.is_empty() {
        rows.push(Row::Blank);
        rows.push(Row::say("Evidence", Role::Title));
        rows.extend(step.evidence.iter().map(|line| Row::say(Shown::line(&format!("  {line}")), Role::Text)));
    }
    rows
}
