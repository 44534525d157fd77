//! Children that behave badly, for real.

use std::collections::BTreeMap;
use std::time::Duration;

use rustix::fs::FlockOperation;
use tempfile::TempDir;

use super::*;
use crate::port::session::{Fate, fate};

/// How long anything may take. No measure: only what never ends takes so long.
const PATIENCE: Duration = Duration::from_secs(300);

struct Bench {
    folder: TempDir,
    // dropping the sender is "nobody gives orders"
    orders: watch::Sender<Order>,
}

impl Bench {
    fn new() -> Self {
        Self { folder: TempDir::new().unwrap(), orders: watch::Sender::new(Order::Run) }
    }

    fn launch(&self, script: &str) -> Launch {
        self.launch_argv(&["sh", "-c", script])
    }

    fn launch_argv(&self, argv: &[&str]) -> Launch {
        let user: BTreeMap<OsString, OsString> = [("PATH", "/usr/local/bin:/usr/bin:/bin"), ("FOREIGN", "x")]
            .map(|(name, value)| (OsString::from(name), OsString::from(value)))
            .into();
        let argv = argv.iter().map(OsString::from).collect();
        let environment = Environment::base(&user);
        let mut launch = Launch::new(argv, self.folder.path(), environment, PATIENCE);
        launch.log = Some(self.log());
        launch.grace = Duration::from_millis(300);
        launch
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    async fn run(&self, launch: Launch) -> Ended {
        run(launch, self.orders.subscribe()).await.unwrap()
    }

    async fn sh(&self, script: &str) -> Ended {
        self.run(self.launch(script)).await
    }
}

/// Waits until something is so.
async fn until(what: &str, is_so: impl Fn() -> bool) {
    let asking = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, asking).await.unwrap_or_else(|_| panic!("never so: {what}"));
}

async fn printed(tail: &Tail, text: &str) {
    let mut changes = tail.changes();
    while !tail.text(100).contains(text) {
        changes.changed().await.unwrap();
    }
}

#[tokio::test]
async fn every_end_is_told_apart() {
    let bench = Bench::new();
    assert_eq!(bench.sh("exit 0").await.end, End::Exited(0));
    assert_eq!(bench.sh("exit 41").await.end, End::Exited(41));
    assert_eq!(bench.sh("kill -9 $$").await.end, End::Signalled(9));
    let short = Launch { time_limit: Duration::from_millis(100), ..bench.launch("sleep 30") };
    assert_eq!(bench.run(short).await.end, End::TimedOut);
    let orders = watch::Sender::new(Order::Cancel);
    assert_eq!(run(bench.launch("sleep 30"), orders.subscribe()).await.unwrap().end, End::Cancelled);
}

#[tokio::test]
async fn a_command_that_cannot_start_did_nothing_and_says_why() {
    let bench = Bench::new();
    let none = watch::channel(Order::Run).1;
    let why = |launch: Launch| {
        let none = none.clone();
        async move { run(launch, none).await.unwrap_err() }
    };
    assert!(matches!(why(bench.launch_argv(&[])).await, NotSpawned::NoCommand));
    assert!(matches!(why(bench.launch_argv(&["no-such-command"])).await, NotSpawned::Missing(_)));
    assert!(matches!(why(bench.launch_argv(&["bin/none"])).await, NotSpawned::Missing(_)));
    std::fs::write(bench.folder.path().join("plain"), "text").unwrap();
    assert!(matches!(why(bench.launch_argv(&["./plain"])).await, NotSpawned::NotExecutable(_)));
    let script = bench.folder.path().join("script");
    std::fs::write(&script, "#!/no/such/interpreter\n").unwrap();
    std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    assert!(matches!(why(bench.launch_argv(&["./script"])).await, NotSpawned::NotExecutable(_)));
    let gone = Launch { cwd: bench.folder.path().join("gone"), ..bench.launch("true") };
    assert!(matches!(why(gone).await, NotSpawned::NoFolder(_)));
    let log = Launch { log: Some(bench.folder.path().join("no/log")), ..bench.launch("true") };
    assert!(matches!(why(log).await, NotSpawned::Log { .. }));
    assert!(matches!(why(bench.launch_argv(&["a\0b"])).await, NotSpawned::System(_)));
}

#[tokio::test]
async fn it_sees_its_own_environment_no_terminal_and_nothing_to_read() {
    let bench = Bench::new();
    let ended =
        bench.sh("env | cut -d= -f1 | sort | tr '\\n' ' '; cat; (: < /dev/tty) 2>/dev/null || echo no tty").await;
    assert!(!ended.tail.contains("FOREIGN"), "{}", ended.tail);
    assert!(ended.tail.contains("PATH") && ended.tail.ends_with("no tty\n"), "{}", ended.tail);
}

#[tokio::test]
async fn the_log_has_everything_in_the_order_it_was_written_and_its_digest() {
    use std::os::unix::fs::PermissionsExt as _;
    let bench = Bench::new();
    let ended = bench.sh("for n in 1 2 3; do echo out $n; echo err $n >&2; done").await;
    let log = std::fs::read(bench.log()).unwrap();
    assert_eq!(String::from_utf8_lossy(&log), "out 1\nerr 1\nout 2\nerr 2\nout 3\nerr 3\n");
    assert_eq!((ended.log_bytes, ended.log_digest), (36, Some(Digest::of(&log))));
    assert_eq!(ended.tail.as_bytes(), log);
    assert_eq!(std::fs::metadata(bench.log()).unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn capture_keeps_the_streams_apart_and_bounded() {
    let bench = Bench::new();
    let launch = Launch { capture: Some(8), ..bench.launch("printf 0123456789; printf err >&2") };
    let captured = bench.run(launch).await.captured.unwrap();
    assert_eq!(captured, Captured { stdout: b"01234567".to_vec(), stderr: b"err".to_vec(), cut: Cut::Cut });
    assert_eq!(std::fs::read(bench.log()).unwrap().len(), 13);
}

#[tokio::test]
async fn a_secret_is_nowhere_even_if_it_comes_in_pieces() {
    let bench = Bench::new();
    let secrets = Secrets::new(&["hunter2hunter2".into()]);
    let script = "printf 'a hunter2'; sleep 0.1; printf 'hunter2 b\\n'; echo hunter2hunter2 >&2";
    let ended = bench.run(Launch { secrets, capture: Some(100), ..bench.launch(script) }).await;
    assert_eq!(std::fs::read_to_string(bench.log()).unwrap(), "a [secret] b\n[secret]\n");
    let captured = ended.captured.unwrap();
    assert_eq!((captured.stdout, captured.stderr), (b"a [secret] b\n".to_vec(), b"[secret]\n".to_vec()));
    assert!(!ended.tail.contains("hunter2"));
}

#[tokio::test]
async fn output_is_seen_while_it_runs_without_polling() {
    let bench = Bench::new();
    let started = start(bench.launch("printf 'no newline yet'; sleep 30")).unwrap();
    let tail = started.tail.clone();
    let running = started.wait(bench.orders.subscribe());
    tokio::select! {
        _ = running => panic!("it should still run"),
        () = printed(&tail, "no newline yet") => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_million_lines_neither_grow_nor_wake() {
    let bench = Bench::new();
    let started = start(bench.launch("seq 1000000")).unwrap();
    let tail = started.tail.clone();
    let mut changes = tail.changes();
    let woken = tokio::spawn(async move {
        let mut woken = 0;
        while changes.changed().await.is_ok() && !tail.text(1).contains("1000000\n") {
            woken += 1;
        }
        (woken, tail.last(usize::MAX))
    });
    let ended = started.wait(bench.orders.subscribe()).await;
    let (woken, view) = woken.await.unwrap();
    assert_eq!((ended.end, ended.log_bytes), (End::Exited(0), 6_888_896));
    assert!(woken < 10 + ended.took.as_millis() / 20, "woken {woken} times in {:?}", ended.took);
    assert_eq!((view.lines.len(), view.next()), (tail::MAX_LINES, 1_000_000));
}

#[tokio::test]
async fn one_endless_line_is_cut_and_counted() {
    let bench = Bench::new();
    // enough to overflow any buffer of ours; a gigabyte is the same loop for longer
    let ended = bench.sh("head -c 50000000 /dev/zero | tr '\\0' x").await;
    assert_eq!((ended.end, ended.log_bytes), (End::Exited(0), 50_000_000));
    assert!(ended.tail.ends_with(&format!(" … {} more bytes\n", 50_000_000 - tail::MAX_LINE)), "{}", ended.tail.len());
}

#[tokio::test]
async fn whoever_ignores_term_is_killed_with_all_it_started() {
    let bench = Bench::new();
    let script = "trap '' TERM; (sh -c 'trap \"\" TERM; sleep 3001; sleep 3001' &) ; echo up; sleep 3000; sleep 3000";
    let started = start(bench.launch(script)).unwrap();
    let (record, tail) = (started.record.clone(), started.tail.clone());
    let running = started.wait(bench.orders.subscribe());
    let stopper = async {
        printed(&tail, "up").await;
        assert!(matches!(fate(&record), Fate::Alive(pids) if pids.len() >= 3));
        bench.orders.send_replace(Order::Cancel);
    };
    let (ended, ()) = tokio::join!(running, stopper);
    assert_eq!((ended.end, ended.left_behind), (End::Cancelled, vec![]));
    assert_eq!(fate(&record), Fate::Dead);
    assert!(ended.took < PATIENCE, "{:?}", ended.took);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_grandchild_in_a_session_of_its_own_is_found_too() {
    let bench = Bench::new();
    let script = "setsid sh -c 'echo $$ > pid; echo up; sleep 33' & wait";
    let started = start(bench.launch(script)).unwrap();
    let tail = started.tail.clone();
    let running = started.wait(bench.orders.subscribe());
    let stopper = async {
        printed(&tail, "up").await;
        bench.orders.send_replace(Order::Cancel);
    };
    let (ended, ()) = tokio::join!(running, stopper);
    assert_eq!(ended.end, End::Cancelled);
    let pid = std::fs::read_to_string(bench.folder.path().join("pid")).unwrap();
    let table = crate::port::session::table::Table::read().unwrap();
    assert!(!table.all().iter().any(|process| process.pid.to_string() == pid.trim()));
}

#[tokio::test]
async fn a_grandchild_that_holds_the_output_does_not_hold_us() {
    let bench = Bench::new();
    let held = tokio::time::timeout(PATIENCE, bench.sh("echo $$ > pid; sleep 3000 & echo done")).await;
    let ended = held.expect("it doesn't wait for the grandchild");
    assert_eq!((ended.end, ended.tail.as_str(), ended.left_behind.len()), (End::Exited(0), "done\n", 1));
    let session = std::fs::read_to_string(bench.folder.path().join("pid")).unwrap().trim().parse().unwrap();
    kill_group(session);
    // one that floods doesn't either
    let flood = Launch { time_limit: PATIENCE, ..bench.launch("yes & exit 3") };
    let ended = bench.run(flood).await;
    assert_eq!(ended.end, End::Exited(3));
}

/// Ends what a command has left behind in its own group.
fn kill_group(leader: i32) {
    let group = rustix::process::Pid::from_raw(leader).unwrap();
    rustix::process::kill_process_group(group, rustix::process::Signal::KILL).unwrap();
}

#[tokio::test]
async fn the_lock_is_inherited_and_a_held_one_proves_an_orphan() {
    let bench = Bench::new();
    let path = bench.folder.path().join("lock");
    let open = || File::options().read(true).write(true).create(true).truncate(false).open(&path).unwrap();
    let held = |file: &File| rustix::fs::flock(file, FlockOperation::NonBlockingLockExclusive).is_err();
    let lock = open();
    rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive).unwrap();
    // the shell gives background jobs another stdin; one that takes care of itself keeps ours
    let script = "cat; mkfifo go; exec 3<&0; (read line < go) <&3 & echo up; exit 0";
    let launch = Launch { stdin: Input::Lock(lock.try_clone().unwrap()), ..bench.launch(script) };
    let ended = bench.run(launch).await;
    assert_eq!((ended.end, ended.left_behind.len()), (End::Exited(0), 1));
    drop(lock);
    assert!(held(&open()), "the orphan holds it");
    std::fs::write(bench.folder.path().join("go"), "").unwrap();
    until("nobody holds it", || !held(&open())).await;
}

#[tokio::test]
async fn dropping_a_running_child_kills_it() {
    let bench = Bench::new();
    let started = start(bench.launch("(sleep 34 &); echo up; sleep 34")).unwrap();
    let (record, tail) = (started.record.clone(), started.tail.clone());
    tokio::select! {
        _ = started.wait(bench.orders.subscribe()) => panic!("it should still run"),
        () = printed(&tail, "up") => {}
    }
    until("it is dead", || fate(&record) == Fate::Dead).await;
}

#[tokio::test]
async fn letting_go_leaves_it_alive() {
    let bench = Bench::new();
    let started = start(bench.launch("echo up; sleep 35")).unwrap();
    let (record, tail) = (started.record.clone(), started.tail.clone());
    let letter = async {
        printed(&tail, "up").await;
        bench.orders.send_replace(Order::LetGo);
    };
    let (ended, ()) = tokio::join!(started.wait(bench.orders.subscribe()), letter);
    assert_eq!(ended.end, End::LetGo);
    assert!(matches!(fate(&record), Fate::Alive(_)));
    crate::port::session::signal(&crate::port::session::family(&record), rustix::process::Signal::KILL);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_stops_the_log_and_not_the_child() {
    let bench = Bench::new();
    let ended = bench.run(Launch { log: Some("/dev/full".into()), ..bench.launch("seq 100000; echo done >&2") }).await;
    assert_eq!((ended.end, ended.log_digest), (End::Exited(0), None));
    assert!(ended.log_fault.is_some() && ended.tail.ends_with("done\n"));
}
