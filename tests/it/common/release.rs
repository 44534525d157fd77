//! A release as its owner drives it from a shell: whatever world it is of, the commands are the same.

use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use super::output::Output;
use super::scratch::{FLIGHTDECK, Scratch};
use super::started::Started;

/// A folder with a release.toml, in a world of its own.
pub(crate) trait Release {
    /// Where all of it lies.
    fn scratch(&self) -> &Scratch;

    /// The folder of the release.toml, in which commands are run.
    fn folder(&self) -> PathBuf {
        self.scratch().path("")
    }

    /// What no output of flightdeck may show.
    fn secrets(&self) -> &'static [&'static str] {
        &[]
    }

    /// flightdeck in the release's folder.
    fn flightdeck(&self, arguments: &[&str]) -> Command {
        let mut command = self.scratch().flightdeck(arguments);
        command.current_dir(self.folder());
        command
    }

    /// Runs flightdeck to its end.
    #[track_caller]
    fn run(&self, arguments: &[&str]) -> Output {
        self.without_secrets(Output::of(&mut self.flightdeck(arguments)))
    }

    /// Asserts that nothing secret was printed.
    #[track_caller]
    fn without_secrets(&self, output: Output) -> Output {
        for secret in self.secrets() {
            assert!(!output.all().contains(secret), "{secret} is shown: {}", output.all());
        }
        output
    }

    /// Runs a command that must end with this status.
    #[track_caller]
    fn expect(&self, exit: i32, arguments: &[&str]) -> Output {
        let output = self.run(arguments);
        assert_eq!(output.exit, exit, "{arguments:?}: {}", output.all());
        output
    }

    /// Starts flightdeck beside the story, in a process group of its own.
    fn start(&self, arguments: &[&str]) -> Started {
        Started::of(self.flightdeck(arguments).process_group(0))
    }

    /// Runs a script that must succeed in the release's folder.
    #[track_caller]
    fn shell(&self, script: &str) -> String {
        self.scratch().shell_in(&self.folder(), script)
    }

    /// Runs flightdeck from a shell, after whatever the shell does first.
    #[track_caller]
    fn run_after(&self, shell: &str, arguments: &[&str]) -> Output {
        let mut command = self.scratch().command("sh");
        command.args(["-c", &format!("{shell}; exec \"$0\" \"$@\"")]).arg(FLIGHTDECK).args(arguments);
        self.without_secrets(Output::of(command.current_dir(self.folder())))
    }

    /// Trusts the plan and freezes what QA passed.
    #[track_caller]
    fn trust_and_freeze(&self) {
        self.expect(0, &["trust", "--yes"]);
        self.expect(0, &["freeze", "--by", "Grace", "--verdict", "passed", "--yes"]);
    }

    /// The digest of the plan, with which what is permanent is confirmed.
    #[track_caller]
    fn digest(&self) -> String {
        self.expect(0, &["plan", "--json"]).json()["plan_digest"].as_str().unwrap().to_owned()
    }

    /// Ships with everything confirmed beforehand.
    #[track_caller]
    fn ship(&self) -> Output {
        self.run(&["ship", "--yes", "--plan", &self.digest()])
    }

    /// Ships as far as a step, with everything confirmed beforehand.
    #[track_caller]
    fn ship_until(&self, step: &str) -> Output {
        self.run(&["ship", "--yes", "--plan", &self.digest(), "--until", step])
    }

    /// Resumes with everything confirmed beforehand.
    #[track_caller]
    fn resume(&self) -> Output {
        self.run(&["resume", "--yes", "--plan", &self.digest()])
    }

    /// A ship that runs beside the story.
    #[track_caller]
    fn start_ship(&self) -> Started {
        self.start(&["ship", "--yes", "--plan", &self.digest()])
    }

    #[track_caller]
    fn status(&self) -> Value {
        self.expect(0, &["status", "--json"]).json()
    }

    /// A step, as the status has it.
    #[track_caller]
    fn step(&self, id: &str) -> Value {
        let status = self.status();
        let mut steps = status["steps"].as_array().unwrap().iter();
        steps.find(|step| step["id"] == id).unwrap_or_else(|| panic!("no step {id}")).clone()
    }

    #[track_caller]
    fn step_state(&self, id: &str) -> String {
        self.step(id)["state"].as_str().unwrap().to_owned()
    }

    #[track_caller]
    fn is_shipped(&self) -> bool {
        self.status()["release"]["shipped"] == true
    }

    /// The ledger's events.
    #[track_caller]
    fn events(&self) -> Vec<Value> {
        self.expect(0, &["log", "--json"]).json_lines()
    }

    /// How many events of a kind the ledger holds.
    #[track_caller]
    fn events_of(&self, kind: &str) -> usize {
        self.events().iter().filter(|event| event["kind"] == kind).count()
    }

    /// Asserts that the ledger is sound.
    #[track_caller]
    fn verify(&self) {
        self.expect(0, &["log", "--verify"]);
    }
}
