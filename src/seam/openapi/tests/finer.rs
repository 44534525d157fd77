//! Changes that are easily passed over, each on a contract of one operation: what is told of each, and of each the other way
//! round where that harms nobody.
#![allow(clippy::needless_pass_by_value, reason = "a contract is written where it is used")]

use FindingKind as Kind;

use super::*;

fn text() -> Value {
    json!({ "type": "string" })
}

fn object(fields: Value) -> Value {
    json!({ "type": "object", "properties": fields })
}

fn operation(operation: Value) -> Value {
    json!({ "openapi": "3.1.0", "paths": { "/t": { "post": operation } } })
}

fn taking(schema: Value) -> Value {
    let answer = json!({ "200": { "description": "done" } });
    operation(
        json!({ "requestBody": { "content": { "application/json": { "schema": schema } } }, "responses": answer }),
    )
}

fn answering(schema: Value) -> Value {
    operation(json!({ "responses": { "200": { "content": { "application/json": { "schema": schema } } } } }))
}

fn answers(answers: Value) -> Value {
    operation(json!({ "responses": answers }))
}

fn parameter(parameter: Value) -> Value {
    operation(json!({ "parameters": [parameter], "responses": {} }))
}

/// Each pair gives exactly one finding, and each contract holds against itself.
fn each_breaks(table: Vec<(Value, Value, Kind, &str)>) {
    for (was, is, kind, what) in table {
        assert_eq!(findings(&was, &was), [], "{what}");
        assert_eq!(findings(&is, &is), [], "{what}");
        let found = findings(&was, &is);
        assert_eq!(found.len(), 1, "{what}: {found:#?}");
        assert_eq!(found[0].0, kind, "{what}: {found:#?}");
        assert!(found[0].1.contains(what), "{what}: {found:#?}");
    }
}

#[test]
fn what_is_sent_must_be_taken_and_no_more_asked() {
    let read_only = json!({ "type": "string", "readOnly": true });
    let always = |field: Value| json!({ "type": "object", "properties": { "a": field }, "required": ["a"] });
    let with_default = |value: &str| taking(object(json!({ "a": { "type": "string", "default": value } })));
    let query = |schema: Value| json!({ "name": "q", "in": "query", "schema": schema });
    let form = |encoding: Value| {
        let media = json!({ "schema": object(json!({ "f": text() })), "encoding": encoding });
        operation(json!({ "requestBody": { "content": { "multipart/form-data": media } }, "responses": {} }))
    };
    let mut empty = query(text());
    empty["allowEmptyValue"] = json!(true);
    let content =
        json!({ "name": "q", "in": "query", "content": { "application/json": { "schema": object(json!({})) } } });
    let anything = operation(json!({ "requestBody": { "content": { "*/*": { "schema": text() } } }, "responses": {} }));
    each_breaks(vec![
        (
            taking(object(json!({ "a": text() }))),
            taking(object(json!({ "a": read_only }))),
            Kind::FieldRemoved,
            "is read-only, and was taken",
        ),
        (
            taking(always(read_only.clone())),
            taking(always(text())),
            Kind::InputRequired,
            "asks for `a`, which was optional",
        ),
        (
            with_default("x"),
            with_default("y"),
            Kind::Unknown,
            "the default of `a` of the body of POST /t was `x`, and is `y`",
        ),
        (
            form(json!({ "f": { "contentType": "image/png" } })),
            form(json!({ "f": { "contentType": "text/plain" } })),
            Kind::Unknown,
            "the encoding of",
        ),
        (parameter(empty), parameter(query(text())), Kind::Type, "could be empty"),
        (parameter(query(object(json!({})))), parameter(content), Kind::Type, "is written application/json"),
        (anything, taking(text()), Kind::Unknown, "could be any media type"),
        (
            taking(json!({ "type": "object", "additionalProperties": text() })),
            taking(
                json!({ "type": "object", "additionalProperties": text(), "properties": { "n": { "type": "integer" } } }),
            ),
            Kind::Type,
            "`n` of the body of POST /t took string, and takes integer",
        ),
    ]);
    assert_eq!(findings(&taking(object(json!({ "a": read_only }))), &taking(object(json!({ "a": text() })))), []);
}

#[test]
fn what_is_answered_must_be_what_was_announced() {
    let map = |of: Value| json!({ "type": "object", "additionalProperties": of });
    let closed = json!({ "type": "object", "properties": { "a": text() }, "additionalProperties": false });
    let with_new =
        json!({ "type": "object", "properties": { "a": text(), "b": text() }, "additionalProperties": false });
    let with_integer =
        json!({ "type": "object", "additionalProperties": text(), "properties": { "n": { "type": "integer" } } });
    let media = |name: &str| answers(json!({ "200": { "content": { name: { "schema": text() } } } }));
    let header =
        |required: bool| answers(json!({ "200": { "headers": { "X": { "required": required, "schema": text() } } } }));
    let plain = |statuses: &[&str]| {
        answers(statuses.iter().map(|status| ((*status).to_owned(), json!({ "description": "x" }))).collect())
    };
    let encoded = |encoding: &str| answering(json!({ "type": "string", "contentEncoding": encoding }));
    let nulls = |values: Value| answering(json!({ "type": ["string", "null"], "enum": values }));
    let nots =
        |first: &str| answering(json!({ "allOf": [{ "not": { "type": first } }, { "not": { "type": "array" } }] }));
    let asked =
        |required: Value| answering(json!({ "type": "object", "properties": { "a": text() }, "required": required }));
    each_breaks(vec![
        (
            answering(map(text())),
            answering(json!({ "type": "object", "additionalProperties": false })),
            Kind::FieldRemoved,
            "has no other fields",
        ),
        (answering(map(text())), answering(json!({ "type": "object" })), Kind::Type, "another field of"),
        (
            answering(map(text())),
            answering(map(json!({ "type": "integer" }))),
            Kind::Type,
            "was string, and is integer",
        ),
        (answering(map(text())), answering(with_integer), Kind::Type, "`n` of the 200 answer of POST /t was string"),
        (answering(closed.clone()), answering(with_new), Kind::Type, "has `b`, and was said to have no other fields"),
        (
            answering(closed),
            answering(object(json!({ "a": text() }))),
            Kind::Type,
            "may have other fields than those it lists",
        ),
        (media("application/json"), media("*/*"), Kind::Unknown, "was application/json, and may be any media type"),
        (header(true), header(false), Kind::FieldOptional, "the header x of the 200 answer of POST /t may be missing"),
        (plain(&["201", "default"]), plain(&["default"]), Kind::AnswerRemoved, "POST /t doesn't answer 201 any more"),
        (plain(&["200", "201"]), plain(&["200", "default"]), Kind::AnswerRemoved, "answers 200 where it answered 201"),
        (plain(&["200"]), plain(&["default"]), Kind::Unknown, "it isn't said whether POST /t still answers 200"),
        (encoded("base64"), encoded("hex"), Kind::Unknown, "`contentEncoding` of"),
        (nulls(json!(["a"])), nulls(json!(["a", null])), Kind::Type, "was string, and is null or string"),
        (nots("integer"), nots("boolean"), Kind::Unknown, "`not` of"),
        (asked(json!(["a", "z"])), asked(json!(["a"])), Kind::FieldOptional, "`z` of"),
    ]);
    // what is no list is no list of values
    let malformed = answering(json!({ "type": "string", "enum": "a" }));
    assert_eq!(findings(&malformed, &malformed), []);
    assert!(!findings(&answering(json!({ "type": "string", "enum": ["a"] })), &malformed).is_empty());
    assert_eq!(findings(&header(false), &header(true)), []);
    assert_eq!(findings(&media("*/*"), &media("application/json")), []);
}

fn pets(discriminator: Value) -> Value {
    let mut pet = json!({ "oneOf": [{ "$ref": "#/components/schemas/Dog" }, { "$ref": "#/components/schemas/Cat" }] });
    if !discriminator.is_null() {
        pet["discriminator"] = discriminator;
    }
    let mut api = answering(pet);
    api["components"] = json!({ "schemas": {
        "Dog": object(json!({ "k": text(), "bone": text() })),
        "Cat": object(json!({ "k": text(), "fish": text() })),
    } });
    api
}

#[test]
fn what_tells_alternatives_apart_stands_for_the_same() {
    let by = |mapping: Value| pets(json!({ "propertyName": "k", "mapping": mapping }));
    let to = |name: &str| format!("#/components/schemas/{name}");
    let known = by(json!({ "dog": to("Dog"), "cat": to("Cat") }));
    each_breaks(vec![
        (known.clone(), by(json!({ "hound": to("Dog"), "cat": to("Cat") })), Kind::Value, "may say `hound` in `k`"),
        (known.clone(), pets(json!({ "propertyName": "k" })), Kind::Unknown, "it isn't known by which values of `k`"),
        (known.clone(), pets(Value::Null), Kind::Unknown, "was told apart by `k`, and isn't said to be any more"),
    ]);
    let swapped = findings(&known, &by(json!({ "dog": to("Cat"), "cat": to("Dog") })));
    let said: Vec<_> = swapped.iter().map(|(kind, what)| (*kind, what.as_str())).collect();
    assert_eq!(said, [(Kind::FieldRemoved, "`fish` of Cat is gone"), (Kind::FieldRemoved, "`bone` of Dog is gone")]);
    let implied = pets(json!({ "propertyName": "k" }));
    assert_eq!(findings(&implied, &by(json!({ "Dog": "Dog", "Cat": to("Cat") }))), [], "it says what was so anyway");
    assert_eq!(findings(&pets(Value::Null), &known), []);
}

#[test]
fn an_address_counts_like_a_path() {
    let with = |root: &[&str], path: &[&str]| {
        let servers = |urls: &[&str]| urls.iter().map(|url| json!({ "url": url })).collect::<Value>();
        let mut api = answering(text());
        if !root.is_empty() {
            api["servers"] = servers(root);
        }
        if !path.is_empty() {
            api["paths"]["/t"]["servers"] = servers(path);
        }
        api
    };
    let swagger = |base: Option<&str>| {
        let mut api = json!({ "swagger": "2.0", "paths": { "/t": { "get": { "responses": { "200": { "description": "" } } } } } });
        if let Some(base) = base {
            api["basePath"] = json!(base);
        }
        api
    };
    let one = with(&["https://x.example.com/v1"], &[]);
    let mut slash = answering(text());
    let item = remove(&mut slash, "/paths/~1t");
    put(&mut slash, "/paths/~1t~1", item);
    each_breaks(vec![
        (
            one.clone(),
            with(&["https://x.example.com/v2"], &[]),
            Kind::OperationRemoved,
            "POST /t doesn't stand below /v1 any more",
        ),
        (
            one.clone(),
            with(&["https://x.example.com/v1"], &["https://x.example.com/v2"]),
            Kind::OperationRemoved,
            "below /v1",
        ),
        (one.clone(), with(&[], &[]), Kind::Unknown, "isn't said any more"),
        (swagger(Some("/v1")), swagger(Some("/v2")), Kind::OperationRemoved, "GET /t doesn't stand below /v1 any more"),
        (swagger(Some("/v1")), swagger(None), Kind::Unknown, "isn't said any more"),
        (with(&["/v1", "/v2"], &[]), with(&["/v1"], &[]), Kind::OperationRemoved, "below /v2"),
        (answering(text()), slash, Kind::Unknown, "POST /t is written /t/"),
    ]);
    let mut moved = answering(text());
    let item = remove(&mut moved, "/paths/~1t");
    put(&mut moved, "/paths/~1v1~1t", item);
    for sound in
        [with(&["https://y.example.com/v1/"], &[]), with(&["/v2", "/v1"], &[]), with(&["/v2"], &["/v1"]), moved]
    {
        assert_eq!(findings(&one, &sound), []);
    }
    assert_eq!(findings(&with(&[], &[]), &one), [], "who relied on no address may have any");
    assert_eq!(findings(&with(&["https://x.example.com"], &[]), &with(&[], &[])), []);
}

#[test]
fn a_form_in_swagger_two_keeps_its_files() {
    let form = |kind: &str| {
        json!({ "swagger": "2.0", "paths": { "/t": { "post": {
            "parameters": [{ "in": "formData", "name": "f", "type": kind }], "responses": { "200": { "description": "" } },
        } } } })
    };
    each_breaks(vec![
        (form("file"), form("string"), Kind::Type, "was a file, and isn't any more"),
        (form("string"), form("file"), Kind::Type, "is a file, and wasn't"),
    ]);
}
