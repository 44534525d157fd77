//! Every seam of 50 repositories with 200 files each: as it is the first time, when nothing changed, and when one file did.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use criterion::Criterion;
use flightdeck::plan::{Plan, RepoName};
use flightdeck::port::seam::{Printed, Sight, Standings, Store, look};
use flightdeck::rollout::seam::{SeamState, Standing};
use git2::{Commit, IndexEntry, IndexTime, Oid, Repository, Signature};

const REPOS: usize = 50;
const FILES: usize = 200;
const LINES: usize = 40;

fn entry(path: String, id: Oid) -> IndexEntry {
    let time = IndexTime::new(0, 0);
    let (ctime, mtime, path) = (time, time, path.into_bytes());
    IndexEntry {
        ctime,
        mtime,
        dev: 0,
        ino: 0,
        mode: 0o100_644,
        uid: 0,
        gid: 0,
        file_size: 0,
        id,
        flags: 0,
        flags_extended: 0,
        path,
    }
}

/// A repository whose every file names fields, one a line, and a list of all fields that there are.
fn repository(path: &Path, changed: &str) -> Standing {
    let git = Repository::init(path).unwrap();
    let mut index = git.index().unwrap();
    index.clear().unwrap();
    for file in 0..FILES {
        let mut text = format!("# file {file} {}\n", if file == 0 { changed } else { "" });
        for line in 0..LINES {
            writeln!(text, "    value = record.field_{}_{line}", file % 10).unwrap();
        }
        let blob = git.blob(text.as_bytes()).unwrap();
        index.add(&entry(format!("src/part{}/file{file}.py", file % 8), blob)).unwrap();
    }
    let fields: String =
        (0..10).flat_map(|file| (0..LINES).map(move |line| format!("field_{file}_{line}: string\n"))).collect();
    index.add(&entry("fields.yaml".to_owned(), git.blob(fields.as_bytes()).unwrap())).unwrap();
    let tree = git.find_tree(index.write_tree().unwrap()).unwrap();
    let who = Signature::now("Ada", "ada@example.com").unwrap();
    let parent: Option<Commit<'_>> = git.head().ok().and_then(|head| head.peel_to_commit().ok());
    let parents: Vec<_> = parent.iter().collect();
    let made = git.commit(Some("HEAD"), &who, &who, "more", &tree, &parents).unwrap();
    Standing::Frozen(made.to_string().parse().unwrap())
}

/// Each repository relies on the fields of the next one.
fn plan() -> Plan {
    let mut text = String::from(
        "schema = 1\nrelease = { id = \"wide\", title = \"Wide\" }\nowner = { name = \"Ada\", email = \"ada@example.com\" }\n",
    );
    for number in 0..REPOS {
        let next = (number + 1) % REPOS;
        writeln!(
            text,
            "[[repo]]\nname = \"r{number}\"\npath = \"r{number}\"\n\
             [[seam]]\nid = \"s{number}\"\ntitle = \"s\"\nrule = \"subset\"\n\
             producer = {{ repo = \"r{next}\", file = \"fields.yaml\", pointer = \"\", keys = true }}\n\
             consumer = {{ repo = \"r{number}\", files = \"src/**/*.py\", regex = 'record\\.(\\w+)' }}"
        )
        .unwrap();
    }
    text.push_str("[[step]]\nid = \"run\"\nstage = \"All\"\ntitle = \"Run\"\nrun = { command = [\"true\"] }\n");
    flightdeck::config::load(text.as_bytes(), "release.toml").map_err(|wrong| wrong.to_string()).unwrap().plan
}

fn look_at_all(plan: &Plan, root: &Path, standings: &Standings, store: &Store) -> Duration {
    let (printed, unwanted) = (Printed::new(), AtomicBool::new(false));
    let began = Instant::now();
    for seam in &plan.document().seam {
        let sight = Sight { plan, root, standings, printed: &printed, unwanted: &unwanted };
        let seen = look(seam, sight, store);
        assert_eq!(seen.state, SeamState::Holds, "{}", seen.detail);
    }
    began.elapsed()
}

pub(crate) fn seams(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let (root, plan) = (folder.path(), plan());
    let name = |number: usize| -> RepoName { format!("r{number}").parse().unwrap() };
    let standings: Standings = (0..REPOS)
        .map(|number| (name(number), repository(&root.join(format!("r{number}")), "")))
        .collect::<BTreeMap<_, _>>();
    let mut group = criterion.benchmark_group("seams of 50 repositories with 200 files each");
    group.sample_size(10);
    let mut fresh = 0_u32;
    group.bench_function("cold", |bench| {
        bench.iter_custom(|rounds| {
            let store = |at: u32| Store::new(root.join(format!("store{at}")));
            (0..rounds)
                .map(|_| {
                    fresh += 1;
                    look_at_all(&plan, root, &standings, &store(fresh))
                })
                .sum()
        });
    });
    let warm = Store::new(root.join("warm"));
    look_at_all(&plan, root, &standings, &warm);
    let read = warm.reads();
    group.bench_function("unchanged, same process", |bench| {
        bench.iter_custom(|rounds| (0..rounds).map(|_| look_at_all(&plan, root, &standings, &warm)).sum());
    });
    assert_eq!(warm.reads(), read, "what is unchanged isn't read");
    group.bench_function("unchanged, another process", |bench| {
        bench.iter_custom(|rounds| {
            (0..rounds).map(|_| look_at_all(&plan, root, &standings, &Store::new(root.join("warm")))).sum()
        });
    });
    let mut version = 0_u32;
    group.bench_function("one file of one repository changed", |bench| {
        bench.iter_custom(|rounds| {
            (0..rounds)
                .map(|_| {
                    version += 1;
                    let mut moved = standings.clone();
                    moved.insert(name(7), repository(&root.join("r7"), &format!("v{version}")));
                    look_at_all(&plan, root, &moved, &warm)
                })
                .sum()
        });
    });
    group.finish();
}
