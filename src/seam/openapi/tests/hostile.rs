//! Contracts that hold themselves, lead nowhere, or mean harm.

use super::*;

fn contract(schemas: &Value) -> Value {
    json!({ "openapi": "3.0.0", "components": { "schemas": schemas } })
}

#[test]
fn a_contract_may_hold_itself() {
    let value = contract(&json!({
        "Tree": { "type": "object", "properties": { "left": { "$ref": "#/components/schemas/Tree" }, "all": { "type": "array", "items": { "$ref": "#/components/schemas/Tree" } } } },
        "All": { "allOf": [{ "$ref": "#/components/schemas/All" }, { "type": "object", "properties": { "x": {} } }] },
        "One": { "oneOf": [{ "$ref": "#/components/schemas/One" }, { "type": "string" }] },
        "A": { "$ref": "#/components/schemas/B" },
        "B": { "type": "object", "properties": { "a": { "$ref": "#/components/schemas/A" } } },
    }));
    assert_eq!(findings(&value, &value), []);
    let document = document(&value);
    let fields = Contract::of(&document).unwrap().fields("All").unwrap();
    assert_eq!((fields.fields.len(), fields.unknown.len()), (1, 0));
    assert!(Contract::of(&document).unwrap().fields("One").unwrap().fields.is_empty());
}

#[test]
fn what_leads_nowhere_is_unknown_on_both_sides() {
    for (reference, because) in [
        ("#/components/schemas/None", "leads nowhere"),
        ("other.yaml#/Team", "leads out of the document, which isn't followed"),
        ("https://example.com/x.json", "leads out of the document, which isn't followed"),
        ("#anchor", "is no JSON pointer"),
        ("#/a%zz", "is no JSON pointer"),
    ] {
        let value = contract(&json!({ "Team": { "type": "object", "properties": { "x": { "$ref": reference } } } }));
        let found = findings(&value, &value);
        assert_eq!(found.len(), 2, "{reference}: {found:?}");
        assert!(found.iter().all(|(kind, what)| *kind == FindingKind::Unknown && what.contains(because)), "{found:?}");
    }
    let circle = contract(&json!({
        "A": { "$ref": "#/components/schemas/B" },
        "B": { "$ref": "#/components/schemas/A" },
    }));
    assert!(findings(&circle, &circle).len() <= 4);
}

#[test]
fn escaped_references_are_followed() {
    let value = json!({
        "openapi": "3.0.0",
        "components": { "schemas": { "a/b é": { "type": "string" }, "C": { "$ref": "#/components/schemas/a~1b%20%C3%A9" } } },
    });
    assert_eq!(findings(&value, &value), []);
}

#[test]
fn odd_shapes_are_unknown_or_harmless_and_never_a_panic() {
    for odd in [
        json!({ "Team": 1 }),
        json!({ "Team": [] }),
        json!({ "Team": { "type": "ghost" } }),
        json!({ "Team": { "type": 1, "properties": [], "required": "x", "enum": {}, "allOf": {}, "oneOf": 1 } }),
        json!([]),
        json!({ "Team": { "$ref": 1 } }),
        json!({ "Team": false }),
    ] {
        let value = contract(&odd);
        findings(&value, &value);
        findings(&shop(), &value);
        findings(&value, &shop());
    }
    for paths in [
        json!([]),
        json!({ "/x": 1, "/y": { "get": 1, "post": { "parameters": {}, "responses": [], "requestBody": 1 } } }),
    ] {
        let value = json!({ "openapi": "3.0.0", "paths": paths });
        findings(&value, &value);
        findings(&shop(), &value);
    }
}

#[test]
fn entangled_choices_come_to_an_end() {
    // every choice can only be told apart at the bottom, so that each trial goes all the way down
    let mut schemas = serde_json::Map::new();
    for level in 0..24 {
        let choice = |leaf: &str| json!({ "type": "object", "properties": { "next": { "$ref": format!("#/components/schemas/L{}", level + 1) }, "leaf": { "const": leaf } } });
        schemas.insert(format!("L{level}"), json!({ "oneOf": [choice("a"), choice("b"), choice("c"), choice("d")] }));
    }
    schemas.insert("L24".to_owned(), json!({ "type": "string" }));
    let was = contract(&Value::Object(schemas.clone()));
    schemas.insert("L24".to_owned(), json!({ "type": "integer" }));
    let is = contract(&Value::Object(schemas));
    let (a, b) = (document(&was), document(&is));
    let found = compatible(&Contract::of(&a).unwrap(), &Contract::of(&b).unwrap(), None);
    assert_ne!(found.verdict(), Verdict::Compatible);
}
