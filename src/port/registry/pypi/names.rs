//! Names of projects and of their files: what is the same project (PEP 503), and which version a file is of (PEP 427, 625).

use super::version::canonical;

const SDISTS: [&str; 7] = [".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz", ".tar.z", ".tar"];

/// A project's name as the index spells it: lowercase, with one hyphen for any run of `-`, `_` and `.`.
pub(super) fn normalised(name: &str) -> String {
    let mut spelled = String::with_capacity(name.len());
    for letter in name.trim().chars() {
        match letter {
            '-' | '_' | '.' if spelled.ends_with('-') => {}
            '-' | '_' | '.' => spelled.push('-'),
            letter => spelled.push(letter.to_ascii_lowercase()),
        }
    }
    spelled
}

/// Whether a file is a wheel or a source distribution of this version of the project.
pub(super) fn is_of(file: &str, project: &str, version: &str) -> bool {
    version_in(file, project).is_some_and(|found| canonical(&found) == canonical(version))
}

/// Whether a name is that of a wheel or a source distribution.
pub(super) fn is_distribution(file: &str) -> bool {
    stem(file).is_some()
}

enum Stem<'a> {
    Wheel(&'a str),
    Source(&'a str),
}

fn stem(file: &str) -> Option<Stem<'_>> {
    if let Some(stem) = without(file, ".whl") {
        return Some(Stem::Wheel(stem));
    }
    SDISTS.into_iter().find_map(|end| without(file, end)).map(Stem::Source)
}

fn without<'a>(file: &'a str, end: &str) -> Option<&'a str> {
    let at = file.len().checked_sub(end.len())?;
    let (stem, found) = (file.get(..at)?, file.get(at..)?);
    found.eq_ignore_ascii_case(end).then_some(stem)
}

/// The version in a file's name. Old tools wrote hyphens into either part, so the project's own name says where it ends.
fn version_in(file: &str, project: &str) -> Option<String> {
    let project = normalised(project);
    let (stem, tags) = match stem(file)? {
        Stem::Wheel(stem) => (stem, 3),
        Stem::Source(stem) => (stem, 0),
    };
    let parts: Vec<&str> = stem.split('-').collect();
    let parts = parts.get(..parts.len().checked_sub(tags)?)?;
    (1..parts.len()).find_map(|end| {
        let (name, version) = (parts.get(..end)?.join("-"), parts.get(end..)?);
        if normalised(&name) != project {
            return None;
        }
        match (tags, version) {
            // a wheel's build number follows its version
            (3, [version] | [version, _]) => Some((*version).to_owned()),
            (3, _) => None,
            (_, version) => Some(version.join("-")),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_tells_its_version_however_its_tool_spelled_it() {
        let ours = [
            "tiny_pkg-1.0.0-py3-none-any.whl",
            "Tiny.Pkg-1.0.0-py3-none-any.whl",
            "tiny_pkg-1.0.0-1-cp311-cp311-manylinux_2_17_x86_64.whl",
            "tiny-pkg-1.0.0.tar.gz",
            "tiny_pkg-1.0.0.tar.gz",
            "Tiny.Pkg-1.0.ZIP",
        ];
        for file in ours {
            assert!(is_of(file, "Tiny.Pkg", "1.0.0"), "{file}");
        }
        let others = [
            "tiny_pkg-1.0.1-py3-none-any.whl",
            "tiny_pkg_extra-1.0.0-py3-none-any.whl",
            "tiny-pkg-extra-1.0.0.tar.gz",
            "tiny_pkg-1.0.0rc1.tar.gz",
            "tiny_pkg-1.0.0-py3.11.egg",
            "tiny_pkg-1.0.0-py3-none-any.whl.asc",
            "tiny.tar.gz",
            "",
        ];
        for file in others {
            assert!(!is_of(file, "tiny-pkg", "1.0.0"), "{file}");
        }
        assert!(is_of("tiny-1.0-rc1.tar.gz", "tiny", "1.0rc1"));
    }

    #[test]
    fn projects_are_the_same_by_their_letters() {
        for name in ["Tiny.Pkg", "tiny__pkg", "TINY-_.pkg"] {
            assert_eq!(normalised(name), "tiny-pkg");
        }
    }
}
