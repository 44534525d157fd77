//! Pages as real servers sent them.

use super::*;

const AT: &str = "http://ada:pw@127.0.0.1:1/owner/prod/+simple/tiny-pkg/";
const SHA: &str = "83bab149ca8ba218c39a777b11714fc59af264e3fb934cf62d8571c5a8656538";

fn asked(version: &str) -> Asked<'_> {
    Asked { name: "tiny-pkg", version }
}

#[test]
fn json_with_relative_links_is_read() {
    let body = format!(
        r#"{{"meta":{{"api-version":"1.0"}},"name":"tiny-pkg","files":[
        {{"filename":"Tiny.Pkg-1.0.0-py3-none-any.whl","url":"../../+f/83b/ab149/Tiny.Pkg-1.0.0-py3-none-any.whl",
          "hashes":{{"sha256":"{SHA}"}},"requires-python":""}},
        {{"filename":"tiny_pkg-1.1.0.tar.gz","url":"x","hashes":{{}},"yanked":"broken"}},
        {{"filename":"tiny_pkg-1.1.0-py3-none-any.whl","url":"y","hashes":{{"md5":"0"}},"yanked":true}},
        {{"filename":"tiny_pkg-1.2.0.tar.gz","url":"z","hashes":{{}},"yanked":false}}]}}"#
    );
    let page = Page::read(body.as_bytes(), AT).unwrap();
    let one = page.version(asked("1.0")).unwrap();
    assert_eq!(
        one.files[0].url.as_deref(),
        Some("http://ada:pw@127.0.0.1:1/owner/prod/+f/83b/ab149/Tiny.Pkg-1.0.0-py3-none-any.whl")
    );
    assert_eq!(one.files[0].digests, [Hash::Sha256(SHA.parse().unwrap())]);
    assert_eq!(one.withdrawn, None);
    let yanked = page.version(asked("1.1.0")).unwrap();
    assert_eq!((yanked.files.len(), yanked.withdrawn.as_deref()), (2, Some("yanked: broken")));
    assert!(page.version(asked("1.2.0")).unwrap().withdrawn.is_none());
    assert!(page.version(asked("1.3.0")).is_none());
}

#[test]
fn html_is_read_with_its_digests_and_yanks() {
    let body = format!(
        r#"<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Links for tiny-pkg</title></head><body>
        <h1>Links for tiny-pkg</h1>
        <a href="/packages/Tiny.Pkg-1.0.0-py3-none-any.whl#sha256={SHA}">Tiny.Pkg-1.0.0-py3-none-any.whl</a><br>
        <A HREF='../../tiny_pkg-1.1.0%2Blocal.tar.gz?x=1&amp;y=2#sha256={SHA}' data-requires-python="&gt;=3.9"
           data-yanked="it eats &quot;data&quot;">x</A>
        <a href="tiny_pkg-1.2.0.tar.gz" data-yanked>bare</a><a href="../">up</a></body></html>"#
    );
    let page = Page::read(body.as_bytes(), AT).unwrap();
    let one = page.version(asked("1.0.0")).unwrap();
    assert_eq!(one.files[0].url.as_deref(), Some("http://ada:pw@127.0.0.1:1/packages/Tiny.Pkg-1.0.0-py3-none-any.whl"));
    assert_eq!(one.files[0].digests.len(), 1);
    let yanked = page.version(asked("1.1.0+local")).unwrap();
    assert_eq!(yanked.withdrawn.as_deref(), Some(r#"yanked: it eats "data""#));
    assert_eq!(page.version(asked("1.2")).unwrap().withdrawn.as_deref(), Some("yanked"));
}

#[test]
fn what_is_no_index_isnt_taken_for_an_empty_one() {
    let empty = Page::read(b"<!DOCTYPE html><html><body><h1>Links for tiny-pkg</h1></body></html>", AT).unwrap();
    assert!(empty.version(asked("1.0.0")).is_none());
    for body in ["<html><form action='/login'><input name=user></form></html>", "garbage", "", "{\"ok\":true}", "{"] {
        assert!(Page::read(body.as_bytes(), AT).is_err(), "{body}");
    }
}

#[test]
fn a_quarantine_is_seen_in_both() {
    let json = br#"{"meta":{"api-version":"1.4"},"files":[],"project-status":{"status":"quarantined"}}"#;
    let html = br#"<html><head><meta name="pypi:project-status" content="quarantined"></head></html>"#;
    assert!(Page::read(json, AT).unwrap().is_quarantined());
    assert!(Page::read(html, AT).unwrap().is_quarantined());
}
