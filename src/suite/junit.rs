//! JUnit XML, of which there is no official form: roots and suites nest as they like, attributes come and go. So cases are
//! counted, and totals are believed only where they say that something went badly or is left out. A document type is refused:
//! a report has no use for entities.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::{MAX_TESTS, NotAReport, Test, Told, Verdict, plain, words_of};

/// How deep elements may nest.
const MAX_DEPTH: usize = 100;
const FORMAT: &str = "JUnit XML";

/// Reads one file.
pub fn read(bytes: &[u8]) -> Result<Told, NotAReport> {
    let text = std::str::from_utf8(bytes).map_err(|error| other(format!("it isn't UTF-8: {error}")))?;
    if text.trim().is_empty() {
        return Err(NotAReport::Empty);
    }
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut document = Document::default();
    loop {
        match reader.read_event() {
            Ok(Event::Start(start)) => document.open(&start)?,
            Ok(Event::End(_)) => document.close(),
            Ok(Event::Eof) => break,
            Ok(Event::DocType(_)) => {
                return Err(other("it declares a document type, which no report needs".to_owned()));
            }
            Ok(Event::Text(text)) => document.say(&text.xml10_content()),
            Ok(Event::CData(text)) => document.say(&text.xml10_content()),
            Ok(Event::GeneralRef(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::Empty(_)) => {}
            Err(quick_xml::Error::Syntax(why)) => return Err(NotAReport::CutOff(why.to_string())),
            Err(error) => return Err(other(error.to_string())),
        }
    }
    document.end()
}

fn other(why: String) -> NotAReport {
    NotAReport::Other { format: FORMAT, why }
}

/// What was read so far.
#[derive(Debug, Default)]
struct Document {
    open: Vec<Element>,
    roots: u32,
    told: Told,
    /// The case that is open.
    case: Option<Test>,
}

#[derive(Debug)]
enum Element {
    Suite(Suite),
    Case,
    /// A verdict on the case; its text is the reason where it has no message.
    Verdict,
    Other,
}

/// A suite: how many cases and bad cases it claims and has, those of suites within it too.
#[derive(Debug)]
struct Suite {
    name: String,
    claims: u64,
    has: u64,
    claims_bad: u64,
    has_bad: u64,
}

impl Document {
    fn open(&mut self, start: &BytesStart<'_>) -> Result<(), NotAReport> {
        if self.open.len() == MAX_DEPTH {
            return Err(NotAReport::TooLarge { most: MAX_DEPTH, what: "elements within each other" });
        }
        let name = start.local_name();
        // some write <Failure>
        let name: &str = &AsRef::<str>::as_ref(&name).to_ascii_lowercase();
        if self.open.is_empty() {
            self.roots += 1;
            if !matches!(name, "testsuites" | "testsuite") {
                return Err(other(format!("its root is <{}>, not <testsuites>", plain(name))));
            }
            if self.roots > 1 {
                return Err(other("it has two roots".to_owned()));
            }
        }
        let element = match name {
            "testsuites" | "testsuite" => {
                let claims_bad = number(start, "failures")?.saturating_add(number(start, "errors")?);
                Element::Suite(Suite {
                    name: plain(&attribute(start, "name")?.unwrap_or_default()),
                    claims: number(start, "tests")?,
                    has: 0,
                    claims_bad,
                    has_bad: 0,
                })
            }
            "testcase" => self.begin(start)?,
            _ => self.inside(name, start)?,
        };
        self.open.push(element);
        Ok(())
    }

    fn begin(&mut self, start: &BytesStart<'_>) -> Result<Element, NotAReport> {
        if self.case.is_some() {
            return Err(other("a <testcase> stands in another".to_owned()));
        }
        if self.told.tests.len() == MAX_TESTS {
            return Err(NotAReport::TooLarge { most: MAX_TESTS, what: "tests" });
        }
        let title = plain(&attribute(start, "name")?.unwrap_or_default());
        let class = plain(&attribute(start, "classname")?.unwrap_or_default());
        let suites = self.open.iter().filter_map(|element| match element {
            Element::Suite(Suite { name, .. }) if !name.is_empty() && *name != class => Some(name.clone()),
            Element::Suite(_) | Element::Case | Element::Verdict | Element::Other => None,
        });
        let mut around: Vec<String> = suites.collect();
        if !class.is_empty() {
            around.push(class);
        }
        let (verdict, why) = claimed(start)?;
        let tags = around.iter().chain([&title]).flat_map(|text| words_of(text)).map(str::to_owned).collect();
        self.case = Some(Test { project: String::new(), around, title, tags, names: Vec::new(), verdict, why });
        Ok(Element::Case)
    }

    /// What stands within a case, or beside cases.
    fn inside(&mut self, name: &str, start: &BytesStart<'_>) -> Result<Element, NotAReport> {
        let Some(case) = &mut self.case else { return self.beside(name, start) };
        let verdict = match name {
            // a rerun that failed stands beside the <failure> of the last try
            "failure" | "error" | "rerunfailure" | "rerunerror" => Verdict::Failed,
            "skipped" | "disabled" => Verdict::Skipped,
            "flakyfailure" | "flakyerror" => Verdict::Flaky,
            "property" => {
                let value = attribute(start, "value")?.unwrap_or_default();
                property(case, &attribute(start, "name")?.unwrap_or_default(), &value);
                return Ok(Element::Other);
            }
            _ => return Ok(Element::Other),
        };
        case.verdict = case.verdict.min(verdict);
        let message = attribute(start, "message")?.map(|text| plain(&text)).unwrap_or_default();
        if case.why.is_empty() {
            case.why = message;
        }
        Ok(Element::Verdict)
    }

    /// What went wrong round the cases of a suite: its setup, say.
    fn beside(&mut self, name: &str, start: &BytesStart<'_>) -> Result<Element, NotAReport> {
        if let (Some(Element::Suite(suite)), "failure" | "error") = (self.open.last(), name) {
            let message = attribute(start, "message")?.map(|text| plain(&text)).filter(|text| !text.is_empty());
            let message = message.map_or_else(String::new, |message| format!(": {message}"));
            self.told.errors.push(format!("{} has an <{name}> beside its tests{message}", suite.words()));
        }
        Ok(Element::Other)
    }

    fn say(&mut self, text: &str) {
        if let (Some(Element::Verdict), Some(case)) = (self.open.last(), &mut self.case)
            && case.why.is_empty()
        {
            case.why = plain(text);
        }
    }

    fn close(&mut self) {
        match self.open.pop() {
            Some(Element::Case) => {
                let Some(case) = self.case.take() else { return };
                let bad = u64::from(case.verdict == Verdict::Failed);
                self.add(1, bad);
                self.told.tests.push(case);
            }
            Some(Element::Suite(suite)) => {
                let Suite { claims, has, claims_bad, has_bad, .. } = suite;
                if claims_bad > 0 && has_bad == 0 {
                    let what = format!("{} says that {claims_bad} tests failed, and shows none of them", suite.words());
                    self.told.errors.push(what);
                } else if claims > has {
                    self.told
                        .errors
                        .push(format!("{} says that it has {claims} tests, and shows {has}", suite.words()));
                }
                self.add(has, has_bad);
            }
            Some(Element::Verdict | Element::Other) | None => {}
        }
    }

    fn add(&mut self, cases: u64, bad: u64) {
        if let Some(Element::Suite(suite)) = self.open.last_mut() {
            suite.has += cases;
            suite.has_bad += bad;
        }
    }

    fn end(self) -> Result<Told, NotAReport> {
        if !self.open.is_empty() {
            return Err(NotAReport::CutOff(format!("{} elements are open at its end", self.open.len())));
        }
        if self.roots == 0 { Err(other("there is no element in it".to_owned())) } else { Ok(self.told) }
    }
}

impl Suite {
    fn words(&self) -> String {
        if self.name.is_empty() { "a suite".to_owned() } else { format!("suite {}", self.name) }
    }
}

/// What a case says of itself beside its elements, in words that differ from writer to writer. One that isn't known to mean a
/// pass is none.
fn claimed(start: &BytesStart<'_>) -> Result<(Verdict, String), NotAReport> {
    let mut claimed = (Verdict::Passed, String::new());
    for key in ["status", "result"] {
        let Some(word) = attribute(start, key)? else { continue };
        let verdict = match word.trim().to_ascii_lowercase().as_str() {
            "" | "passed" | "pass" | "success" | "successful" | "succeeded" | "ok" | "run" | "completed" => {
                Verdict::Passed
            }
            "notrun" | "disabled" | "ignored" | "suppressed" => Verdict::NotRun,
            "skipped" | "skip" | "pending" => Verdict::Skipped,
            _ => Verdict::Failed,
        };
        if verdict < claimed.0 {
            claimed = (verdict, plain(&format!("its {key} is {word}")));
        }
    }
    Ok(claimed)
}

/// A total; none is 0, and one that isn't a number makes the report none.
fn number(start: &BytesStart<'_>, key: &str) -> Result<u64, NotAReport> {
    let text = attribute(start, key)?.unwrap_or_default();
    let text = text.trim();
    if text.is_empty() {
        return Ok(0);
    }
    text.parse().map_err(|_| other(format!("{key}=\"{}\" is no number of tests", plain(text))))
}

/// Tags and checklist names stand in properties, one by one or in a list.
fn property(test: &mut Test, name: &str, value: &str) {
    match name {
        "tag" | "tags" => {
            let words =
                value.split([',', ' ']).map(|word| word.trim_start_matches('@')).filter(|word| !word.is_empty());
            test.tags.extend(words.map(plain));
        }
        "checklist" => test.names.push(plain(value)),
        _ => test.tags.push(plain(&format!("{name}={value}"))),
    }
}

/// An attribute's value, with its character references; an entity that isn't XML's own is refused.
fn attribute(start: &BytesStart<'_>, key: &str) -> Result<Option<String>, NotAReport> {
    let found = start.try_get_attribute(key).map_err(|error| other(error.to_string()))?;
    let value = found.map(|found| found.normalized_value(quick_xml::XmlVersion::Implicit1_0));
    value.transpose().map(|value| value.map(std::borrow::Cow::into_owned)).map_err(|error| other(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::Verdict::{Failed, Flaky, NotRun, Passed, Skipped};
    use super::*;

    fn verdicts(xml: &str) -> Vec<Verdict> {
        read(xml.as_bytes()).unwrap().tests.iter().map(|test| test.verdict).collect()
    }

    #[test]
    fn cases_are_counted_wherever_they_stand() {
        let xml = r#"<?xml version="1.0"?><testsuites tests="7"><testsuite name="a"><testcase name="1"/>
            <testsuite name="b"><testcase classname="c" name="2"><failure message="no&amp;way">at x</failure></testcase>
            <testcase name="3"><skipped/></testcase><testcase name="4"><error>boom</error><skipped/></testcase>
            <testcase name="5"><flakyFailure message="once"/></testcase><testcase name="6" status="notrun"/>
            <testcase name="7"><rerunFailure/><failure/></testcase></testsuite></testsuite></testsuites>"#;
        assert_eq!(verdicts(xml), [Passed, Failed, Skipped, Failed, Flaky, NotRun, Failed]);
        let told = read(xml.as_bytes()).unwrap();
        assert_eq!(told.tests[1].full_title(), "a › b › c › 2");
        assert_eq!((told.tests[1].why.as_str(), told.tests[3].why.as_str()), ("no&way", "boom"));
        assert_eq!(verdicts("<testsuite><testcase/></testsuite>"), [Passed]);
    }

    #[test]
    fn totals_count_only_where_they_say_that_something_went_badly() {
        let xml =
            r#"<testsuites failures="0"><testsuite name="a" errors="1"><testcase name="1"/></testsuite></testsuites>"#;
        assert_eq!(read(xml.as_bytes()).unwrap().errors, ["suite a says that 1 tests failed, and shows none of them"]);
        let xml = r#"<testsuites failures="1"><testsuite failures="1"><testcase><failure/></testcase></testsuite></testsuites>"#;
        assert_eq!(read(xml.as_bytes()).unwrap().errors, [""; 0]);
    }

    #[test]
    fn what_a_case_says_of_itself_counts_though_no_element_does() {
        let xml = r#"<testsuite><testcase name="1" status="failed"/><testcase name="2" result="Error"/>
            <testcase name="3" status="skipped"/><testcase name="4" status="run" result="completed"/>
            <testcase name="5" status="run" result="suppressed"/><testcase name="6" status="blocked"/>
            <testcase name="7" status="Passed"><Failure/></testcase></testsuite>"#;
        assert_eq!(verdicts(xml), [Failed, Failed, Skipped, Passed, NotRun, Failed, Failed]);
        assert_eq!(read(xml.as_bytes()).unwrap().tests[5].why, "its status is blocked");
    }

    #[test]
    fn what_goes_wrong_beside_the_cases_and_cases_that_are_left_out_are_told() {
        let xml =
            r#"<testsuites><testsuite name="a"><error message="no database"/><testcase/></testsuite></testsuites>"#;
        assert_eq!(read(xml.as_bytes()).unwrap().errors, ["suite a has an <error> beside its tests: no database"]);
        let xml = r#"<testsuites tests="10"><testsuite tests="1"><testcase/></testsuite></testsuites>"#;
        assert_eq!(read(xml.as_bytes()).unwrap().errors, ["a suite says that it has 10 tests, and shows 1"]);
        for total in ["failures=\"1.0\"", "errors=\"one\"", "tests=\"-1\""] {
            assert!(read(format!("<testsuite {total}><testcase/></testsuite>").as_bytes()).is_err(), "{total}");
        }
    }

    #[test]
    fn tags_stand_in_titles_and_properties() {
        let xml = r#"<testsuite name="x @team"><testcase name="invites @seller"><properties>
            <property name="tag" value="@slow"/><property name="tags" value="a, b"/><property name="invite" value="link"/>
            <property name="checklist" value="flow-7"/></properties></testcase></testsuite>"#;
        let test = read(xml.as_bytes()).unwrap().tests.remove(0);
        assert_eq!(test.tags, ["team", "seller", "slow", "a", "b", "invite=link"]);
        assert!(test.answers_to("flow-7") && test.answers_to("invites"));
    }

    #[test]
    fn entities_depth_and_other_roots_are_refused() {
        let bomb =
            r#"<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><testsuite><testcase name="&b;"/></testsuite>"#;
        assert!(matches!(read(bomb.as_bytes()), Err(NotAReport::Other { .. })));
        assert!(read(b"<testsuite><testcase name=\"&b;\"/></testsuite>").is_err());
        let deep = format!("<testsuite>{}", "<a>".repeat(100_000));
        assert!(matches!(read(deep.as_bytes()), Err(NotAReport::TooLarge { .. })));
        for xml in
            ["<html></html>", "plain", "<testsuite/><testsuite/>", "<testsuite></testcase>", "\u{feff}", "<!-- -->"]
        {
            assert!(read(xml.as_bytes()).is_err(), "{xml}");
        }
        assert_eq!(read(b"\n "), Err(NotAReport::Empty));
    }

    #[test]
    fn what_is_cut_off_in_the_middle_is_no_report() {
        let xml = r#"<testsuites><testsuite name="a"><testcase name="1"><failure message="x">y</failure></testcase></testsuite></testsuites>"#;
        for end in 1..xml.len() {
            assert!(read(&xml.as_bytes()[..end]).is_err(), "{}", &xml[..end]);
        }
        assert!(read(xml.as_bytes()).is_ok());
    }
}
