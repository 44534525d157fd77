//! The six repositories of the demo, and what was never declared between them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::*;

fn repo(name: &str) -> RepoName {
    name.parse().unwrap()
}

fn inventory(name: &str, files: &[(&str, &str)]) -> Inventory {
    let mut files: Vec<_> =
        files.iter().map(|(path, text)| TextFile { path: (*path).to_owned(), text: (*text).to_owned() }).collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Inventory { repo: repo(name), files, package: None, commits: Vec::new() }
}

fn lay(folder: &Path, below: &Path, files: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            lay(&path, below, files);
        } else if let Ok(text) = fs::read_to_string(&path) {
            files.insert(path.strip_prefix(below).unwrap().to_string_lossy().into_owned(), text);
        }
    }
}

/// The repositories as their newest commits have them; with what was missed, or without.
fn world(with_misses: bool) -> Vec<Inventory> {
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/world");
    let names =
        ["rlabs-consent", "rlabs-notifier", "agentguard-lib", "agentguard-sdk", "platform-api", "agentguard-web"];
    let inventory = |name: &str| {
        let folder = assets.join(name);
        let history: toml::Table = toml::from_str(&fs::read_to_string(folder.join("history.toml")).unwrap()).unwrap();
        let mut files = BTreeMap::new();
        for commit in history["commit"].as_array().unwrap() {
            let world = commit.get("world").and_then(toml::Value::as_str);
            if world.is_none() || (with_misses && world == Some("with-misses")) {
                let layer = folder.join(commit["folder"].as_str().unwrap());
                lay(&layer, &layer, &mut files);
            }
        }
        let files = files.into_iter().map(|(path, text)| TextFile { path, text }).collect();
        let package = match name {
            "agentguard-sdk" => Some("@agentguard/sdk".to_owned()),
            "agentguard-lib" => Some("agentguard-lib".to_owned()),
            _ => None,
        };
        Inventory { repo: repo(name), files, package, commits: Vec::new() }
    };
    names.into_iter().map(inventory).collect()
}

fn said(discovery: &Discovery) -> Vec<String> {
    let line = |proposal: &Proposal| format!("{:?} {} → {}", proposal.kind, proposal.producer, proposal.consumer);
    discovery.proposals.iter().map(line).collect()
}

#[test]
fn the_real_seams_of_the_demo_come_first() {
    let found = discover(&world(false), Some("m3_team_org_tier"), &[]);
    let said = said(&found);
    let real = [
        "Contract platform-api → rlabs-notifier",
        "Fields platform-api → rlabs-notifier",
        "Fields platform-api → agentguard-sdk",
        "Fields platform-api → agentguard-web",
        "Routes platform-api → agentguard-sdk",
        "Package agentguard-sdk → agentguard-web",
    ];
    for seam in real {
        let rank = said.iter().position(|line| line == seam);
        assert!(rank.is_some_and(|rank| rank < 12), "{seam} at {rank:?} of {said:#?}");
    }
    // what all six know says little
    assert_eq!(found.proposals.last().map(|proposal| proposal.kind), Some(Kind::Flag), "{said:#?}");
    assert!(found.proposals.iter().all(|proposal| proposal.missing.is_empty()), "{said:#?}");
}

#[test]
fn what_was_missed_shows_in_the_proposals() {
    let found = discover(&world(true), None, &[]);
    let missing: Vec<_> = found
        .proposals
        .iter()
        .flat_map(|proposal| proposal.missing.iter().map(move |missing| (proposal, missing)))
        .map(|(proposal, missing)| format!("{} {} {}", proposal.consumer, missing.used.file, missing.name))
        .collect();
    for renamed in ["rlabs-notifier templates/team-invitation.txt.j2 seats", "agentguard-web pages/sellers.html seats"]
    {
        assert!(missing.iter().any(|line| line == renamed), "{renamed}: {missing:#?}");
    }
}

#[test]
fn every_proposal_is_a_table_that_is_read_back() {
    for world in [world(false), world(true)] {
        let found = discover(&world, Some("m3_team_org_tier"), &[]);
        let ids: std::collections::BTreeSet<_> = found.proposals.iter().map(|proposal| &proposal.id).collect();
        assert_eq!(ids.len(), found.proposals.len());
        for proposal in &found.proposals {
            let table: toml::Table =
                toml::from_str(&proposal.toml).unwrap_or_else(|why| panic!("{why}: {}", proposal.toml));
            let seam: Seam = table["seam"].as_array().unwrap()[0].clone().try_into().unwrap();
            assert_eq!((seam.id.as_str(), seam.rule), (proposal.id.as_str(), proposal.rule));
            let again = discover(&world, Some("m3_team_org_tier"), &[seam]);
            let is_this = |other: &&Proposal| other.title == proposal.title;
            assert!(
                proposal.kind == Kind::Flag || !again.proposals.iter().any(|other| is_this(&other)),
                "{}",
                proposal.toml
            );
        }
    }
}

#[test]
fn each_kind_of_name_is_found_where_it_is_told() {
    let hub = inventory(
        "hub",
        &[
            (".env.example", "BILLING_API_KEY=\nLOG_LEVEL=info\n"),
            ("app/errors.py", "class SeatLimitError(Exception):\n    pass\n\nclass NoSeatLeft(Exception):\n    pass\n"),
            ("app/events.py", "def send(bus):\n    bus.emit('team.invited', 1)\n    bus.emit('team.renewed', 2)\n"),
            ("app/routes.py", "@app.get(\"/teams/seats\")\ndef seats():\n    return 1\n"),
            ("config/limits.yaml", "limits:\n  invitation_budget: 3\n  retry_budget_ms: 200\n"),
        ],
    );
    let mail = inventory(
        "mail",
        &[
            ("src/main.py", "import os\nkey = os.environ[\"BILLING_API_KEY\"]\n"),
            ("src/team.py", "try:\n    join()\nexcept SeatLimitError:\n    pass\n"),
            ("lib/seat.py", "try:\n    join()\nexcept NoSeatLeft:\n    pass\n"),
            ("src/listen.js", "bus.on('team.invited', send);\nbus.on('team.paused', send);\n"),
            ("src/call.ts", "const seats = await get(\"/teams/seats\");\n"),
            ("src/limits.rb", "budget = config['invitation_budget']\n"),
        ],
    );
    let other = inventory("other", &[("README.md", "nothing to see")]);
    let found = discover(&[hub, mail, other], None, &[]);
    let of = |kind: Kind| {
        let proposal = found.proposals.iter().find(|proposal| proposal.kind == kind);
        proposal.unwrap_or_else(|| panic!("no {kind:?}: {:#?}", said(&found)))
    };
    for (kind, name, line) in [
        (Kind::Environment, "BILLING_API_KEY", 2),
        (Kind::Routes, "/teams/seats", 1),
        (Kind::Keys, "invitation_budget", 1),
        (Kind::Events, "team.invited", 1),
    ] {
        let shared = &of(kind).shared[0];
        assert_eq!((shared.name.as_str(), shared.used.line), (name, line), "{kind:?}");
    }
    // one of two names is no proof of what the others mean: the pattern finds the shared one alone
    assert!(of(Kind::Events).missing.is_empty() && of(Kind::Events).toml.contains(r"(team\.invited)"));
    let exceptions: Vec<_> =
        found.proposals.iter().filter(|p| p.kind == Kind::Exceptions).map(|p| &p.shared[0].name).collect();
    assert!(
        exceptions.iter().any(|name| *name == "SeatLimitError") && exceptions.iter().any(|name| *name == "NoSeatLeft")
    );
}

#[test]
fn everyday_words_and_what_all_know_weigh_little() {
    let schema = |field: &str| {
        format!(
            r#"{{"openapi": "3.0.0", "components": {{"schemas": {{"Team": {{"properties": {{"{field}": {{}}}}}}}}}}}}"#
        )
    };
    let score = |field: &str, also: usize| {
        let template = format!("{{{{ team.{field} }}}}");
        let mut all =
            vec![inventory("hub", &[("openapi.json", &schema(field))]), inventory("mail", &[("a.j2", &template)])];
        all.extend((0..6).map(|at| {
            let text = if at < also { field } else { "" };
            inventory(&format!("r{at}"), &[("README.md", text)])
        }));
        discover(&all, None, &[]).proposals.first().map_or(0.0, |proposal| proposal.score)
    };
    assert!(score("seat_limit", 0) > score("seat_limit", 3));
    assert!(score("seat_limit", 3) > score("seat_limit", 6));
    assert!(score("seat_limit", 0) > score("name", 0));
}

#[test]
fn repositories_that_change_together_might_be_one() {
    let commit =
        |at: i64, author: &str, subject: &str| Commit { at, author: author.to_owned(), subject: subject.to_owned() };
    let history = |name: &str, commits: Vec<Commit>| Inventory { commits, ..inventory(name, &[]) };
    let day = 86_400;
    let apart: Vec<_> = (0..10).map(|at| commit(at * 30 * day, "a@x", "work")).collect();
    let near: Vec<_> = (0..10).map(|at| commit(at * 30 * day + 3600, "a@x", "work")).collect();
    let others: Vec<_> =
        (0..10).map(|at| commit(at * 30 * day, "b@x", if at < 4 { "TEAM-7: seats (#12)" } else { "#12" })).collect();
    let ticket: Vec<_> = (0..20).map(|at| commit(at + 900 * day, "c@x", "Fix TEAM-7")).collect();
    let found = discover(
        &[history("one", apart), history("two", near), history("three", others), history("four", ticket)],
        None,
        &[],
    );
    let told: Vec<_> = found
        .together
        .iter()
        .map(|pair| (pair.repos[0].as_str(), pair.repos[1].as_str(), pair.companions, pair.commits, pair.might_be_one))
        .collect();
    assert_eq!(told, [("one", "two", 10, 10, true), ("three", "four", 4, 10, false)]);
}

proptest::proptest! {
    /// Whatever stands in the files, the proposals are tables, and the same again.
    #[test]
    fn any_text_is_looked_at_without_harm(
        a in "[\"'`a-zA-Z_/.:=(){} \n\\-]{0,120}",
        b in "[\"'`a-zA-Z_/.:=(){} \n\\-]{0,120}",
        name in "(a\\.py|\\.env|b\\.ts|c\\.html|d\\.yaml|package\\.json|we'ird\\.js)",
    ) {
        let inventories = [inventory("one", &[("x.py", &a), (&name, &b)]), inventory("two", &[("x.py", &b), (&name, &a)])];
        let found = discover(&inventories, Some("flag"), &[]);
        proptest::prop_assert_eq!(&found, &discover(&inventories, Some("flag"), &[]));
        for proposal in &found.proposals {
            proptest::prop_assert!(toml::from_str::<toml::Table>(&proposal.toml).is_ok(), "{}", proposal.toml);
        }
    }
}
