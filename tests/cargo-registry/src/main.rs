//! The Cargo team's own test registry as a program. Prints its index address and its token, one a line, and runs until its
//! stdin closes. Its `config.json` is read anew each time, so that whoever started it can stand a proxy before its API.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use cargo_test_support::paths;
use cargo_test_support::registry::{RegistryBuilder, Response, registry_path};

const USAGE: &str = "usage: cargo-registry FOLDER [--auth-required]";

fn main() -> Result<(), String> {
    let mut arguments = std::env::args().skip(1);
    let folder: &'static str = arguments.next().ok_or(USAGE)?.leak();
    // the registry keeps its files below this
    let _root = paths::init_root(folder, PathBuf::from("registry"));
    let mut registry = RegistryBuilder::new().http_index().http_api();
    let config = registry_path().join("config.json");
    let mut open = true;
    for flag in arguments {
        registry = match flag.as_str() {
            "--auth-required" => {
                open = false;
                registry.auth_required()
            }
            _ => return Err(USAGE.to_owned()),
        };
    }
    if open {
        // without the tag by which a client would keep the one it has
        registry = registry.add_responder("/index/config.json", move |_, _| file(&config));
    }
    let registry = registry.build();
    println!("{}\n{}", registry.index_url(), registry.token());
    // whoever started it holds the other end
    let closed = std::io::stdin().read_to_end(&mut Vec::new());
    closed.map(|_| ()).map_err(|error| error.to_string())
}

fn file(path: &Path) -> Response {
    let (code, body) = match std::fs::read(path) {
        Ok(body) => (200, body),
        Err(error) => (500, error.to_string().into_bytes()),
    };
    Response { code, headers: Vec::new(), body }
}
