//! What is taken out of texts as they lie in real repositories.

use super::*;
use crate::plan::seam::Rule;

/// Takes out of a text what a source, written as in release.toml, wants: each name with its line.
fn taken(source: &str, path: &str, text: &str) -> Result<Vec<(String, usize)>, String> {
    let source: Source = toml::from_str(&format!("repo = \"api\"\nfile = \"x\"\n{source}")).unwrap();
    let what = source.extract(Rule::Subset).unwrap();
    let items =
        extract(&source, what, File { repo: &source.repo, side: Side::Producer, path, bytes: text.as_bytes() }, None)?;
    Ok(items.into_iter().map(|item| (item.text, item.line)).collect())
}

fn names(source: &str, path: &str, text: &str) -> Vec<String> {
    taken(source, path, text).unwrap().into_iter().map(|(name, _)| name).collect()
}

const SCHEMA: &str = r#"{
  "components": { "schemas": {
    "Team": { "properties": {
      "id": { "type": "string" },
      "seats": { "type": "integer" }
    } }
  } }
}"#;

#[test]
fn a_pattern_gives_its_group_with_its_line() {
    let template = "Hello {{ user.name }},\n\n{{ team.seat_count }} of {{team.seats}}\n";
    let found = taken(r"regex = '\{\{\s*team\.(\w+)'", "a.j2", template).unwrap();
    assert_eq!(found, [("seat_count".to_owned(), 3), ("seats".to_owned(), 3)]);
    assert_eq!(names("regex = 'raise (\\w+)|except (\\w+)'", "a.py", "raise A\nexcept B:\n"), ["A", "B"]);
    assert_eq!(names(r#"regex = '(get|post)\("([^"]+)"'"#, "a.ts", r#"this.get("/v1/me")"#), ["get /v1/me"]);
    assert_eq!(names("regex = 'X-[A-Z]+'", "a", "X-AB and X-C"), ["X-AB", "X-C"]);
}

#[test]
fn an_item_quotes_the_line_it_stands_on() {
    let source: Source = toml::from_str("repo = \"api\"\nfile = \"x\"\ntext = \"seats\"").unwrap();
    let file =
        File { repo: &source.repo, side: Side::Producer, path: "a.py", bytes: b"one\n    \"seats\": row.seats,\n" };
    let items = extract(&source, source.extract(Rule::Present).unwrap(), file, None).unwrap();
    assert_eq!(items.len(), 2);
    assert_eq!((items[0].line, items[0].quoted.as_str()), (2, "\"seats\": row.seats,"));
}

#[test]
fn a_pointer_gives_keys_or_values_in_all_three_formats() {
    let pointer = "pointer = \"/components/schemas/Team/properties\"\nkeys = true";
    assert_eq!(taken(pointer, "a.json", SCHEMA).unwrap(), [("id".to_owned(), 4), ("seats".to_owned(), 5)]);
    assert_eq!(taken("pointer = \"/a/b\"", "a.yaml", "a:\n  b: [x, 2, true]\n").unwrap().len(), 3);
    assert_eq!(
        names("pointer = \"/env\"\nkeys = true", "a.toml", "[env]\nTOKEN = \"\"\nPORT = 1\n"),
        ["TOKEN", "PORT"]
    );
    assert_eq!(names("pointer = \"/version\"", "package.json", "{\"version\": \"2.3.0\"}"), ["2.3.0"]);
}

#[test]
fn a_pointer_that_leads_to_the_wrong_thing_says_what_to_write() {
    let error = taken("pointer = \"/components\"", "a.json", SCHEMA).unwrap_err();
    assert_eq!(
        error,
        "api: a.json: /components leads to a table on line 2: say `keys = true` for the names of a table"
    );
    assert!(taken("pointer = \"/nothing\"", "a.json", SCHEMA).unwrap_err().contains("nothing stands at /nothing"));
    assert!(taken("pointer = \"/a\"", "a.json", "{\"a\": [{}]}").is_err());
}

#[test]
fn a_path_leads_to_several_places() {
    let compose = "services:\n  web: { image: a, ports: [1, 2, 3] }\n  api: { image: b, env: { TOKEN: x, PORT: 1 } }\n";
    assert_eq!(names("jsonpath = \"$.services[*].image\"", "c.yaml", compose), ["a", "b"]);
    assert_eq!(names("jsonpath = \"$..image\"", "c.yaml", compose), ["a", "b"]);
    assert_eq!(names("jsonpath = \"$.services.web.ports[-1]\"", "c.yaml", compose), ["3"]);
    assert_eq!(names("jsonpath = \"$.services.web.ports[1:]\"", "c.yaml", compose), ["2", "3"]);
    assert_eq!(names("jsonpath = \"$.services.web.ports[::2]\"", "c.yaml", compose), ["1", "3"]);
    assert_eq!(names("jsonpath = \"$..env\"\nkeys = true", "c.yaml", compose), ["TOKEN", "PORT"]);
    assert_eq!(names("jsonpath = \"$.services['api', 'web'].image\"", "c.yaml", compose), ["b", "a"]);
    assert!(names("jsonpath = \"$.nobody[*]\"", "c.yaml", compose).is_empty());
}

#[test]
fn a_recorded_answer_gives_the_fields_that_were_really_there() {
    let one = "{\"status\": 200,\n \"body\": {\"id\": 1, \"seats\": 2}}";
    assert_eq!(names("recorded = \"/body\"", "r.json", one), ["id", "seats"]);
    let list = "[{\"id\": 1},\n {\"id\": 2, \"plan\": \"team\"}]";
    assert_eq!(taken("recorded = \"\"", "r.json", list).unwrap(), [("id".to_owned(), 1), ("plan".to_owned(), 2)]);
    assert!(taken("recorded = \"\"", "r.json", "[1]").unwrap_err().contains("where an object was recorded"));
}

#[test]
fn numbers_get_the_unit_they_are_known_to_have() {
    assert_eq!(names("number = \"BUDGET_MS\"\nunit = \"ms\"", "a.ts", "const BUDGET_MS = 3_000;"), ["3000ms"]);
    assert_eq!(names("pointer = \"/deadline\"\nunit = \"s\"", "a.toml", "deadline = \"10s\"\n"), ["10s"]);
    assert_eq!(names("pointer = \"/deadline\"\nunit = \"s\"", "a.toml", "deadline = 10\n"), ["10s"]);
}

#[test]
fn copies_in_another_folder_have_the_same_digest() {
    let of = |files: &str, path: &str| {
        let source: Source = toml::from_str(&format!("repo = \"api\"\nfiles = \"{files}\"\ndigest = true")).unwrap();
        let file = File { repo: &source.repo, side: Side::Producer, path, bytes: b"message A {}" };
        extract(&source, source.extract(Rule::Equal).unwrap(), file, None).unwrap()[0].text.clone()
    };
    let (one, other) = (of("proto/*.proto", "proto/a.proto"), of("vendor/proto/**", "vendor/proto/a.proto"));
    assert_eq!(one, other);
    assert!(one.starts_with("a.proto "));
}

#[test]
fn what_is_no_document_is_told_and_never_empty() {
    for (path, text) in [("a.json", "{\"a\": "), ("a.yaml", "a: [\n"), ("a.toml", "a = "), ("a.json", "<html></html>")]
    {
        let error = taken("pointer = \"/a\"", path, text).unwrap_err();
        assert!(error.starts_with(&format!("api: {path}: ")), "{error}");
    }
    assert!(taken("pointer = \"/a\"", "a.json", "{\"a\": 1, \"a\": 2}").is_err(), "a key that stands twice");
}

#[test]
fn more_names_than_are_held_together_are_not_cut_short() {
    let error = taken("regex = 'x'", "a", &"x".repeat(MOST_NAMES + 1)).unwrap_err();
    assert!(error.contains("at most 20000"), "{error}");
}

#[test]
fn an_operation_that_stands_elsewhere_keeps_all_from_being_told() {
    let paths = "openapi: 3.0.3\npaths:\n  /u:\n    get: { responses: { '200': { description: ok } } }\n";
    let wanted = "openapi = \"operations\"";
    assert_eq!(taken(wanted, "a.yaml", paths).unwrap(), [("GET /u".to_owned(), 4)]);
    let why = taken(wanted, "a.yaml", &format!("{paths}  /gone: {{ $ref: ./gone.yaml }}\n")).unwrap_err();
    assert_eq!(why, "api: a.yaml: line 5: \"./gone.yaml\" leads out of the document, which isn't followed");
}

#[test]
fn what_is_only_ever_sent_is_no_field_that_a_producer_offers() {
    let source: Source =
        toml::from_str("repo = \"api\"\nfile = \"x\"\nopenapi = \"fields\"\nschema = \"User\"").unwrap();
    let text =
        "openapi: 3.0.3\ncomponents: { schemas: { User: { properties: { id: {}, secret: { writeOnly: true } } } } }";
    let of = |side| {
        let file = File { repo: &source.repo, side, path: "a.yaml", bytes: text.as_bytes() };
        let items = extract(&source, source.extract(Rule::Subset).unwrap(), file, None).unwrap();
        items.into_iter().map(|item| item.text).collect::<Vec<_>>()
    };
    assert_eq!(of(Side::Producer), ["id"]);
    assert_eq!(of(Side::Consumer), ["id", "secret"]);
}
