//! Whatever happens to a file, reading it answers, and points into the file.

use proptest::prelude::*;

use super::{EXAMPLE, load};

/// A change that an accident, an editor or an adversary might make.
#[derive(Debug, Clone)]
enum Change {
    Delete(usize, usize),
    Insert(usize, Vec<u8>),
    Copy(usize, usize, usize),
    Line(usize),
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let at = 0..EXAMPLE.len();
    let bits: Vec<Vec<u8>> = [
        "\"",
        "'",
        "[",
        "]",
        "{",
        "}",
        "=",
        ".",
        ",",
        "\n",
        "#",
        "\u{202e}",
        "\t",
        "漢",
        "\0",
        "1",
        "true",
        "x = 1\n",
        "[[step]]\n",
        "[a.b]\n",
        "-",
        "\"\"\"",
        "2020-01-01",
        "nan",
    ]
    .iter()
    .map(|bit| bit.as_bytes().to_vec())
    .chain([vec![0xff], vec![0xc3]])
    .collect();
    let one = prop_oneof![
        (at.clone(), 1..40_usize).prop_map(|(at, length)| Change::Delete(at, length)),
        (at.clone(), proptest::sample::select(bits)).prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        (at.clone(), 1..200_usize, at.clone()).prop_map(|(from, length, to)| Change::Copy(from, length, to)),
        (0..120_usize).prop_map(Change::Line),
    ];
    proptest::collection::vec(one, 1..6)
}

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    let end = bytes.len();
    match change {
        Change::Delete(at, length) => drop(bytes.drain((*at).min(end)..(at + length).min(end))),
        Change::Insert(at, new) => drop(bytes.splice((*at).min(end)..(*at).min(end), new.iter().copied())),
        Change::Copy(from, length, to) => {
            let copy = bytes[(*from).min(end)..(from + length).min(end)].to_vec();
            drop(bytes.splice((*to).min(end)..(*to).min(end), copy));
        }
        Change::Line(number) => {
            let lines: Vec<_> =
                bytes.split(|b| *b == b'\n').enumerate().filter(|(n, _)| n != number).map(|(_, l)| l).collect();
            *bytes = lines.join(&b'\n');
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_changed_file_never_panics_and_every_complaint_lies_in_it(changes in changes()) {
        let mut bytes = EXAMPLE.as_bytes().to_vec();
        for change in &changes {
            apply(&mut bytes, change);
        }
        let list = match load(&bytes, "release.toml") {
            Ok(checked) => checked.warnings,
            Err(complaints) => {
                let printed = complaints.to_string();
                prop_assert!(!printed.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'), "{printed}");
                complaints.list().to_vec()
            }
        };
        let text = String::from_utf8_lossy(&bytes);
        for complaint in list {
            prop_assert!(!complaint.message.contains("this can't be read"), "{}", complaint);
            prop_assert!(complaint.span.start <= bytes.len() && complaint.span.start <= complaint.span.end);
            let line = text.split('\n').nth(complaint.line - 1);
            prop_assert!(line.is_some_and(|line| complaint.column <= line.chars().count() + 1), "{}", complaint);
        }
    }
}
