//! The real world against real repositories with hooks, real files and a real loopback server: what is readied, brought about
//! and found again, and what is refused.

mod demo_world;

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use demo_world::{DemoWorld, evidence, failure, orders, shell, until};
use flightdeck::plan::{Effect, Gate, Period, Probe};
use flightdeck::port::process::Order;
use flightdeck::port::world::{Frozen, Job, Look, Performed, Prepared, Sight, Signal, SoakNews, Tried, World as _};
use flightdeck::rollout::event::{Finding, Health, Proof, Trace, Writer};
use flightdeck::rollout::fold::{Cut, SoakLog};
use flightdeck::rollout::observed::PackageState;

use crate::common::scratch::write_program;
use crate::common::waiting::PATIENCE;

fn is_present(finding: &Finding) -> bool {
    matches!(finding, Finding::Present { .. })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_release_ships_and_each_effect_is_found_again() {
    let mut demo = DemoWorld::new().await;
    let plan = Arc::clone(&demo.plan);
    for step in plan.steps() {
        let repo = step.verb.repo().map(|repo| repo.as_str().to_owned());
        for (index, gate) in (0..).zip(&step.gates) {
            let judged = demo.judge(step.id.as_str(), index, repo.as_deref()).await;
            match gate {
                Gate::Step(_)
                | Gate::Preflight(_)
                | Gate::Coverage(_)
                | Gate::Ci(_)
                | Gate::Canary(_)
                | Gate::Rehearsed(_) => {
                    assert!(!judged.holds);
                }
                Gate::Flag(_) | Gate::Tests(_) | Gate::Command(_) | Gate::Seam(_) | Gate::Dormant(_) => {
                    assert!(judged.holds, "{}: {judged:?}", step.id);
                }
            }
        }
        for action in demo.actions(step.id.as_str()) {
            let job = demo.job(step.id.as_str(), action);
            let before = demo.world.probe(job.clone()).await;
            assert!(!is_present(&before.finding), "{}: {before:?}", job.action.title);
            assert_eq!(before.writer, Writer::Gone);
            let prepared = demo.prepare(&job).await.unwrap_or_else(|why| panic!("{}: {why:?}", job.action.title));
            let artifact = prepared.artifact.as_ref().map(|kept| kept.digest.clone());
            let made = prepared.made.clone();
            let performed = demo.world.perform(job.clone(), prepared).await;
            let said = evidence(performed);
            if let (Some(made), Some(repo)) = (&made, step.verb.repo()) {
                demo.candidates.get_mut(repo).unwrap().repinned = Some(made.clone());
            }
            let after = demo.probe(&Job { artifact, made, ..job.clone() }).await;
            match job.action.probe {
                Probe::Itself | Probe::Nothing => {}
                _ => assert!(is_present(&after.finding), "{}: {said}: {after:?}", job.action.title),
            }
            assert_eq!((after.writer, after.orphans), (Writer::Gone, None), "{}", job.action.title);
        }
    }
    let (name, sha) = ("rlabs-notifier", demo.sha("rlabs-notifier"));
    let candidate = demo.candidates.get(&name.parse().unwrap()).cloned();
    let frozen = Frozen { candidate, ..Frozen::default() };
    let look = demo.world.look(Arc::clone(&demo.plan), Look::Deployed(name.parse().unwrap()), frozen).await;
    assert!(matches!(look, Sight::Deployed(_, seen) if seen.value == Some(sha)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_qa_didnt_freeze_doesnt_ship() {
    let demo = DemoWorld::new().await;
    let (step, repo) = ("consent", "rlabs-consent");
    let clone = demo.clone_of(repo);
    let (advance, push) = (demo.nth(step, 0), demo.nth(step, 1));
    let branch = demo.plan.branch(demo.plan.repo(&repo.parse().unwrap()).unwrap());
    let sha = demo.sha(repo).to_string();

    let file = clone.join("VERSION");
    let kept = fs::read(&file).unwrap();
    fs::write(&file, "9.9.9\n").unwrap();
    assert!(demo.unfit(&advance).await.contains("uncommitted"));
    fs::write(&file, kept).unwrap();
    fs::write(clone.join("notes.txt"), "").unwrap();
    let prepared = demo.prepare(&advance).await.unwrap();
    assert!(prepared.preconditions.iter().any(|line| line.contains("warning: 1 files")), "{prepared:?}");

    demo.commit_on(&demo.remote_of(repo), &branch);
    let why = demo.unfit(&push).await;
    assert!(why.contains(&format!("origin/{branch} moved")), "{why}");
    demo.git(&demo.remote_of(repo), &["update-ref", &format!("refs/heads/{branch}"), &sha]);

    demo.git(&clone, &["checkout", "--quiet", "--detach"]);
    demo.commit_on(&clone, &branch);
    let why = demo.unfit(&push).await;
    assert!(why.contains("the local") && why.contains("moved"), "{why}");
    demo.git(&clone, &["update-ref", &format!("refs/heads/{branch}"), &sha]);

    // somebody's hotfix on main
    let hotfix = demo.commit_on(&demo.remote_of(repo), "main");
    for job in [&advance, &push] {
        let why = demo.unfit(job).await;
        assert!(why.contains("isn't an ancestor") && why.contains(&hotfix[..7]), "{why}");
    }
    assert_eq!(demo.git(&demo.remote_of(repo), &["rev-parse", "main"]), hotfix);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rewritten_address_is_refused() {
    let mut demo = DemoWorld::new().await;
    let remote = demo.remote_of("rlabs-consent");
    let elsewhere = demo.home().join("elsewhere.git");
    let rewrite = format!("[url \"{}\"]\n\tpushInsteadOf = {}\n", elsewhere.display(), remote.display());
    fs::write(demo.home().join("gitconfig"), rewrite).unwrap();
    let why = demo.unfit(&demo.nth("consent", 1)).await;
    assert!(why.contains("pushes go to") && why.contains("elsewhere"), "{why}");
    fs::write(demo.home().join("gitconfig"), "").unwrap();
    let address = format!("path       = \"repos/rlabs-consent\"\nurl = \"{}\"", elsewhere.display());
    demo.replan(|text| text.replace("path       = \"repos/rlabs-consent\"", &address));
    let why = demo.unfit(&demo.nth("consent", 1)).await;
    assert!(why.contains("the plan says"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_push_left_nothing_and_a_lost_answer_is_found_out() {
    let demo = DemoWorld::new().await;
    let push = demo.nth("consent", 1);
    let hooks = demo.remote_of("rlabs-consent").join("hooks");
    fs::create_dir_all(&hooks).unwrap();
    write_program(&hooks.join("pre-receive"), "#!/bin/sh\necho not today\nexit 1\n");
    let (effect, why) = failure(demo.perform(&push).await);
    assert_eq!(effect, Trace::None);
    assert!(why.contains("declined"), "{why}");
    let answer = demo.probe(&push).await;
    assert!(matches!(answer.finding, Finding::Absent { .. }) && answer.proof == Proof::Conclusive, "{answer:?}");

    // the branch moves, then the connection is lost
    fs::remove_file(hooks.join("pre-receive")).unwrap();
    write_program(&hooks.join("post-receive"), "#!/bin/sh\nkill -9 $(ps -o ppid= -p $PPID)\n");
    let push = Job { attempt: 2, tried: Tried::Before, ..push };
    let said = evidence(demo.perform(&push).await);
    assert!(said.contains("origin/main is at"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_takes_too_long_proves_nothing() {
    let demo = DemoWorld::new().await;
    let mut push = demo.nth("consent", 1);
    push.action.limit = Period::seconds(1);
    let hooks = demo.remote_of("rlabs-consent").join("hooks");
    fs::create_dir_all(&hooks).unwrap();
    write_program(&hooks.join("pre-receive"), "#!/bin/sh\nsleep 30\n");
    let (effect, why) = failure(demo.perform(&push).await);
    assert_eq!(effect, Trace::Unknown, "{why}");
    assert!(why.contains("too long"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_tells_the_exit_status_is_the_evidence() {
    let demo = DemoWorld::new().await;
    assert_eq!(evidence(demo.perform(&demo.job("smoke", shell("true", None))).await), "exit 0");
    let (effect, why) = failure(demo.perform(&demo.job("smoke", shell("exit 3", None))).await);
    assert_eq!((effect, why.as_str()), (Trace::Unknown, "exit 3"));
    let failed_but_there = shell("touch there; exit 1", Some("test -e there"));
    let said = evidence(demo.perform(&demo.job("smoke", failed_but_there)).await);
    assert!(said.contains("the command itself had failed: exit 1"), "{said}");
    let absent = shell("exit 1", Some("exit 1"));
    assert_eq!(failure(demo.perform(&demo.job("smoke", absent)).await).0, Trace::Unknown);
    let mut missing = shell("true", None);
    if let Effect::Run { command } = &mut missing.effect {
        command.argv = vec!["no-such-program".to_owned()].try_into().unwrap();
    }
    let job = demo.job("smoke", missing);
    assert!(demo.unfit(&job).await.contains("isn't on the PATH"));
    let performed = demo.world.perform(job, Prepared::default()).await;
    assert_eq!(failure(performed).0, Trace::None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_left_running_is_known_until_it_ends() {
    let mut demo = DemoWorld::new().await;
    let marker = demo.home().join("started");
    let action = shell(&format!("touch '{}'; echo at work; exec sleep 3000", marker.display()), None);
    let (sender, receiver) = orders();
    let job = Job { orders: receiver, ..demo.job("smoke", action) };
    let prepared = demo.prepare(&job).await.unwrap();
    let (world, running) = (Arc::clone(&demo.world), job.clone());
    let performing = tokio::spawn(async move { world.perform(running, prepared).await });
    until(|| marker.exists()).await;
    sender.send(Order::LetGo).unwrap();
    assert_eq!(performing.await.unwrap(), Performed::LetGo);
    assert!(demo.told().iter().any(|signal| matches!(signal, Signal::Output(..))));

    let answer = demo.probe(&job).await;
    let orphans = answer.orphans.unwrap();
    assert_eq!((answer.writer, answer.proof), (Writer::Alive, Proof::Inconclusive));
    let again = Job { attempt: 2, tried: Tried::Before, ..job.clone() };
    assert!(demo.unfit(&again).await.contains("earlier attempt"));
    // another flightdeck on this machine knows as much
    let other = demo_world::real(&demo.home(), demo.demo.root());
    let answer = other.probe(Job { tried: Tried::Before, ..job.clone() }).await;
    assert_eq!(answer.writer, Writer::Alive);
    let pid: i32 = orphans.split(' ').nth(1).unwrap().parse().unwrap();
    rustix::process::kill_process(rustix::process::Pid::from_raw(pid).unwrap(), rustix::process::Signal::KILL).unwrap();
    let gone = async {
        while demo.probe(&job).await.writer != Writer::Gone {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, gone).await.expect("it never ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_writer_that_nobody_noted_here_is_unknown() {
    let demo = DemoWorld::new().await;
    let job = demo.nth("consent", 1);
    let answer = demo.probe(&job).await;
    assert_eq!((answer.writer, answer.proof), (Writer::Unknown, Proof::Inconclusive));
    demo.prepare(&job).await.unwrap();
    let answer = demo.probe(&job).await;
    assert_eq!((answer.writer, answer.proof), (Writer::Gone, Proof::Conclusive));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_package_is_built_once_and_its_digest_decides() {
    let demo = DemoWorld::new().await;
    let registry = demo.demo.root().join("registry");
    let job = demo.nth("lib", 0);
    let prepared = demo.prepare(&job).await.unwrap();
    let kept = prepared.artifact.clone().unwrap();
    assert!(kept.path.starts_with(demo.home().join("state/work/artifacts").join(kept.digest.as_str())));

    // a resume takes the kept one; lost, it is built again only to the same bytes
    let again = Job { artifact: Some(kept.digest.clone()), attempt: 2, tried: Tried::Before, ..job.clone() };
    assert_eq!(demo.prepare(&again).await.unwrap().artifact, Some(kept.clone()));
    fs::write(&kept.path, "tampered").unwrap();
    assert_eq!(demo.prepare(&again).await.unwrap().artifact.unwrap().digest, kept.digest);
    let other = flightdeck::plan::Digest::of(b"other");
    let why = demo.unfit(&Job { artifact: Some(other.clone()), ..again.clone() }).await;
    assert!(why.contains("two artefacts of one version"), "{why}");

    // the index is late
    fs::write(registry.join("stale"), "3").unwrap();
    let said = evidence(demo.perform(&again).await);
    assert!(said.contains(kept.digest.as_str()), "{said}");
    let found = async |artifact| demo.probe(&Job { artifact, ..again.clone() }).await;
    assert!(matches!(found(Some(other)).await.finding, Finding::Conflict { .. }));
    // what was built here is compared though no intent names it; without it there is nothing to compare with
    let ours = kept.digest.as_str();
    assert!(matches!(found(None).await.finding, Finding::Present { evidence } if evidence.contains(ours)));
    let (artifacts, away) = (demo.home().join("state/work/artifacts"), demo.home().join("away"));
    fs::rename(&artifacts, &away).unwrap();
    assert!(
        matches!(found(None).await.finding, Finding::Unknown { why } if why.contains("isn't built on this machine"))
    );
    fs::rename(&away, &artifacts).unwrap();

    let look = |artifact: Option<flightdeck::plan::Digest>| {
        let candidate = demo.candidates.get(&"agentguard-lib".parse().unwrap()).cloned();
        let look = Look::Package("agentguard-lib".parse().unwrap());
        demo.world.look(
            Arc::clone(&demo.plan),
            look,
            Frozen { candidate, artifacts: artifact.into_iter().collect(), ..Frozen::default() },
        )
    };
    let seen = look(Some(kept.digest.clone())).await;
    assert!(matches!(seen, Sight::Package(_, seen) if matches!(seen.value, Some(PackageState::Live { .. }))));
    fs::write(registry.join("down"), "").unwrap();
    let seen = look(None).await;
    assert!(
        matches!(seen, Sight::Package(_, seen) if seen.value.is_none() && seen.why.as_ref().unwrap().contains("maintenance"))
    );
    assert!(demo.unfit(&demo.nth("sdk", 0)).await.contains("isn't known"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flag_is_set_only_when_everyone_reads_it() {
    let mut demo = DemoWorld::new().await;
    let file = demo.demo.root().join("flags.json");
    let before = fs::read_to_string(&file).unwrap();
    // nothing that is live knows the flag yet, so nobody but the provider agrees
    let said = demo.judge("consent", 0, None).await;
    assert!(said.holds, "{said:?}");
    let job = demo.nth("beta", 0);
    let performed = demo.perform(&job).await;
    assert_eq!(fs::read_to_string(&file).unwrap(), before.replace("\"state\": \"off\"", "\"state\": \"beta\""));
    let said = evidence(performed);
    assert!(said.contains("7 of 7 agree"), "{said}");
    demo.stop_serving().await;
    let judged = demo.judge("consent", 0, None).await;
    assert!(!judged.holds && judged.detail.contains("can't be read"), "{judged:?}");
    let off = flightdeck::plan::verb::set_flag(demo.plan.document(), &"off".parse().unwrap(), Period::seconds(5));
    let (effect, why) = failure(demo.world.perform(demo.job("beta", off), Prepared::default()).await);
    assert_eq!(effect, Trace::Unknown);
    assert!(why.contains("1 of 7 agree; lagging"), "{why}");
    assert_eq!(fs::read_to_string(&file).unwrap(), before);
    fs::write(&file, "{").unwrap();
    let why = demo.unfit(&job).await;
    assert!(why.contains("flags.json") && why.contains("isn't JSON"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_smoke_names_what_fails_and_a_soak_tells_of_changes_alone() {
    let mut demo = DemoWorld::new().await;
    let up = demo.home().join("up");
    let check = |name: &str| format!("{{ name = \"{name}\", command = [\"test\", \"-e\", \"{}\"] }}", up.display());
    let checks = format!("[{}, {{ name = \"fine\", command = [\"true\"] }}]", check("the marker"));
    demo.replan(|text| {
        let (before, after) = text.split_once("soak  = { for = \"3s\"").unwrap();
        let (_, after) = after.split_once("] }\n").unwrap();
        format!("{before}soak  = {{ for = \"700ms\", every = \"100ms\", checks = {checks} }}\n{after}")
    });
    // it is beta that is soaked
    evidence(demo.perform(&demo.nth("beta", 0)).await);
    let job = demo.nth("soak", 0);
    let Effect::Soak { checks, commands, .. } = job.action.effect.clone() else { panic!() };
    let mut smoke = job.action.clone();
    smoke.effect = Effect::Smoke { checks, commands };
    let (effect, why) = failure(demo.perform(&demo.job("soak", smoke)).await);
    assert_eq!((effect, why.as_str()), (Trace::None, "1 of 2 checks failed: the marker"));
    demo.told();

    let (world, soaking) = (Arc::clone(&demo.world), job.clone());
    let performing = tokio::spawn(async move { world.perform(soaking, Prepared::default()).await });
    let turned = |signal| match signal {
        Signal::Soak(_, SoakNews::Turned { health, .. }) => Some(health),
        Signal::Soak(..) | Signal::Output(..) | Signal::Waiting(..) | Signal::Suite(..) => None,
    };
    let mut health: Vec<_> = Vec::new();
    while health.is_empty() {
        health.extend(demo.told().into_iter().filter_map(turned));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    fs::write(&up, "").unwrap();
    let said = evidence(performing.await.unwrap());
    assert!(said.starts_with("good for 700ms, "), "{said}");
    health.extend(demo.told().into_iter().filter_map(turned));
    assert_eq!(health, [Health::Bad, Health::Good]);

    // most of it was done before a restart; what nobody watched since doesn't count
    let now = demo.world.now();
    let log = SoakLog { good_for: 650, seen_at: now - 60_000, ..SoakLog::begun(now - 70_000, 700) };
    let resumed = Job { soak: Some(log.clone()), ..job.clone() };
    assert!(!evidence(demo.perform(&resumed).await).contains(" 1 rounds"));
    let gaps: Vec<_> =
        demo.told().into_iter().filter(|s| matches!(s, Signal::Soak(_, SoakNews::Missed { .. }))).collect();
    let Some(Signal::Soak(_, SoakNews::Missed { gap, good_for: 650 })) = gaps.first() else { panic!("{gaps:?}") };
    assert!(!gap.counted && gap.from == now - 60_000);
    // the owner has ended it meanwhile
    let cut = Cut { reason: "enough".to_owned(), by: "Ada".to_owned(), at: now };
    let ended = Job { soak: Some(SoakLog { cut: Some(cut), ..log }), ..job.clone() };
    assert_eq!(evidence(demo.perform(&ended).await), "ended early by Ada, after 650ms of 700ms: enough");
    let (sender, receiver) = orders();
    sender.send(Order::Cancel).unwrap();
    let stopped = failure(demo.perform(&Job { orders: receiver, ..job }).await);
    assert_eq!(stopped.0, Trace::None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cant_be_seen_says_why() {
    let mut demo = DemoWorld::new().await;
    let name: flightdeck::plan::RepoName = "rlabs-consent".parse().unwrap();
    let clone = demo.clone_of("rlabs-consent");
    let candidate = demo.candidates.get(&name).cloned();
    let look = |demo: &DemoWorld, look: Look| {
        let frozen = Frozen { candidate: candidate.clone(), ..Frozen::default() };
        let (world, plan) = (Arc::clone(&demo.world), Arc::clone(&demo.plan));
        async move { world.look(plan, look, frozen).await }
    };
    demo.git(&clone, &["checkout", "--quiet", "--detach"]);
    let branch = demo.plan.branch(demo.plan.repo(&name).unwrap());
    demo.commit_on(&clone, &branch);
    let Sight::Local(_, seen) = look(&demo, Look::Local(name.clone())).await else { panic!() };
    let seen = seen.value.unwrap();
    assert_eq!((seen.trouble.as_deref(), seen.since_frozen.unwrap().ahead), (Some("detached"), 1));
    let frozen = demo.world.candidate(&demo.plan, &name).await;
    assert!(frozen.unwrap_err().to_string().contains("detached"));

    let Sight::Remote(_, seen) = look(&demo, Look::Remote(name.clone())).await else { panic!() };
    let remote = seen.value.unwrap();
    assert_eq!(remote.release.as_ref(), candidate.as_ref().map(|candidate| &candidate.sha));
    // the tag isn't there, by the remote's own word
    let (main, tag) = (&remote.refs["refs/heads/main"], &remote.refs["refs/tags/m3-team-org-tier"]);
    assert_eq!((main, tag), (&remote.main, &None));
    let target = Look::Target(name.clone(), "production".to_owned());
    let Sight::Target(_, _, seen) = look(&demo, target.clone()).await else { panic!() };
    assert_eq!(seen.value.unwrap().keys().collect::<Vec<_>>(), ["refs/heads/main"]);
    let Sight::FlagOf(_, seen) = look(&demo, Look::FlagOf(name.clone())).await else { panic!() };
    let read = seen.value.unwrap();
    assert_eq!((read.value.as_str(), read.states[0].as_str()), ("off", "off"));

    demo.stop_serving().await;
    fs::remove_dir_all(demo.remote_of("rlabs-consent")).unwrap();
    fs::remove_dir_all(&clone).unwrap();
    let why = |sight: Sight| match sight {
        Sight::Local(_, seen) => seen.why,
        Sight::Dirty(_, seen) => seen.why,
        Sight::Remote(_, seen) => seen.why,
        Sight::Target(_, _, seen) => seen.why,
        Sight::Package(_, seen) => seen.why,
        Sight::Deployed(_, seen) => seen.why,
        Sight::FlagOf(_, seen) => seen.why,
        Sight::Flag(seen) => seen.why,
        Sight::Seam(_, seen) => seen.why,
    };
    for wanted in [
        Look::Local(name.clone()),
        Look::Dirty(name.clone()),
        Look::Remote(name.clone()),
        target,
        Look::Deployed(name.clone()),
        Look::FlagOf(name.clone()),
        Look::Package(name.clone()),
    ] {
        assert!(why(look(&demo, wanted.clone()).await).is_some(), "{wanted:?}");
    }
    assert_eq!(why(look(&demo, Look::Local(name)).await).unwrap(), "nothing is there: clone it, or correct its path");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checked_out_main_is_fast_forwarded_in_its_work_tree() {
    let demo = DemoWorld::new().await;
    let clone = demo.clone_of("platform-api");
    demo.git(&clone, &["checkout", "--quiet", "main"]);
    let job = demo.nth("api", 0);
    evidence(demo.perform(&job).await);
    assert_eq!(demo.git(&clone, &["rev-parse", "HEAD"]), demo.sha("platform-api").to_string());
    assert_eq!(demo.git(&clone, &["status", "--porcelain"]), "");
    assert!(demo.deploy_of("platform-api").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ships_keeps_what_mains_contract_promises_or_isnt_dormant() {
    let mut demo = DemoWorld::new().await;
    demo.replan(|text| {
        let name = "name       = \"platform-api\"\n";
        let text = text.replacen(name, &format!("{name}dormant    = {{ contract = \"openapi.json\" }}\n"), 1);
        text.replacen("{ step = \"migrate\" }]", "{ dormant = true }]", 1)
    });
    let kept = demo.judge("api", 2, Some("platform-api")).await;
    assert!(kept.holds && kept.detail.contains("openapi.json keeps what it promised at"), "{kept:?}");
    assert!(kept.detail.contains("flag off: 7 of 7 agree"), "{kept:?}");

    let clone = demo.clone_of("platform-api");
    let text = fs::read_to_string(clone.join("openapi.json")).unwrap();
    fs::write(clone.join("openapi.json"), text.replacen("\"/v1/me\"", "\"/v1/myself\"", 1)).unwrap();
    demo.git(&clone, &["commit", "--quiet", "--all", "--message", "Rename a path"]);
    demo.freeze().await;
    let broken = demo.judge("api", 2, Some("platform-api")).await;
    assert!(!broken.holds && broken.detail.contains("openapi.json breaks what it promised at"), "{broken:?}");
    assert!(broken.detail.contains("/v1/me"), "{broken:?}");

    // main went on to what ships: how it was before nobody can say
    let branch = demo.plan.branch(demo.plan.repo(&"platform-api".parse().unwrap()).unwrap());
    demo.git(&clone, &["push", "--quiet", "origin", &format!("{branch}:main")]);
    let gone = demo.judge("api", 2, Some("platform-api")).await;
    assert!(!gone.holds && gone.detail.contains("main is at what ships already"), "{gone:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_dormant_while_somebody_reads_the_flag_otherwise() {
    let mut demo = DemoWorld::new().await;
    demo.replan(|text| {
        let name = "name       = \"agentguard-lib\"\n";
        let text = text.replacen(name, &format!("{name}dormant    = {{ tests = [\"bin/test\"] }}\n"), 1);
        text.replacen(
            "{ flag = \"off\" }, { tests = true }]\n\n[[step]]\nid      = \"sdk\"",
            "{ flag = \"off\" }, { dormant = true }]\n\n[[step]]\nid      = \"sdk\"",
            1,
        )
    });
    let tested = demo.judge("lib", 1, Some("agentguard-lib")).await;
    assert!(tested.holds && tested.detail.starts_with("main's tests at "), "{tested:?}");
    let flags = demo.demo.root().join("flags.json");
    fs::write(&flags, "{ \"m3_team_org_tier\": { \"state\": \"beta\" } }\n").unwrap();
    let on = demo.judge("lib", 1, Some("agentguard-lib")).await;
    assert!(!on.holds && on.detail.contains("flag off: 0 of 7 agree"), "{on:?}");
}
