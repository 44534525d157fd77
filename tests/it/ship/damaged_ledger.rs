//! A ledger that was touched, a disk that is full, a state folder that others may enter.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use crate::common::demo::Demo;
use crate::common::release::Release as _;

fn store(demo: &Demo) -> PathBuf {
    let found = demo.shell(&format!("find '{}' -name HEAD -path '*.git/HEAD' | head -n 1", demo.state().display()));
    PathBuf::from(found).parent().unwrap().to_owned()
}

/// One step shipped; then somebody touches the ledger.
fn touched(touch: impl FnOnce(&Demo, &str)) {
    let demo = Demo::quick(&["consent", "lib"]).frozen();
    demo.ship_until("consent").exits(0);
    assert_eq!(demo.effects(), ["deploy rlabs-consent"]);
    let digest = demo.digest();
    let store = store(&demo);
    touch(&demo, &store.to_string_lossy());
    demo.run(&["log", "--verify"]).exits(8);
    let said = demo.run(&["ship", "--yes", "--plan", &digest]);
    assert_eq!(said.exit, 8, "{}", said.all());
    for command in [&["approve", "lib"][..], &["veto", "lib", "--reason", "x"], &["hold"], &["resume", "--yes"]] {
        let said = demo.run(command);
        assert_eq!(said.exit, 8, "{command:?}: {}", said.all());
    }
    assert_eq!(demo.effects(), ["deploy rlabs-consent"]);
    // nobody is told that nothing is live, or that there is something to freeze
    for command in [&["ship", "--yes", "--plan", &digest][..], &["status"], &["report"]] {
        let said = demo.run(command);
        assert_eq!(said.exit, 8, "{command:?}: {}", said.all());
        assert!(said.all().contains("not known"), "{command:?}: {}", said.all());
        assert!(!said.all().contains("nothing yet") && !said.all().contains("flightdeck freeze"), "{}", said.all());
    }
    let before = demo.shell("git --git-dir=remotes/agentguard-lib.git for-each-ref");
    demo.shell("git -C repos/agentguard-lib commit -q --allow-empty -m unseen");
    demo.run(&["freeze", "--by", "Eve", "--yes"]).exits(8);
    assert_eq!(
        demo.shell("git --git-dir=remotes/agentguard-lib.git for-each-ref"),
        before,
        "it was pushed all the same"
    );
    // the way back is open all the same
    demo.shell("sed -i 's/\"off\"/\"on\"/' flags.json");
    let said = demo.run(&["flag", "off"]);
    assert!(demo.shell("cat flags.json").contains("\"off\""), "{}", said.all());
}

#[test]
fn a_flipped_byte() {
    touched(|demo, store| {
        let head = demo.shell(&format!("git --git-dir='{store}' rev-list --all | tail -n 3 | head -n 1"));
        let object = PathBuf::from(store).join("objects").join(&head[..2]).join(&head[2..]);
        fs::set_permissions(&object, fs::Permissions::from_mode(0o644)).unwrap();
        let mut bytes = fs::read(&object).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&object, bytes).unwrap();
    });
}

#[test]
fn a_deleted_ref() {
    touched(|demo, store| {
        demo.shell(&format!(
            "for r in $(git --git-dir='{store}' for-each-ref --format='%(refname)'); do git --git-dir='{store}' update-ref -d $r; done"
        ));
    });
}

#[test]
fn a_history_wound_back() {
    touched(|demo, store| {
        demo.shell(&format!(
            "for r in $(git --git-dir='{store}' for-each-ref --format='%(refname)'); do git --git-dir='{store}' update-ref $r $r~2; done"
        ));
    });
}

#[test]
fn a_store_that_is_gone() {
    touched(|demo, store| drop(demo.shell(&format!("mv '{store}' '{store}.gone'"))));
}

#[test]
fn a_full_disk_loses_nothing() {
    let demo = Demo::quick(&["consent", "lib", "migrate"]).frozen();
    let digest = demo.digest();
    let mut codes = Vec::new();
    for _ in 0..3 {
        // no file may become larger than 512 bytes: the ledger's objects fit at first, then one doesn't
        let said = demo.run_after("trap '' XFSZ; ulimit -f 1", &["ship", "--yes", "--plan", &digest]);
        assert!([0, 1, 3, 5, 8].contains(&said.exit), "{}", said.all());
        codes.push(said.exit);
        let verified = demo.run(&["log", "--verify"]);
        assert_eq!(verified.exit, 0, "{codes:?} {}{}", said.all(), verified.all());
    }
    for _ in 0..6 {
        if demo.is_shipped() {
            break;
        }
        let status = demo.status();
        let go_on = status["go_on"].as_str().unwrap_or_default().to_owned();
        if go_on.contains("resolve") {
            let step = go_on.split_whitespace().skip_while(|w| *w != "resolve").nth(1).unwrap().to_owned();
            let lines = ["deploy rlabs-consent", "publish agentguard-lib", "migrate"];
            let line = lines.iter().zip(["consent", "lib", "migrate"]).find(|(_, id)| *id == step).unwrap().0;
            let how = if demo.effects().iter().any(|effect| effect == line) { "present" } else { "absent" };
            demo.run(&["resolve", &step, "--as", how, "--reason", "I looked"]).exits(0);
        } else if go_on.contains("resume") {
            demo.resume();
        } else {
            demo.ship();
        }
    }
    assert!(demo.is_shipped(), "{:#}", demo.status());
    assert_eq!(demo.effects(), ["deploy rlabs-consent", "publish agentguard-lib", "migrate"]);
    demo.verify();
}

#[test]
fn a_state_folder_that_others_may_enter_is_refused() {
    let demo = Demo::quick(&["consent"]).frozen();
    let digest = demo.digest();
    fs::set_permissions(demo.state(), fs::Permissions::from_mode(0o777)).unwrap();
    demo.run(&["ship", "--yes", "--plan", &digest]).exits(1).says("chmod 700");
    assert!(demo.effects().is_empty());
}

#[test]
fn trust_that_cant_be_read_is_none() {
    let demo = Demo::quick(&["consent"]).frozen();
    let digest = demo.digest();
    let trust = demo.shell(&format!("find '{}' -name 'trust*' -type f | head -n 1", demo.state().display()));
    fs::write(trust, "{ not json").unwrap();
    let said = demo.run(&["ship", "--yes", "--plan", &digest]);
    assert_eq!(said.exit, 7, "{}", said.all());
    assert!(demo.effects().is_empty());
}
