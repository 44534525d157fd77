//! A train over four ecosystems: real registries behind a proxy that loses what is said, real clients, repins between them. In
//! every story no artefact is accepted twice and nothing is lost; what can go on ends like the undisturbed run.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a story runs programs and the clock, and one that breaks off is a failed story"
)]

mod cli_support;
mod registries;

#[path = "train/ends.rs"]
mod ends;
#[path = "train/faults.rs"]
mod faults;
#[path = "train/kills.rs"]
mod kills;
#[path = "train/place.rs"]
mod place;
#[path = "train/yard.rs"]
mod yard;

use place::Place;

#[test]
fn four_ecosystems_ship_in_one_plan_with_repins_between_them() {
    let place = Place::new();
    let shipped = place.ship();
    assert_eq!(shipped.exit, 0, "{}", shipped.all());
    ends::like_the_undisturbed_one(&place);

    // again: everything is asked, nothing is done
    let again = place.ship();
    assert_eq!(again.exit, 0, "{}", again.all());
    ends::like_the_undisturbed_one(&place);
}
