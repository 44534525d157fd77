//! The cockpit on a real terminal: what the owner types, sees, and is left with.

mod deciding;
mod desk;
mod external_changes;
mod leaving;
mod looking;
mod terminal;
mod watching;
