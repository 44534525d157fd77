//! Pushes one commit to one ref, plainly: what the remote refuses to fast-forward is refused. Tells a refusal that is proven
//! from a silence that proves nothing.

use super::{FullRef, Git, Hooks, Place};
use crate::plan::Sha;
use crate::port::process::{self, End, Ended, Launch, NotSpawned};

/// Whether a push is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PushRun {
    /// It is, with the user's own hooks.
    Real,
    /// It isn't: the remote is only asked whether it would take it, and no hook runs.
    Dry,
}

/// How a push ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushOutcome {
    /// The remote says it moved the ref.
    Updated,
    /// The remote had it already; nothing ran there.
    UpToDate,
    /// The ref wasn't moved, and that is proven.
    Rejected {
        /// In git's words, raw.
        reason: String,
    },
    /// The ref may or may not be moved, now or in a while: a hook may still run over there.
    Unknown {
        /// In git's words, raw.
        why: String,
    },
}

/// One line of `git push --porcelain`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushLine {
    /// ` ` fast-forward, `*` new, `=` up to date, `!` refused, `+` forced, `-` deleted.
    pub flag: char,
    /// The ref over there.
    pub to: String,
    /// The summary, with its reason.
    pub summary: String,
}

/// Where nothing but a failure to get through at all says so: not one byte of the pack was sent.
const NOT_REACHED: [&str; 11] = [
    "ssh: connect to host ",
    "ssh: Could not resolve hostname ",
    "Failed to connect to ",
    "Could not connect to server",
    "Could not resolve host",
    "does not appear to be a git repository",
    "Permission denied (publickey",
    "Host key verification failed",
    "Authentication failed for ",
    "could not read Username for ",
    "could not read Password for ",
];

impl Git {
    /// The push, to be started by the caller. It never forces, and takes nothing along: no tags, no submodules.
    pub fn push_launch(&self, place: &Place, remote: &str, sha: &Sha, name: &FullRef, run: PushRun) -> Launch {
        let mut arguments: Vec<String> =
            ["push", "--porcelain", "--no-follow-tags", "--recurse-submodules=no"].map(str::to_owned).into();
        let hooks = match run {
            PushRun::Real => Hooks::Users,
            PushRun::Dry => {
                arguments.push("--dry-run".to_owned());
                Hooks::Off
            }
        };
        arguments.extend(["--".to_owned(), remote.to_owned(), format!("{sha}:{name}")]);
        self.launch(place, hooks, &arguments)
    }

    /// Pushes a commit, or a tag object to its tag.
    pub async fn push(&self, place: &Place, remote: &str, sha: &Sha, name: &FullRef, run: PushRun) -> PushOutcome {
        let launch = self.push_launch(place, remote, sha, name, run);
        read_push(&process::run(launch, self.orders.clone()).await, name)
    }
}

/// Reads how a push ended.
pub fn read_push(ended: &Result<Ended, NotSpawned>, name: &FullRef) -> PushOutcome {
    let ended = match ended {
        Ok(ended) => ended,
        Err(why) => return PushOutcome::Rejected { reason: why.to_string() },
    };
    let captured = ended.captured.clone().unwrap_or_default();
    let stdout = String::from_utf8_lossy(&captured.stdout);
    let stderr = String::from_utf8_lossy(&captured.stderr);
    let unknown = |what: &str| PushOutcome::Unknown { why: join(what, &stderr) };
    let code = match ended.end {
        End::Exited(code) => code,
        End::TimedOut => return unknown("the push took too long and was ended; what it sent may still land"),
        End::Cancelled => return unknown("the push was cancelled; what it sent may still land"),
        End::LetGo => return unknown("the push was left running"),
        End::Signalled(signal) => return unknown(&format!("the push was ended by signal {signal}")),
    };
    let line = stdout.lines().filter_map(parse_push_line).find(|line| line.to == name.as_str());
    match (code, line) {
        (0, Some(line)) => match line.flag {
            ' ' | '*' => PushOutcome::Updated,
            '=' => PushOutcome::UpToDate,
            _ => unknown(&format!("git answered {:?}", line.summary)),
        },
        (_, Some(line)) if line.flag == '!' && refused(&line.summary) => {
            PushOutcome::Rejected { reason: join(&line.summary, &stderr) }
        }
        (_, Some(line)) => unknown(&line.summary),
        (1.., None) if never_sent(&stderr) => PushOutcome::Rejected { reason: stderr.into_owned() },
        (_, None) => unknown(&format!("git ended with status {code} and said nothing of {name}")),
    }
}

fn refused(summary: &str) -> bool {
    summary.starts_with("[rejected]") || summary.starts_with("[remote rejected]")
}

fn never_sent(stderr: &str) -> bool {
    // once the pack is on its way, http reports the same words behind these
    let under_way = ["RPC failed", "send-pack", "unexpected disconnect"].iter().any(|text| stderr.contains(text));
    let nothing_to_send = stderr.lines().any(|line| line.starts_with("error: src refspec "));
    !under_way && (nothing_to_send || NOT_REACHED.iter().any(|text| stderr.contains(text)))
}

fn join(what: &str, stderr: &str) -> String {
    match stderr.trim_end() {
        "" => what.to_owned(),
        stderr => format!("{what}\n{stderr}"),
    }
}

/// Reads one line: `<flag> TAB <from>:<to> TAB <summary>`; any other line (`To …`, `Done`) is none.
pub fn parse_push_line(line: &str) -> Option<PushLine> {
    let mut fields = line.splitn(3, '\t');
    let mut flag = fields.next()?.chars();
    let (flag, None) = (flag.next()?, flag.next()) else { return None };
    let (_, to) = fields.next()?.split_once(':')?;
    Some(PushLine { flag, to: to.to_owned(), summary: fields.next()?.to_owned() })
}

#[cfg(test)]
mod parsing {
    use super::*;
    use crate::port::process::{Captured, Cut};

    fn read(code: i32, stdout: &str, stderr: &str) -> PushOutcome {
        let captured = Captured { stdout: stdout.into(), stderr: stderr.into(), cut: Cut::Whole };
        let ended = Ended {
            end: End::Exited(code),
            tail: String::new(),
            captured: Some(captured),
            log_bytes: 0,
            log_digest: None,
            log_fault: None,
            took: std::time::Duration::ZERO,
            left_behind: vec![],
        };
        read_push(&Ok(ended), &FullRef::branch("main").unwrap())
    }

    #[test]
    fn each_line_means_what_git_says() {
        let line = |flag: &str, summary: &str| format!("To x\n{flag}\tabc:refs/heads/main\t{summary}\nDone\n");
        assert_eq!(read(0, &line(" ", "1..2"), ""), PushOutcome::Updated);
        assert_eq!(read(0, &line("*", "[new branch]"), ""), PushOutcome::Updated);
        assert_eq!(read(0, &line("=", "[up to date]"), ""), PushOutcome::UpToDate);
        for no in ["[rejected] (fetch first)", "[remote rejected] (pre-receive hook declined)"] {
            assert!(matches!(read(1, &line("!", no), ""), PushOutcome::Rejected { reason } if reason == no));
        }
        for dunno in
            [read(1, &line("!", "[remote failure] (remote failed to report status)"), ""), read(0, "Done\n", "")]
        {
            assert!(matches!(dunno, PushOutcome::Unknown { .. }), "{dunno:?}");
        }
        assert!(matches!(read(0, &line("+", "1...2 (forced update)"), ""), PushOutcome::Unknown { .. }));
        assert!(matches!(read(0, "*\tabc:refs/heads/other\t[new branch]\n", ""), PushOutcome::Unknown { .. }));
    }

    #[test]
    fn only_what_never_got_through_is_a_proven_no() {
        for no in [
            "ssh: connect to host h port 22: Connection refused\nfatal: Could not read from remote repository.",
            "fatal: unable to access 'http://h/': Failed to connect to h port 1 after 0 ms",
            "error: src refspec abc does not match any\nerror: failed to push some refs to 'x'",
        ] {
            assert!(matches!(read(128, "", no), PushOutcome::Rejected { .. }), "{no}");
        }
        for dunno in [
            "fatal: the remote end hung up unexpectedly",
            "error: RPC failed; curl 7 Failed to connect to h port 1\nfatal: the remote end hung up unexpectedly",
            "error: failed to push some refs to 'x'",
        ] {
            assert!(matches!(read(1, "", dunno), PushOutcome::Unknown { .. }), "{dunno}");
        }
    }
}
