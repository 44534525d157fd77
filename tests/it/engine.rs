//! The engine against a scripted world: whole rollouts, faults by name, and a death at every point of the ledger.

mod owner;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use flightdeck::engine::{Command, Reply};
use flightdeck::ledger::MemoryLedger;
use flightdeck::ledger::store::memory::AppendTrouble;
use flightdeck::plan::{Digest, Effect, Identity, Nature};
use flightdeck::port::fake::{Fault, Verdict};
use flightdeck::rollout::StepState;
use owner::{Death, Outcome, Rollout, When};

use crate::common::sampling::Random;

/// The plans whose rollouts are disturbed in every way.
const PLANS: [fn() -> Rollout; 2] = [Rollout::of_the_demo, Rollout::of_the_train];

/// Every effect of a plan that has shipped, in order: what a repinned repository ships is known only then.
async fn all_effects(plan: fn() -> Rollout) -> Vec<Identity> {
    let mut rollout = plan();
    assert_eq!(rollout.run(None).await, Outcome::Shipped);
    effects(&rollout)
}

/// A fair share of [`all_effects`]; all of them in a long run.
async fn some_effects(plan: fn() -> Rollout, random: &mut Random) -> Vec<Identity> {
    let all = all_effects(plan).await;
    random.sample(all.len(), all.len() / 4).into_iter().map(|index| all[index].clone()).collect()
}

/// Every effect of a plan, in order, as far as its ledger knows what ships.
fn effects(rollout: &Rollout) -> Vec<Identity> {
    let mut identities = Vec::new();
    let known = rollout.fold().candidates;
    let candidates = if known.is_empty() { &rollout.candidates } else { &known };
    for step in rollout.plan.steps() {
        for action in rollout.plan.compile(step, candidates).expect("a frozen plan compiles") {
            if action.effect.nature() == Nature::Effect {
                identities.push(action.identity);
            }
        }
    }
    identities
}

fn once_each(rollout: &Rollout) -> BTreeMap<Identity, u32> {
    effects(rollout).into_iter().map(|identity| (identity, 1)).collect()
}

fn ends_like_the_undisturbed_one(rollout: &Rollout, what: &str) {
    assert_eq!(rollout.world.applied(), once_each(rollout), "{what}: an effect happened twice, or never");
    assert!(rollout.fold().shipped_at.is_some(), "{what}: not shipped");
    for step in rollout.plan.steps() {
        let state = flightdeck::rollout::state::step_state(&rollout.plan, &rollout.fold(), step);
        assert!(state.is_done(), "{what}: step {} is {state}", step.id);
    }
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn an_undisturbed_rollout_ships_each_effect_once() {
    for plan in PLANS {
        let mut rollout = plan();
        assert_eq!(rollout.run(None).await, Outcome::Shipped);
        ends_like_the_undisturbed_one(&rollout, "undisturbed");
    }
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn a_death_before_or_after_any_append_changes_nothing_in_the_end() {
    let mut random = Random::new();
    for plan in PLANS {
        let mut whole = plan();
        assert_eq!(whole.run(None).await, Outcome::Shipped);
        let appends = whole.ledger.appends();
        assert!(appends > 60, "the ledger has only {appends} events");
        for nth in random.sample(appends, appends / 12).into_iter().map(|index| index + 1) {
            for when in [When::Before, When::After] {
                let mut rollout = plan();
                let first = rollout.run(Some(Death { nth, when })).await;
                assert_ne!(first, Outcome::Stuck, "death {when:?} append {nth}");
                assert_eq!(rollout.run(None).await, Outcome::Shipped, "after a death {when:?} append {nth}");
                ends_like_the_undisturbed_one(&rollout, &format!("death {when:?} append {nth}"));
            }
        }
    }
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn an_append_that_wrote_nothing_is_made_up_for_by_the_same_engine_once_the_owner_says_go() {
    for plan in PLANS {
        let mut whole = plan();
        assert_eq!(whole.run(None).await, Outcome::Shipped);
        let mut met = BTreeSet::new();
        // one of each kind will do: deaths are tried at all of them
        for (nth, kind) in (1..).zip(whole.kinds()).filter(|(_, kind)| met.insert(*kind)) {
            let mut rollout = plan();
            rollout.ledger = Arc::new(MemoryLedger::new().with_trouble(nth, AppendTrouble::ErrorNotWritten));
            let what = format!("nothing written at append {nth} ({kind})");
            assert_eq!(rollout.run(None).await, Outcome::Shipped, "{what}");
            ends_like_the_undisturbed_one(&rollout, &what);
        }
    }
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn a_death_between_act_and_append_repeats_nothing() {
    let mut random = Random::new();
    for plan in PLANS {
        for identity in some_effects(plan, &mut random).await {
            for fault in [Fault::CrashAfterEffect, Fault::CrashBeforeEffect] {
                let mut rollout = plan();
                rollout.world.fault(&identity, fault);
                assert_eq!(rollout.run(None).await, Outcome::Died, "{fault:?} of {identity:?}");
                assert_eq!(rollout.run(None).await, Outcome::Shipped, "after {fault:?} of {identity:?}");
                ends_like_the_undisturbed_one(&rollout, &format!("{fault:?} of {identity:?}"));
            }
        }
    }
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn every_fault_of_every_effect_ends_like_the_undisturbed_rollout() {
    let faults =
        [Fault::FailOnce, Fault::NeverSpawned, Fault::EffectButReplyLost, Fault::NoEffectButOk, Fault::StaleIndex(2)];
    let mut random = Random::new();
    for plan in PLANS {
        for identity in some_effects(plan, &mut random).await {
            for fault in faults {
                let mut rollout = plan();
                rollout.world.fault(&identity, fault);
                let what = format!("{fault:?} of {identity:?}");
                assert_eq!(rollout.run(None).await, Outcome::Shipped, "{what}");
                ends_like_the_undisturbed_one(&rollout, &what);
            }
        }
    }
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn what_somebody_else_published_waits_for_the_owner() {
    let mut rollout = Rollout::of_the_demo();
    let publish = effects(&rollout).into_iter().find(|identity| identity.verb == "publish").expect("a publish");
    rollout.world.meddle(&publish);
    assert_eq!(rollout.run(None).await, Outcome::Shipped);
    assert_eq!(rollout.world.applied().get(&publish), None, "it was published over what was there");
    let step = rollout.plan.steps().iter().find(|step| step.verb.word() == "publish").expect("a step");
    // the upload was theirs, and waiting for consumers ours: a step is skipped only where nothing of it was
    assert_eq!(flightdeck::rollout::state::step_state(&rollout.plan, &rollout.fold(), step), StepState::Done);
    assert!(rollout.orders.iter().any(|order| order.starts_with("accept")), "{:?}", rollout.orders);
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn a_death_around_what_is_out_of_order_repeats_nothing_and_asks_once() {
    let meddled = || {
        let rollout = Rollout::of_the_demo();
        let publish = effects(&rollout).into_iter().find(|identity| identity.verb == "publish").expect("a publish");
        rollout.world.meddle(&publish);
        (rollout, publish)
    };
    let (mut whole, _) = meddled();
    assert_eq!(whole.run(None).await, Outcome::Shipped);
    let kinds = whole.kinds();
    let told = kinds.iter().position(|kind| *kind == "out-of-order").expect("it is told");
    let accepted = kinds.iter().position(|kind| *kind == "accepted").expect("it is accepted");
    assert!(kinds.iter().position(|kind| *kind == "intent").is_some_and(|intent| intent > accepted), "{kinds:?}");
    for nth in told + 1..=accepted + 2 {
        for when in [When::Before, When::After] {
            let (mut rollout, publish) = meddled();
            let what = format!("death {when:?} append {nth}");
            assert_eq!(rollout.run(Some(Death { nth, when })).await, Outcome::Died, "{what}");
            assert_eq!(rollout.run(None).await, Outcome::Shipped, "{what}");
            assert_eq!(rollout.world.applied().get(&publish), None, "{what}: published over what is there");
            let count = |wanted| rollout.kinds().into_iter().filter(|kind| *kind == wanted).count();
            assert_eq!((count("out-of-order"), count("accepted")), (1, 1), "{what}: {:?}", rollout.kinds());
        }
    }
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn an_unmet_gate_keeps_a_step_from_starting() {
    let mut rollout = Rollout::of_the_demo();
    rollout.world.gates("tests", Verdict::Unmet);
    assert_eq!(rollout.run(None).await, Outcome::Unmet);
    let tested = |identity: &Identity| {
        rollout.plan.steps().iter().any(|step| {
            step.gates.iter().any(|gate| gate.kind() == "tests")
                && rollout
                    .plan
                    .compile(step, &rollout.candidates)
                    .is_ok_and(|a| a.iter().any(|a| a.identity == *identity))
        })
    };
    assert!(!rollout.world.applied().keys().any(tested), "{:?}", rollout.world.applied());
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn the_flag_goes_back_while_the_release_is_held_and_the_ledger_says_what_it_passed() {
    let mut rollout = Rollout::of_the_demo();
    let on = effects(&rollout).into_iter().rfind(|identity| identity.verb == "flag").expect("flag on");
    rollout.world.fault(&on, Fault::FailOnce);
    rollout.resumes = owner::Resumes::Never;
    assert_eq!(rollout.run(None).await, Outcome::Held);
    assert_eq!(rollout.world.flag().map(|state| state.to_string()).as_deref(), Some("beta"));
    let said = rollout.flag_back("off").await;
    assert!(said.contains("hold"), "{said}");
    assert_eq!(rollout.world.flag().map(|state| state.to_string()).as_deref(), Some("off"));
    let fold = rollout.fold();
    let beta = rollout.plan.steps().iter().find(|step| step.verb.word() == "flag").expect("flag beta").clone();
    assert_eq!(flightdeck::rollout::state::step_state(&rollout.plan, &fold, &beta), StepState::Undone);
    rollout.resumes = owner::Resumes::Always;
    assert_eq!(rollout.run(None).await, Outcome::Shipped, "and forward again is a new effect");
    let beta_effect = rollout.plan.compile(&beta, &rollout.candidates).expect("compiles");
    let Some(Effect::SetFlag { .. }) = beta_effect.first().map(|a| a.effect.clone()) else { panic!("a flag step") };
    assert_eq!(rollout.world.applied().get(&beta_effect[0].identity), Some(&2));
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn only_the_plan_that_was_shown_is_trusted() {
    let rollout = Rollout::of_the_demo();
    let other = rollout.ask(Command::Trust { digest: Digest::of(b"another plan") }).await;
    assert!(matches!(other, Reply::Refused { exit: 5, .. }), "{other:?}");
    let shown = rollout.ask(Command::Trust { digest: rollout.plan.digest().clone() }).await;
    assert!(matches!(shown, Reply::Done { .. }), "{shown:?}");
}

/// From the question to its answer there is no new intent, wherever in a rollout it is asked and whatever ends behind it.
#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn behind_a_question_whether_it_stops_nothing_starts() {
    let mut random = Random::new();
    for plan in PLANS {
        let mut whole = plan();
        assert_eq!(whole.run(None).await, Outcome::Shipped);
        let appends = whole.ledger.appends();
        for nth in random.sample(appends, appends / 8) {
            let mut rollout = plan();
            rollout.asked_at = Some(nth);
            let what = format!("asked after append {nth}");
            assert_eq!(rollout.run(None).await, Outcome::Shipped, "{what}");
            ends_like_the_undisturbed_one(&rollout, &what);
            let asked = rollout.asked.as_ref().unwrap_or_else(|| panic!("{what}: nobody asked"));
            assert_eq!(asked.intents_before, asked.intents_after, "{what}: something started behind the question");
            assert!(asked.paused || !asked.was_going, "{what}: the screen didn't say so");
        }
    }
}
