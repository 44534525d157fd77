//! A demo world with its services up, and a real world that looks at it: what every story here starts from.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use flightdeck::demo::serve::{Served, serve};
use flightdeck::demo::{Options, Telling, World as Demo, build};
use flightdeck::plan::{Action, Candidate, Identity, Period, Plan, Probe, Reach, RepoName, Sha, StepId};
use flightdeck::port::process::Order;
use flightdeck::port::real::{RealConfig, RealWorld};
use flightdeck::port::world::{
    Answer, GateJob, Job, Judged, Line, Performed, Prepared, Signal, Tried, Unfit, World as _,
};
use flightdeck::rollout::event::Trace;
use tokio::sync::{mpsc, watch};

use crate::common::daemon::free_port;
use crate::common::scratch::{self, write_program};
use crate::common::waiting::PATIENCE;

/// A registry that takes no second upload, as a script.
const REGISTRY: &str = r#"#!/bin/sh
set -eu
verb=$2 root=$4
name=$(printf '%s' "$6" | tr '/@' '__')-$7
[ ! -e "$root/down" ] || { echo "down for maintenance" >&2; exit 3; }
case $verb in
push)
    [ ! -e "$root/$name" ] || { echo "already published" >&2; exit 4; }
    cp "$8" "$root/$name" ;;
probe)
    [ -e "$root/$name" ] || { echo "not here"; exit 1; }
    if [ -s "$root/stale" ]; then printf x | dd of="$root/seen" conv=notrunc oflag=append 2>/dev/null
        [ "$(wc -c < "$root/seen")" -ge "$(cat "$root/stale")" ] || exit 1; fi
    sha256sum < "$root/$name" | cut -c1-64 ;;
integrity)
    [ -e "$root/$name" ] || exit 1
    printf 'sha256-%s\n' "$(sha256sum < "$root/$name" | cut -c1-64)" ;;
esac
"#;

pub(crate) struct DemoWorld {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) demo: Demo,
    pub(crate) plan: Arc<Plan>,
    pub(crate) world: Arc<RealWorld>,
    pub(crate) candidates: BTreeMap<RepoName, Candidate>,
    served: Option<Served>,
    line: (Line, mpsc::Receiver<Signal>),
}

/// A job's holder: what it tells, and what it is told.
pub(crate) fn orders() -> (watch::Sender<Order>, watch::Receiver<Order>) {
    watch::channel(Order::Run)
}

impl DemoWorld {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = fs::canonicalize(folder.path()).unwrap();
        let program = home.join("registry");
        write_program(&program, REGISTRY);
        let port = free_port();
        let demo = build(&home.join("demo"), &Options { program, port: Some(port), telling: Telling::Sound }).unwrap();
        let served = serve(demo.root(), port).await.unwrap();
        let text = fs::read(demo.release_toml()).unwrap();
        let plan = Arc::new(flightdeck::config::load(&text, "release.toml").unwrap().plan);
        let mut bench = Self {
            world: Arc::new(real(&home, demo.root())),
            folder,
            demo,
            plan,
            candidates: BTreeMap::new(),
            served: Some(served),
            line: {
                let (sender, receiver) = mpsc::channel(1024);
                (Line(sender), receiver)
            },
        };
        bench.freeze().await;
        bench
    }

    pub(crate) async fn freeze(&mut self) {
        for repo in self.plan.repos() {
            let frozen = self.world.candidate(&self.plan, &repo.name).await.unwrap();
            self.candidates.insert(frozen.repo, frozen.candidate);
        }
    }

    pub(crate) fn home(&self) -> PathBuf {
        fs::canonicalize(self.folder.path()).unwrap()
    }

    /// The same plan with its text changed.
    pub(crate) fn replan(&mut self, change: impl FnOnce(String) -> String) {
        let text = change(fs::read_to_string(self.demo.release_toml()).unwrap());
        self.plan = Arc::new(flightdeck::config::load(text.as_bytes(), "release.toml").unwrap().plan);
    }

    pub(crate) fn actions(&self, step: &str) -> Vec<Action> {
        let step = self.plan.step(&step.parse().unwrap()).unwrap();
        self.plan.compile(step, &self.candidates).unwrap()
    }

    pub(crate) fn sha(&self, repo: &str) -> Sha {
        self.candidates[&repo.parse::<RepoName>().unwrap()].sha.clone()
    }

    pub(crate) fn job(&self, step: &str, action: Action) -> Job {
        Job {
            plan: Arc::clone(&self.plan),
            step: step.parse().unwrap(),
            key: action.identity.key(self.plan.id(), 0),
            action,
            attempt: 1,
            artifact: None,
            made: None,
            soak: None,
            tried: Tried::Never,
            line: self.line.0.clone(),
            orders: orders().1,
        }
    }

    /// One action of a step, from 0.
    pub(crate) fn nth(&self, step: &str, nth: usize) -> Job {
        self.job(step, self.actions(step).swap_remove(nth))
    }

    pub(crate) async fn prepare(&self, job: &Job) -> Result<Prepared, Unfit> {
        self.world.prepare(job.clone()).await
    }

    pub(crate) async fn perform(&self, job: &Job) -> Performed {
        let prepared = self.prepare(job).await.unwrap_or_else(|unfit| panic!("{}: {unfit:?}", job.action.title));
        self.world.perform(job.clone(), prepared).await
    }

    /// Asks again, as after a crash.
    pub(crate) async fn probe(&self, job: &Job) -> Answer {
        self.world.probe(Job { tried: Tried::Before, ..job.clone() }).await
    }

    pub(crate) async fn unfit(&self, job: &Job) -> String {
        match self.prepare(job).await {
            Err(unfit) => unfit.why,
            Ok(prepared) => panic!("{}: {prepared:?}", job.action.title),
        }
    }

    pub(crate) async fn judge(&self, step: &str, index: u32, repo: Option<&str>) -> Judged {
        let subject = repo.map(|repo| (repo.parse().unwrap(), self.sha(repo)));
        let (plan, step) = (Arc::clone(&self.plan), step.parse::<StepId>().unwrap());
        self.world
            .judge(GateJob {
                plan,
                step,
                index,
                needs: Vec::new(),
                subject,
                ships: self.candidates.iter().map(|(repo, one)| (repo.clone(), one.ship_sha().clone())).collect(),
                candidates: std::collections::BTreeMap::new(),
                before: None,
                line: self.line.0.clone(),
                orders: orders().1,
            })
            .await
    }

    pub(crate) async fn stop_serving(&mut self) {
        if let Some(Served::Here(server)) = self.served.take() {
            server.stop().await;
        }
    }

    /// The signals so far.
    pub(crate) fn told(&mut self) -> Vec<Signal> {
        std::iter::from_fn(|| self.line.1.try_recv().ok()).collect()
    }

    /// Runs git as the user, in one of the demo's folders.
    pub(crate) fn git(&self, folder: &Path, arguments: &[&str]) -> String {
        let mut command = std::process::Command::new("git");
        command.args(["-c", "user.name=Eve", "-c", "user.email=eve@example.com"]).args(arguments).current_dir(folder);
        command.env_clear().envs(user_env(&self.home()));
        let output = command.output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// A commit on top of a branch, without checking anything out.
    pub(crate) fn commit_on(&self, folder: &Path, branch: &str) -> String {
        let tree = format!("{branch}^{{tree}}");
        let made = self.git(folder, &["commit-tree", &tree, "-p", branch, "-m", "Something else"]);
        self.git(folder, &["update-ref", &format!("refs/heads/{branch}"), &made]);
        made
    }

    pub(crate) fn clone_of(&self, repo: &str) -> PathBuf {
        self.demo.clone_of(repo)
    }

    pub(crate) fn remote_of(&self, repo: &str) -> PathBuf {
        self.demo.root().join("remotes").join(format!("{repo}.git"))
    }

    pub(crate) fn deploy_of(&self, repo: &str) -> PathBuf {
        self.demo.root().join("deploy").join(format!("{repo}.git"))
    }
}

/// An action that runs a shell script at the root.
pub(crate) fn shell(script: &str, probe: Option<&str>) -> Action {
    let command = |text: &str| flightdeck::plan::Command {
        argv: vec!["sh".to_owned(), "-c".to_owned(), text.to_owned()].try_into().unwrap(),
        place: flightdeck::plan::Place::Root,
        secrets: Vec::new(),
    };
    Action {
        identity: Identity::new("run", "shell", script),
        title: script.to_owned(),
        effect: flightdeck::plan::Effect::Run { command: command(script) },
        probe: probe.map_or(Probe::Nothing, |probe| Probe::Command { command: command(probe) }),
        reach: Reach::Reversible,
        limit: Period::seconds(30),
    }
}

/// The user's environment, with a git configuration of their own.
fn user_env(home: &Path) -> BTreeMap<OsString, OsString> {
    let mut env = scratch::variables(home);
    env.insert("GIT_CONFIG_GLOBAL".into(), home.join("gitconfig").into());
    env
}

pub(crate) fn real(home: &Path, root: &Path) -> RealWorld {
    RealWorld::new(RealConfig {
        root: root.to_owned(),
        user_env: user_env(home),
        work: home.join("state/work"),
        outputs: home.join("state/output"),
        steps: home.join("state/steps"),
    })
}

pub(crate) fn evidence(performed: Performed) -> String {
    match performed {
        Performed::Ok { evidence } => evidence.join("; "),
        other => panic!("{other:?}"),
    }
}

pub(crate) fn failure(performed: Performed) -> (Trace, String) {
    match performed {
        Performed::Failed { effect, why, .. } => (effect, why),
        other => panic!("{other:?}"),
    }
}

/// Waits until something is so.
pub(crate) async fn until(what: impl Fn() -> bool) {
    let patient = async {
        while !what() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, patient).await.expect("it never came");
}
