//! One package with a bare remote and a registry that is a folder, whose steps somebody else brings.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;

use crate::common::release::Release;
use crate::common::scratch::Scratch;

/// The world of one story.
pub(crate) struct Package {
    scratch: Scratch,
}

const HEAD: &str = r#"
schema = 1
release = { id = "m1", title = "M1", mode = "quick" }
owner = { name = "Ada", email = "ada@example.com" }
[registry.here]
kind = "generic"
probe = ["AT/bin/probe", "{package}", "{version}"]
[[repo]]
name = "sdk"
path = "sdk"
publish = { registry = "here", command = ["false"], manifest = "package.json" }
secrets = ["CI_TOKEN"]
"#;

/// One step of our own.
const LOCAL: &str = "[[step]]\nid = \"sdk\"\nstage = \"Libraries\"\ntitle = \"Publish the SDK\"\npublish = \"sdk\"\n";

/// The token that no output may show.
pub(crate) const TOKEN: &str = "tok-3f9c-never-seen";

impl Release for Package {
    fn scratch(&self) -> &Scratch {
        &self.scratch
    }

    fn secrets(&self) -> &'static [&'static str] {
        &[TOKEN]
    }
}

impl Package {
    /// A world with these steps, trusted and frozen. `AT` is the world's folder.
    pub(crate) fn new(steps: &str) -> Self {
        let package = Self { scratch: Scratch::new().with("CI_TOKEN", TOKEN) };
        for folder in ["bin", "registry", "remotes"] {
            fs::create_dir(package.scratch.path(folder)).unwrap();
        }
        package.program("probe", "if [ -e AT/registry/$1-$2 ]; then cat AT/registry/$1-$2; else exit 1; fi");
        package.shell(
            "git init -q --bare -b main remotes/sdk.git && git init -q -b main sdk && cd sdk \
             && git remote add origin ../remotes/sdk.git \
             && echo '{\"name\":\"sdk\",\"version\":\"2.3.0\"}' > package.json && git add . \
             && git -c user.name=Ada -c user.email=a@a commit -qm one && git push -q origin main \
             && git checkout -q -b release/m1 && echo new > new && git add . \
             && git -c user.name=Ada -c user.email=a@a commit -qm two && git push -q origin release/m1",
        );
        package.plan(steps);
        package
    }

    /// A world whose package is staged first and approved then, with the programs for both.
    pub(crate) fn in_two_phases(approve: &str) -> Self {
        let package = Self::new(LOCAL);
        package.program("build", "printf artefact > sdk.tgz");
        package.program("stage", "test -e AT/registry/no-stage && exit 1; cp \"$1\" AT/registry/staged; echo staged");
        package.program("is-staged", "test -e AT/registry/staged || test -e AT/registry/sdk-2.3.0");
        package.program("approve", approve);
        let two = "build = [\"AT/bin/build\"], artifacts = [\"sdk.tgz\"], command = [\"AT/bin/approve\"], \
                   stage = { command = [\"AT/bin/stage\", \"{artifact}\"], probe = [\"AT/bin/is-staged\"] }";
        package.written(&HEAD.replace("command = [\"false\"]", two), LOCAL);
        package
    }

    /// The plan with these steps, trusted and frozen.
    pub(crate) fn plan(&self, steps: &str) {
        self.written(HEAD, steps);
    }

    fn written(&self, head: &str, steps: &str) {
        self.scratch.write("release.toml", self.scratch.filled(&format!("{head}{steps}")));
        self.trust_and_freeze();
    }

    /// A shell script in the world's `bin`.
    pub(crate) fn program(&self, name: &str, script: &str) {
        self.scratch.script(&format!("bin/{name}"), script);
    }

    /// The version appears at the registry.
    pub(crate) fn publish(&self) {
        self.scratch.write("registry/sdk-2.3.0", format!("{}\n", "ab".repeat(32)));
    }

    pub(crate) fn frozen(&self) -> String {
        self.shell("git -C sdk rev-parse release/m1")
    }

    pub(crate) fn at_remote(&self, branch: &str) -> String {
        self.shell(&format!("git -C remotes/sdk.git rev-parse -q --verify refs/heads/{branch} || true"))
    }
}

/// A service on loopback that answers so many requests, each with one of the answers, and tells what it was sent.
pub(crate) fn service(answers: &[&str]) -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (told, tells) = mpsc::channel();
    let answers: Vec<String> = answers.iter().map(|answer| (*answer).to_owned()).collect();
    std::thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let sent = request(&stream);
            told.send(sent).unwrap();
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    (address, tells)
}

/// A request's head and as much of a body as the head announces.
fn request(stream: &TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let (mut sent, mut length) = (String::new(), 0);
    while !sent.ends_with("\r\n\r\n") {
        let start = sent.len();
        if reader.read_line(&mut sent).unwrap() == 0 {
            break;
        }
        if let Some(announced) = sent[start..].to_ascii_lowercase().strip_prefix("content-length:") {
            length = announced.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    sent + &String::from_utf8(body).unwrap()
}
