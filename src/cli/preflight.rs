//! `flightdeck preflight`: asks now what each later step will need. Changes nothing; pushes nothing but dry.

use std::sync::Arc;

use futures_util::StreamExt as _;
use serde::Serialize;

use super::exit::Exit;
use super::fault::Fault;
use super::out::{Ink, Out, columns};
use super::reading::Reading;
use super::session::world;
use super::{Context, candidate};
use crate::engine::open::{self, Grounds};
use crate::plan::need::{Need, Wanted};
use crate::plan::{RepoName, StepId};
use crate::port::world::{Checked, Frozen, SIDE_BY_SIDE, Supply, World as _};
use crate::rollout::needs::{Span, open_steps};
use crate::shown::Shown;

/// Asks now what each later step will need
///
/// Tools and secrets, registries and free versions, accepted credentials, branches that only move forward, push rights by
/// `git push --dry-run`, room on the disk and the clock: of every step that isn't done. It changes nothing. What nothing
/// tells beforehand says so. As a gate (`preflight = true`) the same is asked before a step starts.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit status: 0 everything is there · 2 usage · 7 not trusted · 9 something is missing or can't be told\n\n\
Example: flightdeck preflight --until api"
)]
pub(super) struct Args {
    /// Leave out what comes after this step
    #[arg(long, value_name = "STEP")]
    until: Option<StepId>,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Sheet<'a> {
    schema: u32,
    ok: bool,
    /// Whether QA has passed everything; what isn't frozen is asked for at the head of its release branch.
    frozen: bool,
    needs: Vec<Row<'a>>,
}

#[derive(Debug, Serialize)]
struct Row<'a> {
    step: Option<&'a StepId>,
    repo: Option<&'a RepoName>,
    what: String,
    state: Supply,
    detail: &'a str,
    #[serde(flatten)]
    need: &'a Wanted,
}

pub(super) async fn run(args: &Args, context: &Context) -> Result<Exit, Fault> {
    let settings = context.settings()?;
    let reading = Reading::of(&settings)?;
    let (plan, rollout) = (&reading.plan, &reading.account.rollout);
    if !reading.trusted {
        return Err(Fault::new(
            Exit::Untrusted,
            "this plan isn't trusted on this machine, and preflight runs and asks",
        )
        .hint("flightdeck trust"));
    }
    if let Some(step) = args.until.as_ref().filter(|id| plan.step(id).is_none()) {
        return Err(Fault::usage(format!("the plan has no step {step}")).hint("`flightdeck plan` lists them"));
    }
    let root = open::root(&settings, plan);
    let mut candidates = candidate::all_at_head(plan, &root);
    candidates.extend(rollout.candidates.clone());
    let span = Span { from: None, until: args.until.as_ref() };
    let mut needs = plan.needs_of(open_steps(plan, rollout, span), &candidates);
    // what isn't frozen isn't anywhere yet
    needs.retain(|need| match &need.what {
        Wanted::Standing { repo, .. } => rollout.candidates.contains_key(repo),
        _ => true,
    });
    let world = world(Grounds { root, environment: settings.environment.clone(), place: reading.place.clone() });
    let asked = futures_util::stream::iter(needs).map(|need| {
        let (plan, world) = (Arc::clone(plan), &world);
        let artifacts = need.what.repo().map(|repo| rollout.artifacts_of(&plan, repo)).unwrap_or_default();
        let candidate = need.what.repo().and_then(|repo| candidates.get(repo).cloned());
        async move {
            let checked = world.check(plan, need.clone(), Frozen { candidate, artifacts, ..Frozen::default() }).await;
            (need, checked)
        }
    });
    let checked: Vec<(Need, Checked)> = asked.buffered(SIDE_BY_SIDE).collect().await;
    let ok = checked.iter().all(|(_, checked)| checked.supply.suffices());
    let frozen = plan.repos().iter().all(|repo| rollout.candidates.contains_key(&repo.name));
    if args.json {
        context.out.json(&Sheet { schema: 1, ok, frozen, needs: checked.iter().map(row).collect() })?;
    } else {
        if !frozen {
            let said = "not everything is frozen: what isn't is asked for at the head of its release branch";
            context.out.line(Ink::Warning, &Shown::fixed(said));
        }
        print(context.out, plan.repos().iter().map(|repo| &repo.name), &checked);
    }
    Ok(if ok { Exit::Done } else { Exit::Gate })
}

fn row((need, checked): &(Need, Checked)) -> Row<'_> {
    Row {
        step: need.step.as_ref(),
        repo: need.what.repo(),
        what: need.what.to_string(),
        state: checked.supply,
        detail: &checked.detail,
        need: &need.what,
    }
}

fn print<'a>(out: Out, repos: impl Iterator<Item = &'a RepoName>, checked: &[(Need, Checked)]) {
    for repo in repos.map(Some).chain([None]) {
        let own: Vec<&(Need, Checked)> = checked.iter().filter(|(need, _)| need.what.repo() == repo).collect();
        if own.is_empty() {
            continue;
        }
        out.line(Ink::Strong, &Shown::line(repo.map_or("everywhere", RepoName::as_str)));
        let cells = own.iter().map(|(need, checked)| {
            let step = need.step.as_ref().map_or("", StepId::as_str);
            let cells = [format!(" {}", glyph(checked.supply)), need.what.to_string(), step.to_owned()];
            let mut cells = cells.map(Shown::from).to_vec();
            cells.push(Shown::line(&checked.detail));
            cells
        });
        for (line, (_, checked)) in columns(&cells.collect::<Vec<_>>()).iter().zip(&own) {
            out.line(ink(checked.supply), line);
        }
    }
    let count = |supply: Supply| checked.iter().filter(|(_, checked)| checked.supply == supply).count();
    let (missing, unknown, unaskable) = (count(Supply::Missing), count(Supply::Unknown), count(Supply::Unaskable));
    let ink = if missing + unknown == 0 { Ink::Good } else { Ink::Bad };
    let there = count(Supply::There);
    let said =
        format!("{there} there, {missing} missing, {unknown} can't be told now, {unaskable} can't be asked beforehand");
    out.line(ink, &Shown::from(said));
}

fn glyph(supply: Supply) -> &'static str {
    match supply {
        Supply::There => "✔",
        Supply::Missing => "✖",
        Supply::Unknown => "?",
        Supply::Unaskable => "–",
    }
}

fn ink(supply: Supply) -> Ink {
    match supply {
        Supply::There => Ink::Plain,
        Supply::Missing => Ink::Bad,
        Supply::Unknown => Ink::Warning,
        Supply::Unaskable => Ink::Dim,
    }
}
