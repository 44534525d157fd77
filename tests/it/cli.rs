//! The commands for scripts and other terminals: what they say, in which shape, and with which exit status.

mod reading;
mod readme;
mod shipping;
