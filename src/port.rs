//! The edges of the house: children, git, files, addresses, the clock. Each is a primitive that does one thing to the world
//! or reads one thing from it, and says what it saw. What the answer means for a rollout is decided above.

pub mod clock;
pub mod disk;
pub mod fake;
pub mod forge;
pub mod git;
pub mod http;
pub mod identity;
pub mod json;
pub mod process;
pub mod real;
pub mod registry;
pub mod repo;
pub mod seam;
pub mod session;
pub mod watch;
pub mod world;
