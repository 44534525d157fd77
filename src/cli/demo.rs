//! `flightdeck demo`: a world of six repositories on this machine, to try everything on.

mod caught;
mod headless;
pub(super) mod registry;

use std::path::PathBuf;

use super::exit::Exit;
use super::fault::Fault;
use super::out::Ink;
use super::paste::quoted;
use super::settings::Person;
use super::{Context, open};
use crate::demo::{self, DEFAULT_DIR, DEFAULT_DIR_WITH_MISSES, Options, Origin, Telling, World};
use crate::shown::Shown;

/// Builds a six-repository world on this machine and opens the cockpit on it
///
/// Real git repositories with remotes, a package registry, deploy targets and a flag, all in one folder; nothing else is
/// touched, and its state lies in it too. Without a terminal it ships the whole plan by itself and prints what happened.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit status: 0 · 1 it couldn't be built\n\nExample: flightdeck demo --no-open /tmp/demo && cd /tmp/demo && flightdeck status"
)]
pub(super) struct Args {
    /// Where to build it; an existing demo is opened again [default: flightdeck-demo]
    #[arg(value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Build the world in which four things were missed, each between two repositories, and show them being caught
    #[arg(long)]
    with_misses: bool,
    /// Only build it
    #[arg(long, conflicts_with = "serve")]
    no_open: bool,
    /// Build it and keep its servers up, until interrupted
    #[arg(long)]
    serve: bool,
    /// The port of its servers; the first free one from 8016 when not given
    #[arg(long)]
    port: Option<u16>,
    #[command(flatten)]
    look: open::Look,
}

pub(super) async fn run(args: &Args, context: &Context) -> Result<Exit, Fault> {
    let program = std::env::current_exe()
        .map_err(|error| Fault::failed("the demo's scripts can't be told where flightdeck is").because(error))?;
    let telling = if args.with_misses { Telling::WithMisses } else { Telling::Sound };
    let options = Options { program, port: args.port, telling };
    let dir = args.dir.clone().unwrap_or_else(|| {
        PathBuf::from(match telling {
            Telling::Sound => DEFAULT_DIR,
            Telling::WithMisses => DEFAULT_DIR_WITH_MISSES,
        })
    });
    let built = tokio::task::spawn_blocking(move || demo::build(&dir, &options)).await;
    let world = built
        .map_err(|panic| Fault::failed("flightdeck has a bug: the build was cut short").because(panic))?
        .map_err(|fault| Fault::failed("there is no demo").because(fault))?;
    let how = match world.origin() {
        Origin::Built => "built",
        Origin::Reopened => "found",
    };
    let said = format!("{how} a world of {} repositories in {}", world.heads().len(), world.root().display());
    context.out.tell(Ink::Good, &Shown::from(said));
    if args.no_open {
        next_steps(context, &world);
        return Ok(Exit::Done);
    }
    if args.serve {
        return serve(context, &world).await;
    }
    match context.surroundings.person() {
        Person::Here => open_on(args, context, &world).await,
        Person::Away => headless::ship(context, &world).await,
    }
}

fn next_steps(context: &Context, world: &World) {
    let line = |text: String| context.out.tell(Ink::Plain, &Shown::from(text));
    let dir = quoted(&world.root().display().to_string());
    let release = quoted(&world.release_toml().display().to_string());
    line(format!("keep its servers up:  flightdeck demo --serve {dir}"));
    line(format!("look at it:           flightdeck status --release {release}"));
    line(format!("open the cockpit:     flightdeck demo {dir}"));
}

/// Opens the cockpit on a world, and serves it for as long as the cockpit is open.
async fn open_on(args: &Args, context: &Context, world: &World) -> Result<Exit, Fault> {
    let kept_up = demo::serve::serve(world.root(), world.port()).await;
    let kept_up = kept_up.map_err(|fault| Fault::failed("the demo can't be served").because(fault))?;
    if matches!(world.origin(), Origin::Built) {
        headless::ready(context, world).await?;
    }
    let mut settings = context.surroundings.settings(Some(&world.release_toml()))?;
    settings.state = world.state();
    settings.root = None;
    let ended = open::cockpit(&args.look, context, &settings).await;
    match kept_up {
        demo::serve::Served::Here(server) => server.stop().await,
        demo::serve::Served::Elsewhere(_) => {}
    }
    ended
}

async fn serve(context: &Context, world: &World) -> Result<Exit, Fault> {
    let kept_up = demo::serve::serve(world.root(), world.port()).await;
    match kept_up.map_err(|fault| Fault::failed("the demo can't be served").because(fault))? {
        demo::serve::Served::Here(server) => {
            let said = format!("serving it on http://{}/ until interrupted", server.address());
            context.out.tell(Ink::Plain, &Shown::from(said));
            crate::engine::signals::Signals::listen().map_err(super::fault::unheard)?.any().await;
            server.stop().await;
        }
        demo::serve::Served::Elsewhere(address) => {
            let said = format!("another flightdeck serves it already, on http://{address}/");
            context.out.tell(Ink::Plain, &Shown::from(said));
        }
    }
    Ok(Exit::Done)
}
