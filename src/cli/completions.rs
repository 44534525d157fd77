//! `flightdeck completions`: completions for a shell, from the same table that parses the arguments.

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::exit::Exit;
use super::fault::Fault;
use super::{Cli, Context};

/// Prints completions for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit status: 0\n\nExample: flightdeck completions zsh > ~/.zfunc/_flightdeck")]
pub(super) struct Args {
    /// The shell
    shell: Shell,
}

#[allow(clippy::unnecessary_wraps, reason = "every command has this shape")]
pub(super) fn run(args: &Args, context: &Context) -> Result<Exit, Fault> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "flightdeck", &mut text);
    context.out.raw(&String::from_utf8_lossy(&text));
    Ok(Exit::Done)
}
