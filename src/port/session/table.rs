//! The process table: who runs, who started it, in which session, since when. Read from /proc on Linux, from `ps` elsewhere.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod ps;

#[cfg(target_os = "linux")]
use linux as system;
#[cfg(not(target_os = "linux"))]
use ps as system;

/// One living process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Its number.
    pub pid: i32,
    /// The number of who started it, or of who adopted it.
    pub parent: i32,
    /// Its session.
    pub session: i32,
    /// When it started, in the table's own words: only ever compared.
    pub started: String,
}

impl Process {
    /// Whether both are the same process; its parent changes when that one dies.
    pub fn is(&self, other: &Self) -> bool {
        self.pid == other.pid && self.started == other.started
    }
}

/// The living processes at one moment. The dead that nobody has reaped aren't among them: they do nothing any more.
#[derive(Debug, Default)]
pub struct Table(Vec<Process>);

impl Table {
    /// Reads the table.
    pub fn read() -> std::io::Result<Self> {
        system::all().map(Self)
    }

    /// Every process, in no order.
    pub fn all(&self) -> &[Process] {
        &self.0
    }

    /// The processes that are meant, and everything they started, transitively.
    pub fn with_descendants(&self, meant: impl Fn(&Process) -> bool) -> Vec<Process> {
        let mut found: Vec<Process> = self.0.iter().filter(|process| meant(process)).cloned().collect();
        let mut next = 0;
        while let Some(parent) = found.get(next).map(|process| process.pid) {
            let children = self.0.iter().filter(|process| process.parent == parent);
            let new: Vec<Process> = children.filter(|process| !found.contains(process)).cloned().collect();
            found.extend(new);
            next += 1;
        }
        found
    }
}

/// When a process started; none if it is gone.
pub(super) fn started(pid: i32) -> Option<String> {
    system::started(pid)
}

/// Whether this very process still lives.
pub(super) fn lives(process: &Process) -> bool {
    system::one(process.pid).is_some_and(|now| now.started == process.started)
}

/// What names this start of this machine.
pub(super) fn boot() -> Option<String> {
    system::boot()
}

/// What names the processes that can be seen from here.
pub(super) fn namespace() -> String {
    system::namespace()
}

/// The machine's name.
pub(super) fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descendants_are_found_across_sessions() {
        let process = |pid, parent, session| Process { pid, parent, session, started: "1".to_owned() };
        let table =
            Table(vec![process(5, 4, 5), process(4, 3, 3), process(3, 1, 3), process(9, 1, 9), process(6, 5, 5)]);
        let mut found: Vec<i32> = table.with_descendants(|p| p.session == 3).iter().map(|p| p.pid).collect();
        found.sort_unstable();
        assert_eq!(found, [3, 4, 5, 6]);
    }

    #[test]
    fn we_are_in_the_table() {
        let pid = rustix::process::getpid().as_raw_nonzero().get();
        let table = Table::read().unwrap();
        let us = table.all().iter().find(|process| process.pid == pid).unwrap();
        assert_eq!(Some(us.started.clone()), started(pid));
        assert!(lives(us));
        assert!(!lives(&Process { started: "0".to_owned(), ..us.clone() }));
    }
}
