use proptest::prelude::*;

use super::{Pinned, To, Unpinnable, pin};

fn to<'a>(name: &'a str, version: &'a str) -> To<'a> {
    To { name, version, registry: None }
}

fn pinned(file: &str, text: &str, name: &str) -> Pinned {
    let to = to(name, "2.3.0");
    let pinned = pin(file, text, to).unwrap_or_else(|why| panic!("{why}\n{text}"));
    let again = pin(file, &pinned.text, to).unwrap();
    assert_eq!((again.text.as_str(), again.replaced.len()), (pinned.text.as_str(), 0), "twice is once");
    pinned
}

/// Pins, and expects this text.
fn becomes(file: &str, name: &str, from: &str, expected: &str) {
    assert_eq!(pinned(file, from, name).text, expected, "{from}");
}

fn refused(file: &str, name: &str, text: &str) -> String {
    pin(file, text, to(name, "2.3.0")).unwrap_err().to_string()
}

#[test]
fn package_json_keeps_all_but_the_reference() {
    let from = "{\r\n\t\"name\" : \"web\",\r\n\t\"dependencies\": {\"left-pad\":\"1\", \"@acme/sdk\" :  \"github:acme/sdk#main\"  },\r\n\t\"overrides\": {\"@acme/sdk\": \"git+ssh://git@example.com/x.git\", \"y\": {\"@acme/sdk\": \"$@acme/sdk\"}},\r\n\t\"peerDependencies\": {\"@acme/sdk\": \"^2\"}\r\n}";
    let expected = from
        .replace("\"github:acme/sdk#main\"", "\"2.3.0\"")
        .replace("\"git+ssh://git@example.com/x.git\"", "\"2.3.0\"");
    let pinned = pinned("web/package.json", from, "@acme/sdk");
    assert_eq!(pinned.text, expected);
    assert_eq!(pinned.replaced.len(), 2);
    assert_eq!((pinned.replaced[0].line, pinned.replaced[0].written.as_str()), (3, "\"github:acme/sdk#main\""));
    for reference in
        ["file:../sdk", "link:../sdk", "workspace:*", "^2.0.0", "git+https://example.com/sdk.git#semver:^2"]
    {
        becomes(
            "package.json",
            "sdk",
            &format!("\u{feff}{{\"devDependencies\":{{\"sdk\":\"{reference}\"}}}}\n"),
            "\u{feff}{\"devDependencies\":{\"sdk\":\"2.3.0\"}}\n",
        );
    }
    becomes(
        "package.json",
        "@acme/sdk",
        "{\"dependencies\":{\"sdk\":\"npm:@acme/sdk@^2\"}}",
        "{\"dependencies\":{\"sdk\":\"npm:@acme/sdk@2.3.0\"}}",
    );
}

#[test]
fn package_json_refuses_what_it_cant_know() {
    let why = refused("a/package.json", "sdk", "{\n\"dependencies\":{\n\"sdk\":\"catalog:\"}}");
    assert_eq!(why, "a/package.json:3: its version stands in a catalog (catalog:): write \"sdk\": \"2.3.0\"");
    assert!(
        refused("package.json", "sdk", "{\"dependencies\":{\"sdk\":\"npm:@other/sdk@1\"}}").contains("another package")
    );
    assert!(refused("package.json", "sdk", "{\"dependencies\":{\"sdk2\":\"1\"}}").contains("doesn't mention sdk"));
    assert!(refused("package.json", "sdk", "{\"dependencies\":[\"sdk\",").contains("can't be read"));
}

#[test]
fn cargo_tables_keep_their_other_keys() {
    let pin = |from: &str, expected: &str| becomes("Cargo.toml", "acme-lib", from, expected);
    pin(
        "[dependencies]\nacme-lib = { git = \"https://example.com/l\", branch = \"release/m3\", features = [\"a\"], optional = true } # why\n",
        "[dependencies]\nacme-lib = { version = \"=2.3.0\", features = [\"a\"], optional = true } # why\n",
    );
    pin(
        "[dependencies]\nacme-lib = { features = [\"a\"], path = \"../lib\", version = \"2\" }\n",
        "[dependencies]\nacme-lib = { features = [\"a\"], version = \"=2.3.0\" }\n",
    );
    pin(
        "[dev-dependencies]\r\nacme-lib={path=\"../lib\"}\r\n",
        "[dev-dependencies]\r\nacme-lib={version = \"=2.3.0\"}\r\n",
    );
    pin("[dependencies]\nacme-lib = \"^2\"\n", "[dependencies]\nacme-lib = \"=2.3.0\"\n");
    pin(
        "[target.'cfg(unix)'.dependencies.lib]\npackage = \"acme-lib\"\ngit = \"x\" # the branch\nbranch = \"b\"\nrev = \"c\" # kept\nfeatures = []\n\n[features]\n",
        "[target.'cfg(unix)'.dependencies.lib]\npackage = \"acme-lib\"\nversion = \"=2.3.0\" # the branch\n # kept\nfeatures = []\n\n[features]\n",
    );
    pin(
        "[workspace.dependencies]\nacme-lib.git = \"x\"\nacme-lib.branch = \"b\"\nacme-lib.features = [\"a\"]\n[dependencies]\nacme-lib = { workspace = true }\n",
        "[workspace.dependencies]\nacme-lib.version = \"=2.3.0\"\nacme-lib.features = [\"a\"]\n[dependencies]\nacme-lib = { workspace = true }\n",
    );
    pin(
        "[dependencies]\nacme-lib = \"2\"\n\n[patch.crates-io]\nother = { path = \"o\" }\nacme-lib = { git = \"x\" }\n",
        "[dependencies]\nacme-lib = \"=2.3.0\"\n\n[patch.crates-io]\nother = { path = \"o\" }\n",
    );
    pin(
        "[dependencies]\nacme-lib = \"2\"\n\n[patch.crates-io.acme-lib]\ngit = \"x\"\nbranch = \"y\"\n",
        "[dependencies]\nacme-lib = \"=2.3.0\"\n\n",
    );
}

#[test]
fn cargo_names_a_registry_that_isnt_the_default() {
    let to = To { name: "acme-lib", version: "2.3.0", registry: Some("internal") };
    for (from, expected) in [
        ("acme-lib = \"2\"", "acme-lib = { version = \"=2.3.0\", registry = \"internal\" }"),
        (
            "acme-lib = { git = \"x\", optional = true }",
            "acme-lib = { version = \"=2.3.0\", registry = \"internal\", optional = true }",
        ),
        ("acme-lib = { git = \"x\", registry = \"mine\" }", "acme-lib = { version = \"=2.3.0\", registry = \"mine\" }"),
        ("acme-lib.git = \"x\"", "acme-lib.version = \"=2.3.0\"\nacme-lib.registry = \"internal\""),
    ] {
        let pinned = pin("Cargo.toml", &format!("[dependencies]\n{from}\n"), to).unwrap();
        assert_eq!(pinned.text, format!("[dependencies]\n{expected}\n"));
        assert_eq!(pin("Cargo.toml", &pinned.text, to).unwrap().replaced, []);
    }
    let why = refused("Cargo.toml", "a", "[dependencies]\na = \"1\"\n[replace]\n\"a:1.0.0\" = { path = \"x\" }\n");
    assert!(why.contains("Cargo.toml:4:"), "{why}");
}

#[test]
fn pyproject_in_all_its_dialects() {
    let pin = |from: &str, expected: &str| becomes("pyproject.toml", "acme-lib", from, expected);
    pin(
        "[project]\ndependencies = [\n  'Acme_Lib[fast] @ git+https://example.com/l@main#subdirectory=a;b ; python_version < \"3.9\"', # why\n  \"other>=1\",\n]\n",
        "[project]\ndependencies = [\n  'Acme_Lib[fast]==2.3.0 ; python_version < \"3.9\"', # why\n  \"other>=1\",\n]\n",
    );
    pin(
        "[project.optional-dependencies]\na = [\"acme.lib (>=1,<3); extra == \\\"x\\\"\"]\n[dependency-groups]\ndev = [{include-group = \"a\"}, \"acme-lib\"]\n",
        "[project.optional-dependencies]\na = [\"acme.lib==2.3.0; extra == \\\"x\\\"\"]\n[dependency-groups]\ndev = [{include-group = \"a\"}, \"acme-lib==2.3.0\"]\n",
    );
    pin(
        "[project]\ndependencies = [\"acme-lib\"]\n\n[tool.uv.sources]\nother = { git = \"x\" }\nacme_lib = { git = \"y\", branch = \"main\" } # dev\nlast = { index = \"i\" }\n",
        "[project]\ndependencies = [\"acme-lib==2.3.0\"]\n\n[tool.uv.sources]\nother = { git = \"x\" }\nlast = { index = \"i\" }\n",
    );
    pin(
        "[project]\ndependencies = [\"acme-lib\"]\n[tool.uv.sources]\nacme-lib = { index = \"i\" }\n",
        "[project]\ndependencies = [\"acme-lib==2.3.0\"]\n[tool.uv.sources]\nacme-lib = { index = \"i\" }\n",
    );
    pin(
        "[project]\ndependencies = [\"acme-lib\"]\n[tool.uv.sources.acme-lib]\ngit = \"x\"\nbranch = \"y\"\n[tool.z]\n",
        "[project]\ndependencies = [\"acme-lib==2.3.0\"]\n[tool.z]\n",
    );
    pin(
        "[tool.poetry.dependencies]\npython = \"^3.9\"\nacme-lib = { git = \"x\", branch = \"y\", extras = [\"a\"] }\n[tool.poetry.group.dev.dependencies]\nacme-lib = \"^2\"\n",
        "[tool.poetry.dependencies]\npython = \"^3.9\"\nacme-lib = { version = \"2.3.0\", extras = [\"a\"] }\n[tool.poetry.group.dev.dependencies]\nacme-lib = \"2.3.0\"\n",
    );
    let why = refused("pyproject.toml", "a", "[tool.poetry.dependencies]\na = [{ version = \"1\" }]\n");
    assert!(why.contains("pyproject.toml:2: it has several constraints"), "{why}");
}

#[test]
fn requirements_lose_hashes_and_keep_comments() {
    let pin = |from: &str, expected: &str| becomes("requirements/base.in", "acme-lib", from, expected);
    pin(
        "# acme-lib\nacme_lib @ git+https://example.com/l@main # why\nb\r\n",
        "# acme-lib\nacme_lib==2.3.0 # why\nb\r\n",
    );
    pin("-e git+https://example.com/l@m#egg=Acme.Lib[x]&subdirectory=y  # c\n", "Acme.Lib[x]==2.3.0  # c\n");
    pin(
        "git+https://example.com/l#subdirectory=y&egg=acme-lib ; python_version > '3'",
        "acme-lib==2.3.0 ; python_version > '3'",
    );
    pin(
        "acme-lib[a]==1.0 ; os_name == 'x' \\\n    --hash=sha256:00 \\\n    --hash sha256:11\nb==1 \\\n    --hash=sha256:22\n",
        "acme-lib[a]==2.3.0 ; os_name == 'x'\nb==1 \\\n    --hash=sha256:22\n",
    );
    becomes("requirements.txt", "acme-lib", "acme-lib==2.3.0 --hash=sha256:00\n", "acme-lib==2.3.0 --hash=sha256:00\n");
    let why = refused("requirements.txt", "acme-lib", "b\n-e ../lib\n");
    assert_eq!(why, "requirements.txt:2: this may be acme-lib, but it doesn't say its name: write acme-lib==2.3.0");
    assert!(refused("requirements.txt", "acme-lib", "-r acme-lib\nacme-libs\n").contains("doesn't mention"));
}

#[test]
fn gemfiles_keep_other_options() {
    let pin = |from: &str, expected: &str| becomes("Gemfile", "acme", from, expected);
    pin(
        "gem 'acme', git: 'https://example.com/a', branch: \"m\", require: false # why\n",
        "gem 'acme', '2.3.0', require: false # why\n",
    );
    pin("  gem(\"acme\", :github => 'acme/acme', group: [:a, :b])\n", "  gem(\"acme\", \"2.3.0\", group: [:a, :b])\n");
    pin(
        "gem \"acme\",\n    \"~> 2.0\",\n    path: \"../acme\",\n    require: \"acme/all\"\ngem 'b'\n",
        "gem \"acme\", \"2.3.0\",\n    require: \"acme/all\"\ngem 'b'\n",
    );
    pin("group :test do\n  gem 'acme'\nend\n", "group :test do\n  gem 'acme', '2.3.0'\nend\n");
    pin(
        "gem 'b', git: \"#{BASE}/b\"\ngem 'acme', '>= 1', '< 3', ref: SHA\n",
        "gem 'b', git: \"#{BASE}/b\"\ngem 'acme', '2.3.0'\n",
    );
}

#[test]
fn gemfiles_that_are_too_clever_are_refused_at_their_line() {
    for (line, text) in [
        (1, "gem 'acme', git: 'x' if ENV['A']\n"),
        (2, "git 'https://example.com/a' do\n  gem 'acme'\nend\n"),
        (2, "gem 'b'\ngem 'acme', **options\n"),
        (3, "if A\n  gem 'acme', '1'\nelse gem 'acme'; end\n  gem 'acme'\n"),
        (1, "gem 'acme', [\"~> 1\"]\n"),
        (1, "gem 'acme', github: \"x/#{y}\"\n"),
    ] {
        let Err(Unpinnable::TooClever { line: at, write, .. }) = pin("Gemfile", text, to("acme", "2.3.0")) else {
            panic!("{text}")
        };
        assert!(at >= line && write.contains("gem \"acme\", \"2.3.0\""), "{at}: {text}");
    }
}

#[test]
fn names_and_versions_that_would_break_out_are_refused() {
    for (name, version) in [("a\"b", "1"), ("a", "1\"\n[x]"), ("", "1"), ("a", "1 2"), ("a\u{202e}", "1")] {
        for file in ["package.json", "Cargo.toml", "Gemfile", "requirements.txt", "pyproject.toml"] {
            assert!(matches!(pin(file, "{}", to(name, version)), Err(Unpinnable::Implausible(_))));
        }
    }
    assert!(matches!(pin("a/setup.py", "", to("a", "1")), Err(Unpinnable::UnknownManifest(_))));
}

/// Around the one reference, anything that the format allows.
fn surrounded(file: &'static str) -> impl Strategy<Value = (String, String, String)> {
    let (names, references): (&str, &[&str]) = match file {
        "package.json" => {
            ("[a-z]{1,6}", &["git+https://example.com/x#main", "file:../x", "^1.2", "9.9.9", "github:a/b"])
        }
        "Cargo.toml" => (
            "[a-z]{1,6}",
            &["{ git = \"x\", branch = \"y\" }", "{ path = \"x\" }", "\"1\"", "{ version = \"1\", path = \"y\" }"],
        ),
        "requirements.txt" => ("[a-z]{1,6}", &[" @ git+https://example.com/x", "==1.0", ">=1,<2", "[x]~=1.1", ""]),
        _ => ("[a-z]{1,6}", &["", ", '~> 1'", ", git: 'x'", ", path: \"x\", ref: 'y'"]),
    };
    let other = (names, "[ \t]{0,3}", "[ a-zA-Z0-9é'{}=,]{0,12}");
    (proptest::collection::vec(other, 0..4), proptest::collection::vec(other, 0..4), 0..references.len(), any::<bool>())
        .prop_map(move |(before, after, which, crlf)| {
            let end = if crlf { "\r\n" } else { "\n" };
            let line = |(name, space, comment): &(String, String, String)| match file {
                "package.json" => format!("{space}\"z{name}\":{space}\"{}\",{end}", comment.replace('"', "")),
                "Cargo.toml" => format!("{space}z{name}{} = \"1\" # {comment}{end}", comment.len()),
                "requirements.txt" => format!("{space}z{name}>=1 # {comment}{end}"),
                _ => format!("{space}gem 'z{name}', '1' # {comment}{end}"),
            };
            let mut seen = std::collections::BTreeSet::new();
            let mut unique = |list: &[(String, String, String)]| -> String {
                list.iter().filter(|entry| seen.insert(format!("{}{}", entry.0, entry.2.len()))).map(line).collect()
            };
            let reference = references[which];
            let (before, after) = (unique(&before), unique(&after));
            match file {
                "package.json" => (
                    format!("{{{end}\"dependencies\": {{{end}{before}\"acme\": \""),
                    reference.to_owned(),
                    format!("\",{end}{after}\"last\":\"1\"}}}}{end}"),
                ),
                "Cargo.toml" => (
                    format!("[dependencies]{end}{before}acme = "),
                    reference.to_owned(),
                    format!(" # kept{end}{after}"),
                ),
                "requirements.txt" => (format!("{before}acme"), reference.to_owned(), format!(" # kept{end}{after}")),
                _ => (format!("{before}gem 'acme'"), reference.to_owned(), format!(" # kept{end}{after}")),
            }
        })
}

fn only_the_reference_changes(
    file: &str,
    (before, reference, after): &(String, String, String),
) -> Result<(), TestCaseError> {
    let to = to("acme", "2.3.0");
    let pinned =
        pin(file, &format!("{before}{reference}{after}"), to).map_err(|why| TestCaseError::fail(why.to_string()))?;
    prop_assert!(pinned.text.starts_with(before) && pinned.text.ends_with(after), "{:?}", pinned.text);
    prop_assert!(pinned.text.contains("2.3.0"));
    let again = pin(file, &pinned.text, to).map_err(|why| TestCaseError::fail(why.to_string()))?;
    prop_assert_eq!(again.text, pinned.text);
    prop_assert!(again.replaced.is_empty());
    Ok(())
}

proptest! {
    #[test]
    fn in_package_json_only_the_reference_changes(text in surrounded("package.json")) {
        only_the_reference_changes("package.json", &text)?;
    }

    #[test]
    fn in_cargo_toml_only_the_reference_changes(text in surrounded("Cargo.toml")) {
        only_the_reference_changes("Cargo.toml", &text)?;
    }

    #[test]
    fn in_requirements_only_the_reference_changes(text in surrounded("requirements.txt")) {
        only_the_reference_changes("requirements.txt", &text)?;
    }

    #[test]
    fn in_gemfiles_only_the_reference_changes(text in surrounded("Gemfile")) {
        only_the_reference_changes("Gemfile", &text)?;
    }

    #[test]
    fn any_text_is_pinned_or_refused(text in ".{0,200}", which in 0..5_usize) {
        let file = ["package.json", "Cargo.toml", "Gemfile", "requirements.txt", "pyproject.toml"][which];
        // whatever it says: it ends, and breaks nothing
        let _ = pin(file, &text, to("acme", "1.0.0"));
        let _ = pin(file, &format!("gem 'acme', {text}"), to("acme", "1.0.0"));
    }
}
