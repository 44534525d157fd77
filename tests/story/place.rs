//! A demo world of its own for each story, the built binary run in a hermetic environment, and hooks that count and wait.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// A plan of few steps that still has every kind of effect: push, hook, publish, migration, flag, tag.
pub(crate) const SHORT: &[&str] = &["consent", "lib", "migrate", "on", "record"];

/// One world with its servers.
pub(crate) struct Place {
    folder: tempfile::TempDir,
    server: Option<Child>,
}

/// What a command said and how it ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Both streams, for a message.
    pub(crate) fn all(&self) -> String {
        format!("exit {}\n{}{}", self.code, self.out, self.err)
    }

    /// Asserts an exit status.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}", self.all());
        self
    }

    /// Asserts words in what was said.
    #[track_caller]
    pub(crate) fn says(self, words: &str) -> Self {
        assert!(self.all().contains(words), "`{words}` isn't in: {}", self.all());
        self
    }
}

impl Place {
    /// A world whose plan was edited before anybody saw it, served.
    pub(crate) fn new(edit: impl FnOnce(String) -> String) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut place = Self { folder, server: None };
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
        let dir = place.dir().to_string_lossy().into_owned();
        place.command(&["demo", &dir, "--no-open", "--port", &port], false).output().unwrap();
        let plan = edit(fs::read_to_string(place.plan()).unwrap());
        fs::write(place.plan(), plan).unwrap();
        let server = place.command(&["demo", "--serve", &dir, "--port", &port], false).stdout(Stdio::null()).spawn();
        place.server = Some(server.unwrap());
        let up = || std::net::TcpStream::connect(format!("127.0.0.1:{port}")).is_ok();
        assert!(within(60, up), "the demo isn't served");
        place.count_effects();
        place
    }

    /// A world of the given steps of the demo, approved as a whole.
    pub(crate) fn quick(steps: &[&str]) -> Self {
        Self::new(|plan| only(&plan, steps).replace("mode  = \"careful\"", "mode  = \"quick\""))
    }

    /// A world of the given steps, approved one by one.
    pub(crate) fn careful(steps: &[&str]) -> Self {
        Self::new(|plan| only(&plan, steps))
    }

    /// Trusted and frozen.
    pub(crate) fn frozen(self) -> Self {
        self.run(&["trust", "--yes"]).exits(0);
        self.run(&["freeze", "--by", "Grace", "--yes"]).exits(0);
        self
    }

    pub(crate) fn dir(&self) -> PathBuf {
        self.folder.path().join("world")
    }

    pub(crate) fn plan(&self) -> PathBuf {
        self.dir().join("release.toml")
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    fn command(&self, args: &[&str], release: bool) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flightdeck"));
        command.args(args);
        if release {
            command.arg("--release").arg(self.plan());
        }
        self.hermetic(&mut command);
        command
    }

    fn hermetic(&self, command: &mut Command) {
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder.path())
            .env("USER", "ada")
            .env("TZ", "UTC")
            .env("LC_ALL", "C")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("FLIGHTDECK_STATE", self.state())
            .stdin(Stdio::null());
    }

    /// Runs a command of flightdeck to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Said {
        Said::of(&self.command(args, true).output().unwrap())
    }

    /// Runs flightdeck from a shell, after whatever the shell does first.
    pub(crate) fn run_after(&self, shell: &str, args: &[&str]) -> Said {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("{shell}; exec \"$0\" \"$@\"")]).arg(env!("CARGO_BIN_EXE_flightdeck"));
        command.args(args).arg("--release").arg(self.plan());
        self.hermetic(&mut command);
        Said::of(&command.output().unwrap())
    }

    /// Starts a command in a process group of its own.
    pub(crate) fn start(&self, args: &[&str]) -> Child {
        let mut command = self.command(args, true);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        command.spawn().unwrap()
    }

    /// Waits for what was started.
    pub(crate) fn end(child: Child) -> Said {
        Said::of(&child.wait_with_output().unwrap())
    }

    /// A program in the world's folder.
    pub(crate) fn shell(&self, script: &str) -> String {
        let mut command = Command::new("sh");
        command.args(["-c", script]).current_dir(self.dir());
        self.hermetic(&mut command);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{script}: {}", Said::of(&output).all());
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// The digest that `plan` prints.
    pub(crate) fn digest(&self) -> String {
        self.status()["plan_digest"].as_str().unwrap().to_owned()
    }

    /// Ships with everything confirmed beforehand.
    pub(crate) fn ship(&self) -> Said {
        self.run(&["ship", "--yes", "--plan", &self.digest()])
    }

    pub(crate) fn start_ship(&self) -> Child {
        self.start(&["ship", "--yes", "--plan", &self.digest()])
    }

    pub(crate) fn resume(&self) -> Said {
        self.run(&["resume", "--yes", "--plan", &self.digest()])
    }

    pub(crate) fn status(&self) -> Value {
        let said = self.run(&["status", "--json"]).exits(0);
        serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("{error}: {}", said.all()))
    }

    pub(crate) fn step(&self, id: &str) -> Value {
        let status = self.status();
        let steps = status["steps"].as_array().unwrap();
        steps.iter().find(|step| step["id"] == id).unwrap_or_else(|| panic!("no step {id}")).clone()
    }

    pub(crate) fn step_state(&self, id: &str) -> String {
        self.step(id)["state"].as_str().unwrap().to_owned()
    }

    pub(crate) fn is_shipped(&self) -> bool {
        self.status()["release"]["shipped"] == true
    }

    /// Asserts that the ledger is sound.
    #[track_caller]
    pub(crate) fn verify(&self) {
        self.run(&["log", "--verify"]).exits(0);
    }

    /// Every effect that reached the outside, one line each.
    pub(crate) fn effects(&self) -> Vec<String> {
        let text = fs::read_to_string(self.dir().join("effects.log")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// Makes whatever passes this point of the world wait.
    pub(crate) fn hold_at(&self, point: &str) {
        fs::write(self.dir().join(format!("hold-{point}")), "").unwrap();
    }

    pub(crate) fn let_pass(&self, point: &str) {
        // a story may let pass what nobody held
        let _ = fs::remove_file(self.dir().join(format!("hold-{point}")));
    }

    /// Waits until somebody waits at this point.
    #[track_caller]
    pub(crate) fn reached(&self, point: &str) {
        let at = self.dir().join(format!("at-{point}"));
        assert!(within(90, || at.exists()), "nothing reached {point}");
    }

    /// Rewrites the world's scripts so that each effect leaves a line, and waits before and after where a story wants it to.
    fn count_effects(&self) {
        let world = self.dir();
        let at = world.display();
        let wait = format!(
            "wait_at() {{ if [ -e '{at}/hold-'$1 ]; then : > '{at}/at-'$1; while [ -e '{at}/hold-'$1 ]; do sleep 0.02; done; fi; }}"
        );
        for repo in ["rlabs-consent", "platform-api", "agentguard-web"] {
            let hooks = world.join("deploy").join(format!("{repo}.git/hooks"));
            for (hook, before, after) in [
                ("pre-receive", format!("wait_at before-{repo}"), String::new()),
                (
                    "post-receive",
                    format!("echo 'deploy {repo}' >> '{at}/effects.log'"),
                    format!("wait_at after-{repo}"),
                ),
            ] {
                let inner = hooks.join(format!("{hook}.inner"));
                fs::rename(hooks.join(hook), &inner).unwrap();
                let script = format!("#!/bin/sh\n{wait}\n{before}\n'{}' || exit 1\n{after}\nexit 0\n", inner.display());
                program(&hooks.join(hook), &script);
            }
        }
        let registry = world.join("bin/registry");
        let inner = world.join("bin/registry.inner");
        fs::rename(&registry, &inner).unwrap();
        let script = format!(
            "#!/bin/sh\n{wait}\n[ \"$1\" = push ] || exec '{0}' \"$@\"\nwait_at before-push\n'{0}' \"$@\" || exit $?\necho \"publish $2\" >> '{at}/effects.log'\nwait_at after-push\n",
            inner.display()
        );
        program(&registry, &script);
        let script = format!(
            "#!/bin/sh\n{wait}\nwait_at before-migrate\nbin/migrate || exit $?\necho migrate >> '{at}/effects.log'\nwait_at after-migrate\n"
        );
        program(&world.join("bin/migrate-counted"), &script);
        let plan = fs::read_to_string(self.plan()).unwrap();
        let counted = format!("command = [\"{at}/bin/migrate-counted\"], probe = [\"bin/migrate\", \"--status\"]");
        fs::write(
            self.plan(),
            plan.replace("command = [\"bin/migrate\"], probe = [\"bin/migrate\", \"--status\"]", &counted),
        )
        .unwrap();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(mut server) = self.server.take() {
            let _ = server.kill();
            let _ = server.wait();
        }
        if std::env::var_os("STORY_KEEP").is_some() {
            self.folder.disable_cleanup(true);
            eprintln!("kept {}", self.folder.path().display());
        }
    }
}

/// Keeps these steps of the worked example, and of their gates what needs no step that went.
pub(crate) fn only(plan: &str, steps: &[&str]) -> String {
    let mut parts = plan.split("[[step]]");
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let id = part.lines().find_map(|line| line.strip_prefix("id")).unwrap_or_default();
        let id = id.split('"').nth(1).unwrap_or_default();
        if steps.contains(&id) {
            let lines = part
                .lines()
                .filter(|line| !line.contains("{ step =") && !line.contains("{ coverage ="))
                .collect::<Vec<_>>()
                .join("\n");
            kept.push_str("[[step]]");
            kept.push_str(&lines);
            kept.push('\n');
        }
    }
    // the order of repositories is told by the steps alone here
    kept.lines().filter(|line| !line.starts_with("depends_on")).collect::<Vec<_>>().join("\n") + "\n"
}

pub(crate) fn program(path: &Path, script: &str) {
    fs::write(path, script).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Asks until it is so, or for so many seconds.
pub(crate) fn within(seconds: u64, mut is_so: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + Duration::from_secs(seconds);
    while Instant::now() < end {
        if is_so() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    false
}

pub(crate) fn signal(pid: u32, name: &str) {
    let _ = Command::new("kill").args([&format!("-{name}"), "--", &pid.to_string()]).stderr(Stdio::null()).status();
}

/// A process and everything below it.
pub(crate) fn tree(pid: u32) -> Vec<u32> {
    let mut all = vec![pid];
    let mut next = 0;
    while let Some(parent) = all.get(next).copied() {
        next += 1;
        let Ok(tasks) = fs::read_dir(format!("/proc/{parent}/task")) else { continue };
        for task in tasks.flatten() {
            let children = fs::read_to_string(task.path().join("children")).unwrap_or_default();
            all.extend(children.split_whitespace().filter_map(|pid| pid.parse::<u32>().ok()));
        }
    }
    all
}

pub(crate) fn kill_tree(pid: u32) {
    for pid in tree(pid) {
        signal(pid, "KILL");
    }
}

/// Whether a process of this world's effects still runs.
pub(crate) fn at_work(place: &Place) -> bool {
    let marks = [place.dir(), place.state()].map(|path| path.to_string_lossy().into_owned());
    let Ok(all) = fs::read_dir("/proc") else { return false };
    all.flatten().any(|entry| {
        let Ok(pid) = entry.file_name().to_string_lossy().parse::<u32>() else { return false };
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).into_owned();
        let place = fs::read_link(format!("/proc/{pid}/cwd")).unwrap_or_default().to_string_lossy().into_owned();
        let ours = marks.iter().any(|mark| line.contains(mark.as_str()) || place.starts_with(mark.as_str()));
        ours && !line.contains("--serve")
    })
}
