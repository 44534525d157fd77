//! Commands that are named in what is printed, made into lines that work where they are pasted: they name the release too,
//! unless it is the one that is meant anyway.

use std::path::Path;

use clap::CommandFactory as _;

use super::Cli;
use super::settings::DEFAULT_RELEASE;

/// Commands that concern no release, or name their own.
const WITHOUT: [&str; 5] = ["demo", "themes", "man", "schema", "completions"];

/// A word as a POSIX shell needs it.
pub(super) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// The text with the release in every command of ours that it names.
pub(super) fn with_release(text: &str, release: Option<&Path>) -> String {
    let Some(release) = release.filter(|path| !is_default(path)) else { return text.to_owned() };
    let commands = Cli::command();
    let option = format!("--release {} ", quoted(&release.display().to_string()));
    let mut whole = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("flightdeck ") {
        whole.push_str(before);
        whole.push_str("flightdeck ");
        let word = after.split(|c: char| !c.is_ascii_lowercase()).next().unwrap_or_default();
        // "flightdeck is stopping" is no command
        if commands.find_subcommand(word).is_some() && !WITHOUT.contains(&word) {
            whole.push_str(&option);
        }
        rest = after;
    }
    whole + rest
}

/// Whether it is the release that is meant when none is named.
fn is_default(release: &Path) -> bool {
    match (std::path::absolute(release), std::path::absolute(DEFAULT_RELEASE)) {
        (Ok(named), Ok(default)) => named == default,
        (Ok(_) | Err(_), _) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_names_a_release_that_isnt_the_default() {
        let there = |text: &str| with_release(text, Some(Path::new("it's here/release.toml")));
        let option = r"--release 'it'\''s here/release.toml'";
        assert_eq!(
            there("flightdeck approve api && flightdeck ship"),
            format!("flightdeck {option} approve api && flightdeck {option} ship")
        );
        assert_eq!(
            there("not trusted: `flightdeck trust` shows it"),
            format!("not trusted: `flightdeck {option} trust` shows it")
        );
        for prose in ["flightdeck is stopping; try `flightdeck demo`", "it says that flightdeck has a bug"] {
            assert_eq!(there(prose), prose);
        }
        for default in [None, Some(Path::new("./release.toml")), Some(Path::new("release.toml"))] {
            assert_eq!(with_release("flightdeck ship", default), "flightdeck ship");
        }
    }
}
