//! What both ledgers promise, and what the git store alone does.

use std::os::unix::fs::PermissionsExt as _;
use std::time::Instant;

use proptest::prelude::*;

use super::*;
use crate::ledger::MemoryLedger;
use crate::ledger::canonical::MAX_PAYLOAD;
use crate::ledger::store::memory::AppendTrouble;

fn keeps_what_every_ledger_promises(ledger: &dyn Ledger) {
    assert_eq!(ledger.head().unwrap(), None);
    assert_eq!(ledger.read(None).unwrap(), []);
    let plan: &[u8] = b"schema = 1\n\xff";
    let first =
        ledger.append(None, Draft { files: &[("release.toml", plan)], ..draft(r#"{"a":"\u0000 é"}"#) }).unwrap();
    let second = ledger.append(Some(&first), Draft { subject: "two\nlines", ..draft("2") }).unwrap();
    let third = ledger.append(Some(&second), draft("2")).unwrap();
    assert_eq!(ledger.head().unwrap().as_ref(), Some(&third));

    let all = ledger.read(None).unwrap();
    assert_eq!(all.iter().map(|e| &e.id).collect::<Vec<_>>(), [&first, &second, &third]);
    assert_eq!(all[0].payload, r#"{"a":"\u0000 é"}"#);
    assert_eq!(all[1].subject, "two lines");
    assert_eq!(all[0].parents, []);
    assert_eq!(all[1].parents, std::slice::from_ref(&first));
    assert_eq!(ledger.read(Some(&first)).unwrap(), all[1..]);
    assert_eq!(ledger.read(Some(&third)).unwrap(), []);
    assert_eq!(ledger.files(&first).unwrap(), [KeptFile { name: "release.toml".into(), bytes: plan.to_vec() }]);
    assert_eq!(ledger.files(&second).unwrap(), []);

    let moved = Err(AppendFault::Moved { head: Some(third.clone()) });
    assert_eq!(ledger.append(None, draft("4")), moved);
    assert_eq!(ledger.append(Some(&second), draft("4")), moved);
    let stranger: CommitId = "9f31c2a0000000000000000000000000000000ab".parse().unwrap();
    assert_eq!(ledger.append(Some(&stranger), draft("4")), moved);
    assert!(matches!(ledger.read(Some(&stranger)), Err(LedgerFault::NotInChain { .. } | LedgerFault::Broken(_))));
    assert!(ledger.files(&stranger).is_err());
    let long = "x".repeat(MAX_PAYLOAD + 1);
    for bad in ["", "a\nb", "a\0", &long] {
        assert!(matches!(ledger.append(Some(&third), draft(bad)), Err(AppendFault::NotWritten { .. })));
    }
    for bad in ["", "a/b", "..", ".git", "a\0"] {
        let with = Draft { files: &[(bad, b"")], ..draft("4") };
        assert!(matches!(ledger.append(Some(&third), with), Err(AppendFault::NotWritten { .. })), "{bad:?}");
    }
    assert_eq!(ledger.head().unwrap(), Some(third));
}

#[test]
fn both_ledgers_keep_the_same_promises() {
    let dir = tempfile::tempdir().unwrap();
    keeps_what_every_ledger_promises(&git_ledger(dir.path()));
    keeps_what_every_ledger_promises(&MemoryLedger::new());
}

#[test]
fn troubles_come_at_the_append_they_were_set_for() {
    let ledger = MemoryLedger::new()
        .with_trouble(2, AppendTrouble::Conflict)
        .with_trouble(3, AppendTrouble::ErrorNotWritten)
        .with_trouble(4, AppendTrouble::ErrorInDoubt)
        .with_trouble(5, AppendTrouble::ErrorButWritten);
    push(&ledger, "1").unwrap();
    assert!(matches!(push(&ledger, "2"), Err(AppendFault::Moved { .. })));
    assert!(matches!(push(&ledger, "3"), Err(AppendFault::NotWritten { .. })));
    assert!(matches!(push(&ledger, "4"), Err(AppendFault::InDoubt { .. })));
    assert!(matches!(push(&ledger, "5"), Err(AppendFault::InDoubt { .. })));
    push(&ledger, "6").unwrap();
    assert_eq!(payloads(&ledger), ["1", "5", "6"]);
    assert_eq!(ledger.appends(), 6);
}

#[test]
fn looking_makes_no_store() {
    let dir = tempfile::tempdir().unwrap();
    let store = dir.path().join("store.git");
    let ledger = GitLedger::at(&store, &release()).unwrap();
    assert_eq!(ledger.head(), Ok(None));
    assert_eq!(ledger.read(None), Ok(Vec::new()));
    assert!(matches!(ledger.append(None, draft("1")), Err(AppendFault::NotWritten { .. })));
    assert!(!store.exists());
}

#[test]
fn the_store_is_the_owners_alone_has_no_hooks_and_is_set_to_sync() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = git_ledger(dir.path());
    push(&ledger, "1").unwrap();
    let store = dir.path().join("store.git");
    assert_eq!(std::fs::metadata(&store).unwrap().permissions().mode() & 0o777, 0o700);
    assert!(!store.join("hooks").exists());
    let repo = git2::Repository::open_bare(&store).unwrap();
    let config = repo.config().unwrap().open_level(git2::ConfigLevel::Local).unwrap();
    assert!(config.get_bool("core.fsyncObjectFiles").unwrap());
    assert_eq!(config.get_i64("gc.auto").unwrap(), 0);
    assert_eq!(std::fs::read_to_string(store.join("HEAD")).unwrap(), "ref: refs/rollouts/m3/ledger\n");
    assert!(!store.join("logs").exists(), "no reflog: a second, unsynced story of the same chain");
}

#[test]
fn a_release_id_that_git_takes_for_no_ref_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    for id in ["a..b", "a.lock"] {
        let made = GitLedger::create(&dir.path().join("store.git"), &id.parse().unwrap());
        assert!(matches!(made, Err(super::super::create::CreateFault::Name(_))), "{id}");
    }
}

#[test]
fn ten_thousand_events_are_read_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = git_ledger(dir.path());
    let repo = git2::Repository::open_bare(dir.path().join("store.git")).unwrap();
    // written without syncs, which is what takes the time
    repo.config().unwrap().set_bool("core.fsyncObjectFiles", false).unwrap();
    let repo = git2::Repository::open_bare(dir.path().join("store.git")).unwrap();
    let who = git2::Signature::new("t", "t", &git2::Time::new(0, 0)).unwrap();
    let tree = repo.find_tree(repo.treebuilder(None).unwrap().write().unwrap()).unwrap();
    let mut tip: Option<git2::Oid> = None;
    for n in 0..10_000 {
        let parent = tip.map(|oid| repo.find_commit(oid).unwrap());
        let parents: Vec<_> = parent.iter().collect();
        tip = Some(repo.commit(None, &who, &who, &format!("s\n\n{{\"n\":{n}}}"), &tree, &parents).unwrap());
    }
    repo.reference(ledger.refname(), tip.unwrap(), false, "").unwrap();
    let start = Instant::now();
    let entries = ledger.read(None).unwrap();
    let took = start.elapsed();
    eprintln!("10,000 events read in {took:?}");
    assert_eq!(entries.len(), 10_000);
    assert_eq!(entries[9_999].payload, r#"{"n":9999}"#);
    // the least of several: a machine that does much else stops us anywhere
    let reads_on = || {
        let start = Instant::now();
        assert_eq!(ledger.read(Some(&entries[9_990].id)).unwrap().len(), 9);
        start.elapsed()
    };
    let on = (0..5).map(|_| reads_on()).min().unwrap();
    assert!(on * 10 < took, "reading on must not read everything: {on:?}, all of it {took:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Random appends, good and stale: both ledgers answer alike and hold the same payloads.
    #[test]
    fn both_ledgers_answer_alike(steps in prop::collection::vec((any::<bool>(), "[ -~]{1,40}"), 1..12)) {
        let dir = tempfile::tempdir().unwrap();
        let (git, memory) = (git_ledger(dir.path()), MemoryLedger::new());
        for (stale, payload) in steps {
            let mut answers = [false; 2];
            for (answer, ledger) in answers.iter_mut().zip([&git as &dyn Ledger, &memory]) {
                let entries = ledger.read(None).unwrap();
                let parent = if stale { entries.iter().rev().nth(1) } else { entries.last() };
                *answer = ledger.append(parent.map(|e| &e.id), draft(&payload)).is_ok();
            }
            prop_assert_eq!(answers[0], answers[1]);
        }
        prop_assert_eq!(payloads(&git), payloads(&memory));
    }
}
