//! What is out of order, and what the owner said to it.

use std::fmt::Write as _;

use super::cell;
use crate::rollout::status::Status;

pub(super) fn write(page: &mut String, status: &Status) -> std::fmt::Result {
    if status.out_of_order.is_empty() {
        return Ok(());
    }
    writeln!(page, "\n## Out of order\n\n| what | state | because |\n|------|-------|---------|")?;
    for item in &status.out_of_order {
        let reason = item.reason.as_deref().unwrap_or("–");
        writeln!(page, "| {} | {} | {} |", cell(&item.says), item.state.word(), cell(reason))?;
    }
    Ok(())
}
