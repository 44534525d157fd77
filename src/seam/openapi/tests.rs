//! Contracts as people write them, and what becomes of those who relied on them.

mod breaks;
mod finer;
mod hostile;
mod properties;
mod reading;
mod recorded;
mod unread;
mod versions;

use serde_json::{Value, json};

use super::*;
use crate::seam::document::{Document, Format, Limits, read_as};

fn document(value: &Value) -> Document {
    let text = serde_json::to_string_pretty(value).unwrap();
    read_as(Format::Json, text.as_bytes(), &Limits::default()).unwrap()
}

/// The findings between two contracts, as kinds and sentences.
fn findings(relied: &Value, promised: &Value) -> Vec<(FindingKind, String)> {
    findings_for(relied, promised, None)
}

fn findings_for(relied: &Value, promised: &Value, only: Option<&Reliance>) -> Vec<(FindingKind, String)> {
    let (relied, promised) = (document(relied), document(promised));
    let (a, b) = (Contract::of(&relied).unwrap(), Contract::of(&promised).unwrap());
    let found = compatible(&a, &b, only);
    assert_eq!(found.left_off, 0);
    found.findings.into_iter().map(|finding| (finding.kind, finding.what)).collect()
}

/// The shop that the tests are about: one operation that reads, one that writes.
fn shop() -> Value {
    json!({
        "openapi": "3.1.0",
        "info": { "title": "shop", "version": "1" },
        "paths": {
            "/v1/teams/{id}": {
                "parameters": [{ "name": "id", "in": "path", "required": true, "schema": { "type": "string" } }],
                "get": {
                    "parameters": [
                        { "name": "fields", "in": "query", "schema": { "type": "string", "enum": ["all", "few"] } },
                    ],
                    "responses": {
                        "200": {
                            "description": "a team",
                            "headers": { "ETag": { "schema": { "type": "string" } } },
                            "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Team" } } },
                        },
                        "404": { "description": "none" },
                    },
                },
                "put": {
                    "requestBody": {
                        "content": { "application/json": { "schema": { "$ref": "#/components/schemas/NewTeam" } } },
                    },
                    "responses": { "204": { "description": "done" } },
                },
            },
        },
        "components": {
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" }, "key": { "type": "apiKey", "in": "header", "name": "X-Key" } },
            "schemas": {
                "Team": {
                    "type": "object",
                    "required": ["id", "name"],
                    "properties": {
                        "id": { "type": "string" },
                        "name": { "type": "string", "maxLength": 80 },
                        "plan": { "type": "string", "enum": ["team", "organisation"] },
                        "seats": { "type": "integer", "format": "int32", "minimum": 1 },
                        "owner_email": { "type": "string", "format": "email" },
                        "members": { "type": "array", "items": { "$ref": "#/components/schemas/Member" } },
                        "parent": { "$ref": "#/components/schemas/Team" },
                    },
                },
                "Member": {
                    "oneOf": [{ "$ref": "#/components/schemas/Person" }, { "$ref": "#/components/schemas/Robot" }],
                    "discriminator": { "propertyName": "kind" },
                },
                "Person": { "type": "object", "properties": { "kind": { "const": "person" }, "email": { "type": "string" } } },
                "Robot": { "type": "object", "properties": { "kind": { "const": "robot" }, "serial": { "type": "integer" } } },
                "NewTeam": {
                    "allOf": [
                        { "type": "object", "required": ["name"], "properties": { "name": { "type": "string" } } },
                        {
                            "type": "object",
                            "properties": {
                                "plan": { "type": ["string", "null"], "enum": ["team", "organisation", null] },
                                "seats": { "type": "number", "maximum": 500 },
                                "id": { "type": "string", "readOnly": true },
                            },
                        },
                    ],
                },
            },
        },
    })
}

/// The shop after a change.
fn changed(change: impl FnOnce(&mut Value)) -> Value {
    let mut value = shop();
    change(&mut value);
    value
}

/// Puts a value at a pointer whose parent is there.
fn put(value: &mut Value, pointer: &str, new: Value) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let key = key.replace("~1", "/");
    match value.pointer_mut(parent).unwrap_or_else(|| panic!("nothing at {parent}")) {
        Value::Object(map) => drop(map.insert(key, new)),
        Value::Array(list) => list.push(new),
        other => panic!("{other} at {parent}"),
    }
}

fn remove(value: &mut Value, pointer: &str) -> Value {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let key = key.replace("~1", "/");
    match value.pointer_mut(parent).unwrap_or_else(|| panic!("nothing at {parent}")) {
        Value::Object(map) => map.remove(&key).unwrap_or_else(|| panic!("nothing at {pointer}")),
        Value::Array(list) => list.remove(key.parse().unwrap()),
        other => panic!("{other} at {parent}"),
    }
}
