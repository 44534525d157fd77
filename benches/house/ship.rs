//! What flightdeck itself costs: the time of a twelve-step ship in which none of its children runs, and what it takes to ask
//! for everything again once all is done, as the repositories grow. A table, not a verdict: the machine decides the figures.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

/// Says on stderr of its caller's log when it began and ended; the git it stands for is the next one on the PATH.
const SPY: &str = "#!/bin/sh\nbegan=$(date +%s%N)\nPATH=$REST \"$(basename \"$0\")\" \"$@\"\nstatus=$?\n\
                   echo \"$began $(date +%s%N)\" >> \"$SPY_LOG\"\nexit $status\n";

struct World {
    dir: tempfile::TempDir,
    repos: usize,
}

impl World {
    /// So many repositories with bare remotes, and a plan of twelve steps over the first of them.
    fn new(repos: usize) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let world = Self { dir, repos };
        fs::create_dir_all(world.path("bin")).unwrap();
        fs::create_dir_all(world.path("home")).unwrap();
        for program in ["git", "step"] {
            script(&world.path("bin").join(program), SPY);
        }
        fs::create_dir_all(world.path("tools")).unwrap();
        script(&world.path("tools/step"), "#!/bin/sh\ncase $1 in probe) test -e \"$2\";; *) : > \"$2\";; esac\n");
        for number in 0..repos {
            world.repository(number);
        }
        fs::write(world.path("flags.json"), "{\"wide\": \"off\"}\n").unwrap();
        fs::write(world.path("release.toml"), plan(repos)).unwrap();
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn repository(&self, number: usize) {
        let clone = self.path(&format!("r{number}"));
        let shell = format!(
            "set -e; git init -q -b main {0}; cd {0}; echo {number} > file; git add .; git commit -qm one; \
             git init -q --bare ../o{number}.git; git init -q --bare ../p{number}.git; \
             git remote add origin ../o{number}.git; git remote add production ../p{number}.git; git push -q origin main; \
             git checkout -q -b release/wide; echo two > file; git commit -qam two; git push -q origin release/wide",
            clone.display()
        );
        let made = Command::new("sh").args(["-c", &shell]).envs(identity()).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }

    fn flightdeck(&self, arguments: &[&str]) -> Output {
        let rest = std::env::var("PATH").unwrap();
        let rest = format!("{}:{rest}", self.path("tools").display());
        Command::new(env!("CARGO_BIN_EXE_flightdeck"))
            .args(arguments)
            .current_dir(self.dir.path())
            .env_clear()
            .envs(identity())
            .env("HOME", self.path("home"))
            // only what starts with LC_ reaches a child of the plan
            .env("PATH", format!("{}:{rest}", self.path("bin").display()))
            .env("LC_REST", &rest)
            .env("LC_SPY_LOG", self.path("spy.log"))
            .output()
            .unwrap()
    }

    fn must(&self, arguments: &[&str]) -> (String, Duration) {
        let began = Instant::now();
        let output = self.flightdeck(arguments);
        let took = began.elapsed();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{arguments:?}: {said}{}", String::from_utf8_lossy(&output.stderr));
        (said, took)
    }

    /// How long at least one child ran, and the sum of all of them, since the log was cleared.
    fn children(&self) -> (Duration, Duration, usize) {
        let log = fs::read_to_string(self.path("spy.log")).unwrap_or_default();
        let mut spans: Vec<(u64, u64)> = log
            .lines()
            .filter_map(|line| line.split_once(' ').and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?))))
            .collect();
        spans.sort_unstable();
        let sum = spans.iter().map(|(began, ended)| ended - began).sum();
        let (mut covered, mut until) = (0, 0);
        for (began, ended) in &spans {
            covered += ended.saturating_sub((*began).max(until));
            until = until.max(*ended);
        }
        let _ = fs::remove_file(self.path("spy.log"));
        (Duration::from_nanos(covered), Duration::from_nanos(sum), spans.len())
    }
}

fn identity() -> [(&'static str, &'static str); 7] {
    [
        ("GIT_AUTHOR_NAME", "Ada"),
        ("GIT_AUTHOR_EMAIL", "ada@example.com"),
        ("GIT_COMMITTER_NAME", "Ada"),
        ("GIT_COMMITTER_EMAIL", "ada@example.com"),
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("USER", "ada"),
    ]
}

fn script(path: &Path, text: &str) {
    let text = text.replace("$REST", "$LC_REST").replace("$SPY_LOG", "$LC_SPY_LOG");
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn plan(repos: usize) -> String {
    let mut plan = "schema = 1\n[release]\nid = \"wide\"\ntitle = \"Wide\"\nmode = \"quick\"\n\
                    [owner]\nname = \"Ada\"\nemail = \"ada@example.com\"\n\
                    [flag]\nkey = \"wide\"\nstates = [\"off\", \"on\"]\n\
                    provider = { file = \"flags.json\", pointer = \"/wide\" }\n"
        .to_owned();
    for number in 0..repos {
        let _ = write!(
            plan,
            "[[repo]]\nname = \"r{number}\"\npath = \"r{number}\"\n\
             deploy = {{ push = \"production\" }}\n"
        );
    }
    let mut step = |id: &str, verb: &str| {
        let _ = write!(plan, "[[step]]\nid = \"{id}\"\nstage = \"s\"\ntitle = \"{id}\"\n{verb}\n");
    };
    for number in 0..3 {
        step(&format!("promote{number}"), &format!("promote = {{ repo = \"r{number}\", to = \"staging\" }}"));
    }
    for number in 0..3 {
        step(&format!("deploy{number}"), &format!("deploy = \"r{number}\""));
    }
    for number in 0..4 {
        let mark = format!("mark{number}");
        let verb =
            format!("run = {{ command = [\"step\", \"do\", \"{mark}\"], probe = [\"step\", \"probe\", \"{mark}\"] }}");
        step(&format!("run{number}"), &verb);
    }
    step("on", "flag = \"on\"");
    step("record", "record = { tag = \"shipped\" }");
    plan
}

fn shipped(repos: usize) -> World {
    let world = World::new(repos);
    world.must(&["trust", "--yes"]);
    world.must(&["freeze", "--by", "QA", "--yes"]);
    let digest = digest(&world);
    let _ = world.children();
    let (_, took) = world.must(&["ship", "--yes", "--plan", &digest]);
    let (covered, sum, count) = world.children();
    let own = took.saturating_sub(covered);
    println!(
        "ship, 12 steps, {repos:>3} repos   {:>7} ms in all   {:>7} ms children ({count}, {} ms in sum)   {:>6} ms flightdeck itself = {:.2} of its children",
        took.as_millis(),
        covered.as_millis(),
        sum.as_millis(),
        own.as_millis(),
        own.as_secs_f64() / sum.as_secs_f64()
    );
    world
}

fn digest(world: &World) -> String {
    let (said, _) = world.must(&["plan", "--json"]);
    let plan: serde_json::Value = serde_json::from_str(&said).unwrap();
    plan["plan_digest"].as_str().or_else(|| plan["digest"].as_str()).expect("a digest").to_owned()
}

/// Ships releases of more and more repositories; as a test it only shows that it works.
pub(crate) fn ship(measures: bool) {
    let sizes: &[usize] = if measures { &[3, 12, 50] } else { &[3] };
    for &repos in sizes {
        let world = shipped(repos);
        let (_, took) = world.must(&["status", "--json"]);
        let (covered, sum, count) = world.children();
        println!(
            "again, everything asked, {:>3} repos  {:>5} ms in all   {:>7} ms children ({count}, {} ms in sum: {:.1} side by side)   {:.1} ms a repo",
            world.repos,
            took.as_millis(),
            covered.as_millis(),
            sum.as_millis(),
            sum.as_secs_f64() / covered.as_secs_f64().max(1e-9),
            took.as_secs_f64() * 1e3 / f64::from(u32::try_from(repos).unwrap())
        );
    }
}
