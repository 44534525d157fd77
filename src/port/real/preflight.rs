//! Asks now what later steps will need, side by side, and changes nothing: what can't be told isn't there, and what can't be
//! asked at all says so.

use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::StreamExt as _;

use super::command::{findable, last_line};
use super::flag::Way;
use super::local::Target;
use super::settle::given;
use super::tree::Use;
use super::{HTTP_PATIENCE, RealWorld, now, off_loop, repo_of};
use crate::plan::need::{Need, Publisher, Wanted};
use crate::plan::{Asking, Command, PackageVersion, Place as At, Plan, RegistryKind, RepoName, Sha, Words};
use crate::port::disk;
use crate::port::git::{FullRef, Place, PushOutcome, PushRun};
use crate::port::process::End;
use crate::port::registry::{Client as _, Said, Where};
use crate::port::world::{Checked, Frozen, GateJob, Judged, SIDE_BY_SIDE, Supply};
use crate::rollout::event::Finding;

/// A release makes worktrees, artefacts and outputs; with less than this it breaks off somewhere.
const LEAST_ROOM: u64 = 512 * 1024 * 1024;
/// A token's time and a soak's end are told by the clock: further off than this they are wrong.
const OFF: u64 = 2 * 60 * 1000;
/// How long an ecosystem's client may take to say who it is.
const TOOL: Duration = Duration::from_secs(30);

impl RealWorld {
    /// `{ preflight = true }`: everything that this and later steps need is there.
    pub(super) async fn preflight_gate(&self, job: &GateJob) -> Result<Judged, String> {
        let ask = |(need, frozen)| async move { (need, self.supplied(&job.plan, need, frozen).await) };
        let asked: Vec<_> = job.needs.iter().map(|(need, frozen)| ask((need, frozen))).collect();
        let checks = futures_util::stream::iter(asked);
        let mut orders = job.orders.clone();
        let checked: Vec<(&Need, Checked)> = tokio::select! {
            checked = checks.buffered(SIDE_BY_SIDE).collect() => checked,
            _ = given(&mut orders) => return Err("asking was cancelled".to_owned()),
        };
        let mut lacking = checked.iter().filter(|(_, checked)| !checked.supply.suffices());
        let Some((need, first)) = lacking.next() else {
            let unasked = checked.iter().filter(|(_, checked)| checked.supply == Supply::Unaskable).count();
            let unasked = if unasked == 0 { String::new() } else { format!("; {unasked} can't be asked beforehand") };
            return Ok(Judged { holds: true, detail: format!("{} needs looked at{unasked}", checked.len()) });
        };
        let more = lacking.count();
        let more =
            if more == 0 { String::new() } else { format!("; and {more} more: `flightdeck preflight` lists them") };
        let repo = need.what.repo().map(|repo| format!("{repo}: ")).unwrap_or_default();
        Ok(Judged { holds: false, detail: format!("{repo}{}: {}{more}", need.what, first.detail) })
    }

    /// Whether one need is there.
    pub(super) async fn supplied(&self, plan: &Plan, need: &Need, frozen: &Frozen) -> Checked {
        match &need.what {
            Wanted::Tool { program, place } => self.tool(plan, program, place).await,
            Wanted::Secret { name, .. } | Wanted::Variable { name } => self.secret(name),
            Wanted::Provider => self.provider(plan).await,
            Wanted::Version { package, by, .. } => self.version(plan, package, *by, frozen).await,
            Wanted::Credentials { package, .. } => self.credentials(plan, package).await,
            Wanted::Standing { repo, sha } => match self.standing(plan, repo, sha).await {
                Ok(seen) => Checked::there(seen.join(", ")),
                Err(why) => Checked::missing(why),
            },
            Wanted::FastForward { repo, remote: None, branch, sha } => {
                match self.local_forward(plan, repo, branch, sha).await {
                    Ok(seen) => Checked::there(seen),
                    Err(why) => Checked::missing(why),
                }
            }
            Wanted::FastForward { repo, remote: Some(remote), branch, sha } => {
                self.remote_forward(plan, repo, Target { remote, branch }, sha).await
            }
            Wanted::Push { repo, remote, branch, sha } => {
                self.pushable(plan, repo, Target { remote, branch }, sha).await
            }
            Wanted::FlagPush { .. } => {
                let pushable = self.flag_pushable(plan, Way::Forth).await;
                pushable.unwrap_or_else(|| Checked::unknown("the flag isn't pushed anywhere"))
            }
            Wanted::Disk { repo } => self.room(plan, repo.as_ref()).await,
            Wanted::Clock { address: Some(address) } => self.clock(address).await,
            Wanted::Clock { address: None } => Checked::unaskable("nothing that this plan asks tells the time"),
            Wanted::Rate { kind, versions, .. } => Checked::there(rate(*kind, *versions)),
            Wanted::Untold { why } => Checked::unknown(why.clone()),
        }
    }

    async fn tool(&self, plan: &Plan, program: &str, place: &At) -> Checked {
        let argv = match vec![program.to_owned()].try_into() {
            Ok(argv) => argv,
            Err(error) => return Checked::missing(format!("{program}: {error}")),
        };
        // its secrets are asked for by themselves
        let command = Command { argv, place: place.clone(), secrets: Vec::new() };
        let words = Words::default().with("artifact", "").with("context", "").with("flag.state", "");
        match self.ready_command(plan, &command, Use::Ask, words, TOOL).await {
            Ok(ready) => match findable(&ready.launch) {
                Ok(()) => Checked::there("it can be started"),
                Err(why) => Checked::missing(why),
            },
            Err(why) => Checked::unknown(why),
        }
    }

    fn secret(&self, name: &str) -> Checked {
        match self.config.user_env.get(std::ffi::OsStr::new(name)) {
            Some(value) if !value.is_empty() => Checked::there("it is set"),
            Some(_) => Checked::missing(format!("{name} is empty: export its value")),
            None => Checked::missing(format!("{name} isn't set: export it")),
        }
    }

    async fn provider(&self, plan: &Plan) -> Checked {
        match self.flag_unreadable(plan).await {
            Some(why) => Checked::missing(why),
            None => Checked::there("it answers, and the flag can be read there"),
        }
    }

    async fn version(&self, plan: &Plan, package: &PackageVersion, by: Publisher, frozen: &Frozen) -> Checked {
        let version = match self.said_of(plan, package).await {
            Said::Absent { .. } => return Checked::there("the registry answers, and nobody has taken it"),
            Said::There(version) => version,
            Said::Limited { why, .. } => return Checked::unknown(format!("the registry is busy: {why}: ask later")),
            Said::Unavailable { why } => {
                return Checked::unknown(format!("the registry is unavailable: {why}: wait until it answers"));
            }
            Said::Unknown { why } => return Checked::unknown(why),
        };
        if let Some(why) = version.withdrawn {
            return Checked::missing(format!("the version is withdrawn ({why}): bump it and freeze again"));
        }
        if by == Publisher::Others {
            return Checked::there("it is there already");
        }
        for ours in &frozen.artifacts {
            if let Finding::Present { evidence } = self.package_finding(plan, package, None, Some(ours)).await {
                return Checked::there(format!("it is live, and ours: {evidence}"));
            }
        }
        Checked::missing("the version is taken: bump it and freeze again, or accept it when its step finds it")
    }

    async fn credentials(&self, plan: &Plan, package: &PackageVersion) -> Checked {
        if let Asking::Command { .. } = package.asking {
            return Checked::unaskable("the plan's own commands say nothing of credentials");
        }
        let (protocol, index, client) = match self.located(plan, package).await {
            Ok(located) => located,
            Err(why) => return Checked::unknown(why),
        };
        let Some(argv) = protocol.credentials(&index) else {
            return Checked::unaskable("its client has no question that only accepted credentials answer");
        };
        let words: Vec<&str> = argv.iter().map(String::as_str).collect();
        let line = argv.join(" ");
        match client.ask(&words, &[], Where::Project).await {
            Ok(ended) if ended.end == End::Exited(0) => {
                Checked::there(format!("`{line}` says {}", last_line(&ended.tail)))
            }
            Ok(ended) => Checked::missing(format!("`{line}` fails: {}: log in there", last_line(&ended.tail))),
            Err(why) => Checked::unknown(format!("`{line}` can't be asked: {why}")),
        }
    }

    async fn remote_forward(&self, plan: &Plan, repo: &RepoName, target: Target<'_>, sha: &Sha) -> Checked {
        if let Err(why) = self.at_remote(plan, repo, target.remote, FullRef::branch(target.branch)).await {
            return Checked::unknown(why);
        }
        match self.forward(plan, repo, target, sha).await {
            Ok(seen) => Checked::there(seen),
            Err(why) => Checked::missing(why),
        }
    }

    async fn pushable(&self, plan: &Plan, name: &RepoName, target: Target<'_>, sha: &Sha) -> Checked {
        let Target { remote, branch } = target;
        if let Err(why) = self.addresses(plan, name, remote).await {
            return Checked::missing(why);
        }
        let (repo, to) = match (repo_of(plan, name), FullRef::branch(branch)) {
            (Ok(repo), Ok(to)) => (repo, to),
            (Err(why), _) => return Checked::unknown(why),
            (_, Err(error)) => return Checked::unknown(error.to_string()),
        };
        let place = Place::WorkTree(self.folder_of(repo));
        match self.git.push(&place, remote, sha, &to, PushRun::Dry).await {
            PushOutcome::Updated => Checked::there("it would be taken; its hooks are asked only by a real push"),
            PushOutcome::UpToDate => Checked::there("it is there already"),
            PushOutcome::Rejected { reason } if reason.trim_start().starts_with("[rejected]") => {
                Checked::missing(format!("{}: merge what is there, then freeze again", first_lines(&reason, 1)))
            }
            PushOutcome::Rejected { reason } => {
                Checked::missing(format!("{}: see to your rights there", first_lines(&reason, 2)))
            }
            PushOutcome::Unknown { why } => Checked::unknown(first_lines(&why, 2)),
        }
    }

    async fn room(&self, plan: &Plan, repo: Option<&RepoName>) -> Checked {
        let folder = match repo.map(|name| repo_of(plan, name)).transpose() {
            Ok(Some(repo)) => self.folder_of(repo),
            Ok(None) => self.config.work.clone(),
            Err(why) => return Checked::unknown(why),
        };
        let shown = folder.clone();
        let asked = off_loop(move || disk::free_bytes(&nearest(&folder))).await;
        match asked {
            Ok(Ok(free)) if free >= LEAST_ROOM => Checked::there(format!("{} MiB are free", free / 1024 / 1024)),
            Ok(Ok(free)) => Checked::missing(format!(
                "only {} MiB are free at {}: make room for {} MiB",
                free / 1024 / 1024,
                shown.display(),
                LEAST_ROOM / 1024 / 1024
            )),
            Ok(Err(error)) => Checked::unknown(format!("{}: {error}", shown.display())),
            Err(why) => Checked::unknown(why),
        }
    }

    async fn clock(&self, address: &str) -> Checked {
        let told = self.http.date_of(address.strip_prefix("sparse+").unwrap_or(address), HTTP_PATIENCE).await;
        let ours = now();
        match told {
            Ok(Some(theirs)) => {
                let off = ours.abs_diff(theirs);
                let (seconds, way) = (off / 1000, if ours > theirs { "ahead of" } else { "behind" });
                if off > OFF {
                    Checked::missing(format!("it is {seconds} s {way} {address}: set it"))
                } else {
                    Checked::there(format!("it agrees with {address}"))
                }
            }
            Ok(None) => Checked::unaskable(format!("{address} doesn't tell the time")),
            // that something isn't up yet is said where it is needed
            Err(fault) => Checked::unaskable(format!("{address} can't be asked for the time: {fault}")),
        }
    }
}

/// The first lines of a text that say something, as one.
fn first_lines(text: &str, most: usize) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).take(most).collect();
    lines.join(": ")
}

/// The folder itself, or the nearest one above it that is there.
fn nearest(folder: &Path) -> PathBuf {
    folder.ancestors().find(|folder| folder.exists()).unwrap_or(folder).to_path_buf()
}

/// What is published of a registry's limits; a private one may have others.
fn rate(kind: RegistryKind, versions: usize) -> String {
    match kind {
        RegistryKind::Cargo if versions > 5 => {
            "the public registry takes 5 new crates, then 1 every 10 minutes, and 30 updates, then 1 a minute: plan for the wait"
        }
        RegistryKind::Cargo => "the public registry takes 5 new crates, then 1 every 10 minutes, and 30 updates at once",
        RegistryKind::RubyGems => "the public registry takes 400 pushes an hour",
        RegistryKind::PyPi | RegistryKind::Npm | RegistryKind::Generic => {
            "its limits aren't published: where it says later, that is waited for"
        }
    }
    .to_owned()
}
