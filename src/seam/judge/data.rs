//! `generated`: what a generator makes and what is checked in. Where both are JSON, YAML or TOML by their names they are compared
//! as data: neither layout, nor the order of keys, nor how a number is written counts. In anything else each letter does.

mod text;

use super::{Material, Outcome, Part, Sides, Verdict};
use crate::plan::Seam;
use crate::plan::seam::Side;
use crate::rollout::seam::Misfit;
use crate::seam::document::{self, Document, Format, Limits, Node, Pointer, Value};
use crate::seam::text::{Text, unreadable};
use crate::seam::{Item, LARGEST_FILE, MOST_NAMES};

/// A document of one side.
pub(super) struct Whole<'a> {
    pub(super) side: Side,
    pub(super) part: &'a Part,
    pub(super) path: &'a str,
    text: Text<'a>,
    pub(super) document: Document,
    below: Pointer,
}

pub(super) fn judge(seam: &Seam, sides: &Sides) -> Verdict {
    let (made, kept) = (raw(sides, Side::Producer)?, raw(sides, Side::Consumer)?);
    if made.bytes.trim_ascii().is_empty() {
        return Err(format!("{}: {} makes nothing", made.part.repo, made.part.whence));
    }
    let Some((from, to)) = formats(seam, &made, &kept) else { return text::judge(seam, sides, &made, &kept) };
    let (made, kept) = (made.read_as(from)?, kept.read_as(to)?);
    let (from, to) = (made.root()?, kept.root()?);
    if matches!(from.value, Value::Null) {
        return Err(format!("{}: {} makes nothing", made.part.repo, made.part.whence));
    }
    let what = format!("{}: {} is what {} makes", kept.part.repo, kept.path, made.part.whence);
    let mend = mend(seam, made.part, kept.part, kept.path);
    let mut walk = Walk { outcome: Outcome::holds(what), sides, made: &made, kept: &kept, mend };
    walk.compare(&Pointer::default(), from, to);
    Ok(walk.outcome)
}

/// As what both are read, where their names say that they are data. What a command prints has no name of its own.
fn formats(seam: &Seam, made: &Raw<'_>, kept: &Raw<'_>) -> Option<(Format, Format)> {
    let to = Format::of(kept.path)?;
    let source = seam.producer.list().first();
    let is_printed = source.is_some_and(|source| source.command.is_some() && source.output.is_none());
    match (is_printed, to) {
        (true, Format::Toml) => Some((to, to)),
        // JSON is YAML as well
        (true, Format::Json | Format::Yaml) => Some((Format::Yaml, to)),
        (false, _) => Some((Format::of(made.path)?, to)),
    }
}

/// The bytes of one side.
pub(super) struct Raw<'a> {
    pub(super) side: Side,
    pub(super) part: &'a Part,
    pub(super) path: &'a str,
    pub(super) bytes: &'a [u8],
    pub(super) below: &'a str,
}

pub(super) fn raw(sides: &Sides, side: Side) -> Result<Raw<'_>, String> {
    let [part] = sides.side(side) else { return Err(format!("the {side} isn't one document")) };
    let Material::Text { path, bytes, below } = &part.material else {
        return Err(format!("the {side} isn't one document"));
    };
    if let Some(why) = unreadable(bytes) {
        return Err(format!("{}: {path}: {why}", part.repo));
    }
    Ok(Raw { side, part, path, bytes, below })
}

pub(super) fn whole(sides: &Sides, side: Side) -> Result<Whole<'_>, String> {
    let raw = raw(sides, side)?;
    let format = Format::of(raw.path).unwrap_or(Format::Yaml);
    raw.read_as(format)
}

impl<'a> Raw<'a> {
    fn read_as(self, format: Format) -> Result<Whole<'a>, String> {
        let Self { side, part, path, bytes, below } = self;
        let about = |why: &dyn std::fmt::Display| format!("{}: {path}: {why}", part.repo);
        let limits = Limits { bytes: LARGEST_FILE, ..Limits::default() };
        let document = document::read_as(format, bytes, &limits).map_err(|why| about(&why))?;
        let below = below.parse().map_err(|fault| about(&fault))?;
        Ok(Whole { side, part, path, text: Text::of(bytes), document, below })
    }
}

impl Whole<'_> {
    fn root(&self) -> Result<&Node, String> {
        let nothing = || format!("{}: {}: nothing stands at {}", self.part.repo, self.path, self.below);
        self.document.at(&self.below).ok_or_else(nothing)
    }

    pub(super) fn item(&self, line: usize) -> Item {
        Item {
            text: String::new(),
            repo: self.part.repo.clone(),
            file: self.path.to_owned(),
            line,
            quoted: self.text.quoted(line),
        }
    }
}

/// What makes both the same.
pub(super) fn mend(seam: &Seam, made: &Part, kept: &Part, path: &str) -> String {
    let command = seam.producer.list().first().and_then(|source| source.command.as_ref());
    let command = command.map(|argv| format!("run `{argv}` in {} and ", made.repo)).unwrap_or_default();
    format!("{command}check in what it makes as {path} in {}", kept.repo)
}

/// A comparison under way.
struct Walk<'a> {
    outcome: Outcome,
    sides: &'a Sides,
    made: &'a Whole<'a>,
    kept: &'a Whole<'a>,
    mend: String,
}

impl Walk<'_> {
    fn compare(&mut self, at: &Pointer, made: &Node, kept: &Node) {
        // past that, it isn't the same document any more
        if self.outcome.count > MOST_NAMES || made.is_same(kept) {
            return;
        }
        match (&made.value, &kept.value) {
            (Value::Table(from), Value::Table(to)) => {
                for entry in from {
                    match to.get(&entry.key) {
                        Some(other) => self.compare(&at.child(&entry.key), &entry.node, &other.node),
                        None => self.differs(&at.child(&entry.key), Some(entry.line), None),
                    }
                }
                for entry in to.iter().filter(|entry| from.get(&entry.key).is_none()) {
                    self.differs(&at.child(&entry.key), None, Some(entry.line));
                }
            }
            (Value::List(from), Value::List(to)) if from.len() == to.len() => {
                for (index, (one, other)) in from.iter().zip(to).enumerate() {
                    self.compare(&at.child(&index.to_string()), one, other);
                }
            }
            _ => self.differs(at, Some(made.line), Some(kept.line)),
        }
    }

    fn differs(&mut self, at: &Pointer, made: Option<usize>, kept: Option<usize>) {
        let (path, repo) = (self.kept.path, &self.kept.part.repo);
        let what = match (made, kept) {
            (Some(_), Some(line)) => format!("{repo}: {path}:{line} says another thing at {at} than what is generated"),
            (Some(_), None) => format!("{repo}: {path} lacks {at}, which is generated"),
            (None, line) => format!("{repo}: {path}:{} has {at}, which isn't generated", line.unwrap_or(0)),
        };
        let quote =
            |whole: &Whole<'_>, line: Option<usize>| line.map(|line| self.sides.quote(whole.side, &whole.item(line)));
        let quotes = [quote(self.kept, kept), quote(self.made, made)].into_iter().flatten().collect();
        let mend = self.mend.clone();
        self.outcome.add(|| Misfit { what, mend, quotes });
    }
}
