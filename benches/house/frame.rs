//! One frame of a wide release on a large screen, and what the same screen costs when it is only filled with text.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::Criterion;
use flightdeck::cockpit::canvas::Canvas;
use flightdeck::cockpit::model::Model;
use flightdeck::cockpit::view::View;
use flightdeck::cockpit::{Caps, Depth, Glyphs, Mouse, Theme, frame};
use flightdeck::engine::{Drive, LedgerState, Role, State};
use flightdeck::plan::{Plan, Sha};
use flightdeck::rollout::observed::{DirtySeen, Divergence, LocalSeen, RemoteSeen, ReportSeen, Seen};
use flightdeck::rollout::status::{Session, status};
use flightdeck::rollout::{Observed, next, train_digest};
use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::wide_release;

const SCREEN: Rect = Rect { x: 0, y: 0, width: 200, height: 60 };
const NOW: u64 = 20_000_000;
const CAPS: Caps = Caps { glyphs: Glyphs::Unicode, mouse: Mouse::Captured };

/// Everything was seen a moment ago; every seventh branch has moved.
fn observed(plan: &Plan) -> Observed {
    let sha = |digit: char| digit.to_string().repeat(40).parse::<Sha>().expect("a commit id");
    let mut observed = Observed::default();
    for (index, repo) in plan.repos().iter().enumerate() {
        let seen = observed.repos.entry(repo.name.clone()).or_default();
        let at = NOW - 1_000 * u64::try_from(index % 90).expect("a small number");
        let release = if index % 7 == 0 { sha('b') } else { sha('a') };
        seen.local = Seen::answer(
            LocalSeen {
                branch: Some(plan.branch(repo)),
                head: Some(release.clone()),
                release: Some(release.clone()),
                main: Some(sha('c')),
                trouble: None,
                since_frozen: Some(Divergence { ahead: 2, behind: 0 }),
            },
            at,
        );
        seen.dirty = Seen::answer(DirtySeen { modified: 0, untracked: 3, conflicted: 0 }, at);
        seen.remote =
            Seen::answer(RemoteSeen { release: Some(release), main: Some(sha('c')), ..RemoteSeen::default() }, at);
        seen.deployed = Seen::answer(sha('d'), at);
        let states = vec!["off".parse().expect("a state")];
        seen.flag = Seen::answer(ReportSeen { value: "off".to_owned(), states, why: None }, at);
    }
    observed
}

fn state() -> State {
    let plan = Arc::new(wide_release::plan(200, 100));
    let (rollout, events) = wide_release::ledger(&plan, 1_000);
    let session = Session { trusted: true, mine: true, alive: Some(true), unsound: None, paused: false };
    State {
        status: Arc::new(status(&plan, &rollout, &observed(&plan), &session)),
        next: next(&plan, &rollout),
        seen_enough: true,
        train_digest: train_digest(&plan, &rollout.candidates).ok(),
        plan,
        role: Role::Conductor,
        drive: Drive::Going,
        work: None,
        outputs: Arc::new(BTreeMap::new()),
        events: events.into(),
        ledger: LedgerState::Good { at: NOW },
        unwritten: false,
        complaint: None,
        notices: Arc::new([]),
        now: NOW,
    }
}

struct Screen {
    state: State,
    model: Model,
    theme: Theme,
    zone: TimeZone,
}

impl Screen {
    fn new() -> Self {
        let (model, theme) = (Model::new(SCREEN, Mouse::Captured), Theme::embedded("dark", Depth::True));
        Self { state: state(), model, theme, zone: TimeZone::UTC }
    }

    fn paint(&self, buffer: &mut Buffer) {
        buffer.reset();
        let view = View { state: &self.state, model: &self.model, now: NOW, zone: &self.zone };
        frame::paint(&mut Canvas::new(buffer, &self.theme, CAPS), &view);
    }
}

/// The least that a full screen of text can cost.
fn fill(buffer: &mut Buffer, line: &str) {
    buffer.reset();
    for y in 0..SCREEN.height {
        buffer.set_stringn(0, y, line, usize::from(SCREEN.width), Style::new());
    }
}

/// The shortest of many runs: what the machine did beside us isn't ours.
fn least(mut work: impl FnMut()) -> Duration {
    let timed = |work: &mut dyn FnMut()| {
        let began = Instant::now();
        work();
        began.elapsed()
    };
    (0..200).map(|_| timed(&mut work)).min().expect("a duration")
}

pub(crate) fn frame(criterion: &mut Criterion) {
    let screen = Screen::new();
    let line = "release/wide 9f31c2a = clean ".repeat(8);
    let mut buffer = Buffer::empty(SCREEN);
    criterion.bench_function("a frame of 200x60, 200 repos and 100 steps", |bench| {
        bench.iter(|| screen.paint(black_box(&mut buffer)));
    });
    criterion.bench_function("a screen of 200x60 filled with text", |bench| {
        bench.iter(|| fill(black_box(&mut buffer), &line));
    });
    let (frame, floor) = (least(|| screen.paint(&mut buffer)), least(|| fill(&mut buffer, &line)));
    println!(
        "a frame takes {:.1} times a screen of text ({frame:?} / {floor:?})",
        frame.as_secs_f64() / floor.as_secs_f64()
    );
}
