//! Repositories as people leave them.

use std::process::Command;
use std::sync::atomic::AtomicBool;

use tempfile::TempDir;

use super::*;
use crate::plan::seam::Pattern;

struct Bench(TempDir);

const HERMETIC: [(&str, &str); 7] = [
    ("PATH", "/usr/local/bin:/usr/bin:/bin"),
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_AUTHOR_NAME", "Ada"),
    ("GIT_AUTHOR_EMAIL", "ada@example.com"),
    ("GIT_COMMITTER_NAME", "Ada"),
    ("GIT_COMMITTER_EMAIL", "ada@example.com"),
];
const OF: HeadsOf<'_> = HeadsOf { branch: "release/m3", main: "main", remote: "origin" };

impl Bench {
    /// `work` with `one` on main.
    fn new() -> Self {
        let bench = Self(TempDir::new().unwrap());
        bench.git(".", &["init", "-q", "-b", "main", "work"]);
        bench.commit("one");
        bench
    }

    #[allow(clippy::disallowed_methods, reason = "git as the user runs it in another terminal")]
    fn try_git(&self, folder: &str, arguments: &[&str]) -> std::process::Output {
        let mut git = Command::new("git");
        git.args(arguments).current_dir(self.path(folder)).env_clear().envs(HERMETIC).output().unwrap()
    }

    fn git(&self, folder: &str, arguments: &[&str]) -> String {
        let output = self.try_git(folder, arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn commit(&self, text: &str) -> Sha {
        self.write("work/file", text);
        self.git("work", &["add", "."]);
        self.git("work", &["commit", "-q", "-m", text]);
        self.git("work", &["rev-parse", "HEAD"]).parse().unwrap()
    }

    fn write(&self, path: &str, text: &str) {
        std::fs::create_dir_all(self.path(path).parent().unwrap()).unwrap();
        std::fs::write(self.path(path), text).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn open(&self, name: &str) -> Result<Repo, Unreadable> {
        Repo::open(&self.path(name))
    }

    fn work(&self) -> Repo {
        self.open("work").unwrap()
    }

    fn dirty(&self) -> Dirty {
        self.work().dirty(&AtomicBool::new(false)).unwrap().unwrap()
    }
}

#[test]
fn heads_tell_head_branches_and_what_the_remote_had() {
    let bench = Bench::new();
    let one = bench.work().head_of("main").unwrap().unwrap();
    bench.git(".", &["clone", "-q", "--bare", "work", "remote"]);
    bench.git("work", &["remote", "add", "origin", "../remote"]);
    bench.git("work", &["fetch", "-q", "origin"]);
    bench.git("work", &["checkout", "-q", "-b", "release/m3"]);
    let two = bench.commit("two");
    let heads = bench.work().heads(OF).unwrap();
    assert_eq!(heads.head, Head::Branch { name: "release/m3".into(), sha: two.clone() });
    assert_eq!((heads.branch, heads.main), (Some(two.clone()), Some(one.clone())));
    assert_eq!((heads.remote_branch, heads.remote_main), (None, Some(one.clone())));
    let repo = bench.work();
    assert_eq!(repo.ahead_behind(&two, &one), Ok((1, 0)));
    assert!(repo.is_ancestor(&one, &two).unwrap() && repo.is_ancestor(&one, &one).unwrap());
    assert!(!repo.is_ancestor(&two, &one).unwrap());
    assert_eq!(repo.remote_url("origin").unwrap().as_deref(), Some("../remote"));
    assert_eq!(repo.remote_url("none"), Ok(None));
    let stranger: Sha = "1".repeat(40).parse().unwrap();
    assert_eq!(repo.is_ancestor(&one, &stranger), Err(Unreadable::NoCommit(stranger)));
    bench.git("work", &["pack-refs", "--all"]);
    assert_eq!(bench.work().head_of("release/m3"), Ok(Some(two)));
    let bare = bench.open("remote").unwrap();
    assert_eq!((bare.place(), bare.head_of("main")), (Place::Bare(bench.path("remote")), Ok(Some(one))));
    assert!(bare.dirty(&AtomicBool::new(false)).unwrap().unwrap().is_clean());
}

#[test]
fn every_odd_repository_has_its_name() {
    let bench = Bench::new();
    let why = |name: &str| bench.open(name).unwrap_err();
    assert_eq!(why("nowhere"), Unreadable::Missing);
    bench.write("folder/x", "");
    assert_eq!((why("folder"), why("folder/x")), (Unreadable::NotARepo, Unreadable::NotARepo));
    // a folder inside a repository is not that repository
    bench.write("work/sub/x", "");
    assert_eq!(why("work/sub"), Unreadable::NotARepo);
    bench.git(".", &["init", "-q", "--ref-format=reftable", "table"]);
    bench.git(".", &["init", "-q", "--object-format=sha256", "long"]);
    for name in ["table", "long"] {
        assert!(matches!(why(name), Unreadable::Unsupported(_)), "{name}: {:?}", why(name));
    }
    bench.git(".", &["init", "-q", "-b", "main", "empty"]);
    let empty = bench.open("empty").unwrap();
    assert_eq!(empty.head(), Ok(Head::Unborn { name: "main".into() }));
    assert_eq!(empty.heads(OF).unwrap().main, None);
    bench.write("dangling/.git", "gitdir: /nowhere/at/all");
    assert!(matches!(why("dangling"), Unreadable::Broken(_)), "{:?}", why("dangling"));
}

#[test]
fn a_corrupt_repository_is_an_error_and_never_clean() {
    let bench = Bench::new();
    let one = bench.work().head_of("main").unwrap().unwrap();
    bench.write("work/.git/refs/heads/main", "not a sha");
    assert!(matches!(bench.work().heads(OF), Err(Unreadable::Broken(_))));
    bench.write("work/.git/refs/heads/main", &format!("{}\n", "1".repeat(40)));
    assert!(matches!(bench.work().heads(OF), Err(Unreadable::Broken(_))));
    bench.write("work/.git/refs/heads/main", &format!("{one}\n"));
    let object = bench.path("work/.git/objects").join(&one.as_str()[..2]).join(&one.as_str()[2..]);
    std::fs::remove_file(&object).unwrap();
    std::fs::write(&object, "garbage").unwrap();
    assert!(bench.work().heads(OF).is_err());
    assert!(bench.work().dirty(&AtomicBool::new(false)).is_err());
    bench.write("work/.git/HEAD", "");
    assert!(bench.work().head().is_err());
    std::fs::remove_file(bench.path("work/.git/HEAD")).unwrap();
    assert!(matches!(bench.open("work"), Err(Unreadable::Broken(_))), "{:?}", bench.open("work"));
}

#[test]
fn what_is_half_done_is_told() {
    let bench = Bench::new();
    let one = bench.work().head_of("main").unwrap().unwrap();
    bench.git("work", &["checkout", "-q", "-b", "other"]);
    bench.commit("theirs");
    bench.git("work", &["checkout", "-q", "main"]);
    bench.commit("ours");
    assert!(!bench.try_git("work", &["rebase", "-q", "other"]).status.success());
    let heads = bench.work().heads(OF).unwrap();
    assert_eq!((heads.doing, bench.dirty().conflicted), (Doing::Rebase, 1));
    assert!(matches!(heads.head, Head::Detached { .. }));
    // main is detached from HEAD, but the rebase will come back to it
    let moved = bench.work().advance_branch("main", heads.main.as_ref(), &one);
    assert!(matches!(moved, Err(NotAdvanced::CheckedOut(_))), "{moved:?}");
    bench.git("work", &["rebase", "--abort"]);
    assert!(!bench.try_git("work", &["merge", "-q", "other"]).status.success());
    assert_eq!(bench.work().doing(), Doing::Merge);
    bench.git("work", &["merge", "--abort"]);
    bench.git("work", &["checkout", "-q", "--detach", one.as_str()]);
    assert_eq!(bench.work().head(), Ok(Head::Detached { sha: one }));
}

#[test]
fn strange_branch_names_are_read() {
    use std::os::unix::ffi::OsStrExt as _;
    let bench = Bench::new();
    let one = bench.work().head_of("main").unwrap().unwrap();
    for name in ["--upload-pack=x", "a\u{202e}b"] {
        bench.git("work", &["update-ref", &format!("refs/heads/{name}"), one.as_str()]);
        bench.git("work", &["symbolic-ref", "HEAD", &format!("refs/heads/{name}")]);
        let heads = bench.work().heads(HeadsOf { branch: name, ..OF }).unwrap();
        assert_eq!(heads.head, Head::Branch { name: name.into(), sha: one.clone() });
        assert_eq!(heads.branch, Some(one.clone()));
    }
    let bytes = std::ffi::OsStr::from_bytes(b"bad\xff");
    std::fs::write(bench.path("work/.git/refs/heads").join(bytes), format!("{one}\n")).unwrap();
    std::fs::write(bench.path("work/.git/HEAD"), b"ref: refs/heads/bad\xff\n").unwrap();
    assert_eq!(bench.work().head(), Ok(Head::Branch { name: "bad\u{fffd}".into(), sha: one }));
    // a name git would not take is no branch, or an error, but never a panic
    let _ = bench.work().head_of("a b:c");
}

#[test]
fn dirt_is_counted_wherever_it_lies_and_looking_writes_nothing() {
    let bench = Bench::new();
    bench.write("work/.gitignore", "*.log\n/out/\n");
    bench.write("work/deep/a/tracked", "1");
    bench.write("work/gone/file", "1");
    bench.commit("two");
    assert!(bench.dirty().is_clean());
    bench.write("work/x.log", "");
    bench.write("work/out/x", "");
    bench.write("work/deep/a/tracked", "changed");
    bench.write("work/deep/new", "");
    bench.write("work/new folder/x", "");
    bench.write("work/[a]*", "");
    bench.write("work/file", "staged");
    bench.git("work", &["add", "file"]);
    std::fs::remove_dir_all(bench.path("work/gone")).unwrap();
    let index = std::fs::read(bench.path("work/.git/index")).unwrap();
    assert_eq!(bench.dirty(), Dirty { modified: 3, untracked: 3, conflicted: 0 });
    assert_eq!(bench.work().dirty(&AtomicBool::new(true)), Ok(None));
    assert_eq!(std::fs::read(bench.path("work/.git/index")).unwrap(), index);
    bench.git(".", &["init", "-q", "empty"]);
    bench.write("empty/x", "");
    let dirty = bench.open("empty").unwrap().dirty(&AtomicBool::new(false)).unwrap().unwrap();
    assert_eq!(dirty, Dirty { untracked: 1, ..Dirty::default() });
}

#[test]
fn a_file_is_read_as_the_commit_has_it() {
    let bench = Bench::new();
    bench.write("work/pkg/package.json", "{}");
    std::os::unix::fs::symlink("file", bench.path("work/link")).unwrap();
    let two = bench.commit("two");
    bench.write("work/pkg/package.json", "changed");
    let repo = bench.work();
    assert_eq!(repo.blob_at(&two, "pkg/package.json"), Ok(Some(b"{}".to_vec())));
    assert_eq!((repo.blob_at(&two, "pkg/none"), repo.blob_at(&two, "pkg")), (Ok(None), Ok(None)));
    assert!(matches!(repo.blob_at(&two, "link"), Err(Unreadable::Broken(_))));
}

#[test]
fn a_branch_moves_forward_from_where_it_must_be_or_not_at_all() {
    let bench = Bench::new();
    let one = bench.work().head_of("main").unwrap().unwrap();
    bench.git("work", &["checkout", "-q", "-b", "release/m3"]);
    let (two, three) = (bench.commit("two"), bench.commit("three"));
    let repo = bench.work();
    assert_eq!(repo.advance_branch("main", Some(&one), &two), Ok(()));
    assert_eq!(repo.advance_branch("main", Some(&one), &three), Err(NotAdvanced::Moved { found: Some(two.clone()) }));
    let back = repo.advance_branch("main", Some(&two), &one);
    assert_eq!(back, Err(NotAdvanced::NotForward { from: two.clone(), to: one.clone() }));
    assert_eq!(repo.advance_branch("new", None, &two), Ok(()));
    assert_eq!(repo.advance_branch("new", None, &three), Err(NotAdvanced::Moved { found: Some(two.clone()) }));
    assert_eq!(repo.advance_branch("none", Some(&one), &two), Err(NotAdvanced::Moved { found: None }));
    let checked_out = repo.advance_branch("release/m3", Some(&three), &three);
    assert!(matches!(checked_out, Err(NotAdvanced::CheckedOut(path)) if path.ends_with("work")));
    bench.git("work", &["worktree", "add", "-q", "../tree", "main"]);
    let elsewhere = repo.advance_branch("main", Some(&two), &three);
    assert!(matches!(&elsewhere, Err(NotAdvanced::CheckedOut(path)) if path.ends_with("tree")), "{elsewhere:?}");
    // the same, seen from the linked worktree
    let linked = bench.open("tree").unwrap();
    assert_eq!(linked.heads(OF).unwrap().head, Head::Branch { name: "main".into(), sha: two.clone() });
    assert!(matches!(linked.advance_branch("release/m3", Some(&three), &three), Err(NotAdvanced::CheckedOut(_))));
    std::fs::remove_dir_all(bench.path("tree")).unwrap();
    assert_eq!(repo.advance_branch("main", Some(&two), &three), Ok(()));
    assert_eq!(bench.git("work", &["rev-parse", "main"]), three.as_str());
    bench.git("work", &["fsck", "--strict"]);
}

#[test]
fn the_same_tag_twice_is_one_tag_and_another_is_refused() {
    let bench = Bench::new();
    let one = bench.work().head_of("main").unwrap().unwrap();
    let two = bench.commit("two");
    let ada = Tagger { name: "Ada".into(), email: "ada@example.com".into(), at: 1_700_000_000 };
    let tag = bench.work().create_tag_annotated("m3", &one, "shipped\n", &ada).unwrap();
    assert_eq!(bench.git("work", &["rev-parse", "m3"]), tag.as_str());
    assert_eq!(bench.git("work", &["rev-parse", "m3^{commit}"]), one.as_str());
    assert_eq!(
        bench.work().create_tag_annotated("m3", &one, "shipped\n", &Tagger { at: 1, ..ada.clone() }),
        Ok(tag.clone())
    );
    assert_eq!(bench.work().create_tag_annotated("m3", &two, "shipped\n", &ada), Err(NotTagged::Taken { found: tag }));
    assert!(matches!(bench.work().create_tag_annotated("a b", &one, "x", &ada), Err(NotTagged::Refused(_))));
    assert!(bench.work().create_tag_annotated("m4", &"1".repeat(40).parse().unwrap(), "x", &ada).is_err());
}

#[test]
fn a_commits_package_is_found_in_its_own_manifest() {
    let bench = Bench::new();
    let publishing = |manifest: Option<&str>| crate::plan::Publishing {
        registry: "rubygems".parse().unwrap(),
        build: None,
        artifacts: Vec::new(),
        command: crate::plan::Argv::try_from(vec!["gem".to_owned()]).unwrap(),
        stage: None,
        manifest: manifest.map(str::to_owned),
    };
    let at = |sha: &Sha, kind, manifest| {
        let repo = bench.open("work").unwrap();
        let package = repo.package_at(sha, &publishing(manifest), kind, &"api".parse().unwrap());
        package.map(|package| format!("{} {}", package.name, package.version)).map_err(|why| why.to_string())
    };
    let (gems, npm) = (Some(crate::plan::RegistryKind::RubyGems), Some(crate::plan::RegistryKind::Npm));
    assert!(at(&bench.commit("none"), gems, None).unwrap_err().contains("name the file as `publish.manifest`"));
    bench.write("work/package.json", r#"{"name": "@acme/tiny", "version": "3.0.0"}"#);
    bench.write("work/tiny.gemspec", "require_relative 'lib/tiny/version'\nGem::Specification.new do |s|\n  s.name = 'tiny'\n  s.version = Tiny::VERSION\nend\n");
    let dangling = bench.commit("dangling");
    assert!(at(&dangling, gems, None).unwrap_err().contains("computes the version (Tiny::VERSION)"));
    bench.write("work/lib/tiny/version.rb", "module Tiny\n  VERSION = '1.2.3'\nend\n");
    let whole = bench.commit("whole");
    assert_eq!(at(&whole, gems, None).unwrap(), "tiny 1.2.3");
    assert_eq!(at(&whole, npm, None).unwrap(), "@acme/tiny 3.0.0");
    assert_eq!(at(&whole, None, Some("tiny.gemspec")).unwrap(), "tiny 1.2.3");
    assert_eq!(at(&whole, gems, Some("lib/tiny/version.rb")).unwrap(), "tiny 1.2.3");
}

#[test]
fn a_flags_key_is_found_where_a_commit_has_it_and_nowhere_else() {
    let bench = Bench::new();
    bench.write("work/src/deep/teams.py", "import flags\n\nif flags.on(\"m3_team\"):\n    pass\n");
    bench.write("work/src/other.py", "flags.on(\"m3_team_v2\")\n");
    bench.write("work/logo.png", "\0m3_team\n");
    bench.git("work", &["add", "."]);
    let with = bench.commit("with");
    let repo = bench.work();
    let sight = repo.key_at(&with, "m3_team", None).unwrap();
    assert_eq!(sight.first, Some(KeyPlace { file: "src/deep/teams.py".into(), line: 3 }));
    assert_eq!((sight.files, sight.unread), (1, 0));
    assert_eq!(repo.key_at(&with, "m3_tea", None).unwrap(), KeySight::default());
    // the work tree isn't what was asked for
    bench.write("work/src/new.py", "flags.on(\"late\")\n");
    assert_eq!(repo.key_at(&with, "late", None).unwrap().first, None);
    bench.write("work/big.py", &"m3_team\n".repeat(200_000));
    bench.git("work", &["add", "."]);
    let big = bench.commit("big");
    assert_eq!(repo.key_at(&big, "m3_team", None).unwrap().unread, 1, "what is too large is left out, and told");
}

#[test]
fn who_only_writes_of_a_flag_does_not_read_it() {
    let bench = Bench::new();
    for file in ["CHANGELOG.md", "docs/flags.rst", "notes.TXT", "NEWS", "deploy/release.toml"] {
        bench.write(&format!("work/{file}"), "one\nm3_team is no longer read\n");
    }
    bench.git("work", &["add", "."]);
    let at = bench.commit("prose");
    let sight = bench.work().key_at(&at, "m3_team", Some("deploy/release.toml")).unwrap();
    assert_eq!((sight.first, sight.files), (None, 0));
    assert_eq!(sight.mention.unwrap().to_string(), "CHANGELOG.md:2");
    assert_eq!(bench.work().key_at(&at, "m3_team", None).unwrap().files, 1, "another plan is a file like any");
}

#[test]
fn the_keys_that_a_commit_adds_are_told_once_and_moved_ones_arent() {
    let bench = Bench::new();
    bench.write("work/a.py", "on(\"kept\")\non(\"moved\")\n");
    bench.git("work", &["add", "."]);
    let old = bench.commit("old");
    bench.write("work/a.py", "on(\"kept\")\n");
    bench.write("work/b.py", "x = 1\non(\"moved\") or on(\"other\")\non(\"other\")\noff(\"no_flag\")\n");
    bench.git("work", &["add", "."]);
    let new = bench.commit("new");
    let pattern = Pattern::try_from(r#"\bon\("([\w.-]+)""#.to_owned()).unwrap();
    let added = bench.work().keys_added(&old, &new, &pattern).unwrap();
    let place = KeyPlace { file: "b.py".into(), line: 2 };
    assert_eq!(added, AddedKeys { keys: vec![AddedKey { key: "other".into(), place }], cut: false });
    assert_eq!(bench.work().keys_added(&new, &new, &pattern).unwrap(), AddedKeys::default());
    let many: String = (0..200).map(|n| format!("on(\"flag{n}\")\n")).collect::<Vec<_>>().concat();
    bench.write("work/many.py", &many);
    bench.git("work", &["add", "."]);
    let much = bench.commit("much");
    let added = bench.work().keys_added(&old, &much, &pattern).unwrap();
    assert_eq!((added.keys.len(), added.cut), (99, true), "100 keys, of which one was there");
}

#[test]
fn a_commit_takes_files_and_folders_from_another_and_nothing_else() {
    let bench = Bench::new();
    bench.write("work/tests/a.sh", "old a");
    bench.write("work/tests/gone.sh", "old");
    bench.write("work/src/code", "old");
    bench.git("work", &["add", "."]);
    let old = bench.commit("old");
    bench.write("work/tests/a.sh", "new a");
    bench.write("work/tests/added.sh", "new");
    bench.write("work/src/code", "new");
    bench.git("work", &["rm", "-q", "tests/gone.sh"]);
    bench.git("work", &["add", "."]);
    let new = bench.commit("new");
    let repo = bench.work();
    let author = Tagger { name: "Ada".into(), email: "ada@example.com".into(), at: 7 };
    let laid = |paths: &[&str]| {
        let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
        repo.commit_with(&new, &old, &paths, &author)
    };
    let made = laid(&["tests"]).unwrap();
    let text = |path: &str| repo.blob_at(&made, path).unwrap().map(|bytes| String::from_utf8(bytes).unwrap());
    assert_eq!(text("tests/a.sh").as_deref(), Some("old a"));
    assert_eq!((text("tests/gone.sh").as_deref(), text("tests/added.sh")), (Some("old"), None));
    assert_eq!(text("src/code").as_deref(), Some("new"), "what ships is what is tested");
    assert_eq!(laid(&["tests"]).unwrap(), made, "the same on any day");
    assert_eq!(repo.parents(&made).unwrap(), std::slice::from_ref(&new));
    assert!(laid(&["nowhere"]).unwrap_err().to_string().contains("nowhere isn't there"));
    assert!(laid(&["tests/a.sh"]).is_ok());
}
