//! The programs that stories need beyond git and a shell, as `tests/run` installs them.

use std::ffi::OsString;
use std::fmt::Display;
use std::path::{Path, PathBuf};

/// Set by whoever runs the tests without `tests/run` and accepts that some stories aren't told.
const WITHOUT_TOOLS: &str = "FLIGHTDECK_TESTS_WITHOUT_TOOLS";

/// A file of the tools that `tests/run` installs; an error says which isn't there.
pub(crate) fn tool(path: &str) -> Result<PathBuf, String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools").join(path);
    if file.exists() { Ok(file) } else { Err(format!("target/tools/{path} isn't installed")) }
}

/// The PATH of whoever runs the tests, with the tools that `tests/run` installs before it, and before those the cargo that
/// builds this: a proxy of it would look for its toolchain in the user's home, which is another one here.
pub(crate) fn path() -> OsString {
    let own = std::env::var_os("PATH").unwrap_or_default();
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools");
    let cargo = Path::new(env!("CARGO")).parent().map(Path::to_owned);
    let ours = ["python/bin", "locks/bin", "npm/node_modules/.bin"].map(|folder| tools.join(folder));
    let ours = cargo.into_iter().chain(ours).filter(|folder| folder.is_dir());
    std::env::join_paths(ours.chain(std::env::split_paths(&own))).expect("folders without colons")
}

/// The folder of a program on the [`path`].
pub(crate) fn on_path(program: &str) -> Result<PathBuf, String> {
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path()).collect();
    let found = folders.iter().position(|folder| folder.join(program).is_file());
    found.map(|at| folders.swap_remove(at)).ok_or_else(|| format!("{program} isn't installed"))
}

/// What a story needs, or none where it is left out. A story that isn't told is no pass: it fails, unless whoever runs the tests
/// says that they know.
#[track_caller]
pub(crate) fn or_leave_out<T>(story: impl Display, needed: Result<T, String>) -> Option<T> {
    needed
        .inspect_err(|why| {
            eprintln!("left out: {story}: {why}");
            assert!(
                std::env::var_os(WITHOUT_TOOLS).is_some(),
                "{why}: `tests/run` installs it; {WITHOUT_TOOLS}=1 leaves out what needs it"
            );
        })
        .ok()
}
