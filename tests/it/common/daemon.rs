//! A server that runs as long as this is kept.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use super::tools::path;
use super::waiting::{PATIENCE, pause};

/// A server. Dropping it kills it with everything that it started.
#[derive(Debug)]
pub(crate) struct Daemon {
    child: Child,
    address: SocketAddr,
    log: PathBuf,
}

/// A port that nobody has.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port").local_addr().expect("an address").port()
}

impl Daemon {
    /// Starts a server that is told to listen on a port, and waits until it does.
    pub(crate) fn start(argv: &[&str], folder: &Path, port: u16) -> Result<Self, String> {
        let log = folder.join("server.log");
        let out = File::create(&log).map_err(|error| error.to_string())?;
        let err = out.try_clone().map_err(|error| error.to_string())?;
        let (program, arguments) = argv.split_first().ok_or("no server")?;
        let mut command = Command::new(program);
        command.args(arguments).current_dir(folder).stdin(Stdio::null()).stdout(out).stderr(err).process_group(0);
        // a server of the test's own reads nobody's configuration
        command
            .env_clear()
            .env("HOME", folder)
            .env("PATH", path())
            .env("LC_ALL", "C.UTF-8")
            .env("PYTHONWARNINGS", "ignore");
        let child = command.spawn().map_err(|error| format!("{program} can't be started: {error}"))?;
        let mut daemon = Self { child, address: (Ipv4Addr::LOCALHOST, port).into(), log };
        let started = Instant::now();
        while TcpStream::connect(daemon.address).is_err() {
            let ended = daemon.child.try_wait().ok().flatten();
            if ended.is_some() || started.elapsed() > PATIENCE {
                return Err(format!("{program} doesn't answer ({ended:?}): {}", daemon.told()));
            }
            pause();
        }
        Ok(daemon)
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it printed.
    pub(crate) fn told(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let group = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw);
        if let Some(group) = group {
            // it may have ended by itself
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        let _ = self.child.wait();
    }
}
