//! How much a name speaks for a seam: names that few repositories know speak loudly, everyday words whisper.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::slot::{Kind, Slots};
use super::{Inventory, Site};

/// Words that are names of something everywhere.
const EVERYDAY: &str = " id ids name names type types kind state status value values key keys data date time text title \
description label url uri path file files user users email mail message messages error errors code codes result results item \
items list count total size number index page limit offset start end from to in out on off true false yes no none null ok \
new old first last next create read update delete get set add remove list open close closed active inactive enabled disabled \
default test tests version info config settings options content body header headers query params token host port method role \
team group owner member members address phone country city street created_at updated_at created updated low medium high small \
large red green blue string integer number boolean object array admin guest public private pending done failed success ";

/// How many names of a proposal count; the others say nothing more.
const COUNTED: usize = 12;

/// In how many repositories each name stands.
pub(super) struct Spread {
    repos: usize,
    known: HashMap<String, usize>,
}

impl Spread {
    pub(super) fn of(inventories: &[Inventory], slots: &Slots) -> Self {
        let names: HashSet<&str> = slots.iter().flat_map(|(_, names)| names.keys().map(String::as_str)).collect();
        let mut known = HashMap::new();
        for inventory in inventories {
            let mut seen: HashSet<&str> = HashSet::new();
            for file in &inventory.files {
                let words = file.text.split(|c: char| !(c.is_alphanumeric() || c == '_'));
                seen.extend(words.filter_map(|word| names.get(word).copied()));
            }
            for name in seen {
                *known.entry(name.to_owned()).or_insert(0) += 1;
            }
        }
        Self { repos: inventories.len(), known }
    }

    /// From 0 for a name that everybody knows to 1 for one that just two do, and a half more for one that is no single word.
    #[expect(clippy::cast_precision_loss, reason = "counts of repositories are small")]
    pub(super) fn rarity(&self, name: &str) -> f64 {
        let known = self.known.get(name).copied().unwrap_or(2).max(2) as f64;
        let all = self.repos.max(2) as f64 + 1.0;
        let rare = (all / known).ln() / (all / 2.0).ln();
        let is_everyday = name.len() <= 2 || EVERYDAY.contains(&format!(" {} ", name.to_lowercase()));
        let inner = name.get(1..).unwrap_or_default();
        let is_telling = inner.contains(['_', '-', '/', '.', ' ']) || inner.chars().any(char::is_uppercase);
        match (is_everyday, is_telling) {
            (true, _) => rare * 0.15,
            (false, true) => rare * 1.5,
            (false, false) => rare * 0.6,
        }
    }

    /// The weight of all shared names.
    #[expect(clippy::cast_precision_loss, reason = "counts of places are small")]
    pub(super) fn weight(&self, kind: Kind, shared: &BTreeMap<&str, (&[Site], &[Site])>) -> f64 {
        let of = |(name, (defined, used)): (&&str, &(&[Site], &[Site]))| {
            self.rarity(name) * (1.0 + ((defined.len() + used.len()) as f64).ln() / 4.0)
        };
        let mut weights: Vec<f64> = shared.iter().map(of).collect();
        weights.sort_by(|a, b| b.total_cmp(a));
        by_kind(kind) * weights.iter().take(COUNTED).sum::<f64>().sqrt()
    }
}

/// What a kind of names is worth: a copy of a contract can hardly be a chance, a word in quotes can.
pub(super) fn by_kind(kind: Kind) -> f64 {
    match kind {
        Kind::Contract => 5.0,
        Kind::Package | Kind::Fields => 4.0,
        Kind::Routes => 3.5,
        Kind::Exceptions | Kind::Events => 3.0,
        Kind::Environment => 2.5,
        Kind::Values | Kind::Keys => 1.0,
        Kind::Flag => 0.5,
    }
}
