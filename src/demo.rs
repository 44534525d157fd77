//! The demo: a world of six real repositories on this machine, with remotes, a package registry, deploy targets, a
//! database, a flag and a loopback server, for trying flightdeck without touching anything else.
//!
//! It builds the world and answers for its services; it knows nothing of plans, ledgers or screens.

mod answer;
mod artefact;
mod assets;
mod disk;
mod history;
mod live;
mod plan_file;
pub mod registry;
mod repository;
pub mod serve;
mod shim;
#[cfg(test)]
mod tests;
mod world;

pub use disk::DiskError;
pub use history::{StoryError, Telling};
pub use live::LiveError;
pub use repository::{Heads, RepositoryError};
pub use world::{DemoError, Options, Origin, World, build, state_beside};

/// Where the demo is built when nobody says otherwise: a folder of the current one.
pub const DEFAULT_DIR: &str = "flightdeck-demo";

/// Where the one with misses is built when nobody says otherwise.
pub const DEFAULT_DIR_WITH_MISSES: &str = "flightdeck-demo-with-misses";

/// How a repository's work reaches its users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Delivery {
    /// By a push to its deploy remote.
    Push,
    /// By its own script.
    Script,
    /// As a package.
    Package { package: &'static str, manifest: &'static str },
}

/// One of the six.
#[derive(Debug)]
struct Member {
    name: &'static str,
    delivery: Delivery,
}

const MEMBERS: [Member; 6] = [
    Member { name: "rlabs-consent", delivery: Delivery::Push },
    Member { name: "rlabs-notifier", delivery: Delivery::Script },
    Member {
        name: "agentguard-lib",
        delivery: Delivery::Package { package: "agentguard-lib", manifest: "pyproject.toml" },
    },
    Member {
        name: "agentguard-sdk",
        delivery: Delivery::Package { package: "@agentguard/sdk", manifest: "package.json" },
    },
    Member { name: "platform-api", delivery: Delivery::Push },
    Member { name: "agentguard-web", delivery: Delivery::Push },
];

fn member(name: &str) -> Option<&'static Member> {
    MEMBERS.iter().find(|member| member.name == name)
}
