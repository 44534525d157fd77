//! Ruby's manifests, which are programs: only what stands there as a plain text is read, nothing is ever run or computed.

/// What stands on the right of an assignment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Assigned {
    /// A plain text.
    Text(String),
    /// Something that only Ruby could tell, as it stands there.
    Computed(String),
}

/// What a gemspec assigns to a field; none if it doesn't, or not always the same.
pub(super) fn field(gemspec: &str, field: &str) -> Option<Assigned> {
    let setter = format!(".{field}");
    let of = |line: &str| {
        let (receiver, rest) = line.trim().split_once(setter.as_str())?;
        let plain = !receiver.is_empty() && receiver.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let value = rest.trim_start().strip_prefix('=').filter(|value| !value.starts_with('='))?;
        plain.then(|| assigned(value))
    };
    only(gemspec.lines().filter_map(of))
}

/// What a version file assigns to `VERSION`.
pub(super) fn constant(text: &str) -> Option<Assigned> {
    let of = |line: &str| {
        let line = line.trim();
        if line.starts_with('#') {
            return None;
        }
        let (before, rest) = line.split_once("VERSION")?;
        let whole = !before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':');
        let value = rest.trim_start().strip_prefix('=').filter(|value| !value.starts_with(['=', '>', '~']))?;
        whole.then(|| assigned(value))
    };
    only(text.lines().filter_map(of))
}

/// The files that a gemspec takes with it as it is read, relative to its folder: what `require_relative` and `require` name,
/// the latter out of `lib`.
pub(super) fn required(gemspec: &str) -> Vec<String> {
    let of = |line: &str| {
        let line = line.trim();
        let (folder, rest) = match line.strip_prefix("require_relative") {
            Some(rest) => ("", rest),
            None => ("lib/", line.strip_prefix("require")?),
        };
        let Assigned::Text(file) = assigned(rest.trim_start_matches(['(', ' '])) else { return None };
        let file = file.trim_start_matches("./").trim_start_matches("lib/").trim_end_matches(".rb").to_owned();
        let folder = if folder.is_empty() && rest.contains("lib/") { "lib/" } else { folder };
        file.ends_with("version").then(|| format!("{folder}{file}.rb"))
    };
    gemspec.lines().filter_map(of).collect()
}

/// The one value that all assignments agree on.
fn only(mut assigned: impl Iterator<Item = Assigned>) -> Option<Assigned> {
    let first = assigned.next()?;
    if assigned.all(|other| other == first) {
        return Some(first);
    }
    Some(Assigned::Computed("several assignments that differ".to_owned()))
}

fn assigned(value: &str) -> Assigned {
    let value = value.trim();
    text(value).map_or_else(|| Assigned::Computed(value.chars().take(60).collect()), Assigned::Text)
}

/// A text without interpolation, frozen or not, with nothing after it that would change it.
fn text(value: &str) -> Option<String> {
    let (open, close) = match value.chars().next()? {
        quote @ ('"' | '\'') => (quote.to_string(), quote),
        _ => (value.get(..3).filter(|start| *start == "%q{")?.to_owned(), '}'),
    };
    let (inner, after) = value.get(open.len()..)?.split_once(close)?;
    let after = after.trim_start_matches(".freeze").trim_start_matches(')').trim_start();
    let ends = after.is_empty() || after.starts_with('#') || after.starts_with("; end") || after == ";";
    (ends && !inner.contains(['#', '\\'])).then(|| inner.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(text: &str) -> Assigned {
        Assigned::Text(text.to_owned())
    }

    #[test]
    fn only_plain_texts_are_read() {
        let spec = "require_relative 'lib/tiny/version'\nGem::Specification.new do |spec|\n  spec.name = \"tiny\"\n  spec.version       = Tiny::VERSION\n  # spec.name = 'other'\n  spec.required_ruby_version = '>= 2.7'\nend\n";
        assert_eq!(field(spec, "name"), Some(is("tiny")));
        assert_eq!(field(spec, "version"), Some(Assigned::Computed("Tiny::VERSION".to_owned())));
        assert_eq!(field(spec, "license"), None);
        assert_eq!(required(spec), ["lib/tiny/version.rb"]);
        assert_eq!(required("require 'tiny/version'\nrequire \"json\"\n"), ["lib/tiny/version.rb"]);
        for (value, read) in [
            ("'1.2.3'", is("1.2.3")),
            ("\"1.2.3\".freeze # the last", is("1.2.3")),
            ("%q{1.2.3}", is("1.2.3")),
            ("\"1.#{minor}\"", Assigned::Computed("\"1.#{minor}\"".to_owned())),
            ("'1.2' + '.3'", Assigned::Computed("'1.2' + '.3'".to_owned())),
            ("ENV['V'] || '1'", Assigned::Computed("ENV['V'] || '1'".to_owned())),
        ] {
            assert_eq!(field(&format!("s.version = {value}"), "version"), Some(read), "{value}");
        }
        let twice = "s.version = '1'\ns.version = '2' if ENV['X']\n";
        assert!(matches!(field(twice, "version"), Some(Assigned::Computed(_))));
    }

    #[test]
    fn a_version_file_holds_one_constant() {
        let file = "# frozen_string_literal: true\n\nmodule Tiny\n  MIN_VERSION = '0'\n  VERSION = \"1.2.3\"\nend\n";
        assert_eq!(constant(file), Some(is("1.2.3")));
        assert_eq!(constant("module Tiny; VERSION = '1.2.3'; end\n"), Some(is("1.2.3")));
        assert!(matches!(constant("VERSION = [1, 2, 3].join('.')\n"), Some(Assigned::Computed(_))));
        assert_eq!(constant("module Tiny\nend\n"), None);
    }
}
