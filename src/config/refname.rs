//! Which branch and tag names git takes: the rules of git-check-ref-format, and none that an option could be read from.

/// Why git wouldn't take a name, if it wouldn't.
pub(crate) fn fault(name: &str) -> Option<&'static str> {
    let bad = |c: char| c.is_control() || matches!(c, ' ' | '~' | '^' | ':' | '?' | '*' | '[' | '\\');
    if name.is_empty() {
        return Some("it is empty");
    }
    if name.starts_with('-') {
        return Some("it starts with '-' and would be read as an option");
    }
    if name == "@" || name == "HEAD" {
        return Some("git keeps that name for itself");
    }
    if let Some(bad) = name.chars().find(|c| bad(*c)) {
        return Some(if bad == ' ' { "it holds a space" } else { "it holds a character that git refuses" });
    }
    if name.contains("..") {
        return Some("it holds '..'");
    }
    if name.contains("@{") {
        return Some("it holds '@{'");
    }
    if name.ends_with('.') {
        return Some("it ends with a dot");
    }
    if name.split('/').any(str::is_empty) {
        return Some("it has an empty part: no '/' at either end, none doubled");
    }
    if name.split('/').any(|part| part.starts_with('.')) {
        return Some("a part of it starts with a dot");
    }
    name.split('/').any(|part| part.strip_suffix(".lock").is_some()).then_some("a part of it ends with '.lock'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_judged_as_git_judges_them() {
        for good in ["main", "release/m3", "a.b", "x@y", "@x", "a-b", "ünï", "refs/heads/x", "a/-b"] {
            assert_eq!(fault(good), None, "{good}");
        }
        for bad in [
            "", "-x", "@", "HEAD", "a b", "a..b", "a.", "/a", "a/", "a//b", ".a", "a/.b", "a.lock", "a.lock/b", "a~1",
            "a^", "a:b", "a?", "a*", "a[b", "a\\b", "a@{1}", "a\u{7f}", "a\u{0}",
        ] {
            assert!(fault(bad).is_some(), "{bad}");
        }
    }
}
