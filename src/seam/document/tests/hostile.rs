//! What is too much is refused quickly and in a sentence.

use super::*;

/// Formats and texts that are too deep.
fn deep(levels: usize) -> Vec<(Format, String)> {
    vec![
        (Format::Json, "[".repeat(levels)),
        (Format::Json, "{\"a\":".repeat(levels)),
        (Format::Yaml, "[".repeat(levels)),
        (Format::Yaml, "{a: ".repeat(levels)),
        (Format::Yaml, "- ".repeat(levels)),
        (
            Format::Yaml,
            (0..levels.min(2000)).map(|level| format!("{}a:", " ".repeat(level))).collect::<Vec<_>>().join("\n"),
        ),
        (Format::Toml, format!("a = {}", "[".repeat(levels))),
        (Format::Toml, format!("a{} = 1", ".a".repeat(levels))),
        (Format::Toml, format!("[a{}]", ".a".repeat(levels))),
    ]
}

#[test]
fn ten_thousand_levels_are_refused() {
    for (format, text) in deep(10_000) {
        let said = fault(format, &text);
        assert!(
            said.contains("lies deeper than 200 lists and tables") || said.contains(&format!("isn't {format}")),
            "{said}"
        );
    }
}

#[test]
fn a_billion_laughs_are_not_laughed() {
    let laugh = |(name, before)| format!("{name}: &{name} [{}]", vec![format!("*{before}"); 9].join(", "));
    let laughs: Vec<_> = ('b'..='i').zip('a'..='h').map(laugh).collect();
    let text = format!("a: &a [x, x, x, x, x, x, x, x, x]\n{}\n", laughs.join("\n"));
    let said = fault(Format::Yaml, &text);
    assert!(said.contains("its aliases copy more than 200000 values"), "{said}");

    let keys: Vec<_> = (0..2000).map(|key| format!("k{key}: 1")).collect();
    let tables: Vec<_> = (0..200).map(|table| format!("t{table}:\n  <<: *b")).collect();
    let merges = format!("b: &b {{{}}}\n{}\n", keys.join(", "), tables.join("\n"));
    assert!(fault(Format::Yaml, &merges).contains("its aliases copy more than"));
}

#[test]
fn a_contract_of_200_megabytes_is_refused_before_it_is_looked_at() {
    let bytes = vec![0_u8; 200 << 20];
    let said = read("openapi.json", &bytes, &Limits::default()).unwrap_err().to_string();
    assert_eq!(said, "it has 209715200 bytes; at most 33554432 are read");
}

#[test]
fn many_small_values_are_refused_when_there_are_too_many() {
    let limits = Limits { nodes: 1000, ..Limits::default() };
    let text = format!("[{}1]", "1,".repeat(5000));
    for format in [Format::Json, Format::Yaml] {
        let said = read_as(format, text.as_bytes(), &limits).unwrap_err().to_string();
        assert_eq!(said, "it has more than 1000 values, which isn't read");
    }
}

#[test]
fn every_cut_of_a_document_is_refused_or_read_without_harm() {
    let json = r#"{"a": {"b": [1, -2.5e3, "x\u00e9\n", true, null]}, "ü": "é"}"#;
    for end in 1..json.len() {
        let cut = json.as_bytes().get(..end).unwrap();
        assert!(read_as(Format::Json, cut, &Limits::default()).is_err(), "{end}");
    }
    let yaml = "a: &x\n  b: [1, 'two', \"th\\u00e9\"]\n  <<: {c: |\n    text\n  }\nd: *x\n";
    let toml = "[a]\nb = [1, 'x', \"y\\u00e9\"]\n[[c]]\nd = { e = 2026-01-01T00:00:00Z }\n";
    for (format, text) in [(Format::Yaml, yaml), (Format::Toml, toml)] {
        for end in 0..text.len() {
            // most cuts are documents of their own here; none may do harm
            let _ = read_as(format, text.as_bytes().get(..end).unwrap(), &Limits::default());
        }
    }
}

proptest::proptest! {
    /// Whatever stands in a file, it is read or refused.
    #[test]
    fn any_text_is_read_or_refused(text in "[\\[\\]{}:,\"'&*<\\-?|>#! \n\ta-c0-2.~%@\\\\éx]{0,60}") {
        for format in [Format::Json, Format::Yaml, Format::Toml] {
            let _ = read_text(format, &text);
        }
    }

    /// What `serde_json` writes is read back as the same data; JSON is YAML too.
    #[test]
    fn json_survives_the_way_there_and_back(
        list in proptest::collection::vec(("[a-zé\"\\\\\n/~]{0,6}", proptest::num::f64::NORMAL, proptest::bool::ANY), 0..12),
    ) {
        let value = serde_json::json!(list);
        let text = serde_json::to_string_pretty(&value).unwrap();
        let document = sound(Format::Json, &text);
        proptest::prop_assert!(document.root.is_same(&sound(Format::Yaml, &text).root));
        for (at, (text, number, truth)) in list.iter().enumerate() {
            proptest::prop_assert_eq!(&super::at(&document, &format!("/{at}/0")).1, text);
            proptest::prop_assert_eq!(super::at(&document, &format!("/{at}/1")).1.parse::<f64>().unwrap().to_bits(), number.to_bits());
            proptest::prop_assert_eq!(super::at(&document, &format!("/{at}/2")).1, truth.to_string());
        }
    }
}
