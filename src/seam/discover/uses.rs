//! Where the fields of a schema are used: `team.seats` in templates and code, and types that carry the schema's name.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::draft::Draft;
use super::slot::{Kind, Narrow, Role, SlotKey, Slots};
use super::{Site, TextFile};

/// Endings of files in which a name with a dot is nothing but a field.
const TEMPLATES: [&str; 15] = [
    "j2",
    "jinja",
    "jinja2",
    "html",
    "htm",
    "hbs",
    "handlebars",
    "mustache",
    "liquid",
    "njk",
    "twig",
    "tmpl",
    "gotmpl",
    "eta",
    "vue",
];
/// Endings of files in which it may be a call, a module or a file as well.
pub(super) const CODE: [&str; 17] =
    ["js", "jsx", "ts", "tsx", "mjs", "cjs", "py", "rb", "go", "rs", "java", "kt", "php", "cs", "swift", "erb", "ejs"];

/// What comes before the dot, and the field.
static DOTTED: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\b([A-Za-z_]\w*)\.([A-Za-z_]\w*)").ok());
/// A type with its name.
static TYPE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?m)^\s*(?:export\s+)?(?:interface|type|class|struct)\s+(\w+)").ok());

/// The fields of a type, one a line, by the ending of the file.
fn members(ending: &str) -> Option<&'static str> {
    match ending {
        "ts" | "tsx" => Some(r"(?m)^\s+(?:readonly\s+)?(\w+)\??:\s"),
        "py" => Some(r"(?m)^    ([a-z_]\w*)\s*:\s"),
        _ => None,
    }
}

/// The ending of a file's name, without its dot.
pub(super) fn ending(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(_, ending)| ending)
}

/// The lines of a text by offset.
pub(super) struct Lines(Vec<usize>);

impl Lines {
    pub(super) fn of(text: &str) -> Self {
        Self(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at).collect())
    }

    pub(super) fn at(&self, offset: usize) -> usize {
        1 + self.0.partition_point(|end| *end < offset)
    }
}

/// What the first group of a pattern finds, with its place.
pub(super) fn found(pattern: &Regex, file: &TextFile) -> Vec<(String, Site)> {
    let lines = Lines::of(&file.text);
    let hits = pattern.captures_iter(&file.text).filter_map(|hit| hit.iter().skip(1).flatten().next());
    hits.map(|hit| (hit.as_str().to_owned(), Site { file: file.path.clone(), line: lines.at(hit.start()) })).collect()
}

pub(super) fn look(repo: usize, file: &TextFile, schemas: &BTreeSet<String>, slots: &mut Slots) {
    let ending = ending(&file.path);
    let at_least = if TEMPLATES.contains(&ending) {
        30
    } else if CODE.contains(&ending) {
        60
    } else {
        return;
    };
    dotted(repo, file, schemas, at_least, slots);
    typed(repo, file, schemas, ending, slots);
}

fn dotted(repo: usize, file: &TextFile, schemas: &BTreeSet<String>, at_least: usize, slots: &mut Slots) {
    let Some(pattern) = DOTTED.as_ref() else { return };
    let lines = Lines::of(&file.text);
    for schema in schemas {
        let word = variable(schema);
        let hits = pattern.captures_iter(&file.text).filter_map(|hit| {
            let (object, field) = (hit.get(1)?, hit.get(2)?);
            let is_one =
                object.as_str() == word && !file.text.get(field.end()..).is_some_and(|rest| rest.starts_with('('));
            is_one.then(|| (field.as_str().to_owned(), Site { file: file.path.clone(), line: lines.at(field.start()) }))
        });
        // a field isn't followed by a bracket: the pattern takes one character more where there is one
        let regex = format!(r"\b{word}\.([A-Za-z_]\w*)(?:[^\w(]|$)");
        let key = SlotKey {
            kind: Kind::Fields,
            about: schema.clone(),
            role: Role::Uses,
            repo,
            draft: Draft::beside(&file.path).with("regex", &regex),
            narrow: Narrow::After(format!(r"\b{word}\.")),
            at_least,
        };
        slots.add(key, hits.collect::<Vec<_>>());
    }
}

/// A file with one type in it, which is called like a schema.
fn typed(repo: usize, file: &TextFile, schemas: &BTreeSet<String>, ending: &str, slots: &mut Slots) {
    let (Some(types), Some(members)) = (TYPE.as_ref(), members(ending)) else { return };
    let names: Vec<_> = types.captures_iter(&file.text).filter_map(|hit| hit.get(1)).take(2).collect();
    let [name] = names.as_slice() else { return };
    let Some(schema) = schemas.get(name.as_str()) else { return };
    let Ok(pattern) = Regex::new(members) else { return };
    let key = SlotKey {
        kind: Kind::Fields,
        about: schema.clone(),
        role: Role::Uses,
        repo,
        draft: Draft::file(&file.path).with("regex", members),
        narrow: Narrow::Never,
        at_least: 50,
    };
    slots.add(key, found(&pattern, file));
}

/// What a variable that holds a `NewTeam` is called: `new_team`, or `newTeam` where it has one word only.
fn variable(schema: &str) -> String {
    let mut name = String::new();
    for (at, c) in schema.chars().enumerate() {
        if c.is_uppercase() && at > 0 && !name.ends_with('_') {
            name.push('_');
        }
        name.extend(c.to_lowercase().map(|c| if c.is_alphanumeric() { c } else { '_' }));
    }
    name
}
