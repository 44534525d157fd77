//! Documents as they come, and as someone who means harm writes them.

mod hostile;

use super::*;

fn read_text(format: Format, text: &str) -> Result<Document, DocumentFault> {
    read_as(format, text.as_bytes(), &Limits::default())
}

fn sound(format: Format, text: &str) -> Document {
    read_text(format, text).unwrap_or_else(|fault| panic!("{format}: {fault}\n{text}"))
}

fn fault(format: Format, text: &str) -> String {
    read_text(format, text).expect_err(text).to_string()
}

/// The line and the word at a pointer.
fn at(document: &Document, pointer: &str) -> (usize, String) {
    let node = document.at(&pointer.parse().unwrap()).unwrap_or_else(|| panic!("nothing at {pointer}"));
    (node.line, node.word().unwrap_or_else(|| node.value.kind().to_owned()))
}

#[test]
fn the_same_data_is_read_from_all_three_with_its_lines() {
    let json = sound(Format::Json, "{\n  \"a\": {\n    \"b\": [1, \"x\",\n      true]\n  },\n  \"c\": 2.50\n}\n");
    let yaml = sound(Format::Yaml, "a:\n  b:\n    - 1\n    - x\n    - true\nc: 2.5\n");
    let toml = sound(Format::Toml, "c = 2.5\n\n[a]\nb = [1, 'x',\n  true]\n");
    assert!(json.root.is_same(&yaml.root) && yaml.root.is_same(&toml.root));
    assert_eq!(at(&json, "/a/b/2"), (4, "true".to_owned()));
    assert_eq!(at(&yaml, "/a/b/2"), (5, "true".to_owned()));
    assert_eq!(at(&toml, "/a/b/2"), (5, "true".to_owned()));
    assert_eq!(at(&json, "/c"), (6, "2.50".to_owned()));
    assert_eq!(at(&toml, "/a"), (3, "a table".to_owned()));
    assert_eq!(json.root.table().unwrap().get("a").unwrap().line, 2);
}

#[test]
fn pointers_name_what_the_rfc_says_they_name() {
    let text = r#"{"foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "i\\j": 5, "k\"l": 6, " ": 7, "m~n": 8, "01": 9}"#;
    let document = sound(Format::Json, text);
    for (pointer, word) in [
        ("/foo/0", "bar"),
        ("/", "0"),
        ("/a~1b", "1"),
        ("/c%d", "2"),
        ("/i\\j", "5"),
        ("/k\"l", "6"),
        ("/ ", "7"),
        ("/m~0n", "8"),
        ("/01", "9"),
        ("", "a table"),
    ] {
        assert_eq!(at(&document, pointer).1, word, "{pointer}");
        assert_eq!(pointer.parse::<Pointer>().unwrap().to_string(), pointer);
    }
    for absent in ["/foo/2", "/foo/00", "/foo/-", "/foo/+1", "/foo/0/x", "/none"] {
        assert!(document.at(&absent.parse().unwrap()).is_none(), "{absent}");
    }
    for (wrong, because) in [("foo", "starts with a slash"), ("/a~", "~0"), ("/a~2b", "~0")] {
        assert!(wrong.parse::<Pointer>().unwrap_err().to_string().contains(because), "{wrong}");
    }
}

#[test]
fn json_is_read_as_strictly_as_its_rfc_says() {
    for (text, because) in [
        ("", "line 1 isn't JSON: it ends in the middle"),
        ("{\"a\": 1,\n}", "line 2 isn't JSON: a key in quotes is missing"),
        ("[1,]", "no value starts like this"),
        ("{\"a\" 1}", "a colon is missing"),
        ("[1 2]", "a comma or a closing bracket is missing"),
        ("[01]", "a number is written as none is"),
        ("[1.]", "a number is written as none is"),
        ("[-]", "a number is written as none is"),
        ("\"\\x\"", "an escape that is none"),
        ("\"\\ud800\"", "an escape that is none"),
        ("\"a\tb\"", "a control character"),
        ("nul", "no value starts like this"),
        ("{} {}", "something stands after its end"),
        ("// no\n{}", "no value starts like this"),
        ("{\"a\": \"b", "it ends in the middle"),
        ("{\"a\": \"b\\", "it ends in the middle"),
        ("{\n\"a\": 1,\n\"b\": 2,\n\"a\": 3}", "\"a\" stands twice in one table, on lines 2 and 4"),
    ] {
        assert!(fault(Format::Json, text).contains(because), "{text}: {}", fault(Format::Json, text));
    }
    let odd = sound(Format::Json, "\u{feff}[\"\\u00e9\\n\", \"é\", -0.5e+3, \"\", \"\\\"\"]");
    assert_eq!(at(&odd, "/0").1, "é\n");
    assert_eq!(at(&odd, "/3").1, "");
    assert_eq!(at(&odd, "/4").1, "\"");
}

#[test]
fn yaml_anchors_and_merges_are_followed_and_what_is_no_contract_is_not() {
    let text = "base: &b {x: 1, y: 2}\nlist: [*b, &w word, *w]\nuses:\n  <<: *b\n  y: 3\nmany:\n  <<: [*b, {x: 9, z: 4}]\n200: ok\n'on': on\n";
    let document = sound(Format::Yaml, text);
    for (pointer, expected) in [
        ("/list/0/x", (1, "1")),
        ("/list/2", (2, "word")),
        ("/uses/x", (1, "1")),
        ("/uses/y", (5, "3")),
        ("/many/x", (1, "1")),
        ("/many/z", (7, "4")),
        ("/200", (8, "ok")),
        ("/on", (9, "on")),
    ] {
        assert_eq!(at(&document, pointer), (expected.0, expected.1.to_owned()), "{pointer}");
    }
    for (text, because) in [
        ("a: 1\n---\nb: 2\n", "a second document starts on line 2"),
        ("a: &x [*x]\n", "an alias names what holds itself"),
        ("a: *none\n", "line 1 isn't YAML"),
        ("? [1, 2]\n: x\n", "a key is no plain text"),
        ("a: 1\nb: [1, 2\n", "isn't YAML"),
        ("a: 1\na: 2\n", "stands twice"),
        ("<<: [1]\n", "a merge key names what is no table"),
        ("", "it is empty"),
        ("# nothing\n", "it is empty"),
    ] {
        assert!(fault(Format::Yaml, text).contains(because), "{text}: {}", fault(Format::Yaml, text));
    }
}

#[test]
fn toml_says_what_it_is_not() {
    assert!(fault(Format::Toml, "a = 1\nb = \n").starts_with("line 2 isn't TOML"));
    assert!(fault(Format::Toml, "a = 1\na = 2\n").contains("line 2"));
    let document = sound(Format::Toml, "when = 2026-11-25\nhex = 0xff\n[[list]]\nx.y = 1\n");
    assert_eq!(at(&document, "/when").1, "2026-11-25");
    assert_eq!(at(&document, "/hex").1, "255");
    assert_eq!(at(&document, "/list/0/x/y"), (4, "1".to_owned()));
}

#[test]
fn the_name_tells_the_format() {
    for (file, format) in [
        ("a/openapi.JSON", Some(Format::Json)),
        ("x.yml", Some(Format::Yaml)),
        ("x.toml", Some(Format::Toml)),
        ("x", None),
    ] {
        assert_eq!(Format::of(file), format);
    }
    let said = read("contract.txt", b"{}", &Limits::default()).unwrap_err().to_string();
    assert_eq!(said, "contract.txt tells no format: JSON, YAML and TOML are read, by the ending of the name");
    let said = read("a.json", b"{\n\"\xff\"}", &Limits::default()).unwrap_err().to_string();
    assert_eq!(said, "line 2 holds bytes that are no UTF-8");
}
