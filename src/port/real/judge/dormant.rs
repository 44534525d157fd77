//! `{ dormant = true }`: with the flag off, main's own tests, contract and recorded answers hold against what ships. Main's tests
//! are laid over what ships in a commit that nothing refers to; the flag is read by everyone before and after.

use super::super::{RealWorld, off_loop, repo_of};
use super::words_of;
use crate::plan::document::Dormant;
use crate::plan::{Argv, Command, FlagState, Place, RepoName, Sha};
use crate::port::git::FullRef;
use crate::port::repo::{Repo, Tagger, Unreadable};
use crate::port::world::{GateJob, Judged};
use crate::seam::document::{self, Document, Limits};
use crate::seam::openapi::{Contract, Verdict, compatible};

impl RealWorld {
    pub(super) async fn dormant_gate(&self, job: &GateJob) -> Result<Judged, String> {
        let Some((name, sha)) = &job.subject else { return Err("no frozen commit is known to test".to_owned()) };
        let repo = repo_of(&job.plan, name)?;
        let dormant = repo.dormant.as_ref().ok_or_else(|| format!("{name} has no `dormant` in the plan"))?;
        let off = job.plan.document().flag.as_ref().and_then(|flag| flag.states.first());
        let off = off.ok_or("the plan has no flag that could be off")?;
        self.reads(job, off).await?;
        let main = self.main_before(job, name, sha).await?;
        let mut said = Vec::new();
        if let Some(file) = &dormant.contract {
            said.push(self.contract_kept(job, name, file, [&main, sha]).await?);
            if let Some(recorded) = &dormant.recorded {
                said.push(self.recorded_kept(job, name, file, recorded, [&main, sha]).await?);
            }
        }
        if !dormant.tests.is_empty() {
            let argv = dormant.command.as_ref().or(repo.test.as_ref());
            let argv = argv.ok_or_else(|| format!("{name} has no `test` command in the plan"))?;
            let tested = self.mains_tests(job, name, argv, dormant, [&main, sha]).await?;
            let detail = format!("main's tests at {} on {}: {}", main.short(), sha.short(), tested.detail);
            if !tested.holds {
                return Err(detail);
            }
            said.push(detail);
        }
        said.push(self.reads(job, off).await?);
        Ok(Judged { holds: said.len() > 1, detail: said.join("; ") })
    }

    /// The flag is read as this state by everyone; in words.
    async fn reads(&self, job: &GateJob, state: &FlagState) -> Result<String, String> {
        let Judged { holds, detail } = self.flag_gate(job, state).await;
        if holds { Ok(detail) } else { Err(detail) }
    }

    /// Where main is for everybody, as long as it isn't at what ships: the branch of that name here may be behind.
    async fn main_before(&self, job: &GateJob, name: &RepoName, sha: &Sha) -> Result<Sha, String> {
        let repo = repo_of(&job.plan, name)?;
        let (path, branch, ships) = (self.folder_of(repo), repo.main.clone(), sha.clone());
        let named = FullRef::branch(&branch).map_err(|error| error.to_string())?;
        let main = self.brought_head(&path, "origin", &named).await.map_err(|why| format!("{name}: {why}"))?;
        let main = main.ok_or_else(|| format!("{name}: origin has no branch {branch}"))?;
        let main = off_loop(move || {
            let clone = Repo::open(&path)?;
            if clone.is_ancestor(&ships, &main)? {
                let why = format!("{branch} is at what ships already: how it was before isn't known");
                return Err(Unreadable::Broken(why));
            }
            Ok(main)
        });
        main.await?.map_err(|why: Unreadable| format!("{name}: {why}"))
    }

    /// Runs the tests that main has on what ships.
    async fn mains_tests(
        &self,
        job: &GateJob,
        name: &RepoName,
        argv: &Argv,
        dormant: &Dormant,
        [main, sha]: [&Sha; 2],
    ) -> Result<Judged, String> {
        let repo = repo_of(&job.plan, name)?;
        let (path, from, base) = (self.folder_of(repo), main.clone(), sha.clone());
        let (tests, owner) = (dormant.tests.clone(), job.plan.document().owner.clone());
        let laid = off_loop(move || {
            let clone = Repo::open(&path)?;
            // the commit's own time: on any machine and any day it is the same commit
            let author = Tagger { name: owner.name, email: owner.email, at: clone.commit_time(&base)? };
            clone.commit_with(&base, &from, &tests, &author)
        });
        let laid = laid.await?.map_err(|why| format!("{name}: {why}"))?;
        let command = Command {
            argv: argv.fill_known(&words_of(job, name, sha)),
            place: Place::Worktree { repo: name.clone(), sha: laid },
            secrets: repo.secrets.clone(),
        };
        self.run_gate(job, &command).await
    }

    /// What ships keeps what main's contract promises; in words, or the first thing that it doesn't keep.
    async fn contract_kept(
        &self,
        job: &GateJob,
        name: &RepoName,
        file: &str,
        [main, sha]: [&Sha; 2],
    ) -> Result<String, String> {
        let path = self.folder_of(repo_of(&job.plan, name)?);
        let (file, commits) = (file.to_owned(), [main.clone(), sha.clone()]);
        let kept = off_loop(move || {
            let [main, ships] = commits;
            let clone = Repo::open(&path).map_err(|why| why.to_string())?;
            let (was, is) = (read(&clone, &main, &file)?, read(&clone, &ships, &file)?);
            let of =
                |document, at: &Sha| Contract::of(document).map_err(|why| format!("{file} at {}: {why}", at.short()));
            let found = compatible(&of(&was, &main)?, &of(&is, &ships)?, None);
            let more = found.findings.len().saturating_sub(1) + found.left_off;
            let more = if more == 0 { String::new() } else { format!("; and {more} more") };
            let first = found.findings.first().map(|first| first.what.as_str()).unwrap_or_default();
            match found.verdict() {
                Verdict::Compatible => Ok(format!("{file} keeps what it promised at {}", main.short())),
                Verdict::Broken => Err(format!("{file} breaks what it promised at {}: {first}{more}", main.short())),
                Verdict::Unknown => Err(format!("whether {file} keeps its promises can't be told: {first}{more}")),
            }
        });
        kept.await?.map_err(|why: String| format!("{name}: {why}"))
    }
}

pub(super) fn read(clone: &Repo, at: &Sha, file: &str) -> Result<Document, String> {
    let bytes = clone.blob_at(at, file).map_err(|why| why.to_string())?;
    let bytes = bytes.ok_or_else(|| format!("{file} isn't there at {}", at.short()))?;
    document::read(file, &bytes, &Limits::default()).map_err(|why| format!("{file} at {}: {why}", at.short()))
}
