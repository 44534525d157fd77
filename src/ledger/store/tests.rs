mod broken;
mod killed;
mod rules;

use std::path::Path;

use super::*;
use crate::ledger::GitLedger;
use crate::plan::ReleaseId;

fn release() -> ReleaseId {
    "m3".parse().unwrap()
}

fn git_ledger(dir: &Path) -> GitLedger {
    GitLedger::create(&dir.join("store.git"), &release()).unwrap()
}

fn draft(payload: &str) -> Draft<'_> {
    Draft { subject: "test", payload, at: Timestamp::UNIX_EPOCH, files: &[] }
}

/// Appends one event after whatever the head is.
fn push(ledger: &dyn Ledger, payload: &str) -> Result<CommitId, AppendFault> {
    let head = ledger.head().unwrap();
    ledger.append(head.as_ref(), draft(payload))
}

fn payloads(ledger: &dyn Ledger) -> Vec<String> {
    ledger.read(None).unwrap().into_iter().map(|e| e.payload).collect()
}
