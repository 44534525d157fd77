//! Prints what trusting a plan allows, by kind.

use super::super::out::{Ink, Out};
use crate::plan::{Granted, Plan};
use crate::shown::Shown;

/// What a thing is listed under.
fn heading(what: &Granted) -> &'static str {
    match what {
        Granted::Runs { .. } => "runs",
        Granted::Calls { .. } => "starts elsewhere, by a call",
        Granted::Asks { .. } | Granted::Consults { .. } => "asks",
        Granted::Requests { method, .. } if method == "GET" => "asks",
        Granted::Requests { .. } => "asks or sets by calls",
        Granted::Reads { .. } | Granted::Fetches { .. } => "asks of your remotes, with your own credentials",
        Granted::Pushes { .. } | Granted::Commits { .. } => {
            "pushes, with your own hooks and credentials, never by force"
        }
        Granted::Advances { .. } => "moves in your clones, only forward",
        Granted::Rewrites { .. } => "rewrites",
        Granted::Untold { .. } => "can't be told about",
    }
}

/// Prints them by kind, in the order of the plan.
pub(super) fn print(out: Out, plan: &Plan) {
    let grants = plan.grants();
    let mut headings: Vec<&'static str> = Vec::new();
    for grant in &grants {
        let heading = heading(&grant.what);
        if !headings.contains(&heading) {
            headings.push(heading);
        }
    }
    for title in headings {
        out.line(Ink::Strong, &Shown::from(format!("this plan {title}:")));
        for grant in grants.iter().filter(|grant| heading(&grant.what) == title) {
            let mut notes = vec![grant.whose.to_string()];
            notes.extend(
                grant.what.repo().filter(|repo| repo.as_str() != grant.whose.name()).map(|r| format!("in {r}")),
            );
            let secrets = grant.what.secrets();
            notes.extend((!secrets.is_empty()).then(|| format!("sees {}", secrets.join(", "))));
            out.line(Ink::Plain, &Shown::from(format!("  {}   ({})", grant.what, notes.join("; "))));
        }
    }
}
