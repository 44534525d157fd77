//! Runs suites of tests and reads what they report. The report decides, and only one that this run wrote; the exit status can
//! spoil a good report, and never mends a bad one.

mod files;

use std::path::PathBuf;

use self::files::{Before, Found, newest, read_bounded};
use super::command::end_words;
use super::tree::Use;
use super::{RealWorld, last_lines, now, off_loop, tell};
use crate::plan::suite::Runs;
use crate::plan::{Command, Digest, Suite, Words};
use crate::port::process::{self, End, Launch, Secrets};
use crate::port::world::{Job, Performed, Signal};
use crate::rollout::Millis;
use crate::rollout::event::Trace;
use crate::suite::{Record, Told, judge, junit, playwright};

/// Where the reports of a run will be, and what lay there before.
enum Reports {
    /// One file of Playwright's.
    Playwright { file: PathBuf, before: Before },
    /// JUnit XML below a folder.
    Junit { folder: PathBuf, files: crate::plan::seam::Glob, before: Before },
}

impl RealWorld {
    /// Runs a suite to its end and holds its report against what the plan requires.
    pub(super) async fn suite_run(&self, job: &Job, suite: &Suite, command: &Command) -> Performed {
        let failed = |why: String, tail| Performed::Failed { effect: Trace::None, why, tail, found: None };
        let limit = job.action.limit.duration();
        let ready = match self.ready_command(&job.plan, command, Use::Test, Words::default(), limit).await {
            Ok(ready) => ready,
            Err(why) => return failed(why, Vec::new()),
        };
        let mut launch = ready.launch;
        let reports = match self.reports(job, suite, &mut launch).await {
            Ok(reports) => reports,
            Err(why) => return failed(why, Vec::new()),
        };
        let (began, secrets) = (now(), launch.secrets.clone());
        let started = match process::start(launch) {
            Ok(started) => started,
            Err(why) => return failed(format!("it can't be started: {why}"), Vec::new()),
        };
        tell(&job.line, &job.step, &started.tail).await;
        let ended = started.wait(job.orders.clone()).await;
        match ended.end {
            End::LetGo => return Performed::LetGo,
            End::Cancelled => return failed("it was cancelled".to_owned(), last_lines(&ended.tail)),
            End::Exited(_) | End::Signalled(_) | End::TimedOut => {}
        }
        let cut_out = secrets.clone();
        let told = off_loop(move || reports.told(began, &cut_out)).await.and_then(|told| told);
        drop(ready.lease);
        let record = match told {
            Ok((told, digest)) => {
                let coverage = job.plan.document().coverage.as_ref();
                let mut record = judge(&told, &suite.required, suite.flaky).with_met(&told, coverage);
                record.report = Some(digest);
                spoil(record, ended.end)
            }
            Err(why) => {
                let why = format!("{why}; its command: {}", end_words(ended.end));
                Record::of_nothing(why, &suite.required, suite.flaky)
            }
        };
        // what an escape hid from the first pass
        let record = record.with_texts(|text| String::from_utf8_lossy(&secrets.redact(text.as_bytes())).into_owned());
        let (good, words, complaint) = (record.is_good(), record.counts.words(), record.complaint());
        let report = record.report.clone();
        // nobody listens any more: then nobody misses it
        let _ = job.line.0.send(Signal::Suite(job.step.clone(), Box::new(record))).await;
        if !good {
            return failed(format!("{words}: {complaint}"), last_lines(&ended.tail));
        }
        let required = match suite.required.len() {
            0 => String::new(),
            count => format!("; {count} of {count} required flows"),
        };
        let digest = report.map(|digest| format!("report sha256 {digest}"));
        Performed::Ok { evidence: std::iter::once(format!("{words}{required}")).chain(digest).collect() }
    }

    /// Where the reports will be; tells the command where, if it can be told.
    async fn reports(&self, job: &Job, suite: &Suite, launch: &mut Launch) -> Result<Reports, String> {
        let name = format!("{}-{}-{}-suite", job.step, job.key, job.attempt);
        launch.log = Some(self.log_file(&name)?);
        let cwd = launch.cwd.clone();
        match &suite.runs {
            Runs::Playwright { report, .. } => {
                let file = match report {
                    Some(report) => cwd.join(report),
                    None => self.config.outputs.join(format!("{name}.json")),
                };
                // the first is for configurations that name a file themselves, the second for versions that don't know it
                for variable in ["PLAYWRIGHT_JSON_OUTPUT_FILE", "PLAYWRIGHT_JSON_OUTPUT_NAME"] {
                    launch.environment.set(variable, file.as_os_str());
                }
                let looked = file.clone();
                let before = off_loop(move || Before::of(std::iter::once(looked))).await?;
                Ok(Reports::Playwright { file, before })
            }
            Runs::Junit { junit } => {
                let (folder, files) = (cwd, junit.files.clone());
                let (looked, pattern) = (folder.clone(), files.clone());
                let found = off_loop(move || newest(&looked, &pattern)).await??;
                Ok(Reports::Junit { folder, files, before: Before::of_found(&found) })
            }
        }
    }
}

impl Reports {
    /// What the reports say that this run wrote, and the digest of their bytes.
    fn told(&self, began: Millis, secrets: &Secrets) -> Result<(Told, Digest), String> {
        match self {
            Self::Playwright { file, before } => {
                let bytes = match read_bounded(file) {
                    Ok(bytes) => bytes,
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                        return Err(
                            "it wrote no report: it was ended before it could, or has another reporter than json"
                                .to_owned(),
                        );
                    }
                    Err(error) => return Err(format!("its report can't be read: {error}")),
                };
                if before.has(file) {
                    return Err("the report is left from an earlier run: this one wrote none".to_owned());
                }
                let told = playwright::read(&secrets.redact(&bytes)).map_err(|why| why.to_string())?;
                let began = i64::try_from(began).unwrap_or(i64::MAX);
                match told.began {
                    Some(own) if own >= began => Ok((told, Digest::of(&bytes))),
                    Some(_) => Err("the report is of an earlier run: it began before this one".to_owned()),
                    None => Err("the report doesn't say when its run began".to_owned()),
                }
            }
            Self::Junit { folder, files, before } => {
                let found = newest(folder, files)?;
                let fresh: Vec<&Found> = found.iter().filter(|found| !before.has_as(found)).collect();
                if found.is_empty() {
                    return Err(format!("it wrote no report: nothing matches {}", files.as_str()));
                }
                if fresh.is_empty() {
                    return Err("every report is left from an earlier run: this one wrote none".to_owned());
                }
                let mut all = Told::default();
                let mut digests = Vec::new();
                for found in fresh {
                    let name = found.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                    let bytes = read_bounded(&found.path).map_err(|error| format!("{name} can't be read: {error}"))?;
                    let told = junit::read(&secrets.redact(&bytes)).map_err(|why| format!("{name}: {why}"))?;
                    all.tests.extend(told.tests);
                    all.errors.extend(told.errors);
                    digests.push(Digest::of(&bytes).as_str().to_owned());
                    if all.tests.len() > crate::suite::MAX_TESTS {
                        return Err(format!("its reports hold more than {} tests", crate::suite::MAX_TESTS));
                    }
                }
                Ok((all, Digest::of_parts(&digests)))
            }
        }
    }
}

/// A good report of a command that ended badly is no pass: what went wrong stands outside of the tests.
fn spoil(mut record: Record, end: End) -> Record {
    if record.is_good() && end != End::Exited(0) {
        record.troubles.push(format!("its report is good, but its command wasn't: {}", end_words(end)));
    }
    record
}
