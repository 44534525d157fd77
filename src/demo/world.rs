//! A demo world as a folder: built once, then opened again where it was. A marker file says that the folder is a demo
//! and whether it was finished; a folder without one is somebody else's and stays untouched.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::history::{History, Telling};
use super::repository::{self, Heads, Places, RepositoryError};
use super::{Delivery, DiskError, LiveError, MEMBERS, Member, StoryError, disk, live, plan_file, shim};

const MARKER: &str = ".flightdeck-demo";
const STATE: &str = "state";
/// All that a build makes, beside the marker.
const FOLDERS: [&str; 7] = ["repos", "remotes", "deploy", "live", "registry", "bin", STATE];
const FILES: [&str; 3] = ["release.toml", "flags.json", "demo.env"];
/// How many ports are tried, from the plan's own.
const PORTS: u16 = 100;

/// How a world is built.
#[derive(Debug, Clone)]
pub struct Options {
    /// The flightdeck that the world's scripts call.
    pub program: PathBuf,
    /// The port of its services; without one, 8016 or the first free one after it.
    pub port: Option<u16>,
    /// Which world.
    pub telling: Telling,
}

/// Whether a world is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Built just now.
    Built,
    /// It was there, with whatever happened in it.
    Reopened,
}

/// A finished demo world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct World {
    root: PathBuf,
    port: u16,
    origin: Origin,
    telling: Telling,
    heads: BTreeMap<String, Heads>,
}

/// Why there is no demo world.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The folder holds something else.
    #[error("{0:?} holds something else than a demo: name a folder that is empty or doesn't exist yet")]
    NotADemo(PathBuf),
    /// The folder was moved or copied; its repositories still point to the old place.
    #[error("this demo was built in {was:?} and can't be used from {now:?}: move it back, or build a fresh one")]
    Moved {
        /// Where it was built.
        was: PathBuf,
        /// Where it is.
        now: PathBuf,
    },
    /// A path that git, sh and TOML can't all hold.
    #[error("{0:?} can't hold a demo: its path must be UTF-8 without control characters")]
    Path(PathBuf),
    /// Another process is building in the same folder.
    #[error("another flightdeck is building a demo in {0:?}: wait for it, or name another folder")]
    Busy(PathBuf),
    /// The marker file can't be understood.
    #[error("{path:?} was written by another version of flightdeck ({reason}): build a fresh demo elsewhere")]
    Marker {
        /// The marker.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The folder holds the other world.
    #[error("{0:?} holds a demo in which nothing was missed: name another folder for the one with misses")]
    Sound(PathBuf),
    /// No port to serve it on.
    #[error("no port from {0} on is free for the demo's services: say which to use")]
    NoPort(u16),
    /// The embedded plan can't be adapted.
    #[error("the demo's release.toml can't be written: {0}")]
    Plan(#[from] toml_edit::TomlError),
    /// A file or folder couldn't be used.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The embedded story is broken.
    #[error(transparent)]
    Story(#[from] StoryError),
    /// A repository couldn't be written.
    #[error("can't build {name}: {source}")]
    Repository {
        /// Which one.
        name: String,
        /// Why not.
        #[source]
        source: RepositoryError,
    },
    /// What was live couldn't be laid out.
    #[error(transparent)]
    Live(#[from] LiveError),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Stage {
    Building,
    Ready,
}

#[derive(Debug, Serialize, Deserialize)]
struct Marker {
    schema: u32,
    stage: Stage,
    root: PathBuf,
    port: u16,
    #[serde(default)]
    telling: Telling,
    heads: BTreeMap<String, Heads>,
}

impl World {
    /// The folder, as an absolute path without links.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The world's plan.
    pub fn release_toml(&self) -> PathBuf {
        self.root.join("release.toml")
    }

    /// Where flightdeck keeps the state of this world.
    pub fn state(&self) -> PathBuf {
        self.root.join(STATE)
    }

    /// The port its services answer on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether it was built just now.
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// Which world it is.
    pub fn telling(&self) -> Telling {
        self.telling
    }

    /// The clones, by name, with the commits they were built with.
    pub fn heads(&self) -> &BTreeMap<String, Heads> {
        &self.heads
    }

    /// The clone of a repository.
    pub fn clone_of(&self, name: &str) -> PathBuf {
        self.root.join("repos").join(name)
    }
}

/// The state folder of the demo world that a release.toml lies in, if it lies in one.
pub fn state_beside(release_toml: &Path) -> Option<PathBuf> {
    let root = release_toml.parent()?;
    root.join(MARKER).is_file().then(|| root.join(STATE))
}

/// Builds a world in a folder, or opens the one that is there. A build that was interrupted is begun again.
pub fn build(dir: &Path, options: &Options) -> Result<World, DemoError> {
    disk::make_folder(dir)?;
    let root = fs::canonicalize(dir).map_err(disk::at(dir))?;
    let world = printable(&root)?;
    let program = printable(&options.program)?;
    let guard = File::open(&root).map_err(disk::at(&root))?;
    match guard.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(DemoError::Busy(root)),
        Err(TryLockError::Error(error)) => return Err(disk::at(&root)(error).into()),
    }
    match marker(&root)? {
        Some(marker) if marker.root != root => return Err(DemoError::Moved { was: marker.root, now: root }),
        Some(Marker { stage: Stage::Ready, telling: Telling::Sound, .. }) if options.telling == Telling::WithMisses => {
            return Err(DemoError::Sound(root));
        }
        Some(Marker { stage: Stage::Ready, port, telling, heads, .. }) => {
            // flightdeck itself may lie elsewhere by now
            shim::write(&root, &world, &program)?;
            return Ok(World { root, port, origin: Origin::Reopened, telling, heads });
        }
        Some(Marker { stage: Stage::Building, .. }) => sweep(&root)?,
        None if is_empty(&root)? => {}
        None => return Err(DemoError::NotADemo(root)),
    }
    let port = options.port.map_or_else(free_port, Ok)?;
    let telling = options.telling;
    let mark = |stage, heads: &BTreeMap<_, _>| {
        mark(&Marker { schema: 1, stage, root: root.clone(), port, telling, heads: heads.clone() })
    };
    mark(Stage::Building, &BTreeMap::new())?;
    let heads = fill(&root, &world, &program, port, telling)?;
    mark(Stage::Ready, &heads)?;
    Ok(World { root, port, origin: Origin::Built, telling, heads })
}

fn fill(
    root: &Path,
    world: &str,
    program: &str,
    port: u16,
    telling: Telling,
) -> Result<BTreeMap<String, Heads>, DemoError> {
    for folder in FOLDERS {
        disk::make_folder(&root.join(folder))?;
    }
    disk::make_private_folder(&root.join(STATE))?;
    let mut all = BTreeMap::new();
    for member in &MEMBERS {
        let history = History::of(member.name, telling)?;
        let heads = repository::write(&history, &places(root, world, member))
            .map_err(|source| DemoError::Repository { name: member.name.to_owned(), source })?;
        live::lay_out(root, member, &history, &heads.live)?;
        if telling == Telling::WithMisses {
            live::published_early(root, member, &history, &heads.release)?;
        }
        all.insert(member.name.to_owned(), heads);
    }
    live::flag(root)?;
    shim::write(root, world, program)?;
    disk::write(&root.join("release.toml"), plan_file::text(port, telling)?.as_bytes())?;
    Ok(all)
}

fn places(root: &Path, world: &str, member: &Member) -> Places {
    let git = format!("{}.git", member.name);
    let production = match member.delivery {
        Delivery::Push => Some(root.join("deploy").join(&git)),
        Delivery::Script | Delivery::Package { .. } => None,
    };
    Places {
        world: world.to_owned(),
        clone: root.join("repos").join(member.name),
        origin: root.join("remotes").join(&git),
        production,
    }
}

fn printable(path: &Path) -> Result<String, DemoError> {
    match path.to_str() {
        Some(text) if !text.chars().any(char::is_control) => Ok(text.to_owned()),
        _ => Err(DemoError::Path(path.to_owned())),
    }
}

fn is_empty(root: &Path) -> Result<bool, DiskError> {
    Ok(fs::read_dir(root).map_err(disk::at(root))?.next().is_none())
}

fn marker(root: &Path) -> Result<Option<Marker>, DemoError> {
    let path = root.join(MARKER);
    let text = match disk::read_text(&path, 64 * 1024) {
        Err(error) if error.source.kind() == io::ErrorKind::NotFound => return Ok(None),
        text => text?,
    };
    match serde_json::from_str::<Marker>(&text) {
        Ok(marker) if marker.schema == 1 => Ok(Some(marker)),
        Ok(marker) => Err(DemoError::Marker { path, reason: format!("schema {}", marker.schema) }),
        Err(error) => Err(DemoError::Marker { path, reason: error.to_string() }),
    }
}

fn mark(marker: &Marker) -> Result<(), DiskError> {
    let path = marker.root.join(MARKER);
    let text = serde_json::to_string_pretty(marker).map_err(io::Error::from).map_err(disk::at(&path))?;
    disk::write(&path, format!("{text}\n").as_bytes())
}

/// Takes away what an interrupted build left. Nobody has used it: it never was finished.
fn sweep(root: &Path) -> Result<(), DiskError> {
    let gone = |done: io::Result<()>, path: &Path| match done {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done.map_err(disk::at(path)),
    };
    for folder in FOLDERS {
        let path = root.join(folder);
        gone(fs::remove_dir_all(&path), &path)?;
    }
    for file in FILES {
        let path = root.join(file);
        gone(fs::remove_file(&path), &path)?;
    }
    Ok(())
}

fn free_port() -> Result<u16, DemoError> {
    (plan_file::PORT..plan_file::PORT + PORTS)
        .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        .ok_or(DemoError::NoPort(plan_file::PORT))
}
