//! One contract for every registry, told to real servers through their real clients: absent, published file by file, live with
//! our digests, resolved, refused a second time, withdrawn, busy, down, and answering rubbish.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a story that breaks off is a failed story"
)]

#[path = "registry_contract/cargo.rs"]
mod cargo;
#[path = "registry_contract/contract.rs"]
mod contract;
#[path = "registry_contract/npm.rs"]
mod npm;
#[path = "registry_contract/pypi.rs"]
mod pypi;
mod registries;
#[path = "registry_contract/rubygems.rs"]
mod rubygems;
