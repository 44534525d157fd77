//! A demo world of its own for one story, and the cockpits that are opened on it.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use portable_pty::CommandBuilder;

use crate::terminal::{Size, Terminal};

/// The size that most stories are told in.
pub(crate) const USUAL: Size = (120, 36);

const BINARY: &str = env!("CARGO_BIN_EXE_flightdeck");

/// A folder with a world and a home of its own; nothing of the user's environment gets in.
pub(crate) struct Desk {
    dir: tempfile::TempDir,
    port: u16,
}

impl Desk {
    /// An empty one: the first cockpit that is opened builds the world, trusts its plan and freezes it.
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("home")).unwrap();
        // any free port: several stories run at once
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Self { dir, port }
    }

    /// A file of the world.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join("world").join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.file(name)).unwrap()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.file(name), text).unwrap();
    }

    fn environment(&self) -> Vec<(&'static str, String)> {
        let path = std::env::vars().find(|(name, _)| name == "PATH").map(|(_, value)| value).unwrap_or_default();
        let fixed = [
            ("TZ", "UTC"),
            ("LC_ALL", "C.UTF-8"),
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("USER", "ada"),
            ("TERM", "xterm-256color"),
        ];
        let own = [("HOME", self.dir.path().join("home").display().to_string()), ("PATH", path)];
        fixed.map(|(name, value)| (name, value.to_owned())).into_iter().chain(own).collect()
    }

    /// A program that knows nothing of the user.
    pub(crate) fn program(&self, program: &str, arguments: &[&str]) -> CommandBuilder {
        let mut command = CommandBuilder::new(program);
        command.env_clear();
        command.args(arguments);
        command.cwd(self.dir.path());
        for (name, value) in self.environment() {
            command.env(name, value);
        }
        command
    }

    /// The command line that opens a cockpit on the world.
    pub(crate) fn cockpit_line(&self) -> String {
        format!("{BINARY} demo world --port {}", self.port)
    }

    /// The command that opens a cockpit on the world.
    pub(crate) fn cockpit(&self, more: &[&str]) -> CommandBuilder {
        let port = self.port.to_string();
        let mut arguments = vec!["demo", "world", "--port", &port];
        arguments.extend(more);
        self.program(BINARY, &arguments)
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
        let port = self.port.to_string();
        let world = self.file("");
        std::fs::create_dir(&world).unwrap();
        let (exit, said) = self.flightdeck(&["demo", &world.display().to_string(), "--no-open", "--port", &port]);
        assert_eq!(exit, 0, "{said}");
        self.write("release.toml", &edit(self.read("release.toml")));
        for command in [&["trust", "--yes"][..], &["freeze", "--by", "Grace", "--yes"]] {
            let (exit, said) = self.flightdeck(command);
            assert_eq!(exit, 0, "{said}");
        }
    }

    /// Opens a cockpit on a world that was built, as it is.
    #[track_caller]
    pub(crate) fn open_built(&self, name: &str) -> Terminal {
        let mut command = self.program(BINARY, &["open"]);
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
            "#!/bin/sh\necho the hook waits\nn=0\nwhile [ ! -e {} ] && [ $n -lt 900 ]; do sleep 0.1; n=$((n+1)); done\n",
            go.display()
        );
        self.write(hook, &self.read(hook).replacen("#!/bin/sh\n", &wait, 1));
    }

    /// Lets it go.
    pub(crate) fn let_go(&self) {
        self.write("go", "");
    }

    /// Starts flightdeck on the world.
    #[allow(clippy::disallowed_methods, reason = "another terminal's command")]
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        let mut command = Command::new(BINARY);
        command.env_clear().envs(self.environment()).args(arguments).current_dir(self.file(""));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// Runs a command of flightdeck's on the world; what it said, and its exit status.
    #[allow(clippy::disallowed_methods, reason = "another terminal's command")]
    pub(crate) fn run(&self, program: &str, arguments: &[&str]) -> (i32, String) {
        let mut command = Command::new(program);
        command.env_clear().envs(self.environment()).args(arguments).current_dir(self.file(""));
        let output = command.stdin(Stdio::null()).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code().unwrap_or(-1), String::from_utf8(said).unwrap())
    }

    /// Runs flightdeck on the world.
    pub(crate) fn flightdeck(&self, arguments: &[&str]) -> (i32, String) {
        self.run(BINARY, arguments)
    }

    /// How the world's release stands.
    pub(crate) fn status(&self) -> serde_json::Value {
        let (exit, said) = self.flightdeck(&["status", "--json"]);
        assert_eq!(exit, 0, "{said}");
        serde_json::from_str(&said).unwrap()
    }

    /// The state of a step, as another terminal is told it.
    pub(crate) fn step(&self, id: &str) -> String {
        let status = self.status();
        let steps = status["steps"].as_array().unwrap();
        steps.iter().find(|step| step["id"] == id).unwrap()["state"].as_str().unwrap().to_owned()
    }

    /// Whether the ledger's every invariant holds.
    #[track_caller]
    pub(crate) fn ledger_holds(&self) {
        let (exit, said) = self.flightdeck(&["log", "--verify"]);
        assert_eq!(exit, 0, "{said}");
    }

    /// How often the log has an event of a kind about a step.
    pub(crate) fn events(&self, kind: &str) -> usize {
        let (_, said) = self.flightdeck(&["log", "--json"]);
        let events = said.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        events.filter(|event| event["kind"] == kind).count()
    }
}
