//! `flightdeck freeze` and `thaw`: what QA passed, commit by commit. Only that ships.

mod repin;

use super::Context;
use super::candidate;
use super::confirm::{Consent, Question, Weight};
use super::exit::Exit;
use super::fault::{Fault, said};
use super::out::{Ink, Out, columns};
use super::session::Conductor;
use crate::engine::{Command, Settings, open};
use crate::ledger::controls;
use crate::plan::{Plan, Repo};
use crate::port::git::{FullRef, Git, Place};
use crate::port::git::{PushOutcome, PushRun};
use crate::rollout::Order;
use crate::rollout::event::Frozen;
use crate::shown::Shown;

/// Records what QA passed: the head of every release branch, packages included
///
/// Refuses a dirty tree and a branch that has diverged from main or from its remote. Pushes the release branches, then
/// writes the commits, versions and who passed them to the ledger. From then on only those commits ship.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit status: 0 · 3 not confirmed · 4 something has shipped · 5 dirty, diverged or drifted · 7 not trusted\n\n\
Example: flightdeck freeze --by \"Grace (QA)\" --verdict \"212 tests, 3 h of exploring\" --yes"
)]
pub(super) struct Args {
    /// Who passed it
    #[arg(long, value_name = "NAME")]
    pub(super) by: String,
    /// Their verdict
    #[arg(long, value_name = "TEXT", default_value = "passed")]
    pub(super) verdict: String,
    /// Anything else worth keeping
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(super) notes: String,
    /// Pin references first, so that QA tests the versions that ship; what can't be locked yet is left to the step
    #[arg(long)]
    pub(super) repin: bool,
    #[command(flatten)]
    pub(super) consent: Consent,
}

/// Lifts the freeze, as long as nothing has shipped
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit status: 0 · 4 something has shipped\n\nExample: flightdeck thaw --reason \"a typo on the invitation\""
)]
pub(super) struct ThawArgs {
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

pub(super) async fn run(args: &Args, context: &Context) -> Result<Exit, Fault> {
    let settings = context.settings()?;
    let conductor = Conductor::find(&settings, controls::Conductor::Command).await?;
    let done = freeze(args, context, &settings, &conductor).await;
    conductor.leave().await;
    let said = done?;
    context.out.line(Ink::Good, &Shown::from(said));
    Ok(Exit::Done)
}

/// Freezes through whoever has the controls.
pub(super) async fn freeze(
    args: &Args,
    context: &Context,
    settings: &Settings,
    conductor: &Conductor,
) -> Result<String, Fault> {
    let plan = conductor.plan();
    let brief = conductor.brief().await?;
    if !brief.is_trusted() {
        return Err(Fault::new(Exit::Untrusted, "this plan isn't trusted on this machine, and freezing pushes")
            .hint("flightdeck trust"));
    }
    said(conductor.ask(Command::MayFreeze).await?)?;
    let root = open::root(settings, plan);
    let may_freeze = |repo: &&Repo| brief.may_freeze(&repo.name);
    let mut frozen = candidates(plan, &root, may_freeze)?;
    let git = Git::new(&settings.environment);
    in_step_with_remotes(plan, &root, &frozen, &git).await?;
    let ask = if args.repin {
        if brief.has_started() {
            return Err(Fault::new(
                Exit::Forbidden,
                "a step has been started already: the release branches stay where they are",
            ));
        }
        repin::show(plan, &root, &frozen, context)?;
        "Pin these references on the release branches, freeze their commits and push them"
    } else {
        "Freeze these commits and push their release branches"
    };
    show(context.out, plan, &frozen);
    args.consent
        .confirm(context.surroundings.person(), &Question { ask, weight: Weight::Light, plan: plan.digest() })?;
    if args.repin {
        repin::pin(context, settings, conductor, &frozen).await?;
        frozen = candidates(plan, &root, may_freeze)?;
        show(context.out, plan, &frozen);
    }
    push(plan, &root, &frozen, &git, context).await?;
    let (by, verdict, notes) = (args.by.clone(), args.verdict.clone(), args.notes.clone());
    said(conductor.ask(Command::Freeze { candidates: frozen, by, verdict, notes }).await?)
}

/// Reads what would be frozen; everything that stands in the way is told at once.
fn candidates(plan: &Plan, root: &std::path::Path, wanted: impl Fn(&&Repo) -> bool) -> Result<Vec<Frozen>, Fault> {
    let mut frozen = Vec::new();
    let mut obstacles = Vec::new();
    for repo in plan.repos().iter().filter(wanted) {
        let read = candidate::at_head(plan, repo, root).and_then(|candidate| {
            let obstacle = candidate::obstacle(plan, repo, root, &candidate)?;
            Ok((candidate, obstacle))
        });
        match read {
            Ok((candidate, None)) => frozen.push(Frozen { repo: repo.name.clone(), candidate }),
            Ok((_, Some(why))) | Err(why) => obstacles.push(format!("{}: {why}", repo.name)),
        }
    }
    if obstacles.is_empty() { Ok(frozen) } else { Err(unfit(&obstacles)) }
}

fn unfit(obstacles: &[String]) -> Fault {
    Fault::new(Exit::MustLook, "this can't be frozen; nothing was changed").because(obstacles.join("\n"))
}

fn release_ref(plan: &Plan, repo: &Repo) -> Result<FullRef, Fault> {
    FullRef::branch(&plan.branch(repo)).map_err(|fault| Fault::usage(format!("{}: {fault}", repo.name)))
}

fn each<'a>(plan: &'a Plan, frozen: &'a [Frozen]) -> impl Iterator<Item = (&'a Repo, &'a Frozen)> {
    frozen.iter().filter_map(|frozen| Some((plan.repo(&frozen.repo)?, frozen)))
}

/// A remote that has commits which aren't in the candidate has diverged.
async fn in_step_with_remotes(plan: &Plan, root: &std::path::Path, frozen: &[Frozen], git: &Git) -> Result<(), Fault> {
    let mut obstacles = Vec::new();
    for (repo, frozen) in each(plan, frozen) {
        let name = release_ref(plan, repo)?;
        let place = Place::WorkTree(root.join(&repo.path));
        match git.effective_urls(&place, "origin").await {
            Ok(urls) => {
                let wanted = repo.url.as_ref().or(urls.fetch.first());
                let other = urls.fetch.iter().chain(&urls.push).find(|url| Some(*url) != wanted);
                let said = |url: &String| {
                    let meant = wanted.map_or("nowhere", String::as_str);
                    format!(
                        "{}: origin leads to {url} as well as {meant}: remove the rewrite, or correct `url`",
                        repo.name
                    )
                };
                obstacles.extend(other.map(said));
            }
            Err(fault) => obstacles.push(format!("{}: {fault}", repo.name)),
        }
        match git.ls_remote(&place, "origin", &name).await {
            Ok(None) => {}
            Ok(Some(theirs)) if candidate::contains(repo, root, &theirs, &frozen.candidate.sha) => {}
            Ok(Some(theirs)) => {
                let (name, at) = (plan.branch(repo), theirs.short());
                obstacles
                    .push(format!("{}: {name} on origin is at {at}, which isn't in yours: pull it first", repo.name));
            }
            Err(fault) => obstacles.push(format!("{}: {fault}", repo.name)),
        }
    }
    if obstacles.is_empty() { Ok(()) } else { Err(unfit(&obstacles)) }
}

fn show(out: Out, plan: &Plan, frozen: &[Frozen]) {
    let row = |(repo, frozen): (&Repo, &Frozen)| {
        let package = frozen.candidate.package.as_ref();
        let package = package.map_or_else(|| "–".to_owned(), |package| format!("{} {}", package.name, package.version));
        vec![
            Shown::line(repo.name.as_str()),
            Shown::from(plan.branch(repo)),
            Shown::line(frozen.candidate.sha.as_str()),
            Shown::from(package),
        ]
    };
    for line in columns(&each(plan, frozen).map(row).collect::<Vec<_>>()) {
        out.line(Ink::Plain, &line);
    }
}

async fn push(
    plan: &Plan,
    root: &std::path::Path,
    frozen: &[Frozen],
    git: &Git,
    context: &Context,
) -> Result<(), Fault> {
    for (repo, frozen) in each(plan, frozen) {
        let place = Place::WorkTree(root.join(&repo.path));
        let name = release_ref(plan, repo)?;
        let said = match git.push(&place, "origin", &frozen.candidate.sha, &name, PushRun::Real).await {
            PushOutcome::Updated => "pushed",
            PushOutcome::UpToDate => "is on origin",
            PushOutcome::Rejected { reason } => {
                let what = format!("{} wasn't pushed, so nothing is frozen", plan.branch(repo));
                return Err(Fault::new(Exit::MustLook, format!("{}: {what}", repo.name)).because(reason));
            }
            PushOutcome::Unknown { why } => {
                let what = format!("{} may or may not be pushed; nothing is frozen", plan.branch(repo));
                return Err(Fault::new(Exit::MustLook, format!("{}: {what}", repo.name))
                    .because(why)
                    .hint("freeze again"));
            }
        };
        context.out.tell(Ink::Dim, &Shown::from(format!("{}: {} {said}", repo.name, plan.branch(repo))));
    }
    Ok(())
}

pub(super) async fn thaw(args: &ThawArgs, context: &Context) -> Result<Exit, Fault> {
    super::decide::order(context, Order::Thaw { reason: args.reason.clone() }).await
}
