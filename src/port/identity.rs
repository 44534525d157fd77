//! Who the user is, as git knows them, and what this machine is called. Reads no repository and asks nobody.

use git2::Config;

/// The user's `user.name` and `user.email` from their own git configuration; `fallback` where git doesn't know them.
pub fn actor(fallback: &str) -> String {
    let config = Config::open_default().and_then(|mut config| config.snapshot());
    let set = |key: &str| {
        let config = config.as_ref().ok()?;
        config.get_string(key).ok().map(|value| plain(&value)).filter(|value| !value.is_empty())
    };
    match (set("user.name"), set("user.email")) {
        (Some(name), Some(email)) => format!("{name} <{email}>"),
        (Some(name), None) => format!("{name} <{fallback}>"),
        (None, Some(email)) => format!("{fallback} <{email}>"),
        (None, None) => fallback.to_owned(),
    }
}

/// This machine's name.
pub fn host() -> String {
    plain(&rustix::system::uname().nodename().to_string_lossy())
}

/// A name on one line: what could break `Name <address>` apart is left out.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() && !matches!(c, '<' | '>')).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_on_its_line_and_outside_the_brackets() {
        assert_eq!(plain(" Ada\n<Ex>ample "), "AdaExample");
        assert!(!host().is_empty());
    }
}
