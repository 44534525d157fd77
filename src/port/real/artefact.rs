//! Artefacts: built once in a clean worktree, kept under their digest until the release is closed, never built a second time
//! to something else.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use sha2::Sha256;

use super::command::{end_words, findable};
use super::tree::{Lease, Use};
use super::{RealWorld, last_lines, off_loop, tell};
use crate::plan::{Command, Digest, Effect, Place, Words};
use crate::port::process::{self, End};
use crate::port::world::{Artifact, Job, Prepared, Unfit};
use crate::rollout::event::Finding;

impl RealWorld {
    /// Finds the version free and its artefacts kept, or builds them: once for all the files of a version. What is there
    /// already is compared with them, so they are built then too.
    pub(super) async fn ready_publish(&self, job: &Job, prepared: &mut Prepared) -> Result<(), Unfit> {
        let Effect::Publish { artifact, .. } = &job.action.effect else { return Ok(()) };
        let mut kept = match self.kept(job.artifact.as_ref()).await? {
            Some(kept) => Some(kept),
            None => self.recorded(job, artifact.as_deref()).await?,
        };
        if prepared.before.is_none() {
            let ours = kept.as_ref().map(|kept| &kept.digest).or(job.artifact.as_ref());
            prepared.before = Some(self.finding(job, ours).await);
        }
        let there = matches!(prepared.before, Some(Finding::Present { .. }));
        if there && kept.is_none() && job.artifact.is_none() {
            kept = self.build_all(job, prepared).await?;
            if let Some(kept) = &kept {
                prepared.before = Some(self.finding(job, Some(&kept.digest)).await);
            }
        }
        match &prepared.before {
            // it is there: nothing will be uploaded
            Some(Finding::Present { .. }) => {
                prepared.artifact = kept;
                return Ok(());
            }
            Some(Finding::Absent { detail }) => prepared.preconditions.push(format!("the version is free: {detail}")),
            Some(found @ Finding::Conflict { detail }) => {
                let why = format!("the version is taken: {detail}. Raise the version and freeze again");
                return Err(Unfit { found: Some(found.clone()), ..Unfit::from(why) });
            }
            Some(Finding::Unknown { why }) => {
                return Err(format!("whether the version is free isn't known: {why}").into());
            }
            None => {}
        }
        prepared.artifact = match kept {
            Some(kept) => {
                one_set_of_bytes(job, &kept)?;
                prepared.preconditions.push(format!("the artefact built before is kept, sha256 {}", kept.digest));
                Some(kept)
            }
            None => self.build_all(job, prepared).await?,
        };
        Ok(())
    }

    /// Builds a version and keeps all its files; the one that the action uploads, if it uploads one.
    async fn build_all(&self, job: &Job, prepared: &mut Prepared) -> Result<Option<Artifact>, Unfit> {
        let Effect::Publish { build, artifacts, artifact, upload } = &job.action.effect else { return Ok(None) };
        let place = build.as_ref().map_or(&upload.place, |build| &build.place);
        if let Some(build) = build {
            self.built(job, build).await?;
        }
        let (Some(wanted), Place::Worktree { repo, sha }) = (artifact, place) else { return Ok(None) };
        let clone = self.folder_of(super::repo_of(&job.plan, repo)?);
        let lease = self.trees.lease(&self.git, &clone, repo, sha, Use::Built).await?;
        let mut made = Vec::new();
        for relative in artifacts {
            made.push((relative.clone(), self.keep(&lease, relative).await?));
        }
        let ours = made.iter().find(|(relative, _)| relative == wanted).map(|(_, kept)| kept.clone());
        let ours = ours.ok_or_else(|| format!("the build made no {wanted}"))?;
        one_set_of_bytes(job, &ours)?;
        self.record(job, &made).await?;
        prepared.preconditions.push(format!("built {wanted}, sha256 {}", ours.digest));
        Ok(Some(ours))
    }

    /// The digest of the bytes that an action uploads: those that an intent names, else those that were built here.
    pub(super) async fn bytes_of(&self, job: &Job) -> Result<Option<Digest>, String> {
        let Effect::Publish { artifact, .. } = &job.action.effect else { return Ok(job.artifact.clone()) };
        match &job.artifact {
            Some(named) => Ok(Some(named.clone())),
            None => Ok(self.recorded(job, artifact.as_deref()).await?.map(|kept| kept.digest)),
        }
    }

    /// What was built for a commit before, if it is still what it was: a version has one set of bytes.
    async fn recorded(&self, job: &Job, wanted: Option<&str>) -> Result<Option<Artifact>, String> {
        let (Some(wanted), Some(record)) = (wanted.map(str::to_owned), record_of(&self.config.work, job)) else {
            return Ok(None);
        };
        let name = Path::new(&wanted).file_name().unwrap_or_default().to_owned();
        let digest = off_loop(move || {
            let text = fs::read(record).ok()?;
            let built: BTreeMap<String, Digest> = serde_json::from_slice(&text).ok()?;
            built.get(&wanted).cloned()
        });
        let Some(kept) = self.kept(digest.await?.as_ref()).await? else { return Ok(None) };
        // two files may hold the same bytes
        let own = kept.path.with_file_name(name);
        Ok(Some(if own.exists() { Artifact { path: own, ..kept } } else { kept }))
    }

    /// Notes what was built, so that whoever resumes uploads the same bytes.
    async fn record(&self, job: &Job, made: &[(String, Artifact)]) -> Result<(), String> {
        let Some(record) = record_of(&self.config.work, job) else { return Ok(()) };
        let built: BTreeMap<String, Digest> =
            made.iter().map(|(path, kept)| (path.clone(), kept.digest.clone())).collect();
        let written = off_loop(move || {
            let text = serde_json::to_vec(&built).map_err(std::io::Error::other)?;
            crate::ledger::durable::write_atomically(&record, &text).map_err(std::io::Error::other)
        });
        written.await?.map_err(|error| format!("what was built can't be noted: {error}"))
    }

    /// The SHA-512 of an artefact that is kept here, in hexadecimal digits.
    pub(super) async fn kept_sha512(&self, digest: &Digest) -> Option<String> {
        let kept = self.kept(Some(digest)).await.ok()??;
        let found = off_loop(move || hashed::<sha2::Sha512>(&kept.path).ok());
        found.await.ok()?
    }

    async fn built(&self, job: &Job, build: &Command) -> Result<(), Unfit> {
        let limit = job.action.limit.duration();
        let ready = self.ready_command(&job.plan, build, Use::Build, Words::default(), limit).await?;
        findable(&ready.launch)?;
        let mut launch = ready.launch;
        launch.log = Some(self.log_file(&format!("{}-{}-{}-build", job.step, job.key, job.attempt))?);
        let started = process::start(launch).map_err(|why| format!("the build can't be started: {why}"))?;
        tell(&job.line, &job.step, &started.tail).await;
        let ended = started.wait(job.orders.clone()).await;
        if ended.end == End::Exited(0) {
            return Ok(());
        }
        let why = format!("the build failed: {}. Nothing was uploaded", end_words(ended.end));
        Err(Unfit { tail: last_lines(&ended.tail), ..Unfit::from(why) })
    }

    /// The artefact of an earlier attempt, if it is still what it was.
    async fn kept(&self, digest: Option<&Digest>) -> Result<Option<Artifact>, String> {
        let Some(digest) = digest.cloned() else { return Ok(None) };
        let folder = self.config.work.join("artifacts").join(digest.as_str());
        off_loop(move || {
            let path = fs::read_dir(&folder).ok()?.filter_map(Result::ok).map(|entry| entry.path()).next()?;
            let same = digest_of(&path).is_ok_and(|found| found == digest);
            same.then_some(Artifact { path, digest })
        })
        .await
    }

    async fn keep(&self, lease: &Lease, relative: &str) -> Result<Artifact, String> {
        let (tree, relative) = (lease.path().to_owned(), relative.to_owned());
        let kept = self.config.work.join("artifacts");
        off_loop(move || {
            let file = inside(&tree, &relative)?;
            copy(&file, &kept).map_err(|error| format!("the artefact {relative} can't be kept: {error}"))
        })
        .await?
    }
}

/// Where it is noted what one build of one commit made: another build may make something else.
fn record_of(work: &Path, job: &Job) -> Option<PathBuf> {
    let Effect::Publish { build, artifacts, upload, .. } = &job.action.effect else { return None };
    let Place::Worktree { repo, sha } = &upload.place else { return None };
    let built = Digest::of(&serde_json::to_vec(&(build, artifacts)).ok()?);
    Some(work.join("artifacts").join(format!("{repo}-{sha}-{}.json", built.short())))
}

/// A version has one set of bytes: what an earlier attempt meant to upload, or nothing.
fn one_set_of_bytes(job: &Job, ours: &Artifact) -> Result<(), Unfit> {
    let Some(meant) = job.artifact.as_ref().filter(|meant| **meant != ours.digest) else { return Ok(()) };
    let why = format!(
        "an earlier attempt meant to upload sha256 {meant}, which isn't kept any more, and building again gives {}: two artefacts of one version are refused. Find out whether the first one was uploaded",
        ours.digest
    );
    Err(why.into())
}

/// A file of a worktree; links that lead out of it don't count.
fn inside(tree: &Path, relative: &str) -> Result<PathBuf, String> {
    let missing = |error: std::io::Error| format!("the build made no {relative}: {error}");
    let file = fs::canonicalize(tree.join(relative)).map_err(missing)?;
    let tree = fs::canonicalize(tree).map_err(missing)?;
    if file.starts_with(&tree) && file.is_file() {
        return Ok(file);
    }
    Err(format!("the artefact {relative} is no file of the worktree"))
}

fn copy(file: &Path, kept: &Path) -> std::io::Result<Artifact> {
    let digest = digest_of(file)?;
    let folder = kept.join(digest.as_str());
    let path = folder.join(file.file_name().unwrap_or_default());
    if digest_of(&path).is_ok_and(|found| found == digest) {
        return Ok(Artifact { path, digest });
    }
    fs::create_dir_all(&folder)?;
    let fresh = kept.join(format!(".{}.new", ulid::Ulid::r#gen()));
    let mut to = fs::File::create_new(&fresh)?;
    std::io::copy(&mut fs::File::open(file)?, &mut to)?;
    to.flush()?;
    to.sync_all()?;
    fs::rename(&fresh, &path)?;
    fs::File::open(&folder)?.sync_all()?;
    // what was copied is what counts, whatever happened to the file meanwhile
    if digest_of(&path)? == digest {
        Ok(Artifact { path, digest })
    } else {
        Err(std::io::Error::other("it changed while it was copied"))
    }
}

fn digest_of(path: &Path) -> std::io::Result<Digest> {
    hashed::<Sha256>(path)?.parse().map_err(std::io::Error::other)
}

/// The digest of a file, in hexadecimal digits.
fn hashed<H: sha2::Digest>(path: &Path) -> std::io::Result<String> {
    let mut file = fs::File::open(path)?;
    let mut hash = H::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(hex(&hash.finalize()));
        }
        hash.update(buffer.get(..read).unwrap_or_default());
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut hex = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // writing to a String can't fail
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}
