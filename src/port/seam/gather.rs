//! Names the files of both sides by their blobs, then reads those that nothing is known of.

use std::collections::BTreeMap;

use super::{Sight, Store};
use crate::plan::seam::{Extract, Glob, Pattern, Side, Source, Whence};
use crate::plan::{Digest, Package, RepoName, Seam};
use crate::port::repo::{Listed, Repo, Unread, Wanted};
use crate::rollout::seam::Standing;
use crate::seam::extract::{File, extract};
use crate::seam::judge::{Material, Named, Part, Tested};
use crate::seam::{Item, LARGEST_FILE, MOST_BYTES, MOST_FILES, MOST_NAMES};

/// Of one path, nothing lies below another.
const ALONE: Unread<'static> = Unread::Refused { leads: &|_| false };

/// The clones of a seam, open.
pub(super) struct Reader<'a> {
    seam: &'a Seam,
    sight: Sight<'a>,
    clones: BTreeMap<&'a RepoName, Repo>,
}

/// Both sides by what identifies them.
#[derive(Debug)]
pub(super) struct Gathered<'a> {
    pub(super) producer: Vec<Found<'a>>,
    pub(super) consumer: Vec<Found<'a>>,
    pub(super) tests: Vec<TestFiles<'a>>,
}

/// A source whose files are known.
#[derive(Debug)]
pub(super) struct Found<'a> {
    side: Side,
    source: &'a Source,
    what: Extract<'a>,
    /// How it is called.
    whence: String,
    from: From<'a>,
    /// The package whose version is meant.
    package: Option<Package>,
}

/// Where the bytes are.
#[derive(Debug)]
enum From<'a> {
    Files(Vec<Listed>),
    Printed { path: String, bytes: &'a [u8] },
}

/// The tests of a side in one repository.
#[derive(Debug)]
pub(super) struct TestFiles<'a> {
    side: Side,
    repo: &'a RepoName,
    files: &'a Glob,
    listed: Vec<Listed>,
}

impl Gathered<'_> {
    /// Changes with the seam and with any content that it reads.
    pub(super) fn key(&self, seam: &Seam) -> Digest {
        let mut parts = vec!["seam".to_owned(), seam.digest().to_string()];
        for found in self.producer.iter().chain(&self.consumer) {
            found.identify(&mut parts);
        }
        for tests in &self.tests {
            parts.push(format!("{} {}", tests.side, tests.repo));
            parts.extend(tests.listed.iter().map(|file| format!("{} {}", file.path, file.blob)));
        }
        Digest::of_parts(&parts)
    }
}

impl Found<'_> {
    fn identify(&self, parts: &mut Vec<String>) {
        parts.push(self.source.repo.to_string());
        parts.extend(self.package.iter().map(|package| format!("{} {}", package.name, package.version)));
        match &self.from {
            From::Files(files) => parts.extend(files.iter().map(|file| format!("{} {}", file.path, file.blob))),
            From::Printed { path, bytes } => parts.push(format!("{path} {}", Digest::of(bytes))),
        }
    }

    fn key(&self) -> Digest {
        let mut parts =
            vec!["source".to_owned(), self.side.to_string(), serde_json::to_string(self.source).unwrap_or_default()];
        self.identify(&mut parts);
        Digest::of_parts(&parts)
    }
}

impl<'a> Reader<'a> {
    pub(super) fn open(seam: &'a Seam, sight: Sight<'a>) -> Result<Self, String> {
        let mut clones = BTreeMap::new();
        for name in seam.repos() {
            let planned = sight.plan.repo(name).ok_or_else(|| format!("the plan has no repository {name}"))?;
            let clone = Repo::open(&sight.root.join(&planned.path)).map_err(|why| format!("{name}: {why}"))?;
            clones.insert(name, clone);
        }
        Ok(Self { seam, sight, clones })
    }

    pub(super) fn gather(&self) -> Result<Gathered<'a>, String> {
        let side = |side: Side| -> Result<Vec<Found<'a>>, String> {
            self.seam.side(side).iter().enumerate().map(|(at, source)| self.found(side, at, source)).collect()
        };
        Ok(Gathered { producer: side(Side::Producer)?, consumer: side(Side::Consumer)?, tests: self.tests()? })
    }

    fn found(&self, side: Side, at: usize, source: &'a Source) -> Result<Found<'a>, String> {
        let name = &source.repo;
        let about = |why: &dyn std::fmt::Display| format!("{name}: {why}");
        let what = source.extract(self.seam.rule).map_err(|why| about(&why))?;
        let of = if what == Extract::Publishes { Some(name) } else { source.pins.as_ref() };
        let package = of.map(|of| self.package(of)).transpose()?;
        let (whence, from) = match source.whence().map_err(|why| about(&why))? {
            Whence::File(path) => {
                (path.to_owned(), From::Files(self.files(name, path, &|other| other == path, ALONE)?))
            }
            Whence::Files(glob) => {
                let matcher = glob.matcher().map_err(|why| about(&why))?;
                let leading = glob.leads().map_err(|why| about(&why))?;
                let leads = |folder: &str| leading.is_match(folder);
                let unread = Unread::Refused { leads: &leads };
                let files = self.files(name, glob.folder(), &|path| matcher.is_match(path), unread)?;
                (glob.as_str().to_owned(), From::Files(files))
            }
            Whence::Manifest => {
                let path = self.manifest(name)?;
                let files = self.files(name, &path, &|other| other == path, ALONE)?;
                (path, From::Files(files))
            }
            Whence::Command { argv, output } => {
                let printed = self.sight.printed.get(&(side, at));
                let bytes = printed.ok_or_else(|| about(&format!("`{argv}` wasn't run")))?.as_ref();
                let bytes = bytes.map_err(|why| about(&format!("`{argv}`: {why}")))?;
                let path = output.map_or_else(|| argv.to_string(), str::to_owned);
                (argv.to_string(), From::Printed { path, bytes })
            }
        };
        if let From::Files(files) = &from {
            bounded(files).map_err(|why| about(&format!("{whence}: {why}")))?;
        }
        Ok(Found { side, source, what, whence, from, package })
    }

    /// The files that fit. A folder may be the path of the one file.
    fn files(
        &self,
        name: &RepoName,
        folder: &str,
        fits: &dyn Fn(&str) -> bool,
        unread: Unread<'_>,
    ) -> Result<Vec<Listed>, String> {
        let folder = folder.rfind('/').map_or("", |at| folder.get(..=at).unwrap_or_default());
        let (clone, standing) = self.at(name)?;
        let wanted = Wanted { folder, fits, unread, unwanted: self.sight.unwanted };
        let listed = match standing {
            Standing::Frozen(sha) | Standing::Head(sha) => clone.listed_at(sha, wanted),
            Standing::Worktree => clone.listed_here(wanted),
        };
        listed.map_err(|why| format!("{name}: {why}"))
    }

    fn at(&self, name: &RepoName) -> Result<(&Repo, &'a Standing), String> {
        let clone = self.clones.get(name).ok_or_else(|| format!("{name} isn't open"))?;
        let standing = self.sight.standings.get(name);
        Ok((
            clone,
            standing.ok_or_else(|| format!("{name} isn't frozen: `flightdeck freeze` it, or look `--at head`"))?,
        ))
    }

    fn bytes(&self, name: &RepoName, listed: &Listed, store: &Store) -> Result<Vec<u8>, String> {
        store.count_read();
        let (clone, standing) = self.at(name)?;
        let bytes = match standing {
            Standing::Frozen(_) | Standing::Head(_) => clone.blob(listed),
            Standing::Worktree => clone.file_here(listed),
        };
        bytes.map_err(|why| format!("{name}: {}: {why}", listed.path))
    }

    /// Takes out of a source what its seam wants.
    pub(super) fn read(&self, found: Found<'a>, store: &Store) -> Result<Part, String> {
        let repo = &found.source.repo;
        let material = if let Extract::Whole(below) = found.what {
            let (path, bytes) = match &found.from {
                From::Printed { path, bytes } => (path.clone(), bytes.to_vec()),
                From::Files(files) => {
                    let only = files.first().ok_or_else(|| format!("{repo}: {}: no such file", found.whence))?;
                    (only.path.clone(), self.bytes(repo, only, store)?)
                }
            };
            Material::Text { path, bytes, below: below.to_owned() }
        } else {
            Material::Items(self.items(&found, store)?)
        };
        Ok(Part { repo: repo.clone(), whence: found.whence, material })
    }

    fn items(&self, found: &Found<'_>, store: &Store) -> Result<Vec<Item>, String> {
        let key = found.key();
        if let Some(items) = store.get(&key) {
            return Ok(items);
        }
        let repo = &found.source.repo;
        let take = |path: &str, bytes: &[u8]| {
            extract(found.source, found.what, File { repo, side: found.side, path, bytes }, found.package.as_ref())
        };
        let mut items: Vec<Item> = Vec::new();
        match &found.from {
            From::Printed { path, bytes } => items = take(path, bytes)?,
            From::Files(files) => {
                for file in files {
                    items.extend(take(&file.path, &self.bytes(repo, file, store)?)?);
                    if items.len() > MOST_NAMES {
                        return Err(format!("{repo}: {}: it gives more than {MOST_NAMES} names", found.whence));
                    }
                }
            }
        }
        store.put(&key, &items);
        Ok(items)
    }

    fn package(&self, name: &RepoName) -> Result<Package, String> {
        let (clone, standing) = self.at(name)?;
        let planned = self.sight.plan.repo(name).and_then(|repo| repo.publish.as_ref());
        let publishing = planned.ok_or_else(|| format!("{name} publishes no package"))?;
        let kind = self.sight.plan.document().registry(&publishing.registry).map(|registry| registry.kind);
        let head = clone.head().map_err(|why| format!("{name}: {why}"))?;
        let sha = standing.sha().or(head.sha()).ok_or_else(|| format!("{name} has no commit"))?;
        clone.package_at(sha, publishing, kind, name).map_err(|why| format!("{name}: {why}"))
    }

    fn manifest(&self, name: &RepoName) -> Result<String, String> {
        let (clone, standing) = self.at(name)?;
        let planned = self.sight.plan.repo(name).and_then(|repo| repo.publish.as_ref());
        let publishing = planned.ok_or_else(|| format!("{name} publishes no package"))?;
        let kind = self.sight.plan.document().registry(&publishing.registry).map(|registry| registry.kind);
        let sha =
            standing.sha().ok_or_else(|| format!("{name}: what it publishes is read from a commit: `--at head`"))?;
        let found = clone.manifest_at(sha, publishing, kind).map_err(|why| format!("{name}: {why}"))?;
        found.ok_or_else(|| format!("{name} has no manifest there"))
    }

    fn tests(&self) -> Result<Vec<TestFiles<'a>>, String> {
        let Some(tests) = &self.seam.tests else { return Ok(Vec::new()) };
        let mut all = Vec::new();
        for (side, files) in [(Side::Producer, &tests.producer), (Side::Consumer, &tests.consumer)] {
            let Some(files) = files else { continue };
            let matcher = files.matcher().map_err(|why| why.to_string())?;
            for repo in self.seam.repos_of(side) {
                // one that isn't read names nothing
                let listed = self.files(repo, files.folder(), &|path| matcher.is_match(path), Unread::LeftOut)?;
                all.push(TestFiles { side, repo, files, listed });
            }
        }
        Ok(all)
    }

    /// Whether one of the tests names the seam; a file that is too large to be read doesn't.
    pub(super) fn tested(&self, tests: &TestFiles<'_>, store: &Store) -> Result<Tested, String> {
        let naming = self.seam.tests.as_ref().and_then(|tests| tests.naming.clone());
        let naming = naming.map_or_else(|| Pattern::word(self.seam.id.as_str()), Ok).map_err(|bad| bad.to_string())?;
        let mut named = Named::No;
        for file in tests.listed.iter().take(MOST_FILES).filter(|file| file.size <= LARGEST_FILE) {
            let bytes = self.bytes(tests.repo, file, store)?;
            if naming.compiled().is_match(&String::from_utf8_lossy(&bytes)) {
                named = Named::Yes;
                break;
            }
        }
        let (side, repo, count) = (tests.side, tests.repo.clone(), tests.listed.len());
        Ok(Tested { side, repo, files: tests.files.as_str().to_owned(), count, named })
    }
}

/// Whether so many files of such a size are read.
pub(crate) fn bounded(files: &[Listed]) -> Result<(), String> {
    if files.is_empty() {
        return Err("no such file is there".to_owned());
    }
    if files.len() > MOST_FILES {
        return Err(format!("{} files fit; at most {MOST_FILES} are read: narrow it", files.len()));
    }
    if let Some(large) = files.iter().find(|file| file.size > LARGEST_FILE) {
        return Err(format!("{} has {} bytes; at most {LARGEST_FILE} are read", large.path, large.size));
    }
    let bytes: usize = files.iter().map(|file| file.size).sum();
    if bytes > MOST_BYTES {
        return Err(format!("its {} files have {bytes} bytes; at most {MOST_BYTES} are read: narrow it", files.len()));
    }
    Ok(())
}
