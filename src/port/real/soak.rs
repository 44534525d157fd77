//! Waits while checks stay good. Good time is the time between two good rounds: by a steady clock, so that a wall clock that is
//! set gives none and takes none; only from one process to the next, as no other clock lives that long, by the wall clock. The
//! time in which nobody watched, be it that no flightdeck ran or that the machine slept, is a gap and counts only where the plan
//! says so. Changes are told at once, and else a summary now and then.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::checks::Checked;
use super::settle::given;
use super::{RealWorld, now, tell};
use crate::plan::implied::flag_before;
use crate::plan::verb::Gaps;
use crate::plan::{Check, Command, FlagState, Period, Plan};
use crate::port::clock::steady_ms;
use crate::port::process::{Order, Tail};
use crate::port::world::{Job, Performed, Signal, SoakNews};
use crate::rollout::Millis;
use crate::rollout::event::{Health, Trace};
use crate::rollout::fold::{Gap, SoakLog, soak_beat};

/// One round may not take longer than this for a command.
const ROUND: Duration = Duration::from_secs(60);
/// A round may come so much later than it should before the time between is a gap, in milliseconds.
const LATE: u64 = 2_000;

/// What a soak waits for.
pub(super) struct Soaking<'a> {
    pub(super) lasts: Period,
    pub(super) every: Period,
    pub(super) checks: &'a [Check],
    pub(super) commands: &'a [Option<Command>],
    pub(super) gaps: Gaps,
}

/// A moment, by both clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    wall: Millis,
    steady: u64,
}

impl Moment {
    fn now() -> Self {
        Self { wall: now(), steady: steady_ms() }
    }
}

/// A soak's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Clock {
    health: Health,
    /// Good time up to the last round.
    good_for: u64,
    /// When the last round was, by the wall clock.
    seen_at: Millis,
    /// When it was by the steady clock; none where another process made it.
    steady: Option<u64>,
    /// Milliseconds since the ledger was told.
    untold: u64,
    beat: u64,
    gaps: Gaps,
}

impl Clock {
    pub(super) fn of(log: Option<&SoakLog>, now: Moment, lasts: u64, gaps: Gaps) -> Self {
        let (health, good_for, seen_at, steady) = log
            .map_or((Health::Good, 0, now.wall, Some(now.steady)), |log| (log.health, log.good_for, log.seen_at, None));
        Self { health, good_for, seen_at, steady, untold: 0, beat: soak_beat(lasts), gaps }
    }

    /// Milliseconds since the last round.
    fn passed(&self, now: Moment) -> u64 {
        match self.steady {
            Some(steady) => now.steady.saturating_sub(steady),
            // a clock that went back since adds nothing
            None => now.wall.saturating_sub(self.seen_at),
        }
    }

    /// What is to be said of a wall clock that was set since the last round.
    fn jump(&self, now: Moment) -> Option<String> {
        let expected = self.seen_at.saturating_add(self.passed(now));
        let (by, whither) = match now.wall.checked_sub(expected) {
            Some(ahead) => (ahead, "forward"),
            None => (expected.saturating_sub(now.wall), "back"),
        };
        let length = Period::from(by).roughly();
        (by > LATE).then(|| format!("this machine's clock was set {whither} by {length}: it gives and takes no time"))
    }

    /// Takes in a round, which came in time if no more than `due` milliseconds have passed since the last one; what is to be
    /// told of it.
    pub(super) fn round(&mut self, bad: &[String], now: Moment, due: u64) -> Vec<SoakNews> {
        let health = if bad.is_empty() { Health::Good } else { Health::Bad };
        let passed = self.passed(now);
        let good = self.health == Health::Good && health == Health::Good;
        let missed = passed > due.saturating_add(LATE);
        let counted = good && (!missed || self.gaps == Gaps::Count);
        if counted {
            self.good_for = self.good_for.saturating_add(passed);
        }
        let mut news = Vec::new();
        if missed {
            let gap = Gap { from: now.wall.saturating_sub(passed), until: now.wall, counted };
            news.push(SoakNews::Missed { gap, good_for: self.good_for });
        }
        (self.seen_at, self.steady) = (now.wall, Some(now.steady));
        self.untold = self.untold.saturating_add(passed);
        if self.health != health {
            self.health = health;
            let detail = if bad.is_empty() { "all checks pass again".to_owned() } else { bad.join("; ") };
            news.push(SoakNews::Turned { health, detail, good_for: self.good_for });
        } else if news.is_empty() && self.untold >= self.beat {
            news.extend(self.untold());
        }
        if !news.is_empty() {
            self.untold = 0;
        }
        news
    }

    /// What the ledger wasn't told yet.
    pub(super) fn untold(&self) -> Option<SoakNews> {
        (self.untold > 0).then_some(SoakNews::Watched { good_for: self.good_for, until: self.seen_at })
    }
}

impl RealWorld {
    pub(super) async fn soaked(&self, job: &Job, soak: &Soaking<'_>) -> Performed {
        if let Some(evidence) = job.soak.as_ref().and_then(SoakLog::cut_short) {
            return Performed::Ok { evidence: vec![evidence] };
        }
        let tail = Tail::default();
        tell(&job.line, &job.step, &tail).await;
        let mut orders = job.orders.clone();
        let (lasts, every) = (soak.lasts.millis(), soak.every.millis());
        let mut clock = Clock::of(job.soak.as_ref(), Moment::now(), lasts, soak.gaps);
        let (mut rounds, mut due): (u64, u64) = (0, every);
        let soaked = job.plan.step(&job.step).and_then(|step| flag_before(job.plan.document(), step));
        loop {
            let begun = Instant::now();
            let round = async {
                tokio::join!(self.round(&job.plan, soak.checks, soak.commands, ROUND), self.unlike(&job.plan, soaked))
            };
            let (made, unlike) = tokio::select! {
                made = round => made,
                order = given(&mut orders) => return stopped(job, order, &clock).await,
            };
            rounds = rounds.saturating_add(1);
            let failed = made.iter().filter(|made| !made.is_good()).map(Checked::line);
            let bad: Vec<String> = unlike.into_iter().chain(failed).collect();
            let took = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
            let now = Moment::now();
            if let Some(said) = clock.jump(now) {
                tail.say(&said);
            }
            for news in clock.round(&bad, now, due.saturating_add(took)) {
                tail.say(&words(&news));
                // nobody listens any more: then nobody misses it
                let _ = job.line.0.send(Signal::Soak(job.step.clone(), news)).await;
            }
            if bad.is_empty() && clock.good_for >= lasts {
                return Performed::Ok { evidence: vec![format!("good for {}, {rounds} rounds", soak.lasts)] };
            }
            tail.say(&format!("round {rounds}: {} of {}", Period::from(clock.good_for), soak.lasts));
            let left = lasts.saturating_sub(clock.good_for);
            due = if bad.is_empty() { every.min(left) } else { every }.max(1);
            tokio::select! {
                () = sleep(Duration::from_millis(due)) => {}
                order = given(&mut orders) => return stopped(job, order, &clock).await,
            }
        }
    }
}

impl RealWorld {
    /// Why this is no time in which the state that is soaked was met by everyone.
    async fn unlike(&self, plan: &Plan, soaked: Option<&FlagState>) -> Option<String> {
        let state = soaked?;
        let agreement = self.agreement(plan, state).await;
        (!agreement.is_full()).then(|| format!("the flag isn't {state} for everyone: {}", agreement.words()))
    }
}

fn words(news: &SoakNews) -> String {
    match news {
        SoakNews::Turned { detail, .. } => detail.clone(),
        SoakNews::Watched { good_for, .. } => format!("{} of good time", Period::from(*good_for)),
        SoakNews::Missed { gap, .. } => {
            let lasted = gap.lasted();
            let counted = if gap.counted { "counted, as the plan says" } else { "not counted" };
            format!("nobody watched for {lasted}: {counted}")
        }
    }
}

/// What the ledger wasn't told yet is told before it is left.
async fn stopped(job: &Job, order: Order, clock: &Clock) -> Performed {
    if let Some(news) = clock.untold() {
        let _ = job.line.0.send(Signal::Soak(job.step.clone(), news)).await;
    }
    match order {
        Order::LetGo => Performed::LetGo,
        Order::Run | Order::Cancel => Performed::Failed {
            effect: Trace::None,
            why: format!("the soak was stopped after {} of good time", Period::from(clock.good_for)),
            tail: Vec::new(),
            found: None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 24 * 3_600_000;
    const EVERY: u64 = 60_000;

    /// A moment of which both clocks say the same.
    fn at(millis: u64) -> Moment {
        Moment { wall: millis, steady: millis }
    }

    fn clock(gaps: Gaps) -> Clock {
        Clock::of(None, at(0), 9 * DAY, gaps)
    }

    fn bad() -> Vec<String> {
        vec!["the API is down".to_owned()]
    }

    #[test]
    fn only_the_time_between_two_good_rounds_counts() {
        let mut clock = clock(Gaps::Stop);
        assert!(clock.round(&[], at(EVERY), EVERY).is_empty());
        assert_eq!(clock.good_for, EVERY);
        let turned = clock.round(&bad(), at(2 * EVERY), EVERY);
        let detail = "the API is down".to_owned();
        assert_eq!(turned, [SoakNews::Turned { health: Health::Bad, detail, good_for: EVERY }]);
        assert!(clock.round(&bad(), at(3 * EVERY), EVERY).is_empty(), "told once");
        clock.round(&[], at(4 * EVERY), EVERY);
        assert_eq!(clock.good_for, EVERY, "from bad to good nobody knows");
        clock.round(&[], at(5 * EVERY), EVERY);
        assert_eq!(clock.good_for, 2 * EVERY);
        clock.round(&[], at(4 * EVERY), EVERY);
        assert_eq!(clock.good_for, 2 * EVERY, "a clock that went back adds nothing");
    }

    #[test]
    fn a_night_without_flightdeck_is_a_gap_and_counts_only_where_the_plan_says_so() {
        for (gaps, counted) in [(Gaps::Stop, false), (Gaps::Count, true)] {
            let mut clock = clock(gaps);
            clock.round(&[], at(EVERY), EVERY);
            let news = clock.round(&[], at(DAY), EVERY);
            let good_for = if counted { DAY } else { EVERY };
            let gap = Gap { from: EVERY, until: DAY, counted };
            assert_eq!(news, [SoakNews::Missed { gap, good_for }]);
            assert_eq!(clock.good_for, good_for);
        }
        let mut clock = clock(Gaps::Count);
        clock.round(&[], at(EVERY), EVERY);
        let news = clock.round(&bad(), at(DAY), EVERY);
        assert!(matches!(news[0], SoakNews::Missed { gap: Gap { counted: false, .. }, .. }), "bad after: {news:?}");
        assert!(matches!(news[1], SoakNews::Turned { health: Health::Bad, .. }));
    }

    #[test]
    fn nine_good_days_take_a_bounded_number_of_events() {
        let mut clock = clock(Gaps::Stop);
        let told = (1..=9 * DAY / EVERY).flat_map(|round| clock.round(&[], at(round * EVERY), EVERY)).count();
        assert!((1..=200).contains(&told), "{told}");
        assert_eq!(clock.good_for, 9 * DAY);
    }

    #[test]
    fn another_process_goes_on_where_the_last_round_was() {
        let mut first = clock(Gaps::Stop);
        first.round(&[], at(EVERY), EVERY);
        let Some(SoakNews::Watched { good_for, until }) = first.untold() else { panic!("it must be told") };
        let mut log = SoakLog::begun(0, 9 * DAY);
        (log.good_for, log.seen_at) = (good_for, until);
        let mut second = Clock::of(Some(&log), at(EVERY + 10), 9 * DAY, Gaps::Stop);
        assert!(second.round(&[], at(EVERY + 10), EVERY).is_empty(), "ten milliseconds are no gap");
        assert_eq!(second.good_for, EVERY + 10);
        assert_eq!(log.cut_short(), None);
    }

    #[test]
    fn a_wall_clock_that_is_set_gives_no_time_and_takes_none() {
        for gaps in [Gaps::Stop, Gaps::Count] {
            let mut clock = clock(gaps);
            clock.round(&[], at(EVERY), EVERY);
            let ahead = Moment { wall: 8 * DAY, steady: 2 * EVERY };
            assert!(clock.jump(ahead).unwrap().contains("set forward by 11518m"), "{:?}", clock.jump(ahead));
            assert!(clock.round(&[], ahead, EVERY).is_empty(), "it was watched all the time");
            let right = at(3 * EVERY);
            assert!(clock.jump(right).unwrap().contains("set back by 11518m"), "{:?}", clock.jump(right));
            assert!(clock.round(&[], right, EVERY).is_empty());
            assert_eq!(clock.good_for, 3 * EVERY);
            assert_eq!(clock.jump(at(4 * EVERY)), None);
            // what nobody watched is as long as the steady clock says
            let late = Moment { wall: 9 * DAY, steady: 13 * EVERY };
            let news = clock.round(&[], late, EVERY);
            let from = 9 * DAY - 10 * EVERY;
            assert!(matches!(news[0], SoakNews::Missed { gap, .. } if gap.from == from && gap.until == 9 * DAY));
        }
    }

    #[test]
    fn the_steady_clock_goes_on() {
        let before = Moment::now();
        assert!(before.steady > 0 && before.wall > 0 && Moment::now().steady >= before.steady);
    }
}
