//! The way back is the way there, backwards: each undo asked for by itself, the last one first.

use super::package::Package;
use crate::common::release::Release as _;

fn step(name: &str, more: &str) -> String {
    format!(
        "[[step]]\nid = \"{name}\"\nstage = \"s\"\ntitle = \"t\"\n\
         run = {{ command = [\"AT/bin/does\", \"{name}\"], probe = [\"AT/bin/is\", \"{name}\"] }}\n\
         undo = [\"AT/bin/undoes\", \"{name}\"]\n{more}\n"
    )
}

#[test]
fn undos_run_in_reverse_each_with_its_own_word() {
    let theirs = "via = \"external\"\nwaits_for = \"the database people\"\nbudget = \"1m\"";
    let package = Package::new(&[step("one", ""), step("two", theirs), step("free", "needs = []")].concat());
    package.program("does", "echo \"does $1\" >> AT/effects; : > AT/registry/$1");
    package.program("is", "[ -e AT/registry/$1 ]");
    package.program("undoes", "echo \"undoes $1\" >> AT/effects; rm AT/registry/$1");
    package.shell(": > registry/two");
    package.ship().exits(0);
    let early = package.expect(4, &["undo", "one", "--yes"]);
    assert!(early.stderr.contains("step two came after step one and is still live"), "{}", early.all());
    assert!(early.stderr.contains("`flightdeck undo two`"), "{}", early.all());
    package.expect(2, &["undo", "two"]);
    // what others brought is taken back like anything else
    package.expect(0, &["undo", "two", "--yes"]);
    package.expect(0, &["undo", "one", "--yes"]);
    package.expect(0, &["undo", "free", "--yes"]);
    assert_eq!(package.shell("cat effects"), "does one\ndoes free\nundoes two\nundoes one\nundoes free");
    assert_eq!(package.step("one")["state"], "undone");
    package.verify();
}
