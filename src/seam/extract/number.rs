//! The number that a name is given on its line: `RETRY_BUDGET_MS = 60 * 1000`, `"deadline": "10s"`, `tries: u32 = 3`. A value with
//! a digit in it is read whole, or it is told that it can't be: its first digits aren't its number.

mod value;

use self::value::{How, Said, said};
use crate::seam::quantity::Quantity;
use crate::seam::text::Text;
use crate::seam::{Found, MOST_NAMES};

/// The most characters of a value that are told.
const WIDEST: usize = 60;
/// Files in which `//` divides.
const DIVIDING: [&str; 3] = ["py", "pyi", "lua"];
/// Files that are prose: a star begins an item there, and a number sign a heading.
const PROSE: [&str; 4] = ["md", "markdown", "rst", "txt"];

pub(super) fn found(name: &str, text: &Text<'_>, path: &str) -> Result<Vec<Found>, String> {
    let ending = path.rsplit_once('.').map(|(_, ending)| ending).unwrap_or_default();
    let (divides, is_prose) = (DIVIDING.contains(&ending), PROSE.contains(&ending));
    let mut all = Vec::new();
    let mut other = None;
    let mut lines = (1..).zip(text.as_str().lines()).peekable();
    while let Some((number, line)) = lines.next() {
        let next = lines.peek().map_or("", |(_, next)| *next);
        for (at, _) in line.match_indices(name) {
            let (Some(before), Some(after)) = (line.get(..at), line.get(at + name.len()..)) else { continue };
            if is_within(before, after) || (!is_prose && is_commented(before, divides)) {
                continue;
            }
            let unread = |written: &str| {
                let written: String = written.trim().chars().take(WIDEST).collect();
                format!(
                    "line {number} gives {name} as `{written}`, which isn't read as a number: name it by a `regex`, or write it plainly"
                )
            };
            match said(before, after, divides) {
                Said::Nothing => {}
                Said::Other(written) => return Err(unread(written)),
                Said::Value { written, is_last, how } => match Quantity::read(written, None) {
                    Some(_) if is_last && goes_on(line, next) => {
                        return Err(unread(&format!("{written} {}", next.trim())));
                    }
                    Some(number_read) => all.push(Found { text: number_read.to_string(), line: number }),
                    None if holds_a_number(written) => return Err(unread(written)),
                    None if how == How::Given && !passes_on(written, name) => other = other.or(Some(unread(written))),
                    None => {}
                },
            }
            if all.len() > MOST_NAMES {
                return Ok(all);
            }
        }
    }
    if all.is_empty() {
        return Err(format!("no number follows `{name}` on any line"));
    }
    // the number of one line isn't that of the name where another line gives it something else
    other.map_or(Ok(all), Err)
}

/// Whether a name is only a part of another.
fn is_within(before: &str, after: &str) -> bool {
    let mut back = before.chars().rev();
    let is_joined = back.next() == Some('-') && back.next().is_some_and(is_part);
    is_joined || before.ends_with(is_part) || after.starts_with(is_part)
}

/// Whether what stands behind this is a comment: nobody runs it.
fn is_commented(before: &str, divides: bool) -> bool {
    let line = before.trim_start();
    let begins = |sign: &str| line.strip_prefix(sign).is_some_and(|rest| rest.starts_with([' ', '\t', '*', '/']));
    let is_noted = line.starts_with('#') && !["#[", "#!["].iter().any(|sign| line.starts_with(sign));
    let is_noted = is_noted && !line.trim_start_matches(['#', ' ']).starts_with("define");
    let is_whole = is_noted || ["--", "*"].iter().any(|sign| begins(sign)) || line.starts_with("<!--");
    let slashes = !divides && (line.starts_with("//") || before.contains(" //") || before.contains("\t//"));
    let inside = before.rfind("/*").is_some_and(|at| before.get(at..).is_some_and(|rest| !rest.contains("*/")));
    is_whole || slashes || inside || [" # ", " -- ", "\t# "].iter().any(|sign| before.contains(sign))
}

/// Whether a name is only handed on under itself: `timeout=self.timeout`.
fn passes_on(written: &str, name: &str) -> bool {
    let is_path = written.chars().all(|c| is_part(c) || ".:?&*$->[]'\"".contains(c));
    is_path && written.strip_suffix(name).is_some_and(|rest| !rest.ends_with(is_part))
}

/// Whether a value goes on at the beginning of the next line.
fn goes_on(line: &str, next: &str) -> bool {
    let next = next.trim_start();
    let is_text = line.trim_start().starts_with('*');
    !is_text && ["* ", "/ ", "+ ", "<< ", "** ", "% "].iter().any(|operator| next.starts_with(operator))
}

fn is_part(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Whether there is a digit in it that is no part of a word.
fn holds_a_number(text: &str) -> bool {
    let before = std::iter::once(' ').chain(text.chars());
    before.zip(text.chars()).any(|(before, c)| c.is_numeric() && !(before.is_alphabetic() || before == '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str, path: &str) -> Result<Vec<String>, String> {
        let found = found("TRIES", &Text::of(line.as_bytes()), path)?;
        Ok(found.into_iter().map(|found| found.text).collect())
    }

    #[test]
    fn a_number_is_found_as_code_writes_it() {
        for (line, number) in [
            ("const TRIES = 3;", "3"),
            ("TRIES: u32 = 3;", "3"),
            ("pub const TRIES: Option<u32> = 3;", "3"),
            ("TRIES: Final[int] = 3", "3"),
            ("TRIES=1_000", "1000"),
            ("\"TRIES\": \"10s\",", "10s"),
            ("{\"TRIES\":1,\"b\":2}", "1"),
            ("TRIES: 2.5", "2.5"),
            ("#define TRIES 5.", "5"),
            ("#define TRIES (60 * 1000)", "60000"),
            ("#define TRIES -1", "-1"),
            ("set(TRIES, 250ms)", "250ms"),
            ("with(TRIES(3).other(4))", "3"),
            ("TRIES = 3 // of 5", "3"),
            ("TRIES = 3  # of 5", "3"),
            ("TRIES = 3 /* of 5 */;", "3"),
            ("TRIES = 30seconds", "30s"),
            ("TRIES = 60 * 1000", "1m"),
            ("TRIES = -1", "-1"),
            ("TRIES = 1e6;", "1000000"),
            ("TRIES = 0x10", "16"),
            ("TRIES = 2m30s", "150s"),
            ("<TRIES>5</TRIES>", "5"),
            ("ENV TRIES=5 WAIT=3", "5"),
            ("'TRIES' => 3,", "3"),
            ("env[\"TRIES\"] = 5", "5"),
            ("TRIES?: 3", "3"),
        ] {
            let told = read(line, "a.ts").unwrap_or_else(|why| panic!("{line}: {why}"));
            let wanted = Quantity::read(number, None).unwrap();
            let wanted = if number == "1m" { "60000".to_owned() } else { wanted.to_string() };
            assert_eq!(told, [wanted], "{line}");
        }
        assert_eq!(found("tries", &Text::of(b"a\n\n  tries: 4\n"), "a.yaml").unwrap()[0].line, 3);
    }

    #[test]
    fn a_value_that_is_not_wholly_a_number_is_told_with_its_line() {
        for line in [
            "TRIES = 1,000",
            "TRIES = 60 / 2",
            "TRIES = 1 << 10",
            "TRIES = 2**10",
            "TRIES = 10k",
            "TRIES = 60 +",
            "TRIES = 60 *",
            "TRIES = (60",
            "TRIES = 60\n    * 1000",
            "TRIES = int(os.environ.get(\"TRIES\", 99))",
            "TRIES = debug ? 5 : 50",
            "TRIES = 5 if debug else 50",
            "TRIES = [5, 50]",
            "TRIES += 5",
            "TRIES: 60 seconds or 5 of them",
            "TRIES = \"5\" * 3",
            "TRIES = 010",
            "${TRIES:-5}",
            "TRIES ?= 5",
            "(TRIES, 60 / 2)",
        ] {
            let why = read(line, "a.ts").expect_err(line);
            assert!(why.starts_with("line 1 gives TRIES as `"), "{line}: {why}");
        }
        assert!(read("TRIES = 60000 // 2", "a.py").is_err());
        assert!(read("TRIES = 60000 // factor", "a.py").is_err());
    }

    #[test]
    fn a_comment_gives_nothing_and_something_else_beside_a_number_is_told() {
        for code in [
            "// const TRIES = 3;\nconst TRIES = config.tries;",
            "const TRIES = Infinity; // TRIES: 3 in tests",
            "  # TRIES = 3 was enough once\nTRIES = some()",
            "/* TRIES = 3 */ x()",
            "/**\n * TRIES = 3\n */",
            "-- TRIES = 3",
            "<!-- TRIES=3 -->",
        ] {
            assert_eq!(read(code, "a.ts"), Err("no number follows `TRIES` on any line".to_owned()), "{code}");
        }
        let code = "TRIES = 3\nif slow:\n    TRIES = config.tries\n";
        let why = read(code, "a.py").unwrap_err();
        assert!(why.starts_with("line 3 gives TRIES as `config.tries`"), "{why}");
        for code in [
            "TRIES = 3\nget(TRIES=TRIES)\nget(TRIES=self.TRIES)",
            "interface A {\n  TRIES: number;\n}\nconst TRIES = 3; // of 5",
            "http://a/b?TRIES=3",
            "x = 60000 // TRIES\nTRIES = 3",
            "\t#define TRIES 3",
            "#[arg(default_value_t = 3)]\nconst TRIES: u32 = 3;",
        ] {
            assert_eq!(read(code, "a.py").unwrap(), ["3"], "{code}");
        }
        assert_eq!(read("# TRIES: 3\n\n* TRIES: 3", "a.md").unwrap(), ["3", "3"]);
    }

    #[test]
    fn a_name_within_another_and_a_mention_without_a_value_do_not_count() {
        for line in [
            "MAX_TRIES = 3",
            "TRIES_MAX = 3",
            "max-TRIES: 3",
            "TRIES-max: 3",
            "TRIES of the last 3 days",
            "TRIES = x2",
            "TRIES.max = 3",
            "wait(TRIES * 2)",
            "if n > TRIES + 1:",
            "if TRIES > 5:",
            "if TRIES == 5:",
            "for (i = 0; i < TRIES; i += 1)",
            "retry(TRIES, wait=3)",
            "std::TRIES::new(3)",
            "${TRIES}",
        ] {
            let said = read(line, "a.ts");
            assert_eq!(said, Err("no number follows `TRIES` on any line".to_owned()), "{line}");
        }
        let code = "const TRIES = 3;\nif (n > TRIES) { retry(TRIES, 'x1'); }\nexport { TRIES };\n";
        assert_eq!(read(code, "a.ts").unwrap(), ["3"]);
    }
}
