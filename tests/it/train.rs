//! A train over four ecosystems: real registries behind a proxy that loses what is said, real clients, repins between them. In
//! every story no artefact is accepted twice and nothing is lost; what can go on ends like the undisturbed run.

mod expected_end;
mod faults;
mod four_registries;
mod kills;
mod six_repos;

use six_repos::Train;

use crate::common::release::Release as _;

#[test]
fn four_ecosystems_ship_in_one_plan_with_repins_between_them() {
    let train = Train::new();
    let shipped = train.ship();
    assert_eq!(shipped.exit, 0, "{}", shipped.all());
    expected_end::like_the_undisturbed_one(&train);

    // again: everything is asked, nothing is done
    let again = train.ship();
    assert_eq!(again.exit, 0, "{}", again.all());
    expected_end::like_the_undisturbed_one(&train);
}
