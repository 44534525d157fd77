//! `flightdeck report`: what happened, as a page for people who weren't there.

mod order;
mod skew;
mod tested;

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::json;

use self::tested::Tested;
use super::exit::Exit;
use super::fault::Fault;
use super::session::Running;
use super::status::sheet;
use super::{Context, words};
use crate::engine::{Leave, Purpose, Settings, State, open};
use crate::rollout::event::Fact;
use crate::shown::Shown;

const PATIENCE: Duration = Duration::from_secs(15);

/// Prints what happened, as Markdown
///
/// What shipped with its evidence, who decided what and when, what went wrong, and what is left.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit status: 0 it could be told · 8 the ledger can't be believed\n\nExample: flightdeck report > m3.md"
)]
pub(super) struct Args {
    /// Print status and events as JSON instead
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: &Args, context: &Context) -> Result<Exit, Fault> {
    let settings = context.settings()?;
    let mut running = Running::start(&settings, Purpose::Look)?;
    let state = running.look_round(PATIENCE).await;
    running.leave(Leave::Cancel).await;
    if args.json {
        let tested = tested_in(&state, &settings);
        let report = json!({ "schema": 1, "status": *state.status, "tested": tested, "events": *state.events });
        context.out.json(&report)?;
    } else {
        context.out.text(&markdown(&state, &settings));
    }
    match &state.status.unsound {
        None => Ok(Exit::Done),
        Some(why) => {
            Err(Fault::new(Exit::Ledger, "this report tells only what could be read of the ledger").because(why))
        }
    }
}

fn tested_in(state: &State, settings: &Settings) -> Vec<Tested> {
    tested::all(&state.plan, &state.status, &open::root(settings, &state.plan))
}

/// A cell of a table: nothing in it can end the cell or the row.
fn cell(text: &str) -> String {
    Shown::line(text).to_string().replace('|', "\\|")
}

/// The page.
pub(super) fn markdown(state: &State, settings: &Settings) -> String {
    let mut page = String::new();
    // writing to a String can't fail
    let _ = write_page(&mut page, state, &tested_in(state, settings));
    page
}

fn write_page(page: &mut String, state: &State, tested: &[Tested]) -> std::fmt::Result {
    let status = &*state.status;
    writeln!(page, "# {}\n", cell(&status.release.title))?;
    let outcome = if status.release.shipped { "shipped" } else { "not shipped" };
    match &status.unsound {
        None => writeln!(page, "Release `{}`: **{outcome}**, phase {}.", status.release.id, status.phase.word())?,
        Some(why) => {
            let (why, untold) = (cell(why), words::NOT_TOLD);
            writeln!(page, "Release `{}`: what is live, and where each step stands: {untold}.\n", status.release.id)?;
            writeln!(page, "**The ledger can't be believed**: {why}. What follows is what could be read of it.\n")?;
        }
    }
    writeln!(page, "Owner: {} ({}).", cell(&status.owner.name), cell(&status.owner.email))?;
    if let Some(flag) = &status.flag {
        let value = flag.state.as_ref().map_or_else(|| "unknown".to_owned(), ToString::to_string);
        writeln!(page, "Flag `{}`: **{value}**, {} of {} readings agree.", flag.key, flag.agree, flag.of)?;
        if let Some(alarm) = &flag.alarm {
            writeln!(page, "\n**Alarm**: {}.", cell(alarm))?;
        }
    }
    writeln!(page, "\n## Steps\n\n| # | step | what | state | evidence |\n|--:|------|------|-------|----------|")?;
    for step in &status.steps {
        let evidence = cell(&step.evidence.join("; "));
        writeln!(page, "| {} | {} | {} | {} | {evidence} |", step.number, step.id, cell(&step.title), step.state)?;
    }
    writeln!(
        page,
        "\n## Repositories\n\n| repo | commit | published | deployed |\n|------|--------|-----------|----------|"
    )?;
    for repo in &status.repos {
        let sha = repo.ship_sha.as_ref().map_or("–", |sha| sha.short());
        let published = repo.publish.as_ref().map_or_else(
            || "–".to_owned(),
            |publish| {
                let (name, version) = (publish.package.as_deref().unwrap_or("?"), sheet::published(publish));
                format!("{name} {version}")
            },
        );
        let deployed = sheet::deployed(repo);
        writeln!(page, "| {} | {sha} | {} | {deployed} |", cell(&repo.name), cell(&published))?;
    }
    write_suites(page, status)?;
    if !tested.is_empty() {
        writeln!(page, "\n## What QA tested\n\n| repo | tested | ships | |\n|------|--------|-------|---|")?;
        for repo in tested {
            let (qa, ships) = (repo.qa_sha.short(), repo.ship_sha.short());
            writeln!(page, "| {} | {qa} | {ships} | {} |", cell(&repo.repo), cell(&repo.words()))?;
        }
    }
    order::write(page, status)?;
    skew::write(page, status, state.now)?;
    writeln!(page, "\n## Decisions and incidents\n")?;
    for event in state.events.iter().filter(|event| is_told(&event.draft.fact)) {
        let line = cell(&words::event(event));
        writeln!(page, "- {} {}: {line}", words::when(event.at), cell(&event.actor))?;
    }
    if !status.release.shipped {
        writeln!(page, "\n## What is left\n\nWaiting for {}.", cell(&status.waiting_for))?;
        if let Some(command) = &status.go_on {
            writeln!(page, "Go on with `{command}`.")?;
        }
    }
    Ok(())
}

/// What the suites of tests said, and what they cover.
fn write_suites(page: &mut String, status: &crate::rollout::Status) -> std::fmt::Result {
    let suites = status.steps.iter().filter_map(|step| Some((step, step.suite.as_ref()?)));
    for (step, suite) in suites.filter(|(_, suite)| suite.at.is_some()) {
        writeln!(page, "\n## Tests of step {}\n\n{}.\n", step.id, cell(&suite.counts.words()))?;
        for trouble in &suite.troubles {
            writeln!(page, "- **{}**", cell(trouble))?;
        }
        for flow in &suite.required {
            let word = flow.verdict.map_or("not told", crate::suite::Verdict::word);
            let why = if flow.why.is_empty() { String::new() } else { format!(" ({})", cell(&flow.why)) };
            writeln!(page, "- {}: **{word}**{why}", cell(&flow.name))?;
        }
        for item in &suite.others {
            writeln!(page, "- {}", cell(&item.line()))?;
        }
        if suite.more > 0 {
            writeln!(page, "- and {} more", suite.more)?;
        }
    }
    let Some(coverage) = &status.coverage else { return Ok(()) };
    writeln!(page, "\n## Coverage\n\n{}.", cell(&coverage.detail))?;
    if !coverage.to_run.is_empty() {
        let to_run: Vec<_> = coverage.to_run.iter().map(|step| format!("`{step}`")).collect();
        writeln!(page, "\n**So far**: the tests of {} have yet to run.", to_run.join(", "))?;
    }
    if !coverage.known {
        return Ok(());
    }
    writeln!(page, "\n| intersection | passed | not passed |\n|--------------|-------:|-----------:|")?;
    for of in &coverage.cells {
        writeln!(page, "| {} | {} | {} |", cell(&of.name()), of.passed, of.other)?;
    }
    Ok(())
}

/// Decisions, and what went otherwise than planned.
fn is_told(fact: &Fact) -> bool {
    use crate::rollout::event::Outcome;
    match fact {
        Fact::GateJudged { holds, .. } => !holds,
        Fact::Outcome(Outcome::Ok { .. })
        | Fact::Intent(_)
        | Fact::Probed(_)
        | Fact::ControlsTaken(_)
        | Fact::ControlsReleased
        | Fact::SoakStarted { .. }
        | Fact::SoakWatched { .. }
        | Fact::SoakChanged { .. }
        | Fact::SoakEnded { .. } => false,
        Fact::SuiteRan(record) => !record.is_good(),
        Fact::Outcome(Outcome::Failed { .. })
        | Fact::Opened { .. }
        | Fact::Replanned { .. }
        | Fact::Frozen { .. }
        | Fact::Thawed { .. }
        | Fact::Trusted
        | Fact::Approved { .. }
        | Fact::ApprovalVoided { .. }
        | Fact::Vetoed { .. }
        | Fact::Lifted
        | Fact::Held { .. }
        | Fact::Resumed
        | Fact::Resolved { .. }
        | Fact::OutOfOrder { .. }
        | Fact::Accepted { .. }
        | Fact::SoakGap { .. }
        | Fact::SoakCut { .. }
        | Fact::FlagSet { .. }
        | Fact::FlagMissed { .. }
        | Fact::FlagRehearsed { .. }
        | Fact::Ticked { .. }
        | Fact::Undone { .. }
        | Fact::Shipped => true,
    }
}
