//! Other people's pipelines ask before they ship: the owner's "no" is an exit status.

use super::package::Package;
use crate::common::release::Release as _;

#[test]
fn a_pipeline_is_told_no_until_it_is_its_turn_and_yes_from_then_on() {
    let package = Package::new(
        "[[step]]\nid = \"look\"\nstage = \"s\"\ntitle = \"t\"\nchecklist = { items = [\"seen\"] }\n\
         [[step]]\nid = \"sdk\"\nstage = \"s\"\ntitle = \"t\"\npublish = \"sdk\"\nvia = \"external\"\n\
         waits_for = \"the CI\"\nbudget = \"5m\"\nconfirm = \"always\"\n",
    );
    let sha = package.frozen();
    let asked = format!("sdk@{sha}");
    let no = |words: &str| {
        let said = package.expect(4, &["allows", &asked]);
        assert!(said.stdout.contains(words), "no {words:?}: {}", said.all());
    };
    no("step sdk comes after step look, which isn't done");
    let json: serde_json::Value =
        serde_json::from_str(&package.expect(4, &["allows", &asked, "--json"]).stdout).unwrap();
    assert_eq!((json["schema"].as_u64(), json["allowed"].as_bool()), (Some(1), Some(false)));
    assert_eq!((json["repo"].as_str(), json["step"].as_str()), (Some("sdk"), Some("sdk")));
    assert_eq!(json["sha"], sha);
    // asking writes nothing, also where nobody may
    let before = package.events().len();
    package.expect(4, &["allows", &format!("sdk@{}", "0".repeat(40))]);
    package.expect(4, &["allows", "sdk@abc123"]);
    package.expect(2, &["allows", "sdk"]);
    package.expect(2, &["allows", "sdk@main"]);
    package.expect(2, &["allows", &format!("sdkk@{sha}")]);
    package.expect(2, &["allows", &asked, "--step", "nothing-like-it"]);
    assert_eq!(package.events().len(), before);
    package.expect(0, &["tick", "look", "1"]);
    package.ship().exits(3);
    no("its owner hasn't approved step sdk");
    let digest = package.digest();
    package.expect(0, &["approve", "sdk", "--yes", "--plan", &digest]);
    let yes = package.expect(0, &["allows", &format!("sdk@{}", &sha[..12])]);
    assert!(yes.stdout.contains("yes: it is the turn of step sdk"), "{}", yes.all());
    package.expect(0, &["hold", "--reason", "the CI is on fire"]);
    no("the release is on hold: the CI is on fire");
    package.publish();
    package.resume().exits(0);
    let shipped = package.expect(0, &["allows", &asked, "--step", "sdk"]);
    assert!(shipped.stdout.contains("step sdk has shipped it already"), "{}", shipped.all());
}
