//! What main really answered, held against what ships: against its contract, and against what it answers where that was
//! recorded anew.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

use super::super::{RealWorld, off_loop, repo_of};
use super::dormant::read;
use crate::plan::seam::Glob;
use crate::plan::{RepoName, Sha};
use crate::port::repo::{Listed, Repo, Unread, Wanted};
use crate::port::seam::bounded;
use crate::port::world::GateJob;
use crate::seam::document::{self, Limits};
use crate::seam::openapi::Contract;
use crate::seam::recording::{Recording, recordings};

/// The most answers that are held against each other.
const MOST: usize = 20_000;

/// Where something was recorded.
struct Kept {
    listed: Listed,
    answers: Vec<Recording>,
}

/// What was found so far.
struct Found {
    first: Option<String>,
    more: usize,
}

impl RealWorld {
    /// What main answered is still promised, and answered where that is known; in words, or the first thing that isn't.
    pub(super) async fn recorded_kept(
        &self,
        job: &GateJob,
        name: &RepoName,
        contract: &str,
        recorded: &Glob,
        [main, sha]: [&Sha; 2],
    ) -> Result<String, String> {
        let path = self.folder_of(repo_of(&job.plan, name)?);
        let (contract, recorded, commits) = (contract.to_owned(), recorded.clone(), [main.clone(), sha.clone()]);
        let kept = off_loop(move || {
            let clone = Repo::open(&path).map_err(|why| why.to_string())?;
            compare(&clone, &contract, &recorded, &commits)
        });
        kept.await?.map_err(|why: String| format!("{name}: {why}"))
    }
}

fn compare(clone: &Repo, file: &str, recorded: &Glob, [main, ships]: &[Sha; 2]) -> Result<String, String> {
    let before = listed(clone, main, recorded)?;
    bounded(&before).map_err(|why| format!("{recorded} at {}: {why}", main.short(), recorded = recorded.as_str()))?;
    let mut after = listed(clone, ships, recorded)?;
    // what is as it was on main says nothing about what ships
    after.retain(|file| !before.contains(file));
    if !after.is_empty() {
        bounded(&after)
            .map_err(|why| format!("{recorded} at {}: {why}", ships.short(), recorded = recorded.as_str()))?;
    }
    let (before, after) = (answers(clone, main, before)?, answers(clone, ships, after)?);
    let document = read(clone, ships, file)?;
    let contract = Contract::of(&document).map_err(|why| format!("{file} at {}: {why}", ships.short()))?;
    let mut found = Found { first: None, more: 0 };
    let count = before.iter().map(|kept| kept.answers.len()).sum::<usize>();
    for Kept { listed, answers } in &before {
        for unfit in answers.iter().flat_map(|answer| contract.unfit(answer)) {
            let place = unfit.promised.map(|spot| format!(" line {}", spot.line)).unwrap_or_default();
            let said = format!("{} line {} at {}: {}", listed.path, unfit.line, main.short(), unfit.what);
            found.tell(format!("{said} ({file}{place} at {})", ships.short()));
        }
    }
    let again = anew(&before, &after, [main, ships], &mut found);
    let more = if found.more == 0 { String::new() } else { format!("; and {} more", found.more) };
    if let Some(first) = found.first {
        return Err(format!("{first}{more}"));
    }
    let (answers, are) = if count == 1 { ("answer", "is") } else { ("answers", "are") };
    let anew = if again == 0 { "none".to_owned() } else { again.to_string() };
    Ok(format!("{count} recorded {answers} of {} {are} still promised, {anew} of them recorded anew", main.short()))
}

/// Holds each answer that was recorded anew against main's to the same question; how many there were.
fn anew(before: &[Kept], after: &[Kept], [main, ships]: [&Sha; 2], found: &mut Found) -> usize {
    let mut known: BTreeMap<(&str, &str), Vec<(&Listed, &Recording)>> = BTreeMap::new();
    for Kept { listed, answers } in before {
        for was in answers {
            known.entry((&was.method, &was.target)).or_default().push((listed, was));
        }
    }
    let mut count = 0;
    for Kept { listed, answers } in after {
        for answer in answers {
            let known = known.get(&(answer.method.as_str(), answer.target.as_str())).into_iter().flatten();
            let same = known.filter(|(_, was)| was.is_of_same(answer));
            // the same question may have been answered in several ways: one of them must be kept
            let nearest = same.map(|(of, was)| (&of.path, was.lost_in(answer))).min_by_key(|(_, lost)| lost.len());
            let Some((path, lost)) = nearest else { continue };
            count += 1;
            for (line, what) in lost {
                let asked = format!("{} {}", answer.method, answer.target);
                let is = format!("{} line {} at {}", listed.path, answer.line, ships.short());
                found.tell(format!("{path} line {line} at {}: {asked}: {what} ({is})", main.short()));
            }
        }
    }
    count
}

impl Found {
    fn tell(&mut self, what: String) {
        match self.first {
            None => self.first = Some(what),
            Some(_) => self.more += 1,
        }
    }
}

fn listed(clone: &Repo, at: &Sha, recorded: &Glob) -> Result<Vec<Listed>, String> {
    let matcher = recorded.matcher().map_err(|why| why.to_string())?;
    let leading = recorded.leads().map_err(|why| why.to_string())?;
    let (fits, leads) = (|path: &str| matcher.is_match(path), |folder: &str| leading.is_match(folder));
    let unwanted = AtomicBool::new(false);
    let wanted = Wanted {
        folder: recorded.folder(),
        fits: &fits,
        unread: Unread::Refused { leads: &leads },
        unwanted: &unwanted,
    };
    clone.listed_at(at, wanted).map_err(|why| why.to_string())
}

fn answers(clone: &Repo, at: &Sha, files: Vec<Listed>) -> Result<Vec<Kept>, String> {
    let kept = |listed: Listed| {
        let about = |why: &dyn std::fmt::Display| format!("{} at {}: {why}", listed.path, at.short());
        let bytes = clone.blob(&listed).map_err(|why| about(&why))?;
        // an archive is JSON, whatever it is called
        let read = match document::Format::of(&listed.path) {
            Some(format) => document::read_as(format, &bytes, &Limits::default()),
            None => document::read_as(document::Format::Json, &bytes, &Limits::default()),
        };
        let document = read.map_err(|why| about(&why))?;
        let answers = recordings(&document).map_err(|why| about(&why))?;
        Ok(Kept { listed, answers })
    };
    let all: Vec<Kept> = files.into_iter().map(kept).collect::<Result<_, String>>()?;
    let count: usize = all.iter().map(|kept| kept.answers.len()).sum();
    if count > MOST {
        return Err(format!("{count} answers are recorded at {}; at most {MOST} are read: narrow it", at.short()));
    }
    Ok(all)
}
