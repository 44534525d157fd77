//! The release.toml of a demo world: the project's own, comments and all, with its addresses and folder set right.

use toml_edit::{DocumentMut, Value};

use super::Telling;

/// The port that the hand-written plan speaks of.
pub(super) const PORT: u16 = 8016;

/// The worked example at the root of the project.
const SOURCE: &str = include_str!("../../release.toml");

/// The step that walks through what people do. Where something was missed it is the first one, so that nothing moves before
/// everything has shown.
const FLOWS: &str = "[[step]]\nid    = \"flows\"\n";

/// The plan as it lies in a world that is served on this port.
pub(super) fn text(port: u16, telling: Telling) -> Result<String, toml_edit::TomlError> {
    let source = match telling {
        Telling::Sound => SOURCE.to_owned(),
        Telling::WithMisses => flows_first(SOURCE),
    };
    let source = source.replace(&format!("http://127.0.0.1:{PORT}/"), &format!("http://127.0.0.1:{port}/"));
    let mut document: DocumentMut = source.parse()?;
    let root = document.get_mut("release").and_then(|release| release.get_mut("root"));
    if let Some(root) = root.and_then(|item| item.as_value_mut()) {
        let mut here = Value::from(".");
        *here.decor_mut() = root.decor().clone();
        *root = here;
    }
    Ok(document.to_string())
}

fn flows_first(plan: &str) -> String {
    let block = plan.find(FLOWS).map(|start| {
        let rest = plan.get(start + FLOWS.len()..).unwrap_or_default();
        let end = rest.find("[[step]]\n").map_or(plan.len(), |next| start + FLOWS.len() + next);
        (start, end)
    });
    let (Some((start, end)), Some(first)) = (block, plan.find("[[step]]\n")) else { return plan.to_owned() };
    let part = |from: usize, to: usize| plan.get(from..to).unwrap_or_default();
    [part(0, first), part(start, end), part(first, start), part(end, plan.len())].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_something_was_missed_the_flows_come_first_and_nothing_else_changes() {
        let moved = flows_first(SOURCE);
        let steps = |plan: &str| plan.lines().filter(|line| line.starts_with("id  ")).count();
        assert_eq!((moved.len(), steps(&moved)), (SOURCE.len(), steps(SOURCE)));
        let first = moved.split("[[step]]\n").nth(1).unwrap();
        assert!(first.starts_with("id    = \"flows\""), "{first}");
        assert!(crate::config::load(moved.as_bytes(), "release.toml").is_ok());
    }

    #[test]
    fn only_the_folder_and_the_port_change() {
        let ours = text(8123, Telling::Sound).unwrap();
        let back = ours.replace(":8123/", ":8016/").replace(r#"root  = """#, "");
        let changed = SOURCE.lines().zip(back.lines()).filter(|(before, after)| before != after);
        let changed: Vec<_> = changed.map(|(_, after)| after).collect();
        assert_eq!(changed.len(), 1, "{changed:?}");
        assert!(changed[0].starts_with(r#"root  = "." "#) && changed[0].contains('#'), "{changed:?}");
        assert!(!ours.contains(":8016"), "an address was missed");
    }
}
