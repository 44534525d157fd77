//! A flagd file that is served out of git: a state is one commit of one file on top of what the remote has, or nothing at all.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;

use flightdeck::plan::Plan;
use flightdeck::plan::need::{Need, Wanted};
use flightdeck::port::world::{Checked, Frozen, Supply, World as _};
use flightdeck::rollout::event::Trace;

use super::flag_world::{FlagWorld, evidence, failure, plan};

const FLAGS: &str = r#"{
  "flags": {
    "m3": {
      "state":   "ENABLED",
      "variants": { "on": "on", "off": "off", "beta": "beta" },
      "defaultVariant": "off"
    }
  }
}
"#;

/// A clone `flags` of a bare `remote`, with a branch of the user's own checked out.
struct Served {
    world: FlagWorld,
    plan: Arc<Plan>,
    /// A git that somebody else may get in front of.
    _bin: tempfile::TempDir,
}

impl Served {
    fn new() -> Self {
        let bin = tempfile::tempdir().unwrap();
        let path = std::env::vars_os().find(|(name, _)| name == "PATH").map(|(_, value)| value).unwrap();
        let path = format!("{}:{}", bin.path().display(), path.to_string_lossy());
        let quiet = [("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1"), ("PATH", path.as_str())];
        let world = FlagWorld::new(&quiet);
        let wrapper = format!(
            "#!/bin/sh\nroot={}\nPATH=${{PATH#*:}}\nfor word; do\n  if [ \"$word\" = push ] && [ -e \"$root/first\" ]; then\n    \
             mv \"$root/first\" \"$root/gone\"; sh \"$root/gone\" >&2\n  fi\ndone\nexec git \"$@\"\n",
            world.root().display()
        );
        fs::write(bin.path().join("git"), wrapper).unwrap();
        fs::set_permissions(bin.path().join("git"), fs::Permissions::from_mode(0o755)).unwrap();
        let push = "push = { remote = \"origin\", branch = \"main\" }";
        let plan = plan(&format!("{{ flagd_file = \"flags/conf/flags.json\", {push} }}"), "", "");
        let served = Self { world, plan, _bin: bin };
        served.sh("git init -q --bare -b main remote && git clone -q remote flags 2>/dev/null && mkdir flags/conf");
        served.sh("cd flags && git symbolic-ref HEAD refs/heads/main");
        fs::write(served.file(), FLAGS).unwrap();
        fs::write(served.world.file("flags/README"), "ours").unwrap();
        served
            .sh("cd flags && git add . && git commit -q -m one && git push -q origin main && git checkout -q -b mine");
        served
    }

    fn file(&self) -> PathBuf {
        self.world.file("flags/conf/flags.json")
    }

    fn sh(&self, script: &str) -> String {
        let mut sh = std::process::Command::new("sh");
        sh.args(["-ec", script]).current_dir(self.world.root());
        sh.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        for who in ["AUTHOR", "COMMITTER"] {
            sh.env(format!("GIT_{who}_NAME"), "Eve").env(format!("GIT_{who}_EMAIL"), "eve@example.com");
        }
        let output = sh.output().unwrap();
        assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn commits(&self) -> usize {
        self.sh("git --git-dir=remote rev-list --count main").parse().unwrap()
    }

    fn remote_file(&self) -> String {
        self.sh("git --git-dir=remote show main:conf/flags.json") + "\n"
    }

    fn hook(&self, name: &str, script: &str) {
        let hook = self.world.file("remote/hooks").join(name);
        fs::write(&hook, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(hook, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// What is refused before anything is changed.
    async fn refused(&self, state: &str, why: &str) {
        let before = (self.commits(), self.remote_file());
        let (trace, said) = failure(self.world.set(&self.plan, state).await);
        assert!(said.contains(why), "{said}");
        assert_eq!(trace, Trace::None, "{said}");
        assert_eq!((self.commits(), self.remote_file()), before);
    }

    async fn pushable(&self) -> Checked {
        let what = Wanted::FlagPush { remote: "origin".to_owned(), branch: "main".to_owned() };
        let need = Need { step: None, what };
        self.world.world().check(Arc::clone(&self.plan), need, Frozen::default()).await
    }
}

#[tokio::test]
async fn each_state_is_one_commit_of_one_file_and_the_users_checkout_stays_as_it_is() {
    let served = Served::new();
    let here = served.sh("cd flags && git rev-parse HEAD main");
    let ready = served.pushable().await;
    assert_eq!(ready.supply, Supply::There, "{ready:?}");
    assert_eq!(served.world.state(&served.plan).await.as_deref(), Some("off"));
    // off already: there is nothing to commit
    let said = evidence(served.world.set(&served.plan, "off").await);
    assert!(said.contains("origin/main says off already: nothing was pushed"), "{said}");
    assert_eq!(served.commits(), 1);
    for (index, state) in ["beta", "off"].into_iter().enumerate() {
        let said = evidence(served.world.set(&served.plan, state).await);
        assert!(said.contains(&format!("origin/main says {state}, by ")) && said.contains("1 of 1 agree"), "{said}");
        assert_eq!(served.world.state(&served.plan).await.as_deref(), Some(state));
        assert_eq!(served.commits(), index + 2);
        let touched = served.sh("git --git-dir=remote diff --name-only main~1 main");
        assert_eq!(touched, "conf/flags.json");
    }
    assert_eq!(served.remote_file(), FLAGS, "back to the byte");
    let said = served.sh("git --git-dir=remote log -1 --format='%an %s' main~1");
    assert_eq!(said, "Ada Set m3 to beta");
    assert_eq!(served.sh("cd flags && git rev-parse HEAD main"), here);
    assert_eq!(served.sh("cd flags && git status --porcelain && git symbolic-ref HEAD"), "refs/heads/mine");
    assert_eq!(fs::read_to_string(served.file()).unwrap(), FLAGS);
    let seen = served.world.seen(&served.plan).await;
    assert_eq!(seen.contexts[0].name, "flags.json at origin/main");
}

#[tokio::test]
async fn what_others_pushed_is_built_upon_and_a_race_is_lost_without_a_trace() {
    let served = Served::new();
    served
        .sh("git clone -q remote other && cd other && echo theirs > README && git commit -q -am theirs && git push -q");
    evidence(served.world.set(&served.plan, "beta").await);
    assert_eq!(served.sh("git --git-dir=remote show main:README"), "theirs");
    assert_eq!(served.commits(), 3);
    // between our look and our push
    let script = format!(
        "export GIT_AUTHOR_NAME=E GIT_AUTHOR_EMAIL=e@x GIT_COMMITTER_NAME=E GIT_COMMITTER_EMAIL=e@x\n\
         cd {}/other && git pull -q && echo more > README && git commit -q -am more && git push -q\n",
        served.world.root().display()
    );
    fs::write(served.world.file("first"), script).unwrap();
    let (trace, said) = failure(served.world.set(&served.plan, "off").await);
    assert!(said.contains("origin/main moved meanwhile, and nothing was pushed: try again"), "{said}");
    assert_eq!((trace, served.commits()), (Trace::None, 4), "{said}");
    assert_eq!(served.world.state(&served.plan).await.as_deref(), Some("beta"));
    evidence(served.world.set(&served.plan, "off").await);
    assert_eq!(served.sh("git --git-dir=remote show main:README"), "more");
    assert_eq!((served.commits(), served.remote_file()), (5, FLAGS.to_owned()));
}

#[tokio::test]
async fn a_hook_that_says_no_leaves_the_flag_as_it_was() {
    let served = Served::new();
    served.hook("pre-receive", "echo 'no flips on a friday' >&2; exit 1");
    served.refused("beta", "origin refused the push, and nothing was pushed: [remote rejected]").await;
    served.refused("beta", "no flips on a friday").await;
    assert_eq!(served.world.state(&served.plan).await.as_deref(), Some("off"));
}

#[tokio::test]
async fn a_rehearsal_asks_whether_a_push_would_be_taken() {
    let served = Served::new();
    // what lies here keeps nobody from going back, so it keeps nobody from rehearsing it
    fs::write(served.file(), "{}").unwrap();
    let said = evidence(served.world.rehearse(&served.plan, "off").await);
    assert!(said.contains("nothing was pushed") && said.contains("it takes pushes from here"), "{said}");
    served.sh("cd flags && git config remote.origin.receivepack false");
    failure(served.world.rehearse(&served.plan, "off").await);
    assert_eq!(served.commits(), 1);
}

#[tokio::test]
async fn a_push_whose_answer_is_lost_is_told_by_the_remotes_file() {
    let served = Served::new();
    // the one that serves the push dies after it moved the branch
    served.hook("post-receive", "kill -9 $PPID");
    let said = evidence(served.world.set(&served.plan, "beta").await);
    assert!(said.contains("1 of 1 agree"), "{said}");
    assert_eq!((served.commits(), served.world.state(&served.plan).await.as_deref()), (2, Some("beta")));
    // and the one that dies before it leaves what isn't known unknown
    fs::remove_file(served.world.file("remote/hooks/post-receive")).unwrap();
    served.hook("pre-receive", "cat > /dev/null; kill -9 $PPID");
    let (trace, said) = failure(served.world.set(&served.plan, "off").await);
    assert!(said.contains("whether origin took the push isn't known"), "{said}");
    assert_eq!((trace, served.commits()), (Trace::Unknown, 2), "{said}");
}

#[tokio::test]
async fn what_somebody_changed_here_or_pushes_elsewhere_is_refused_in_plain_words() {
    let served = Served::new();
    fs::write(served.file(), FLAGS.replace("\"off\"\n", "\"on\"\n")).unwrap();
    served.refused("beta", "conf/flags.json has uncommitted changes in ").await;
    let lacking = served.pushable().await;
    assert_eq!(lacking.supply, Supply::Missing, "{lacking:?}");
    served
        .sh("cd flags && git checkout -q . && git checkout -q main && echo >> conf/flags.json && git commit -q -am x");
    served.refused("beta", "has commits that change conf/flags.json and aren't on origin/main").await;
    // the way back passes over all of it, and leaves it as it lies
    served.sh("cd flags && git reset -q --hard HEAD~1");
    evidence(served.world.set(&served.plan, "beta").await);
    served.sh("cd flags && echo >> conf/flags.json && git commit -q -am x && echo >> conf/flags.json");
    let lies = fs::read(served.file()).unwrap();
    evidence(served.world.set(&served.plan, "off").await);
    assert_eq!((served.commits(), fs::read(served.file()).unwrap()), (3, lies));
    served.sh("cd flags && git checkout -q .");
    // commits that leave it alone are nobody's concern
    served.sh("cd flags && git reset -q --hard HEAD~1 && echo x > README && git commit -q -am x");
    evidence(served.world.set(&served.plan, "beta").await);
    assert_eq!((served.commits(), served.sh("git --git-dir=remote show main:README")), (4, "ours".to_owned()));
    evidence(served.world.set(&served.plan, "off").await);
    served.sh("cd flags && git remote set-url --push origin ../elsewhere");
    served.refused("beta", "but pushes go to ../elsewhere").await;
    served.sh("cd flags && git remote remove origin");
    served.refused("beta", "has no usable remote origin").await;
    assert_eq!(served.world.state(&served.plan).await, None, "nothing that lies here stands in for it");
    fs::rename(served.world.file("flags/.git"), served.world.file("flags/git")).unwrap();
    served.refused("beta", "flags/conf/flags.json lies in no clone below ").await;
}
