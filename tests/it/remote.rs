//! Remotes behind a real web server: git's own HTTP back end, the user's own credentials, hooks on the other side, and a
//! connection that loses what is said.

mod host;

use std::fs;

use host::Host;

use crate::common::proxy::{Fault, Meets};
use crate::common::release::Release as _;

#[test]
fn a_release_ships_to_remotes_over_http_with_the_users_own_credentials() {
    let Some(host) = Host::start() else { return };
    assert_eq!(host.expect(0, &["preflight"]).exit, 0);
    host.ship().exits(0);
    let frozen = host.git("sdk", "rev-parse release/m1");
    assert_eq!(host.git("srv/sdk.git", "rev-parse main"), frozen);
    assert_eq!(host.git("srv/sdk.git", "rev-parse staging"), frozen);
    assert_eq!(fs::read_to_string(host.at("srv/live")).unwrap().trim(), frozen, "the hook ran");
    assert_eq!(host.git("srv/sdk.git", "rev-parse m1^{commit}"), frozen);
}

#[test]
fn a_push_whose_answer_is_lost_has_landed_and_isnt_made_again() {
    let Some(host) = Host::start() else { return };
    host.proxy.fault(Meets::some("POST", "git-receive-pack", 2), Fault::ReplyLost);
    host.ship().exits(0);
    let frozen = host.git("sdk", "rev-parse release/m1");
    assert_eq!(host.git("srv/sdk.git", "rev-parse staging"), frozen);
    assert_eq!(fs::read_to_string(host.at("srv/deploys")).unwrap().lines().count(), 1, "deployed once");
}

#[test]
fn a_host_that_goes_away_stops_the_step_before_it_starts() {
    let Some(host) = Host::start() else { return };
    host.proxy.fault(Meets::all(), Fault::Down);
    let stopped = host.ship().exits(5);
    assert!(stopped.all().contains("couldn't be asked"), "{}", stopped.all());
    assert!(host.git("srv/sdk.git", "branch --list staging").is_empty());
    host.proxy.mend();
    host.resume().exits(0);
}

#[test]
fn a_hook_that_says_no_and_a_password_that_went_stale_are_told_apart() {
    let Some(host) = Host::start() else { return };
    let hook = host.at("srv/live.git/hooks/pre-receive");
    host.program("srv/live.git/hooks/pre-receive", "echo 'frozen for the audit' >&2; exit 1");
    let stopped = host.ship().exits(1);
    assert!(stopped.all().contains("frozen for the audit"), "{}", stopped.all());
    fs::remove_file(hook).unwrap();

    fs::write(host.at("users"), "ada:another\n").unwrap();
    let stopped = host.resume().exits(1);
    assert!(stopped.all().contains("Authentication failed"), "{}", stopped.all());
    let missing = host.expect(9, &["preflight"]);
    assert!(missing.all().contains("push to production/main"), "{}", missing.all());
    fs::write(host.at("users"), format!("ada:{}\n", host::PASSWORD)).unwrap();
    // git has forgotten what was refused
    host.log_in();
    host.resume().exits(0);
}
