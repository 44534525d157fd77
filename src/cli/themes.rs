//! `flightdeck themes`: the names that `--theme` takes.

use super::Context;
use super::exit::Exit;
use super::fault::Fault;
use crate::cockpit::theme;

/// Lists the themes of the cockpit
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit status: 0\n\nExample: flightdeck open --theme light")]
pub(super) struct Args {
    /// Print them as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<Exit, Fault> {
    let names: Vec<&str> = theme::EMBEDDED.iter().map(|(name, _)| *name).collect();
    if args.json {
        context.out.json(&serde_json::json!({ "schema": 1, "themes": names }))?;
    } else {
        context.out.text(&names.join("\n"));
    }
    Ok(Exit::Done)
}
