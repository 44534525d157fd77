//! 2.0, 3.0 and 3.1 say the same in different words.

use super::*;

fn two() -> Value {
    json!({
        "swagger": "2.0",
        "basePath": "/v1",
        "consumes": ["application/json"],
        "produces": ["application/json"],
        "securityDefinitions": { "key": { "type": "apiKey", "in": "header", "name": "X-Key" } },
        "security": [{ "key": [] }],
        "paths": {
            "/pets/{id}": {
                "post": {
                    "parameters": [
                        { "name": "id", "in": "path", "required": true, "type": "integer" },
                        { "name": "tags", "in": "query", "type": "array", "items": { "type": "string" }, "collectionFormat": "multi" },
                        { "name": "body", "in": "body", "required": true, "schema": { "$ref": "#/definitions/Pet" } },
                    ],
                    "responses": { "200": { "description": "it", "schema": { "$ref": "#/definitions/Pet" } } },
                },
            },
        },
        "definitions": {
            "Pet": { "type": "object", "properties": { "name": { "type": "string" }, "tag": { "type": "string", "x-nullable": true } } },
        },
    })
}

fn three() -> Value {
    json!({
        "openapi": "3.0.3",
        "servers": [{ "url": "https://{host}.example.com/v1/", "variables": { "host": { "default": "api" } } }],
        "security": [{ "key": [] }],
        "paths": {
            "/pets/{pet}": {
                "post": {
                    "parameters": [
                        { "name": "pet", "in": "path", "required": true, "schema": { "type": "integer" } },
                        { "name": "tags", "in": "query", "style": "multi", "explode": false, "schema": { "type": "array", "items": { "type": "string" } } },
                    ],
                    "requestBody": { "required": true, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Pet" } } } },
                    "responses": { "2XX": { "description": "it", "content": { "application/json; charset=utf-8": { "schema": { "$ref": "#/components/schemas/Pet" } } } } },
                },
            },
        },
        "components": {
            "securitySchemes": { "key": { "type": "apiKey", "in": "header", "name": "x-key" } },
            "schemas": {
                "Pet": { "type": "object", "properties": { "name": { "type": "string" }, "tag": { "type": "string", "nullable": true } } },
            },
        },
    })
}

#[test]
fn a_contract_may_be_written_anew_in_another_version() {
    assert_eq!(findings(&two(), &three()), []);
    let mut moved = three();
    *moved.pointer_mut("/servers/0/url").unwrap() = json!("https://api.example.com/v2");
    assert_eq!(findings(&two(), &moved).len(), 1);
    put(&mut moved, "/servers/-", json!({ "url": "/v1" }));
    assert_eq!(findings(&two(), &moved), []);
}

#[test]
fn null_is_told_in_three_ways() {
    let with = |schema: Value, version: &str| json!({ "openapi": version, "components": { "schemas": { "Pet": { "type": "object", "properties": { "tag": schema } } } } });
    let thirty = with(json!({ "type": "string", "nullable": true }), "3.0.0");
    let list = with(json!({ "type": ["string", "null"] }), "3.1.0");
    let choice = with(json!({ "anyOf": [{ "type": "string" }, { "type": "null" }] }), "3.1.0");
    let never = with(json!({ "type": "string" }), "3.1.0");
    for always in [&thirty, &list, &choice] {
        assert_eq!(findings(always, always), []);
        assert_eq!(findings(always, &never), [], "less may come");
        assert_eq!(findings(&never, always).len(), 1, "{always}");
        assert_eq!(findings(&list, always), [], "{always}");
    }
}

#[test]
fn a_choice_is_held_against_what_it_is_a_choice_of() {
    let with = |schema: Value| json!({ "openapi": "3.1.0", "components": { "schemas": { "Pet": schema } } });
    let plain = with(json!({ "type": "object", "properties": { "name": { "type": "string" } } }));
    let choice = with(json!({
        "type": "object",
        "properties": { "name": { "type": "string" } },
        "oneOf": [{ "properties": { "bark": { "type": "string" } } }, { "required": ["meow"] }],
    }));
    assert_eq!(findings(&plain, &choice), [], "a consumer finds its name in both");
    let renamed = with(json!({ "oneOf": [
        { "type": "object", "properties": { "name": { "type": "string" } } },
        { "type": "object", "properties": { "names": { "type": "string" } } },
    ] }));
    let found = findings(&plain, &renamed);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].1, "Pet may be `object`, which nobody was told of");
    let other = with(json!({ "allOf": [{ "oneOf": [{}, {}] }, { "anyOf": [{}, {}] }] }));
    assert_eq!(findings(&plain, &other)[0].0, FindingKind::Unknown);
}
