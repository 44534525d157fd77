//! `flightdeck man`: the manual page, from the same table that parses the arguments.

use clap::CommandFactory as _;

use super::exit::Exit;
use super::fault::Fault;
use super::{Cli, Context};

/// Prints the manual page
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit status: 0\n\nExample: flightdeck man ship | man -l -")]
pub(super) struct Args {
    /// The command whose page is wanted; the program's own when not given
    command: Option<String>,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<Exit, Fault> {
    let mut program = Cli::command();
    program.build();
    let man = match &args.command {
        None => clap_mangen::Man::new(program),
        Some(name) => {
            let found = program.find_subcommand(name).cloned();
            let found =
                found.ok_or_else(|| Fault::usage(format!("there is no command {name}")).hint("flightdeck --help"))?;
            clap_mangen::Man::new(found).title(format!("flightdeck-{name}"))
        }
    };
    let mut page = Vec::new();
    man.render(&mut page).map_err(|error| Fault::failed("the page can't be written").because(error))?;
    context.out.raw(&String::from_utf8_lossy(&page));
    Ok(Exit::Done)
}
