//! The command line: one file a command. It turns arguments into requests to an engine or a conductor, and their answers into
//! lines, JSON and exit statuses. It decides nothing: what may happen is refused or recorded below.

mod allows;
mod candidate;
mod check;
mod completions;
mod confirm;
mod decide;
mod demo;
mod exit;
mod fault;
mod flag;
mod freeze;
mod graph;
mod log;
mod man;
mod open;
mod out;
mod paste;
mod plan;
mod preflight;
mod reading;
mod report;
mod schema;
mod seams;
mod session;
mod settings;
mod ship;
mod status;
mod themes;
mod trust;
mod undo;
mod words;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use exit::Exit;
pub use fault::Fault;
use out::{Ink, Out};
use settings::Surroundings;

use crate::engine::open::trust_of;
use crate::ledger::place::StateDir;
use crate::shown::Shown;

/// A terminal release cockpit: one plan, one feature flag and one owner, across many git repositories
///
/// Alone, it opens the cockpit on ./release.toml. Everything else serves scripts, CI and other terminals.
#[derive(Debug, Parser)]
#[command(name = "flightdeck", version, max_term_width = 100, after_help = exit::TABLE, disable_help_subcommand = true)]
pub struct Cli {
    /// The plan; ./release.toml when not given
    #[arg(long, global = true, value_name = "FILE")]
    release: Option<PathBuf>,
    #[command(subcommand)]
    task: Option<Task>,
}

#[derive(Debug, Subcommand)]
enum Task {
    Open(open::Args),
    Demo(demo::Args),
    Check(check::Args),
    Plan(plan::Args),
    Preflight(preflight::Args),
    Seams(seams::Args),
    Trust(trust::Args),
    Freeze(freeze::Args),
    Thaw(freeze::ThawArgs),
    Status(status::Args),
    Ship(ship::Args),
    Resume(ship::ResumeArgs),
    Approve(decide::Approve),
    Veto(decide::Veto),
    Lift(decide::Lift),
    Hold(decide::Hold),
    Resolve(decide::Resolve),
    Accept(decide::Accept),
    Undo(undo::Args),
    EndSoak(decide::EndSoak),
    Tick(decide::Tick),
    Allows(allows::Args),
    Flag(flag::Args),
    Log(log::Args),
    Report(report::Args),
    Schema(schema::Args),
    Themes(themes::Args),
    Completions(completions::Args),
    Man(man::Args),
    #[command(hide = true)]
    DemoRegistry(demo::registry::Args),
}

/// What every command is given.
#[derive(Debug)]
pub(crate) struct Context {
    surroundings: Surroundings,
    out: Out,
    release: Option<PathBuf>,
}

impl Context {
    /// Where everything is, for this user on this machine.
    fn settings(&self) -> Result<crate::engine::Settings, Fault> {
        self.surroundings.settings(self.release.as_deref())
    }

    /// What is wrong with the file of trust, where something is: then no plan can be trusted before it is put right.
    fn trust_fault(&self) -> Option<String> {
        let settings = self.settings().ok()?;
        let state = StateDir::open(&settings.state).ok()?;
        trust_of(&settings, &state).last().err().map(|fault| fault.to_string())
    }

    /// A text in which every command of ours names the release too, where it must.
    fn pasteable(&self, text: &str) -> String {
        paste::with_release(text, self.release.as_deref())
    }

    /// The plan's file, as the user named it.
    fn release_name(&self) -> String {
        self.release.as_ref().map_or_else(|| settings::DEFAULT_RELEASE.to_owned(), |path| path.display().to_string())
    }
}

/// How a report of a bug of ours may look on stderr.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// With colours.
    Coloured,
    /// Without any escape code.
    Plain,
}

/// How a report may look: as everything else on stderr.
pub fn paint() -> Paint {
    if Out::new(Surroundings::read().plain()).paints_stderr() { Paint::Coloured } else { Paint::Plain }
}

/// What clap has to say: help as it is, and a complaint about arguments, which it quotes as they came, made harmless.
fn print_refusal(out: Out, error: &clap::Error) {
    if error.use_stderr() {
        for line in Shown::lines(&error.render().to_string()) {
            out.note(Ink::Plain, &line);
        }
        return;
    }
    // help that nobody reads to its end is no failure
    let _ = error.print();
}

/// Runs the command line. Faults are told on stderr; the status is the exit status.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let surroundings = Surroundings::read();
    let out = Out::new(surroundings.plain());
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            print_refusal(out, &error);
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let context = Context { surroundings, out, release: cli.release };
    let exit = match tokio::runtime::Runtime::new() {
        Ok(runtime) => {
            let ended = runtime.block_on(run(cli.task, &context));
            // a thread that still waits for a key or a lock holds nothing that must be kept
            runtime.shutdown_background();
            ended
        }
        Err(error) => Err(Fault::failed("the runtime can't be started").because(error)),
    };
    match exit {
        Ok(exit) => ExitCode::from(exit.code()),
        Err(mut fault) => {
            if fault.exit == Exit::Untrusted {
                fault.because = context.trust_fault().filter(|why| *why != fault.what).or(fault.because);
            }
            fault.what = context.pasteable(&fault.what);
            fault.hint = fault.hint.map(|hint| context.pasteable(&hint));
            context.out.fault(&fault);
            ExitCode::from(fault.exit.code())
        }
    }
}

async fn run(task: Option<Task>, context: &Context) -> Result<Exit, Fault> {
    match task {
        None => open::run(&open::Args::default(), context).await,
        Some(Task::Open(args)) => open::run(&args, context).await,
        Some(Task::Demo(args)) => demo::run(&args, context).await,
        Some(Task::Check(args)) => check::run(&args, context),
        Some(Task::Plan(args)) => plan::run(&args, context),
        Some(Task::Preflight(args)) => preflight::run(&args, context).await,
        Some(Task::Seams(args)) => seams::run(&args, context).await,
        Some(Task::Trust(args)) => trust::run(&args, context).await,
        Some(Task::Freeze(args)) => freeze::run(&args, context).await,
        Some(Task::Thaw(args)) => freeze::thaw(&args, context).await,
        Some(Task::Status(args)) => status::run(&args, context).await,
        Some(Task::Ship(args)) => ship::run(&args, context).await,
        Some(Task::Resume(args)) => ship::resume(args, context).await,
        Some(Task::Approve(args)) => decide::approve(&args, context).await,
        Some(Task::Veto(args)) => decide::veto(args, context).await,
        Some(Task::Lift(args)) => decide::lift(args, context).await,
        Some(Task::Hold(args)) => decide::hold(args, context).await,
        Some(Task::Resolve(args)) => decide::resolve(args, context).await,
        Some(Task::Accept(args)) => decide::accept(args, context).await,
        Some(Task::EndSoak(args)) => decide::end_soak(args, context).await,
        Some(Task::Undo(args)) => undo::run(&args, context).await,
        Some(Task::Tick(args)) => decide::tick(args, context).await,
        Some(Task::Allows(args)) => allows::run(&args, context),
        Some(Task::Flag(args)) => flag::run(&args, context).await,
        Some(Task::Report(args)) => report::run(&args, context).await,
        Some(Task::Log(args)) => log::run(&args, context).await,
        Some(Task::Schema(args)) => schema::run(&args, context),
        Some(Task::Themes(args)) => themes::run(&args, context),
        Some(Task::Completions(args)) => completions::run(&args, context),
        Some(Task::Man(args)) => man::run(&args, context),
        Some(Task::DemoRegistry(args)) => demo::registry::run(&args, context),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_table_of_arguments_is_sound() {
        Cli::command().debug_assert();
    }
}
