//! For how long the two sides of each seam disagreed in production.

use std::fmt::Write as _;

use super::super::words::length;
use super::cell;
use crate::rollout::Millis;
use crate::rollout::skew::{ADVISORY, Order};
use crate::rollout::status::Status;

pub(super) fn write(page: &mut String, status: &Status, now: Millis) -> std::fmt::Result {
    let mut told = status.skew.iter().filter(|skew| skew.order != Order::Neither).peekable();
    if told.peek().is_none() {
        return Ok(());
    }
    writeln!(page, "\n## Skew\n\n| seam | what | how long the sides disagreed |\n|------|------|------|")?;
    for skew in told {
        let lasted = skew.lasted(now).map(length).unwrap_or_default();
        writeln!(page, "| {} | {} | {} |", skew.seam, cell(&skew.title), cell(&skew.says(&lasted)))?;
    }
    writeln!(page, "\nThe {ADVISORY}.")
}
