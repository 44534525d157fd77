//! What npm, yarn and pnpm print: their errors by code, and what a publisher's complaint means.

use crate::port::clock::now_ms;
use crate::port::registry::Complaint;
use crate::port::registry::later::told;

/// An error as the client tells it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Trouble {
    /// Its code, where it has one.
    pub(super) code: Option<String>,
    /// What it says.
    pub(super) summary: String,
}

/// Reads the error out of everything that npm printed.
pub(super) fn trouble(output: &str) -> Trouble {
    let mut found = Trouble::default();
    for line in output.lines() {
        let Some(words) = error_words(line) else { continue };
        if let Some(code) = words.strip_prefix("code ") {
            found.code.get_or_insert_with(|| code.trim().to_owned());
        } else if found.summary.is_empty() && !is_noise(words) {
            words.clone_into(&mut found.summary);
        }
    }
    found
}

/// What stands behind npm's prefix of an error line, new or old.
fn error_words(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let words = line.strip_prefix("npm error").or_else(|| line.strip_prefix("npm ERR!"))?;
    Some(words.trim())
}

fn is_noise(words: &str) -> bool {
    words.is_empty()
        || words.starts_with("A complete log of this run")
        || ["syscall ", "errno ", "path "].iter().any(|detail| words.starts_with(detail))
}

/// Codes that say that nothing of the kind is there.
pub(super) fn is_absence(code: &str) -> bool {
    matches!(code, "E404" | "ETARGET" | "ENOVERSIONS")
}

/// Codes that say that the registry can't be reached, or can't answer.
pub(super) fn is_outage(code: &str) -> bool {
    let status = code.strip_prefix('E').and_then(|status| status.parse::<u16>().ok());
    status.is_some_and(|status| status >= 500)
        || matches!(
            code,
            "ECONNREFUSED" | "ECONNRESET" | "ENOTFOUND" | "EAI_AGAIN" | "ETIMEDOUT" | "ESOCKETTIMEDOUT" | "EPIPE"
        )
        || matches!(code, "ERR_SOCKET_TIMEOUT" | "EHOSTUNREACH" | "ENETUNREACH" | "FETCH_ERROR")
}

/// What a publisher's output means beyond its words.
pub(super) fn complaint(output: &str) -> Option<Complaint> {
    let has = |words: &str| output.contains(words);
    let code = trouble(output).code.unwrap_or_default();
    // a second write while the first is still being worked in
    let hurried = has("Failed to save packument");
    if code == "E429" || has("429 Too Many Requests") || has("rate limited exceeded") || hurried {
        return Some(Complaint::Limited { after: told(output, now_ms()) });
    }
    let there = [
        "cannot publish over the previously published",
        "cannot publish over previously published version",
        "cannot publish over existing version",
        "EPUBLISHCONFLICT",
        "this package is already present",
    ];
    if code == "E409" || there.iter().any(|words| has(words)) {
        return Some(Complaint::AlreadyThere);
    }
    let put = has("- PUT http") || has("Failed PUT");
    let means = |words: &str| Some(Complaint::Means(words.to_owned()));
    match code.as_str() {
        "E404" if put => means(
            "npm hides a missing right behind 404: log in (`npm whoami`), check that the token may write this package and its scope, \
             and that it hasn't expired",
        ),
        "ENEEDAUTH" => {
            means("npm isn't logged in where it publishes: `npm login`, or name its token's variable under `secrets`")
        }
        "E401" => means(
            "the registry doesn't accept npm's token: it is missing, mistyped or expired; `npm login` makes a new one",
        ),
        "E403" if has("previously published") => Some(Complaint::AlreadyThere),
        "E403" => {
            means("this account, or its token, may not publish this package: check its owners and the token's scope")
        }
        "EOTP" => means(
            "the registry asks for a one-time password, which nobody can type here: use a token that may publish without",
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const HIDDEN: &str = "npm notice Publishing to http://127.0.0.1:1 with tag latest and public access\nnpm ERR! code E404\n\
        npm ERR! 404 Not Found - PUT http://127.0.0.1:1/@demo%2ftiny - Not found\nnpm ERR! 404 \n\
        npm ERR! 404  '@demo/tiny@1.0.0' is not in this registry.\n";

    #[test]
    fn an_error_is_read_in_both_of_npms_ways() {
        let new = "npm warn Unknown user config\nnpm error code ETARGET\n\
            npm error notarget No matching version found for @demo/tiny@1.0.1.\n\
            npm error A complete log of this run can be found in: /home/ada/.npm/_logs/x.log";
        let expected = Trouble {
            code: Some("ETARGET".to_owned()),
            summary: "notarget No matching version found for @demo/tiny@1.0.1.".to_owned(),
        };
        assert_eq!(trouble(new), expected);
        assert_eq!(trouble(HIDDEN).code.as_deref(), Some("E404"));
        assert_eq!(trouble("added 1 package"), Trouble::default());
        assert!(is_outage("E503") && is_outage("ECONNREFUSED") && !is_outage("E404") && !is_outage("EINTEGRITY"));
    }

    #[test]
    fn complaints_are_understood() {
        let twice = [
            "npm error You cannot publish over the previously published versions: 1.0.0.",
            "npm error code E409\nnpm error 409 Conflict - PUT http://127.0.0.1:1/tiny - this package is already present",
            "npm ERR! code EPUBLISHCONFLICT",
            "npm error code E403\nnpm error 403 403 Forbidden - PUT http://127.0.0.1:1/tiny - You cannot publish over the \
             previously published versions: 1.0.0.",
        ];
        for output in twice {
            assert_eq!(complaint(output), Some(Complaint::AlreadyThere), "{output}");
        }
        let busy = "npm error code E429\nnpm error 429 Too Many Requests - PUT http://127.0.0.1:1/tiny - Could not publish, \
            as user undefined: rate limited exceeded";
        assert_eq!(complaint(busy), Some(Complaint::Limited { after: None }));
        let hurried =
            "npm error code E409\nnpm error 409 Conflict - PUT http://127.0.0.1:1/tiny - Failed to save packument.";
        assert_eq!(complaint(hurried), Some(Complaint::Limited { after: None }));
        let told = format!("{busy}\n 'retry-after': [ '1934' ],");
        assert_eq!(complaint(&told), Some(Complaint::Limited { after: Some(Duration::from_secs(1934)) }));
        assert!(matches!(complaint(HIDDEN), Some(Complaint::Means(words)) if words.contains("behind 404")));
        for code in ["ENEEDAUTH", "E401", "E403", "EOTP"] {
            let output = format!("npm error code {code}\nnpm error something");
            assert!(matches!(complaint(&output), Some(Complaint::Means(_))), "{code}");
        }
        let read = "npm error code E404\nnpm error 404 Not Found - GET http://127.0.0.1:1/tiny";
        assert_eq!(complaint(read), None);
        assert_eq!(complaint("+ @demo/tiny@1.0.0"), None);
    }
}
