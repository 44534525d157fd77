//! Properties that hold for every text there is, and the attacks we know by name.

use proptest::prelude::*;

use super::*;

/// Plain letters are dull: most of what is generated here wants to hide.
fn nasty() -> impl Strategy<Value = String> {
    let pick = prop_oneof![
        any::<char>(),
        proptest::char::range('\0', '\x20'),
        proptest::char::range('\u{7f}', '\u{a0}'),
        proptest::char::range('\u{200b}', '\u{206f}'),
        proptest::char::range('\u{300}', '\u{36f}'),
        proptest::char::range('\u{1f1e6}', '\u{1f1ff}'),
        proptest::char::range('\u{1100}', '\u{11ff}'),
        proptest::char::range('\u{900}', '\u{97f}'),
        proptest::sample::select(vec!['\u{200d}', '\u{fe0f}', '👩', '🚀', '漢', 'e', ' ', '\\', 'ﷺ', '\u{1f3fd}']),
    ];
    proptest::collection::vec(pick, 0..40).prop_map(String::from_iter)
}

fn is_clean(shown: &Shown) -> Result<(), TestCaseError> {
    let text = shown.as_str();
    prop_assert!(text.chars().all(|c| !escape::hides(c)), "{text:?}");
    for grapheme in text.graphemes(true) {
        prop_assert!(grapheme.width() > 0, "{grapheme:?} in {text:?} takes no room");
    }
    Ok(())
}

proptest! {
    #[test]
    fn nothing_that_hides_comes_out(text in nasty(), bytes in any::<Vec<u8>>(), columns in 0_usize..30) {
        for shown in [Shown::line(&text), Shown::bytes(&bytes), Shown::output_line(&bytes), Shown::output_line(text.as_bytes())] {
            is_clean(&shown)?;
            is_clean(&shown.cut(columns))?;
            is_clean(&shown.pad(columns))?;
            is_clean(&shown.from_column(columns))?;
            for line in shown.wrap(columns) {
                is_clean(&line)?;
            }
        }
    }

    #[test]
    fn showing_again_changes_nothing(text in nasty()) {
        let once = Shown::line(&text);
        prop_assert_eq!(&Shown::line(once.as_str()), &once);
        prop_assert_eq!(&Shown::bytes(once.as_str().as_bytes()), &once);
    }

    #[test]
    fn a_cut_keeps_its_width(text in nasty(), columns in 0_usize..30) {
        let shown = Shown::line(&text);
        prop_assert!(shown.cut(columns).width() <= columns);
        prop_assert_eq!(shown.pad(columns).width(), columns);
        prop_assert_eq!(shown.cut(columns).cut(columns), shown.cut(columns));
        if shown.width() <= columns {
            prop_assert_eq!(shown.cut(columns), shown);
        }
    }

    #[test]
    fn wrapped_lines_fit_and_lose_only_spaces(text in nasty(), columns in 2_usize..30) {
        let shown = Shown::line(&text);
        let lines = shown.wrap(columns);
        for line in &lines {
            prop_assert!(line.width() <= columns.max(line.as_str().graphemes(true).next().map_or(0, width)));
        }
        let squeeze = |text: &str| text.replace(' ', "");
        let joined: String = lines.iter().map(Shown::as_str).collect();
        prop_assert_eq!(squeeze(&joined), squeeze(shown.as_str()));
    }
}

#[test]
fn attacks_are_seen() {
    for (raw, shown) in [
        ("a\x1b[31mb", "a␛[31mb"),
        ("safe\u{202e}txt.exe", "safe\\u{202e}txt.exe"),
        ("\u{2066}x\u{2069}", "\\u{2066}x\\u{2069}"),
        ("a\u{200b}b\u{feff}", "a\\u{200b}b\\u{feff}"),
        ("\u{9b}2J", "\\u{9b}2J"),
        ("one\ntwo\r", "one␊two␍"),
        ("a\tb", "a       b"),
        ("\u{301}x", "\\u{301}x"),
        ("pass\u{a0}word", "pass\\u{a0}word"),
        ("x\u{e0041}", "x\\u{e0041}"),
        ("bell\x07\x7f", "bell␇␡"),
    ] {
        assert_eq!(Shown::line(raw).as_str(), shown);
    }
}

#[test]
fn languages_stay_readable() {
    for text in ["naïve café", "e\u{301}te\u{301}", "漢字かな", "नमस्ते", "한국어", "עברית", "Ελληνικά", "🚀 ship"]
    {
        assert_eq!(Shown::line(text).as_str(), text);
    }
}

#[test]
fn a_tower_of_marks_is_cut_down() {
    let tower = format!("a{}", "\u{301}".repeat(6));
    assert_eq!(Shown::line(&tower).as_str(), "a\u{301}\u{301}\u{301}\u{301}\\u{301}\\u{301}");
}

#[test]
fn invalid_bytes_are_named() {
    assert_eq!(Shown::bytes(b"release/\xff\xfe").as_str(), "release/\\xff\\xfe");
}

#[test]
fn a_childs_line_is_shown_as_its_reader_saw_it() {
    for (raw, shown) in [
        (&b"\x1b[1m\x1b[32m   Compiling\x1b[m x v1\x1b[K"[..], "   Compiling x v1"),
        (b"10%\r50%\r100%", "100%"),
        (b"10%\r100%\r", "100%"),
        (b"done\r\x1b[K", "done"),
        (b"a\tb", "a        b"),
        (b"\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        (b"\x1b]52;c;ZXZpbA==\x07copied?", "copied?"),
        ("ok ⚠\u{fe0f} \u{202e}live".as_bytes(), "ok ⚠ \\u{202e}live"),
        (b"bad \xff byte", "bad \\xff byte"),
        (b"", ""),
    ] {
        assert_eq!(Shown::output_line(raw).as_str(), shown, "{raw:?}");
    }
}

#[test]
fn a_gigantic_line_is_cut() {
    let long = Shown::output_line(&vec![b'x'; 10_000_000]);
    assert_eq!(long.width(), MAX_OUTPUT);
    assert!(long.as_str().ends_with('…'));
}

#[test]
fn wide_characters_are_never_halved() {
    let wide = Shown::line("漢字かな");
    assert_eq!(wide.cut(4).as_str(), "漢…");
    assert_eq!(wide.pad(4).as_str(), "漢… ");
    assert_eq!(wide.from_column(1).as_str(), "字かな");
    assert_eq!(wide.from_column(2).as_str(), "字かな");
}
