//! Puts both sides together: one proposal for each pair of slots that share names.

use std::collections::{BTreeMap, BTreeSet};

use super::draft::{Draft, alternatives, quoted};
use super::rank::Spread;
use super::slot::{Kind, Narrow, Role, SlotKey, Slots};
use super::{Inventory, Missing, Proposal, Shared, Site};
use crate::plan::Seam;
use crate::plan::seam::{Rule, Side};

/// The least that a proposal must weigh.
const LEAST: f64 = 0.5;
/// What a proposal is worth more when the seam is broken as it stands.
const BROKEN: f64 = 1.3;
/// The most names that a narrowed pattern lists.
const LISTED: usize = 20;
/// The longest id.
const LONGEST_ID: usize = 48;

type Names = BTreeMap<String, Vec<Site>>;

pub(super) fn all(inventories: &[Inventory], slots: &Slots, spread: &Spread) -> Vec<Proposal> {
    let mut proposals = Vec::new();
    for (used_key, used) in slots.iter().filter(|(key, _)| key.role == Role::Uses) {
        for (defined_key, defined) in slots.of(used_key.kind, &used_key.about, Role::Defines) {
            if used_key.repo != defined_key.repo {
                proposals.extend(propose(inventories, (defined_key, defined), (used_key, used), spread));
            }
        }
    }
    best_of_each(proposals)
}

/// Of proposals that hold the same files against each other for the same kind of names, the best one.
fn best_of_each(mut proposals: Vec<Proposal>) -> Vec<Proposal> {
    proposals.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.toml.cmp(&b.toml)));
    let mut seen = BTreeSet::new();
    let place = |site: &Site| site.file.rsplit_once('/').map_or(String::new(), |(folder, _)| folder.to_owned());
    proposals.retain(|proposal| {
        let about = if proposal.kind == Kind::Fields { proposal.title.clone() } else { String::new() };
        let first = proposal.shared.first();
        let used = first.map(|shared| place(&shared.used)).unwrap_or_default();
        seen.insert((proposal.kind, proposal.producer.clone(), proposal.consumer.clone(), about, used))
    });
    proposals
}

fn propose(
    inventories: &[Inventory],
    (defined_key, defined): (&SlotKey, &Names),
    (used_key, used): (&SlotKey, &Names),
    spread: &Spread,
) -> Option<Proposal> {
    let kind = used_key.kind;
    let shared: BTreeMap<&str, (&[Site], &[Site])> = used
        .iter()
        .filter_map(|(name, sites)| Some((name.as_str(), (defined.get(name)?.as_slice(), sites.as_slice()))))
        .collect();
    let least = if kind == Kind::Values { 2 } else { 1 };
    if shared.len() < least || (kind == Kind::Values && shared.len() < defined.len()) {
        return None;
    }
    let (producer, consumer) = (inventories.get(defined_key.repo)?, inventories.get(used_key.repo)?);
    let fits = 100 * shared.len() >= used_key.at_least * used.len();
    let draft = if fits { used_key.draft.clone() } else { narrowed(used_key, shared.keys().copied())? };
    let missing: Vec<_> = if fits && kind != Kind::Contract {
        let unknown = used.iter().filter(|(name, _)| !defined.contains_key(*name));
        unknown.filter_map(|(name, sites)| Some(Missing { name: name.clone(), used: sites.first()?.clone() })).collect()
    } else {
        Vec::new()
    };
    let factor = if missing.is_empty() { 1.0 } else { BROKEN };
    let score = factor * spread.weight(kind, &shared);
    if score < LEAST {
        return None;
    }
    let first = |sites: &[Site]| sites.first().cloned();
    let named = |(name, (defined, used)): (&&str, &(&[Site], &[Site]))| {
        Some(Shared { name: (*name).to_owned(), defined: first(defined)?, used: first(used)? })
    };
    let rule = match kind {
        Kind::Contract => Rule::Compatible,
        Kind::Package => Rule::Equal,
        Kind::Flag => Rule::Present,
        Kind::Fields
        | Kind::Routes
        | Kind::Exceptions
        | Kind::Events
        | Kind::Environment
        | Kind::Values
        | Kind::Keys => Rule::Subset,
    };
    let title = title(kind, &used_key.about, producer, consumer);
    let id = slug(&format!("{}-{}-{}", consumer.repo, producer.repo, word(kind)));
    let sources = [
        ("producer", defined_key.draft.toml(producer.repo.as_str())),
        ("consumer", draft.toml(consumer.repo.as_str())),
    ];
    Some(Proposal {
        toml: table(&id, &title, rule, &sources),
        id,
        title,
        kind,
        rule,
        producer: producer.repo.clone(),
        consumer: consumer.repo.clone(),
        score,
        shared: shared.iter().filter_map(named).collect(),
        missing,
    })
}

/// A pattern that finds nothing but the shared names: the consumer has too many others that mean something else.
fn narrowed<'a>(key: &SlotKey, shared: impl Iterator<Item = &'a str>) -> Option<Draft> {
    let names = alternatives(shared.take(LISTED));
    let pattern = match &key.narrow {
        Narrow::Quoted => format!("[\"'`]({names})[\"'`]"),
        Narrow::Word => format!(r"\b({names})\b"),
        // too few of the names after that word are fields: it is another word
        Narrow::After(_) | Narrow::Never => return None,
    };
    Some(key.draft.with_regex(&pattern))
}

/// The flag's key, in all the repositories that have it.
pub(super) fn flag(inventories: &[Inventory], flag: Option<&str>, spread: &Spread) -> Option<Proposal> {
    let flag = flag?;
    // where it is read, rather than where it is written about
    let reader = |inventory: &'_ Inventory| -> Option<usize> {
        let has = |file: &super::TextFile| file.text.contains(flag);
        let code = |file: &super::TextFile| super::uses::CODE.contains(&super::uses::ending(&file.path)) && has(file);
        inventory.files.iter().position(code).or_else(|| inventory.files.iter().position(has))
    };
    let has = |inventory: &&Inventory| reader(inventory).is_some();
    let having: Vec<_> = inventories.iter().filter(has).collect();
    let [producer, consumer, ..] = having.as_slice() else { return None };
    let site = |inventory: &Inventory| {
        let file = inventory.files.get(reader(inventory)?)?;
        let line = super::uses::Lines::of(&file.text).at(file.text.find(flag)?);
        Some(Site { file: file.path.clone(), line })
    };
    let source = |inventory: &&Inventory| {
        Some(Draft::file(&site(inventory)?.file).with("text", flag).toml(inventory.repo.as_str()))
    };
    let sources: Vec<_> = having.iter().filter_map(source).collect();
    let (id, title) = (slug(&format!("{flag}-flag")), format!("Whoever reads the flag knows its key, {flag}"));
    let shared = Shared { name: flag.to_owned(), defined: site(producer)?, used: site(consumer)? };
    let sources = format!("[\n    {},\n]", sources.join(",\n    "));
    Some(Proposal {
        toml: table(&id, &title, Rule::Present, &[("consumer", sources)]),
        id,
        title,
        kind: Kind::Flag,
        rule: Rule::Present,
        producer: producer.repo.clone(),
        consumer: consumer.repo.clone(),
        score: super::rank::by_kind(Kind::Flag) * spread.rarity(flag),
        shared: vec![shared],
        missing: Vec::new(),
    })
}

fn table(id: &str, title: &str, rule: Rule, sources: &[(&str, String)]) -> String {
    let sources: Vec<_> = sources.iter().map(|(key, source)| format!("{key} = {source}\n")).collect();
    let (id, title) = (quoted(id), quoted(title));
    format!("[[seam]]\nid       = {id}\ntitle    = {title}\n{}rule     = \"{rule}\"\n", sources.concat())
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Contract => "contract",
        Kind::Package => "version",
        Kind::Fields => "fields",
        Kind::Routes => "routes",
        Kind::Exceptions => "exceptions",
        Kind::Events => "events",
        Kind::Environment => "environment",
        Kind::Values => "values",
        Kind::Keys => "keys",
        Kind::Flag => "flag",
    }
}

fn title(kind: Kind, about: &str, producer: &Inventory, consumer: &Inventory) -> String {
    let (producer, consumer) = (&producer.repo, &consumer.repo);
    match kind {
        Kind::Contract => format!("What {consumer} relies on in its copy of the contract still stands in {producer}"),
        Kind::Package => format!("{consumer} asks for the version of {about} that {producer} publishes"),
        Kind::Fields => format!("{consumer} uses only fields of {about} that {producer} has"),
        Kind::Routes => format!("{consumer} calls only paths that {producer} has"),
        Kind::Exceptions => format!("{consumer} catches only exceptions that {producer} defines"),
        Kind::Events => format!("{consumer} waits only for events that {producer} sends"),
        Kind::Environment => format!("{consumer} reads only variables that {producer} sets"),
        Kind::Values => format!("{consumer} knows only values that {producer} has"),
        Kind::Keys => format!("{consumer} reads only keys that {producer} writes"),
        Kind::Flag => format!("{consumer} and {producer} know the flag's key"),
    }
}

/// A text as an id: small letters, digits and single hyphens.
fn slug(text: &str) -> String {
    let letters = text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' });
    let letters: String = letters.collect();
    let parts: Vec<_> = letters.split('-').filter(|part| !part.is_empty()).collect();
    let mut id = parts.join("-");
    id.truncate(LONGEST_ID);
    id.trim_end_matches('-').to_owned()
}

/// Gives proposals of the same name numbers.
pub(super) fn name_apart(proposals: &mut [Proposal]) {
    let mut taken = BTreeSet::new();
    for proposal in proposals {
        let plain = proposal.id.clone();
        let mut number = 2;
        while !taken.insert(proposal.id.clone()) {
            proposal.id = format!("{plain}-{number}");
            number += 1;
        }
        proposal.toml = proposal.toml.replacen(&quoted(&plain), &quoted(&proposal.id), 1);
    }
}

/// Whether a declared seam holds the same two repositories together, and reads the same file of each or takes the same kind.
pub(super) fn is_declared(proposal: &Proposal, declared: &[Seam]) -> bool {
    declared.iter().any(|seam| {
        let reads = |side: Side, repo: &crate::plan::RepoName, file: &str| {
            seam.side(side).iter().any(|source| {
                let globbed = || source.files.as_ref()?.matcher().ok().map(|matcher| matcher.is_match(file));
                let has_file = source.file.as_deref() == Some(file) || globbed().unwrap_or(false);
                source.repo == *repo && (has_file || source.publishes.is_some())
            })
        };
        seam.rule == proposal.rule
            && proposal.shared.first().is_some_and(|shared| {
                reads(Side::Producer, &proposal.producer, &shared.defined.file)
                    && reads(Side::Consumer, &proposal.consumer, &shared.used.file)
            })
    })
}
