//! The flightdeck binary: arguments in, exit status out. What it does lies in the library.

use std::process::ExitCode;

use color_eyre::config::{HookBuilder, Theme};
use flightdeck::cli::{self, Paint};

fn main() -> ExitCode {
    let theme = match cli::paint() {
        Paint::Coloured => Theme::dark(),
        Paint::Plain => Theme::new(),
    };
    // reports that can't be installed are no reason not to ship
    let _ = HookBuilder::default().theme(theme).display_env_section(false).install();
    cli::main(std::env::args_os())
}
