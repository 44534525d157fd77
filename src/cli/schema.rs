//! `flightdeck schema`: what release.toml may say, for editors and for people.

use super::Context;
use super::exit::Exit;
use super::fault::Fault;
use crate::config;

/// Prints the JSON Schema of release.toml, or the reference of every key
///
/// An editor that knows the schema completes keys and marks mistakes while you type.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit status: 0\n\nExample: flightdeck schema > release.schema.json")]
pub(super) struct Args {
    /// Print the reference instead: every key with type, default and example, as Markdown
    #[arg(long)]
    reference: bool,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<Exit, Fault> {
    if args.reference {
        context.out.raw(&config::reference());
    } else {
        context.out.json(&config::json_schema())?;
    }
    Ok(Exit::Done)
}
