//! Who a started child is, so that after a crash it can be told from a stranger that got its number: its session, looked up
//! in the process table. Answers dead, alive or unknown, and never dead where it can't be sure.

pub mod table;

use rustix::process::{Pid, Signal};
use serde::{Deserialize, Serialize};

pub use table::Process;
use table::Table;

/// What is written beside the step lock as soon as a child runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionRecord {
    /// The child, which leads its session.
    pub pid: i32,
    /// The session; the same number as long as the child did `setsid`.
    pub session: i32,
    /// When the child started, in the process table's own words; empty if that couldn't be read.
    pub started: String,
    /// This start of this machine; empty if that couldn't be read.
    pub boot: String,
    /// Which processes can be seen from here: two containers of one machine share its boot, not its table.
    pub namespace: String,
    /// The machine's name.
    pub host: String,
}

/// What became of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// These processes of it run.
    Alive(Vec<i32>),
    /// None of it runs.
    Dead,
    /// It can't be told from here, and why.
    Unknown(String),
}

impl SessionRecord {
    /// Describes a child just started by us.
    pub(crate) fn of_child(pid: i32) -> Self {
        Self {
            pid,
            session: pid,
            started: table::started(pid).unwrap_or_default(),
            boot: table::boot().unwrap_or_default(),
            namespace: table::namespace(),
            host: table::host(),
        }
    }
}

/// Looks for a session on this machine. Blocking: it reads the process table.
pub fn fate(record: &SessionRecord) -> Fate {
    let Some(boot) = table::boot() else { return unknown("this machine doesn't tell when it was started") };
    if record.boot.is_empty() || record.started.is_empty() {
        return unknown("what was noted of the child isn't complete");
    }
    if boot != record.boot {
        return if table::host() == record.host {
            Fate::Dead
        } else {
            unknown(&format!("it was started on {}, which isn't this machine", record.host))
        };
    }
    if table::namespace() != record.namespace {
        return unknown("it was started where other processes are seen (another container)");
    }
    match Table::read() {
        Ok(table) => match members(&table, record, &[]).iter().map(|process| process.pid).collect::<Vec<_>>() {
            alive if alive.is_empty() => Fate::Dead,
            alive => Fate::Alive(alive),
        },
        Err(error) => unknown(&format!("the process table can't be read: {error}")),
    }
}

fn unknown(why: &str) -> Fate {
    Fate::Unknown(why.to_owned())
}

/// Every living process of a session, and what those started that left it. Blocking.
pub(crate) fn family(record: &SessionRecord) -> Vec<Process> {
    family_with(record, &[])
}

/// The same, and what the `known` ones started.
pub(crate) fn family_with(record: &SessionRecord, known: &[Process]) -> Vec<Process> {
    Table::read().map(|table| members(&table, record, known)).unwrap_or_default()
}

/// Those of the processes that are the same and alive. Blocking.
pub(crate) fn still(known: &[Process]) -> Vec<Process> {
    known.iter().filter(|process| table::lives(process)).cloned().collect()
}

/// Sends a signal to each. One that is gone meanwhile, or is another user's, is passed over.
pub(crate) fn signal(processes: &[Process], signal: Signal) {
    for process in processes {
        if let Some(pid) = Pid::from_raw(process.pid) {
            let _ = rustix::process::kill_process(pid, signal);
        }
    }
}

/// Sends a signal to the leader's process group. Only while the leader isn't reaped: later its number may be another's.
pub(crate) fn signal_group(record: &SessionRecord, signal: Signal) {
    if let Some(pid) = Pid::from_raw(record.pid) {
        let _ = rustix::process::kill_process_group(pid, signal);
    }
}

fn members(table: &Table, record: &SessionRecord, known: &[Process]) -> Vec<Process> {
    let recycled = |process: &Process| {
        process.pid == record.pid && !record.started.is_empty() && process.started != record.started
    };
    // a number is free again only when its session is: a stranger under the leader's number proves the session empty
    let known = |process: &Process| known.iter().any(|other| other.is(process));
    if table.all().iter().any(recycled) {
        return table.with_descendants(known);
    }
    table.with_descendants(|process| process.session == record.session || known(process))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A child that leads a session. Ours won't do: its leader may be outside the process table that is seen from here.
    struct Leader {
        child: std::process::Child,
        record: SessionRecord,
    }

    impl Leader {
        fn start() -> Self {
            #[allow(clippy::disallowed_methods, reason = "the test needs a child that nobody ends for it")]
            let mut child = std::process::Command::new("setsid")
                .args(["sh", "-c", "echo up; exec sleep 60"])
                .stdout(std::process::Stdio::piped())
                .spawn()
                .unwrap();
            std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut [0; 3]).unwrap();
            let record = SessionRecord::of_child(i32::try_from(child.id()).unwrap());
            Self { child, record }
        }
    }

    impl Drop for Leader {
        fn drop(&mut self) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }

    #[test]
    fn a_living_session_is_alive() {
        let leader = Leader::start();
        let Fate::Alive(pids) = fate(&leader.record) else { panic!("{:?}", fate(&leader.record)) };
        assert_eq!(pids, [leader.record.pid]);
        let record = leader.record.clone();
        drop(leader);
        assert_eq!(fate(&record), Fate::Dead);
    }

    #[test]
    fn a_recycled_number_is_not_mistaken() {
        let leader = Leader::start();
        let record = SessionRecord { started: "1".to_owned(), ..leader.record.clone() };
        assert_eq!(fate(&record), Fate::Dead);
    }

    #[test]
    fn another_start_of_this_machine_means_dead_and_another_machine_unknown() {
        let leader = Leader::start();
        let record = SessionRecord { boot: "another".to_owned(), ..leader.record.clone() };
        assert_eq!(fate(&record), Fate::Dead);
        let record = SessionRecord { host: "elsewhere".to_owned(), ..record };
        assert!(matches!(fate(&record), Fate::Unknown(why) if why.contains("elsewhere")));
    }

    #[test]
    fn a_record_that_is_not_complete_or_of_another_container_proves_nothing() {
        let leader = Leader::start();
        let record = SessionRecord { started: String::new(), ..leader.record.clone() };
        assert!(matches!(fate(&record), Fate::Unknown(_)));
        let record = SessionRecord { namespace: "pid:[1]".to_owned(), ..leader.record.clone() };
        assert!(matches!(fate(&record), Fate::Unknown(_)));
    }

    #[test]
    fn the_record_survives_being_written_down() {
        let record = Leader::start().record.clone();
        let text = serde_json::to_string(&record).unwrap();
        assert_eq!(serde_json::from_str::<SessionRecord>(&text).unwrap(), record);
    }
}
