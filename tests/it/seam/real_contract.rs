//! A real contract of 13 MB: it is read, fits itself, and a copy with planted changes gives exactly these.
//! `tests/run` puts it into target/tools.
use std::fs;
use std::time::Instant;

use flightdeck::seam::document::{Document, Limits, read};
use flightdeck::seam::openapi::{Contract, FindingKind, Verdict, compatible};
use serde_json::{Value, json};

use crate::common::tools::{or_leave_out, tool};

fn document(bytes: &[u8]) -> Document {
    read("api.github.com.json", bytes, &Limits::default()).unwrap()
}

fn planted(value: &mut Value, pointer: &str, change: impl FnOnce(&mut Value)) {
    change(value.pointer_mut(pointer).unwrap_or_else(|| panic!("the contract has no {pointer}: plant it elsewhere")));
}

#[test]
fn a_real_contract_fits_itself_and_planted_changes_are_found_alone() {
    let Some(file) = or_leave_out("a real contract", tool("contracts/api.github.com.json")) else { return };
    let bytes = fs::read(file).unwrap();
    let started = Instant::now();
    let was = document(&bytes);
    let contract = Contract::of(&was).unwrap();
    assert!(contract.operations().len() > 900, "{}", contract.operations().len());
    let found = compatible(&contract, &contract, None);
    assert_eq!(found.verdict(), Verdict::Compatible, "{:#?}", found.findings.iter().take(5).collect::<Vec<_>>());
    println!("read and held against itself in {:?}", started.elapsed());

    let mut value: Value = serde_json::from_slice(&bytes).unwrap();
    let operation = "/paths/~1repos~1{owner}~1{repo}~1topics";
    planted(&mut value, operation, |item| drop(item.as_object_mut().unwrap().remove("put")));
    planted(&mut value, "/components/schemas/license-simple/properties", |fields| {
        let field = fields.as_object_mut().unwrap().remove("spdx_id").unwrap();
        fields["spdx_identifier"] = field;
    });
    planted(&mut value, "/components/schemas/commit/properties/sha/type", |kind| *kind = json!("integer"));
    planted(&mut value, "/components/schemas/milestone/properties/state/enum", |values| {
        values.as_array_mut().unwrap().push(json!("paused"));
    });
    planted(
        &mut value,
        "/paths/~1user~1repos/post/requestBody/content/application~1json/schema/required",
        |required| {
            required.as_array_mut().unwrap().push(json!("region"));
        },
    );
    let now = document(&serde_json::to_vec(&value).unwrap());
    let found = compatible(&contract, &Contract::of(&now).unwrap(), None);
    let mut said: Vec<_> = found.findings.iter().map(|finding| (finding.kind, finding.what.as_str())).collect();
    said.sort_unstable();
    let expected = [
        (FindingKind::OperationRemoved, "PUT /repos/{owner}/{repo}/topics is gone; its path has other methods"),
        (FindingKind::FieldRemoved, "`spdx_id` of license-simple is gone: was it renamed to `spdx_identifier`?"),
        (FindingKind::InputRequired, "the body of POST /user/repos asks for `region`, which nobody sends yet"),
        (FindingKind::Value, "`state` of milestone may be `paused`, which nobody was told of"),
        (FindingKind::Type, "`sha` of commit was string, and is integer"),
    ];
    assert_eq!(said, expected);
}
