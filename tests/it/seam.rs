//! Seams between real repositories: what holds, what is quoted where it does not, and what is proposed.

mod checks;
mod discover;
mod real_contract;
