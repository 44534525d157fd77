//! What the clients printed at real servers.

use std::time::Duration;

use super::*;

const ASKED: Asked<'_> = Asked { name: "tiny-pkg", version: "1.0.0" };

#[test]
fn complaints_are_understood() {
    let twice = [
        "ERROR    HTTPError: 400 Bad Request from http://127.0.0.1:1/legacy/\n         File already\n         exists ('tiny.whl', with\n \
         blake2_256 hash 'c6b1').",
        "<pre>Package &#039;Tiny.Pkg-1.0.0-py3-none-any.whl&#039;   \n         already exists!   \n",
        "ERROR    HTTPError: 409 Conflict from http://127.0.0.1:1/owner/prod/\n tiny.whl already exists in non-volatile index",
        "HTTPError: 400 Client Error: A file named \"tiny.whl\" already exists for  tiny-1.0.0. for url: http://127.0.0.1:1/",
        "400 Bad Request\nINFO     Requested entity already exists.",
    ];
    for output in twice {
        assert_eq!(complaint(output), Some(Complaint::AlreadyThere), "{output}");
    }
    let busy = "ERROR    HTTPError: 429 Too Many Requests from http://127.0.0.1:1/legacy/\n         Too many new projects created";
    assert_eq!(complaint(busy), Some(Complaint::Limited { after: None }));
    let told = format!("{busy}\nRetry-After: 60");
    assert_eq!(complaint(&told), Some(Complaint::Limited { after: Some(Duration::from_secs(60)) }));
    let uv = "error: Failed to publish `dist/tiny.whl` to http://127.0.0.1:1/\n  Caused by: Upload failed with status code 403 Forbidden.";
    assert!(matches!(complaint(uv), Some(Complaint::Means(words)) if words.contains("token")));
    let gone = "HTTPError: 400 Bad Request from http://127.0.0.1:1/\n This filename was previously used by a file that has since been deleted.";
    assert!(matches!(complaint(gone), Some(Complaint::Means(words)) if words.contains("bump")));
    let bare =
        "ERROR    HTTPError: 400 Bad Request from http://127.0.0.1:1/                \n         Bad Request      \n";
    assert!(matches!(complaint(bare), Some(Complaint::Means(words)) if words.contains("--verbose")));
    assert_eq!(complaint("Uploading distributions to http://127.0.0.1:1/"), None);
}

#[test]
fn pips_finder_is_read() {
    let of = |code, output: &str| of_pip_index(code, output, ASKED);
    assert!(matches!(of(0, "tiny-pkg (1.1)\nAvailable versions: 1.1, 1.0, 0.9"), Resolution::Resolved { .. }));
    assert!(matches!(of(0, "tiny-pkg (0.9)\nAvailable versions: 0.9"), Resolution::NotYet { .. }));
    let none =
        "WARNING: pip index is currently an experimental command.\nERROR: No matching distribution found for tiny-pkg";
    assert_eq!(of(1, none), Resolution::NotYet { detail: "No matching distribution found for tiny-pkg".to_owned() });
    let down = "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError': /simple/tiny-pkg/\n\
        ERROR: No matching distribution found for tiny-pkg";
    assert!(matches!(of(1, down), Resolution::Unknown { .. }));
    let failing = "  Could not fetch URL http://ada:pw@127.0.0.1:1/simple/tiny-pkg/: 502 Server Error - skipping\n\
        ERROR: No matching distribution found for tiny-pkg";
    assert!(matches!(of(1, failing), Resolution::Unknown { why } if why.contains("502") && !why.contains("pw")));
    let missing = failing.replace("502 Server Error", "404 Client Error: Not Found");
    assert!(matches!(of(1, &missing), Resolution::NotYet { .. }));
    let newer = "ERROR: Ignored the following versions that require a different python version: 1.0.0 Requires-Python >=3.99\n\
        ERROR: No matching distribution found for tiny-pkg";
    assert!(matches!(of(1, newer), Resolution::Unknown { why } if why.contains("3.99")));
    assert!(matches!(of(2, "/usr/bin/python3: No module named pip"), Resolution::Unknown { .. }));
    let old = "ERROR: Could not find a version that satisfies the requirement tiny-pkg==1.0.0 (from versions: 0.9)\n\
        ERROR: No matching distribution found for tiny-pkg==1.0.0";
    assert!(matches!(of_pip_download(1, old, ASKED), Resolution::NotYet { .. }));
}

#[test]
fn uvs_resolver_is_read() {
    let of = |code, output: &str| of_uv(code, output, ASKED);
    assert!(matches!(of(0, "tiny-pkg==1.0.0"), Resolution::Resolved { .. }));
    let no_version = "error: No solution found when resolving dependencies\n  cause: Because there is no version of tiny-pkg==1.0.0 and \
        you require tiny-pkg==1.0.0, we can conclude that your requirements are unsatisfiable.";
    assert!(matches!(of(1, no_version), Resolution::NotYet { detail } if detail.contains("no version of")));
    let source = "  cause: Because tiny-pkg==1.0.0 has no usable wheels and you require tiny-pkg==1.0.0\n\n\
        hint: Wheels are required for `tiny-pkg` because building from source is disabled for all packages";
    assert!(matches!(of(1, source), Resolution::Resolved { evidence } if evidence.contains("source distribution")));
    let none = "  × No solution found when resolving dependencies:\n  ╰─▶ Because tiny-pkg was not found in the package registry and you";
    assert!(matches!(of(1, none), Resolution::NotYet { detail } if detail.starts_with("Because")));
    let down = "error: Failed to fetch: http://127.0.0.1:9/tinynone/\n  cause: Connection refused (os error 111)";
    assert!(matches!(of(2, down), Resolution::Unknown { why } if why.contains("refused")));
}
