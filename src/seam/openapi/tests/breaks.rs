//! One change, and exactly what it breaks.

use FindingKind as Kind;

use super::*;

const TEAM: &str = "/components/schemas/Team/properties";
const NEW: &str = "/components/schemas/NewTeam/allOf/1/properties";
const GET: &str = "/paths/~1v1~1teams~1{id}/get";
const PUT: &str = "/paths/~1v1~1teams~1{id}/put";

type Change = Box<dyn FnOnce(&mut Value)>;

fn set(pointer: String, new: Value) -> Change {
    Box::new(move |value| put(value, &pointer, new))
}

fn gone(pointer: String) -> Change {
    Box::new(move |value| drop(remove(value, &pointer)))
}

/// Something else in place of what is there, or more of it.
fn becomes(pointer: String, new: Value) -> Change {
    Box::new(move |value| *value.pointer_mut(&pointer).unwrap() = new)
}

fn breaks_exactly(table: Vec<(Change, Kind, &str)>) {
    for (change, kind, what) in table {
        let found = findings(&shop(), &changed(change));
        let is_it = |(found, said): &(Kind, String)| *found == kind && said.contains(what);
        assert!(!found.is_empty() && found.iter().all(is_it), "{what}: {found:#?}");
        // there are two operations for others to be let in to
        let times = if kind == Kind::Access { 2 } else { 1 };
        assert_eq!(found.len(), times, "{what}: {found:#?}");
    }
}

#[test]
fn what_is_answered_breaks_by_growing_and_by_missing() {
    let schemas = "/components/schemas";
    let table: Vec<(Change, Kind, &str)> = vec![
        (gone(GET.to_owned()), Kind::OperationRemoved, "GET /v1/teams/{id} is gone; its path has other methods"),
        (
            Box::new(|value| {
                let item = remove(value, "/paths/~1v1~1teams~1{id}/get");
                put(value, "/paths/~1v2~1teams~1{id}", json!({ "get": item }));
            }),
            Kind::OperationRemoved,
            "GET /v1/teams/{id} is gone: was it renamed to /v2/teams/{id}?",
        ),
        (
            Box::new(|value| {
                let field = remove(value, &format!("{TEAM}/owner_email"));
                put(value, &format!("{TEAM}/contact_email"), field);
            }),
            Kind::FieldRemoved,
            "`owner_email` of Team is gone: was it renamed to `contact_email`?",
        ),
        (gone(format!("{TEAM}/seats")), Kind::FieldRemoved, "`seats` of Team is gone"),
        (gone(format!("{TEAM}/members")), Kind::FieldRemoved, "`members` of Team is gone"),
        (
            becomes(format!("{schemas}/Team/required"), json!(["id"])),
            Kind::FieldOptional,
            "`name` of Team may be missing",
        ),
        (becomes(format!("{TEAM}/id/type"), json!("integer")), Kind::Type, "`id` of Team was string, and is integer"),
        (becomes(format!("{TEAM}/id/type"), json!(["string", "null"])), Kind::Type, "is null or string"),
        (becomes(format!("{TEAM}/seats/type"), json!("number")), Kind::Type, "was integer, and is number"),
        (becomes(format!("{TEAM}/seats/format"), json!("int64")), Kind::Type, "the format of `seats` of Team"),
        (
            becomes(format!("{TEAM}/seats/minimum"), json!(0)),
            Kind::Type,
            "the minimum of `seats` of Team was 1, and is 0",
        ),
        (gone(format!("{TEAM}/name/maxLength")), Kind::Type, "the maxLength of `name` of Team was 80, and is none"),
        (set(format!("{TEAM}/plan/enum/-"), json!("family")), Kind::Value, "`plan` of Team may be `family`"),
        (gone(format!("{TEAM}/plan/enum")), Kind::Value, "`plan` of Team had listed values, and may have any"),
    ];
    breaks_exactly(table);
}

#[test]
fn what_is_taken_breaks_by_shrinking_and_by_asking() {
    let schemas = "/components/schemas";
    let table: Vec<(Change, Kind, &str)> = vec![
        (gone(format!("{NEW}/plan/enum/0")), Kind::Value, "`plan` of NewTeam doesn't take `team` any more"),
        (set(format!("{NEW}/seats/enum"), json!([1, 2])), Kind::Value, "took any value, and takes `1`, `2`"),
        (becomes(format!("{NEW}/seats/type"), json!("integer")), Kind::Type, "took number, and takes integer"),
        (becomes(format!("{NEW}/plan/type"), json!("string")), Kind::Type, "took null or string, and takes string"),
        (becomes(format!("{NEW}/seats/maximum"), json!(5e1)), Kind::Type, "the maximum of `seats` of NewTeam was 500"),
        (set(format!("{NEW}/seats/minimum"), json!(1)), Kind::Type, "was none, and is 1"),
        (gone(format!("{NEW}/plan")), Kind::FieldRemoved, "`plan` of NewTeam is gone"),
        (
            set(format!("{schemas}/NewTeam/allOf/1/required"), json!(["seats"])),
            Kind::InputRequired,
            "NewTeam asks for `seats`, which was optional",
        ),
        (
            set(format!("{schemas}/NewTeam/required"), json!(["region"])),
            Kind::InputRequired,
            "NewTeam asks for `region`, which nobody sends yet",
        ),
        (
            set(format!("{schemas}/NewTeam/additionalProperties"), json!(false)),
            Kind::Type,
            "NewTeam takes no other fields",
        ),
        (
            set(format!("{PUT}/requestBody/required"), json!(true)),
            Kind::InputRequired,
            "asks for a body, which was optional",
        ),
        (gone(format!("{PUT}/requestBody")), Kind::FieldRemoved, "PUT /v1/teams/{id} has no body any more"),
        (
            Box::new(|value| {
                let schema = remove(value, &format!("{PUT}/requestBody/content/application~1json"));
                put(value, &format!("{PUT}/requestBody/content/application~1xml"), schema);
            }),
            Kind::AnswerRemoved,
            "the body of PUT /v1/teams/{id} isn't application/json any more",
        ),
        (
            set(format!("{GET}/parameters/-"), json!({ "name": "as", "in": "header", "required": true, "schema": {} })),
            Kind::InputRequired,
            "asks for the header parameter `as`, which nobody sends yet",
        ),
        (set(format!("{GET}/parameters/0/required"), json!(true)), Kind::InputRequired, "`fields`, which was optional"),
        (
            becomes(format!("{GET}/parameters/0/name"), json!("field_set")),
            Kind::ParameterRemoved,
            "has no query parameter `fields`: was it renamed to `field_set`?",
        ),
        (gone(format!("{GET}/parameters/0/schema/enum/1")), Kind::Value, "doesn't take `few` any more"),
        (gone(format!("{GET}/responses/200/headers/ETag")), Kind::AnswerRemoved, "has no header etag any more"),
        (
            Box::new(|value| {
                let answer = remove(value, &format!("{PUT}/responses/204"));
                put(value, &format!("{PUT}/responses/202"), answer);
            }),
            Kind::AnswerRemoved,
            "PUT /v1/teams/{id} answers 202 where it answered 204",
        ),
        (
            set("/security".to_owned(), json!([{ "token": [] }])),
            Kind::Access,
            "was called with nothing, and asks for token",
        ),
        (
            set(format!("{schemas}/Member/oneOf/-"), json!({ "$ref": "#/components/schemas/Team" })),
            Kind::Type,
            "Member may be Team, which nobody was told of",
        ),
        (gone(format!("{schemas}/Person/properties/email")), Kind::FieldRemoved, "`email` of Person is gone"),
        (
            becomes(format!("{schemas}/Member/discriminator/propertyName"), json!("type")),
            Kind::Type,
            "Member was told apart by `kind`, and is by `type`",
        ),
        (
            set(format!("{TEAM}/id/not"), json!({ "const": "x" })),
            Kind::Unknown,
            "`not` of `id` of Team isn't understood",
        ),
    ];
    breaks_exactly(table);
}

#[test]
fn what_only_grows_breaks_nobody() {
    let schemas = "/components/schemas";
    let table: Vec<Change> = vec![
        set("/paths/~1v1~1users".to_owned(), json!({ "get": { "responses": {} } })),
        set(format!("{TEAM}/region"), json!({ "type": "string" })),
        set(format!("{NEW}/region"), json!({ "type": "string" })),
        set(format!("{NEW}/plan/enum/-"), json!("family")),
        set(format!("{GET}/parameters/-"), json!({ "name": "page", "in": "query", "schema": { "type": "integer" } })),
        set(format!("{GET}/responses/429"), json!({ "description": "busy" })),
        gone(format!("{GET}/responses/404")),
        gone(format!("{TEAM}/plan/enum/0")),
        becomes(format!("{NEW}/seats/maximum"), json!(1000)),
        gone(format!("{NEW}/seats/maximum")),
        becomes(format!("{TEAM}/name/maxLength"), json!(40)),
        set(format!("{TEAM}/name/pattern"), json!("^a")),
        becomes(format!("{schemas}/NewTeam/allOf/0/required"), json!([])),
        becomes(format!("{schemas}/Team/required"), json!(["id", "name", "plan"])),
        gone(format!("{schemas}/Member/oneOf/1")),
        set(format!("{schemas}/NewTeam/allOf/1/required"), json!(["id"])),
        set(format!("{TEAM}/id/description"), json!("its number")),
        set(format!("{PUT}/requestBody/content/application~1xml"), json!({})),
        Box::new(|value| {
            let item = remove(value, "/paths/~1v1~1teams~1{id}");
            put(value, "/paths/~1v1~1teams~1{team_id}", item);
            put(value, "/paths/~1v1~1teams~1{team_id}/parameters/0/name", json!("team_id"));
        }),
        Box::new(|value| {
            let schema = remove(value, "/components/schemas/Robot");
            put(value, "/components/schemas/Machine", schema);
            *value.pointer_mut("/components/schemas/Member/oneOf/1/$ref").unwrap() =
                json!("#/components/schemas/Machine");
        }),
    ];
    for (at, change) in table.into_iter().enumerate() {
        assert_eq!(findings(&shop(), &changed(change)), [], "change {at}");
    }
}

#[test]
fn a_finding_quotes_both_sides() {
    let promised = changed(|value| {
        let field = remove(value, &format!("{TEAM}/owner_email"));
        put(value, &format!("{TEAM}/contact_email"), field);
    });
    let (was, is) = (document(&shop()), document(&promised));
    let found = compatible(&Contract::of(&was).unwrap(), &Contract::of(&is).unwrap(), None);
    assert_eq!(found.verdict(), Verdict::Broken);
    let finding = &found.findings[0];
    assert_eq!(finding.relied.as_ref().unwrap().pointer.to_string(), format!("{TEAM}/owner_email"));
    assert_eq!(finding.promised.as_ref().unwrap().pointer.to_string(), format!("{TEAM}/contact_email"));
    for (spot, document) in [(&finding.relied, &was), (&finding.promised, &is)] {
        let spot = spot.as_ref().unwrap();
        assert_eq!(document.at(&spot.pointer).unwrap().line, spot.line);
    }
    assert_eq!(finding.mend, "answer with the field beside what replaces it, until nobody reads it");
}

#[test]
fn ways_in_must_stay_open() {
    let with = |security: Value| changed(|value| put(value, "/security", security));
    let either = with(json!([{ "token": ["read"] }, { "key": [] }]));
    assert_eq!(findings(&either, &with(json!([{ "key": [] }, { "token": [] }]))), []);
    assert_eq!(findings(&either, &with(json!([{}]))), []);
    let one = findings(&either, &with(json!([{ "token": ["read"] }])));
    assert_eq!(one[0], (Kind::Access, "GET /v1/teams/{id} was called with key, and asks for token (read)".to_owned()));
    assert_eq!(findings(&with(json!([{ "token": [] }])), &with(json!([{ "token": ["read"] }]))).len(), 2);
    let both = findings(&either, &with(json!([{ "token": ["read"], "key": [] }])));
    assert!(both[0].1.ends_with("asks for key and token (read)"), "{both:?}");
    let other = changed(|value| {
        put(value, "/security", json!([{ "key": [] }]));
        put(value, "/components/securitySchemes/key/name", json!("X-Other"));
    });
    let found = findings(&with(json!([{ "key": [] }])), &other);
    assert!(found[0].1.contains("is called with key, which is another one than before"), "{found:?}");
}

#[test]
fn only_what_is_relied_on_counts() {
    let gone = changed(|value| {
        remove(value, &format!("{TEAM}/seats"));
        remove(value, PUT);
    });
    let reliance = |operations: &[&str], fields: &[(&str, &str)]| Reliance {
        operations: operations.iter().map(|text| text.parse().unwrap()).collect(),
        fields: fields.iter().map(|(schema, field)| ((*schema).to_owned(), (*field).to_owned())).collect(),
    };
    let found = |only: &Reliance| {
        findings_for(&shop(), &gone, Some(only)).into_iter().map(|(_, what)| what).collect::<Vec<_>>()
    };
    assert!(found(&reliance(&["GET /v1/teams/{x}"], &[("Team", "name"), ("Team", "plan")])).is_empty());
    assert_eq!(found(&reliance(&[], &[("Team", "seats")])), ["`seats` of Team is gone"]);
    assert_eq!(found(&reliance(&["GET /v1/teams/{x}"], &[])), ["`seats` of Team is gone"]);
    assert_eq!(
        found(&reliance(&["PUT /v1/teams/{x}"], &[])),
        ["PUT /v1/teams/{id} is gone; its path has other methods"]
    );
    assert_eq!(
        found(&reliance(&["GET /v9"], &[("Team", "ghost"), ("Ghost", "x")])),
        [
            "GET /v9 is called, and neither contract has it",
            "Ghost.x is read, and neither contract has it",
            "Team.ghost is read, and neither contract has it",
        ]
    );
}
