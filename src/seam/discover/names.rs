//! Names that cross repositories as texts: exceptions, events, variables of the environment, keys of data files, values.

use std::sync::LazyLock;

use regex::Regex;

use super::contract::defines;
use super::draft::Draft;
use super::slot::{Kind, Narrow, Role, SlotKey, Slots};
use super::uses::{CODE, ending, found};
use super::{Site, TextFile};
use crate::seam::document::{Format, Limits, Node, Pointer, read};

/// How a kind of names is told in code: where it is defined, where it is used.
struct Telling {
    kind: Kind,
    defined: &'static str,
    used: &'static str,
    narrow: Narrow,
}

static TELLINGS: LazyLock<Vec<(Telling, Regex, Regex)>> = LazyLock::new(|| {
    let tellings = [
        Telling {
            kind: Kind::Exceptions,
            defined: r"\bclass\s+(\w+(?:Error|Exception))\b",
            used: r"\b(?:except|catch|raise|throw|new|rescue|instanceof)\s*\(?\s*(\w+(?:Error|Exception))\b",
            narrow: Narrow::Word,
        },
        Telling {
            kind: Kind::Exceptions,
            defined: r"\bclass\s+(\w+)\((?:\w+\.)?(?:Exception|\w+Error)\)",
            used: r"\b(?:except|raise)\s+\(?(\w+)\b",
            narrow: Narrow::Word,
        },
        Telling {
            kind: Kind::Events,
            defined: r#"\b(?:emit|publish|dispatch|send_event|produce|trigger|fire|notify)\w*\(\s*["']([a-z]\w*(?:[.:][\w]+)+)["']"#,
            used: r#"(?:\b(?:on|subscribe|listen|handle|consume|handles|listener)\(\s*|==\s*|\{\s*|,\s*)["']([a-z]\w*(?:[.:][a-z]\w*)+)["']\s*[:,)]"#,
            narrow: Narrow::Quoted,
        },
        Telling {
            kind: Kind::Environment,
            defined: r"(?m)^\s*(?:-\s+|export\s+|ENV\s+)?([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\s*[=:]",
            used: r#"(?:process\.env(?:\.|\[["'])|environ(?:\.get)?[\[(]["']|[gG]etenv\(["']|env::var(?:_os)?\("|ENV(?:\.fetch)?[\[(]["'])([A-Z][A-Z0-9_]{2,})"#,
            narrow: Narrow::Word,
        },
    ];
    let compiled = |telling: Telling| {
        let patterns = (Regex::new(telling.defined).ok()?, Regex::new(telling.used).ok()?);
        Some((telling, patterns.0, patterns.1))
    };
    tellings.into_iter().filter_map(compiled).collect()
});

/// A word in quotes.
static QUOTED: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"["'`]([A-Za-z][\w-]{2,60})["'`]"#).ok());

/// Whether variables of the environment are written down here.
fn is_environment(path: &str) -> bool {
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    name.starts_with(".env")
        || ending(name) == "env"
        || name.starts_with("Dockerfile")
        || name.starts_with("docker-compose")
        || name.starts_with("compose.y")
}

pub(super) fn look(repo: usize, file: &TextFile, slots: &mut Slots) {
    let is_code = CODE.contains(&ending(&file.path));
    let uses = |kind, regex: &str, narrow: &Narrow| SlotKey {
        kind,
        about: String::new(),
        role: Role::Uses,
        repo,
        draft: Draft::beside(&file.path).with("regex", regex),
        narrow: narrow.clone(),
        at_least: 60,
    };
    for (telling, defined, used) in TELLINGS.iter() {
        let may_define = if telling.kind == Kind::Environment { is_environment(&file.path) } else { is_code };
        if may_define {
            let draft = if is_code { Draft::beside(&file.path) } else { Draft::file(&file.path) };
            slots.add(defines(telling.kind, "", repo, draft.with("regex", telling.defined)), found(defined, file));
        }
        if is_code {
            slots.add(uses(telling.kind, telling.used, &telling.narrow), found(used, file));
        }
    }
    if let (true, Some(pattern)) = (is_code, QUOTED.as_ref()) {
        for kind in [Kind::Values, Kind::Keys] {
            slots.add(uses(kind, pattern.as_str(), &Narrow::Quoted), found(pattern, file));
        }
    }
    keys(repo, file, slots);
}

/// The telling keys of a data file, table by table.
fn keys(repo: usize, file: &TextFile, slots: &mut Slots) {
    let name = file.path.rsplit_once('/').map_or(file.path.as_str(), |(_, name)| name);
    let is_manifest =
        ["package.json", "pyproject.toml", "Cargo.toml", "tsconfig.json", "composer.json"].contains(&name);
    if is_manifest || Format::of(&file.path).is_none() || file.text.contains("\"openapi\"") {
        return;
    }
    let Ok(document) = read(&file.path, file.text.as_bytes(), &Limits::default()) else { return };
    tables(&document.root, &Pointer::default(), 3, &mut |pointer, node| {
        let entries = node.table().into_iter().flatten().filter(|entry| is_telling(&entry.key));
        let site = |line| Site { file: file.path.clone(), line };
        let names: Vec<_> = entries.map(|entry| (entry.key.clone(), site(entry.line))).collect();
        let draft = Draft::file(&file.path).with("pointer", &pointer.to_string()).yes("keys");
        slots.add(defines(Kind::Keys, "", repo, draft), names);
    });
}

fn tables(node: &Node, pointer: &Pointer, depth: usize, see: &mut impl FnMut(&Pointer, &Node)) {
    see(pointer, node);
    if depth > 0 {
        for entry in node.table().into_iter().flatten() {
            tables(&entry.node, &pointer.child(&entry.key), depth - 1, see);
        }
    }
}

/// Whether a key is no everyday word: it is put together of several.
fn is_telling(key: &str) -> bool {
    let is_word = key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    is_word && key.len() >= 8 && key.contains(['_', '-'])
}
