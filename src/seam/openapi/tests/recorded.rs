//! What was really answered, held against what is promised.

use super::*;
use crate::seam::recording::recordings;

/// How an answer to a request isn't what the contract promises.
fn unfit(contract: &Value, request: &str, status: u16, body: &Value) -> Vec<String> {
    let (method, path) = request.split_once(' ').unwrap();
    let mut response = json!({ "status": status });
    if !body.is_null() {
        response["body"] = body.clone();
    }
    let recorded = document(&json!({ "request": { "method": method, "path": path }, "response": response }));
    let recorded = recordings(&recorded).unwrap().remove(0);
    let document = document(contract);
    let found = Contract::of(&document).unwrap().unfit(&recorded);
    found.into_iter().map(|unfit| unfit.what).collect()
}

fn team(change: impl FnOnce(&mut Value)) -> Value {
    let mut team = json!({
        "id": "t-1", "name": "Ants", "plan": "team", "seats": 3,
        "members": [{ "kind": "person", "email": "ada@example.com" }, { "kind": "robot", "serial": 7 }],
        "parent": { "id": "t-0", "name": "Bees" },
    });
    change(&mut team);
    team
}

#[test]
fn an_answer_that_is_promised_fits() {
    let fits = |request: &str, status: u16, body: &Value| assert_eq!(unfit(&shop(), request, status, body), [""; 0]);
    fits("GET /v1/teams/t-1?fields=all", 200, &team(|_| ()));
    fits("GET /v1/teams/t-1/", 404, &Value::Null);
    fits("PUT /v1/teams/t-1", 204, &Value::Null);
}

#[test]
fn each_thing_that_is_not_promised_any_more_is_told() {
    let told = |change: fn(&mut Value)| unfit(&shop(), "GET /v1/teams/t-1", 200, &team(change));
    assert_eq!(
        told(|team| team["owner_mail"] = json!("x")),
        ["`owner_mail` of Team was answered, and isn't promised: was it renamed to `owner_email`?"]
    );
    assert_eq!(told(|team| team["seats"] = json!("3")), ["`seats` of Team was a text, and is integer"]);
    assert_eq!(told(|team| team["seats"] = json!(0)), ["`seats` of Team is beyond its minimum, which is 1"]);
    assert_eq!(told(|team| team["plan"] = json!("solo")), ["`plan` of Team was `solo`, which isn't among its values"]);
    assert_eq!(told(|team| team["parent"] = Value::Null), ["Team was null, and is object"]);
    assert_eq!(
        told(|team| team["members"] = json!([{ "kind": "person" }, { "kind": "robot", "serial": "7" }])),
        ["`serial` of an item of `members` of Team was a text, and is integer"]
    );
}

#[test]
fn an_operation_a_status_or_a_body_that_is_gone_is_told() {
    let told = |request: &str, status: u16, body: &Value| unfit(&shop(), request, status, body);
    assert_eq!(told("GET /v1/me", 200, &json!({})), ["GET /v1/me is no operation any more"]);
    assert_eq!(told("POST /v1/teams/t-1", 200, &json!({})), ["POST /v1/teams/t-1 is no operation any more"]);
    assert_eq!(told("GET /v1/teams/t-1", 410, &json!({})), ["GET /v1/teams/{id} doesn't answer 410 any more"]);
    assert_eq!(
        told("PUT /v1/teams/t-1", 204, &json!({ "id": 1 })),
        ["the 204 answer of PUT /v1/teams/{id} has no body that holds a table any more"]
    );
}

#[test]
fn the_most_exact_path_behind_any_server_is_meant() {
    let contract = json!({
        "openapi": "3.0.3", "servers": [{ "url": "https://api.example.com/v1" }],
        "paths": {
            "/teams/{id}": { "get": { "responses": { "200": { "content": { "application/json": { "schema": { "type": "object" } } } } } } },
            "/teams/mine": { "get": { "responses": { "200": { "content": { "application/json": { "schema": { "type": "array" } } } } } } },
            "/files/{name}.{kind}": { "get": { "responses": { "default": { "content": { "*/*": { "schema": { "type": "string" } } } } } } },
        },
    });
    assert_eq!(unfit(&contract, "GET /v1/teams/mine", 200, &json!([1])), [""; 0]);
    assert_eq!(unfit(&contract, "GET /teams/7", 200, &json!({ "anything": 1 })), [""; 0]);
    assert_eq!(unfit(&contract, "GET /v1/files/a.b.txt", 200, &json!("hello")), [""; 0]);
    assert_eq!(
        unfit(&contract, "GET /v1/files/atxt", 200, &json!("hello")),
        ["GET /v1/files/atxt is no operation any more"]
    );
    assert_eq!(unfit(&contract, "GET /v1/teams", 200, &json!([])), ["GET /v1/teams is no operation any more"]);
}

#[test]
fn schemas_and_values_without_an_end_come_to_one() {
    let contract = changed(|shop| {
        put(shop, "/components/schemas/Person", json!({ "oneOf": [{ "$ref": "#/components/schemas/Robot" }] }));
        put(shop, "/components/schemas/Robot", json!({ "oneOf": [{ "$ref": "#/components/schemas/Person" }] }));
    });
    assert_eq!(unfit(&contract, "GET /v1/teams/t-1", 200, &team(|_| ())), [""; 0], "they say nothing");
    let deep = (0..150).fold(json!({}), |inner, _| json!({ "parent": inner }));
    let told = unfit(&shop(), "GET /v1/teams/t-1", 200, &deep);
    assert_eq!(told, ["`parent` of Team is larger, or lies deeper, than is looked at"]);
    let ways: Vec<_> = (0..9).map(|_| json!({ "anyOf": [{}, {}] })).collect();
    let contract = changed(|shop| put(shop, "/components/schemas/Team", json!({ "allOf": ways })));
    let told = unfit(&contract, "GET /v1/teams/t-1", 200, &json!({}));
    assert_eq!(told, ["the 200 answer of GET /v1/teams/{id} is put together of more choices than are looked at"]);
}
