//! Complaints as they are printed.

use super::load;

fn printed(text: &str) -> String {
    load(text.as_bytes(), "release.toml").unwrap_err().to_string()
}

#[test]
fn many_at_once() {
    let text = "schema = 1\n[release]\nid = \"m3\"\ntitle = \"T\"\nmode = \"quik\"\n\n[owner]\nname = \"Ada\"\nemial = \"ada@example.com\"\n\n[[repo]]\nname = \"api\"\npath = \"api\"\ndepends_on = [\"ap\"]\n\n[[step]]\nid = \"one\"\nstge = \"S\"\ntitle = \"Deploy\"\ndeploy = \"api\"\ntimeout = 10\n\n[[step]]\nid = \"two\"\nstage = \"S\"\ntitle = \"Nothing\"\n";
    insta::assert_snapshot!(printed(text));
}

#[test]
fn carets_stand_right_after_tabs_wide_and_hidden_characters() {
    let text = "schema = 1\n[release]\n\tid\t= \"m3\"\ntitle = \"漢字\"\nroot = { '漢字\u{202e}\u{200b}' = 1, \u{0022}\\u001b[31m\u{0022} = 2 }\n";
    insta::assert_snapshot!(printed(text));
}

#[test]
fn a_long_line_is_cut_round_the_caret() {
    let long = format!(
        "schema = 1\nrelease = {{ id = \"{}\", title = \"{}\", mode = \"slow\" }}\n",
        "m".repeat(40),
        "t".repeat(300)
    );
    insta::assert_snapshot!(printed(&long));
}

#[test]
fn syntax_errors_come_several_at_a_time() {
    insta::assert_snapshot!(printed(
        "schema = \n[release]\nid = m3\ntitle = \"x\ntitle = \"y\"\ntitle = \"z\"\n[[step]\n[release]\n"
    ));
}

#[test]
fn scripts_get_fields() {
    let complaints = load(b"schema = 2\n", "release.toml").unwrap_err();
    insta::assert_snapshot!(serde_json::to_string_pretty(&complaints).unwrap());
}
