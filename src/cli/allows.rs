//! `flightdeck allows`: the owner's "no" to a pipeline elsewhere that would ship out of order. Reads plan and ledger, connects
//! nowhere.

use serde::Serialize;

use super::Context;
use super::exit::Exit;
use super::fault::Fault;
use super::out::Ink;
use super::reading::Reading;
use crate::plan::{Plan, RepoName, StepId};
use crate::rollout::allows::{Digits, Word, allows};
use crate::shown::Shown;

/// Says whether a commit of a repository may go out now, by the plan
///
/// For other people's pipelines: run it before anything is published, promoted or deployed. It reads plan and ledger alone,
/// runs nothing and connects nowhere. It is allowed when the commit is the one that ships, every step before is done, every
/// gate was met when it was last judged, nothing is held, vetoed or in doubt, and the owner has approved the step; also when
/// that step is done already.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit status: 0 yes · 2 usage, or no such repository · 4 no, and why · 8 the ledger can't be believed\n\n\
Example: flightdeck allows platform-api@$GITHUB_SHA --step api"
)]
pub(super) struct Args {
    /// The repository's name in the plan, and the commit: all of its digits, or the first ones
    #[arg(value_name = "REPO@SHA", value_parser = asked)]
    what: Asked,
    /// The step it would be, where several ship the repository; the next one that isn't done when not given
    #[arg(long, value_name = "STEP")]
    step: Option<StepId>,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

/// What is asked for.
#[derive(Debug, Clone)]
struct Asked {
    repo: RepoName,
    digits: Digits,
}

fn asked(text: &str) -> Result<Asked, String> {
    let (repo, digits) = text.rsplit_once('@').ok_or("write REPO@SHA")?;
    let repo = repo.parse::<RepoName>().map_err(|error| error.to_string())?;
    Ok(Asked { repo, digits: digits.parse::<Digits>().map_err(|error| error.to_string())? })
}

#[derive(Debug, Serialize)]
struct Sheet<'a> {
    schema: u32,
    allowed: bool,
    repo: &'a RepoName,
    /// The commit that ships of the repository; what was asked for where that isn't known.
    sha: String,
    step: Option<&'a StepId>,
    why: &'a str,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<Exit, Fault> {
    let reading = Reading::of(&context.settings()?)?;
    let (plan, rollout) = (&*reading.plan, &reading.account.rollout);
    let Asked { repo, digits } = &args.what;
    known(plan, repo, args.step.as_ref())?;
    if let Some(unsound) = &reading.account.unsound {
        return Err(Fault::new(Exit::Ledger, "nothing is allowed by a ledger that can't be believed").because(unsound));
    }
    let answer = allows(plan, rollout, repo, digits, args.step.as_ref());
    let (allowed, exit, ink) = match answer.word {
        Word::Yes => (true, Exit::Done, Ink::Good),
        Word::No => (false, Exit::Forbidden, Ink::Bad),
    };
    if args.json {
        let ships = rollout.candidates.get(repo).map(|candidate| candidate.ship_sha().to_string());
        let sha = ships.filter(|_| allowed).unwrap_or_else(|| digits.to_string());
        let step = answer.step.as_ref();
        context.out.json(&Sheet { schema: 1, allowed, repo, sha, step, why: &answer.why })?;
    } else {
        let word = if allowed { "yes" } else { "no" };
        context.out.line(ink, &Shown::from(format!("{word}: {}", answer.why)));
    }
    Ok(exit)
}

fn known(plan: &Plan, repo: &RepoName, step: Option<&StepId>) -> Result<(), Fault> {
    if plan.repo(repo).is_none() {
        let names: Vec<&str> = plan.repos().iter().map(|repo| repo.name.as_str()).collect();
        return Err(
            Fault::usage(format!("the plan has no repository {repo}")).hint(format!("there are: {}", names.join(", ")))
        );
    }
    match step {
        Some(id) if plan.step(id).is_none() => {
            Err(Fault::usage(format!("the plan has no step {id}")).hint("`flightdeck plan` lists them"))
        }
        Some(_) | None => Ok(()),
    }
}
