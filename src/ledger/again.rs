//! For tests: starts this test binary again as another process, which plays one part and can be killed.

use std::path::Path;
use std::process::{Command, Stdio};

const PART: &str = "FLIGHTDECK_TEST_PART";
const PLACE: &str = "FLIGHTDECK_TEST_PLACE";

/// The part and the place this process was started for; none in an ordinary run of the tests.
#[allow(clippy::disallowed_methods, reason = "a test that was started again is told its part by the environment")]
pub(super) fn part() -> Option<(String, std::path::PathBuf)> {
    Some((std::env::var(PART).ok()?, std::env::var_os(PLACE)?.into()))
}

/// A process that runs one test of this binary, under a wrapper such as strace where one is given.
#[allow(clippy::disallowed_methods, reason = "the test plays another process")]
pub(super) fn start(wrapper: &[&str], test: &str, part: &str, place: &Path) -> Command {
    let exe = std::env::current_exe().unwrap();
    let mut command = match wrapper {
        [] => Command::new(&exe),
        [program, args @ ..] => {
            let mut command = Command::new(program);
            command.args(args).arg(&exe);
            command
        }
    };
    command.args(["--exact", test, "--nocapture", "--test-threads=1"]).env(PART, part).env(PLACE, place);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Whether strace is there and may trace; says so where it isn't.
#[allow(clippy::disallowed_methods, reason = "asks the system for a tool that only tests use")]
pub(super) fn strace_works() -> bool {
    let tried = Command::new("strace").args(["-o", "/dev/null", "true"]).stderr(Stdio::null()).status();
    let works = tried.is_ok_and(|status| status.success());
    if !works {
        eprintln!("SKIPPED: strace is missing or may not trace");
    }
    works
}
