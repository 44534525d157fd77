//! What stories are told with, written once: a hermetic folder, the built binary and what it printed, a release that is driven
//! as its owner would, the demo's world, servers, and waiting for a state.

pub(crate) mod daemon;
pub(crate) mod demo;
pub(crate) mod effects;
pub(crate) mod output;
pub(crate) mod plan_text;
pub(crate) mod process;
pub(crate) mod proxy;
pub(crate) mod registry;
pub(crate) mod release;
pub(crate) mod sampling;
pub(crate) mod scratch;
pub(crate) mod service;
pub(crate) mod started;
pub(crate) mod tools;
pub(crate) mod waiting;
