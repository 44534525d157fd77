//! Stores that something else has changed: told as a fault that names the commit, never a panic.

use std::fs;
use std::path::PathBuf;

use git2::Repository;

use super::*;
use crate::ledger::store::chain::{BrokenChain, BrokenEntry, Place};

struct Broken {
    dir: tempfile::TempDir,
    ledger: GitLedger,
    ids: Vec<CommitId>,
}

fn five() -> Broken {
    let dir = tempfile::tempdir().unwrap();
    let ledger = git_ledger(dir.path());
    let plan: &[(&str, &[u8])] = &[("release.toml", b"schema = 1")];
    let mut ids = vec![ledger.append(None, Draft { files: plan, ..draft("0") }).unwrap()];
    for n in 1..5 {
        ids.push(push(&ledger, &n.to_string()).unwrap());
    }
    Broken { dir, ledger, ids }
}

impl Broken {
    fn store(&self) -> PathBuf {
        self.dir.path().join("store.git")
    }

    fn repo(&self) -> Repository {
        Repository::open_bare(self.store()).unwrap()
    }

    fn object(&self, digits: &str) -> PathBuf {
        self.store().join("objects").join(&digits[..2]).join(&digits[2..])
    }

    /// Puts a commit with these bytes on top, as no flightdeck would.
    fn forge(&self, parents: &[usize], message: &[u8]) {
        let repo = self.repo();
        let tree = repo.treebuilder(None).unwrap().write().unwrap();
        let mut bytes = format!("tree {tree}\n").into_bytes();
        for parent in parents {
            bytes.extend_from_slice(format!("parent {}\n", self.ids[*parent]).as_bytes());
        }
        bytes.extend_from_slice(b"author a <a@b> 0 +0000\ncommitter a <a@b> 0 +0000\n\n");
        bytes.extend_from_slice(message);
        let oid = repo.odb().unwrap().write(git2::ObjectType::Commit, &bytes).unwrap();
        repo.reference(self.ledger.refname(), oid, true, "").unwrap();
    }

    fn fault(&self) -> BrokenChain {
        match self.ledger.read(None) {
            Err(LedgerFault::Broken(chain)) => *chain,
            other => panic!("{other:?}"),
        }
    }
}

fn overwrite(path: &std::path::Path, bytes: &[u8]) {
    // libgit2 makes objects read-only
    fs::remove_file(path).unwrap();
    fs::write(path, bytes).unwrap();
}

#[test]
fn any_flipped_byte_of_an_object_is_noticed() {
    let broken = five();
    let path = broken.object(broken.ids[2].as_str());
    let good = fs::read(&path).unwrap();
    let intact = broken.ledger.read(None).unwrap();
    let mut harmless = Vec::new();
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 0x40;
        overwrite(&path, &bad);
        // a bit of the compression that nothing depends on: the bytes are still those that the id promises
        if let Ok(entries) = broken.ledger.read(None) {
            assert_eq!(entries, intact);
            harmless.push(at);
            continue;
        }
        let fault = broken.fault();
        assert_eq!((&fault.at, fault.place), (&broken.ids[2], Place::BehindHead(2)), "byte {at}");
        assert!(matches!(fault.why, BrokenEntry::Unreadable(_)));
        assert_eq!(fault.readable.iter().map(|e| &e.id).collect::<Vec<_>>(), [&broken.ids[3], &broken.ids[4]]);
    }
    assert!(harmless.len() <= 4, "bytes {harmless:?} of {}", good.len());
    overwrite(&path, &good);
    assert_eq!(broken.ledger.read(None).unwrap().len(), 5);
}

#[test]
fn a_truncated_or_missing_object_is_noticed() {
    let broken = five();
    let path = broken.object(broken.ids[0].as_str());
    let good = fs::read(&path).unwrap();
    for length in 0..good.len() {
        overwrite(&path, &good[..length]);
        assert_eq!(broken.fault().place, Place::BehindHead(4), "{length} bytes");
    }
    fs::remove_file(&path).unwrap();
    assert_eq!(broken.fault().at, broken.ids[0]);
}

#[test]
fn a_kept_file_with_a_flipped_byte_is_noticed() {
    let broken = five();
    let blob = git2::Oid::hash_object(git2::ObjectType::Blob, b"schema = 1").unwrap().to_string();
    let path = broken.object(&blob);
    let mut bytes = fs::read(&path).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    overwrite(&path, &bytes);
    assert_eq!((broken.fault().at, broken.fault().place), (broken.ids[0].clone(), Place::After(0)));
    assert!(broken.ledger.files(&broken.ids[0]).is_err());
}

#[test]
fn a_commit_that_is_no_entry_is_named_and_all_before_it_is_read() {
    let long = format!("s\n\n{}", "x".repeat(70_000));
    let cases: [(&[usize], &[u8], BrokenEntry); 7] = [
        (&[4, 3], b"merge\n\n{}", BrokenEntry::Parents(2)),
        (&[4], b"s\n\n\xff", BrokenEntry::NotUtf8),
        (&[4], b"no payload", BrokenEntry::Shape),
        (&[4], b"s\n\n{}\n", BrokenEntry::Shape),
        (&[4], b"s\n\n", BrokenEntry::Shape),
        (&[4], b"", BrokenEntry::Shape),
        (&[4], long.as_bytes(), BrokenEntry::TooLong(70_000)),
    ];
    for (parents, message, why) in cases {
        let broken = five();
        broken.forge(parents, message);
        let fault = broken.fault();
        assert_eq!((fault.place, fault.why), (Place::After(5), why));
        assert_eq!(fault.readable.iter().map(|e| &e.id).collect::<Vec<_>>(), broken.ids.iter().collect::<Vec<_>>());
        assert_eq!(Some(fault.at), broken.ledger.head().unwrap());
    }
}

#[test]
fn a_second_first_entry_is_told_to_those_who_read_on() {
    let broken = five();
    broken.forge(&[], b"s\n\n{}");
    let after = broken.ids[4].clone();
    let head = broken.ledger.head().unwrap();
    assert_eq!(broken.ledger.read(Some(&after)), Err(LedgerFault::NotInChain { after, head }));
}

#[test]
fn a_ref_that_is_deleted_garbled_or_set_back() {
    let broken = five();
    let after = broken.ids[4].clone();
    let path = broken.store().join(broken.ledger.refname());
    fs::write(&path, format!("{}\n", broken.ids[1])).unwrap();
    assert!(matches!(broken.ledger.read(Some(&after)), Err(LedgerFault::NotInChain { .. })));
    assert!(matches!(broken.ledger.append(Some(&after), draft("x")), Err(AppendFault::Moved { .. })));
    for garbled in ["", "half", "ref: refs/heads/elsewhere\n"] {
        fs::write(&path, garbled).unwrap();
        assert!(matches!(broken.ledger.head(), Err(LedgerFault::Unreadable(_))), "{garbled:?}");
        assert!(matches!(broken.ledger.append(Some(&after), draft("x")), Err(AppendFault::NotWritten { .. })));
    }
    fs::write(&path, format!("{}\n", "1".repeat(40))).unwrap();
    assert!(matches!(broken.fault().why, BrokenEntry::Unreadable(_)));
    fs::remove_file(&path).unwrap();
    assert_eq!(broken.ledger.head(), Ok(None));
    assert!(matches!(broken.ledger.read(Some(&after)), Err(LedgerFault::NotInChain { head: None, .. })));
}

#[test]
fn packed_refs_and_objects_are_read_and_appended_to() {
    let broken = five();
    // what `git pack-refs --all` leaves
    let line =
        format!("# pack-refs with: peeled fully-peeled sorted \n{} {}\n", broken.ids[4], broken.ledger.refname());
    fs::write(broken.store().join("packed-refs"), line).unwrap();
    fs::remove_dir_all(broken.store().join("refs/rollouts")).unwrap();
    assert_eq!(broken.ledger.read(None).unwrap().len(), 5);
    push(&broken.ledger, "5").unwrap();
    assert_eq!(broken.ledger.read(None).unwrap().len(), 6);
}

#[test]
fn a_half_made_store_is_replaced_only_while_it_holds_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let store = dir.path().join("store.git");
    fs::create_dir_all(store.join("objects/pack")).unwrap();
    fs::create_dir_all(store.join("refs/heads")).unwrap();
    fs::write(store.join("HEAD"), "").unwrap();
    fs::create_dir_all(dir.path().join("store.making/objects")).unwrap();
    push(&git_ledger(dir.path()), "1").unwrap();

    fs::remove_file(store.join("HEAD")).unwrap();
    let fault = GitLedger::create(&store, &release()).unwrap_err();
    assert!(matches!(fault, super::super::create::CreateFault::Foreign { .. }), "{fault}");
    assert!(store.join("refs/rollouts/m3/ledger").exists());
}

#[test]
fn a_lock_that_cannot_be_swept_keeps_everything_as_it_was() {
    let broken = five();
    fs::create_dir(broken.store().join(format!("{}.lock", broken.ledger.refname()))).unwrap();
    assert!(matches!(push(&broken.ledger, "5"), Err(AppendFault::NotWritten { .. })));
    assert_eq!(broken.ledger.read(None).unwrap().len(), 5);
}
