//! The first look at 200 real repositories: when every branch and commit is known, when every work tree is, and what opening
//! them one after another costs.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use criterion::Criterion;
use flightdeck::engine::open::{Grounds, open};
use flightdeck::engine::{Command, Drive, Leave, PlanSource, Purpose, Settings, State};
use flightdeck::port::real::{RealConfig, RealWorld};
use git2::{Repository, RepositoryInitOptions, Signature};
use tokio::runtime::Runtime;

const REPOS: usize = 200;
const FOLDERS: usize = 4;
const FILES: usize = 8;

/// A repository on its release branch, with some files; every third has changes.
fn repository(path: &Path, number: usize) {
    let mut options = RepositoryInitOptions::new();
    options.initial_head("main");
    let repo = Repository::init_opts(path, &options).unwrap();
    for folder in 0..FOLDERS {
        std::fs::create_dir_all(path.join(format!("src{folder}"))).unwrap();
        for file in 0..FILES {
            std::fs::write(path.join(format!("src{folder}/{file}.txt")), format!("{number} {folder} {file}\n"))
                .unwrap();
        }
    }
    let mut index = repo.index().unwrap();
    index.add_all(["*"], git2::IndexAddOption::DEFAULT, None).unwrap();
    index.write().unwrap();
    let tree = repo.find_tree(index.write_tree().unwrap()).unwrap();
    let ada = Signature::now("Ada", "ada@example.com").unwrap();
    let first = repo.commit(Some("HEAD"), &ada, &ada, "one", &tree, &[]).unwrap();
    let first = repo.find_commit(first).unwrap();
    repo.branch("release/wide", &first, false).unwrap();
    repo.set_head("refs/heads/release/wide").unwrap();
    repo.commit(Some("HEAD"), &ada, &ada, "two", &tree, &[&first]).unwrap();
    if number.is_multiple_of(3) {
        std::fs::write(path.join("src0/0.txt"), "changed\n").unwrap();
        std::fs::write(path.join("new.txt"), "new\n").unwrap();
    }
}

fn world(root: &Path) -> Settings {
    let mut plan = "schema = 1\n[release]\nid = \"wide\"\ntitle = \"Wide\"\nmode = \"quick\"\n\
                    [owner]\nname = \"Ada\"\nemail = \"ada@example.com\"\n"
        .to_owned();
    for number in 0..REPOS {
        repository(&root.join(format!("r{number}")), number);
        write!(
            plan,
            "[[repo]]\nname = \"r{number}\"\npath = \"r{number}\"\nrole = \"service\"\nvisibility = \"private\"\n"
        )
        .unwrap();
    }
    plan.push_str("[[step]]\nid = \"run\"\nstage = \"All\"\ntitle = \"Run\"\nrun = { command = [\"true\"] }\n");
    std::fs::write(root.join("release.toml"), plan).unwrap();
    Settings {
        source: PlanSource::Disk,
        release_toml: root.join("release.toml"),
        root: None,
        state: root.join("state"),
        environment: BTreeMap::new(),
        actor: "Ada <ada@example.com>".to_owned(),
        user: "ada".to_owned(),
        host: "here".to_owned(),
    }
}

fn real(grounds: Grounds) -> RealWorld {
    RealWorld::new(RealConfig {
        root: grounds.root,
        user_env: grounds.environment,
        work: grounds.place.work(),
        outputs: grounds.place.output(),
        steps: grounds.place.path().join("steps"),
    })
}

/// How long it takes from opening until every head is known, and until every work tree is.
struct Times {
    heads: Duration,
    trees: Duration,
    published: u32,
}

fn heads(state: &State) -> bool {
    state.status.repos.iter().all(|repo| repo.head.is_some())
}

fn trees(state: &State) -> bool {
    state.status.repos.iter().all(|repo| repo.dirty.value.is_some())
}

fn look(runtime: &Runtime, settings: &Settings) -> Times {
    let began = Instant::now();
    runtime.block_on(async {
        let mut opened = open(settings, Purpose::Look, Drive::Parked, real).unwrap();
        let running = tokio::spawn(opened.engine.run());
        let mut times = Times { heads: Duration::ZERO, trees: Duration::ZERO, published: 0 };
        while times.trees.is_zero() {
            opened.handle.state.changed().await.unwrap();
            let state = opened.handle.state.borrow_and_update().clone();
            times.published += 1;
            if times.heads.is_zero() && heads(&state) {
                times.heads = began.elapsed();
                let known = state.status.repos.iter().filter(|repo| repo.dirty.at.is_some()).count();
                assert!(known < REPOS, "no work tree keeps a branch waiting");
            }
            if trees(&state) {
                times.trees = began.elapsed();
            }
        }
        opened.handle.ask(Command::Leave { how: Leave::Cancel }).await;
        running.await.unwrap();
        times
    })
}

/// What it costs to open each repository and read its HEAD, one after another.
fn floor(root: &Path) -> Duration {
    let began = Instant::now();
    for number in 0..REPOS {
        let repo = Repository::open(root.join(format!("r{number}"))).unwrap();
        repo.head().unwrap().peel_to_commit().unwrap();
    }
    began.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

pub(crate) fn observe(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let settings = world(&root);
    let runtime = Runtime::new().unwrap();
    let mut group = criterion.benchmark_group("first look at 200 repositories");
    group.sample_size(10);
    group.bench_function("every branch and commit", |bench| {
        bench.iter_custom(|rounds| (0..rounds).map(|_| look(&runtime, &settings).heads).sum());
    });
    group.bench_function("every work tree", |bench| {
        bench.iter_custom(|rounds| (0..rounds).map(|_| look(&runtime, &settings).trees).sum());
    });
    group.bench_function("floor: HEAD of each, one after another", |bench| {
        bench.iter_custom(|rounds| (0..rounds).map(|_| floor(&root)).sum());
    });
    group.finish();
    let looks: Vec<_> = (0..9).map(|_| (look(&runtime, &settings), floor(&root))).collect();
    let heads = median(looks.iter().map(|(times, _)| times.heads).collect());
    let trees = median(looks.iter().map(|(times, _)| times.trees).collect());
    let floor = median(looks.iter().map(|(_, floor)| *floor).collect());
    let published = looks.iter().map(|(times, _)| times.published).max().unwrap_or(0);
    println!(
        "branches after {heads:?} ({:.1} times the floor of {floor:?}), work trees after {trees:?} ({:.1} times); at most {published} states were published",
        heads.as_secs_f64() / floor.as_secs_f64(),
        trees.as_secs_f64() / floor.as_secs_f64(),
    );
}
