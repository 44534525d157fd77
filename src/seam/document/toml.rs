//! TOML, from the same parser that reads release.toml.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::build::Builder;
use super::{DocumentFault, Format, Limits, Node, Number, Value};

pub(super) fn read(text: &str, limits: &Limits) -> Result<Node, DocumentFault> {
    let lines = Lines::of(text);
    let table = DeTable::parse(text).map_err(|error| DocumentFault::Malformed {
        format: Format::Toml,
        line: error.span().map_or(1, |span| lines.line(&span)),
        because: error.message().to_owned(),
    })?;
    let mut builder = Builder::new(limits);
    put_table(&mut builder, table.get_ref(), 1, &lines)?;
    builder.finish().ok_or(DocumentFault::TooMany { most: limits.nodes })
}

/// Where each line starts.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        Self(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at).collect())
    }

    fn line(&self, span: &Range<usize>) -> usize {
        1 + self.0.partition_point(|end| *end < span.start)
    }
}

fn put(builder: &mut Builder<'_>, value: &Spanned<DeValue<'_>>, lines: &Lines) -> Result<(), DocumentFault> {
    let line = lines.line(&value.span());
    match value.get_ref() {
        DeValue::String(text) => builder.value(Value::Text(text.clone().into_owned()), line),
        DeValue::Integer(number) => {
            let decimal = i64::from_str_radix(number.as_str(), number.radix()).map(|whole| whole.to_string());
            builder.value(Value::Number(Number::new(decimal.as_deref().unwrap_or(number.as_str()))), line)
        }
        DeValue::Float(number) => builder.value(Value::Number(Number::new(number.as_str())), line),
        DeValue::Boolean(truth) => builder.value(Value::Truth(*truth), line),
        DeValue::Datetime(date) => builder.value(Value::Text(date.to_string()), line),
        DeValue::Array(items) => {
            builder.start_list(line)?;
            items.iter().try_for_each(|item| put(builder, item, lines))?;
            builder.end().map(|_| ())
        }
        DeValue::Table(table) => put_table(builder, table, line, lines),
    }
}

/// The parser sorts keys; they are put back into the order of their lines.
fn put_table(builder: &mut Builder<'_>, table: &DeTable<'_>, line: usize, lines: &Lines) -> Result<(), DocumentFault> {
    builder.start_table(line)?;
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    for (key, value) in entries {
        builder.key(key.get_ref().clone().into_owned(), lines.line(&key.span()));
        put(builder, value, lines)?;
    }
    builder.end().map(|_| ())
}
