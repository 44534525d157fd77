//! Asks registries for versions, by their protocol or by the plan's own commands, and compares what they show with what we
//! built. What can't be asked is unknown, never absent.

use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::watch;
use tokio::time::Instant;

use super::command::{end_words, first_line, last_line};
use super::tree::Use;
use super::{ASK_PATIENCE, RealWorld};
use crate::plan::{Argv, Asking, Command, Digest, PackageVersion, Place, Plan, RegistryKind, Words};
use crate::port::process::{self, End, Ended, Order};
use crate::port::registry::{self, Asked, Client, File, Hash, Index, Resolution, Said, Scratch, Version, Where};
use crate::rollout::event::Finding;
use crate::rollout::observed::PackageState;

/// The longest artefact that is fetched to compare its digest.
const LARGEST: usize = 512 * 1024 * 1024;
/// How long it is believed where a client resolves.
const LOCATED: Duration = Duration::from_secs(60);
/// A large artefact takes its time.
const FETCHING: Duration = Duration::from_secs(120);

impl RealWorld {
    /// What the registry says of a version.
    pub(super) async fn said_of(&self, plan: &Plan, package: &PackageVersion) -> Said {
        let asked = Asked { name: &package.name, version: &package.version };
        match &package.asking {
            Asking::Command { probe, .. } => {
                match self.ask_command(plan, probe, Words::default(), ASK_PATIENCE).await {
                    Ok(ended) => of_probe(&ended),
                    Err(why) => Said::Unknown { why },
                }
            }
            Asking::Index { kind, .. } => match self.located(plan, package).await {
                Ok((protocol, index, client)) => protocol.version(&self.http, &client, &index, asked).await,
                Err(why) => Said::Unknown { why: format!("where {} packages are read from: {why}", kind.word()) },
            },
        }
    }

    /// Whether a consumer's own client resolves a version.
    pub(super) async fn resolution_of(&self, plan: &Plan, package: &PackageVersion) -> Resolution {
        let asked = Asked { name: &package.name, version: &package.version };
        match &package.asking {
            Asking::Command { resolve: Some(resolve), .. } => {
                match self.ask_command(plan, resolve, Words::default(), ASK_PATIENCE).await {
                    Ok(ended) => of_resolve(&ended),
                    Err(why) => Resolution::Unknown { why },
                }
            }
            Asking::Command { resolve: None, .. } => {
                Resolution::Unknown { why: "the plan names no `resolve` command".to_owned() }
            }
            Asking::Index { .. } => match self.located(plan, package).await {
                Ok((protocol, index, client)) => protocol.resolve(&client, &index, asked).await,
                Err(why) => Resolution::Unknown { why },
            },
        }
    }

    /// A version's protocol, where it is read from, and the client that was asked.
    pub(super) async fn located<'a>(
        &'a self,
        plan: &'a Plan,
        package: &'a PackageVersion,
    ) -> Result<(&'static dyn registry::Protocol, Index, ProjectClient<'a>), String> {
        let Asking::Index { kind, index, place, secrets } = &package.asking else {
            return Err("the registry is asked by its own commands".to_owned());
        };
        let protocol = protocol_of(*kind)?;
        let client = ProjectClient { world: self, plan, place, secrets };
        let index = match index {
            Some(index) => Index::At(index.clone()),
            None => self.index_of(&client, protocol, (*kind, &package.name, place)).await?,
        };
        Ok((protocol, index, client))
    }

    /// Where the client resolves a package; asked once in a while, since it takes a child or two and seldom changes.
    async fn index_of(
        &self,
        client: &ProjectClient<'_>,
        protocol: &dyn registry::Protocol,
        (kind, name, place): (RegistryKind, &str, &Place),
    ) -> Result<Index, String> {
        let of = (kind, name.to_owned(), place.clone());
        let known = self.indexes.lock().await.get(&of).filter(|(at, _)| at.elapsed() < LOCATED).cloned();
        if let Some((_, index)) = known {
            return Ok(index);
        }
        let index = protocol.locate(client, name).await?;
        self.indexes.lock().await.insert(of, (Instant::now(), index.clone()));
        Ok(index)
    }

    /// Whether a version, or one file of it, is there and ours.
    pub(super) async fn package_finding(
        &self,
        plan: &Plan,
        package: &PackageVersion,
        file: Option<&str>,
        ours: Option<&Digest>,
    ) -> Finding {
        let version = match self.said_of(plan, package).await {
            Said::Absent { detail } => return Finding::Absent { detail },
            Said::There(version) => version,
            Said::Limited { why, .. } => return Finding::Unknown { why: format!("the registry is busy: {why}") },
            Said::Unavailable { why } => {
                return Finding::Unknown { why: format!("the registry is unavailable: {why}") };
            }
            Said::Unknown { why } => return Finding::Unknown { why },
        };
        if let Some(why) = &version.withdrawn {
            return Finding::Conflict { detail: withdrawn(package, why) };
        }
        let found = match file {
            Some(name) => {
                let Some(file) = version.files.iter().find(|file| is_called(file, name)) else {
                    let there: Vec<&str> = version.files.iter().map(|file| file.name.as_str()).collect();
                    return Finding::Absent { detail: format!("{name} isn't among its files: {}", there.join(", ")) };
                };
                Some(file)
            }
            None => version.files.first(),
        };
        match (found, ours) {
            (_, None) => {
                let digest = found.and_then(sha256).map(|digest| format!(" with sha256 {digest}"));
                let digest = digest.unwrap_or_default();
                Finding::Present { evidence: format!("the registry shows {package}{digest}; digest not compared") }
            }
            (None, Some(_)) => {
                Finding::Unknown { why: format!("the registry has {package}, but shows no digest to compare") }
            }
            (Some(found), Some(ours)) => self.compared(package, found, ours).await,
        }
    }

    async fn compared(&self, package: &PackageVersion, found: &File, ours: &Digest) -> Finding {
        let shown = match sha256(found) {
            Some(shown) => Ok(shown.clone()),
            None => self.computed(found, ours).await,
        };
        match shown {
            Ok(shown) if shown == *ours => {
                Finding::Present { evidence: format!("the registry shows our artefact of {package}, sha256 {shown}") }
            }
            Ok(shown) => Finding::Conflict { detail: format!("the registry shows sha256 {shown}, but ours is {ours}") },
            Err(why) => Finding::Unknown { why: format!("the registry has {package}, but {why}") },
        }
    }

    /// The SHA-256 of a file whose registry shows another digest, or none: from the artefact that is kept here, or from the
    /// registry's bytes.
    async fn computed(&self, found: &File, ours: &Digest) -> Result<Digest, String> {
        if let Some(shown) = sha512(found)
            && let Some(kept) = self.kept_sha512(ours).await
            && kept == *shown
        {
            return Ok(ours.clone());
        }
        let Some(url) = &found.url else { return Err("no digest of it is shown that could be compared".to_owned()) };
        let answer = self.http.get_up_to(url, FETCHING, LARGEST).await;
        let answer = answer.map_err(|fault| format!("its file can't be fetched: {fault}"))?;
        if answer.status == 200 {
            Ok(Digest::of(&answer.body))
        } else {
            Err(format!("its file can't be fetched: its address answers {}", answer.status))
        }
    }

    /// A SHA-512 that the registry shows and that none of our artefacts has. Without all of them here nothing can be said.
    async fn foreign_sha512(&self, version: &Version, ours: &[Digest]) -> Option<String> {
        let shown: Vec<&String> =
            version.files.iter().filter(|file| sha256(file).is_none()).filter_map(sha512).collect();
        if shown.is_empty() || ours.is_empty() {
            return None;
        }
        let mut kept = Vec::new();
        for digest in ours {
            kept.push(self.kept_sha512(digest).await?);
        }
        shown.into_iter().find(|shown| !kept.contains(shown)).cloned()
    }

    /// Where a version stands, for the grid.
    pub(super) async fn package_state(
        &self,
        plan: &Plan,
        package: &PackageVersion,
        files: &[String],
        ours: &[Digest],
    ) -> Result<PackageState, String> {
        let version = match self.said_of(plan, package).await {
            Said::Absent { .. } => return Ok(PackageState::Absent),
            Said::There(version) => version,
            Said::Limited { why, .. } => return Err(format!("the registry is busy: {why}")),
            Said::Unavailable { why } => return Ok(PackageState::Unavailable { why }),
            Said::Unknown { why } => return Err(why),
        };
        if let Some(why) = version.withdrawn {
            return Ok(PackageState::Withdrawn { why });
        }
        let foreign = |file: &&File| sha256(file).is_some_and(|shown| !ours.is_empty() && !ours.contains(shown));
        if let Some(other) = version.files.iter().find(foreign).and_then(sha256) {
            return Ok(PackageState::Conflict { found: other.to_string() });
        }
        if let Some(other) = self.foreign_sha512(&version, ours).await {
            return Ok(PackageState::Conflict { found: other });
        }
        let have = files.iter().filter(|name| version.files.iter().any(|file| is_called(file, name))).count();
        if have < files.len() {
            let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
            return Ok(PackageState::Partial { have: count(have), of: count(files.len()) });
        }
        let digest = version.files.first().and_then(sha256).map(ToString::to_string);
        let undigested = digest.is_none() && !ours.is_empty();
        match (&package.asking, undigested) {
            (Asking::Command { .. }, true) => {
                Err("the version is there, but the registry shows no digest to compare".to_owned())
            }
            (Asking::Command { .. } | Asking::Index { .. }, _) => Ok(PackageState::Live { digest }),
        }
    }
}

/// The SHA-512 that a registry shows of a file, if it shows no other.
fn sha512(file: &File) -> Option<&String> {
    file.digests.iter().find_map(|digest| match digest {
        Hash::Sha512(digits) => Some(digits),
        Hash::Sha256(_) => None,
    })
}

fn protocol_of(kind: RegistryKind) -> Result<&'static dyn registry::Protocol, String> {
    registry::protocol(kind).ok_or_else(|| format!("a {} registry speaks no protocol of its own", kind.word()))
}

/// What to do about a version that was withdrawn: nothing is ever un-yanked.
fn withdrawn(package: &PackageVersion, why: &str) -> String {
    format!("{package} is withdrawn ({why}): version yanked: bump and freeze again")
}

fn sha256(file: &File) -> Option<&Digest> {
    file.digests.iter().find_map(|digest| match digest {
        Hash::Sha256(digest) => Some(digest),
        Hash::Sha512(_) => None,
    })
}

/// Whether a listed file is the one meant: registries normalise what stands before the version (PEP 503, PEP 625).
fn is_called(file: &File, name: &str) -> bool {
    let plain = |name: &str| name.to_ascii_lowercase().replace(['-', '.'], "_");
    file.name == name || plain(&file.name) == plain(name)
}

/// Exit 0 present, with the digest on the first line; 1 absent; anything else unknown.
fn of_probe(ended: &Ended) -> Said {
    let line = last_line(&ended.tail);
    match ended.end {
        End::Exited(0) => {
            let digest = first_line(ended).to_ascii_lowercase().parse::<Digest>().ok();
            let file = |digest| File { name: String::new(), digests: vec![Hash::Sha256(digest)], url: None };
            Said::There(Version { files: digest.map(file).into_iter().collect(), withdrawn: None })
        }
        End::Exited(1) if line.is_empty() => Said::Absent { detail: "the probe says absent".to_owned() },
        End::Exited(1) => Said::Absent { detail: format!("the probe says absent: {line}") },
        End::Exited(_) | End::Signalled(_) | End::TimedOut | End::Cancelled | End::LetGo => {
            Said::Unknown { why: format!("the probe can't tell ({}): {line}", end_words(ended.end)) }
        }
    }
}

fn of_resolve(ended: &Ended) -> Resolution {
    let line = last_line(&ended.tail).to_owned();
    match ended.end {
        End::Exited(0) => Resolution::Resolved { evidence: line },
        End::Exited(1) => Resolution::NotYet { detail: line },
        End::Exited(_) | End::Signalled(_) | End::TimedOut | End::Cancelled | End::LetGo => {
            Resolution::Unknown { why: format!("{}: {line}", end_words(ended.end)) }
        }
    }
}

/// An ecosystem's client, asked where a package is developed.
pub(super) struct ProjectClient<'a> {
    world: &'a RealWorld,
    plan: &'a Plan,
    place: &'a Place,
    secrets: &'a [String],
}

impl Client for ProjectClient<'_> {
    fn ask<'a>(
        &'a self,
        argv: &'a [&'a str],
        variables: &'a [(&'a str, &'a str)],
        place: Where<'a>,
    ) -> BoxFuture<'a, Result<Ended, String>> {
        Box::pin(self.asked(argv, variables, place))
    }

    fn scratch(&self) -> Result<Scratch, String> {
        Scratch::within(&self.world.config.work)
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.world.config.user_env.get(std::ffi::OsStr::new(name))?.to_str().map(str::to_owned)
    }
}

impl ProjectClient<'_> {
    async fn asked(&self, argv: &[&str], variables: &[(&str, &str)], place: Where<'_>) -> Result<Ended, String> {
        let written: Vec<String> = argv.iter().map(|&argument| argument.to_owned()).collect();
        let argv = Argv::try_from(written).map_err(|error| error.to_string())?;
        let at = match place {
            Where::Project => self.place.clone(),
            Where::Scratch(_) => Place::Root,
        };
        let command = Command { argv, place: at, secrets: self.secrets.to_vec() };
        let ready = self.world.ready_command(self.plan, &command, Use::Ask, Words::default(), ASK_PATIENCE).await?;
        let mut launch = ready.launch;
        for (name, value) in variables {
            launch.environment.set(*name, *value);
        }
        if let Where::Scratch(scratch) = place {
            scratch.path().clone_into(&mut launch.cwd);
        }
        launch.capture = Some(1024 * 1024);
        let ended = process::run(launch, watch::channel(Order::Run).1).await.map_err(|why| why.to_string());
        drop(ready.lease);
        ended
    }
}
