//! /proc, one `stat` a process.

use super::Process;

pub(super) fn all() -> std::io::Result<Vec<Process>> {
    let mut processes = Vec::new();
    for entry in std::fs::read_dir("/proc")? {
        let Some(pid) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        // it may have ended between the two looks
        processes.extend(one(pid));
    }
    Ok(processes)
}

pub(super) fn one(pid: i32) -> Option<Process> {
    let (process, state) = read(pid)?;
    if matches!(state.as_str(), "Z" | "X") { None } else { Some(process) }
}

pub(super) fn started(pid: i32) -> Option<String> {
    // also of a child that is over but not reaped: it still has its number
    read(pid).map(|(process, _)| process.started)
}

pub(super) fn boot() -> Option<String> {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(id.trim().to_owned()).filter(|id| !id.is_empty())
}

pub(super) fn namespace() -> String {
    let link = std::fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    link.to_string_lossy().into_owned()
}

fn read(pid: i32) -> Option<(Process, String)> {
    let stat = std::fs::read(format!("/proc/{pid}/stat")).ok()?;
    parse(pid, &String::from_utf8_lossy(&stat))
}

/// proc(5): `pid (name) state ppid pgrp session … starttime`; the name may hold anything, brackets and newlines too.
fn parse(pid: i32, stat: &str) -> Option<(Process, String)> {
    let (_, after) = stat.rsplit_once(')')?;
    let mut fields = after.split_ascii_whitespace();
    let state = fields.next()?.to_owned();
    let parent = fields.next()?.parse().ok()?;
    let session = fields.nth(1)?.parse().ok()?;
    let started = fields.nth(15)?.to_owned();
    Some((Process { pid, parent, session, started }, state))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_is_no_trap() {
        let stat = "7 (a) b) (c) S 1 6 5 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 9 9";
        let process = Process { pid: 7, parent: 1, session: 5, started: "987654".to_owned() };
        assert_eq!(parse(7, stat), Some((process, "S".to_owned())));
        assert_eq!(parse(7, "7 (x"), None);
    }
}
