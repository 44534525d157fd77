//! `flightdeck plan`: what would happen, step by step, with the exact commands. Runs nothing.

use std::collections::BTreeMap;

use serde::Serialize;

use super::exit::Exit;
use super::fault::Fault;
use super::out::{Ink, Out};
use super::reading::Reading;
use super::{Context, candidate, graph};
use crate::engine::open;
use crate::plan::{Action, Candidate, Digest, Gate, Plan, Reach, RepoName, Step, StepId};
use crate::rollout::approval::{reach, train_digest};
use crate::rollout::status::{command_of, way_back};
use crate::rollout::{Rollout, StepState, state};
use crate::shown::Shown;

/// Shows what would happen, with exact commands
///
/// Prints every step with its gates, commands, commits and how far it can be taken back, and the plan's digest, which
/// `--plan` of other commands takes. What isn't frozen yet is shown at the head of its release branch.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit status: 0 · 2 release.toml isn't right\n\nExample: flightdeck plan --graph --dot | dot -Tsvg > plan.svg"
)]
pub(super) struct Args {
    /// Print it as JSON
    #[arg(long)]
    json: bool,
    /// Show which step waits for which instead
    #[arg(long)]
    graph: bool,
    /// Print the graph as DOT, for Graphviz
    #[arg(long, requires = "graph", conflicts_with = "json")]
    dot: bool,
}

#[derive(Debug, Serialize)]
struct Sheet<'a> {
    schema: u32,
    release: &'a str,
    plan_digest: &'a Digest,
    train_digest: Option<Digest>,
    trusted: bool,
    /// Whether QA has passed everything; what isn't frozen is shown at the head of its release branch.
    frozen: bool,
    steps: Vec<Row<'a>>,
}

#[derive(Debug, Serialize)]
struct Row<'a> {
    id: &'a StepId,
    number: usize,
    stage: &'a str,
    title: &'a str,
    verb: &'static str,
    repo: Option<&'a RepoName>,
    needs: Vec<&'a StepId>,
    gates: Vec<String>,
    state: StepState,
    reversibility: Reach,
    way_back: String,
    actions: Vec<Act>,
    unready: Option<String>,
    /// The repin step, not done yet, on whose commit it will act.
    #[serde(skip_serializing_if = "Option::is_none")]
    repin: Option<&'a StepId>,
}

#[derive(Debug, Serialize)]
struct Act {
    title: String,
    command: Option<String>,
    reach: Reach,
    effect: serde_json::Value,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<Exit, Fault> {
    let settings = context.settings()?;
    let reading = Reading::of(&settings)?;
    let plan = &*reading.plan;
    if args.dot {
        context.out.raw(&graph::dot(plan));
    } else if args.graph && !args.json {
        for line in graph::lines(plan) {
            context.out.line(Ink::Plain, &Shown::from(line));
        }
    } else {
        let rollout = &reading.account.rollout;
        let mut candidates = candidate::all_at_head(plan, &open::root(&settings, plan));
        candidates.extend(rollout.candidates.clone());
        let sheet = Sheet {
            schema: 1,
            release: plan.id().as_str(),
            plan_digest: plan.digest(),
            train_digest: train_digest(plan, &rollout.candidates).ok(),
            trusted: reading.trusted,
            frozen: plan.repos().iter().all(|repo| rollout.candidates.contains_key(&repo.name)),
            steps: plan.steps().iter().map(|step| row(plan, rollout, &candidates, step)).collect(),
        };
        if args.json {
            context.out.json(&sheet)?;
        } else {
            print(context.out, plan, &sheet);
        }
    }
    Ok(Exit::Done)
}

fn row<'a>(plan: &'a Plan, rollout: &Rollout, candidates: &BTreeMap<RepoName, Candidate>, step: &'a Step) -> Row<'a> {
    let compiled = plan.compile(step, candidates);
    let actions = compiled.as_deref().unwrap_or_default();
    Row {
        id: &step.id,
        number: plan.number(&step.id).unwrap_or(0),
        stage: &step.stage,
        title: &step.title,
        verb: step.verb.word(),
        repo: step.verb.repo(),
        needs: plan.needs(step),
        gates: step.gates.iter().enumerate().map(|(place, gate)| wants(plan, step, place, gate)).collect(),
        state: state::step_state(plan, rollout, step),
        reversibility: reach(actions),
        way_back: way_back(plan, rollout, step),
        unready: compiled.as_ref().err().map(ToString::to_string),
        repin: state::repin_to_come(plan, rollout, step),
        actions: actions.iter().map(act).collect(),
    }
}

fn wants(plan: &Plan, step: &Step, place: usize, gate: &Gate) -> String {
    let implied = if plan.is_implied(&step.id, place) { ", which goes without saying" } else { "" };
    format!("{}{implied}", gate.wants())
}

fn act(action: &Action) -> Act {
    Act {
        title: action.title.clone(),
        command: command_of(&action.effect),
        reach: action.reach,
        effect: serde_json::to_value(&action.effect).unwrap_or_default(),
    }
}

fn print(out: Out, plan: &Plan, sheet: &Sheet<'_>) {
    let document = plan.document();
    out.line(Ink::Strong, &Shown::from(format!("{} ({})", document.release.title, document.release.id)));
    let trusted = if sheet.trusted { "trusted" } else { "not trusted on this machine" };
    out.line(Ink::Plain, &Shown::from(format!("plan {}, {trusted}", sheet.plan_digest.short())));
    if !sheet.frozen {
        let said = "not everything is frozen: what isn't is shown at the head of its release branch";
        out.line(Ink::Warning, &Shown::fixed(said));
    }
    let mut stage = None;
    for row in &sheet.steps {
        if stage != Some(row.stage) {
            out.line(Ink::Plain, &Shown::EMPTY);
            out.line(Ink::Strong, &Shown::line(row.stage));
            stage = Some(row.stage);
        }
        step(out, row);
    }
}

fn step(out: Out, row: &Row<'_>) {
    let repo = row.repo.map(|repo| format!(" {repo}")).unwrap_or_default();
    let title = format!("{:>3} {} · {} [{}{repo}] {}", row.number, row.id, row.title, row.verb, row.state);
    out.line(Ink::Plain, &Shown::from(title));
    for gate in &row.gates {
        out.line(Ink::Dim, &Shown::from(format!("      if {gate}")));
    }
    if let Some(why) = &row.unready {
        out.line(Ink::Warning, &Shown::from(format!("      not yet known: {why}")));
        return;
    }
    for action in &row.actions {
        out.line(Ink::Plain, &Shown::from(format!("      {}", action.title)));
        if let Some(command) = &action.command {
            out.line(Ink::Dim, &Shown::from(format!("        $ {command}")));
        }
    }
    if let Some(repin) = row.repin {
        out.line(Ink::Dim, &Shown::from(format!("      at the commit that step {repin} makes on top")));
    }
    let ink = if row.reversibility == Reach::Permanent { Ink::Warning } else { Ink::Dim };
    out.line(ink, &Shown::from(format!("      {}; way back: {}", row.reversibility, row.way_back)));
}
