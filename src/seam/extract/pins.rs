//! Versions: what a repository would publish, and what another one's manifest asks for.

use crate::plan::Package;
use crate::plan::pinning;
use crate::seam::Found;
use crate::seam::text::Text;

/// The version, on the line of the manifest that says it.
pub(super) fn published(package: &Package, text: &Text<'_>) -> Vec<Found> {
    let numbered = (1..).zip(text.as_str().lines());
    let says = numbered.filter(|(_, line)| line.contains("version") || line.contains("VERSION"));
    let line = says.filter(|(_, line)| line.contains(&package.version)).map(|(line, _): (usize, _)| line).next();
    vec![Found { text: package.version.clone(), line: line.unwrap_or(0) }]
}

/// Every reference to the package as it is written, and what overrides it; an exact one is its version.
pub(super) fn found(path: &str, text: &str, package: &Package) -> Result<Vec<Found>, String> {
    let references = pinning::references(path, text, &package.name).map_err(|why| why.to_string())?;
    let found = references
        .into_iter()
        .map(|reference| Found { text: exact(&reference.written, &package.name), line: reference.line });
    Ok(found.collect())
}

/// The version alone where it is an exact one: `"2.3.0"`, `==2.3.0`, `sdk==2.3.0`, `=2.3.0`.
fn exact(written: &str, name: &str) -> String {
    let bare = written.trim().trim_matches(['"', '\'']).trim();
    let after_name = bare.strip_prefix(name).map_or(bare, str::trim_start);
    let version = after_name.trim_start_matches('=').trim();
    let is_version = version.starts_with(|c: char| c.is_ascii_digit())
        && version.chars().all(|c| c.is_ascii_alphanumeric() || ".-+!".contains(c));
    if is_version { version.to_owned() } else { bare.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exact_reference_is_its_version_and_a_range_stays_one() {
        assert_eq!(exact("\"2.3.0\"", "@a/sdk"), "2.3.0");
        assert_eq!(exact("lib==1.4.0", "lib"), "1.4.0");
        assert_eq!(exact("\"=2.3.0\"", "lib"), "2.3.0");
        assert_eq!(exact("\"^2.3.0\"", "lib"), "^2.3.0");
        assert_eq!(exact("\"git+ssh://x#release/m3\"", "lib"), "git+ssh://x#release/m3");
    }

    #[test]
    fn what_a_manifest_asks_for_has_its_line() {
        let package = Package { name: "@a/sdk".to_owned(), version: "2.3.0".to_owned() };
        let text = "{\n  \"dependencies\": {\n    \"@a/sdk\": \"^2.2.0\"\n  }\n}\n";
        let found = super::found("package.json", text, &package).unwrap();
        assert_eq!(found, [Found { text: "^2.2.0".to_owned(), line: 3 }]);
        let overridden = |more: &str| {
            let text = format!("{{\"dependencies\": {{\"@a/sdk\": \"2.3.0\"}},\n{more}}}");
            let found = super::found("package.json", &text, &package).unwrap();
            found.into_iter().map(|found| found.text).collect::<Vec<_>>()
        };
        for more in [
            "\"resolutions\": {\"@a/sdk\": \"2.2.0\"}",
            "\"resolutions\": {\"**/@a/sdk\": \"2.2.0\"}",
            "\"overrides\": {\"@a/sdk\": \"2.2.0\"}",
            "\"overrides\": {\"@a/sdk\": {\".\": \"2.2.0\"}}",
            "\"pnpm\": {\"overrides\": {\"@a/sdk@^2\": \"2.2.0\"}}",
        ] {
            assert_eq!(overridden(more), ["2.3.0", "2.2.0"], "{more}");
        }
        for more in [
            "\"overrides\": {\"@a/sdk\": \"$@a/sdk\"}",
            "\"overrides\": {\"other\": {\"@a/sdk\": \"2.2.0\"}}",
            "\"pnpm\": {\"overrides\": {\"other>@a/sdk\": \"2.2.0\"}}",
            "\"peerDependencies\": {\"@a/sdk\": \"^2\"}",
        ] {
            assert_eq!(overridden(more), ["2.3.0"], "{more}");
        }
        let bump = published(&package, &Text::of(b"{\n \"version\": \"2.3.0\"\n}"));
        assert_eq!(bump, [Found { text: "2.3.0".to_owned(), line: 2 }]);
    }
}
