//! What holds of every contract.

use proptest::prelude::*;

use super::*;

/// A schema of some depth, with names that are few enough to meet.
fn schema() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!({ "type": "string" })),
        Just(json!({ "type": "integer", "minimum": 1, "format": "int32" })),
        Just(json!({ "type": ["number", "null"], "maximum": 9 })),
        Just(json!({ "type": "string", "enum": ["a", "b"] })),
        Just(json!({ "$ref": "#/components/schemas/S0" })),
        Just(json!({ "$ref": "#/components/schemas/S1" })),
        Just(json!({})),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let fields = prop::collection::btree_map("[a-d]", inner.clone(), 1..4);
        let object = (fields, prop::collection::btree_set("[a-d]", 0..2), any::<bool>()).prop_map(
            |(fields, required, closed)| {
                let required: Vec<_> = required.into_iter().filter(|name| fields.contains_key(name)).collect();
                let mut object = json!({ "type": "object", "properties": fields, "required": required });
                if closed {
                    object["additionalProperties"] = json!(false);
                }
                object
            },
        );
        prop_oneof![
            3 => object,
            1 => inner.clone().prop_map(|items| json!({ "type": "array", "items": items })),
            1 => prop::collection::vec(inner.clone(), 1..3).prop_map(|parts| json!({ "allOf": parts })),
            1 => prop::collection::vec(inner, 1..3).prop_map(|parts| json!({ "oneOf": parts })),
        ]
    })
}

fn api() -> impl Strategy<Value = Value> {
    (schema(), schema(), schema(), schema()).prop_map(|(first, second, taken, answered)| {
        json!({
            "openapi": "3.1.0",
            "paths": { "/x/{id}": { "post": {
                "parameters": [{ "name": "q", "in": "query", "schema": { "type": "string" } }],
                "requestBody": { "content": { "application/json": { "schema": taken } } },
                "responses": { "200": { "content": { "application/json": { "schema": answered } } } },
            } } },
            "components": { "schemas": { "S0": first, "S1": second, "Out": { "type": "object", "properties": { "a": { "type": "string" } } } } },
        })
    })
}

proptest! {
    #[test]
    fn every_contract_is_compatible_with_itself(api in api()) {
        prop_assert_eq!(findings(&api, &api), []);
    }

    #[test]
    fn adding_what_is_optional_is_compatible(api in api(), closed in any::<bool>()) {
        let mut more = api.clone();
        put(&mut more, "/paths/~1y", json!({ "get": { "responses": {} } }));
        put(&mut more, "/paths/~1x~1{id}/post/parameters/-", json!({ "name": "new", "in": "query", "schema": {} }));
        put(&mut more, "/paths/~1x~1{id}/post/responses/500", json!({ "description": "no" }));
        put(&mut more, "/components/schemas/Fresh", json!({ "type": "object", "additionalProperties": closed }));
        put(&mut more, "/components/schemas/Out/properties/fresh", json!({ "type": "string" }));
        prop_assert_eq!(findings(&api, &more), []);
    }

    #[test]
    fn removing_what_is_relied_on_never_is(api in api(), which in 0..6_usize) {
        let mut less = api.clone();
        match which {
            0 => drop(remove(&mut less, "/paths/~1x~1{id}")),
            1 => drop(remove(&mut less, "/components/schemas/Out/properties/a")),
            2 => drop(remove(&mut less, "/paths/~1x~1{id}/post/responses/200")),
            3 => drop(remove(&mut less, "/paths/~1x~1{id}/post/requestBody")),
            4 => drop(remove(&mut less, "/paths/~1x~1{id}/post/parameters/0")),
            _ => drop(remove(&mut less, "/components/schemas/Out")),
        }
        let (was, is) = (document(&api), document(&less));
        let found = compatible(&Contract::of(&was).unwrap(), &Contract::of(&is).unwrap(), None);
        prop_assert_eq!(found.verdict(), Verdict::Broken);
    }

    #[test]
    fn any_two_contracts_are_compared_without_harm(a in api(), b in api()) {
        let (was, is) = (document(&a), document(&b));
        let found = compatible(&Contract::of(&was).unwrap(), &Contract::of(&is).unwrap(), None);
        for finding in &found.findings {
            prop_assert!(!finding.what.is_empty() && !finding.mend.is_empty());
            for (spot, document) in [(&finding.relied, &was), (&finding.promised, &is)] {
                if let Some(spot) = spot {
                    prop_assert!(document.at(&spot.pointer).is_some(), "{}", spot);
                }
            }
        }
    }
}
