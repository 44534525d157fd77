//! Seams on real repositories: everything that teams promise each other can be written, holds where it is kept, and is told
//! where it isn't.

mod bench;
mod bounds;
mod cache;

use bench::Bench;

use crate::rollout::seam::SeamState;

/// Holds a seam on files that keep it, then on one that doesn't, and answers what is said then.
fn broken_by(seam: &str, good: &[(&str, &str)], bad: (&str, &str)) -> String {
    let bench = Bench::new(seam);
    for (path, text) in good {
        bench.write(path, text);
    }
    bench.commit_all();
    let seen = bench.look();
    assert_eq!(seen.state, SeamState::Holds, "{seen:?}");
    bench.write(bad.0, bad.1);
    bench.commit_all();
    let seen = bench.look();
    assert_eq!(seen.state, SeamState::Broken, "{seen:?}");
    let quotes = seen.misfits.iter().flat_map(|misfit| &misfit.quotes);
    for quote in quotes.filter(|quote| quote.line > 0) {
        assert_eq!(quote.sha.as_ref(), Some(&bench.head(quote.repo.as_str())));
        let file = bench.read(&format!("{}/{}", quote.repo, quote.file));
        assert_eq!(file.lines().nth(quote.line - 1).unwrap().trim(), quote.text, "{quote:?}");
    }
    seen.detail
}

const TEAM: &str = r##"{
  "openapi": "3.1.0",
  "info": { "title": "api", "version": "1" },
  "paths": { "/v1/teams/{id}": { "get": { "responses": { "200": { "description": "a team", "content": {
    "application/json": { "schema": { "$ref": "#/components/schemas/Team" } } } } } } } },
  "components": { "schemas": {
    "Team": { "type": "object", "properties": {
      "id": { "type": "string" },
      "plan": { "type": "string", "enum": ["team", "org"] },
      "seats": { "type": "integer" }
    } }
  } }
}"##;

#[test]
fn template_fields_are_fields_of_the_schema() {
    let seam = r#"
producer = { repo = "api", file = "openapi.json", openapi = "fields", schema = "Team" }
consumer = { repo = "web", files = "templates/**/*.j2", regex = '\{\{\s*team\.(\w+)' }
rule = "subset""#;
    let good = [("api/openapi.json", TEAM), ("web/templates/a.j2", "Hi,\n{{ team.seats }}")];
    let said = broken_by(seam, &good, ("web/templates/mail/invite.j2", "Hi,\n\n{{ team.seat_count }} seats"));
    assert_eq!(said, "web: templates/mail/invite.j2:3 uses `seat_count`, which api doesn't have");
}

#[test]
fn calls_are_operations_of_the_api() {
    let seam = r#"
producer = { repo = "api", file = "openapi.json", openapi = "operations" }
consumer = { repo = "web", files = "src/*.ts", regex = '\.(get|post)\(`([^`]+)`' }
rule = "subset""#;
    let good = [("api/openapi.json", TEAM), ("web/src/a.ts", "this.get(`/v1/teams/${team.id}`)")];
    let said = broken_by(seam, &good, ("web/src/b.ts", "this.post(`/v1/teams/${id}`)"));
    assert_eq!(said, "web: src/b.ts:1 uses `post /v1/teams/${id}`, which api doesn't have");
}

#[test]
fn what_was_recorded_counts_whatever_the_schema_says() {
    let seam = r#"
producer = { repo = "api", files = "recorded/*.json", recorded = "/body" }
consumer = { repo = "web", file = "team.ts", regex = '(?m)^  (\w+):' }
rule = "subset""#;
    let good = [
        ("api/recorded/one.json", "{\"status\": 200, \"body\": {\"id\": 1}}"),
        ("api/recorded/many.json", "{\"body\": [{\"id\": 1}, {\"id\": 2, \"seats\": 3}]}"),
        ("web/team.ts", "interface Team {\n  id: string;\n  seats: number;\n}"),
    ];
    let said = broken_by(seam, &good, ("web/team.ts", "interface Team {\n  id: string;\n  ownerEmail: string;\n}"));
    assert_eq!(said, "web: team.ts:3 uses `ownerEmail`, which api doesn't have");
}

#[test]
fn exceptions_and_statuses_are_known_on_both_sides() {
    let seam = r#"
producer = [
  { repo = "api", files = "**/*.py", regex = 'class (\w+)\(Exception\)' },
  { repo = "api", file = "openapi.json", openapi = "values", schema = "Team", field = "plan" },
]
consumer = { repo = "web", files = "**/*.py", regex = 'except (\w+)|plan == "(\w+)"' }
rule = "subset""#;
    let good = [
        ("api/errors.py", "class NoSeatLeft(Exception):\n    pass"),
        ("api/openapi.json", TEAM),
        ("web/a.py", "try: pass\nexcept NoSeatLeft:\n    pass\nif plan == \"team\": pass"),
    ];
    let said = broken_by(seam, &good, ("web/b.py", "if plan == \"solo\": pass"));
    assert_eq!(said, "web: b.py:1 uses `solo`, which api doesn't have");
}

#[test]
fn a_retry_budget_fits_into_a_deadline() {
    let seam = r#"
producer = { repo = "api", file = "gateway.toml", pointer = "/limits/deadline", unit = "s" }
consumer = [
  { repo = "web", file = "client.ts", number = "TRIES" },
  { repo = "web", file = "client.ts", number = "PATIENCE_MS", unit = "ms" },
]
total = "product"
rule = "at_most""#;
    let good = [
        ("api/gateway.toml", "[limits]\ndeadline = 10\n"),
        ("web/client.ts", "const TRIES = 3;\nconst PATIENCE_MS = 3_000;\n"),
    ];
    let said = broken_by(seam, &good, ("web/client.ts", "const TRIES = 4;\nconst PATIENCE_MS = 3_000;\n"));
    assert_eq!(said, "web: client.ts:1 with web: client.ts:2 comes to 12s, more than the 10s of api: gateway.toml:2");
}

#[test]
fn environment_variables_are_ones_that_somebody_sets() {
    let seam = r#"
producer = { repo = "api", file = "compose.yaml", jsonpath = "$.services.*.environment", keys = true }
consumer = { repo = "web", files = "src/**/*.{ts,py}", regex = 'env(?:iron)?[.\[]"?(\w+)' }
rule = "subset""#;
    let good = [
        ("api/compose.yaml", "services:\n  web:\n    environment:\n      API_URL: x\n      TOKEN: y\n"),
        ("web/src/a.ts", "process.env.API_URL"),
    ];
    let said = broken_by(seam, &good, ("web/src/b.py", "os.environ[\"API_KEY\"]"));
    assert_eq!(said, "web: src/b.py:1 uses `API_KEY`, which api doesn't have");
}

#[test]
fn the_pinned_version_is_the_one_that_will_be_published() {
    let seam = r#"
producer = { repo = "sdk", publishes = true }
consumer = { repo = "web", file = "package.json", pins = "sdk" }
rule = "equal""#;
    let good = [
        ("sdk/package.json", "{\n  \"name\": \"@a/sdk\",\n  \"version\": \"2.3.0\"\n}"),
        ("web/package.json", "{\n  \"dependencies\": { \"@a/sdk\": \"2.3.0\" }\n}"),
    ];
    let said = broken_by(seam, &good, ("web/package.json", "{\n  \"dependencies\": { \"@a/sdk\": \"^2.2.0\" }\n}"));
    assert!(said.starts_with("web: package.json:2 uses `^2.2.0`, which sdk doesn't have"), "{said}");
}

#[test]
fn a_contract_that_drifted_is_not_compatible() {
    let seam = r#"
producer = { repo = "api", file = "openapi.json" }
consumer = { repo = "sdk", file = "contract.json" }
rule = "compatible""#;
    let good = [("api/openapi.json", TEAM), ("sdk/contract.json", TEAM)];
    let said = broken_by(seam, &good, ("api/openapi.json", &TEAM.replace("\"seats\"", "\"seat_count\"")));
    assert!(said.contains("sdk: contract.json:") && said.contains("seats"), "{said}");
}

#[test]
fn vendored_copies_are_the_same_bytes() {
    let seam = r#"
producer = { repo = "api", files = "proto/*.proto", digest = true }
consumer = { repo = "web", files = "vendor/proto/*.proto", digest = true }
rule = "equal""#;
    let good = [("api/proto/a.proto", "message A {}"), ("web/vendor/proto/a.proto", "message A {}")];
    let said = broken_by(seam, &good, ("web/vendor/proto/a.proto", "message A { }"));
    assert!(said.starts_with("web: vendor/proto/a.proto uses `a.proto "), "{said}");
}

#[test]
fn failure_paths_are_logged() {
    let seam = r#"
consumer = { repo = "web", files = "notifier/*.py", regex = 'except \w+.*:\n\s+log\.' }
rule = "present""#;
    let logged = "try:\n    send()\nexcept Refused as refused:\n    log.warning(\"refused\", refused)\n";
    let silent = "try:\n    send()\nexcept Refused:\n    pass\n";
    let said = broken_by(seam, &[("web/notifier/send.py", logged)], ("web/notifier/send.py", silent));
    assert_eq!(said, "web: notifier/*.py: what must stand there doesn't");
    // each failure by its name, so that one that is logged hides no other
    let every = r#"
producer = { repo = "web", files = "notifier/*.py", regex = 'except (\w+)[^\n]*:\n\s+log\.' }
consumer = { repo = "web", files = "notifier/*.py", regex = 'except (\w+)' }
rule = "subset""#;
    let also = format!("{logged}{}", silent.replace("Refused", "Late"));
    let said = broken_by(every, &[("web/notifier/send.py", logged)], ("web/notifier/send.py", &also));
    assert!(said.starts_with("web: notifier/send.py:7 uses `Late`"), "{said}");
}

#[test]
fn a_handover_has_one_owner_for_each_duty() {
    let seam = r#"
producer = { repo = "api", files = "**/*.py", regex = 'handover owns: (\w+)' }
consumer = { repo = "web", files = "**/*.py", regex = 'handover owns: (\w+)' }
owner = { retry = "web", deadline = "api", status = "api" }
rule = "owned""#;
    let good =
        [("api/a.py", "# handover owns: deadline\n# handover owns: status"), ("web/a.py", "# handover owns: retry")];
    let said = broken_by(seam, &good, ("api/b.py", "# handover owns: retry"));
    assert_eq!(said, "retry has 2 owners: api: b.py:1 and web: a.py:1");
    let said = broken_by(seam, &good, ("api/a.py", "# handover owns: status"));
    assert!(said.starts_with("nobody owns deadline"), "{said}");
}

#[test]
fn both_sides_have_a_test_that_names_the_seam() {
    let seam = r#"
producer = { repo = "api", file = "a", text = "x" }
consumer = { repo = "web", file = "a", text = "x" }
tests = { producer = "tests/**/*.py", consumer = "test/*.ts", naming = 'seam: the-seam' }
rule = "equal""#;
    let good = [
        ("api/a", "x"),
        ("web/a", "x"),
        ("api/tests/deep/test_a.py", "# seam: the-seam"),
        ("web/test/a.ts", "// seam: the-seam"),
    ];
    let said = broken_by(seam, &good, ("web/test/a.ts", "// nothing"));
    assert_eq!(said, "web: test/*.ts: none of 1 files names `seam: the-seam`");
}

#[test]
fn what_a_generator_makes_is_what_was_checked_in() {
    let bench = Bench::new(
        r#"
producer = { repo = "api", command = ["bin/generate"], output = "out.json" }
consumer = { repo = "sdk", file = "contract.yaml" }
rule = "generated""#,
    );
    bench.write("api/a", "x");
    bench.write("sdk/contract.yaml", "b: [1, 2]\na: { x: 1 }\n");
    bench.commit_all();
    let made = bench.look_with("{\"a\": {\"x\": 1.0}, \"b\": [1, 2]}");
    assert_eq!(made.state, SeamState::Holds, "{made:?}");
    let drifted = bench.look_with("{\"a\": {\"x\": 1}, \"b\": [1, 3], \"c\": 0}");
    assert_eq!(drifted.misfits.len(), 2, "{drifted:?}");
    assert!(drifted.detail.starts_with("sdk: contract.yaml:1 says another thing at /b/1"), "{}", drifted.detail);
    assert!(drifted.misfits[0].mend.contains("run `bin/generate` in api and check in"));
    assert_eq!(bench.look().state, SeamState::Unknown, "nothing was run");
}
