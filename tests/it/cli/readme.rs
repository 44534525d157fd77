//! What README says holds.

const README: &str = include_str!("../../../README.md");

#[test]
fn the_first_release_toml_passes() {
    let toml =
        README.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a release.toml in README");
    let checked = flightdeck::config::load(toml.as_bytes(), "README.md").unwrap_or_else(|complaints| {
        // the complaints say what README must be changed to
        std::panic::panic_any(complaints.to_string())
    });
    assert_eq!(checked.warnings.len(), 0, "{:?}", checked.warnings);
    assert_eq!(checked.plan.steps().len(), 4, "the record is implied");
}

#[test]
fn every_picture_is_there() {
    for picture in README.split("](assets/").skip(1).filter_map(|rest| rest.split(')').next()) {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets").join(picture);
        assert!(path.is_file(), "{}", path.display());
    }
}
