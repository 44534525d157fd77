//! What a YAML scalar means by the core schema of YAML 1.2: `on`, `yes` and `no` are texts there.

use saphyr_parser::{ScalarStyle, Tag};

use super::super::{Number, Value};

pub(super) fn meaning(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Value {
    let is_text = match tag {
        Some(tag) if tag.is_yaml_core_schema() => tag.suffix == "str",
        Some(tag) if tag.handle.is_empty() => tag.suffix == "!",
        Some(_) | None => false,
    };
    if is_text || style != ScalarStyle::Plain {
        return Value::Text(text.to_owned());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Truth(true),
        "false" | "False" | "FALSE" => Value::Truth(false),
        _ => number(text).map_or_else(|| Value::Text(text.to_owned()), Value::Number),
    }
}

fn number(text: &str) -> Option<Number> {
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) =
            text.strip_prefix(prefix).filter(|digits| digits.bytes().all(|b| b.is_ascii_alphanumeric()))
        {
            return i128::from_str_radix(digits, radix).ok().map(|whole| Number::new(&whole.to_string()));
        }
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Some(Number::new(&text.to_lowercase()));
    }
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).map_or((unsigned, None), |(m, e)| (m, Some(e)));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_number = digits(whole)
        && digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent.is_none_or(|power| {
            let power = power.strip_prefix(['-', '+']).unwrap_or(power);
            !power.is_empty() && digits(power)
        });
    is_number.then(|| Number::new(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_core_schema_calls_so_is_no_text() {
        let kind = |text: &str| meaning(text, ScalarStyle::Plain, None).kind();
        for text in ["1", "-1", "+1.5", ".5", "1.", "1e9", "0x1F", "0o17", ".inf", "-.INF", ".nan", "007"] {
            assert_eq!(kind(text), "a number", "{text}");
        }
        for text in ["on", "yes", "1.2.3", "1e", "e1", ".", "-", "0xZ", "0x", "1_000", "2026-11-25", "-.nan", "1,5"] {
            assert_eq!(kind(text), "a text", "{text}");
        }
        assert_eq!(kind("True"), "a boolean");
        assert_eq!(kind("~"), "null");
        assert_eq!(meaning("1", ScalarStyle::DoubleQuoted, None).kind(), "a text");
    }
}
