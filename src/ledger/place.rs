//! Where state lies: one folder for a user on a machine, in it one for each release. All of it is its owner's alone.
//!
//! Reads no environment of its own and knows nothing of what the files hold.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::durable::{self, DurableFault, while_doing};
use crate::plan::{Digest, ReleaseId, StepId};

/// The longest path of a socket that every system takes, in bytes.
const MAX_SOCKET: usize = 100;
/// Where everyone may make folders, by a short name: the one that a variable names may be long again.
const TEMPORARY: &str = "/tmp";

/// The variables that say where state lies.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// `FLIGHTDECK_STATE`: the folder itself.
    pub flightdeck_state: Option<OsString>,
    /// `XDG_STATE_HOME`: the folder above it, if absolute.
    pub xdg_state_home: Option<OsString>,
    /// `HOME`.
    pub home: Option<OsString>,
}

/// Why state can't be kept.
#[derive(Debug, thiserror::Error)]
pub enum PlaceFault {
    /// No variable says where.
    #[error("there is no place for state: neither FLIGHTDECK_STATE nor HOME is set; set one of them")]
    Nowhere,
    /// Someone else's folder.
    #[error("the state folder {} belongs to user {owner}, not to you ({me}): set FLIGHTDECK_STATE to a folder of yours", path.display())]
    Foreign {
        /// The folder.
        path: PathBuf,
        /// Its owner's number.
        owner: u32,
        /// Our number.
        me: u32,
    },
    /// Others may have put something there.
    #[error("others may write to the state folder {} (mode {mode:o}): look at what is in it, then `chmod 700` it", path.display())]
    Open {
        /// The folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A file where the folder should be.
    #[error("{} is not a folder", .0.display())]
    NotAFolder(PathBuf),
    /// A path that is too long for a socket, and no other place for it.
    #[error("the state folder's path is too long for a socket, and {} isn't a folder of yours alone: set FLIGHTDECK_STATE to a shorter path", .0.display())]
    NoSocket(PathBuf),
    /// The disk or the rights.
    #[error(transparent)]
    Disk(#[from] DurableFault),
}

impl Environment {
    /// The state folder: `FLIGHTDECK_STATE`, else `flightdeck` in `XDG_STATE_HOME`, else in `~/.local/state`. Empty variables
    /// count as unset, and so does a relative `XDG_STATE_HOME`, as its specification asks.
    pub fn state_folder(&self) -> Result<PathBuf, PlaceFault> {
        let set = |value: &Option<OsString>| value.clone().filter(|v| !v.is_empty()).map(PathBuf::from);
        if let Some(own) = set(&self.flightdeck_state) {
            return Ok(std::path::absolute(&own).map_err(while_doing("resolve", &own))?);
        }
        let absolute = |path: &PathBuf| path.is_absolute();
        let above = set(&self.xdg_state_home)
            .filter(absolute)
            .or_else(|| set(&self.home).filter(absolute).map(|home| home.join(".local/state")));
        above.map(|above| above.join("flightdeck")).ok_or(PlaceFault::Nowhere)
    }
}

/// The state folder of this user on this machine.
#[derive(Debug, Clone)]
pub struct StateDir {
    root: PathBuf,
}

impl StateDir {
    /// Makes the folder where it is missing, and closes it to others where they may only look. One that others own or may
    /// write to is refused: what lies in it can't be trusted.
    pub fn open(path: &Path) -> Result<Self, PlaceFault> {
        durable::create_folder(path)?;
        let meta = fs::metadata(path).map_err(while_doing("look at", path))?;
        if !meta.is_dir() {
            return Err(PlaceFault::NotAFolder(path.to_owned()));
        }
        let (owner, me, mode) = (meta.uid(), rustix::process::geteuid().as_raw(), meta.mode() & 0o7777);
        if owner != me {
            return Err(PlaceFault::Foreign { path: path.to_owned(), owner, me });
        }
        if mode & 0o022 != 0 {
            return Err(PlaceFault::Open { path: path.to_owned(), mode });
        }
        if mode & 0o077 != 0 {
            fs::set_permissions(path, fs::Permissions::from_mode(0o700)).map_err(while_doing("close", path))?;
        }
        Ok(Self { root: path.to_owned() })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// What this user has trusted on this machine.
    pub fn trust(&self) -> PathBuf {
        self.root.join("trust.json")
    }

    /// The releases that were opened from a release.toml, whatever it says now: for when it can't be read any more.
    pub fn opened_from(&self, release_toml: &Path) -> Result<Vec<ReleaseId>, PlaceFault> {
        let digest = Digest::of(really(release_toml)?.as_os_str().as_bytes());
        let folder = self.root.join("releases");
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(while_doing("list", &folder)(error).into()),
        };
        let id = |name: &str| name.strip_suffix(digest.short())?.strip_suffix('-')?.parse().ok();
        Ok(entries.filter_map(|entry| id(entry.ok()?.file_name().to_str()?)).collect())
    }

    /// The place of a release, named by its id and by where its release.toml really lies. Makes its folders.
    pub fn release(&self, id: &ReleaseId, release_toml: &Path) -> Result<ReleasePlace, PlaceFault> {
        let digest = Digest::of(really(release_toml)?.as_os_str().as_bytes());
        let root = self.root.join("releases").join(format!("{id}-{}", digest.short()));
        // the folder's own name tells the release, and where its state and its release.toml lie
        let short = format!("{}.sock", Digest::of(root.as_os_str().as_bytes()).short());
        let place = ReleasePlace { root, state: self.root.clone(), short };
        for folder in ["steps", "output", "work"] {
            durable::create_folder(&place.root.join(folder))?;
        }
        Ok(place)
    }
}

/// A folder for this user's sockets where everyone may make folders: whoever made it first may have made it a trap.
fn folder_of_ours(above: &Path) -> Result<PathBuf, PlaceFault> {
    let me = rustix::process::geteuid().as_raw();
    let folder = above.join(format!("flightdeck-{me}"));
    let refused = |_| PlaceFault::NoSocket(folder.clone());
    durable::create_folder(&folder).map_err(|_| PlaceFault::NoSocket(folder.clone()))?;
    // a link would lead to what somebody else chose
    let ours = fs::symlink_metadata(&folder).is_ok_and(|meta| meta.is_dir() && meta.uid() == me);
    if !ours {
        return Err(PlaceFault::NoSocket(folder));
    }
    StateDir::open(&folder).map_err(refused)?;
    Ok(folder)
}

/// Where a file really lies, also when it is gone: by its folder then.
pub fn really(path: &Path) -> Result<PathBuf, PlaceFault> {
    let found = fs::canonicalize(path).or_else(|error| match (path.parent(), path.file_name()) {
        (Some(folder), Some(name)) if error.kind() == std::io::ErrorKind::NotFound => {
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            fs::canonicalize(folder).map(|folder| folder.join(name))
        }
        _ => Err(error),
    });
    Ok(found.map_err(while_doing("find", path))?)
}

/// The folder of one release.
#[derive(Debug, Clone)]
pub struct ReleasePlace {
    root: PathBuf,
    state: PathBuf,
    /// The name of a socket that doesn't lie in the folder itself.
    short: String,
}

impl ReleasePlace {
    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// The ledger's bare repository.
    pub fn store(&self) -> PathBuf {
        self.root.join("store.git")
    }

    /// The file of the ledger's ref: it changes whenever an event is added.
    pub fn ledger_ref(&self, release: &ReleaseId) -> PathBuf {
        self.store().join("refs/rollouts").join(release.as_str()).join("ledger")
    }

    /// The high-water mark.
    pub fn mark(&self) -> PathBuf {
        self.root.join("mark")
    }

    /// The lock that whoever has the controls holds.
    pub fn controls_lock(&self) -> PathBuf {
        self.root.join("controls.lock")
    }

    /// Who took the controls last.
    pub fn controls_record(&self) -> PathBuf {
        self.root.join("controls.json")
    }

    /// Where the conductor listens. A path that is too long for a socket gives way to a short one in the state folder, and
    /// that to one in a folder of this user's among the machine's temporary ones.
    pub fn socket(&self) -> Result<PathBuf, PlaceFault> {
        let fits = |path: &PathBuf| path.as_os_str().len() <= MAX_SOCKET;
        let within = [self.root.join("conductor.sock"), self.state.join(&self.short)];
        match within.into_iter().find(fits) {
            Some(socket) => Ok(socket),
            None => Ok(folder_of_ours(Path::new(TEMPORARY))?.join(&self.short)),
        }
    }

    /// The lock that a step's writer holds and its child inherits.
    pub fn step_lock(&self, step: &StepId) -> PathBuf {
        self.root.join("steps").join(format!("{step}.lock"))
    }

    /// Who the step's writer is.
    pub fn step_sidecar(&self, step: &StepId) -> PathBuf {
        self.root.join("steps").join(format!("{step}.json"))
    }

    /// The whole output of commands.
    pub fn output(&self) -> PathBuf {
        self.root.join("output")
    }

    /// Worktrees at frozen commits.
    pub fn work(&self) -> PathBuf {
        self.root.join("work")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn the_variables_are_asked_in_order() {
        let text = |t: &str| Some(OsString::from(t));
        let all = Environment { flightdeck_state: text("/f"), xdg_state_home: text("/x"), home: text("/h") };
        assert_eq!(all.state_folder().unwrap(), Path::new("/f"));
        let xdg = Environment { flightdeck_state: text(""), ..all.clone() };
        assert_eq!(xdg.state_folder().unwrap(), Path::new("/x/flightdeck"));
        let home = Environment { xdg_state_home: text("relative"), ..xdg };
        assert_eq!(home.state_folder().unwrap(), Path::new("/h/.local/state/flightdeck"));
        assert!(matches!(Environment::default().state_folder(), Err(PlaceFault::Nowhere)));
    }

    #[test]
    fn the_folder_is_closed_to_others_and_refused_where_they_may_write() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("a/state");
        StateDir::open(&state).unwrap();
        assert_eq!(mode(&state), 0o700);
        fs::set_permissions(&state, fs::Permissions::from_mode(0o755)).unwrap();
        StateDir::open(&state).unwrap();
        assert_eq!(mode(&state), 0o700);
        for open in [0o770, 0o702, 0o1777] {
            fs::set_permissions(&state, fs::Permissions::from_mode(open)).unwrap();
            assert!(matches!(StateDir::open(&state), Err(PlaceFault::Open { mode, .. }) if mode == open));
        }
        fs::write(dir.path().join("file"), "").unwrap();
        assert!(StateDir::open(&dir.path().join("file")).is_err());
    }

    #[test]
    fn a_folder_of_someone_else_is_refused() {
        // only root can give a folder away; for others / belongs to someone else
        let dir = tempfile::tempdir().unwrap();
        let path = match std::os::unix::fs::chown(dir.path(), Some(12_345), None) {
            Ok(()) => dir.path(),
            Err(_) => Path::new("/"),
        };
        assert!(matches!(StateDir::open(path), Err(PlaceFault::Foreign { .. })));
    }

    #[test]
    fn a_release_is_placed_by_its_id_and_its_real_path() {
        let dir = tempfile::tempdir().unwrap();
        let state = StateDir::open(&dir.path().join("state")).unwrap();
        for folder in ["one", "two"] {
            fs::create_dir(dir.path().join(folder)).unwrap();
            fs::write(dir.path().join(folder).join("release.toml"), "").unwrap();
        }
        std::os::unix::fs::symlink(dir.path().join("one"), dir.path().join("link")).unwrap();
        let place = |folder: &str| state.release(&"m3".parse().unwrap(), &dir.path().join(folder).join("release.toml"));
        assert_eq!(place("one").unwrap().path(), place("link").unwrap().path());
        assert_ne!(place("one").unwrap().path(), place("two").unwrap().path());
        assert_eq!(mode(&place("one").unwrap().work()), 0o700);
        assert!(place("three").is_err());
    }

    #[test]
    fn a_socket_has_a_path_that_systems_take() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("release.toml"), "").unwrap();
        let state = StateDir::open(&dir.path().join("s")).unwrap();
        let place = |id: &str| state.release(&id.parse().unwrap(), &dir.path().join("release.toml")).unwrap();
        let socket = |id: &str| place(id).socket().unwrap();
        assert!(socket("m3").ends_with("conductor.sock"));
        let long = socket(&"long".repeat(16));
        assert!(long.as_os_str().len() <= MAX_SOCKET && long.starts_with(state.path()), "{}", long.display());
        assert_ne!(long, socket(&"lang".repeat(16)), "another release has another socket");
    }

    #[test]
    fn a_state_folder_that_lies_too_deep_for_a_socket_gets_one_elsewhere() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("release.toml"), "").unwrap();
        let socket = |folder: &str, id: &str| {
            // too long by itself, wherever this machine keeps its temporary folders
            let state = StateDir::open(&dir.path().join(folder.repeat(MAX_SOCKET))).unwrap();
            state.release(&id.parse().unwrap(), &dir.path().join("release.toml")).unwrap().socket().unwrap()
        };
        let deep = socket("s", "m3");
        assert!(deep.as_os_str().len() <= MAX_SOCKET && deep.starts_with(TEMPORARY), "{}", deep.display());
        assert_eq!(mode(deep.parent().unwrap()), 0o700);
        assert_eq!(deep, socket("s", "m3"));
        assert_ne!(deep, socket("s", "m4"), "another release");
        assert_ne!(deep, socket("t", "m3"), "another state folder");
    }

    #[test]
    fn a_folder_for_sockets_that_isnt_ours_alone_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let folder = folder_of_ours(dir.path()).unwrap();
        assert_eq!(mode(&folder), 0o700);
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();
        assert!(matches!(folder_of_ours(dir.path()), Err(PlaceFault::NoSocket(_))));
        fs::remove_dir(&folder).unwrap();
        fs::create_dir(dir.path().join("elsewhere")).unwrap();
        std::os::unix::fs::symlink(dir.path().join("elsewhere"), &folder).unwrap();
        let refused = folder_of_ours(dir.path()).unwrap_err().to_string();
        assert!(refused.contains("set FLIGHTDECK_STATE to a shorter path"), "{refused}");
    }
}
