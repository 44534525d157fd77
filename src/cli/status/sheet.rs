//! The release as text: the same facts as `status --json`, each with its word. Nothing is good by default.

mod seams;

use super::super::Context;
use super::super::out::{Ink, Out, columns};
use super::super::words::{self, age, glyph};
use crate::engine::State;
use crate::rollout::observed::{PackageState, Seen};
use crate::rollout::status::{
    DeployState, DriftState, FlagStatus, GateState, ItemState, PublishStatus, RepoStatus, SoakStatus, Status,
    StepStatus,
};
use crate::rollout::{Millis, StepState};
use crate::shown::Shown;

/// Prints all of it.
pub(in super::super) fn print(context: &Context, state: &State) {
    let out = context.out;
    let status = &*state.status;
    head(out, status, state.now);
    out.line(Ink::Plain, &Shown::EMPTY);
    grid(out, status, state.now);
    seams::print(out, status);
    plan(out, status, state.now);
    tail(context, status);
}

fn head(out: Out, status: &Status, now: Millis) {
    let release = &status.release;
    out.line(Ink::Strong, &Shown::from(format!("{} ({})", release.title, release.id)));
    let trusted = if status.trusted { "trusted" } else { "not trusted on this machine" };
    let phase = status.phase.word();
    out.line(Ink::Plain, &Shown::from(format!("phase {phase}   plan {}, {trusted}", status.plan_digest.short())));
    let holder = status.controls.holder.as_deref().unwrap_or("nobody");
    let alive = match (status.controls.holder.is_some(), status.controls.alive) {
        (false, _) | (true, Some(true)) => "",
        (true, Some(false)) => ", gone",
        (true, None) => ", alive or not can't be told",
    };
    let owner = &status.owner;
    let proven = if owner.proven { "" } else { ", unproven" };
    let line = format!("owner {} <{}>{proven}   controls: {holder}{alive}", owner.name, owner.email);
    out.line(Ink::Plain, &Shown::from(line));
    if let Some(flag) = &status.flag {
        out.line(Ink::Plain, &Shown::from(flag_line(flag, now)));
        flag_trouble(out, flag, now);
        if let Some(rehearsed) = &flag.rehearsed {
            let (ago, took) = (age(now, Some(rehearsed.at)), words::length(rehearsed.took));
            let line = format!("flag off was rehearsed {ago} ago, in {took}: {}", rehearsed.evidence);
            out.line(Ink::Plain, &Shown::from(line));
        }
    }
    let reachable = &status.reachable_states;
    let open = if reachable.open.is_empty() { String::new() } else { format!("; open: {}", reachable.open.join(", ")) };
    out.line(Ink::Plain, &Shown::from(format!("states reachable {}{open}", reachable.words())));
}

/// The flag on one line.
pub(in super::super) fn flag_line(flag: &FlagStatus, now: Millis) -> String {
    let state = flag.state.as_ref().map_or_else(|| "?".to_owned(), ToString::to_string);
    format!("flag {} {state} · {} of {} agree · seen {}", flag.key, flag.agree, flag.of, seen(now, flag.observed_at))
}

/// Who disagrees about the flag, or what everyone is waited for to read.
pub(in super::super) fn flag_trouble(out: Out, flag: &FlagStatus, now: Millis) {
    if let Some(alarm) = &flag.alarm {
        out.line(Ink::Bad, &Shown::from(format!("! {alarm}")));
    }
    if let Some(wait) = &flag.converging {
        out.line(Ink::Strong, &Shown::from(words::wait(wait, now)));
    }
}

fn seen(now: Millis, at: Option<Millis>) -> String {
    at.map_or_else(|| "never".to_owned(), |_| format!("{} ago", age(now, at)))
}

fn grid(out: Out, status: &Status, now: Millis) {
    let header = ["", "repo", "branch", "head", "QA SHA", "drift", "tree", "published", "deployed", "step", "seen"];
    let mut rows = vec![header.map(Shown::fixed).to_vec()];
    rows.extend(status.repos.iter().map(|repo| row(repo, now)));
    let mut lines = columns(&rows).into_iter();
    if let Some(header) = lines.next() {
        out.line(Ink::Dim, &header);
    }
    for line in lines {
        out.line(Ink::Plain, &line);
    }
    for repo in &status.repos {
        if let Some(trouble) = &repo.trouble {
            out.line(Ink::Warning, &Shown::from(format!("! {}: {trouble}", repo.name)));
        }
    }
}

fn row(repo: &RepoStatus, now: Millis) -> Vec<Shown> {
    let short = |sha: Option<&crate::plan::Sha>| sha.map_or_else(|| "?".to_owned(), |sha| sha.short().to_owned());
    let step = repo.step.as_ref();
    let cells = [
        step.map_or_else(|| "–".to_owned(), |step| glyph(step.state).to_string()),
        repo.name.clone(),
        repo.branch.clone().unwrap_or_else(|| "?".to_owned()),
        short(repo.head.as_ref()),
        repo.qa_sha.as_ref().map_or_else(|| "–".to_owned(), |sha| sha.short().to_owned()),
        drift(repo),
        tree(repo),
        repo.publish.as_ref().map_or_else(|| "–".to_owned(), published),
        deployed(repo),
        step.map_or_else(|| "–".to_owned(), |step| format!("{} {} {}", step.number, step.id, step.state)),
        age(now, repo.observed_at),
    ];
    cells.map(Shown::from).to_vec()
}

fn drift(repo: &RepoStatus) -> String {
    match repo.drift.state {
        DriftState::NotFrozen => "not frozen".to_owned(),
        DriftState::Same => repo.drift.local.clone(),
        DriftState::Unknown => "?".to_owned(),
        DriftState::Drifted => format!("here {}, origin {}", repo.drift.local, repo.drift.remote),
    }
}

fn tree(repo: &RepoStatus) -> String {
    match &repo.dirty.value {
        None => "?".to_owned(),
        Some(dirty) if dirty.is_clean() => "clean".to_owned(),
        Some(dirty) => format!("{} dirty", dirty.modified + dirty.untracked + dirty.conflicted),
    }
}

/// A version and where its registry has it.
pub(in super::super) fn published(publish: &PublishStatus) -> String {
    let what = match (&publish.package, &publish.version) {
        (Some(_), Some(version)) => version.clone(),
        (_, _) => publish.registry.clone(),
    };
    let state = match &publish.state {
        Seen { value: Some(PackageState::Absent), .. } => "absent",
        Seen { value: Some(PackageState::Live { .. }), .. } => "live",
        Seen { value: Some(PackageState::Propagating { .. }), .. } => "propagating",
        Seen { value: Some(PackageState::Partial { .. }), .. } => "partial",
        Seen { value: Some(PackageState::Withdrawn { .. }), .. } => "withdrawn",
        Seen { value: Some(PackageState::Unavailable { .. }), .. } => "unavailable",
        Seen { value: Some(PackageState::Conflict { .. }), .. } => "conflict",
        Seen { value: None, .. } => "?",
    };
    format!("{what} {state}")
}

/// A commit and how it stands to what ships.
pub(in super::super) fn deployed(repo: &RepoStatus) -> String {
    let Some(deploy) = &repo.deploy else { return "–".to_owned() };
    let sha = deploy.sha.value.as_ref().map_or("?", |sha| sha.short());
    match deploy.state {
        DeployState::Live => format!("{sha} live"),
        DeployState::Older => format!("{sha} older"),
        DeployState::Other => format!("{sha} other"),
        DeployState::Unknown => sha.to_owned(),
    }
}

fn plan(out: Out, status: &Status, now: Millis) {
    let mut stage = None;
    for step in &status.steps {
        if stage != Some(&step.stage) {
            out.line(Ink::Plain, &Shown::EMPTY);
            out.line(Ink::Strong, &Shown::line(&step.stage));
            stage = Some(&step.stage);
        }
        out.line(ink(step.state), &Shown::from(step_line(step)));
        if let Some(veto) = &step.veto {
            out.line(Ink::Warning, &Shown::from(format!("       vetoed: {veto}")));
        }
        if let Some(wait) = &step.wait {
            out.line(Ink::Strong, &Shown::from(format!("       {}", words::wait(wait, now))));
        }
        if let Some(soak) = &step.soak {
            soaking(out, soak, step.state, now);
        }
        if let Some(suite) = step.suite.as_ref().filter(|suite| suite.at.is_some()) {
            let ink = if suite.good == Some(true) { Ink::Plain } else { Ink::Warning };
            out.line(ink, &Shown::from(format!("       tests: {}", suite.counts.words())));
            for flow in &suite.required {
                let word = flow.verdict.map_or("not told", crate::suite::Verdict::word);
                let ink = if flow.good { Ink::Plain } else { Ink::Warning };
                out.line(ink, &Shown::from(format!("         {word:<17} {}", flow.name)));
            }
            for line in suite.troubles.iter().cloned().chain(suite.others.iter().map(crate::suite::Item::line)) {
                out.line(Ink::Warning, &Shown::from(format!("         {line}")));
            }
        }
        for gate in step.gates.iter().filter(|gate| gate.state == GateState::Unmet) {
            out.line(Ink::Warning, &Shown::from(format!("       {} isn't met: {}", gate.wants, gate.detail)));
        }
    }
}

/// A soak's clock, and what kept it from running.
fn soaking(out: Out, soak: &SoakStatus, state: StepState, now: Millis) {
    let say = |ink: Ink, text: String| out.line(ink, &Shown::from(format!("       {text}")));
    let (good, lasts) = (words::length(soak.good_by(now)), words::length(soak.lasts));
    if !state.is_done() {
        say(Ink::Plain, format!("{good} of {lasts} good"));
        if !soak.good {
            say(Ink::Warning, format!("not healthy, the clock stands: {}", soak.detail));
        } else if !soak.watched && soak.ended_early.is_none() {
            let since = age(now, Some(soak.seen_at));
            say(
                Ink::Warning,
                format!("nobody watches it since {since} ago, the clock stands: `flightdeck ship` goes on"),
            );
        }
    }
    if soak.unwatched > 0 {
        let last = soak.gaps.last().map(|gap| {
            let counted = if gap.counted { "counted" } else { "not counted" };
            let lasted = words::length(gap.until.saturating_sub(gap.from));
            format!(", last for {lasted} until {} ago, {counted}", age(now, Some(gap.until)))
        });
        say(Ink::Warning, format!("nobody watched for {}{}", words::length(soak.unwatched), last.unwrap_or_default()));
    }
    if let Some(why) = &soak.ended_early {
        say(Ink::Warning, format!("ended early, after {good} of {lasts}: {why}"));
    }
}

fn ink(state: StepState) -> Ink {
    match state {
        StepState::Done | StepState::Skipped => Ink::Good,
        StepState::Failed | StepState::InDoubt | StepState::Conflict => Ink::Bad,
        StepState::Blocked | StepState::Vetoed | StepState::Undone => Ink::Warning,
        StepState::Waiting | StepState::Approved | StepState::Running => Ink::Strong,
        StepState::Pending => Ink::Plain,
    }
}

/// A step on one line.
pub(in super::super) fn step_line(step: &StepStatus) -> String {
    let repo = step.repo.as_ref().map(|repo| format!(" {repo}")).unwrap_or_default();
    let partly = step.partly().map(|partly| format!(", {partly}")).unwrap_or_default();
    format!(
        " {} {:>2} {} · {} [{}{repo}] {}{partly}",
        glyph(step.state),
        step.number,
        step.id,
        step.title,
        step.verb,
        step.state
    )
}

fn tail(context: &Context, status: &Status) {
    let out = context.out;
    out.line(Ink::Plain, &Shown::EMPTY);
    if status.unsound.is_some() {
        out.line(Ink::Bad, &Shown::from(format!("what is live, and where each step stands: {}", words::NOT_TOLD)));
    }
    if let Some(hold) = &status.hold {
        out.line(Ink::Warning, &Shown::from(format!("on hold: {hold}")));
    }
    for item in &status.out_of_order {
        out.line(item_ink(item.state), &Shown::from(words::item(item)));
    }
    if let Some(coverage) = &status.coverage {
        let full = coverage.known && coverage.covered == coverage.of;
        out.line(if full { Ink::Plain } else { Ink::Warning }, &Shown::from(format!("coverage: {}", coverage.detail)));
    }
    out.line(Ink::Strong, &Shown::from(format!("waiting for {}", status.waiting_for)));
    if let Some(command) = &status.go_on {
        out.line(Ink::Plain, &Shown::from(format!("go on with: {}", context.pasteable(command))));
    }
}

fn item_ink(state: ItemState) -> Ink {
    match state {
        ItemState::Accepted => Ink::Plain,
        ItemState::Seen | ItemState::Waiting => Ink::Bad,
    }
}

/// What changed from one status to the next, one line each.
pub(in super::super) fn changes(before: &Status, after: &Status) -> Vec<String> {
    let mut lines = Vec::new();
    for (old, new) in before.repos.iter().zip(&after.repos) {
        let facts = |repo: &RepoStatus| {
            let head = repo.head.as_ref().map_or("?", |sha| sha.short()).to_owned();
            let branch = repo.branch.clone().unwrap_or_else(|| "?".to_owned());
            let published = repo.publish.as_ref().map_or_else(|| "–".to_owned(), published);
            format!(
                "{branch} {head}, drift {}, {}, published {published}, deployed {}",
                drift(repo),
                tree(repo),
                deployed(repo)
            )
        };
        if facts(old) != facts(new) {
            lines.push(format!("{}: {}", new.name, facts(new)));
        }
    }
    for (old, new) in before.steps.iter().zip(&after.steps) {
        if old.state != new.state {
            lines.push(format!("step {} {} → {}", new.id, old.state, new.state));
        }
    }
    lines.extend(seams::changes(before, after));
    let flag = |status: &Status| status.flag.as_ref().map(|flag| (flag.state.clone(), flag.agree, flag.of));
    if flag(before) != flag(after)
        && let Some(flag) = &after.flag
    {
        let state = flag.state.as_ref().map_or_else(|| "?".to_owned(), ToString::to_string);
        lines.push(format!("flag {} {state}, {} of {} agree", flag.key, flag.agree, flag.of));
    }
    for item in after.out_of_order.iter().filter(|item| !before.out_of_order.contains(item)) {
        lines.push(words::item(item));
    }
    if before.waiting_for != after.waiting_for {
        lines.push(format!("waiting for {}", after.waiting_for));
    }
    lines
}
