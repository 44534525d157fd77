//! The grid of repositories: live, and honest about those that can not be used.

mod clones;
mod counting_world;
mod live;
mod unusable;
