//! flightdeck ships one feature across many git repositories with one plan, one flag and one owner.

pub mod cli;
pub mod cockpit;
pub mod config;
pub mod demo;
pub mod engine;
pub mod ledger;
pub mod plan;
pub mod port;
pub mod rollout;
pub mod seam;
pub mod shown;
pub mod suite;
