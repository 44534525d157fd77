//! Parts that panes and popups are made of. They know roles and keys, and nothing of releases.

pub mod editor;
pub mod footer;
pub mod pager;
pub mod scroll;
pub mod text;
