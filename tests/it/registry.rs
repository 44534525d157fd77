//! One contract for every registry, told to real servers through their real clients: absent, published file by file, live with
//! our digests, resolved, refused a second time, withdrawn, busy, down, and answering rubbish.

mod cargo;
mod contract;
mod npm;
mod pypi;
mod rubygems;
