//! What is told as out of order, and what never is: ours, unknown, or accepted as it is.

use serde_json::json;

use super::world::{Pen, absent, failed, id, ok, plan_of, present, run, state, step, with};
use crate::plan::Sha;
use crate::rollout::event::{Direction, Draft, Fact, Proof, Sighted, Trace};
use crate::rollout::observed::{FlagSeen, Observed, PackageState, RemoteSeen, RepoSeen, Seen};
use crate::rollout::out_of_order::{self, InSight, Item, Way};
use crate::rollout::status::{DeployState, ItemState, Session, status};
use crate::rollout::{Breach, Next, Order, Refusal, StepState, next};

fn release() -> Pen {
    let steps = [
        run("first"),
        with(step("lib", "publish", json!("r0")), "undo", json!(["yank"])),
        with(step("web", "deploy", json!("r0")), "undo", json!(["back"])),
        step("on", "flag", json!("on")),
    ];
    Pen::frozen(plan_of("careful", 1, &steps))
}

/// A world in which nothing has happened.
fn world(pen: &Pen) -> Observed {
    let refs = |remote: &str| {
        let refs = pen.plan.brought_refs(&pen.plan.repos()[0].name).into_iter().filter(|r| r.remote == remote);
        refs.map(|brought| (brought.name, None)).collect()
    };
    let seen = RepoSeen {
        package: asked(pen, PackageState::Absent),
        deployed: asked(pen, other()),
        remote: asked(pen, RemoteSeen { refs: refs("origin"), ..RemoteSeen::default() }),
        targets: [("live".to_owned(), asked(pen, refs("live")))].into(),
        ..RepoSeen::default()
    };
    let mut observed = Observed::default();
    observed.repos.insert("r0".parse().unwrap(), seen);
    flag(&mut observed, pen, "off");
    observed
}

fn flag(observed: &mut Observed, pen: &Pen, to: &str) {
    observed.flag = asked(pen, FlagSeen { state: Some(state(to)), contexts: Vec::new() });
}

/// An answer to a question that is asked now.
fn asked<T>(pen: &Pen, answer: T) -> Seen<T> {
    Seen::answer(answer, pen.now).after(pen.rollout.seq)
}

fn r0(observed: &mut Observed) -> &mut RepoSeen {
    observed.repos.get_mut("r0".parse::<crate::plan::RepoName>().as_ref().unwrap()).unwrap()
}

fn ships(pen: &Pen) -> Sha {
    pen.rollout.candidates.values().next().unwrap().ship_sha().clone()
}

fn other() -> Sha {
    "1".repeat(40).parse().unwrap()
}

fn push(pen: &Pen, observed: &mut Observed, remote: &str, sha: Option<Sha>) {
    let (at, after) = (pen.now, pen.rollout.seq);
    let seen = r0(observed);
    if remote == "origin" {
        seen.remote.value.as_mut().unwrap().refs.insert("refs/heads/main".to_owned(), sha);
        (seen.remote.at, seen.remote.after) = (Some(at), after);
    } else {
        let target = seen.targets.get_mut(remote).unwrap();
        target.value.as_mut().unwrap().insert("refs/heads/main".to_owned(), sha);
        (target.at, target.after) = (Some(at), after);
    }
}

fn sight(pen: &Pen, observed: &Observed) -> InSight {
    out_of_order::out_of_order(&pen.plan, &pen.rollout, observed)
}

fn items(pen: &Pen, observed: &Observed) -> Vec<(String, Way, Option<String>)> {
    let told = |item: Item| (item.id.to_string(), item.way, item.step.map(|step| step.to_string()));
    sight(pen, observed).items.into_iter().map(told).collect()
}

fn one(id: &str, way: Way, step: &str) -> Vec<(String, Way, Option<String>)> {
    vec![(id.to_owned(), way, Some(step.to_owned()))]
}

/// What is out there once all of ours is.
fn as_shipped(pen: &Pen) -> Observed {
    let mut observed = world(pen);
    r0(&mut observed).package = asked(pen, PackageState::Live { digest: None });
    r0(&mut observed).deployed = asked(pen, ships(pen));
    push(pen, &mut observed, "origin", Some(ships(pen)));
    push(pen, &mut observed, "live", Some(ships(pen)));
    observed
}

#[test]
fn what_the_plan_hasnt_reached_is_told_with_its_step() {
    let pen = release();
    let mut observed = world(&pen);
    assert_eq!(items(&pen, &observed), []);
    r0(&mut observed).package = asked(&pen, PackageState::Live { digest: Some("d1".to_owned()) });
    let told = sight(&pen, &observed).items.remove(0);
    assert_eq!(told.says, "reg r0 1.0.0 is live, the plan publishes it in step 2 (lib), not by us");
    assert_eq!((told.seen.as_str(), told.id.as_str()), ("1.0.0 live d1", "r0:package"));

    let mut observed = world(&pen);
    push(&pen, &mut observed, "origin", Some(ships(&pen)));
    assert_eq!(items(&pen, &observed), one("r0:origin/main", Way::Early, "web"));
    push(&pen, &mut observed, "origin", Some(other()));
    assert_eq!(items(&pen, &observed), [], "main is anywhere before we bring it");
    let origin = r0(&mut observed).remote.value.as_mut().unwrap();
    (origin.main, origin.main_has_more) = (Some(other()), true);
    assert_eq!(items(&pen, &observed), one("r0:origin/main", Way::Moved, "web"), "unless it can't go forward any more");
    assert!(sight(&pen, &observed).items[0].says.contains("with commits that the frozen one hasn't"));
    let told = status(&pen.plan, &pen.rollout, &observed, &Session::default());
    assert_eq!(told.repos[0].deploy.as_ref().unwrap().state, DeployState::Other, "what it does nobody knows");
    r0(&mut observed).remote.value.as_mut().unwrap().main_has_more = false;
    push(&pen, &mut observed, "live", Some(ships(&pen)));
    assert_eq!(items(&pen, &observed), one("r0:live/main", Way::Early, "web"));

    let mut observed = world(&pen);
    r0(&mut observed).deployed = asked(&pen, ships(&pen));
    assert_eq!(items(&pen, &observed), one("r0:deployed", Way::Early, "web"));
    push(&pen, &mut observed, "live", Some(ships(&pen)));
    assert_eq!(items(&pen, &observed), one("r0:live/main", Way::Early, "web"), "one deed is told once");

    let mut observed = world(&pen);
    flag(&mut observed, &pen, "on");
    assert_eq!(items(&pen, &observed), one("flag", Way::Early, "on"));
    flag(&mut observed, &pen, "beta");
    assert_eq!(items(&pen, &observed), [("flag".to_owned(), Way::Early, None)]);
}

#[test]
fn an_unknown_answer_is_evidence_of_nothing() {
    let pen = release();
    assert_eq!(sight(&pen, &Observed::default()), InSight::default());
    let mut observed = as_shipped(&pen);
    flag(&mut observed, &pen, "on");
    assert_eq!(items(&pen, &observed).len(), 4);
    let seen = r0(&mut observed);
    seen.package = Seen::answer(PackageState::Unavailable { why: "503".to_owned() }, 9);
    seen.remote = Seen::unknown("no answer", 9);
    seen.targets.insert("live".to_owned(), Seen::unknown("no answer", 9));
    seen.deployed = Seen::unknown("no answer", 9);
    observed.flag.value.as_mut().unwrap().state = None;
    assert_eq!(sight(&pen, &observed), InSight::default(), "nothing is told, and nothing counts as put right");
}

#[test]
fn nothing_is_out_of_order_before_it_is_frozen_or_after_it_has_shipped() {
    let mut pen = release();
    let unfrozen = Pen::new(pen.plan.clone());
    assert_eq!(items(&unfrozen, &as_shipped(&pen)), []);
    while next(&pen.plan, &pen.rollout) != Next::Nothing {
        pen.follow();
    }
    pen.now += 1_000_000_000;
    assert_eq!(items(&pen, &world(&pen)), [], "main goes on once a release has shipped");
}

#[test]
fn our_own_effects_are_no_surprise_at_any_instant() {
    let mut pen = release();
    pen.ship("first");
    let quiet = |pen: &Pen, when: &str| {
        assert_eq!(items(pen, &as_shipped(pen)), [], "{when}: all of it seen");
        assert_eq!(items(pen, &world(pen)), [], "{when}: none of it seen yet");
    };
    pen.approve("lib").unwrap();
    pen.write(pen.intent("lib", 1));
    // the repository is at work: whatever is seen of it may be ours
    quiet(&pen, "running");
    pen.crash();
    let mut observed = world(&pen);
    r0(&mut observed).package = asked(&pen, PackageState::Live { digest: None });
    assert_eq!(items(&pen, &observed), [], "in doubt");
    pen.write(pen.probe("lib", 1, absent(), Proof::Conclusive));
    pen.order(&Order::Resume).unwrap();
    assert_eq!(items(&pen, &observed), [], "what was ever tried may land late");
    pen.ship("lib");
    assert_eq!(items(&pen, &observed), [], "just done");
    r0(&mut observed).package = asked(&pen, PackageState::Absent);
    assert_eq!(items(&pen, &observed), [], "not shown everywhere yet");
    pen.ship("web");
    pen.now += 1;
    assert_eq!(items(&pen, &as_shipped(&pen)), []);
    let mut late = as_shipped(&pen);
    r0(&mut late).deployed = asked(&pen, other());
    assert_eq!(items(&pen, &late), [], "what was there before may report itself a little longer");
}

#[test]
fn what_isnt_as_we_left_it_is_told() {
    let mut pen = release();
    for step in ["first", "lib", "web", "on"] {
        pen.ship(step);
    }
    pen.now += 1;
    let mut observed = as_shipped(&pen);
    flag(&mut observed, &pen, "on");
    assert_eq!(items(&pen, &observed), []);

    flag(&mut observed, &pen, "off");
    assert_eq!(items(&pen, &observed), [("flag".to_owned(), Way::Moved, None)]);
    flag(&mut observed, &pen, "on");

    push(&pen, &mut observed, "live", Some(other()));
    let told = sight(&pen, &observed).items.remove(0);
    assert_eq!(told.says, "live/main of r0 is at 1111111, step 3 (web) put it at 9f31c2a, moved not by us");
    push(&pen, &mut observed, "live", None);
    assert_eq!(sight(&pen, &observed).items.remove(0).seen, "gone");
    push(&pen, &mut observed, "live", Some(ships(&pen)));

    r0(&mut observed).deployed = asked(&pen, other());
    r0(&mut observed).arrived = Some(ships(&pen));
    assert_eq!(
        items(&pen, &observed),
        one("r0:deployed", Way::Moved, "web"),
        "ours had reported itself: a third commit"
    );
    r0(&mut observed).arrived = None;
    r0(&mut observed).deployed.at = Some(pen.now + 100_000);
    assert_eq!(items(&pen, &observed), one("r0:deployed", Way::Moved, "web"), "ours had its time");
    r0(&mut observed).deployed = asked(&pen, ships(&pen));

    r0(&mut observed).package = asked(&pen, PackageState::Withdrawn { why: "yanked".to_owned() });
    assert_eq!(items(&pen, &observed), one("r0:package", Way::Moved, "lib"));
}

#[test]
fn the_chain_tells_what_was_seen_later_and_no_clock_does() {
    const DAY: u64 = 86_400_000;
    for (then, later) in [(DAY, 0), (0, DAY), (DAY, DAY)] {
        let mut pen = release();
        let before = pen.rollout.seq;
        pen.now += then;
        for step in ["first", "lib", "web", "on"] {
            pen.ship(step);
        }
        pen.now = 1_000 + later;
        let mut observed = as_shipped(&pen);
        flag(&mut observed, &pen, "off");
        push(&pen, &mut observed, "live", Some(other()));
        r0(&mut observed).package = asked(&pen, PackageState::Withdrawn { why: "yanked".to_owned() });
        let moved: Vec<_> = [one("r0:package", Way::Moved, "lib"), one("r0:live/main", Way::Moved, "web")].concat();
        let flag = ("flag".to_owned(), Way::Moved, None);
        assert_eq!(items(&pen, &observed), [moved, vec![flag]].concat(), "{then} {later}");

        // the same, asked before any of it was recorded, by a clock that says it was long after
        observed.flag.after = before;
        r0(&mut observed).package.after = before;
        r0(&mut observed).targets.get_mut("live").unwrap().after = before;
        for at in [0, 10 * DAY] {
            observed.flag.at = Some(at);
            r0(&mut observed).package.at = Some(at);
            r0(&mut observed).targets.get_mut("live").unwrap().at = Some(at);
            assert_eq!(items(&pen, &observed), [], "{then} {later} {at}");
        }
    }
}

#[test]
fn a_clock_that_was_put_right_takes_the_moment_that_things_may_take_to_show() {
    let mut pen = release();
    pen.now += 86_400_000;
    for step in ["first", "lib", "web"] {
        pen.ship(step);
    }
    pen.now -= 86_400_000;
    let mut observed = as_shipped(&pen);
    r0(&mut observed).deployed = asked(&pen, other());
    assert_eq!(items(&pen, &observed), one("r0:deployed", Way::Moved, "web"), "nobody knows that it was just now");
    r0(&mut observed).deployed = asked(&pen, ships(&pen));
    r0(&mut observed).package = asked(&pen, PackageState::Absent);
    assert_eq!(items(&pen, &observed), one("r0:package", Way::Moved, "lib"));
}

#[test]
fn what_was_taken_back_or_set_back_is_no_surprise() {
    let mut pen = release();
    for step in ["first", "lib", "web"] {
        pen.ship(step);
    }
    let action = crate::rollout::undo::undo(&pen.plan, &pen.rollout, &id("web")).unwrap();
    let digest = crate::plan::Digest::of(b"undo");
    pen.write(crate::rollout::undo::approve_undo(&id("web"), &digest));
    pen.write(pen.intent_of("web", &action, 1, 1, Direction::Back));
    pen.now += 1;
    assert_eq!(items(&pen, &world(&pen)), [], "on its way back");
    pen.end(ok());
    pen.now += 1;
    let mut back = as_shipped(&pen);
    assert_eq!(items(&pen, &back), [], "the ref may stay where it was");
    push(&pen, &mut back, "live", Some(other()));
    assert_eq!(items(&pen, &back), []);
    pen.order(&Order::Approve { step: id("web"), digest: pen.digest("web") }).unwrap();
    assert_eq!(items(&pen, &as_shipped(&pen)), [], "what an earlier generation left isn't somebody else's");
    pen.ship("web");
    pen.ship("on");
    let reopens = crate::rollout::decide::reopened_by_flag(&pen.plan, &pen.rollout, &state("off"));
    let (from, to) = (Some(state("on")), state("off"));
    pen.write(Draft::release(Fact::FlagSet {
        from,
        to,
        reopens,
        bypassed: Vec::new(),
        evidence: "1 of 1".to_owned(),
        took: None,
    }));
    pen.now += 1;
    let mut observed = as_shipped(&pen);
    assert_eq!(items(&pen, &observed), []);
    flag(&mut observed, &pen, "on");
    assert_eq!(items(&pen, &observed), one("flag", Way::Early, "on"), "set forward again by another hand");
}

/// Tells the ledger what is seen, as a conductor would after a second look.
fn tell(pen: &mut Pen, observed: &Observed) -> usize {
    let sight = sight(pen, observed);
    let told: Vec<_> = out_of_order::told(&pen.rollout, &sight.items).into_iter().map(out_of_order::found).collect();
    let gone = out_of_order::gone(&pen.rollout, &sight);
    let count = told.len() + gone.len();
    for draft in gone.into_iter().chain(told) {
        pen.write(draft);
    }
    count
}

#[test]
fn it_holds_the_plan_until_it_is_accepted_and_the_same_value_isnt_asked_again() {
    let mut pen = release();
    for step in ["first", "lib", "web"] {
        pen.ship(step);
    }
    pen.now += 1;
    let mut observed = as_shipped(&pen);
    push(&pen, &mut observed, "live", Some(other()));
    assert_eq!((tell(&mut pen, &observed), tell(&mut pen, &observed)), (1, 0), "told once");
    assert!(matches!(next(&pen.plan, &pen.rollout), Next::OutOfOrder(item) if item.as_str() == "r0:live/main"));
    assert!(matches!(pen.order(&Order::Resume), Err(Refusal::OutOfOrder { .. })));
    assert!(matches!(pen.try_write(Draft::release(Fact::Resumed)), Err(Breach::StillOutOfOrder { .. })));
    let third: Sha = "2".repeat(40).parse().unwrap();
    push(&pen, &mut observed, "live", Some(third.clone()));
    assert_eq!(tell(&mut pen, &observed), 0, "what it turns into while it waits is only shown");
    let shown = status(&pen.plan, &pen.rollout, &observed, &Session::default());
    assert_eq!((shown.out_of_order[0].state, &shown.out_of_order[0].seen), (ItemState::Waiting, &third.to_string()));

    let item = sight(&pen, &observed).items.remove(0);
    for draft in out_of_order::accept(&pen.rollout, &item, "Grace did it") {
        pen.write(draft);
    }
    pen.order(&Order::Resume).unwrap();
    assert_eq!(tell(&mut pen, &observed), 0, "accepted as it is");
    assert_eq!(
        status(&pen.plan, &pen.rollout, &observed, &Session::default()).out_of_order[0].state,
        ItemState::Accepted
    );
    assert_eq!(pen.rollout.step(&id("web")).of, pen.rollout.step(&id("web")).done(), "the step stays done");
    push(&pen, &mut observed, "live", Some(other()));
    assert_eq!(tell(&mut pen, &observed), 1, "another value is another matter");
    push(&pen, &mut observed, "live", Some(ships(&pen)));
    r0(&mut observed).targets.get_mut("live").unwrap().after -= 1;
    assert_eq!(tell(&mut pen, &observed), 0, "that look was begun before it was found");
    pen.now -= 500;
    push(&pen, &mut observed, "live", Some(ships(&pen)));
    assert_eq!(tell(&mut pen, &observed), 1, "it was put right, and so may the clock have been");
    pen.order(&Order::Resume).unwrap();
}

#[test]
fn what_a_probe_proves_is_skipped_when_the_owner_accepts_it() {
    let mut pen = release();
    let mut observed = world(&pen);
    push(&pen, &mut observed, "live", Some(ships(&pen)));
    push(&pen, &mut observed, "origin", Some(ships(&pen)));
    assert_eq!(tell(&mut pen, &observed), 2);
    let item = sight(&pen, &observed).items.remove(0);
    for nth in 1..=3 {
        pen.write(pen.probe("web", nth, present(), Proof::Conclusive));
    }
    for draft in out_of_order::accept(&pen.rollout, &item, "merged on the host") {
        pen.write(draft);
    }
    assert_eq!(pen.rollout.unanswered(), None, "one word answers for all that the step's probes prove");
    pen.order(&Order::Resume).unwrap();
    assert_eq!(tell(&mut pen, &observed), 0);
    assert_eq!(super::rules::stands(&pen, "web"), StepState::Pending, "its smoke is still ours");
    for step in ["first", "lib", "web", "on"] {
        pen.ship(step);
    }
}

#[test]
fn the_word_is_about_exactly_what_was_seen() {
    let mut pen = release();
    let mut observed = world(&pen);
    flag(&mut observed, &pen, "beta");
    tell(&mut pen, &observed);
    let word = |seen: &str| {
        let item = Some(Sighted { item: "flag".parse().unwrap(), seen: seen.to_owned() });
        Draft::release(Fact::Accepted { reason: "so be it".to_owned(), item })
    };
    assert_eq!(pen.try_write(word("on")), Err(Breach::NothingFound));
    pen.write(word("beta"));
    assert_eq!(pen.try_write(word("beta")), Err(Breach::NothingFound));
    let fact = Fact::OutOfOrder { item: "flag".parse().unwrap(), seen: Some("beta".to_owned()), says: String::new() };
    assert!(matches!(pen.try_write(Draft::release(fact)), Err(Breach::KnownOutOfOrder { .. })));
    let gone = Fact::OutOfOrder { item: "flag".parse().unwrap(), seen: None, says: String::new() };
    assert_eq!(pen.try_write(Draft::release(gone)), Err(Breach::NothingFound));
}

#[test]
fn a_step_that_failed_for_good_is_still_ours() {
    let mut pen = release();
    pen.ship("first");
    pen.approve("lib").unwrap();
    pen.write(pen.intent("lib", 1));
    pen.end(failed(Trace::None));
    let mut observed = world(&pen);
    r0(&mut observed).package = asked(&pen, PackageState::Live { digest: None });
    assert_eq!(items(&pen, &observed), []);
}

#[test]
fn what_others_were_told_to_bring_is_theirs_to_bring_and_not_before() {
    let theirs = with(step("lib", "publish", json!("r0")), "via", json!("external"));
    let mut pen = Pen::frozen(plan_of("careful", 1, &[run("first"), theirs]));
    let mut observed = world(&pen);
    r0(&mut observed).package = asked(&pen, PackageState::Live { digest: None });
    assert_eq!(items(&pen, &observed), one("r0:package", Way::Early, "lib"));
    pen.ship("first");
    assert_eq!(items(&pen, &observed), one("r0:package", Way::Early, "lib"), "nobody has approved it");
    pen.approve("lib").unwrap();
    assert_eq!(items(&pen, &observed), []);
}
