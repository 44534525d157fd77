//! `flightdeck demo-registry`: what the demo's own `bin/registry` calls. Not for people, so not in the help.

use std::path::PathBuf;

use clap::Subcommand;

use super::super::Context;
use super::super::exit::Exit;
use super::super::fault::Fault;
use crate::demo::registry::{self, Pushed};

/// The demo's package registry: `push NAME VERSION FILE`, `probe NAME VERSION`, `integrity NAME VERSION`
#[derive(Debug, clap::Args)]
pub(in super::super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Puts an artefact there
    Push {
        /// The registry's folder
        #[arg(long)]
        root: PathBuf,
        /// The package
        package: String,
        /// Its version
        version: String,
        /// The artefact
        file: PathBuf,
    },
    /// Prints the digest of what is there: 0 present, 1 absent
    Probe {
        /// The registry's folder
        #[arg(long)]
        root: PathBuf,
        /// The package
        package: String,
        /// Its version
        version: String,
    },
    /// Prints what is there as a lock file writes it: 0 present, 1 absent
    Integrity {
        /// The registry's folder
        #[arg(long)]
        root: PathBuf,
        /// The package
        package: String,
        /// Its version
        version: String,
    },
}

pub(in super::super) fn run(args: &Args, context: &Context) -> Result<Exit, Fault> {
    let refused = |error: registry::RegistryError| Fault::new(Exit::of_code(error.exit_status()), error.to_string());
    match &args.verb {
        Verb::Push { root, package, version, file } => {
            let said = match registry::push(root, package, version, file).map_err(refused)? {
                Pushed::Stored => "published",
                Pushed::AlreadyThere => "already there:",
            };
            context.out.text(&format!("{said} {package} {version}"));
            Ok(Exit::Done)
        }
        Verb::Probe { root, package, version } => match registry::probe(root, package, version).map_err(refused)? {
            Some(digest) => {
                context.out.text(digest.as_str());
                Ok(Exit::Done)
            }
            None => Ok(Exit::Failed),
        },
        Verb::Integrity { root, package, version } => {
            let Some(said) = registry::integrity(root, package, version).map_err(refused)? else {
                return Ok(Exit::Failed);
            };
            context.out.text(&said);
            Ok(Exit::Done)
        }
    }
}
