//! What stands elsewhere, or in a shape or under a key that isn't read: it is unknown, even where both sides say it alike.

use super::*;

fn is_unknown(value: &Value, because: &str) {
    let found = findings(value, value);
    assert!(!found.is_empty(), "{value}");
    for (kind, what) in &found {
        assert_eq!(*kind, FindingKind::Unknown, "{what}");
    }
    assert!(found.iter().any(|(_, what)| what.contains(because)), "{because}: {found:#?}");
}

/// A contract with a schema and these paths.
fn with_paths(paths: Value) -> Value {
    changed(|value| put(value, "/paths", paths))
}

#[test]
fn paths_that_stand_elsewhere_or_are_no_table_are_unknown() {
    for (paths, because) in [
        (json!({ "$ref": "./paths/_index.yaml" }), "a `$ref` stands for all of it"),
        (json!("paths.yaml"), "a text stands where a table is read"),
        (json!([]), "a list stands where a table is read"),
        (Value::Null, "null stands where a table is read"),
        (json!({ "v1/gone": { "get": { "responses": {} } } }), "\"v1/gone\" is no path"),
        (json!({ "/x": [] }), "a list stands where a table is read"),
        (json!({ "/x": { "get": { "$ref": "./get.yaml" } } }), "a `$ref` stands for all of it"),
        (json!({ "/x": { "get": 1 } }), "a number stands where a table is read"),
        (json!({ "/x": { "GET": { "responses": {} } } }), "`GET` of a path isn't understood"),
        (json!({ "/x": { "get": {}, "servers": {} } }), "a table stands where a list is read"),
    ] {
        is_unknown(&with_paths(paths), because);
    }
    let beside = changed(|value| {
        let path = "/paths/~1v1~1teams~1{id}";
        let item = remove(value, path);
        put(value, "/components/pathItems", json!({ "A": item }));
        put(value, path, json!({ "$ref": "#/components/pathItems/A", "summary": "a team", "x-more": 1 }));
    });
    assert_eq!(findings(&beside, &beside), []);
    is_unknown(
        &changed(|value| {
            *value = beside.clone();
            put(value, "/paths/~1v1~1teams~1{id}/post", json!({ "responses": {} }));
        }),
        "`post` stands beside a `$ref`",
    );
    // nothing that may stand in what isn't known is said to be gone
    let found = findings(&shop(), &with_paths(json!({ "$ref": "./paths.yaml" })));
    assert!(found.iter().all(|(kind, _)| *kind == FindingKind::Unknown), "{found:#?}");
}

#[test]
fn parts_of_an_operation_that_are_not_read_are_unknown() {
    let operation = |operation: Value| with_paths(json!({ "/x": { "post": operation } }));
    let content = |content: Value| json!({ "responses": { "200": { "description": "x", "content": content } } });
    let away = json!({ "$ref": "./x.yaml" });
    for (part, because) in [
        (json!({ "responses": away }), "a `$ref` stands for all of it"),
        (json!({ "responses": [] }), "a list stands where a table is read"),
        (json!({ "responses": { "200": 1 } }), "a number stands where a table is read"),
        (json!({ "responses": { "200": { "headers": "x" } } }), "a text stands where a table is read"),
        (json!({ "parameters": away }), "a `$ref` stands for all of it"),
        (json!({ "parameters": {} }), "a table stands where a list is read"),
        (json!({ "parameters": [{ "$ref": 1 }] }), "its `$ref` is a number"),
        (json!({ "parameters": [{ "name": "q", "in": "body2" }] }), "stands in \"body2\""),
        (json!({ "requestBody": { "content": away } }), "a `$ref` stands for all of it"),
        (content(away.clone()), "a `$ref` stands for all of it"),
        (content(json!("x")), "a text stands where a table is read"),
        (content(json!({ "application/json": away })), "leads out of the document"),
        (content(json!({ "application/json": 42 })), "a number stands where a table is read"),
        (content(json!({ "text/event-stream": { "itemSchema": {} } })), "`itemSchema` of text/event-stream"),
    ] {
        is_unknown(&operation(part), because);
    }
    let plain = operation(content(json!({ "application/json": { "schema": { "type": "string" } } })));
    for unread in [content(away.clone()), content(json!({ "application/json": away }))] {
        let found = findings(&plain, &operation(unread));
        assert!(found.iter().all(|(kind, _)| *kind == FindingKind::Unknown), "{found:#?}");
    }
}

#[test]
fn the_table_of_schemas_and_their_odd_keywords_are_unknown() {
    for (schemas, because) in [
        (json!("schemas.yaml"), "a text stands where a table is read"),
        (json!({ "$ref": "./schemas.yaml" }), "a `$ref` stands for all of it"),
        (json!({ "Tree": { "$defs": {}, "properties": { "kids": { "$dynamicRef": "#node" } } } }), "`$dynamicRef`"),
        (json!({ "Tree": { "items": { "$recursiveRef": "#" } } }), "`$recursiveRef`"),
    ] {
        is_unknown(&json!({ "openapi": "3.1.0", "components": { "schemas": schemas } }), because);
    }
    is_unknown(&json!({ "openapi": "3.1.0", "components": { "$ref": "./components.yaml" } }), "a `$ref` stands");
    is_unknown(&json!({ "openapi": "3.1.0", "paths": {} }), "nothing in it can be relied on");
    let required = |required: Value| json!({ "openapi": "3.0.0", "components": { "schemas": { "T": { "type": "object", "required": required } } } });
    for odd in [Value::Null, json!({}), json!([42])] {
        assert_eq!(findings(&required(odd.clone()), &required(odd.clone())), [], "it is as it was");
        assert_eq!(findings(&required(json!(["a"])), &required(odd)).len(), 2, "unknown, and `a` isn't promised");
    }
}

#[test]
fn what_three_two_adds_is_read() {
    let with = |item: Value, media: &str| {
        json!({
            "openapi": "3.2.0",
            "paths": { "/t": item },
            "components": {
                "mediaTypes": { "X": { "schema": { "type": "object", "properties": { media: { "type": "string" } } } } },
            },
        })
    };
    let done = json!({ "responses": { "200": { "description": "x" } } });
    let get = with(json!({ "get": done }), "a");
    for (item, gone) in [
        (json!({ "get": done, "query": done }), "QUERY /t is gone; its path has other methods"),
        (
            json!({ "get": done, "additionalOperations": { "LINK": done } }),
            "LINK /t is gone; its path has other methods",
        ),
    ] {
        let more = with(item, "a");
        assert_eq!(findings(&more, &more), []);
        assert_eq!(findings(&more, &get), [(FindingKind::OperationRemoved, gone.to_owned())]);
        assert_eq!(findings(&get, &more), []);
    }
    let content = json!({ "application/json": { "$ref": "#/components/mediaTypes/X" } });
    let answer = json!({ "get": { "responses": { "200": { "description": "x", "content": content } } } });
    let found = findings(&with(answer.clone(), "a"), &with(answer, "b"));
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].1.starts_with("`a` of the 200 answer of GET /t is gone"), "{found:#?}");
}

#[test]
fn a_media_type_counts_with_its_parameters() {
    let with = |names: &[&str]| {
        let content: serde_json::Map<_, _> =
            names.iter().map(|name| ((*name).to_owned(), json!({ "schema": { "type": "string" } }))).collect();
        with_paths(json!({ "/t": { "get": { "responses": { "200": { "content": content } } } } }))
    };
    let both = with(&["application/json;v=1", "application/json; V=\"2\"; charset=utf-8"]);
    assert_eq!(findings(&both, &both), []);
    assert_eq!(findings(&both, &with(&["application/json; charset=utf-8; v=2", "application/json;v=1"])), []);
    let found = findings(&both, &with(&["application/json;v=1"]));
    let gone = "the 200 answer of GET /t isn't application/json;v=2 any more".to_owned();
    assert_eq!(found, [(FindingKind::AnswerRemoved, gone)]);
}

#[test]
fn each_way_to_a_token_stays_and_a_scheme_that_stands_elsewhere_is_unknown() {
    let with = |scheme: Value| {
        changed(|value| {
            put(value, "/security", json!([{ "o": ["a"] }]));
            put(value, "/components/securitySchemes/o", scheme);
        })
    };
    let flow = |flow: &str, url: &str| json!({ flow: { "tokenUrl": url, "scopes": { "a": "x" } } });
    let oauth = |flows: Value| with(json!({ "type": "oauth2", "flows": flows }));
    let was = oauth(flow("clientCredentials", "https://old.example.com/token"));
    assert_eq!(findings(&was, &was), []);
    let mut more = flow("clientCredentials", "https://old.example.com/token");
    more["authorizationCode"] = json!({ "tokenUrl": "https://x.example.com" });
    assert_eq!(findings(&was, &oauth(more)), []);
    for other in
        [flow("password", "https://old.example.com/token"), flow("clientCredentials", "https://new.example.com")]
    {
        let found = findings(&was, &oauth(other));
        assert_eq!(found[0].0, FindingKind::Access, "{found:#?}");
    }
    is_unknown(&with(json!({ "$ref": "./auth.yaml" })), "leads out of the document");
    is_unknown(&oauth(json!({ "$ref": "./flows.yaml" })), "a `$ref` stands for all of it");
    is_unknown(&changed(|value| put(value, "/security", json!({ "key": [] }))), "a table stands where a list is read");
    is_unknown(&changed(|value| put(value, "/security", json!(["key"]))), "a text stands where a table is read");
}

#[test]
fn a_webhook_sends_what_it_sent() {
    let with =
        |operation: Value| json!({ "openapi": "3.1.0", "webhooks": { "made": { "post": operation }, "x-more": 1 } });
    let header = |required: bool| {
        let header =
            json!({ "name": "X-Signature", "in": "header", "required": required, "schema": { "type": "string" } });
        with(json!({ "parameters": [header] }))
    };
    let body = |required: bool| {
        let content = json!({ "application/json": { "schema": { "type": "string" } } });
        with(json!({ "requestBody": { "required": required, "content": content } }))
    };
    for whole in [header(true), body(true)] {
        assert_eq!(findings(&whole, &whole), [], "a contract may be webhooks alone");
    }
    let said = |was: &Value, is: &Value| {
        let found = findings(was, is);
        assert_eq!(found.len(), 1, "{found:#?}");
        found[0].clone()
    };
    let of = "the header parameter `X-Signature` of the webhook made";
    assert_eq!(
        said(&header(true), &with(json!({}))),
        (FindingKind::ParameterRemoved, format!("{of} doesn't come any more"))
    );
    let missing = (FindingKind::FieldOptional, format!("{of} may be missing, and was always there"));
    assert_eq!(said(&header(true), &header(false)), missing);
    let missing = "the body of the webhook made may be missing, and was always there".to_owned();
    assert_eq!(said(&body(true), &body(false)), (FindingKind::FieldOptional, missing));
    assert_eq!(findings(&body(false), &body(true)), []);
    assert_eq!(findings(&header(false), &header(true)), []);
    is_unknown(&json!({ "openapi": "3.1.0", "webhooks": { "$ref": "./hooks.yaml" } }), "a `$ref` stands for all of it");
}
