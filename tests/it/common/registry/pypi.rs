//! pypiserver and devpi, with pip, build and twine; and an index written by dumb-pypi, which alone can yank.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use flightdeck::plan::{Digest, RegistryKind};
use flightdeck::port::registry::Hash;

use super::{Registry, TestClient, Withdrawal, write};
use crate::common::daemon::{Daemon, free_port};
use crate::common::tools::tool;

const PROJECT: &str = r#"[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "Tiny.Pkg"
version = "VERSION"
"#;

/// A user with a Python of their own and a project.
#[derive(Debug)]
pub(crate) struct Workshop {
    folder: tempfile::TempDir,
    python: PathBuf,
}

impl Workshop {
    /// A new one.
    pub(crate) fn new() -> Result<Self, String> {
        let python = tool("python/bin/python3")?;
        let bin = python.parent().expect("a folder").to_owned();
        for program in ["twine", "uv"] {
            tool(&format!("python/bin/{program}"))?;
        }
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir_all(folder.path().join("home")).expect("a folder");
        let workshop = Self { folder, python: bin };
        write(&workshop.project().join("src/tiny_pkg/__init__.py"), "");
        write(&workshop.project().join("pyproject.toml"), &PROJECT.replace("VERSION", "0.0.0"));
        Ok(workshop)
    }

    /// The package's project.
    pub(crate) fn project(&self) -> PathBuf {
        self.folder.path().join("project")
    }

    /// A folder beside it.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        let folder = self.folder.path().join(name);
        fs::create_dir_all(&folder).expect("a folder");
        folder
    }

    /// The user's client.
    pub(crate) fn client(&self) -> TestClient {
        TestClient::new(&self.folder.path().join("home"), &self.project(), std::slice::from_ref(&self.python))
    }

    /// A program of their Python.
    pub(crate) fn program(&self, name: &str) -> String {
        self.python.join(name).to_string_lossy().into_owned()
    }

    /// Configures pip as its user would.
    pub(crate) fn configure(&self, index: &str) {
        let file = self.client().home().join(".config/pip/pip.conf");
        write(&file, &format!("[global]\nindex-url = {index}\n"));
    }

    /// Builds a wheel and a source distribution.
    pub(crate) fn build(&self, version: &str, salt: &str) -> Vec<PathBuf> {
        write(&self.project().join("pyproject.toml"), &PROJECT.replace("VERSION", version));
        write(&self.project().join("src/tiny_pkg/__init__.py"), &format!("SALT = '{salt}'\n"));
        let into = self.beside(&format!("built-{version}-{salt}"));
        let argv = ["python3", "-m", "build", "--no-isolation", "--outdir", &into.to_string_lossy()].map(str::to_owned);
        let said = self.client().run(&argv);
        assert_eq!(said.exit, 0, "{}", said.all());
        let mut files: Vec<PathBuf> =
            fs::read_dir(&into).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
        files.sort();
        files
    }

    /// The command that uploads a file.
    pub(crate) fn twine(address: &str, artefact: &Path) -> Vec<String> {
        let file = artefact.to_string_lossy();
        let argv = ["twine", "upload", "--verbose", "--disable-progress-bar", "--non-interactive", "--repository-url"];
        let more = [address, "-u", "owner", "-p", "a-secret-of-theirs", &file];
        argv.into_iter().chain(more).map(str::to_owned).collect()
    }

    fn ran(&self, argv: &[&str]) {
        let argv: Vec<String> = argv.iter().map(|&argument| argument.to_owned()).collect();
        let said = self.client().run(&argv);
        assert_eq!(said.exit, 0, "{argv:?}: {}", said.all());
    }
}

/// The digest that an index shows of these bytes.
pub(crate) fn sha256(bytes: &[u8]) -> Hash {
    Hash::Sha256(Digest::of(bytes))
}

/// pypiserver: pages in HTML, and a duplicate is refused.
#[derive(Debug)]
pub(crate) struct PyPiServer {
    server: Daemon,
    workshop: Workshop,
}

impl PyPiServer {
    /// A server that tells strangers nothing.
    pub(crate) fn for_members() -> Result<Self, String> {
        Self::open_to("update,list,download")
    }

    fn open_to(wants_a_password: &str) -> Result<Self, String> {
        let workshop = Workshop::new()?;
        let program = tool("python/bin/pypi-server")?;
        let at = workshop.beside("server");
        fs::create_dir_all(at.join("packages")).expect("a folder");
        let users = "from passlib.apache import HtpasswdFile as F; f = F('htpasswd', new=True); \
                     f.set_password('owner', 'a-secret-of-theirs'); f.save('../server/htpasswd')";
        workshop.ran(&["python3", "-c", users]);
        let port = free_port();
        let listen = port.to_string();
        let argv = [
            "run",
            "-i",
            "127.0.0.1",
            "-p",
            &listen,
            "-P",
            "htpasswd",
            "-a",
            wants_a_password,
            "--disable-fallback",
            "packages",
        ];
        let program = program.to_string_lossy();
        let argv: Vec<&str> = [program.as_ref()].into_iter().chain(argv).collect();
        let server = Daemon::start(&argv, &at, port)?;
        Ok(Self { server, workshop })
    }
}

impl Registry for PyPiServer {
    const KIND: RegistryKind = RegistryKind::PyPi;

    fn start() -> Result<Self, String> {
        Self::open_to("update")
    }

    fn address(&self) -> SocketAddr {
        self.server.address()
    }

    fn index(&self, origin: &str) -> String {
        format!("{origin}/simple/")
    }

    fn configure(&self, index: &str) {
        self.workshop.configure(index);
    }

    fn client(&self) -> TestClient {
        self.workshop.client()
    }

    fn package(&self) -> &'static str {
        "Tiny.Pkg"
    }

    fn build(&self, version: &str, salt: &str) -> Vec<PathBuf> {
        self.workshop.build(version, salt)
    }

    fn publisher(&self, origin: &str, artefact: &Path) -> Vec<String> {
        Workshop::twine(&format!("{origin}/"), artefact)
    }

    fn withdraw(&self, _version: &str) -> Withdrawal {
        Withdrawal::Impossible
    }

    fn digest(bytes: &[u8]) -> Hash {
        sha256(bytes)
    }
}

/// devpi: pages in JSON with relative links; the same file again is taken, another is refused.
#[derive(Debug)]
pub(crate) struct Devpi {
    server: Daemon,
    workshop: Workshop,
}

impl Registry for Devpi {
    const KIND: RegistryKind = RegistryKind::PyPi;

    fn start() -> Result<Self, String> {
        let workshop = Workshop::new()?;
        let (init, serve) = (tool("python/bin/devpi-init")?, tool("python/bin/devpi-server")?);
        let at = workshop.beside("server");
        let data = at.join("data").to_string_lossy().into_owned();
        workshop.ran(&[&init.to_string_lossy(), "--serverdir", &data, "--root-passwd", "root", "--no-root-pypi"]);
        let port = free_port();
        let listen = port.to_string();
        let program = serve.to_string_lossy();
        let argv = [program.as_ref(), "--serverdir", &data, "--host", "127.0.0.1", "--port", &listen];
        let server = Daemon::start(&argv, &at, port)?;
        let devpi = Self { server, workshop };
        let root = format!("http://127.0.0.1:{port}");
        let questions: [&[&str]; 5] = [
            &["use", &root],
            &["login", "root", "--password", "root"],
            &["user", "-c", "owner", "password=a-secret-of-theirs"],
            &["login", "owner", "--password", "a-secret-of-theirs"],
            &["index", "-c", "prod", "volatile=False", "bases="],
        ];
        let program = devpi.workshop.program("devpi");
        for arguments in questions {
            let argv: Vec<&str> = [program.as_str()].into_iter().chain(arguments.iter().copied()).collect();
            devpi.workshop.ran(&argv);
        }
        Ok(devpi)
    }

    fn address(&self) -> SocketAddr {
        self.server.address()
    }

    fn index(&self, origin: &str) -> String {
        format!("{origin}/owner/prod/+simple/")
    }

    fn configure(&self, index: &str) {
        self.workshop.configure(index);
    }

    fn client(&self) -> TestClient {
        self.workshop.client()
    }

    fn package(&self) -> &'static str {
        "Tiny.Pkg"
    }

    fn build(&self, version: &str, salt: &str) -> Vec<PathBuf> {
        self.workshop.build(version, salt)
    }

    fn publisher(&self, origin: &str, artefact: &Path) -> Vec<String> {
        Workshop::twine(&format!("{origin}/owner/prod/"), artefact)
    }

    fn withdraw(&self, _version: &str) -> Withdrawal {
        Withdrawal::Impossible
    }

    fn digest(bytes: &[u8]) -> Hash {
        sha256(bytes)
    }
}

/// An index written by dumb-pypi: nobody uploads to it, but it yanks.
#[derive(Debug)]
pub(crate) struct Written {
    server: Daemon,
    workshop: Workshop,
}

impl Written {
    /// Serves an index without any package.
    pub(crate) fn start() -> Result<Self, String> {
        let workshop = Workshop::new()?;
        tool("python/bin/dumb-pypi")?;
        let at = workshop.beside("index");
        let port = free_port();
        let (python, listen) = (workshop.program("python3"), port.to_string());
        let server = Daemon::start(&[&python, "-m", "http.server", "--bind", "127.0.0.1", &listen], &at, port)?;
        Ok(Self { server, workshop })
    }

    /// Where packages are read from.
    pub(crate) fn index(&self) -> String {
        format!("http://{}/simple/", self.server.address())
    }

    /// The user.
    pub(crate) fn workshop(&self) -> &Workshop {
        &self.workshop
    }

    /// Writes the index anew, with these files and why they are yanked.
    pub(crate) fn list(&self, files: &[(&Path, Option<&str>)]) {
        let at = self.workshop.beside("index");
        let mut lines = String::new();
        for (file, yanked) in files {
            let name = file.file_name().expect("a name").to_string_lossy();
            let bytes = fs::read(file).expect("a file");
            fs::create_dir_all(at.join("files")).expect("a folder");
            fs::write(at.join("files").join(name.as_ref()), &bytes).expect("a copy");
            let mut line = serde_json::json!({ "filename": name, "hash": format!("sha256={}", Digest::of(&bytes)) });
            if let Some(why) = yanked {
                line["yanked_reason"] = (*why).into();
            }
            lines.push_str(&line.to_string());
            lines.push('\n');
        }
        let list = self.workshop.beside("lists").join("packages.json");
        fs::write(&list, lines).expect("a list");
        let (list, at) = (list.to_string_lossy(), at.to_string_lossy());
        self.workshop.ran(&[
            "dumb-pypi",
            "--package-list-json",
            &list,
            "--packages-url",
            "../../files/",
            "--output-dir",
            &at,
        ]);
    }
}
