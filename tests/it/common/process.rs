//! Processes that a story didn't start itself: signals, what is below them, and what is left of a world.

use std::fs;
use std::process::{Command, Stdio};

use super::release::Release;

/// Sends a signal by its name.
pub(crate) fn signal(pid: u32, name: &str) {
    let _ = Command::new("kill").args([&format!("-{name}"), "--", &pid.to_string()]).stderr(Stdio::null()).status();
}

/// A process and everything below it.
pub(crate) fn tree(pid: u32) -> Vec<u32> {
    let mut all = vec![pid];
    let mut next = 0;
    while let Some(parent) = all.get(next).copied() {
        next += 1;
        let Ok(tasks) = fs::read_dir(format!("/proc/{parent}/task")) else { continue };
        for task in tasks.flatten() {
            let children = fs::read_to_string(task.path().join("children")).unwrap_or_default();
            all.extend(children.split_whitespace().filter_map(|pid| pid.parse::<u32>().ok()));
        }
    }
    all
}

/// Kills a process and everything below it.
pub(crate) fn kill_tree(pid: u32) {
    for pid in tree(pid) {
        signal(pid, "KILL");
    }
}

/// Whether a process of this world still runs, other than its servers.
pub(crate) fn at_work(release: &impl Release) -> bool {
    let mark = release.folder().to_string_lossy().into_owned();
    let Ok(all) = fs::read_dir("/proc") else { return false };
    all.flatten().any(|entry| {
        let Ok(pid) = entry.file_name().to_string_lossy().parse::<u32>() else { return false };
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).into_owned();
        let cwd = fs::read_link(format!("/proc/{pid}/cwd")).unwrap_or_default().to_string_lossy().into_owned();
        (line.contains(&mark) || cwd.starts_with(&mark)) && !line.contains("--serve")
    })
}

/// Hundredths of a second of CPU that a process has spent.
pub(crate) fn cpu_ticks(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<_> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    Some(fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?)
}

/// The most memory that a process has had, in KiB.
pub(crate) fn peak_memory(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
