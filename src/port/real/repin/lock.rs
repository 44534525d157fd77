//! Refreshes the lock files by the ecosystems' own tools, in a worktree with the pinned manifests: again while the registry
//! propagates, past every cache of a "no". What is read back decides, not how the tool ended.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::Task;
use super::files::{NotHeld, lock_of, locks_hold, read_in, text_in, write_in};
use crate::plan::lock::{LockFault, is_not_there_yet};
use crate::plan::{Command, PackageVersion, PinTo, Words};
use crate::port::process::{self, End, Environment, Order};
use crate::port::real::command::{end_words, findable};
use crate::port::real::settle::given;
use crate::port::real::tree::Lease;
use crate::port::real::{RealWorld, last_lines, now, off_loop, tell};
use crate::port::registry::{Resolution, Scratch};
use crate::port::repo::Repo;
use crate::port::world::{Job, Unfit};

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// How often a tool that ended well may leave the old version: that isn't the registry's slowness for long.
const WRONG_LOCKS: u32 = 3;

/// How one round of the lock commands went.
pub(super) enum Round {
    /// The lock files hold what they must; these are the proofs.
    Held(Vec<String>),
    /// The registry doesn't show the version to the tool.
    NotThere(String),
    /// The tool was content, but the lock file isn't what it must be.
    Wrong(LockFault),
}

impl RealWorld {
    /// Brings the pinned manifests and their refreshed lock files into the worktree, and says what proves them.
    pub(super) async fn lock(
        &self,
        job: &Job,
        task: Task<'_>,
        lease: &Lease,
        manifests: &BTreeMap<String, String>,
    ) -> Result<Vec<String>, Unfit> {
        let Some(slowest) = task.pins.iter().map(|pin| &pin.package).max_by_key(|package| package.propagates.millis())
        else {
            return Ok(Vec::new());
        };
        let (since, until) = (now(), Instant::now() + slowest.propagates.duration());
        let mut wait = Waiting { world: self, job, since, until, pause: FIRST_PAUSE };
        for package in task.pins.iter().map(|pin| &pin.package) {
            self.until_resolvable(&mut wait, package).await?;
        }
        let mut wrong = 0;
        for round in 1.. {
            let last = match self.lock_round(job, task, lease, manifests, round).await? {
                Round::Held(proofs) => {
                    self.tell_waiting(job, None).await;
                    return Ok(proofs);
                }
                Round::NotThere(last) => last,
                Round::Wrong(fault) => {
                    wrong += 1;
                    if wrong >= WRONG_LOCKS {
                        let why = format!(
                            "{}: the lock command ended well {wrong} times, but {fault}. Run it by hand and see why",
                            task.name
                        );
                        return Err(why.into());
                    }
                    fault.to_string()
                }
            };
            wait.once(slowest, format!("{}'s lock command to find {slowest}", task.name), last).await?;
        }
        Ok(Vec::new())
    }

    /// Waits until a consumer's client resolves a version, where that can be told: the lock command can't before.
    async fn until_resolvable(&self, wait: &mut Waiting<'_>, package: &PackageVersion) -> Result<(), String> {
        if !package.tells_resolvable() {
            return Ok(());
        }
        while let Resolution::NotYet { detail } = self.resolution_of(&wait.job.plan, package).await {
            wait.once(package, format!("consumers to resolve {package}"), detail).await?;
        }
        wait.pause = FIRST_PAUSE;
        Ok(())
    }

    /// Puts the manifests and the lock files into the worktree as they are before a lock command.
    pub(super) async fn restored(
        &self,
        task: Task<'_>,
        lease: &Lease,
        manifests: &BTreeMap<String, String>,
    ) -> Result<(), String> {
        let (tree, base, pins) = (lease.path().to_owned(), task.base.clone(), task.pins.to_vec());
        let texts = manifests.clone();
        off_loop(move || restore(&tree, &base, &pins, &texts)).await?
    }

    /// Runs every lock command once, on files that no earlier round touched.
    pub(super) async fn lock_round(
        &self,
        job: &Job,
        task: Task<'_>,
        lease: &Lease,
        manifests: &BTreeMap<String, String>,
        round: u32,
    ) -> Result<Round, Unfit> {
        self.restored(task, lease, manifests).await?;
        let scratch = Scratch::within(&self.config.work)?;
        for (number, command) in commands(task.pins).into_iter().enumerate() {
            let ready = self.ready_at(command, None, worktree_words(lease), job.action.limit.duration())?;
            let mut launch = ready.launch;
            lease.path().clone_into(&mut launch.cwd);
            findable(&launch)?;
            past_caches(&mut launch.environment, command, round, scratch.path());
            launch.log =
                Some(self.log_file(&format!("{}-{}-{}-lock{round}.{number}", job.step, job.key, job.attempt))?);
            let shown = command.argv.to_string();
            let started = process::start(launch).map_err(|why| format!("{shown} can't be started: {why}"))?;
            tell(&job.line, &job.step, &started.tail).await;
            let ended = started.wait(job.orders.clone()).await;
            match ended.end {
                End::Exited(0) => {}
                End::Exited(_) if is_not_there_yet(&ended.tail, task.pins.iter().map(|pin| &*pin.package.name)) => {
                    return Ok(Round::NotThere(format!("{shown} doesn't find it ({})", end_words(ended.end))));
                }
                End::Exited(_) | End::Signalled(_) | End::TimedOut | End::Cancelled | End::LetGo => {
                    let why = format!("{}: the lock command {shown} failed: {}", task.name, end_words(ended.end));
                    return Err(Unfit { tail: last_lines(&ended.tail), ..Unfit::from(why) });
                }
            }
        }
        let (tree, pins) = (lease.path().to_owned(), task.pins.to_vec());
        match off_loop(move || locks_hold(&pins, &|file| text_in(&tree, file))).await? {
            Ok(proofs) => Ok(Round::Held(proofs)),
            Err(NotHeld::Lock(fault @ (LockFault::OtherVersion { .. } | LockFault::Absent { .. }))) => {
                Ok(Round::Wrong(fault))
            }
            Err(why) => Err(format!("{}: {why}", task.name).into()),
        }
    }
}

/// Waiting that is told, bounded, and ended by an order.
struct Waiting<'a> {
    world: &'a RealWorld,
    job: &'a Job,
    since: crate::rollout::Millis,
    until: Instant,
    pause: Duration,
}

impl Waiting<'_> {
    async fn once(&mut self, package: &PackageVersion, what: String, last: String) -> Result<(), String> {
        if Instant::now() + self.pause > self.until {
            return Err(format!("waited {} for {what}, in vain; last: {last}", package.propagates));
        }
        self.world.tell_propagating(self.job, package, what, self.since, last).await;
        let mut orders = self.job.orders.clone();
        tokio::select! {
            () = sleep(self.pause) => {}
            order = given(&mut orders) => return match order {
                Order::Run => Ok(()),
                Order::Cancel | Order::LetGo => Err("waiting for the registry was cancelled".to_owned()),
            },
        }
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        Ok(())
    }
}

fn worktree_words(lease: &Lease) -> Words {
    Words::default().with("worktree", lease.path().to_string_lossy())
}

/// Every lock command, once.
fn commands(pins: &[PinTo]) -> Vec<&Command> {
    let mut commands: Vec<&Command> = Vec::new();
    for command in pins.iter().filter_map(|pin| pin.lock.as_ref()) {
        if !commands.contains(&command) {
            commands.push(command);
        }
    }
    commands
}

/// The manifests pinned, the lock files as they were frozen.
fn restore(
    tree: &Path,
    base: &crate::plan::Sha,
    pins: &[PinTo],
    manifests: &BTreeMap<String, String>,
) -> Result<(), String> {
    let repo = Repo::open(tree).map_err(|why| why.to_string())?;
    for pin in pins {
        let Some(file) = lock_of(pin, &|file| !matches!(read_in(tree, file), Ok(None)))? else { continue };
        let was = repo.blob_at(base, &file).map_err(|why| why.to_string())?;
        write_in(tree, &file, was.as_deref())?;
    }
    manifests.iter().try_for_each(|(file, text)| write_in(tree, file, Some(text.as_bytes())))
}

/// What makes the tools ask again what they were told before. A cache of the user's may hold an old "no": from the second
/// round on, tools that have no word for asking again get an empty one.
fn past_caches(environment: &mut Environment, command: &Command, round: u32, scratch: &Path) {
    environment.set("npm_config_prefer_online", "true");
    environment.set("PIP_NO_CACHE_DIR", "1");
    // on a build machine these refuse to write a lock file at all
    environment.set("YARN_ENABLE_IMMUTABLE_INSTALLS", "false");
    environment.set("BUNDLE_FROZEN", "false");
    if round == 1 {
        return;
    }
    environment.set("UV_NO_CACHE", "1");
    environment.set("POETRY_CACHE_DIR", scratch.join("poetry"));
    environment.set("BUNDLE_USER_CACHE", scratch.join("bundle"));
    let program =
        command.argv.as_written().first().map(|program| program.rsplit('/').next().unwrap_or(program).to_owned());
    // others complain of settings that they don't know
    if program.as_deref() == Some("pnpm") {
        environment.set("npm_config_cache_dir", scratch.join("pnpm"));
    }
}
