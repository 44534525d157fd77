//! The design's invariants, each by its name, over random histories.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::history::{Move, Story, a_plan, moves, oracle_of};
use super::world::Pen;
use crate::plan::{Key, Nature, Plan};
use crate::rollout::event::{Direction, Draft, Event, Fact, Finding, Outcome, Proof, Trace, Verdict};
use crate::rollout::fold::StepLog;
use crate::rollout::observed::{FlagSeen, PackageState, Refs, RemoteSeen, RepoSeen, Seen};
use crate::rollout::out_of_order;
use crate::rollout::state::step_state;
use crate::rollout::status::{Session, status};
use crate::rollout::{Breach, Next, Observed, Rollout, next};

fn cases() -> ProptestConfig {
    ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() }
}

/// Plays a history; `look` sees the pen and each draft before it is written, and after with the verdict.
fn play(plan: Plan, moves: &[Move], look: &mut dyn FnMut(&Pen, &Draft, Option<bool>)) -> Pen {
    let mut story = Story::new(plan, look);
    for one in moves {
        story.play(one);
    }
    story.pen
}

fn history(plan: Plan, moves: &[Move]) -> Pen {
    play(plan, moves, &mut |_, _, _| {})
}

/// A world that is nowhere as anybody left it, asked after so many events.
fn elsewhere(plan: &Plan, at: u64, after: u64) -> Observed {
    let sha = || Some("1".repeat(40).parse().unwrap());
    let mut observed = Observed::default();
    for repo in plan.repos() {
        let refs = |wanted: &str| -> Refs {
            let brought = plan.brought_refs(&repo.name).into_iter().filter(|brought| brought.remote == wanted);
            brought.map(|brought| (brought.name, sha())).collect()
        };
        let origin = RemoteSeen { refs: refs("origin"), ..RemoteSeen::default() };
        let targets = plan.other_remotes(&repo.name).into_iter();
        let seen = RepoSeen {
            remote: Seen::answer(origin, at).after(after),
            targets: targets.map(|name| (name.clone(), Seen::answer(refs(&name), at).after(after))).collect(),
            package: Seen::answer(PackageState::Withdrawn { why: "yanked".to_owned() }, at).after(after),
            ..RepoSeen::default()
        };
        observed.repos.insert(repo.name.clone(), seen);
    }
    let flag = FlagSeen { state: Some("beta".parse().unwrap()), contexts: Vec::new() };
    observed.flag = Seen::answer(flag, at).after(after);
    observed
}

fn key(event: &Event) -> Key {
    event.draft.action.clone().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 768, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn fold_and_diagram_agree_on_what_may_follow_and_where_steps_stand(plan in a_plan(), moves in moves(70)) {
        let mut oracle = oracle_of(&Pen::frozen(plan.clone()));
        let mut expected = false;
        play(plan, &moves, &mut |pen, draft, admitted| match admitted {
            None => expected = oracle.admits(draft),
            Some(admitted) => {
                assert_eq!(admitted, expected, "{draft:#?}\n{:#?}", pen.rollout);
                if admitted {
                    oracle.apply(draft);
                }
                for step in pen.plan.steps() {
                    let (folded, drawn) = (step_state(&pen.plan, &pen.rollout, step), oracle.state(&step.id));
                    assert_eq!(folded, drawn, "{} after {draft:#?}\n{:#?}", step.id, pen.rollout);
                }
            }
        });
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn intent_before_effect(plan in a_plan(), moves in moves(60)) {
        let mut open = BTreeSet::new();
        for event in &history(plan, &moves).events {
            match &event.draft.fact {
                Fact::Intent(_) => assert!(open.insert(key(event)), "two intents are open"),
                Fact::Outcome(_) => assert!(open.remove(&key(event)), "an outcome without an intent"),
                Fact::ControlsTaken(_) | Fact::ControlsReleased => open.clear(),
                _ => {}
            }
        }
    }

    #[test]
    fn at_most_one_accepted_effect_per_key(plan in a_plan(), moves in moves(60)) {
        let mut accepted = BTreeSet::new();
        for event in &history(plan, &moves).events {
            if matches!(event.draft.fact, Fact::Outcome(Outcome::Ok { .. })) {
                assert!(accepted.insert(key(event)), "an effect was brought twice");
            }
        }
    }

    #[test]
    fn between_two_intents_of_a_key_a_proof_of_no_effect_or_the_owners_word(plan in a_plan(), moves in moves(80)) {
        let mut unsure: BTreeMap<Key, Nature> = BTreeMap::new();
        for event in &history(plan, &moves).events {
            match &event.draft.fact {
                Fact::Intent(intent) => assert!(unsure.insert(key(event), intent.nature).is_none(), "a blind repetition"),
                Fact::Outcome(Outcome::Failed { effect: Trace::None, .. }) => { unsure.remove(&key(event)); }
                Fact::Outcome(Outcome::Failed { .. }) if unsure.get(&key(event)) == Some(&Nature::Observation) => {
                    unsure.remove(&key(event));
                }
                Fact::Probed(p) if matches!(p.finding, Finding::Absent { .. }) && p.proof == Proof::Conclusive => {
                    unsure.remove(&key(event));
                }
                Fact::Resolved { verdict: Verdict::Absent, .. } => { unsure.remove(&key(event)); }
                Fact::ControlsTaken(_) | Fact::ControlsReleased => unsure.retain(|_, n| *n == Nature::Effect),
                _ => {}
            }
        }
    }

    #[test]
    fn done_is_absorbing_until_it_is_taken_back(plan in a_plan(), moves in moves(60)) {
        let pen = history(plan, &moves);
        let mut rollout = Rollout::default();
        for event in &pen.events {
            // a look that was made of other commits is made again
            let looks_again = |log: &StepLog| matches!(event.draft.fact, Fact::Thawed { .. }) && log.only_looks();
            let stays = |log: &StepLog| log.is_done() && !looks_again(log);
            let before: Vec<_> = rollout.steps.iter().filter(|(_, l)| stays(l)).map(|(id, _)| id.clone()).collect();
            rollout.apply(event).unwrap();
            let back = matches!(event.draft.fact, Fact::FlagSet { .. } | Fact::Undone { .. })
                || rollout.steps.values().any(|log| log.undone && !log.is_done());
            for id in before.iter().filter(|_| !back) {
                assert!(rollout.steps[id].is_done(), "{id} was done before {event:?}");
            }
        }
    }

    #[test]
    fn a_plan_change_voids_approvals_not_keys(plan in a_plan(), moves in moves(40)) {
        let mut pen = history(plan.clone(), &moves);
        let mut document = plan.document().clone();
        document.release.title = "another".to_owned();
        let new = Plan::new(document);
        let draft = crate::rollout::replan::replan(&plan, &new, &pen.rollout, Vec::new()).unwrap();
        let keys: Vec<_> = pen.events.iter().filter_map(|e| e.draft.action.clone()).collect();
        let accepted = |r: &Rollout| keys.iter().map(|k| r.is_accepted(k)).collect::<Vec<_>>();
        let before = (accepted(&pen.rollout), pen.rollout.open().count());
        pen.plan = new;
        pen.write(draft);
        prop_assert_eq!(before, (accepted(&pen.rollout), pen.rollout.open().count()));
        prop_assert!(pen.rollout.train.is_none() && pen.rollout.steps.values().all(|log| log.approval.is_none()));
    }

    #[test]
    fn dependencies_first_the_record_last(plan in a_plan(), moves in moves(80)) {
        let pen = history(plan, &moves);
        let mut rollout = Rollout::default();
        for event in &pen.events {
            if let Fact::Intent(intent) = &event.draft.fact
                && intent.direction == Direction::Forward
            {
                let step = pen.plan.step(event.draft.step.as_ref().unwrap()).unwrap();
                for needed in pen.plan.needs(step) {
                    assert!(rollout.steps.get(needed).is_some_and(StepLog::is_done), "{} before {needed}", step.id);
                }
            }
            if matches!(event.draft.fact, Fact::Shipped) {
                assert!(pen.plan.steps().iter().all(|s| rollout.steps.get(&s.id).is_some_and(StepLog::is_done)));
            }
            rollout.apply(event).unwrap();
        }
    }

    #[test]
    fn after_a_failure_no_intent_but_undo_until_resume(plan in a_plan(), moves in moves(60)) {
        let (mut failed, mut looking, mut overtaken) = (false, BTreeSet::new(), BTreeSet::new());
        for event in &history(plan, &moves).events {
            let key = event.draft.action.as_ref();
            match &event.draft.fact {
                Fact::Intent(intent) => {
                    assert!(!failed || intent.direction == Direction::Back, "{event:?}");
                    if intent.nature == Nature::Observation {
                        looking.extend(key.cloned());
                    }
                }
                Fact::Outcome(outcome) => {
                    looking.retain(|open| Some(open) != key);
                    let counts = !key.is_some_and(|key| overtaken.remove(key));
                    failed |= counts && matches!(outcome, Outcome::Failed { effect: Trace::None, .. });
                }
                Fact::Resumed => failed = false,
                // a look that a thaw, a flag change or an undo has overtaken fails nobody, whenever it ends
                Fact::Thawed { .. } => overtaken.append(&mut looking),
                Fact::FlagSet { .. } | Fact::Undone { .. } => {
                    overtaken.append(&mut looking);
                    failed = false;
                }
                _ => {}
            }
        }
    }

    #[test]
    fn vetoed_means_no_intent(plan in a_plan(), moves in moves(60)) {
        let mut vetoed = BTreeSet::new();
        for event in &history(plan, &moves).events {
            let step = event.draft.step.clone();
            match &event.draft.fact {
                Fact::Vetoed { .. } => { vetoed.insert(step); }
                Fact::Lifted => { vetoed.remove(&step); }
                Fact::Intent(intent) => assert!(intent.direction == Direction::Back || !vetoed.contains(&step)),
                _ => {}
            }
        }
    }

    #[test]
    fn what_goes_on_without_the_owner_was_begun_and_changes_nothing(plan in a_plan(), moves in moves(80)) {
        play(plan, &moves, &mut |pen, _, _| {
            let next = next(&pen.plan, &pen.rollout);
            if !next.only_watches(&pen.rollout) {
                return;
            }
            let Next::Act { step, action, .. } = &next else { panic!("{next:?} isn't even about to act") };
            let log = pen.rollout.step(step);
            assert_eq!(action.effect.nature(), Nature::Observation);
            assert!(log.soak.is_some_and(|soak| soak.is_open()), "it hasn't begun");
            assert!(log.veto.is_none() && pen.rollout.hold.is_none() && pen.rollout.undecided().is_empty());
            assert!(crate::rollout::state::is_approved(&pen.rollout, step), "nobody approved it");
        });
    }

    #[test]
    fn what_is_undecided_holds_the_release(plan in a_plan(), moves in moves(60)) {
        play(plan, &moves, &mut |pen, _, _| {
            assert!(pen.rollout.undecided().is_empty() || pen.rollout.hold.is_some());
        });
    }

    #[test]
    fn what_is_out_of_order_lets_nothing_start_until_it_is_answered(plan in a_plan(), moves in moves(60)) {
        let mut open = BTreeSet::new();
        let mut rollout = Rollout::default();
        for event in &history(plan, &moves).events {
            rollout.apply(event).unwrap();
            match &event.draft.fact {
                Fact::OutOfOrder { item, seen: Some(_), .. } => { open.insert(item.clone()); }
                Fact::OutOfOrder { item, seen: None, .. } => { open.remove(item); }
                Fact::Accepted { item: Some(sighted), .. } => { open.remove(&sighted.item); }
                Fact::Resumed => assert!(open.is_empty(), "{open:?}"),
                Fact::Intent(intent) => assert!(open.is_empty() || intent.direction == Direction::Back, "{open:?}"),
                // what we ourselves bring, take back or freeze afresh makes what was seen before a thing of the past
                _ => open.retain(|item| rollout.out_of_order.contains_key(item)),
            }
            assert!(open.is_empty() || rollout.hold.is_some());
        }
    }

    #[test]
    fn the_same_sight_is_never_told_twice(plan in a_plan(), moves in moves(60)) {
        let mut told: BTreeMap<_, String> = BTreeMap::new();
        let mut rollout = Rollout::default();
        for event in &history(plan, &moves).events {
            rollout.apply(event).unwrap();
            match &event.draft.fact {
                Fact::OutOfOrder { item, seen: Some(seen), .. } => {
                    let before = told.insert(item.clone(), seen.clone());
                    prop_assert_ne!(before.as_ref(), Some(seen));
                }
                _ => told.retain(|item, _| rollout.out_of_order.contains_key(item)),
            }
        }
    }

    #[test]
    fn the_fold_is_deterministic_and_a_prefix_and_the_rest_make_the_whole(
        plan in a_plan(), moves in moves(40), cut in any::<prop::sample::Index>(),
    ) {
        let pen = history(plan, &moves);
        let whole = Rollout::replay(&pen.events).unwrap();
        prop_assert_eq!(&whole, &pen.rollout);
        let (prefix, rest) = pen.events.split_at(cut.index(pen.events.len() + 1));
        let mut rollout = Rollout::replay(prefix).unwrap();
        for event in rest {
            rollout.apply(event).unwrap();
        }
        prop_assert_eq!(rollout, whole);
    }

    #[test]
    fn clocks_that_jump_decide_nothing(
        plan in a_plan(), moves in moves(60), clocks in prop::collection::vec(any::<u32>(), 1..20), looked in any::<prop::sample::Index>(),
    ) {
        let pen = history(plan, &moves);
        let mut events = pen.events.clone();
        for (event, at) in events.iter_mut().zip(clocks.iter().cycle()) {
            event.at = u64::from(*at);
        }
        let jumped = Rollout::replay(&events).map_err(|(_, breach)| breach).unwrap();
        prop_assert_eq!(next(&pen.plan, &jumped), next(&pen.plan, &pen.rollout));
        for step in pen.plan.steps() {
            prop_assert_eq!(step_state(&pen.plan, &jumped, step), step_state(&pen.plan, &pen.rollout, step));
        }
        let after = looked.index(events.len() + 1) as u64;
        let seen = |at: u32| elsewhere(&pen.plan, u64::from(at), after);
        let told = |rollout: &Rollout, seen: &Observed| {
            let sight = out_of_order::out_of_order(&pen.plan, rollout, seen);
            let gone = out_of_order::gone(rollout, &sight).len();
            (sight.items.into_iter().map(|item| (item.id, item.way, item.says)).collect::<Vec<_>>(), sight.answered, gone)
        };
        prop_assert_eq!(told(&jumped, &seen(clocks[0])), told(&pen.rollout, &seen(1_000)));
    }

    #[test]
    fn recovery_is_idempotent(plan in a_plan(), moves in moves(40)) {
        let mut pen = history(plan, &moves);
        let steps = |pen: &Pen| {
            let mut rollout = pen.rollout.clone();
            (rollout.seq, rollout.epoch, rollout.held_since) = (0, 0, None);
            (rollout.steps, rollout.train, rollout.hold, rollout.candidates)
        };
        pen.crash();
        let once = steps(&pen);
        pen.crash();
        prop_assert_eq!(once, steps(&pen));
    }

    #[test]
    fn every_rollout_can_be_finished_and_every_state_on_the_way_names_its_next_action(
        plan in a_plan(), moves in moves(60),
    ) {
        let mut pen = history(plan, &moves);
        let session = Session { trusted: true, mine: true, alive: Some(true), unsound: None, paused: false };
        for _ in 0..400 {
            let next = next(&pen.plan, &pen.rollout);
            let status = status(&pen.plan, &pen.rollout, &Observed::default(), &session);
            assert!(!status.waiting_for.is_empty());
            assert_eq!(status.go_on.is_some(), next != Next::Nothing, "{next:?}");
            if next == Next::Nothing {
                assert!(status.steps.iter().all(|step| step.state.is_done()));
                return Ok(());
            }
            pen.follow();
        }
        prop_assert!(false, "it doesn't end: {:?}\n{:#?}", next(&pen.plan, &pen.rollout), pen.rollout);
    }

    #[test]
    fn headers_are_one_chain(plan in a_plan(), moves in moves(30), at in any::<prop::sample::Index>()) {
        let pen = history(plan, &moves);
        let at = at.index(pen.events.len());
        let before = Rollout::replay(&pen.events[..at]).unwrap();
        let good = pen.events[at].clone();
        let refused = |change: &dyn Fn(&mut Event)| {
            let mut event = good.clone();
            change(&mut event);
            let mut rollout = before.clone();
            let breach = rollout.apply(&event).unwrap_err();
            assert_eq!(rollout, before, "a rejected event changed something");
            breach
        };
        assert_eq!(refused(&|e| e.v += 1), Breach::Version { found: 2 });
        assert!(matches!(refused(&|e| e.seq += 1), Breach::Sequence { .. }));
        assert!(matches!(refused(&|e| e.seq -= 1), Breach::Sequence { .. }));
        assert!(matches!(refused(&|e| e.epoch += 1), Breach::Epoch { .. }));
        if at > 0 {
            assert!(matches!(refused(&|e| e.id = pen.events[0].id.clone()), Breach::DuplicateId { .. }));
            assert!(matches!(refused(&|e| e.release = "other".parse().unwrap()), Breach::OtherRelease { .. }));
            assert_eq!(refused(&|e| e.draft = pen.events[0].draft.clone()), Breach::Genesis);
        }
        if at > 1 && !matches!(good.draft.fact, Fact::ControlsTaken(_)) {
            assert_eq!(refused(&|e| e.plan_digest = crate::plan::Digest::of(b"x")), Breach::PlanChanged);
            assert!(matches!(refused(&|e| e.epoch -= 1), Breach::Epoch { .. }));
        }
    }

    #[test]
    fn epochs_rise_by_one_and_only_with_the_controls(plan in a_plan(), moves in moves(40)) {
        let mut epoch = 0;
        for event in &history(plan, &moves).events {
            epoch += u64::from(matches!(event.draft.fact, Fact::ControlsTaken(_)));
            prop_assert_eq!(event.epoch, epoch);
        }
    }

    #[test]
    fn an_event_survives_json_byte_by_byte(plan in a_plan(), moves in moves(60)) {
        for event in &history(plan, &moves).events {
            let text = serde_json::to_string(event).unwrap();
            let back: Event = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(&back, event);
            prop_assert_eq!(serde_json::to_string(&back).unwrap(), text);
        }
    }
}
