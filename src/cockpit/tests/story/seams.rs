//! A release with seams.

use super::*;
use crate::plan::seam::Side;
use crate::rollout::seam::{Misfit, Quote, SeamSeen, SeamState, Standing};

/// What two repositories promised each other, kept once and broken once.
const SEAMS: &str = r#"
[[seam]]
id       = "notifier-fields"
title    = "The notifier's templates use only fields that the API returns"
producer = { repo = "platform-api", file = "openapi.json", openapi = "fields", schema = "Team" }
consumer = { repo = "rlabs-notifier", files = "templates/*.j2", regex = '\{\{\s*team\.(\w+)' }
rule     = "subset"

[[seam]]
id       = "retry-budget"
title    = "The SDK gives up before the API does"
producer = { repo = "platform-api", file = "api/limits.py", number = "DEADLINE" }
consumer = { repo = "agentguard-sdk", file = "src/client.ts", number = "PATIENCE_MS", unit = "ms" }
rule     = "at_most"

[[seam]]
id       = "sdk-contract"
title    = "What the SDK was written against still stands in the API"
producer = { repo = "platform-api", file = "openapi.json" }
consumer = { repo = "agentguard-sdk", file = "contract/openapi.json" }
rule     = "compatible"
"#;

impl Story {
    /// The same release with seams: one holds, one doesn't, one can't be told.
    pub(in crate::cockpit::tests) fn with_seams() -> Self {
        let mut story = Self::of(toml::from_str(&format!("{}{SEAMS}", include_str!("../release.toml"))).unwrap());
        let at: BTreeMap<_, _> =
            REPOS.map(|(name, short, _)| (name.parse().unwrap(), Standing::Frozen(sha(short)))).into();
        let quote = |side, repo: &str, file: &str, line, text: &str| Quote {
            side,
            repo: repo.parse().unwrap(),
            sha: at.get(&repo.parse().unwrap()).and_then(Standing::sha).cloned(),
            file: file.to_owned(),
            line,
            text: text.to_owned(),
        };
        let renamed = Misfit {
            what: "rlabs-notifier: templates/team-invitation.txt.j2:4 uses `seats`, which platform-api doesn't have"
                .into(),
            mend: "platform-api: openapi.json:27 has `seat_count`: write that, or add `seats` to platform-api".into(),
            quotes: vec![
                quote(
                    Side::Consumer,
                    "rlabs-notifier",
                    "templates/team-invitation.txt.j2",
                    4,
                    "You take one of its {{ team.seats }} seats.",
                ),
                quote(Side::Producer, "platform-api", "openapi.json", 27, "\"seat_count\": { \"type\": \"integer\" },"),
            ],
        };
        let (state, detail, misfits) = (SeamState::Broken, renamed.what.clone(), vec![renamed]);
        let broken = SeamSeen { state, detail, misfits, more: 0, at: at.clone() };
        let holds = SeamSeen {
            state: SeamState::Holds,
            at,
            ..SeamSeen::unknown("9s of agentguard-sdk is at most the 10s of platform-api")
        };
        let unknown = SeamSeen::unknown("platform-api: openapi.json has 209715200 bytes; at most 33554432 are read");
        for (id, seen) in [("notifier-fields", broken), ("retry-budget", holds), ("sdk-contract", unknown)] {
            story.observed.seams.insert(id.parse().unwrap(), Seen::answer(seen, START));
        }
        story
    }
}
