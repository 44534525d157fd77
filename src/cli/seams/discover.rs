//! `flightdeck seams --discover`: proposes seams that nobody declared, as tables to paste.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use super::super::Context;
use super::super::exit::Exit;
use super::super::fault::Fault;
use super::super::out::{Ink, Out};
use crate::plan::{Plan, RepoName, Sha};
use crate::port::real::{Reads, RealWorld};
use crate::seam::discover::{Discovery, Proposal, Site, discover};
use crate::shown::Shown;

/// From which share of common commits, in percent, people are told of it.
const TOLD: usize = 25;
/// How many names of a proposal are told.
const NAMED: usize = 8;

#[derive(Debug, Serialize)]
struct Sheet<'a> {
    schema: u32,
    #[serde(flatten)]
    found: &'a Discovery,
    notes: &'a [String],
}

pub(super) async fn run(
    world: &RealWorld,
    plan: &Arc<Plan>,
    ships: &BTreeMap<RepoName, Sha>,
    reads: Reads,
    context: &Context,
    json: bool,
) -> Result<Exit, Fault> {
    let read = world.inventories(plan, ships, reads).await;
    let read = read.map_err(|why| Fault::failed("the repositories can't be read").because(why))?;
    let document = plan.document();
    let flag = document.flag.as_ref().map(|flag| flag.key.as_str());
    let found = discover(&read.inventories, flag, &document.seam);
    if json {
        context.out.json(&Sheet { schema: 1, found: &found, notes: &read.notes })?;
    } else {
        print(context.out, &found, &read.notes);
    }
    Ok(Exit::Done)
}

fn print(out: Out, found: &Discovery, notes: &[String]) {
    for (number, proposal) in (1..).zip(&found.proposals) {
        one(out, number, proposal);
    }
    let more = found.left_off;
    let said = match found.proposals.len() {
        0 => "nothing was found that isn't declared".to_owned(),
        1 => "1 seam that nobody declared: paste it into release.toml, then `flightdeck check`".to_owned(),
        count => format!(
            "{count} seams that nobody declared: paste those that are meant into release.toml, then `flightdeck check`"
        ),
    };
    out.line(Ink::Strong, &Shown::line(&said));
    if more > 0 {
        out.line(Ink::Plain, &Shown::line(&format!("and {more} more that less speaks for")));
    }
    for pair in found.together.iter().filter(|pair| pair.might_be_one || 100 * pair.companions >= TOLD * pair.commits) {
        let [one, other] = &pair.repos;
        let (companions, commits) = (pair.companions, pair.commits);
        let line = format!(
            "{one} and {other} change together: {companions} of {commits} commits name the same ticket as one of the other, or are by the same author within a day"
        );
        if pair.might_be_one {
            out.line(Ink::Warning, &Shown::line(&format!("{line}: they might better be one repository")));
        } else {
            out.line(Ink::Dim, &Shown::line(&line));
        }
    }
    for note in notes {
        out.line(Ink::Warning, &Shown::line(note));
    }
}

fn one(out: Out, number: usize, proposal: &Proposal) {
    out.line(Ink::Strong, &Shown::line(&format!("{number}. {}", proposal.title)));
    let at = |repo: &RepoName, site: &Site| format!("{repo} {}:{}", site.file, site.line);
    for shared in proposal.shared.iter().take(NAMED) {
        let defined = at(&proposal.producer, &shared.defined);
        let used = at(&proposal.consumer, &shared.used);
        out.line(Ink::Dim, &Shown::line(&format!("   {}: {defined} → {used}", shared.name)));
    }
    if proposal.shared.len() > NAMED {
        out.line(Ink::Dim, &Shown::line(&format!("   and {} names more", proposal.shared.len() - NAMED)));
    }
    for missing in proposal.missing.iter().take(NAMED) {
        let used = at(&proposal.consumer, &missing.used);
        let line = format!("   {} is used and not defined: {used}", missing.name);
        out.line(Ink::Bad, &Shown::line(&line));
    }
    out.line(Ink::Plain, &Shown::line(""));
    out.text(&proposal.toml);
    out.line(Ink::Plain, &Shown::line(""));
}
