//! Texts that must be something more: addresses, JSON pointers, names of variables, headers. Says why one isn't.

/// Why a text isn't an address that can be asked.
pub fn address_fault(text: &str) -> Option<&'static str> {
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    match rest {
        None => Some("an address starts with http:// or https://"),
        Some(rest) if rest.chars().any(|c| c.is_whitespace() || c.is_control()) => Some("an address holds no spaces"),
        Some(rest) if rest.split(['/', '?', '#']).next().is_none_or(str::is_empty) => Some("the address names no host"),
        Some(_) => None,
    }
}

/// Why a text isn't a JSON pointer (RFC 6901).
pub fn pointer_fault(text: &str) -> Option<&'static str> {
    if !text.starts_with('/') {
        return Some("a JSON pointer starts with '/'");
    }
    let odd = text.split('~').skip(1).any(|rest| !rest.starts_with('0') && !rest.starts_with('1'));
    odd.then_some("in a JSON pointer '~' is written ~0, and '/' in a name ~1")
}

/// Why a text isn't the name of an environment variable.
pub fn variable_fault(name: &str) -> Option<&'static str> {
    let letter = |c: char| c.is_ascii_alphabetic() || c == '_';
    let sound = name.starts_with(letter) && name.chars().all(|c| letter(c) || c.is_ascii_digit());
    (!sound).then_some("this is no name of an environment variable")
}

/// Why a text isn't a request's method.
pub fn method_fault(text: &str) -> Option<&'static str> {
    let sound = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_uppercase());
    (!sound).then_some("a method is written in capitals, as in \"GET\"")
}

/// Why a text isn't a header that the plan may hold: `Name: value`, with secrets as `$NAME`.
pub fn header_fault(text: &str) -> Option<&'static str> {
    const SECRET: [&str; 4] = ["authorization", "token", "key", "cookie"];
    let Some((name, value)) = header(text) else { return Some("a header is written \"Name: value\"") };
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if name.is_empty() || !name.chars().all(token) {
        return Some("a header's name holds letters, digits and '-'");
    }
    if value.chars().any(char::is_control) {
        return Some("a header's value is one line");
    }
    let lower = name.to_ascii_lowercase();
    let secret = SECRET.iter().any(|word| lower.ends_with(word));
    (secret && variables(value).is_empty()).then_some("a plan is shared, and holds no token: write $NAME for it")
}

/// A header's name and its value.
pub fn header(text: &str) -> Option<(&str, &str)> {
    text.split_once(':').map(|(name, value)| (name.trim(), value.trim()))
}

/// The environment variables that stand in a text as `$NAME`.
pub fn variables(text: &str) -> Vec<&str> {
    text.split('$').skip(1).map(variable).filter(|name| !name.is_empty()).collect()
}

/// A text with each `$NAME` replaced; the first name that has no value otherwise.
pub fn filled(text: &str, value: impl Fn(&str) -> Result<String, String>) -> Result<String, String> {
    let mut pieces = text.split('$');
    let mut whole = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let name = variable(piece);
        let filled = if name.is_empty() { "$".to_owned() } else { value(name)? };
        whole.push_str(&filled);
        whole.push_str(piece.get(name.len()..).unwrap_or_default());
    }
    Ok(whole)
}

/// The name that a text starts with.
fn variable(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    text.get(..end).filter(|name| variable_fault(name).is_none()).unwrap_or_default()
}

/// A value inside one part of an address: it can't begin another part.
pub(crate) fn in_address(value: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~{}".contains(&byte);
    let written = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    value.bytes().map(written).collect()
}

/// A value inside a text of a JSON body: it can't end the text.
pub(crate) fn in_json(value: &str) -> String {
    let quoted = serde_json::Value::from(value).to_string();
    quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_names_its_secrets_and_holds_none() {
        assert_eq!(header_fault("Authorization: Bearer $FLAG_TOKEN"), None);
        assert_eq!(header_fault("X-Environment: production"), None);
        assert_eq!(header("X-API-Key:$KEY"), Some(("X-API-Key", "$KEY")));
        for (text, why) in [
            ("Authorization", "written"),
            ("Authorization: Bearer abc", "holds no token"),
            ("X-API-Key: abc", "holds no token"),
            ("a b: c", "name holds"),
            ("x: a\nb", "one line"),
        ] {
            assert!(header_fault(text).is_some_and(|fault| fault.contains(why)), "{text}: {:?}", header_fault(text));
        }
    }

    #[test]
    fn variables_are_filled_and_other_dollars_stay() {
        let value = |name: &str| if name == "A" { Ok("1".to_owned()) } else { Err(name.to_owned()) };
        assert_eq!(filled("x $A-$A $ $", value), Ok("x 1-1 $ $".to_owned()));
        assert_eq!(filled("$A $B", value), Err("B".to_owned()));
        assert_eq!(variables("Bearer $A:$B_2 $ $1"), ["A", "B_2"]);
    }
}
