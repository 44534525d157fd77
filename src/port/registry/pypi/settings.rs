//! Which index pip and uv are configured to use, read out of what they print and of the files they read. Asks nobody.

/// What is configured somewhere.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Settings {
    /// The index that is asked unless another is named.
    pub(super) index: Option<String>,
    /// Indexes that are asked as well.
    pub(super) others: Vec<String>,
}

impl Settings {
    /// These, and where they say nothing, those.
    pub(super) fn over(mut self, lower: Self) -> Self {
        self.others.extend(lower.others);
        Self { index: self.index.or(lower.index), others: self.others }
    }
}

/// Reads what `pip config list` prints: the environment counts before a command's own section and that before the global one.
pub(super) fn of_pip(listed: &str) -> Settings {
    let value = |section: &str, key: &str| {
        let line = listed.lines().find_map(|line| line.trim().strip_prefix(&format!("{section}.{key}="))?.into());
        line.map(unquoted).filter(|value: &String| !value.trim().is_empty())
    };
    let first =
        |key: &str| [":env:", "install", "download", "global"].into_iter().find_map(|section| value(section, key));
    let others = first("extra-index-url").unwrap_or_default();
    Settings { index: first("index-url"), others: others.split_whitespace().map(str::to_owned).collect() }
}

/// A text as Python quotes it.
fn unquoted(text: &str) -> String {
    let text = text.trim();
    let bare = ['\'', '"'].into_iter().find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote));
    bare.unwrap_or(text).replace("\\n", " ").replace("\\'", "'").replace("\\\\", "\\")
}

/// The index that pip's own help names for `--index-url`.
pub(super) fn built_in(help: &str, option: &str, mark: &str) -> Option<String> {
    let flat = help.split_whitespace().collect::<Vec<_>>().join(" ");
    let (_, after) = flat.split_once(option)?;
    let (_, after) = after.split_once(mark)?;
    let address = after.split([')', '>', ' ']).next()?;
    (address.starts_with("http://") || address.starts_with("https://")).then(|| address.to_owned())
}

/// Reads uv's settings: a `uv.toml`, or what stands under `tool.uv` of a `pyproject.toml`.
pub(super) fn of_uv(settings: &toml::Table) -> Settings {
    let text = |value: &toml::Value| value.as_str().map(str::to_owned);
    let mut found = Settings { index: settings.get("index-url").and_then(text), others: Vec::new() };
    for index in settings.get("index").and_then(toml::Value::as_array).into_iter().flatten() {
        let says = |key: &str| index.get(key).and_then(toml::Value::as_bool).unwrap_or_default();
        let Some(url) = index.get("url").and_then(text) else { continue };
        if says("default") {
            found.index = Some(url);
        } else if !says("explicit") {
            found.others.push(url);
        }
    }
    let extra = settings.get("extra-index-url").and_then(toml::Value::as_array);
    found.others.extend(extra.into_iter().flatten().filter_map(text));
    found
}

/// What stands under `tool.uv`, if anything does.
pub(super) fn tool_uv(pyproject: &toml::Table) -> Option<&toml::Table> {
    pyproject.get("tool")?.as_table()?.get("uv")?.as_table()
}

/// Reads uv's variables.
pub(super) fn of_uv_variables(variable: impl Fn(&str) -> Option<String>) -> Settings {
    let set = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
    let index = set("UV_DEFAULT_INDEX").or_else(|| set("UV_INDEX_URL")).map(|value| unnamed(&value));
    let others = ["UV_INDEX", "UV_EXTRA_INDEX_URL"].into_iter().filter_map(set);
    let others = others.flat_map(|value| value.split_whitespace().map(unnamed).collect::<Vec<_>>());
    Settings { index, others: others.collect() }
}

/// The address of `name=address`.
fn unnamed(value: &str) -> String {
    let value = value.trim();
    let named = value.split_once('=').filter(|(name, _)| !name.contains([':', '/']));
    named.map_or(value, |(_, address)| address).to_owned()
}

/// Reads pip's variables, which hold credentials too often for every child to see them.
pub(super) fn of_pip_variables(variable: impl Fn(&str) -> Option<String>) -> Settings {
    let set = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
    let others = set("PIP_EXTRA_INDEX_URL").unwrap_or_default();
    Settings { index: set("PIP_INDEX_URL"), others: others.split_whitespace().map(str::to_owned).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pips_settings_are_read_by_rank() {
        let listed = "global.cert='/etc/ssl/certs/ca.crt'\nglobal.index-url='http://global.example.com/simple'\n\
            install.index-url=\"http://ada:it's@install.example.com/simple\"\nglobal.extra-index-url='\\nhttp://a.example.com\\nhttp://b.example.com'\n";
        let found = of_pip(listed);
        assert_eq!(found.index.as_deref(), Some("http://ada:it's@install.example.com/simple"));
        assert_eq!(found.others, ["http://a.example.com", "http://b.example.com"]);
        let env = of_pip(&format!("{listed}:env:.index-url='http://env.example.com/simple'\n"));
        assert_eq!(env.index.as_deref(), Some("http://env.example.com/simple"));
        assert_eq!(of_pip(""), Settings::default());
    }

    #[test]
    fn built_in_indexes_are_read_from_the_clients_help() {
        let pip = "  -i, --index-url <url>       Base URL of the Python Package Index (default\n    https://index.example.com/simple). This should";
        assert_eq!(built_in(pip, "--index-url", "(default ").as_deref(), Some("https://index.example.com/simple"));
        let uv = "--default-index <DEFAULT_INDEX>\n  The default package index (by default: <https://index.example.com/simple>) [env: UV_DEFAULT_INDEX]";
        assert_eq!(
            built_in(uv, "--default-index", "by default: <").as_deref(),
            Some("https://index.example.com/simple")
        );
        assert_eq!(built_in("usage", "--index-url", "(default "), None);
    }

    #[test]
    fn uvs_settings_are_read() {
        let project: toml::Table = toml::from_str(
            r#"
            [tool.uv]
            extra-index-url = ["http://extra.example.com"]
            [[tool.uv.index]]
            name = "pinned"
            url = "http://pinned.example.com/simple"
            explicit = true
            [[tool.uv.index]]
            url = "http://other.example.com/simple"
            [[tool.uv.index]]
            url = "http://default.example.com/simple"
            default = true
            "#,
        )
        .unwrap();
        let found = of_uv(tool_uv(&project).unwrap());
        assert_eq!(found.index.as_deref(), Some("http://default.example.com/simple"));
        assert_eq!(found.others, ["http://other.example.com/simple", "http://extra.example.com"]);
        let set = |name: &str| {
            (name == "UV_INDEX").then(|| "mine=http://mine.example.com/?a=b http://bare.example.com".to_owned())
        };
        let variables = of_uv_variables(set);
        assert_eq!(variables.others, ["http://mine.example.com/?a=b", "http://bare.example.com"]);
        assert_eq!(variables.over(found).index.as_deref(), Some("http://default.example.com/simple"));
    }
}
