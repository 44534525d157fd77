//! What a cell of the screen means. Panes name roles; only a theme knows colours.

/// The meaning of a cell, which a theme turns into a style.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// The empty background.
    Ground,
    /// Ordinary text.
    Text,
    /// What the eye should find first.
    Strong,
    /// What may be overlooked: labels, ages, what is not in use.
    Dim,
    /// Names and targets.
    Accent,
    /// Proven good.
    Good,
    /// Waits for the owner.
    Waiting,
    /// In progress.
    Running,
    /// Failed, drifted, refused.
    Bad,
    /// Unknown or in doubt.
    Doubt,
    /// The frame of a pane.
    Border,
    /// The frame of the pane that has the keys.
    Focus,
    /// A pane's title.
    Title,
    /// The selected row or button; laid over another role.
    Selection,
    /// The background of a popup.
    Dialog,
    /// The button that has the focus.
    Button,
    /// What can't be taken back.
    Danger,
    /// The key that does something.
    Key,
    /// What a search found.
    Match,
}

impl Role {
    /// Every role, in the order of the theme files.
    pub const ALL: [Self; 19] = [
        Self::Ground,
        Self::Text,
        Self::Strong,
        Self::Dim,
        Self::Accent,
        Self::Good,
        Self::Waiting,
        Self::Running,
        Self::Bad,
        Self::Doubt,
        Self::Border,
        Self::Focus,
        Self::Title,
        Self::Selection,
        Self::Dialog,
        Self::Button,
        Self::Danger,
        Self::Key,
        Self::Match,
    ];

    /// Its name in a theme file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ground => "ground",
            Self::Text => "text",
            Self::Strong => "strong",
            Self::Dim => "dim",
            Self::Accent => "accent",
            Self::Good => "good",
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Bad => "bad",
            Self::Doubt => "doubt",
            Self::Border => "border",
            Self::Focus => "focus",
            Self::Title => "title",
            Self::Selection => "selection",
            Self::Dialog => "dialog",
            Self::Button => "button",
            Self::Danger => "danger",
            Self::Key => "key",
            Self::Match => "match",
        }
    }

    /// Its letter in the map of a frame's roles, which tests keep: a lost colour shows there as a changed letter.
    pub fn letter(self) -> char {
        match self {
            Self::Ground => '.',
            Self::Text => 't',
            Self::Strong => 's',
            Self::Dim => 'd',
            Self::Accent => 'a',
            Self::Good => 'g',
            Self::Waiting => 'w',
            Self::Running => 'r',
            Self::Bad => 'b',
            Self::Doubt => 'q',
            Self::Border => 'o',
            Self::Focus => 'f',
            Self::Title => 'i',
            Self::Selection => 'e',
            Self::Dialog => ',',
            Self::Button => 'u',
            Self::Danger => 'x',
            Self::Key => 'k',
            Self::Match => 'm',
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_and_names_are_unique() {
        let letters: std::collections::BTreeSet<_> = Role::ALL.iter().map(|r| r.letter()).collect();
        let names: std::collections::BTreeSet<_> = Role::ALL.iter().map(|r| r.name()).collect();
        assert_eq!((letters.len(), names.len()), (Role::ALL.len(), Role::ALL.len()));
        assert!(letters.iter().all(|c| !c.is_uppercase()), "upper case marks a selected cell");
    }
}
