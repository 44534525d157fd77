//! The screen: a frame is a pure function of what the engine publishes, what is looked at, a theme and a terminal's powers.
//!
//! Owns keys, panes, popups and the terminal's modes. Names no git, no file system, no process: what the owner decides is
//! sent to the engine as a command, and what is seen comes from its snapshots.
//!
//! ```text
//! key, paste, click ─→ update(model, state, message) ─→ asks ─→ engine
//!                            │                                    │
//!                          model ──→ render ──→ frame ←── state ──┘
//! ```

pub mod age;
pub mod canvas;
pub mod decision;
pub mod frame;
pub mod glyph;
pub mod keymap;
pub mod model;
pub mod page;
pub mod pane;
pub mod popup;
pub mod role;
pub mod run;
pub mod terminal;
pub mod theme;
pub mod update;
pub mod view;
pub mod widget;
pub mod words;

#[cfg(test)]
mod tests;

pub use canvas::{Caps, Mouse};
pub use glyph::Glyphs;
pub use run::{CockpitError, Ended, Setup, run};
pub use terminal::{Clipboard, unheard};
pub use theme::{Depth, Theme, ThemeError};
