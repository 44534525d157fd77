//! Real repositories, real remotes, real hooks.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use tempfile::TempDir;

use super::*;
use crate::plan::Sha;
use crate::port::process::start;

struct World {
    root: TempDir,
    git: Git,
}

const HERMETIC: [(&str, &str); 7] = [
    ("PATH", "/usr/local/bin:/usr/bin:/bin"),
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_AUTHOR_NAME", "Ada"),
    ("GIT_AUTHOR_EMAIL", "ada@example.com"),
    ("GIT_COMMITTER_NAME", "Ada"),
    ("GIT_COMMITTER_EMAIL", "ada@example.com"),
];

impl World {
    /// A clone `work` with one commit on `main`, pushed to a bare `remote`.
    fn new() -> Self {
        let root = TempDir::new().unwrap();
        let user = HERMETIC.map(|(name, value)| (OsString::from(name), OsString::from(value))).into();
        let world = Self { root, git: Git::new(&user) };
        world.raw(".", &["init", "-q", "--bare", "-b", "main", "remote"]);
        world.raw(".", &["init", "-q", "-b", "main", "work"]);
        world.raw("work", &["remote", "add", "origin", &world.path("remote").display().to_string()]);
        world.commit("one");
        world.raw("work", &["push", "-q", "origin", "main"]);
        world
    }

    #[allow(clippy::disallowed_methods, reason = "the test's own git, not the one under test")]
    fn raw(&self, folder: &str, arguments: &[&str]) -> String {
        let mut git = Command::new("git");
        git.args(arguments).current_dir(self.path(folder)).env_clear().envs(HERMETIC);
        let output = git.output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn work(&self) -> Place {
        Place::WorkTree(self.path("work"))
    }

    fn commit(&self, text: &str) -> Sha {
        std::fs::write(self.path("work/file"), text).unwrap();
        self.raw("work", &["add", "file"]);
        self.raw("work", &["commit", "-q", "-m", text]);
        self.raw("work", &["rev-parse", "HEAD"]).parse().unwrap()
    }

    fn hook(&self, repo: &str, name: &str, body: &str) {
        let path = self.path(repo).join("hooks").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    async fn remote_main(&self) -> Option<Sha> {
        self.git.ls_remote(&self.work(), "origin", &main()).await.unwrap()
    }

    async fn push(&self, sha: &Sha) -> PushOutcome {
        self.git.push(&self.work(), "origin", sha, &main(), PushRun::Real).await
    }
}

fn main() -> FullRef {
    FullRef::branch("main").unwrap()
}

#[tokio::test]
async fn a_push_moves_the_ref_once() {
    let world = World::new();
    let (one, two) = (world.remote_main().await.unwrap(), world.commit("two"));
    let dry = world.git.push(&world.work(), "origin", &two, &main(), PushRun::Dry).await;
    assert_eq!((dry, world.remote_main().await), (PushOutcome::Updated, Some(one.clone())));
    assert_eq!((world.push(&two).await, world.remote_main().await), (PushOutcome::Updated, Some(two.clone())));
    assert_eq!(world.push(&two).await, PushOutcome::UpToDate);
    // back is not forward
    let back = world.push(&one).await;
    assert!(matches!(&back, PushOutcome::Rejected { reason } if reason.contains("non-fast-forward")), "{back:?}");
    assert_eq!(world.remote_main().await, Some(two));
}

#[tokio::test]
async fn a_moved_remote_a_refusing_hook_and_a_missing_commit_are_proven_refusals() {
    let world = World::new();
    world.raw(".", &["clone", "-q", "remote", "other"]);
    std::fs::write(world.path("other/file"), "theirs").unwrap();
    world.raw("other", &["commit", "-q", "-am", "theirs"]);
    world.raw("other", &["push", "-q", "origin", "main"]);
    let mine = world.commit("mine");
    let moved = world.push(&mine).await;
    assert!(matches!(&moved, PushOutcome::Rejected { reason } if reason.contains("fetch first")), "{moved:?}");
    world.hook("remote", "pre-receive", "echo 'not on a friday' >&2; exit 1");
    let to = FullRef::branch("other").unwrap();
    let refused = world.git.push(&world.work(), "origin", &mine, &to, PushRun::Real).await;
    assert!(matches!(&refused, PushOutcome::Rejected { reason } if reason.contains("not on a friday")), "{refused:?}");
    let missing = world.push(&"1".repeat(40).parse().unwrap()).await;
    assert!(matches!(missing, PushOutcome::Rejected { .. }), "{missing:?}");
    std::fs::rename(world.path("remote"), world.path("gone")).unwrap();
    let gone = world.push(&mine).await;
    assert!(matches!(gone, PushOutcome::Rejected { .. }), "{gone:?}");
    let asked = world.git.ls_remote(&world.work(), "origin", &main()).await;
    assert!(matches!(asked, Err(GitFault::Failed { code: 128, .. })), "{asked:?}");
}

#[tokio::test]
async fn a_killed_push_is_unknown_and_may_still_land() {
    let world = World::new();
    world.hook("remote", "pre-receive", "cat >/dev/null; sleep 2");
    let two = world.commit("two");
    let git = world.git.within(Duration::from_millis(700));
    let killed = git.push(&world.work(), "origin", &two, &main(), PushRun::Real).await;
    assert!(matches!(killed, PushOutcome::Unknown { .. }), "{killed:?}");
    let launch = world.git.push_launch(&world.work(), "origin", &two, &main(), PushRun::Real);
    let started = start(launch).unwrap();
    assert!(started.record.pid > 0);
    let ended = started.wait(watch::channel(Order::Run).1).await;
    assert_eq!(read_push(&Ok(ended), &main()), PushOutcome::Updated);
}

#[tokio::test]
async fn looking_runs_no_hook_and_a_real_push_runs_the_users() {
    let world = World::new();
    for hook in ["pre-push", "post-checkout", "reference-transaction"] {
        world.hook("work/.git", hook, &format!("cat >/dev/null; touch '{}'", world.path(hook).display()));
    }
    let two = world.raw("work", &["rev-parse", "HEAD"]).parse().unwrap();
    let (work, tree) = (world.work(), world.path("tree"));
    world.git.push(&work, "origin", &two, &FullRef::branch("x").unwrap(), PushRun::Dry).await;
    world.git.fetch(&work, "origin", &[main()]).await.unwrap();
    world.git.worktree_add(&work, &tree, &two).await.unwrap();
    for hook in ["pre-push", "post-checkout", "reference-transaction"] {
        assert!(!world.path(hook).exists(), "{hook} ran");
    }
    world.git.push(&work, "origin", &two, &FullRef::branch("x").unwrap(), PushRun::Real).await;
    assert!(world.path("pre-push").exists());
}

#[tokio::test]
async fn a_branch_named_like_an_option_or_backwards_is_only_a_branch() {
    let world = World::new();
    let sha = world.remote_main().await.unwrap();
    for name in ["--upload-pack=x", "a\u{202e}b", "x/refs/heads/main"] {
        let name = FullRef::branch(name).unwrap();
        let pushed = world.git.push(&world.work(), "origin", &sha, &name, PushRun::Real).await;
        assert_eq!(pushed, PushOutcome::Updated, "{name}");
        assert_eq!(world.git.ls_remote(&world.work(), "origin", &name).await.unwrap().as_ref(), Some(&sha));
        world.git.fetch(&world.work(), "origin", &[name]).await.unwrap();
    }
    assert_eq!(world.remote_main().await, Some(sha));
    let asked = world.git.ls_remote(&world.work(), "--upload-pack=touch x", &main()).await;
    assert!(matches!(asked, Err(GitFault::Failed { .. })));
    let foreign = world.git.ls_remote(&world.work(), "ext::sh -c 'touch x'", &main()).await;
    assert!(matches!(foreign, Err(GitFault::Failed { stderr, .. }) if stderr.contains("not allowed")));
}

#[tokio::test]
async fn an_annotated_tag_is_told_with_its_commit() {
    let world = World::new();
    let commit = world.remote_main().await.unwrap();
    world.raw("work", &["tag", "-a", "-m", "m3", "m3"]);
    let object: Sha = world.raw("work", &["rev-parse", "refs/tags/m3"]).parse().unwrap();
    let tag = FullRef::tag("m3").unwrap();
    let pushed = world.git.push(&world.work(), "origin", &object, &tag, PushRun::Real).await;
    assert_eq!(pushed, PushOutcome::Updated);
    let names = [tag.clone(), main(), FullRef::branch("none").unwrap()];
    let refs = world.git.ls_remote_all(&world.work(), "origin", &names).await.unwrap();
    assert_eq!(refs.len(), 2);
    assert_eq!(refs[&tag], RemoteRef { sha: object, peeled: Some(commit) });
}

#[tokio::test]
async fn a_rewritten_address_comes_to_light() {
    let world = World::new();
    world.raw("work", &["remote", "set-url", "origin", "https://example.com/a.git"]);
    world.raw("work", &["config", "url.ssh://elsewhere/.pushInsteadOf", "https://example.com/"]);
    let urls = world.git.effective_urls(&world.work(), "origin").await.unwrap();
    assert_eq!(
        (urls.fetch, urls.push),
        (vec!["https://example.com/a.git".into()], vec!["ssh://elsewhere/a.git".into()])
    );
    assert!(world.git.effective_urls(&world.work(), "none").await.is_err());
}

#[tokio::test]
async fn worktrees_come_and_go_and_the_users_own_is_only_moved_forward() {
    let world = World::new();
    let (work, tree) = (world.work(), world.path("tree"));
    let one = world.remote_main().await.unwrap();
    let two = world.commit("two");
    world.git.worktree_add(&work, &tree, &one).await.unwrap();
    assert_eq!(std::fs::read_to_string(tree.join("file")).unwrap(), "one");
    std::fs::write(tree.join("built"), "x").unwrap();
    world.git.worktree_remove(&work, &tree).await.unwrap();
    world.git.worktree_remove(&work, &tree).await.unwrap();
    world.git.worktree_add(&work, &tree, &two).await.unwrap();
    std::fs::remove_dir_all(&tree).unwrap();
    world.git.worktree_add(&work, &tree, &two).await.unwrap();
    world.git.worktree_add(&Place::Bare(world.path("remote")), &world.path("of bare"), &one).await.unwrap();

    world.raw("work", &["reset", "-q", "--hard", one.as_str()]);
    std::fs::write(world.path("work/file"), "edited").unwrap();
    assert!(world.git.merge_ff_only(&world.path("work"), &two).await.is_err());
    assert_eq!(std::fs::read_to_string(world.path("work/file")).unwrap(), "edited");
    world.raw("work", &["checkout", "-q", "file"]);
    world.git.merge_ff_only(&world.path("work"), &two).await.unwrap();
    assert_eq!(world.raw("work", &["rev-parse", "main"]), two.as_str());
}
