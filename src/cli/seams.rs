//! `flightdeck seams`: holds every seam together, and quotes both sides where they don't fit. Changes nothing.

mod discover;
mod page;

use std::collections::BTreeMap;
use std::sync::Arc;

use clap::ValueEnum;
use futures_util::StreamExt as _;
use serde::Serialize;
use tokio::sync::watch;

use super::Context;
use super::exit::Exit;
use super::fault::Fault;
use super::reading::Reading;
use super::session::world;
use crate::engine::open::{self, Grounds};
use crate::plan::seam::Rule;
use crate::plan::{Plan, RepoName, Seam, SeamId, Sha};
use crate::port::process::Order;
use crate::port::real::{Reads, RealWorld};
use crate::rollout::seam::{SeamSeen, SeamState};

/// How many seams are held together side by side.
const SIDE_BY_SIDE: usize = 4;

/// Holds the seams together, and quotes both sides where they don't fit
///
/// A seam is a contract between repositories that release.toml declares in a `[[seam]]` table. Both sides are read from the
/// commits that QA passed, or from what is worked on. A seam that runs a command needs this plan to be trusted here. What
/// can't be told doesn't hold.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit status: 0 all of them hold · 2 usage · 9 one doesn't hold, or it can't be told\n\n\
Example: flightdeck seams --at worktree notifier-fields")]
pub(super) struct Args {
    /// Only these; all of them when none is named
    #[arg(value_name = "SEAM")]
    seams: Vec<SeamId>,
    /// What is read of each repository
    #[arg(long, value_enum, default_value_t = At::Frozen)]
    at: At,
    /// Look for seams that nobody declared instead, and print them as tables for release.toml
    #[arg(long, conflicts_with = "seams")]
    discover: bool,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

/// What is read of each repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum At {
    /// The commit that ships
    Frozen,
    /// The head of its release branch
    Head,
    /// Its work tree, committed or not
    Worktree,
}

impl From<At> for Reads {
    fn from(at: At) -> Self {
        match at {
            At::Frozen => Self::Frozen,
            At::Head => Self::Head,
            At::Worktree => Self::Worktree,
        }
    }
}

#[derive(Debug, Serialize)]
struct Sheet<'a> {
    schema: u32,
    ok: bool,
    seams: Vec<Row<'a>>,
}

/// A seam, as `status --json` has it.
#[derive(Debug, Serialize)]
struct Row<'a> {
    id: &'a SeamId,
    title: &'a str,
    rule: Rule,
    repos: Vec<&'a RepoName>,
    #[serde(flatten)]
    seen: &'a SeamSeen,
}

pub(super) async fn run(args: &Args, context: &Context) -> Result<Exit, Fault> {
    let settings = context.settings()?;
    let reading = Reading::of(&settings)?;
    let plan = &reading.plan;
    let wanted = wanted(plan, &args.seams)?;
    let root = open::root(&settings, plan);
    let world = world(Grounds { root, environment: settings.environment.clone(), place: reading.place.clone() });
    let candidates = &reading.account.rollout.candidates;
    let ships: BTreeMap<RepoName, Sha> =
        candidates.iter().map(|(repo, candidate)| (repo.clone(), candidate.ship_sha().clone())).collect();
    if args.discover {
        return discover::run(&world, plan, &ships, args.at.into(), context, args.json).await;
    }
    let look = |seam| {
        let (world, ships) = (&world, &ships);
        async move {
            if Seam::runs(seam) && !reading.trusted {
                return SeamSeen::unknown("it runs a command, and this plan isn't trusted here: `flightdeck trust`");
            }
            seen(world, plan, seam, ships, args.at.into()).await
        }
    };
    // one after the other in their order, a few at a time
    let looks: Vec<_> = wanted.iter().map(|seam| look(*seam)).collect();
    let all: Vec<SeamSeen> = futures_util::stream::iter(looks).buffered(SIDE_BY_SIDE).collect().await;
    let ok = all.iter().all(|seen| seen.state == SeamState::Holds);
    if args.json {
        let rows = wanted.iter().zip(&all).map(|(seam, seen)| Row {
            id: &seam.id,
            title: &seam.title,
            rule: seam.rule,
            repos: seam.repos().into_iter().collect(),
            seen,
        });
        context.out.json(&Sheet { schema: 1, ok, seams: rows.collect() })?;
    } else {
        page::print(context.out, &wanted, &all);
    }
    Ok(if ok { Exit::Done } else { Exit::Gate })
}

async fn seen(
    world: &RealWorld,
    plan: &Arc<Plan>,
    seam: &Seam,
    ships: &BTreeMap<RepoName, Sha>,
    reads: Reads,
) -> SeamSeen {
    let orders = watch::channel(Order::Run).1;
    let seen = match world.standings(plan, &seam.id, ships, reads).await {
        Ok(standings) => world.seam(plan, &seam.id, standings, orders).await,
        Err(why) => Err(why),
    };
    seen.unwrap_or_else(SeamSeen::unknown)
}

fn wanted<'a>(plan: &'a Plan, named: &[SeamId]) -> Result<Vec<&'a Seam>, Fault> {
    let seams = &plan.document().seam;
    if named.is_empty() {
        return Ok(seams.iter().collect());
    }
    let find = |id: &SeamId| {
        let known: Vec<_> = seams.iter().map(|seam| seam.id.as_str()).collect();
        let hint =
            if known.is_empty() { "it declares none".to_owned() } else { format!("it has: {}", known.join(", ")) };
        seams
            .iter()
            .find(|seam| seam.id == *id)
            .ok_or_else(|| Fault::usage(format!("the plan has no seam {id}")).hint(hint))
    };
    named.iter().map(find).collect()
}
