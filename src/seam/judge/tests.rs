//! Each rule on sides that fit and on sides that don't.

use super::*;
use crate::plan::Sha;

fn seam(text: &str) -> Seam {
    let sides = "producer = { repo = \"api\", file = \"x\", text = \"x\" }\nconsumer = { repo = \"web\", file = \"x\", text = \"x\" }";
    toml::from_str(&format!("id = \"s\"\ntitle = \"S\"\n{text}\n{sides}")).unwrap()
}

fn part(repo: &str, file: &str, names: &[&str]) -> Part {
    let repo: RepoName = repo.parse().unwrap();
    let item = |(line, name): (usize, &&str)| Item {
        text: (*name).to_owned(),
        repo: repo.clone(),
        file: file.to_owned(),
        line,
        quoted: format!("a line with {name}"),
    };
    let items = (1..).zip(names).map(item).collect();
    Part { repo: repo.clone(), whence: file.to_owned(), material: Material::Items(items) }
}

fn sides(producer: &[&str], consumer: &[&str]) -> Sides {
    let sha: Sha = "a".repeat(40).parse().unwrap();
    Sides {
        producer: vec![part("api", "openapi.json", producer)],
        consumer: vec![part("web", "invite.j2", consumer)],
        tests: Vec::new(),
        at: [("api".parse().unwrap(), Standing::Frozen(sha))].into(),
    }
}

fn seen(text: &str, producer: &[&str], consumer: &[&str]) -> SeamSeen {
    judge(&seam(text), &sides(producer, consumer))
}

const SUBSET: &str = "rule = \"subset\"";

#[test]
fn a_renamed_field_is_told_with_both_sides_and_what_mends_it() {
    let seen = seen(SUBSET, &["id", "seats", "name"], &["name", "seat_count"]);
    assert_eq!(seen.state, SeamState::Broken);
    assert_eq!(seen.detail, "web: invite.j2:2 uses `seat_count`, which api doesn't have");
    let [misfit] = seen.misfits.as_slice() else { panic!("{seen:?}") };
    assert_eq!(misfit.mend, "api: openapi.json:2 has `seats`: write that, or add `seat_count` to api");
    let quotes: Vec<_> = misfit.quotes.iter().map(|q| (q.side, q.file.as_str(), q.line, q.text.as_str())).collect();
    assert_eq!(
        quotes,
        [
            (Side::Consumer, "invite.j2", 2, "a line with seat_count"),
            (Side::Producer, "openapi.json", 2, "a line with seats")
        ]
    );
    assert!(misfit.quotes[1].sha.is_some() && misfit.quotes[0].sha.is_none());
}

#[test]
fn a_subset_holds_whatever_else_the_producer_has_and_equal_does_not() {
    assert_eq!(seen(SUBSET, &["a", "b"], &["a", "a"]).state, SeamState::Holds);
    let equal = seen("rule = \"equal\"", &["a", "b"], &["a"]);
    assert_eq!(equal.detail, "api: openapi.json:2 has `b`, which web doesn't have");
    assert_eq!(seen("rule = \"equal\"", &["b", "a"], &["a", "b"]).state, SeamState::Holds);
}

#[test]
fn a_side_that_says_nothing_proves_nothing() {
    for (producer, consumer) in [(&["a"][..], &[][..]), (&[], &["a"])] {
        for rule in ["subset", "equal", "at_most", "at_least"] {
            let seen = seen(&format!("rule = \"{rule}\""), producer, consumer);
            assert_eq!(seen.state, SeamState::Unknown, "{rule}: {seen:?}");
            assert!(!seen.at.is_empty());
        }
    }
}

#[test]
fn spelling_may_be_loose() {
    let loose = "rule = \"subset\"\nspelling = \"loose\"";
    assert_eq!(seen(loose, &["owner_email"], &["ownerEmail"]).state, SeamState::Holds);
    assert_eq!(seen(SUBSET, &["owner_email"], &["ownerEmail"]).state, SeamState::Broken);
}

#[test]
fn a_retry_budget_must_fit_into_a_deadline() {
    let most = "rule = \"at_most\"";
    assert_eq!(seen(most, &["10s"], &["9000ms"]).state, SeamState::Holds);
    let never = seen(most, &["10s"], &["0ms"]);
    assert_eq!(never.state, SeamState::Unknown);
    assert!(never.detail.contains("which often stands for no limit at all"), "{}", never.detail);
    assert_eq!(seen(most, &["5"], &["0"]).state, SeamState::Holds, "no retries are few");
    let over = seen(most, &["10s"], &["9s", "12s"]);
    assert_eq!(over.detail, "web: invite.j2:2 comes to 12s, more than the 10s of api: openapi.json:1");
    assert_eq!(over.misfits[0].mend, "lower it to 10s in web, or raise the 10s in api");
    assert_eq!(seen("rule = \"at_least\"", &["3"], &["2"]).state, SeamState::Broken);
    let product = "rule = \"at_most\"\ntotal = \"product\"";
    assert_eq!(seen(product, &["10s"], &["3", "4s"]).state, SeamState::Broken);
    assert_eq!(seen(product, &["10s"], &["3", "3s"]).state, SeamState::Holds);
    assert_eq!(seen("rule = \"at_most\"\ntotal = \"sum\"", &["10s"], &["6s", "6s"]).state, SeamState::Broken);
}

#[test]
fn unlike_numbers_are_not_compared() {
    let seen = |producer, consumer| seen("rule = \"at_most\"", producer, consumer);
    let unlike = seen(&["10s"], &["3"]);
    assert_eq!(unlike.state, SeamState::Unknown);
    assert!(unlike.detail.contains("give the plain one a `unit`"), "{}", unlike.detail);
    assert!(seen(&["10s"], &["soon"]).detail.contains("`soon` is neither a number nor a length of time"));
}

#[test]
fn what_must_be_present_is_missed_in_each_source() {
    let mut sides = sides(&["log"], &["log"]);
    let present = seam("rule = \"present\"");
    assert_eq!(judge(&present, &sides).detail, "found in 2 places");
    sides.consumer.push(part("web", "src/*.ts", &[]));
    let seen = judge(&present, &sides);
    assert_eq!(seen.detail, "web: src/*.ts: what must stand there doesn't");
    assert_eq!(seen.state, SeamState::Broken);
}

#[test]
fn a_duty_has_one_owner() {
    let owned = |owner: &str, producer: &[&str], consumer: &[&str]| {
        seen(&format!("rule = \"owned\"\n{owner}"), producer, consumer)
    };
    let good = owned("", &["status", "deadline"], &["retry"]);
    assert_eq!(
        (good.state, good.detail.as_str()),
        (SeamState::Holds, "retry is web's, deadline is api's, status is api's")
    );
    let two = owned("", &["status", "deadline", "retry"], &["retry"]);
    assert_eq!(two.detail, "retry has 2 owners: api: openapi.json:3 and web: invite.j2:1");
    assert_eq!(two.misfits[0].quotes.len(), 2);
    let none = owned("", &["status"], &["retry"]);
    assert_eq!(none.detail, "nobody owns deadline: neither api nor web claims it");
    let other = owned("owner = { retry = \"api\" }", &["status"], &["retry"]);
    assert_eq!(other.detail, "web: invite.j2:1 claims retry, which is api's");
    assert_eq!(owned("owner = { retry = \"web\" }", &["x"], &["retry"]).state, SeamState::Holds);
}

fn documents(producer: (&str, &str), consumer: (&str, &str)) -> Sides {
    let part = |repo: &str, (path, text): (&str, &str)| Part {
        repo: repo.parse().unwrap(),
        whence: path.to_owned(),
        material: Material::Text { path: path.to_owned(), bytes: text.as_bytes().to_vec(), below: String::new() },
    };
    Sides { producer: vec![part("api", producer)], consumer: vec![part("web", consumer)], ..Sides::default() }
}

#[test]
fn what_is_generated_is_compared_as_data() {
    let generated = seam("rule = \"generated\"");
    let made = ("made.json", "{\"a\": 1.0, \"b\": [1, 2]}");
    assert_eq!(judge(&generated, &documents(made, ("x.yaml", "b: [1, 2]\na: 1\n"))).state, SeamState::Holds);
    let seen = judge(&generated, &documents(made, ("x.json", "{\n\"a\": 2,\n\"c\": 3,\n\"b\": [1, 3]}")));
    let whats: Vec<_> = seen.misfits.iter().map(|misfit| misfit.what.as_str()).collect();
    assert_eq!(
        whats,
        [
            "web: x.json:2 says another thing at /a than what is generated",
            "web: x.json:4 says another thing at /b/1 than what is generated",
            "web: x.json:3 has /c, which isn't generated"
        ]
    );
    assert_eq!(judge(&generated, &documents(made, ("x.json", "{"))).state, SeamState::Unknown);
}

#[test]
fn what_is_no_data_is_compared_letter_by_letter() {
    let generated = seam("rule = \"generated\"");
    let held = |path: &str, made: &str, kept: &str| judge(&generated, &documents((path, made), (path, kept)));
    for (path, made, kept) in [
        ("g.py", "if a\n    b\nc\n", "if a\n    b\n    c # x\n"),
        ("g.sql", "select 1\nfrom a -- x\nwhere b\n", "select 1\nfrom a -- x where b\n"),
        ("g.ts", "export type A = string\n", "export type A = string # a\n"),
        ("g", "a: 1\n", "a: 2\n"),
        ("g.md", "a\n", "a"),
    ] {
        let seen = held(path, made, kept);
        assert_eq!(seen.state, SeamState::Broken, "{path}");
        assert!(seen.detail.contains(" is another line than what is generated"), "{}", seen.detail);
        assert_eq!(held(path, made, made).state, SeamState::Holds, "{path}");
    }
    assert!(held("g.py", "if a\n    b\nc\n", "if a\n    b\n    c # x\n").detail.starts_with("web: g.py:3 is"));
    let mixed = judge(&generated, &documents(("g.json", "{}"), ("g.js", "{ }")));
    assert_eq!(mixed.state, SeamState::Broken, "one of them is code");
}

#[test]
fn a_generator_that_makes_nothing_proves_nothing() {
    let generated = seam("rule = \"generated\"");
    for nothing in ["", "\n", "---\n", "null\n", "~\n"] {
        let seen = judge(&generated, &documents(("g.yaml", nothing), ("g.yaml", nothing)));
        assert_eq!(
            (seen.state, seen.detail.as_str()),
            (SeamState::Unknown, "api: g.yaml makes nothing"),
            "{nothing:?}"
        );
    }
    let remark = judge(&generated, &documents(("g.yaml", "# a\n"), ("g.yaml", "# b\n")));
    assert_eq!(remark.state, SeamState::Unknown);
    assert_eq!(judge(&generated, &documents(("g.json", "{}"), ("g.json", "{ }"))).state, SeamState::Holds);
}

#[test]
fn tests_on_both_sides_name_the_seam() {
    let mut sides = sides(&["a"], &["a"]);
    let tested = |side, repo: &str, count, named| Tested {
        side,
        repo: repo.parse().unwrap(),
        files: "tests/**".to_owned(),
        count,
        named,
    };
    sides.tests = vec![tested(Side::Producer, "api", 3, Named::Yes), tested(Side::Consumer, "web", 2, Named::No)];
    let seen = judge(&seam(SUBSET), &sides);
    assert_eq!(seen.detail, "web: tests/**: none of 2 files names `s`");
    sides.tests[1].named = Named::Yes;
    assert!(judge(&seam(SUBSET), &sides).detail.ends_with("; tests name it"));
}

#[test]
fn only_the_first_misfits_are_told_and_all_are_counted() {
    let names: Vec<String> = (0..200).map(|number| format!("n{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let seen = seen(SUBSET, &["other"], &names);
    assert_eq!((seen.misfits.len(), seen.more), (MISFITS, 200 - MISFITS));
    assert!(seen.detail.ends_with("and 199 more"));
}
