//! `flightdeck open`: the cockpit on a release. It runs an engine; what the owner decides goes to it, what is seen comes from it.

use std::io::IsTerminal as _;
use std::sync::Arc;

use super::Context;
use super::exit::Exit;
use super::fault::Fault;
use super::out::Ink;
use super::session::Running;
use crate::cockpit::{self, Caps, Ended, Glyphs, Mouse, Setup, Theme, theme};
use crate::engine::{Leave, Purpose, Role, Settings};
use crate::ledger::controls;
use crate::port::clock;
use crate::rollout::Millis;

/// Opens the cockpit; the same as no command at all
///
/// Opening runs nothing and connects nowhere until the plan is trusted. Where someone else has the controls, it looks on.
#[derive(Debug, Default, clap::Args)]
#[command(
    after_help = "Exit status: 0 · 128+n ended by signal n · 1 the terminal can't be used · 2 release.toml isn't right\n\nExample: flightdeck open --theme light"
)]
#[group(skip)]
pub(super) struct Args {
    #[command(flatten)]
    look: Look,
}

/// How the cockpit looks.
#[derive(Debug, Default, clap::Args)]
#[group(skip)]
pub(super) struct Look {
    /// The theme, as `flightdeck themes` lists it
    #[arg(long, value_name = "NAME")]
    theme: Option<String>,
    /// Draw with ASCII signs alone
    #[arg(long)]
    ascii: bool,
}

pub(super) async fn run(args: &Args, context: &Context) -> Result<Exit, Fault> {
    cockpit(&args.look, context, &context.settings()?).await
}

/// Opens the cockpit on a release.
pub(super) async fn cockpit(args: &Look, context: &Context, settings: &Settings) -> Result<Exit, Fault> {
    if !(std::io::stdin().is_terminal() && std::io::stdout().is_terminal()) {
        let fault = Fault::usage("the cockpit needs a terminal");
        return Err(
            fault.hint("`flightdeck status` and `flightdeck ship` serve scripts; `flightdeck --help` lists all")
        );
    }
    let themes = themes(args, context)?;
    let mut running = Running::start(settings, Purpose::Conduct(controls::Conductor::Cockpit))?;
    if let Role::Conductor = running.role {
        running.listen()?;
    }
    let screen = context.surroundings.screen();
    let glyphs = if args.ascii { Glyphs::Ascii } else { screen.glyphs };
    let setup = Setup {
        handle: running.handle.clone(),
        caps: Caps { glyphs, mouse: Mouse::Captured },
        themes,
        clock: Arc::new(|| Millis::try_from(clock::now_ms()).unwrap_or_default()),
        zone: jiff::tz::TimeZone::system(),
        clipboard: screen.clipboard,
    };
    let ended = cockpit::run(setup).await;
    match ended {
        Ok(_) => running.ended().await,
        Err(_) => drop(running.leave(Leave::Wait).await),
    }
    let unheard = cockpit::unheard();
    for line in &unheard {
        context.out.note(Ink::Bad, line);
    }
    match ended {
        Err(error) => Err(Fault::failed("there is no screen").because(error)),
        Ok(_) if !unheard.is_empty() => Ok(Exit::Failed),
        Ok(Ended::Signalled(number)) => Ok(Exit::Signalled(number)),
        Ok(Ended::Left | Ended::Stopped) => Ok(Exit::Done),
    }
}

/// The themes, the wanted one first.
fn themes(args: &Look, context: &Context) -> Result<Vec<Theme>, Fault> {
    let depth = context.surroundings.screen().depth;
    let mut names: Vec<&str> = theme::EMBEDDED.iter().map(|(name, _)| *name).collect();
    if let Some(wanted) = &args.theme {
        let at = names.iter().position(|name| name == wanted);
        let at = at.ok_or_else(|| Fault::usage(format!("there is no theme {wanted}")).hint("flightdeck themes"))?;
        names.rotate_left(at);
    }
    Ok(names.into_iter().map(|name| Theme::embedded(name, depth)).collect())
}
