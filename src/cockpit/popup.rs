//! What lies over a page: it takes the keys until it closes.

pub mod dialog;
pub mod help;
pub mod palette;
pub mod prompt;
