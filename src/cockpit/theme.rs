//! Themes: what each role looks like, read from TOML. A pure function of text; who reads files and when is not known here.

mod color;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

pub use color::Depth;

use super::role::Role;
use crate::shown::Shown;

/// The themes in the binary, by name, each with the text of its file.
pub const EMBEDDED: [(&str, &str); 2] =
    [("dark", include_str!("../../themes/dark.toml")), ("light", include_str!("../../themes/light.toml"))];

/// A style for every role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    name: String,
    styles: BTreeMap<Role, Style>,
}

/// Why a text is not a theme.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ThemeError {
    /// It isn't TOML, or has keys that mean nothing.
    #[error("the theme can't be read, because {0}")]
    Syntax(String),
    /// A role that every theme must style.
    #[error("the theme has no role {0:?}: add a line for it under [roles]")]
    Missing(&'static str),
    /// A role that doesn't exist.
    #[error("{0:?} is not a role: the roles are {list}", list = names())]
    Unknown(String),
    /// A colour that can't be read.
    #[error(
        "{color:?} of role {role:?} is not a colour: write \"#rrggbb\", an ANSI name such as \"red\", or \"default\""
    )]
    Color {
        /// The role it was written for.
        role: String,
        /// What was written.
        color: String,
    },
    /// An attribute that doesn't exist.
    #[error("{attribute:?} of role {role:?} is not an attribute: there are bold, dim, italic, underline and reverse")]
    Attribute {
        /// The role it was written for.
        role: String,
        /// What was written.
        attribute: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    roles: BTreeMap<String, Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    fg: Option<String>,
    bg: Option<String>,
    fg16: Option<String>,
    bg16: Option<String>,
    #[serde(default)]
    mods: Vec<String>,
}

impl Theme {
    /// Reads a theme for a terminal with so many colours.
    pub fn read(text: &str, depth: Depth) -> Result<Self, ThemeError> {
        let file: File = toml::from_str(text).map_err(|error| ThemeError::Syntax(complaint(text, &error)))?;
        if let Some(unknown) = file.roles.keys().find(|name| !Role::ALL.iter().any(|role| role.name() == *name)) {
            return Err(ThemeError::Unknown(unknown.clone()));
        }
        let mut styles = BTreeMap::new();
        for role in Role::ALL {
            let entry = file.roles.get(role.name()).ok_or(ThemeError::Missing(role.name()))?;
            styles.insert(role, entry.style(role, depth)?);
        }
        Ok(Self { name: file.name, styles })
    }

    /// A theme of the binary. An unknown name gives the first one.
    pub fn embedded(name: &str, depth: Depth) -> Self {
        let text = EMBEDDED.iter().find(|(known, _)| *known == name).map_or(EMBEDDED[0].1, |(_, text)| *text);
        // a test reads every embedded theme at every depth, so that this falls back on nothing in practice
        Self::read(text, depth).unwrap_or_else(|_| Self { name: name.to_owned(), styles: BTreeMap::new() })
    }

    /// Its name, as its file gives it.
    pub fn name(&self) -> Shown {
        Shown::line(&self.name)
    }

    /// How a role looks.
    pub fn style(&self, role: Role) -> Style {
        self.styles.get(&role).copied().unwrap_or_default()
    }
}

impl Entry {
    fn style(&self, role: Role, depth: Depth) -> Result<Style, ThemeError> {
        let mut style = Style::new();
        style.fg = pick(role, self.fg.as_deref(), self.fg16.as_deref(), depth)?;
        style.bg = pick(role, self.bg.as_deref(), self.bg16.as_deref(), depth)?;
        for name in &self.mods {
            style = style.add_modifier(attribute(role, name)?);
        }
        // what a colour alone would have told must survive without it
        let carried_by_colour = self.bg.is_some() && !matches!(role, Role::Ground | Role::Dialog);
        if depth == Depth::None && carried_by_colour {
            style = style.add_modifier(Modifier::REVERSED);
        }
        Ok(style)
    }
}

fn pick(role: Role, full: Option<&str>, ansi: Option<&str>, depth: Depth) -> Result<Option<Color>, ThemeError> {
    let parse = |text: &str| {
        color::parse(text).ok_or_else(|| ThemeError::Color { role: role.name().to_owned(), color: text.to_owned() })
    };
    let (full, ansi) = (full.map(parse).transpose()?, ansi.map(parse).transpose()?);
    let chosen = if depth == Depth::Ansi16 { ansi.or(full) } else { full };
    Ok(chosen.map(|color| depth.nearest(color)))
}

fn attribute(role: Role, name: &str) -> Result<Modifier, ThemeError> {
    match name {
        "bold" => Ok(Modifier::BOLD),
        "dim" => Ok(Modifier::DIM),
        "italic" => Ok(Modifier::ITALIC),
        "underline" => Ok(Modifier::UNDERLINED),
        "reverse" => Ok(Modifier::REVERSED),
        other => Err(ThemeError::Attribute { role: role.name().to_owned(), attribute: other.to_owned() }),
    }
}

fn complaint(text: &str, error: &toml::de::Error) -> String {
    let line =
        error.span().and_then(|span| text.get(..span.start)).map_or(1, |before| before.matches('\n').count() + 1);
    format!("{} (line {line})", error.message())
}

fn names() -> String {
    Role::ALL.map(Role::name).join(", ")
}
