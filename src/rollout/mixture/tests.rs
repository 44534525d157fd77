//! What is said of mixtures, against counting them one by one.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{Artefact, Reads, Runs, conceivable, reachable};

const STATES: usize = 4;

fn ship(reads: Reads) -> Artefact {
    Artefact { runs: Runs::Ship, reads }
}

fn an_artefact() -> impl Strategy<Value = Artefact> {
    let runs = prop_oneof![Just(Runs::Before), Just(Runs::Ship), Just(Runs::Unknown)];
    let reads = prop_oneof![3 => (0..STATES).prop_map(Reads::State), 1 => Just(Reads::Unknown)];
    (runs, reads).prop_map(|(runs, reads)| Artefact { runs, reads })
}

fn artefacts(most: usize) -> impl Strategy<Value = Vec<Artefact>> {
    prop::collection::vec(an_artefact(), 0..=most)
}

/// Every world that what is known allows, and in it every kind of user: what each of them meets, one bit an artefact.
fn counted(artefacts: &[Artefact]) -> u64 {
    let mut met = BTreeSet::new();
    for kind in 1..STATES {
        let mut mixtures = vec![0_u32];
        for (place, artefact) in artefacts.iter().enumerate() {
            let codes = match artefact.runs {
                Runs::Before => vec![false],
                Runs::Ship => vec![true],
                Runs::Unknown => vec![false, true],
            };
            let states = match artefact.reads {
                Reads::State(state) => vec![state],
                Reads::Unknown => (0..STATES).collect(),
            };
            let ways = codes.iter().flat_map(|ships| states.iter().map(move |state| *ships && *state >= kind));
            let ways: BTreeSet<bool> = ways.collect();
            mixtures = mixtures
                .iter()
                .flat_map(|met| ways.iter().map(move |anew| met | (u32::from(*anew) << place)))
                .collect();
        }
        met.extend(mixtures);
    }
    met.len() as u64
}

#[test]
fn one_flag_makes_two_states_of_sixty_four() {
    let all = |reads| vec![ship(reads); 6];
    assert_eq!(conceivable(6), 64);
    assert_eq!(reachable(&all(Reads::State(0)), 3), 1, "off");
    assert_eq!(reachable(&all(Reads::State(1)), 3), 2, "beta: its users, and the others");
    assert_eq!(reachable(&all(Reads::State(2)), 3), 1, "on");
    assert_eq!(reachable(&all(Reads::Unknown), 3), 64, "unread");
}

#[test]
fn one_that_lags_adds_its_own_and_one_that_cant_be_read_doubles() {
    let mut world = vec![ship(Reads::State(1)); 6];
    world[3] = ship(Reads::State(0));
    assert_eq!(reachable(&world, 3), 2, "beta users miss one part; the others meet nothing");
    world[3] = ship(Reads::Unknown);
    assert_eq!(reachable(&world, 3), 4);
    world[3] = Artefact { runs: Runs::Before, reads: Reads::Unknown };
    assert_eq!(reachable(&world, 3), 2, "the code from before doesn't know the flag");
}

#[test]
fn nothing_and_very_much_are_counted_too() {
    assert_eq!(reachable(&[], 0), 1);
    let many = vec![ship(Reads::Unknown); 200];
    assert_eq!(reachable(&many, 3), 1 << 63);
    let chain: Vec<_> = (0..30).map(|state| ship(Reads::State(state))).collect();
    assert_eq!(reachable(&chain, 30), 29, "each kind of user meets one mixture of its own");
}

proptest! {
    #[test]
    fn it_is_what_counting_finds(world in artefacts(7)) {
        prop_assert_eq!(reachable(&world, STATES), counted(&world));
    }

    #[test]
    fn knowing_less_never_makes_it_fewer(world in artefacts(20), place in any::<prop::sample::Index>(), code in any::<bool>()) {
        prop_assume!(!world.is_empty());
        let mut less = world.clone();
        let artefact = &mut less[place.index(world.len())];
        if code { artefact.runs = Runs::Unknown } else { artefact.reads = Reads::Unknown }
        prop_assert!(reachable(&less, STATES) >= reachable(&world, STATES));
    }

    #[test]
    fn off_everywhere_leaves_one(world in artefacts(30)) {
        let off: Vec<_> = world.iter().map(|artefact| Artefact { reads: Reads::State(0), ..*artefact }).collect();
        prop_assert_eq!(reachable(&off, STATES), 1);
        prop_assert!(off.iter().all(|artefact| !artefact.is_open()));
    }

    #[test]
    fn it_is_never_none_and_never_more_than_all(world in artefacts(80), states in 0_usize..20) {
        let met = reachable(&world, states);
        prop_assert!(met >= 1 && met <= conceivable(world.len()));
    }

    #[test]
    fn where_nothing_is_open_nobody_meets_two(mut world in artefacts(40)) {
        world.retain(|artefact| !artefact.is_open());
        prop_assert!(reachable(&world, STATES) < STATES as u64);
    }
}
