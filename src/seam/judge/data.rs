//! `generated`: what a generator makes and what is checked in, compared as data: neither layout, nor the order of keys, nor how
//! a number is written counts.

use super::{Material, Outcome, Part, Sides, Verdict};
use crate::plan::Seam;
use crate::plan::seam::Side;
use crate::rollout::seam::Misfit;
use crate::seam::document::{Document, Node, Pointer, Value};
use crate::seam::extract::{File, read};
use crate::seam::text::{Text, unreadable};
use crate::seam::{Item, MOST_NAMES};

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
    let (made, kept) = (whole(sides, Side::Producer)?, whole(sides, Side::Consumer)?);
    let (from, to) = (made.root()?, kept.root()?);
    let what = format!("{}: {} is what {} makes", kept.part.repo, kept.path, made.part.whence);
    let mut walk =
        Walk { outcome: Outcome::holds(what), sides, made: &made, kept: &kept, mend: mend(seam, &made, &kept) };
    walk.compare(&Pointer::default(), from, to);
    Ok(walk.outcome)
}

pub(super) fn whole(sides: &Sides, side: Side) -> Result<Whole<'_>, String> {
    let [part] = sides.side(side) else { return Err(format!("the {side} isn't one document")) };
    let Material::Text { path, bytes, below } = &part.material else {
        return Err(format!("the {side} isn't one document"));
    };
    if let Some(why) = unreadable(bytes) {
        return Err(format!("{}: {path}: {why}", part.repo));
    }
    let document =
        read(File { repo: &part.repo, path, bytes }).map_err(|why| format!("{}: {path}: {why}", part.repo))?;
    let below = below.parse().map_err(|fault| format!("{}: {path}: {fault}", part.repo))?;
    Ok(Whole { side, part, path, text: Text::of(bytes), document, below })
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

fn mend(seam: &Seam, made: &Whole<'_>, kept: &Whole<'_>) -> String {
    let command = seam.producer.list().first().and_then(|source| source.command.as_ref());
    let command = command.map(|argv| format!("run `{argv}` in {} and ", made.part.repo)).unwrap_or_default();
    format!("{command}check in what it makes as {} in {}", kept.path, kept.part.repo)
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
