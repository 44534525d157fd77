//! When the world is looked at: what changed at once, everything else at a decent rhythm, a few looks at a time.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use tokio::task::{Id, JoinSet};
use tokio::time::{Duration, Instant};

use super::run::Engine;
use super::state::Weight;
use crate::plan::{Plan, RepoName, SeamId};
use crate::port::world::{Frozen, Look, Sight, World};
use crate::rollout::observed::{LocalSeen, Seen};

/// Looks queue in lanes, so that a remote that doesn't answer or a large work tree keeps no branch waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lane {
    /// A few small files.
    Heads,
    /// The slow part of what lies on this machine.
    Trees,
    /// Files of commits, read and compared.
    Seams,
    /// Whatever is asked of others.
    Asks,
}

impl Lane {
    fn of(look: &Look) -> Self {
        match look {
            Look::Local(_) => Self::Heads,
            Look::Dirty(_) => Self::Trees,
            Look::Seam(_) => Self::Seams,
            Look::Flag
            | Look::Remote(_)
            | Look::Target(..)
            | Look::Package(_)
            | Look::Deployed(_)
            | Look::FlagOf(_) => Self::Asks,
        }
    }

    /// How many looks are under way at once.
    fn width(self) -> usize {
        match self {
            Self::Heads | Self::Asks => 8,
            Self::Trees | Self::Seams => 2,
        }
    }

    /// After which time a look no longer keeps its lane busy: it hangs, and the others go past it.
    fn passed_after(self) -> Duration {
        match self {
            Self::Heads => Duration::from_secs(1),
            Self::Trees | Self::Seams => Duration::from_secs(5),
            Self::Asks => Duration::from_secs(60),
        }
    }
}

/// The looks that are due, under way, and coming.
#[derive(Debug)]
pub(super) struct Looks {
    /// Due now. The order of [`Look`] is the order of importance: branches first, registries last.
    due: BTreeSet<Look>,
    /// Each since when.
    under_way: BTreeMap<Look, Instant>,
    /// Due again as soon as the one under way has ended: something changed meanwhile.
    again: BTreeSet<Look>,
    coming: BTreeMap<Look, Instant>,
    /// Clones of which no file event tells.
    unheard: BTreeSet<RepoName>,
    tasks: JoinSet<Sight>,
    ids: HashMap<Id, Look>,
    /// What has answered or failed at least once.
    made: BTreeSet<Look>,
    began: Instant,
}

/// How long an action waits for what was never looked at: what hangs is unknown, and keeps nothing for ever.
const ROUND: Duration = Duration::from_secs(15);

/// Whether a look had an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Something,
    Nothing,
}

impl Told {
    fn by<T>(seen: &Seen<T>) -> Self {
        if seen.value.is_some() { Self::Something } else { Self::Nothing }
    }
}

/// What can be looked at under a plan.
fn everything(plan: &Plan) -> Vec<Look> {
    let mut looks = Vec::new();
    if plan.document().flag.is_some() {
        looks.push(Look::Flag);
    }
    for repo in plan.repos() {
        let name = || repo.name.clone();
        looks.extend([Look::Local(name()), Look::Dirty(name()), Look::Remote(name())]);
        looks.extend(plan.other_remotes(&repo.name).into_iter().map(|remote| Look::Target(name(), remote)));
        let reports = repo.reports.clone().unwrap_or_default();
        let script = matches!(repo.deploy, Some(crate::plan::Deployment::Script { .. }));
        if repo.deploy.is_some() || script {
            looks.push(Look::Deployed(name()));
        }
        if reports.flag.is_some() {
            looks.push(Look::FlagOf(name()));
        }
        if repo.publish.is_some() {
            looks.push(Look::Package(name()));
        }
    }
    looks.extend(plan.document().seam.iter().map(|seam| Look::Seam(seam.id.clone())));
    looks
}

fn is_about(plan: &Plan, id: &SeamId, repo: &RepoName) -> bool {
    plan.document().seam.iter().any(|seam| seam.id == *id && seam.repos().contains(repo))
}

/// How often that is looked at of which file events should tell, but don't.
const UNHEARD: Duration = Duration::from_secs(20);

/// The time after which a look is made again by itself; none where a file event tells.
fn rhythm(look: &Look) -> Option<Duration> {
    match look {
        Look::Local(_) | Look::Seam(_) => None,
        Look::Flag => Some(Duration::from_secs(5)),
        Look::Deployed(_) | Look::FlagOf(_) => Some(Duration::from_secs(10)),
        Look::Dirty(_) | Look::Remote(_) | Look::Target(..) => Some(Duration::from_secs(20)),
        Look::Package(_) => Some(Duration::from_secs(30)),
    }
}

impl Looks {
    pub(super) fn new(plan: &Plan) -> Self {
        Self {
            due: everything(plan).into_iter().collect(),
            under_way: BTreeMap::new(),
            again: BTreeSet::new(),
            coming: BTreeMap::new(),
            unheard: BTreeSet::new(),
            tasks: JoinSet::new(),
            ids: HashMap::new(),
            made: BTreeSet::new(),
            began: Instant::now(),
        }
    }

    /// Whether everything that is asked of others was asked once, as far as it answers in time.
    pub(super) fn have_been_round(&self, plan: &Plan) -> bool {
        self.began.elapsed() > ROUND
            || everything(plan).iter().all(|look| !look.needs_trust() || self.made.contains(look))
    }

    /// When actions no longer wait for what was never looked at.
    pub(super) fn round_ends(&self) -> Instant {
        self.began + ROUND
    }

    /// Everything is looked at again.
    pub(super) fn all(&mut self, plan: &Plan) {
        for look in everything(plan) {
            self.soon(look);
        }
    }

    /// One thing is looked at as soon as may be.
    pub(super) fn soon(&mut self, look: Look) {
        self.coming.remove(&look);
        if self.under_way.contains_key(&look) {
            self.again.insert(look);
        } else {
            self.due.insert(look);
        }
    }

    /// The clone and its work tree are looked at again: a file event told of a change.
    pub(super) fn local(&mut self, repo: &RepoName) {
        self.soon(Look::Local(repo.clone()));
        self.soon(Look::Dirty(repo.clone()));
    }

    /// Everything about one repository is looked at again.
    pub(super) fn repo(&mut self, plan: &Plan, repo: &RepoName) {
        for look in everything(plan) {
            let is_its_seam = matches!(&look, Look::Seam(id) if is_about(plan, id, repo));
            if look.repo() == Some(repo) || is_its_seam {
                self.soon(look);
            }
        }
    }

    /// The seams of a repository are looked at again: its commits are others.
    pub(super) fn seams(&mut self, plan: &Plan, repo: &RepoName) {
        for seam in plan.document().seam.iter().filter(|seam| seam.repos().contains(repo)) {
            self.soon(Look::Seam(seam.id.clone()));
        }
    }

    /// The flag is read again, everywhere.
    pub(super) fn flag(&mut self, plan: &Plan) {
        for look in everything(plan) {
            if matches!(look, Look::Flag | Look::FlagOf(_)) {
                self.soon(look);
            }
        }
    }

    pub(super) fn are_under_way(&self) -> bool {
        !self.tasks.is_empty()
    }

    /// The next sight, or the look that saw nothing because it has a bug. Cancel-safe: what nobody took stays in the set.
    pub(super) async fn next(&mut self) -> Option<Result<Sight, Look>> {
        let (id, sight) = match self.tasks.join_next_with_id().await? {
            Ok((id, sight)) => (id, Some(sight)),
            Err(panic) => (panic.id(), None),
        };
        let look = self.ids.remove(&id)?;
        Some(sight.ok_or(look))
    }

    /// When the first look comes due by itself, or may go past one that hangs.
    pub(super) fn due(&self, trusted: bool) -> Option<Instant> {
        let now = Instant::now();
        let round = Some(self.round_ends()).filter(|at| trusted && *at > now);
        let coming = self.coming.iter().filter(|(look, _)| trusted || !look.needs_trust()).map(|(_, at)| *at);
        let waits = |lane| self.due.iter().any(|look| Lane::of(look) == lane && (trusted || !look.needs_trust()));
        let passed = self.under_way.iter().map(|(look, since)| (Lane::of(look), *since));
        let passed = passed.map(|(lane, since)| (lane, since + lane.passed_after()));
        let passed = passed.filter(|(lane, at)| *at > now && waits(*lane)).map(|(_, at)| at);
        coming.chain(passed).chain(round).min()
    }

    /// Moves what has come due by itself into the queue.
    pub(super) fn fall_due(&mut self, plan: &Plan, trusted: bool) {
        let now = Instant::now();
        let fallen: Vec<_> = self
            .coming
            .iter()
            .filter(|(look, at)| **at <= now && (trusted || !look.needs_trust()))
            .map(|(look, _)| look.clone())
            .collect();
        let known: BTreeSet<_> = everything(plan).into_iter().collect();
        for look in fallen {
            self.coming.remove(&look);
            if known.contains(&look) {
                self.due.insert(look);
            }
        }
    }

    fn take_due(&mut self, trusted: bool) -> Option<Look> {
        let now = Instant::now();
        let locals_wait = self.due.iter().any(|look| Lane::of(look) == Lane::Heads);
        let is_free = |lane: Lane| {
            let busy =
                |(look, since): &(&Look, &Instant)| Lane::of(look) == lane && now < **since + lane.passed_after();
            // while branches aren't known yet, nothing slow takes their time
            !(matches!(lane, Lane::Trees | Lane::Seams) && locals_wait)
                && self.under_way.iter().filter(busy).count() < lane.width()
        };
        let free = [Lane::Heads, Lane::Trees, Lane::Seams, Lane::Asks].map(|lane| (lane, is_free(lane)));
        // a clone whose heads don't come is no place for a scan either
        let waits_for_heads =
            |look: &Look| matches!(look, Look::Dirty(repo) if self.under_way.contains_key(&Look::Local(repo.clone())));
        let may = |look: &&Look| {
            (trusted || !look.needs_trust()) && free.contains(&(Lane::of(look), true)) && !waits_for_heads(look)
        };
        let look = self.due.iter().find(may)?.clone();
        self.due.remove(&look);
        self.under_way.insert(look.clone(), now);
        Some(look)
    }

    /// A clone's changes can't be heard from now on: it is looked at again at a rhythm.
    pub(super) fn unheard(&mut self, repo: &RepoName) {
        self.unheard.insert(repo.clone());
        self.soon(Look::Local(repo.clone()));
    }

    /// Every clone's changes can be heard, as far as is known.
    pub(super) fn all_heard(&mut self) {
        self.unheard.clear();
    }

    fn ended(&mut self, look: &Look, told: Told) {
        self.under_way.remove(look);
        self.made.insert(look.clone());
        let unheard = match look {
            // what couldn't be read may become readable without an event: a mount, a right
            Look::Local(repo) => (told == Told::Nothing || self.unheard.contains(repo)).then_some(UNHEARD),
            Look::Flag
            | Look::Dirty(_)
            | Look::Remote(_)
            | Look::Target(..)
            | Look::Package(_)
            | Look::Deployed(_)
            | Look::FlagOf(_)
            | Look::Seam(_) => None,
        };
        if self.again.remove(look) {
            self.due.insert(look.clone());
        } else if let Some(rhythm) = rhythm(look).or(unheard) {
            self.coming.insert(look.clone(), Instant::now() + rhythm);
        }
    }

    /// Ends every look that is under way.
    pub(super) async fn stop(&mut self) {
        self.tasks.shutdown().await;
        self.under_way.clear();
    }
}

impl<W: World> Engine<W> {
    /// Starts as many due looks as may be under way at once.
    pub(super) fn start_looks(&mut self) {
        let trusted = self.is_trusted();
        while let Some(look) = self.looks.take_due(trusted) {
            let frozen = self.frozen_for(&look);
            let (world, plan) = (Arc::clone(&self.world), Arc::clone(&self.plan));
            let asked = look.clone();
            // others may write meanwhile: the sight counts from what is known as it begins
            let after = self.rollout.seq;
            let task = self.looks.tasks.spawn(async move { world.look(plan, asked, frozen).await.after(after) });
            self.looks.ids.insert(task.id(), look);
        }
    }

    fn frozen_for(&self, look: &Look) -> Frozen {
        if let Look::Seam(_) = look {
            return Frozen { ships: self.ships(), ..Frozen::default() };
        }
        let Some(repo) = look.repo() else { return Frozen::default() };
        Frozen {
            candidate: self.rollout.candidates.get(repo).cloned(),
            artifacts: self.rollout.artifacts_of(&self.plan, repo),
            ..Frozen::default()
        }
    }

    /// Takes in what was seen.
    pub(super) fn see(&mut self, sight: Result<Sight, Look>) {
        let sight = match sight {
            Ok(sight) => sight,
            Err(look) => {
                self.say(Weight::Alarm, format!("flightdeck has a bug: a look ended without an answer ({look:?})"));
                self.looks.ended(&look, Told::Nothing);
                return;
            }
        };
        let (look, told) = match sight {
            Sight::Local(repo, seen) => {
                let told = Told::by(&seen);
                let release = |seen: &Seen<LocalSeen>| seen.value.as_ref().and_then(|local| local.release.clone());
                let local = &mut self.observed.repos.entry(repo.clone()).or_default().local;
                let moved = release(local) != release(&seen);
                *local = seen;
                if moved {
                    self.looks.seams(&self.plan, &repo);
                }
                (Look::Local(repo), told)
            }
            Sight::Dirty(repo, seen) => {
                let told = Told::by(&seen);
                self.observed.repos.entry(repo.clone()).or_default().dirty = seen;
                (Look::Dirty(repo), told)
            }
            Sight::Remote(repo, seen) => {
                let told = Told::by(&seen);
                self.observed.repos.entry(repo.clone()).or_default().remote = seen;
                (Look::Remote(repo), told)
            }
            Sight::Target(repo, remote, seen) => {
                let told = Told::by(&seen);
                self.observed.repos.entry(repo.clone()).or_default().targets.insert(remote.clone(), seen);
                (Look::Target(repo, remote), told)
            }
            Sight::Package(repo, seen) => {
                let told = Told::by(&seen);
                self.observed.repos.entry(repo.clone()).or_default().package = seen;
                (Look::Package(repo), told)
            }
            Sight::Deployed(repo, seen) => {
                let told = Told::by(&seen);
                self.note_arrival(&repo, seen.value.as_ref());
                self.observed.repos.entry(repo.clone()).or_default().deployed = seen;
                (Look::Deployed(repo), told)
            }
            Sight::FlagOf(repo, seen) => {
                let told = Told::by(&seen);
                self.observed.repos.entry(repo.clone()).or_default().flag = seen;
                (Look::FlagOf(repo), told)
            }
            Sight::Seam(id, seen) => {
                let told = Told::by(&seen);
                self.observed.seams.insert(id.clone(), seen);
                (Look::Seam(id), told)
            }
            Sight::Flag(seen) => {
                let told = Told::by(&seen);
                self.observed.see_flag(seen);
                (Look::Flag, told)
            }
        };
        self.sights += 1;
        self.looks.ended(&look, told);
    }

    /// From the moment on at which what we deployed reports itself, anything else isn't merely late.
    fn note_arrival(&mut self, repo: &RepoName, reported: Option<&crate::plan::Sha>) {
        let ships = self.rollout.candidates.get(repo).map(crate::plan::Candidate::ship_sha);
        if reported.is_some() && reported == ships {
            self.observed.repos.entry(repo.clone()).or_default().arrived = reported.cloned();
        }
    }
}
