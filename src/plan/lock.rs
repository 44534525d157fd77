//! Reads back what a lock file says of one package: its exact version, the integrity that proves its bytes, and where it comes
//! from. A lock file more is one file here and one line in the table.
//!
//! YAML and yarn's own form are read line by line: the tools that write them know one way to lay them out, no YAML crate is
//! both kept and small, and what isn't laid out like that is refused instead of understood otherwise.

mod cargo;
mod gemfile;
mod lines;
mod npm;
mod pnpm;
mod poetry;
mod requirements;
#[cfg(test)]
mod tests;
mod uv;
mod waiting;
mod yarn;

pub use waiting::is_not_there_yet;

/// The longest lock file that is read, in bytes.
pub const LONGEST: usize = 32 << 20;

/// A package as a lock file holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locked {
    /// Its version.
    pub version: String,
    /// What proves its bytes; none where this lock file has no place for it.
    pub integrity: Option<String>,
}

/// Why a lock file doesn't hold what it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LockFault {
    /// Its name tells no format.
    #[error("{0} is no lock file that is understood")]
    UnknownLock(String),
    /// Its text isn't what its name promises.
    #[error("{file} can't be read: {because}")]
    Unreadable {
        /// The file.
        file: String,
        /// What the parser said.
        because: String,
    },
    /// It has more bytes than are read.
    #[error("{0} has more than {LONGEST} bytes, which isn't read")]
    TooLong(String),
    /// The package isn't in it.
    #[error("{file} has no {name}: is this the lock file of that manifest?")]
    Absent {
        /// The file.
        file: String,
        /// The package.
        name: String,
    },
    /// It takes the package from elsewhere than a registry.
    #[error("{file} takes {name} from {source_written}, not from a registry: something else than the manifest says so")]
    Elsewhere {
        /// The file.
        file: String,
        /// The package.
        name: String,
        /// Where it takes it from, as written.
        source_written: String,
    },
    /// It holds another version.
    #[error("{file} still has {name} {found}, not {version}")]
    OtherVersion {
        /// The file.
        file: String,
        /// The package.
        name: String,
        /// The version that it should hold.
        version: String,
        /// What it holds.
        found: String,
    },
    /// Nothing in it proves the bytes.
    #[error("{file} has {name} {version}, but no integrity: {write}")]
    Unproven {
        /// The file.
        file: String,
        /// The package.
        name: String,
        /// The version.
        version: String,
        /// What to do about it.
        write: &'static str,
    },
}

/// One entry of a lock file.
#[derive(Debug, Default)]
struct Entry {
    version: String,
    integrity: Option<String>,
    /// Where it comes from, if from no registry.
    elsewhere: Option<String>,
}

/// Whether a lock file has a place for integrity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Proof {
    /// Always; without it, this is to be done.
    Required(&'static str),
    /// Only where a newer tool wrote it.
    Newer,
}

/// One lock file's format.
trait Format: Sync {
    /// Whether a file of this name (without its folder) is one.
    fn is(&self, file: &str) -> bool;

    /// The entries of a package, the consumer's own first of all where they are told apart.
    fn entries(&self, text: &str, name: &str) -> Result<Vec<Entry>, String>;

    /// Whether integrity is a must.
    fn proof(&self, text: &str) -> Proof;

    /// Whether two versions are one.
    fn is_same(&self, a: &str, b: &str) -> bool {
        a == b
    }
}

const FORMATS: [&dyn Format; 8] = [
    &npm::PackageLock,
    &pnpm::PnpmLock,
    &yarn::YarnLock,
    &uv::UvLock,
    &poetry::PoetryLock,
    &cargo::CargoLock,
    &gemfile::GemfileLock,
    &requirements::Requirements,
];

/// Whether a file of this name is a lock file that can be read back.
pub fn is_lock(file: &str) -> bool {
    format_of(file).is_ok()
}

fn format_of(file: &str) -> Result<&'static dyn Format, LockFault> {
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    FORMATS.into_iter().find(|format| format.is(name)).ok_or_else(|| LockFault::UnknownLock(file.to_owned()))
}

/// Requires that a lock file holds exactly this version of a package, from a registry, with its integrity.
pub fn require(file: &str, text: &str, name: &str, version: &str) -> Result<Locked, LockFault> {
    let format = format_of(file)?;
    let (file, name) = (file.to_owned(), name.to_owned());
    if text.len() > LONGEST {
        return Err(LockFault::TooLong(file));
    }
    let entries = match format.entries(text, &name) {
        Ok(entries) => entries,
        Err(because) => return Err(LockFault::Unreadable { file, because }),
    };
    if let Some(source_written) = entries.iter().find_map(|entry| entry.elsewhere.clone()) {
        return Err(LockFault::Elsewhere { file, name, source_written });
    }
    let Some(entry) = entries.iter().find(|entry| format.is_same(&entry.version, version)) else {
        if entries.is_empty() {
            return Err(LockFault::Absent { file, name });
        }
        let found: Vec<&str> = entries.iter().map(|entry| entry.version.as_str()).collect();
        return Err(LockFault::OtherVersion { file, name, version: version.to_owned(), found: found.join(" and ") });
    };
    match (&entry.integrity, format.proof(text)) {
        (None, Proof::Required(write)) => Err(LockFault::Unproven { file, name, version: version.to_owned(), write }),
        (integrity, Proof::Required(_) | Proof::Newer) => {
            Ok(Locked { version: entry.version.clone(), integrity: integrity.clone() })
        }
    }
}

/// Reads a TOML lock file's packages of one name.
fn toml_packages(text: &str, is: impl Fn(&str) -> bool) -> Result<(toml::Table, Vec<toml::Table>), String> {
    let mut lock: toml::Table = text.parse().map_err(|error: toml::de::Error| error.message().to_owned())?;
    let packages = match lock.remove("package") {
        Some(toml::Value::Array(packages)) => packages,
        None => Vec::new(),
        Some(_) => return Err("`package` is no list".to_owned()),
    };
    let tables = packages.into_iter().filter_map(|package| match package {
        toml::Value::Table(package) => Some(package),
        _ => None,
    });
    let of_name = tables.filter(|package| package.get("name").and_then(toml::Value::as_str).is_some_and(&is));
    Ok((lock, of_name.collect()))
}

fn text_in(table: &toml::Table, key: &str) -> Option<String> {
    table.get(key).and_then(toml::Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}
