//! The release.toml of a demo world: the project's own, comments and all, with its addresses and folder set right.

use toml_edit::{DocumentMut, Value};

/// The port that the hand-written plan speaks of.
pub(super) const PORT: u16 = 8016;

/// The worked example at the root of the project.
const SOURCE: &str = include_str!("../../release.toml");

/// The plan as it lies in a world that is served on this port.
pub(super) fn text(port: u16) -> Result<String, toml_edit::TomlError> {
    let source = SOURCE.replace(&format!("http://127.0.0.1:{PORT}/"), &format!("http://127.0.0.1:{port}/"));
    let mut document: DocumentMut = source.parse()?;
    let root = document.get_mut("release").and_then(|release| release.get_mut("root"));
    if let Some(root) = root.and_then(|item| item.as_value_mut()) {
        let mut here = Value::from(".");
        *here.decor_mut() = root.decor().clone();
        *root = here;
    }
    Ok(document.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_folder_and_the_port_change() {
        let ours = text(8123).unwrap();
        let back = ours.replace(":8123/", ":8016/").replace(r#"root  = """#, "");
        let changed = SOURCE.lines().zip(back.lines()).filter(|(before, after)| before != after);
        let changed: Vec<_> = changed.map(|(_, after)| after).collect();
        assert_eq!(changed.len(), 1, "{changed:?}");
        assert!(changed[0].starts_with(r#"root  = "." "#) && changed[0].contains('#'), "{changed:?}");
        assert!(!ours.contains(":8016"), "an address was missed");
    }
}
