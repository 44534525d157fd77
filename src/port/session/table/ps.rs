//! `ps`, where there is no /proc.

use rustix::process::{Pid, getsid};

use super::Process;

pub(super) fn all() -> std::io::Result<Vec<Process>> {
    let text = output("/bin/ps", &["-axo", "pid=,ppid=,state=,lstart="])?;
    Ok(text.lines().filter_map(parse).filter_map(|(process, state)| living(process, &state)).collect())
}

pub(super) fn one(pid: i32) -> Option<Process> {
    let (process, state) = read(pid)?;
    living(process, &state)
}

pub(super) fn started(pid: i32) -> Option<String> {
    read(pid).map(|(process, _)| process.started)
}

pub(super) fn boot() -> Option<String> {
    let id = output("/usr/sbin/sysctl", &["-n", "kern.bootsessionuuid"]).ok()?;
    Some(id.trim().to_owned()).filter(|id| !id.is_empty())
}

pub(super) fn namespace() -> String {
    String::new()
}

fn read(pid: i32) -> Option<(Process, String)> {
    parse(&output("/bin/ps", &["-o", "pid=,ppid=,state=,lstart=", "-p", &pid.to_string()]).ok()?)
}

fn living(process: Process, state: &str) -> Option<Process> {
    if state.starts_with('Z') { None } else { Some(process) }
}

fn parse(line: &str) -> Option<(Process, String)> {
    let mut fields = line.split_ascii_whitespace();
    let pid = fields.next()?.parse().ok()?;
    let parent = fields.next()?.parse().ok()?;
    let state = fields.next()?.to_owned();
    let started = fields.collect::<Vec<_>>().join(" ");
    let session = getsid(Some(Pid::from_raw(pid)?)).ok()?.as_raw_nonzero().get();
    Some((Process { pid, parent, session, started }, state))
}

#[allow(clippy::disallowed_methods, reason = "the process table itself: it can't be read through what is built on it")]
fn output(program: &str, arguments: &[&str]) -> std::io::Result<String> {
    let output = std::process::Command::new(program).args(arguments).env_clear().env("LC_ALL", "C").output()?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(std::io::Error::other(format!("{program} ended with {}", output.status)))
    }
}
