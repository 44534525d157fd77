//! Where a release can stand, each as one state.

use tokio::sync::watch;

use super::*;
use crate::engine::output::Follow;
use crate::engine::{Output, OutputView, Work};
use crate::rollout::event::Health;
use crate::rollout::observed::{Wait, WaitKind};
use crate::rollout::out_of_order;

/// Two steps are live; the third waits for the owner.
pub(in crate::cockpit::tests) fn waiting() -> Story {
    let mut story = Story::frozen();
    story.done("consent").done("notifier").judge("lib");
    story
}

/// A step waits for the owner, and the tests that its gates ran have printed.
pub(in crate::cockpit::tests) fn tested(mut story: Story, step: &str) -> State {
    story.judge(step);
    let mut state = story.state();
    let lines: Vec<String> = (1..=20).map(|n| format!("ok {n:>2} of 20")).collect();
    state.outputs = Arc::new(BTreeMap::from([(id(step), printed(lines))]));
    state
}

/// The flag is off, and what is deployed of two repositories reads it as on.
pub(in crate::cockpit::tests) fn apart() -> State {
    let mut story = waiting();
    for repo in ["platform-api", "agentguard-web"] {
        let states = vec!["on".parse().unwrap()];
        let read = ReportSeen { value: "on".into(), states, why: None };
        story.observed.repos.get_mut(&repo.parse().unwrap()).unwrap().flag = Seen::answer(read, story.now);
    }
    story.state()
}

/// The flag was set, and two of its readers don't know yet.
pub(in crate::cockpit::tests) fn on_its_way() -> State {
    let mut story = waiting();
    story.observed.waits.insert(
        id("beta"),
        Wait {
            kind: WaitKind::Convergence,
            what: "everyone to read the flag as beta".into(),
            since: story.now - 4_000,
            until: story.now + 56_000,
            last: "5 of 7 agree; lagging: platform-api reads off, agentguard-web reads off".into(),
        },
    );
    story.state()
}

/// The fifth step is running and prints.
pub(in crate::cockpit::tests) fn running() -> State {
    let mut story = waiting();
    story.done("lib").done("sdk").judge("migrate").approve("migrate");
    story.act("migrate", 1, None).wait(12_000);
    let mut state = story.state();
    let lines: Vec<String> = (1..=400).map(|n| format!("0003_teams: {n:>3} of 400 rows moved")).collect();
    let output = printed(lines);
    state.work = Some(Work {
        step: id("migrate"),
        title: "migrate platform-api".into(),
        since: state.now - 14_000,
        output: Some(output.clone()),
        nature: Nature::Effect,
    });
    state.outputs = Arc::new(BTreeMap::from([(id("migrate"), output)]));
    state
}

/// A deploy was refused, and that holds the release.
pub(in crate::cockpit::tests) fn failed() -> State {
    let mut story = waiting();
    story.done("lib").done("sdk").done("migrate").judge("api").approve("api");
    let outcome = |why: &str| Outcome::Failed {
        effect: Trace::None,
        why: why.into(),
        tail: vec!["remote: error: refusing to update checked out branch".into(), "To /srv/git/platform-api".into()],
    };
    story.act("api", 1, Some(Outcome::Ok { evidence: vec!["main is at 5d5d5d5".into()] }));
    story.act("api", 2, Some(outcome("origin refused the push: not a fast-forward")));
    story.tell(Draft::release(Fact::Held { reason: "step api failed".into() }));
    let api = story.observed.repos.get_mut(&"platform-api".parse().unwrap()).unwrap();
    api.remote = Seen::answer(
        RemoteSeen { release: Some(sha("5d5d5d5")), main: Some(sha("deadbee")), ..RemoteSeen::default() },
        START,
    );
    let local = api.local.value.as_mut().unwrap();
    local.release = Some(sha("fade000"));
    local.since_frozen = Some(Divergence { ahead: 2, behind: 0 });
    story.state()
}

/// Somebody published the SDK by hand, and deployed on top of what is live.
pub(in crate::cockpit::tests) fn out_of_order() -> State {
    let mut story = waiting();
    story.wait(60_000);
    let (at, seq) = (story.now, story.rollout.seq);
    let sdk = story.observed.repos.get_mut(&"agentguard-sdk".parse().unwrap()).unwrap();
    sdk.package = Seen::answer(PackageState::Live { digest: None }, at).after(seq);
    let consent = story.observed.repos.get_mut(&"rlabs-consent".parse().unwrap()).unwrap();
    consent.deployed = Seen::answer(sha("bad0bad"), at).after(seq);
    consent.arrived = Some(sha("9f31c2a"));
    let sight = out_of_order::out_of_order(&story.plan, &story.rollout, &story.observed);
    for item in &sight.items {
        story.tell(out_of_order::found(item));
    }
    story.state()
}

/// A publish was interrupted, and nobody can say.
pub(in crate::cockpit::tests) fn in_doubt() -> State {
    let mut story = waiting();
    story.approve("lib");
    let why = "flightdeck ended while it ran".to_owned();
    story.act("lib", 1, Some(Outcome::Failed { effect: Trace::Unknown, why, tail: Vec::new() }));
    story.probed("lib", Finding::Absent { detail: "the registry shows no 1.4.0".into() });
    story.tell(Draft::release(Fact::Held { reason: "step lib is in doubt".into() }));
    story.observed.flag = Seen::unknown("flags.json can't be read: no such file", START);
    story.state()
}

/// A deploy was interrupted after its first effect, which was found: the rest of it waits for the owner to resume.
pub(in crate::cockpit::tests) fn midway() -> State {
    let mut story = waiting();
    story.done("lib").done("sdk").done("migrate").judge("api").approve("api");
    let why = "flightdeck ended while it ran".to_owned();
    story.act("api", 1, Some(Outcome::Failed { effect: Trace::Unknown, why, tail: Vec::new() }));
    story.probed("api", Finding::Present { evidence: "main is at 5d5d5d5".into() });
    story.tell(Draft::release(Fact::Held { reason: "in doubt: deploy platform-api:main was interrupted".into() }));
    story.state()
}

/// The SDK has been out for a day with what the API doesn't answer yet, and the flag was lit by hand.
pub(in crate::cockpit::tests) fn skewed() -> State {
    story_of_skew().state()
}

/// The API followed.
pub(in crate::cockpit::tests) fn skew_is_over() -> State {
    let mut story = story_of_skew();
    story.done("migrate").done("api");
    story.state()
}

fn story_of_skew() -> Story {
    let mut story = Story::with_seams();
    for step in ["consent", "notifier", "lib", "sdk"] {
        story.done(step);
    }
    let says = "the flag reads on".to_owned();
    let lit = "flag".parse().unwrap();
    story.tell(Draft::release(Fact::OutOfOrder { item: lit, seen: Some("on".to_owned()), says }));
    let lit = out_of_order::as_logged(&"flag".parse().unwrap(), &story.rollout.out_of_order[&"flag".parse().unwrap()]);
    for draft in out_of_order::accept(&story.rollout, &lit, "it was me") {
        story.tell(draft);
    }
    story.tell(Draft::release(Fact::Resumed)).wait(26 * 3_600_000);
    story
}

/// Somebody else has the controls.
pub(in crate::cockpit::tests) fn spectator() -> State {
    let story = waiting();
    let mut state = story.state();
    state.role = Role::Spectator {
        because: "ada@ada-laptop (cockpit, process 4711) has the controls: ask them to leave".into(),
    };
    let mut status = (*state.status).clone();
    status.controls.mine = false;
    state.status = Arc::new(status);
    state
}

/// Everything has shipped.
pub(in crate::cockpit::tests) fn shipped() -> State {
    let mut story = waiting();
    for step in ["lib", "sdk", "migrate", "api", "web", "beta", "look", "soak", "on", "smoke", "record"] {
        story.done(step);
    }
    story.tell(Draft::release(Fact::Shipped));
    story.state()
}

/// An output that ended.
pub(in crate::cockpit::tests) fn printed(lines: Vec<String>) -> Output {
    Output::new(Printed(lines.into_iter().map(Arc::from).collect(), watch::channel(0).0))
}

struct Printed(Vec<Arc<str>>, watch::Sender<u64>);

impl Follow for Printed {
    fn last(&self, most: usize) -> OutputView {
        let first = self.0.len().saturating_sub(most);
        OutputView { first: first as u64, lines: self.0[first..].to_vec(), open: None }
    }

    fn since(&self, from: u64, most: usize) -> OutputView {
        let first = usize::try_from(from).unwrap().min(self.0.len());
        let end = (first + most).min(self.0.len());
        OutputView { first: first as u64, lines: self.0[first..end].to_vec(), open: None }
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.1.subscribe()
    }
}

/// Nobody has trusted the plan here yet.
pub(in crate::cockpit::tests) fn untrusted() -> State {
    let mut state = Story::frozen().state();
    let mut status = (*state.status).clone();
    status.trusted = false;
    status.waiting_for = "your trust: nothing runs and nothing is asked before".into();
    state.status = Arc::new(status);
    state
}

/// The checklist waits, one line ticked.
pub(in crate::cockpit::tests) fn looking() -> State {
    let mut story = waiting();
    for step in ["lib", "sdk", "migrate", "api", "web", "beta"] {
        story.done(step);
    }
    story.fact("look", Fact::Ticked { item: "A beta user can make a team and invite someone".into() });
    story.state()
}

/// A minute of a nine-day soak is over, and a check fails.
pub(in crate::cockpit::tests) fn soaking(health: Health) -> State {
    soak_in(&mut soak_begun(health))
}

/// The same soak, healthy and a round of checks later.
pub(in crate::cockpit::tests) fn soaking_on() -> State {
    let mut story = soak_begun(Health::Good);
    let until = story.wait(55_000).now;
    story.fact("soak", Fact::SoakWatched { good_for: 120_000, until });
    soak_in(&mut story)
}

fn soak_begun(health: Health) -> Story {
    let mut story = waiting();
    for step in ["lib", "sdk", "migrate", "api", "web", "beta", "look"] {
        story.done(step);
    }
    story.judge("soak").approve("soak").act("soak", 1, None);
    story.fact("soak", Fact::SoakStarted { lasts: 9 * 24 * 3_600_000 }).wait(60_000);
    let detail = "the API is up: 503".to_owned();
    story.fact("soak", Fact::SoakChanged { health, detail, good_for: 60_000 }).wait(5_000);
    story
}

fn soak_in(story: &mut Story) -> State {
    let mut state = story.state();
    state.work = Some(Work {
        step: id("soak"),
        title: "soak for 9d".into(),
        since: state.now - 67_000,
        output: None,
        nature: Nature::Observation,
    });
    state
}

/// Nothing is frozen yet.
pub(in crate::cockpit::tests) fn unfrozen() -> State {
    let mut story = Story::frozen();
    story.tell(Draft::release(Fact::Thawed { reason: "one more fix".into() }));
    story.state()
}
