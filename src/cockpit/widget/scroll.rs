//! Which row is selected and which rows are in view.

use crate::cockpit::keymap::Action;

/// A selection in a list of rows, and the first row in view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scroll {
    /// The selected row.
    pub selected: usize,
    /// The first row in view.
    pub top: usize,
}

impl Scroll {
    /// Moves the selection through `rows` rows of which `view` are in view. Tells whether the action was a movement.
    pub fn handle(&mut self, action: Action, rows: usize, view: usize) -> Moved {
        let page = view.saturating_sub(1).max(1);
        self.selected = match action {
            Action::Up => self.selected.saturating_sub(1),
            Action::Down => self.selected.saturating_add(1),
            Action::PageUp => self.selected.saturating_sub(page),
            Action::PageDown => self.selected.saturating_add(page),
            Action::First => 0,
            Action::Last => usize::MAX,
            _ => return Moved::No,
        };
        self.fit(rows, view);
        Moved::Yes
    }

    /// Selects a row.
    pub fn select(&mut self, row: usize, rows: usize, view: usize) {
        self.selected = row;
        self.fit(rows, view);
    }

    /// Keeps the selection within the rows, and in view.
    pub fn fit(&mut self, rows: usize, view: usize) {
        self.selected = self.selected.min(rows.saturating_sub(1));
        let lowest = self.selected.saturating_sub(view.saturating_sub(1));
        self.top = self.top.clamp(lowest, self.selected).min(rows.saturating_sub(view));
    }

    /// As it is after [`Scroll::fit`]; for painting, which changes nothing.
    #[must_use]
    pub fn fitted(mut self, rows: usize, view: usize) -> Self {
        self.fit(rows, view);
        self
    }
}

/// Whether an action moved something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moved {
    /// It did.
    Yes,
    /// It asks for something else.
    No,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_selection_stays_in_view(rows in 0_usize..50, view in 1_usize..20, moves in proptest::collection::vec(0_usize..6, 0..40)) {
            let all = [Action::Up, Action::Down, Action::PageUp, Action::PageDown, Action::First, Action::Last];
            let mut scroll = Scroll::default();
            for at in moves {
                scroll.handle(all[at], rows, view);
                prop_assert!(scroll.selected < rows.max(1));
                prop_assert!((scroll.top..scroll.top + view).contains(&scroll.selected));
                prop_assert!(rows <= view || scroll.top + view <= rows, "no empty rows below the last");
            }
        }
    }
}
