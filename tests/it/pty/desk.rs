//! A demo world of its own for one story, and the cockpits that are opened on it.

use std::path::PathBuf;

use portable_pty::CommandBuilder;

use super::terminal::{Size, Terminal};
use crate::common::daemon::free_port;
use crate::common::release::Release;
use crate::common::scratch::{FLIGHTDECK, Scratch};
use crate::common::started::Started;

/// The size that most stories are told in.
pub(crate) const USUAL: Size = (120, 36);

/// A folder with a world and a home of its own; nothing of the user's environment gets in.
pub(crate) struct Desk {
    scratch: Scratch,
    port: u16,
}

impl Release for Desk {
    fn scratch(&self) -> &Scratch {
        &self.scratch
    }

    fn folder(&self) -> PathBuf {
        self.file("")
    }
}

impl Desk {
    /// An empty one: the first cockpit that is opened builds the world, trusts its plan and freezes it.
    pub(crate) fn new() -> Self {
        Self { scratch: Scratch::new().with("TERM", "xterm-256color"), port: free_port() }
    }

    /// A file of the world.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.scratch.path("world").join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.file(name)).unwrap()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.file(name), text).unwrap();
    }

    /// A program that knows nothing of the user.
    pub(crate) fn program(&self, program: &str, arguments: &[&str]) -> CommandBuilder {
        let mut command = CommandBuilder::new(program);
        command.env_clear();
        command.args(arguments);
        command.cwd(self.scratch.path(""));
        for (name, value) in self.scratch.variables() {
            command.env(name, value);
        }
        command
    }

    /// The command line that opens a cockpit on the world.
    pub(crate) fn cockpit_line(&self) -> String {
        format!("{FLIGHTDECK} demo world --port {}", self.port)
    }

    /// The command that opens a cockpit on the world.
    pub(crate) fn cockpit(&self, more: &[&str]) -> CommandBuilder {
        let port = self.port.to_string();
        let mut arguments = vec!["demo", "world", "--port", &port];
        arguments.extend(more);
        self.program(FLIGHTDECK, &arguments)
    }

    /// Opens a cockpit, and waits until its screen is there.
    #[track_caller]
    pub(crate) fn open(&self, name: &str) -> Terminal {
        let terminal = Terminal::start(name, USUAL, self.cockpit(&[]));
        terminal.is_taken();
        terminal
    }

    /// Opens a cockpit on a fresh world, and waits until the owner is wanted.
    #[track_caller]
    pub(crate) fn open_fresh(&self) -> Terminal {
        let terminal = self.open("the first cockpit");
        terminal.line(&["1 consent", "waiting for you"]);
        terminal
    }

    /// Builds the world with another plan, trusted and frozen, and opens nothing.
    #[track_caller]
    pub(crate) fn built(&self, edit: impl FnOnce(String) -> String) {
        self.scratch.run(&["demo", "world", "--no-open", "--port", &self.port.to_string()]).exits(0);
        self.write("release.toml", &edit(self.read("release.toml")));
        self.trust_and_freeze();
    }

    /// Serves a world that was built, beside the story.
    pub(crate) fn serve(&self) -> Served {
        let port = self.port.to_string();
        let mut command = self.scratch.flightdeck(&["demo", "world", "--serve", "--port", &port]);
        let server = Started::of(&mut command);
        server.prints("serving it on");
        Served(server)
    }

    /// A command of flightdeck on the world, at a terminal.
    pub(crate) fn at_a_terminal(&self, arguments: &[&str]) -> Terminal {
        let mut command = self.program(FLIGHTDECK, arguments);
        command.cwd(self.file(""));
        Terminal::start(arguments.join(" "), USUAL, command)
    }

    /// Opens a cockpit on a world that was built, as it is.
    #[track_caller]
    pub(crate) fn open_built(&self, name: &str) -> Terminal {
        let mut command = self.program(FLIGHTDECK, &["open"]);
        command.cwd(self.file(""));
        let terminal = Terminal::start(name, USUAL, command);
        terminal.is_taken();
        terminal
    }

    /// Makes the deploy of the consent service wait until it is let go.
    pub(crate) fn slow_down(&self) {
        let go = self.file("go");
        let hook = "deploy/rlabs-consent.git/hooks/pre-receive";
        let wait = format!(
            "#!/bin/sh\necho the hook waits\nn=0\nwhile [ ! -e {} ] && [ $n -lt 9000 ]; do sleep 0.1; n=$((n+1)); done\n",
            go.display()
        );
        self.write(hook, &self.read(hook).replacen("#!/bin/sh\n", &wait, 1));
    }

    /// Lets it go.
    pub(crate) fn let_go(&self) {
        self.write("go", "");
    }
}

/// The servers of a world; they end with this.
pub(crate) struct Served(Started);

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
