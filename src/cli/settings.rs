//! The one place that reads the environment: where things are, who the user is, and what their terminal can do.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use super::fault::Fault;
use super::out::Plain;
use crate::cockpit::{Clipboard, Depth, Glyphs};
use crate::engine::{PlanSource, Settings};
use crate::ledger::place::Environment;
use crate::{demo, port};

/// The plan that is meant when none is named.
pub(super) const DEFAULT_RELEASE: &str = "release.toml";

/// The user's environment, read once.
#[derive(Debug, Clone)]
pub(super) struct Surroundings {
    environment: BTreeMap<OsString, OsString>,
}

/// What a terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ScreenCaps {
    pub(super) depth: Depth,
    pub(super) glyphs: Glyphs,
    pub(super) clipboard: Clipboard,
}

/// Whether a person can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Person {
    /// Somebody reads what is asked, and can answer.
    Here,
    /// A script, a pipe or a log.
    Away,
}

impl Surroundings {
    /// Reads the environment of this process.
    pub(super) fn read() -> Self {
        Self { environment: std::env::vars_os().collect() }
    }

    /// A variable; one that is empty counts as unset.
    fn get(&self, name: &str) -> Option<&OsStr> {
        self.environment.get(OsStr::new(name)).map(OsString::as_os_str).filter(|value| !value.is_empty())
    }

    /// The whole environment, for what runs in the user's name.
    pub(super) fn all(&self) -> &BTreeMap<OsString, OsString> {
        &self.environment
    }

    /// Whether colours are unwanted: `NO_COLOR`, or a terminal that has none.
    pub(super) fn plain(&self) -> Plain {
        let dumb = self.get("TERM").is_some_and(|term| term == "dumb");
        if dumb || self.get("NO_COLOR").is_some() { Plain::Yes } else { Plain::No }
    }

    /// What the cockpit's terminal can show.
    pub(super) fn screen(&self) -> ScreenCaps {
        let text = |name: &str| self.get(name).and_then(OsStr::to_str);
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| text(name)).unwrap_or_default();
        let utf8 = locale.to_ascii_lowercase().replace('-', "").contains("utf8");
        ScreenCaps {
            depth: Depth::detect(text("NO_COLOR"), text("COLORTERM"), text("TERM")),
            // the kernel's own console has few glyphs, whatever the locale says
            glyphs: if utf8 && text("TERM") != Some("linux") { Glyphs::Unicode } else { Glyphs::Ascii },
            clipboard: if self.get("TMUX").is_some() { Clipboard::Tmux } else { Clipboard::Direct },
        }
    }

    /// Whether somebody can be asked.
    #[allow(clippy::unused_self, reason = "what is asked of the surroundings is asked here")]
    pub(super) fn person(&self) -> Person {
        let here = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
        if here { Person::Here } else { Person::Away }
    }

    /// The state folder of a release: the user's own, or inside the demo world that the release lies in.
    fn state(&self, release_toml: &Path) -> Result<PathBuf, Fault> {
        let own = |name: &str| self.get(name).map(OsStr::to_owned);
        let named = own("FLIGHTDECK_STATE");
        if named.is_none()
            && let Some(beside) = demo::state_beside(release_toml)
        {
            return Ok(beside);
        }
        let environment =
            Environment { flightdeck_state: named, xdg_state_home: own("XDG_STATE_HOME"), home: own("HOME") };
        environment.state_folder().map_err(|fault| Fault::usage("there is no place for state").because(fault))
    }

    /// Where everything is, for this user on this machine.
    pub(super) fn settings(&self, release: Option<&Path>) -> Result<Settings, Fault> {
        let named = release.unwrap_or_else(|| Path::new(DEFAULT_RELEASE));
        let release_toml =
            std::path::absolute(named).map_err(|error| Fault::usage("the release can't be named").because(error))?;
        let user = self.get("USER").or_else(|| self.get("LOGNAME")).map_or_else(
            || format!("uid{}", rustix::process::geteuid().as_raw()),
            |name| name.to_string_lossy().into_owned(),
        );
        let host = port::identity::host();
        Ok(Settings {
            state: self.state(&release_toml)?,
            root: self.get("FLIGHTDECK_ROOT").map(PathBuf::from),
            environment: self.environment.clone(),
            source: PlanSource::Disk,
            actor: port::identity::actor(&format!("{user}@{host}")),
            user,
            host,
            release_toml,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn surroundings(pairs: &[(&str, &str)]) -> Surroundings {
        Surroundings { environment: pairs.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect() }
    }

    #[test]
    fn a_demo_keeps_its_state_unless_the_user_names_another_place() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(".flightdeck-demo"), "{}").unwrap();
        let release = dir.path().join("release.toml");
        let home = surroundings(&[("HOME", "/home/ada")]);
        assert_eq!(home.settings(Some(&release)).unwrap().state, dir.path().join("state"));
        let named = surroundings(&[("FLIGHTDECK_STATE", "/elsewhere"), ("HOME", "/home/ada")]);
        assert_eq!(named.settings(Some(&release)).unwrap().state, Path::new("/elsewhere"));
        let other = home.settings(Some(Path::new("/nowhere/release.toml"))).unwrap();
        assert_eq!(other.state, Path::new("/home/ada/.local/state/flightdeck"));
    }

    #[test]
    fn an_empty_variable_is_unset() {
        assert_eq!(surroundings(&[("NO_COLOR", "")]).plain(), Plain::No);
        assert_eq!(surroundings(&[("NO_COLOR", "1")]).plain(), Plain::Yes);
        assert_eq!(surroundings(&[("TERM", "dumb")]).plain(), Plain::Yes);
    }
}
