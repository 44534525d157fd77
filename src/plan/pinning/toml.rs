//! Places in a TOML document: what becomes something else in a table, inline or with a header, with all else as it was.

use std::ops::Range;

use toml_edit::{Document, Item, Key, TableLike};

use super::Odd;
use super::edit::{Edit, lines_around};

/// Reads a document.
pub(super) fn read(text: &str) -> Result<Document<String>, Odd> {
    text.parse::<Document<String>>().map_err(|error| Odd::Unreadable(error.to_string().trim_end().replace('\n', " ")))
}

/// The table that keys lead to.
pub(super) fn table<'a>(root: &'a dyn TableLike, path: &[&str]) -> Option<&'a dyn TableLike> {
    path.iter().try_fold(root, |table, key| table.get(key)?.as_table_like())
}

/// The tables of a table: `target.*`, `tool.poetry.group.*`.
pub(super) fn tables<'a>(root: &'a dyn TableLike, path: &[&str]) -> Vec<&'a dyn TableLike> {
    let Some(table) = table(root, path) else { return Vec::new() };
    table.iter().filter_map(|(_, item)| item.as_table_like()).collect()
}

/// The entries of a table with their keys.
pub(super) fn entries(table: &dyn TableLike) -> Vec<(&Key, &Item)> {
    table.iter().filter_map(|(key, _)| table.get_key_value(key)).collect()
}

/// Where an entry is: from its key to the end of its value.
pub(super) fn place(key: &Key, item: &Item) -> Option<Range<usize>> {
    Some(key.span()?.start..item.span()?.end)
}

/// The inside of a text's quotes.
pub(super) fn inner(text: &str, item: Range<usize>) -> Option<Range<usize>> {
    let raw = text.get(item.clone())?;
    let quotes = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quotes| raw.starts_with(*quotes))?.len();
    (raw.len() >= 2 * quotes).then(|| item.start + quotes..item.end - quotes)
}

/// Replaces the first of some keys in a table by other lines, and removes the rest of them.
pub(super) fn rewritten(text: &str, item: &Item, keys: &[&str], with: &[String]) -> Result<Vec<Edit>, Odd> {
    let Some(table) = item.as_table_like() else { return Ok(Vec::new()) };
    let inline = item.is_inline_table();
    let unplaced = || Odd::Unreadable("the place of a dependency can't be told".to_owned());
    let mut edits: Vec<Edit> = Vec::new();
    for (key, item) in entries(table).into_iter().filter(|(key, _)| keys.contains(&key.get())) {
        let range = place(key, item).ok_or_else(unplaced)?;
        let line = lines_around(text, &range);
        let before = text.get(line.start..range.start).ok_or_else(unplaced)?;
        let edit = match (edits.is_empty(), inline) {
            (true, true) => Edit { said: Some(range.clone()), range, with: with.join(", ") },
            (true, false) => {
                let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
                Edit { said: Some(range.clone()), range, with: with.join(&format!("{newline}{before}")) }
            }
            (false, true) => {
                let kept = text.get(..range.start).ok_or_else(unplaced)?.trim_end();
                let Some(kept) = kept.strip_suffix(',') else {
                    let because = "a comment stands between its keys";
                    return Err(Odd::at(range.start, because, "the dependency without comments inside its braces"));
                };
                Edit { range: kept.len()..range.end, with: String::new(), said: Some(range) }
            }
            (false, false) => {
                let after = text.get(range.end..line.end).ok_or_else(unplaced)?;
                // a comment on the line stays
                let range_gone = if after.trim().is_empty() { line } else { line.start + indent(before)..range.end };
                Edit { range: range_gone, with: String::new(), said: Some(range) }
            }
        };
        edits.push(edit);
    }
    Ok(edits)
}

fn indent(before: &str) -> usize {
    before.len() - before.trim_start().len()
}

/// Removes an entry, with its lines.
pub(super) fn removed(text: &str, key: &Key, item: &Item) -> Result<Vec<Edit>, Odd> {
    let unplaced = || Odd::Unreadable("the place of a source can't be told".to_owned());
    if let Item::Table(table) = item {
        let places = entries(table).into_iter().map(|(key, item)| place(key, item));
        let places: Vec<Range<usize>> = places.collect::<Option<_>>().ok_or_else(unplaced)?;
        let mut edits = Vec::new();
        if !table.is_dotted() {
            let header = table.span().ok_or_else(unplaced)?;
            edits.push(Edit::removal(lines_around(text, &(header.start..header.start))));
        }
        for range in places {
            edits.push(Edit { said: Some(range.clone()), range: lines_around(text, &range), with: String::new() });
        }
        return Ok(edits);
    }
    let range = place(key, item).ok_or_else(unplaced)?;
    let lines = lines_around(text, &range);
    let alone = text.get(lines.start..range.start).is_some_and(|before| before.trim().is_empty());
    if !alone {
        let because = "it stands on a line with others";
        return Err(Odd::at(range.start, because, "each source on a line of its own"));
    }
    Ok(vec![Edit { range: lines, with: String::new(), said: Some(range) }])
}
