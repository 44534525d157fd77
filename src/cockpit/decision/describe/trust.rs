//! What trusting a plan allows: every command it can run and every address it can ask, before any of it happens.

use super::{Demand, Description, asks};
use crate::cockpit::role::Role;
use crate::cockpit::view::View;
use crate::cockpit::widget::text::Row;
use crate::plan::{Grant, Whose};
use crate::shown::Shown;

pub(super) fn describe(view: &View<'_>) -> Description {
    let mut rows = vec![
        Row::say("For you, on this machine, until the plan changes. These may then run and be asked:", Role::Text),
        Row::fact("plan", view.state.status.plan_digest.short().to_owned(), Role::Accent),
        Row::Blank,
    ];
    let grants = view.state.plan.grants();
    let mut before: Option<&Whose> = None;
    for grant in &grants {
        // a name is told once, above or beside what is its own
        let told = before == Some(&grant.whose);
        let label = if told { Shown::EMPTY } else { Shown::line(grant.whose.name()) };
        rows.push(Row::Fact(label, vec![(Shown::line(&grant.what.to_string()), Role::Accent), aside(grant)]));
        before = Some(&grant.whose);
    }
    asks("Trust this plan?".to_owned(), rows, "trust it", Demand::Nothing)
}

/// Where it happens, where that is another name than the one before it, and the secrets it sees.
fn aside(grant: &Grant) -> (Shown, Role) {
    let place = grant.what.repo().filter(|repo| repo.as_str() != grant.whose.name());
    let place = place.map(|repo| format!(" in {repo}")).unwrap_or_default();
    let secrets = match grant.what.secrets() {
        [] => String::new(),
        secrets => format!(" sees {}", secrets.join(", ")),
    };
    (Shown::from(place + &secrets), Role::Dim)
}
