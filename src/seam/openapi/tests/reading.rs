//! What a contract offers under its names.

use super::*;

fn names(listing: &Listing) -> Vec<&str> {
    listing.fields.iter().map(|field| field.name.as_str()).collect()
}

#[test]
fn operations_fields_and_values_are_listed_with_their_lines() {
    let document = document(&shop());
    let contract = Contract::of(&document).unwrap();
    let keys: Vec<_> = contract.operations().iter().map(|operation| operation.key().to_string()).collect();
    assert_eq!(keys, ["GET /v1/teams/{}", "PUT /v1/teams/{}"]);
    let team = contract.fields("Team").unwrap();
    assert_eq!(names(&team), ["id", "members", "name", "owner_email", "parent", "plan", "seats"]);
    for field in &team.fields {
        assert_eq!(document.at(&field.spot.pointer).unwrap().line, field.spot.line);
    }
    assert_eq!(names(&contract.fields("NewTeam").unwrap()), ["name", "id", "plan", "seats"]);
    let member = contract.fields("Member").unwrap();
    assert!(member.fields.iter().all(|field| field.depends));
    assert_eq!(names(&member).len(), 3);
    assert!(contract.fields("Nobody").is_none());
    let answered = contract.answered(&"GET /v1/teams/{x}".parse().unwrap()).unwrap();
    assert_eq!(names(&answered), names(&team));
    assert!(contract.answered(&"PUT /v1/teams/{x}".parse().unwrap()).is_none());
    let plans = contract.values("Team", Some("plan")).unwrap();
    assert_eq!(names(&plans), ["team", "organisation"]);
    assert!(plans.fields[0].spot.line < plans.fields[1].spot.line);
    assert!(contract.values("Team", Some("id")).is_none());
}

#[test]
fn a_list_is_answered_by_its_items() {
    let value = changed(|value| {
        let schema = "/paths/~1v1~1teams~1{id}/get/responses/200/content/application~1json/schema";
        *value.pointer_mut(schema).unwrap() =
            json!({ "type": "array", "items": { "$ref": "#/components/schemas/Robot" } });
    });
    let document = document(&value);
    let answered = Contract::of(&document).unwrap().answered(&"GET /v1/teams/{x}".parse().unwrap()).unwrap();
    assert_eq!(names(&answered), ["kind", "serial"]);
}

#[test]
fn what_is_no_contract_says_so() {
    for (value, because) in [
        (json!({}), "neither `openapi` nor `swagger` says which version"),
        (json!([]), "neither `openapi` nor `swagger` says which version"),
        (json!({ "openapi": "4.0.0" }), "it is written in OpenAPI 4.0.0: 2.0, 3.0, 3.1 and 3.2 are read"),
        (json!({ "openapi": "3.3.0" }), "it is written in OpenAPI 3.3.0"),
        (json!({ "swagger": "1.2" }), "it is written in OpenAPI 1.2"),
    ] {
        assert!(Contract::of(&document(&value)).unwrap_err().to_string().contains(because));
    }
}

#[test]
fn what_is_only_ever_sent_is_not_answered() {
    let value = changed(|value| {
        put(value, "/components/schemas/Team/properties/secret", json!({ "type": "string", "writeOnly": true }));
    });
    let document = document(&value);
    let contract = Contract::of(&document).unwrap();
    assert!(names(&contract.fields("Team").unwrap()).contains(&"secret"));
    assert!(!names(&contract.fields_answered("Team").unwrap()).contains(&"secret"));
    assert!(!names(&contract.answered(&"GET /v1/teams/{x}".parse().unwrap()).unwrap()).contains(&"secret"));
}
