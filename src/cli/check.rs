//! `flightdeck check`: everything that can be told without running or asking anything.

mod flag;
mod pins;
mod repos;

use serde::Serialize;

use super::Context;
use super::exit::Exit;
use super::fault::Fault;
use super::out::Ink;
use crate::config::{self, Complaint};
use crate::engine::open;
use crate::plan::Digest;
use crate::shown::Shown;

pub(super) use repos::Trouble;

/// Checks the plan, the order, the repositories and the tools
///
/// Reads release.toml and the clones it names; runs nothing and connects nowhere. Whether the flag's key stands in every
/// repository that claims to read it is looked up in the frozen commits, or in the heads where nothing is frozen. All complaints come at once, each with
/// file, line, column and what to write instead. A repository that isn't on this machine is only a warning.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit status: 0 all is well · 1 a repository or a tool isn't · 2 release.toml isn't\n\n\
Example: flightdeck check --release plans/m3.toml")]
pub(super) struct Args {
    /// Print the findings as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Report<'a> {
    schema: u32,
    ok: bool,
    plan_digest: Option<&'a Digest>,
    complaints: &'a [Complaint],
    troubles: &'a [Trouble],
    /// The one flag in the code; none where there is none.
    flag: Option<&'a flag::InCode>,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<Exit, Fault> {
    let settings = context.settings()?;
    let name = context.release_name();
    let bytes =
        std::fs::read(&settings.release_toml).map_err(|error| open::OpenFault::NoPlan { path: name.clone(), error })?;
    let checked = match config::load(&bytes, &name) {
        Ok(checked) => checked,
        Err(complaints) => {
            let report = Report {
                schema: 1,
                ok: false,
                plan_digest: None,
                complaints: complaints.list(),
                troubles: &[],
                flag: None,
            };
            if args.json {
                context.out.json(&report)?;
            } else {
                context.out.text(&complaints.to_string());
            }
            return Ok(Exit::Usage);
        }
    };
    let root = open::root(&settings, &checked.plan);
    let mut troubles = repos::look(&checked.plan, &root, context.surroundings.all());
    let flag = flag::look(&checked.plan, &root, &settings, &mut troubles);
    let ok = troubles.iter().all(Trouble::is_minor);
    if args.json {
        let digest = Some(checked.plan.digest());
        let (complaints, troubles) = (&checked.warnings[..], &troubles[..]);
        context.out.json(&Report { schema: 1, ok, plan_digest: digest, complaints, troubles, flag: flag.as_ref() })?;
    } else {
        for warning in &checked.warnings {
            context.out.text(&warning.to_string());
        }
        for trouble in &troubles {
            let ink = if trouble.is_minor() { Ink::Warning } else { Ink::Bad };
            context.out.line(ink, &Shown::from(trouble.to_string()));
        }
        if let Some(flag) = &flag {
            for line in std::iter::once(flag.words()).chain(flag.places()) {
                context.out.line(Ink::Plain, &Shown::from(line));
            }
        }
        let plan = &checked.plan;
        let word = if ok { "is right" } else { "is right, but can't ship from here" };
        let summary = format!(
            "{name} {word}: {} repositories, {} steps, plan {}",
            plan.repos().len(),
            plan.steps().len(),
            plan.digest().short()
        );
        context.out.line(if ok { Ink::Good } else { Ink::Warning }, &Shown::from(summary));
    }
    Ok(if ok { Exit::Done } else { Exit::Failed })
}
