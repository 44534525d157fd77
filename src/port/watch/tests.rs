//! Changes made in another terminal.

use std::process::Command;

use tempfile::TempDir;
use tokio::time::timeout;

use super::*;

/// How long what was done in another terminal may take to be told. No measure: only what never comes takes so long.
const PATIENCE: Duration = Duration::from_secs(300);

struct Bench(TempDir);

impl Bench {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    #[allow(clippy::disallowed_methods, reason = "git as the user runs it in another terminal")]
    fn git(&self, folder: &str, arguments: &[&str]) {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]).args(arguments);
        git.current_dir(self.path(folder)).env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin");
        git.envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1")]);
        let output = git.output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn repo(&self, name: &str) -> Target {
        self.git(".", &["init", "-q", "-b", "main", name]);
        self.git(name, &["commit", "-q", "--allow-empty", "-m", "one"]);
        Target::Repo(self.path(name))
    }
}

/// A watch, and one file more than the test is about: events come in their order, so once its change is told, so is whatever
/// was done before it.
struct Listening {
    watch: Watch,
    last: (usize, PathBuf),
}

impl Bench {
    fn watch(&self, mut targets: Vec<Target>) -> Listening {
        let file = self.path("last/file");
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, "").unwrap();
        let last = (targets.len(), file.clone());
        targets.push(Target::File(file));
        Listening { watch: Watch::new(targets).unwrap(), last }
    }
}

impl Listening {
    /// Takes in all that was done so far; fails if anything but the expected is told.
    async fn only(&mut self, expected: &[usize]) {
        std::fs::write(&self.last.1, "x").unwrap();
        let mut seen = BTreeSet::new();
        while !seen.remove(&self.last.0) {
            for notice in timeout(PATIENCE, self.watch.next()).await.expect("the last change is told") {
                let Notice::Changed(index) = notice else { panic!("{notice:?}") };
                seen.insert(index);
            }
        }
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), expected);
    }
}

#[tokio::test]
async fn commits_switches_and_fetched_refs_tell_of_their_repository_alone() {
    let bench = Bench::new();
    let mut watch = bench.watch(vec![bench.repo("a"), bench.repo("b")]);
    watch.only(&[]).await;
    bench.git("a", &["commit", "-q", "--allow-empty", "-m", "two"]);
    watch.only(&[0]).await;
    watch.only(&[]).await;
    bench.git("b", &["checkout", "-q", "-b", "release/deep/m3"]);
    watch.only(&[1]).await;
    bench.git("b", &["commit", "-q", "--allow-empty", "-m", "in a folder that is new"]);
    watch.only(&[1]).await;
    bench.git("b", &["fetch", "-q", "../a", "main:refs/remotes/origin/main"]);
    watch.only(&[1]).await;
    bench.git("a", &["pack-refs", "--all"]);
    watch.only(&[0]).await;
    // edits and looks are no news
    std::fs::write(bench.path("a/file"), "x").unwrap();
    std::fs::read(bench.path("a/.git/HEAD")).unwrap();
    watch.only(&[]).await;
}

#[tokio::test]
async fn a_linked_worktree_and_its_origin_hear_of_each_other() {
    let bench = Bench::new();
    let main = bench.repo("a");
    bench.git("a", &["worktree", "add", "-q", "-b", "side", "../side"]);
    let mut watch = bench.watch(vec![main, Target::Repo(bench.path("side"))]);
    watch.only(&[]).await;
    bench.git("side", &["commit", "-q", "--allow-empty", "-m", "two"]);
    watch.only(&[0, 1]).await;
    bench.git("side", &["checkout", "-q", "--detach"]);
    watch.only(&[1]).await;
}

#[tokio::test]
async fn a_repository_may_come_go_and_come_again() {
    let bench = Bench::new();
    let source = bench.repo("source");
    let mut watch = bench.watch(vec![Target::Repo(bench.path("deep/er/work")), source]);
    watch.only(&[]).await;
    for _ in 0..2 {
        std::fs::create_dir_all(bench.path("deep/er")).unwrap();
        bench.git(".", &["clone", "-q", "source", "deep/er/work"]);
        watch.only(&[0]).await;
        bench.git("deep/er/work", &["commit", "-q", "--allow-empty", "-m", "two"]);
        watch.only(&[0]).await;
        std::fs::remove_dir_all(bench.path("deep")).unwrap();
        watch.only(&[0]).await;
    }
    // and one that is replaced in one stroke
    bench.git(".", &["clone", "-q", "source", "x"]);
    bench.git(".", &["clone", "-q", "source", "y"]);
    let mut watch = bench.watch(vec![Target::Repo(bench.path("x"))]);
    std::fs::rename(bench.path("x"), bench.path("old")).unwrap();
    std::fs::rename(bench.path("y"), bench.path("x")).unwrap();
    watch.only(&[0]).await;
    bench.git("x", &["commit", "-q", "--allow-empty", "-m", "two"]);
    watch.only(&[0]).await;
}

#[tokio::test]
async fn a_file_saved_by_rename_is_followed() {
    let bench = Bench::new();
    let file = bench.path("release.toml");
    std::fs::write(&file, "1").unwrap();
    let mut watch = bench.watch(vec![Target::File(file.clone())]);
    for n in 0..3 {
        std::fs::write(bench.path("release.toml~"), n.to_string()).unwrap();
        std::fs::rename(bench.path("release.toml~"), &file).unwrap();
        watch.only(&[0]).await;
    }
    std::fs::write(&file, "in place").unwrap();
    watch.only(&[0]).await;
    std::fs::remove_file(&file).unwrap();
    watch.only(&[0]).await;
    std::fs::write(&file, "again").unwrap();
    watch.only(&[0]).await;
    std::fs::write(bench.path("another"), "x").unwrap();
    watch.only(&[]).await;
}

#[tokio::test]
async fn what_was_heard_is_not_lost_when_a_wait_is_given_up() {
    let bench = Bench::new();
    let mut watch = bench.watch(vec![bench.repo("a")]);
    watch.only(&[]).await;
    bench.git("a", &["commit", "-q", "--allow-empty", "-m", "two"]);
    let busy = async { while timeout(Duration::from_millis(5), watch.watch.next()).await.is_err() {} };
    timeout(PATIENCE, busy).await.expect("a select loop that is busy would never hear of it");
}
