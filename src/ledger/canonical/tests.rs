use std::collections::HashMap;

use proptest::prelude::*;
use serde::Serialize;
use serde_json::{Value, json};

use super::*;

#[test]
fn keys_are_ordered_by_utf_16_units() {
    // the example of RFC 8785 section 3.2.3: U+1F600 (d83d de00) comes before U+FB33, though not in UTF-8
    let value = json!({"\u{20ac}": 1, "\r": 2, "\u{fb33}": 3, "1": 4, "\u{1f600}": 5, "\u{80}": 6, "\u{f6}": 7});
    let text = to_text(&value).unwrap();
    assert_eq!(text, "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"\u{f6}\":7,\"\u{20ac}\":1,\"\u{1f600}\":5,\"\u{fb33}\":3}");
}

#[test]
fn texts_are_escaped_as_the_rfc_says() {
    let value = "\u{20ac}$\u{f}\nA'B\"\\\\\"/\u{8}\u{c}\t\r\u{0}\u{7f}";
    assert_eq!(to_text(value).unwrap(), "\"\u{20ac}$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\\b\\f\\t\\r\\u0000\u{7f}\"");
}

#[test]
fn what_has_two_spellings_is_refused() {
    assert_eq!(to_text(&1.0_f64), Err(NotCanonical::Float));
    assert_eq!(to_text(&f64::NAN), Err(NotCanonical::Float), "serde_json would have written null");
    assert_eq!(to_text(&[1.5_f32]), Err(NotCanonical::Float));
    assert_eq!(to_text(&json!({"a": [0.1]})), Err(NotCanonical::Float));
    assert_eq!(to_text(&(1_u64 << 53)), Err(NotCanonical::Integer("9007199254740992".to_owned())));
    assert_eq!(to_text(&u128::MAX), Err(NotCanonical::Integer(u128::MAX.to_string())));
    assert_eq!(to_text(&-9_007_199_254_740_991_i64).unwrap(), "-9007199254740991");
    assert_eq!(to_text(&HashMap::from([(1, 2)])), Err(NotCanonical::Key));
}

#[test]
fn a_key_written_twice_is_refused() {
    #[derive(Serialize)]
    struct Inner {
        id: u8,
    }
    #[derive(Serialize)]
    struct Outer {
        id: u8,
        #[serde(flatten)]
        inner: Inner,
    }
    let twice = Outer { id: 1, inner: Inner { id: 2 } };
    assert_eq!(to_text(&twice), Err(NotCanonical::Twice("id".to_owned())));
}

#[test]
fn a_payload_over_the_limit_is_refused() {
    assert!(to_text(&"x".repeat(MAX_PAYLOAD - 2)).is_ok());
    assert_eq!(to_text(&"x".repeat(MAX_PAYLOAD - 1)), Err(NotCanonical::TooLong(MAX_PAYLOAD + 1)));
}

#[test]
fn enums_and_structs_are_spelled_as_serde_json_spells_them() {
    #[derive(Serialize)]
    enum Kind {
        Unit,
        One(u8),
        Two(u8, &'static str),
        Named { z: Option<u8>, a: () },
    }
    for kind in [Kind::Unit, Kind::One(1), Kind::Two(2, "b"), Kind::Named { z: None, a: () }] {
        let plain: Value = serde_json::to_value(&kind).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&to_text(&kind).unwrap()).unwrap(), plain);
    }
    assert_eq!(to_text(&Kind::Named { z: Some(1), a: () }).unwrap(), r#"{"Named":{"a":null,"z":1}}"#);
}

#[test]
fn the_features_of_serde_json_do_not_matter_here() {
    // A dependency could switch on preserve_order or arbitrary_precision for the whole build. Our texts don't depend on
    // it; this notices it all the same, because everyone else's do.
    let parsed: Value = serde_json::from_str(r#"{"b":1,"a":2}"#).unwrap();
    assert_eq!(to_text(&parsed).unwrap(), r#"{"a":2,"b":1}"#);
    assert_eq!(serde_json::to_string(&parsed).unwrap(), r#"{"a":2,"b":1}"#, "preserve_order was switched on");
    let wide: Value = serde_json::from_str("123456789012345678901234567890").unwrap();
    assert_eq!(to_text(&wide), Err(NotCanonical::Float), "arbitrary_precision was switched on");
}

#[test]
fn only_the_canonical_spelling_passes_the_check() {
    assert_eq!(check(r#"{"a":1,"b":[null,"\n"]}"#), Ok(()));
    for other in [r#"{"b":1,"a":2}"#, r#"{"a": 1}"#, r#"{"a":1,"a":1}"#, r#""\u000a""#, "{\"a\":1}\n", "-0", "{", ""] {
        assert!(check(other).is_err(), "{other}");
    }
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-9_007_199_254_740_991_i64..=9_007_199_254_740_991).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::hash_map(any::<String>(), inner, 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn a_value_comes_back_as_it_was(value in values()) {
        let text = to_text(&value).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Value>(&text).unwrap(), &value);
        prop_assert_eq!(check(&text), Ok(()));
        prop_assert!(!text.contains(['\n', '\r', '\0']), "one line, and nothing that git would cut at");
    }
}
