//! Three repositories, and a plan with one seam between them.

use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use git2::{IndexAddOption, Repository, Signature};
use tempfile::TempDir;

use crate::config;
use crate::plan::seam::Side;
use crate::plan::{Plan, RepoName, Sha};
use crate::port::seam::{Printed, Sight, Standings, Store, look};
use crate::rollout::seam::{SeamSeen, Standing};

const REPOS: [&str; 3] = ["api", "sdk", "web"];

pub(super) struct Bench {
    dir: TempDir,
    pub(super) plan: Plan,
    pub(super) store: Store,
}

impl Bench {
    /// A plan whose only seam says this beside its id and title; `check` has nothing against it.
    pub(super) fn new(seam: &str) -> Self {
        let dir = TempDir::new().unwrap();
        let repo = |name: &str| {
            let publish =
                if name == "sdk" { "publish = { registry = \"npm\", command = [\"npm\", \"publish\"] }" } else { "" };
            format!("[[repo]]\nname = \"{name}\"\npath = \"{name}\"\n{publish}\n")
        };
        let text = format!(
            "schema = 1\nrelease = {{ id = \"m3\", title = \"M3\" }}\nowner = {{ name = \"Ada\", email = \"ada@example.com\" }}\n\
             {}\n[[seam]]\nid = \"the-seam\"\ntitle = \"T\"\n{seam}\n\n\
             [[step]]\nid = \"go\"\nstage = \"s\"\ntitle = \"t\"\nrun = {{ command = [\"true\"] }}\n",
            REPOS.map(repo).concat()
        );
        let checked = config::load(text.as_bytes(), "release.toml").unwrap_or_else(|wrong| panic!("{wrong}"));
        for name in REPOS {
            Repository::init(dir.path().join(name)).unwrap();
        }
        Self { dir, plan: checked.plan, store: Store::default() }
    }

    pub(super) fn root(&self) -> &Path {
        self.dir.path()
    }

    pub(super) fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(super) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root().join(path)).unwrap()
    }

    /// Commits everything in each of the three.
    pub(super) fn commit_all(&self) {
        for name in REPOS {
            let git = Repository::open(self.root().join(name)).unwrap();
            let mut index = git.index().unwrap();
            index.add_all(["*"], IndexAddOption::DEFAULT, None).unwrap();
            index.write().unwrap();
            let tree = git.find_tree(index.write_tree().unwrap()).unwrap();
            let who = Signature::now("Ada", "ada@example.com").unwrap();
            let parent = git.head().ok().and_then(|head| head.peel_to_commit().ok());
            let parents: Vec<_> = parent.iter().collect();
            git.commit(Some("HEAD"), &who, &who, "more", &tree, &parents).unwrap();
        }
    }

    pub(super) fn head(&self, name: &str) -> Sha {
        let git = Repository::open(self.root().join(name)).unwrap();
        git.head().unwrap().peel_to_commit().unwrap().id().to_string().parse().unwrap()
    }

    pub(super) fn frozen(&self) -> Standings {
        REPOS.map(|name| (name.parse::<RepoName>().unwrap(), Standing::Frozen(self.head(name)))).into()
    }

    pub(super) fn look(&self) -> SeamSeen {
        self.look_at(&self.frozen(), &Printed::new())
    }

    /// The same after the producer's command printed something.
    pub(super) fn look_with(&self, printed: &str) -> SeamSeen {
        let printed = [((Side::Producer, 0), Ok(printed.as_bytes().to_vec()))].into();
        self.look_at(&self.frozen(), &printed)
    }

    pub(super) fn look_at(&self, standings: &Standings, printed: &Printed) -> SeamSeen {
        let unwanted = AtomicBool::new(false);
        let sight = Sight { plan: &self.plan, root: self.root(), standings, printed, unwanted: &unwanted };
        look(&self.plan.document().seam[0], sight, &self.store)
    }
}
