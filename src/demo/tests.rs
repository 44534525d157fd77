//! The demo world by hand: built into awkward folders, its scripts run as a person would run them.

mod misses;

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::json;

use super::answer::answer;
use super::history::{History, executable};
use super::registry::Pushed;
use super::serve::{Served, serve};
use super::*;
use crate::plan::document::Deployment;
use crate::plan::{Document, RepoName};

struct Demo {
    _folder: tempfile::TempDir,
    home: PathBuf,
    world: World,
}

fn options(home: &Path) -> Options {
    Options { program: home.join("flight deck's"), port: Some(8016), telling: Telling::Sound }
}

impl Demo {
    fn new() -> Self {
        Self::told(Telling::Sound)
    }

    fn told(telling: Telling) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = fs::canonicalize(folder.path()).unwrap();
        let options = Options { telling, ..options(&home) };
        let world = build(&home.join("Zoë's \"demo\" world"), &options).unwrap();
        Self { _folder: folder, home, world }
    }

    /// Runs a command with the small environment that a child of flightdeck gets.
    #[allow(clippy::disallowed_methods, reason = "the test is the person at the shell")]
    fn run(&self, folder: &Path, argv: &[&str]) -> Output {
        let mut command = std::process::Command::new(argv[0]);
        command.args(&argv[1..]).current_dir(folder).env_clear().env("HOME", &self.home).env("LC_ALL", "C");
        command.env("PATH", std::env::var_os("PATH").unwrap()).env("GIT_TERMINAL_PROMPT", "0");
        command.output().unwrap()
    }

    fn ok(&self, folder: &Path, argv: &[&str]) -> String {
        let output = self.run(folder, argv);
        assert!(output.status.success(), "{argv:?}: {}", text(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// A clean worktree at a commit, as flightdeck makes one for a command.
    fn worktree(&self, repo: &str, sha: &str) -> PathBuf {
        let path = self.world.state().join("work trees").join(format!("{repo}-{sha}"));
        self.ok(&self.world.clone_of(repo), &["git", "worktree", "add", "--detach", path.to_str().unwrap(), sha]);
        path
    }

    fn get(&self, path: &str) -> (u16, serde_json::Value) {
        let found = answer(self.world.root(), path);
        (found.status, found.body)
    }

    fn heads(&self, repo: &str) -> Heads {
        self.world.heads()[repo].clone()
    }

    fn commit(&self, repo: &str, file: &str, contents: &str) -> String {
        let clone = self.world.clone_of(repo);
        fs::write(clone.join(file), contents).unwrap();
        self.ok(&clone, &["git", "commit", "--quiet", "-am", "Break it"]);
        self.ok(&clone, &["git", "rev-parse", "HEAD"]).trim().to_owned()
    }
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn the_same_story_gives_the_same_commits_anywhere() {
    let (one, two) = (Demo::new(), Demo::new());
    assert_eq!(one.world.heads(), two.world.heads());
    assert_eq!(one.world.heads().len(), 6);
    for (name, heads) in one.world.heads() {
        let clone = one.world.clone_of(name);
        assert_eq!(one.ok(&clone, &["git", "rev-parse", "HEAD"]).trim(), heads.release);
        assert_eq!(one.ok(&clone, &["git", "status", "--porcelain"]), "", "{name} is dirty");
        assert_eq!(one.ok(&clone, &["git", "branch", "--show-current"]).trim(), "release/m3-team-org-tier");
        let remote = one.ok(&clone, &["git", "ls-remote", "origin"]);
        assert!(remote.contains(&format!("{}\trefs/heads/main", heads.main)), "{remote}");
        assert!(remote.contains(&format!("{}\trefs/heads/release/m3-team-org-tier", heads.release)), "{remote}");
        one.ok(&clone, &["git", "merge-base", "--is-ancestor", &heads.live, &heads.main]);
        one.ok(&clone, &["git", "merge-base", "--is-ancestor", &heads.main, &heads.release]);
        one.ok(&clone, &["git", "fsck", "--strict"]);
    }
}

#[test]
fn every_repository_passes_its_own_tests_in_a_clean_worktree() {
    let demo = Demo::new();
    for (name, heads) in demo.world.heads() {
        for sha in BTreeSet::from([&heads.main, &heads.release]) {
            let tree = demo.worktree(name, sha);
            let said = demo.ok(&tree, &["bin/test"]);
            assert!(said.ends_with("all passed\n") && said.contains("flags in FLAGS"), "{name}: {said}");
            demo.ok(&tree, &["bin/build"]);
            assert_eq!(demo.ok(&tree, &["git", "status", "--porcelain"]), "", "{name} was dirtied");
        }
    }
}

#[test]
fn the_tests_really_test() {
    let demo = Demo::new();
    let broken = [
        ("rlabs-consent", "policies/team.yaml", "- scope: shoe_size\n", "no scope is called shoe_size"),
        ("rlabs-notifier", "templates/team-renewal.txt.j2", "{{ team.name }} {{ team.price }}\n", "Team has no price"),
        ("agentguard-lib", "agentguard/__init__.py", "__version__ = \"9\"\n", "\"1.4.0\" is not \"9\""),
        ("agentguard-sdk", "src/team.ts", "export interface Team {\n  id: string;\n}\n", "seats"),
        ("platform-api", "migrations/0003_teams.sql", "-- up\n", "goes one way only"),
        ("agentguard-web", "routes.txt", "/ home\n/x gone\n", "no pages/gone.html"),
    ];
    for (repo, file, contents, complaint) in broken {
        let sha = demo.commit(repo, file, contents);
        let output = demo.run(&demo.worktree(repo, &sha), &["bin/test"]);
        assert_eq!(output.status.code(), Some(1), "{repo}");
        assert!(text(&output).contains(complaint), "{repo}: {}", text(&output));
    }
}

#[test]
fn a_push_to_production_puts_that_commit_live() {
    let demo = Demo::new();
    let (old, new) = (demo.heads("agentguard-web").live, demo.heads("agentguard-web").release);
    assert_eq!(demo.get("agentguard-web/version"), (200, json!({ "sha": old, "version": "3.10.0" })));
    assert_eq!(demo.get("agentguard-web/flag"), (200, json!({ "m3_team_org_tier": "off" })));
    let clone = demo.world.clone_of("agentguard-web");
    let output = demo.run(&clone, &["git", "push", "--porcelain", "production", &format!("{new}:refs/heads/main")]);
    assert!(output.status.success() && text(&output).contains("is live at"), "{}", text(&output));
    assert_eq!(demo.get("agentguard-web/version"), (200, json!({ "sha": new, "version": "3.11.0" })));
    assert_eq!(demo.get("agentguard-web/up").0, 200);
    let back = demo.run(&clone, &["git", "push", "production", &format!("+{old}:refs/heads/main")]);
    assert!(!back.status.success(), "production went backwards");
    let gone = demo.run(&clone, &["git", "push", "production", ":refs/heads/main"]);
    assert!(!gone.status.success(), "production was deleted");
    let beside = demo.run(&clone, &["git", "push", "production", &format!("{new}:refs/heads/next")]);
    assert!(text(&beside).contains("deployed by pushing main"), "{}", text(&beside));
}

#[test]
fn what_the_user_set_git_to_changes_nothing() {
    let demo = Demo::new();
    let (lib, web) = (demo.heads("agentguard-lib").release, demo.heads("agentguard-web").release);
    let tree = demo.worktree("agentguard-lib", &lib);
    let built = || {
        demo.ok(&tree, &["bin/build"]);
        fs::read(tree.join("dist/agentguard-lib-1.4.0.tar")).unwrap()
    };
    let before = built();
    let hostile = "[core]\n hooksPath = /nowhere\n autocrlf = true\n[safe]\n bareRepository = explicit\n\
                   [tar]\n umask = 0077\n[commit]\n gpgsign = true\n[init]\n defaultBranch = trunk\n";
    fs::write(demo.home.join(".gitconfig"), hostile).unwrap();
    assert_eq!(built(), before);
    demo.ok(&demo.world.clone_of("agentguard-web"), &["git", "push", "production", &format!("{web}:refs/heads/main")]);
    assert_eq!(demo.get("agentguard-web/version").1["sha"], json!(web));
    let page = demo.world.root().join("live/agentguard-web/releases").join(&web).join("pages/home.html");
    assert!(!fs::read_to_string(page).unwrap().contains('\r'));
    demo.commit("agentguard-web", "README.md", "by hand, unsigned\n");
}

#[test]
fn a_build_that_fails_refuses_the_push_and_leaves_what_is_live() {
    let demo = Demo::new();
    let sha = demo.commit("rlabs-consent", "consent/app.py", "<<<<<<< ours\n");
    let push = ["git", "push", "production", &format!("{sha}:refs/heads/main")];
    let output = demo.run(&demo.world.clone_of("rlabs-consent"), &push);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(text(&output).contains("nothing was deployed"), "{}", text(&output));
    assert_eq!(demo.get("rlabs-consent/version").1["sha"], json!(demo.heads("rlabs-consent").live));
    let releases = fs::read_dir(demo.world.root().join("live/rlabs-consent/releases")).unwrap();
    assert_eq!(releases.count(), 1, "a failed build left something behind");
}

#[test]
fn the_notifier_deploys_itself() {
    let demo = Demo::new();
    let sha = demo.heads("rlabs-notifier").release;
    let tree = demo.worktree("rlabs-notifier", &sha);
    assert_eq!(demo.run(&tree, &["bin/deployed", &sha]).status.code(), Some(1));
    for _ in 0..2 {
        demo.ok(&tree, &["bin/deploy"]);
        assert_eq!(demo.run(&tree, &["bin/deployed", &sha]).status.code(), Some(0));
        assert_eq!(demo.get("rlabs-notifier/version"), (200, json!({ "sha": sha, "version": "2.2.0" })));
    }
    fs::remove_file(demo.world.root().join("live/rlabs-notifier/current")).unwrap();
    assert_eq!(demo.run(&tree, &["bin/deployed", &sha]).status.code(), Some(2), "unknown is not absent");
    assert_eq!(demo.get("rlabs-notifier/up").0, 503);
}

#[test]
fn the_api_needs_its_migration() {
    let demo = Demo::new();
    let sha = demo.heads("platform-api").release;
    let tree = demo.worktree("platform-api", &sha);
    assert_eq!(demo.run(&tree, &["bin/migrate", "--status"]).status.code(), Some(1));
    let push = ["git", "push", "production", &format!("{sha}:refs/heads/main")];
    demo.ok(&demo.world.clone_of("platform-api"), &push);
    assert_eq!(demo.get("platform-api/up").1["error"], json!("the database lacks 0003_teams"));
    for ran in ["1 migrated", "0 migrated"] {
        let said = demo.ok(&tree, &["bin/migrate"]);
        assert!(said.contains(ran), "{said}");
        assert_eq!(demo.run(&tree, &["bin/migrate", "--status"]).status.code(), Some(0));
    }
    assert_eq!(demo.get("platform-api/up").0, 200);
    for _ in 0..2 {
        demo.ok(&tree, &["bin/migrate", "--down", "0003_teams"]);
        assert_eq!(demo.run(&tree, &["bin/migrate", "--status"]).status.code(), Some(1));
    }
    assert_eq!(demo.run(&tree, &["bin/migrate", "--down", "0001_users"]).status.code(), Some(1));
}

#[test]
fn what_was_published_too_early_has_the_bytes_that_its_build_makes() {
    let demo = Demo::told(Telling::WithMisses);
    let heads = demo.heads("agentguard-sdk");
    let tree = demo.worktree("agentguard-sdk", &heads.release);
    demo.ok(&tree, &["bin/build"]);
    let built = fs::read(tree.join("dist/agentguard-sdk-2.3.0.tar")).unwrap();
    let early = demo.world.root().join("registry/@agentguard/sdk/2.3.0/agentguard-sdk-2.3.0.tar");
    assert!(built == fs::read(early).unwrap(), "somebody's package has other bytes than the plan's");
}

#[test]
fn packages_build_to_the_same_bytes_and_are_published_under_their_own_names() {
    let demo = Demo::new();
    // stands in for flightdeck: writes down how it was called
    let called = demo.home.join("called");
    let program = format!("#!/bin/sh\nprintf '%s\\n' \"$@\" > {}\n", shim::quoted(called.to_str().unwrap()));
    disk::write_program(&options(&demo.home).program, program.as_bytes()).unwrap();
    let registry = demo.world.root().join("registry");
    for (repo, package, old, new) in [
        ("agentguard-lib", "agentguard-lib", "1.3.1", "1.4.0"),
        ("agentguard-sdk", "@agentguard/sdk", "2.2.0", "2.3.0"),
    ] {
        let heads = demo.heads(repo);
        assert_eq!(demo.get(&format!("{repo}/version")), (200, json!({ "sha": heads.live, "version": old })));
        assert_eq!(demo.get(&format!("registry/{package}/{new}")).0, 404);
        let tree = demo.worktree(repo, &heads.release);
        let artefact = format!("dist/{repo}-{new}.tar");
        demo.ok(&tree, &["bin/build"]);
        let first = fs::read(tree.join(&artefact)).unwrap();
        demo.ok(&tree, &["bin/build"]);
        assert_eq!(first, fs::read(tree.join(&artefact)).unwrap(), "{repo} builds differently each time");
        demo.ok(&tree, &["bin/publish", &artefact]);
        let root = registry.to_str().unwrap();
        let said = fs::read_to_string(&called).unwrap();
        assert_eq!(
            said.lines().collect::<Vec<_>>(),
            ["demo-registry", "push", "--root", root, "--", package, new, &artefact]
        );
        assert_eq!(registry::push(&registry, package, new, &tree.join(&artefact)).unwrap(), Pushed::Stored);
        assert_eq!(demo.get(&format!("{repo}/version")), (200, json!({ "sha": heads.release, "version": new })));
        let digest = crate::plan::Digest::of(&first);
        assert_eq!(demo.get(&format!("registry/{package}/{new}")).1["sha256"], json!(digest));
        let tar = demo.run(
            &tree,
            &["tar", "-tf", registry.join(package).join(old).join(format!("{repo}-{old}.tar")).to_str().unwrap()],
        );
        assert!(text(&tar).contains("bin/publish"), "{}", text(&tar));
        for folder in [demo.world.root(), &tree] {
            demo.ok(folder, &["bin/registry", "probe", package, new]);
        }
    }
}

#[test]
fn a_flag_that_can_not_be_read_is_not_off() {
    let demo = Demo::new();
    let flags = demo.world.root().join("flags.json");
    fs::write(&flags, r#"{ "m3_team_org_tier": { "state": "beta" } }"#).unwrap();
    for member in &MEMBERS {
        assert_eq!(demo.get(&format!("{}/flag", member.name)), (200, json!({ "m3_team_org_tier": "beta" })));
    }
    for broken in ["", "{}", r#"{ "m3_team_org_tier": { "state": false } }"#] {
        fs::write(&flags, broken).unwrap();
        for member in &MEMBERS {
            assert_eq!(demo.get(&format!("{}/flag", member.name)).0, 503, "{broken}");
        }
    }
}

#[tokio::test]
async fn the_server_answers_says_whose_it_is_and_ends() {
    let demo = Demo::new();
    let Served::Here(server) = serve(demo.world.root(), 0).await.unwrap() else { panic!("not ours") };
    let port = server.address().port();
    assert!(matches!(serve(demo.world.root(), port).await, Ok(Served::Elsewhere(_))));
    let other = Demo::new();
    assert!(serve(other.world.root(), port).await.is_err());
    let url = "registry/@agentguard/sdk/2.2.0";
    let reply = tokio::task::spawn_blocking(move || {
        use std::io::{Read as _, Write as _};
        let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
        write!(stream, "GET /{url} HTTP/1.0\r\n\r\n").unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        reply
    });
    let reply = reply.await.unwrap();
    assert!(reply.starts_with("HTTP/1.0 200") && reply.contains("sha256"), "{reply}");
    server.stop().await;
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
}

#[test]
fn a_world_is_opened_again_as_it_was() {
    let demo = Demo::new();
    fs::write(demo.world.root().join("flags.json"), "changed").unwrap();
    let again = build(
        demo.world.root(),
        &Options { program: "/elsewhere/flightdeck".into(), port: None, telling: Telling::Sound },
    )
    .unwrap();
    assert_eq!((again.origin(), again.port()), (Origin::Reopened, 8016));
    assert_eq!(again.heads(), demo.world.heads());
    assert_eq!(fs::read_to_string(again.root().join("flags.json")).unwrap(), "changed");
    assert!(fs::read_to_string(again.root().join("bin/registry")).unwrap().contains("/elsewhere/flightdeck"));
    assert_eq!(state_beside(&again.release_toml()), Some(again.state()));
    assert_eq!(state_beside(&demo.home.join("release.toml")), None);
    assert_eq!(fs::metadata(again.state()).unwrap().permissions().mode() & 0o777, 0o700);
    let moved = demo.home.join("moved");
    fs::rename(again.root(), &moved).unwrap();
    assert!(matches!(build(&moved, &options(&demo.home)), Err(DemoError::Moved { .. })));
}

#[test]
fn a_folder_of_somebody_else_stays_untouched() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("thesis.txt"), "years of work").unwrap();
    assert!(matches!(build(folder.path(), &options(folder.path())), Err(DemoError::NotADemo(_))));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    let newline = folder.path().join("a\nb");
    assert!(matches!(build(&newline, &options(folder.path())), Err(DemoError::Path(_))));
}

#[test]
fn an_interrupted_build_is_begun_again() {
    let demo = Demo::new();
    let marker = demo.world.root().join(".flightdeck-demo");
    let building = fs::read_to_string(&marker).unwrap().replace("\"ready\"", "\"building\"");
    fs::write(&marker, building).unwrap();
    fs::remove_dir_all(demo.world.root().join("remotes/platform-api.git/refs")).unwrap();
    let again = build(demo.world.root(), &options(&demo.home)).unwrap();
    assert_eq!((again.origin(), again.heads()), (Origin::Built, demo.world.heads()));
}

#[test]
fn the_worked_example_names_only_what_is_there() {
    let plan: Document = toml::from_str(&plan_file::text(8016, Telling::Sound).unwrap()).unwrap();
    let names: Vec<_> = plan.repo.iter().map(|repo| repo.name.as_str()).collect();
    assert_eq!(names, MEMBERS.map(|member| member.name));
    for repo in &plan.repo {
        assert_eq!(repo.path, Path::new("repos").join(repo.name.as_str()));
        let mut argvs = vec![repo.test.clone().unwrap()];
        let history = History::of(repo.name.as_str(), Telling::Sound).unwrap();
        let files = history.files_after(&history.commits).unwrap();
        assert_eq!(history.release_branch(), Some(format!("release/{}", plan.release.id).as_str()));
        if let Some(publish) = &repo.publish {
            assert!(files.contains_key(publish.manifest.as_deref().unwrap()));
            argvs.extend([publish.build.clone().unwrap(), publish.command.clone()]);
            argvs.extend(plan.registry[&publish.registry].probe.clone());
        }
        match &repo.deploy {
            Some(Deployment::Script { script, probe }) => argvs.extend([script.clone(), probe.clone()]),
            Some(Deployment::Push { .. }) | None => {}
        }
        for argv in argvs {
            let program = argv.as_written()[0].as_str();
            let bytes = files.get(program).unwrap_or_else(|| panic!("{} has no {program}", repo.name));
            assert!(executable(program, bytes), "{}: {program} can't be run", repo.name);
        }
    }
}

#[test]
fn the_worked_example_has_no_fault_and_keeps_its_order() {
    let plan: Document = toml::from_str(&plan_file::text(8016, Telling::Sound).unwrap()).unwrap();
    for step in &plan.step {
        assert!(step.verb.faults(&plan).is_empty(), "{}: {:?}", step.id, step.verb.faults(&plan));
    }
    let ships = |name: &RepoName| {
        let last = plan.step.iter().rposition(|step| step.verb.repo() == Some(name) && step.verb.word() != "smoke");
        last.unwrap_or_else(|| panic!("{name} never ships"))
    };
    for repo in &plan.repo {
        for dependency in &repo.depends_on {
            assert!(ships(dependency) < ships(&repo.name), "{} ships before {dependency}", repo.name);
        }
    }
    assert_eq!(plan.step.last().map(|step| step.verb.word()), Some("record"));
}
