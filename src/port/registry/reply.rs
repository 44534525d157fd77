//! What an answer says before its body is read: there, missing, forbidden, busy or down. What a body means is the protocol's
//! to say.

use super::Said;
use super::address::shown;
use crate::port::http::{Answer, HttpFault};

/// An answer, sorted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reply {
    /// It has a body to read.
    Body(Vec<u8>),
    /// There is nothing at the address.
    Missing,
    /// Whoever asks has to say who they are, or may not know.
    Forbidden(u16),
    /// It tells nothing about the version.
    Says(Said),
}

/// Sorts what was heard from an address.
pub(super) fn reply(address: &str, heard: Result<Answer, HttpFault>) -> Reply {
    let at = shown(address);
    let answer = match heard {
        Ok(answer) => answer,
        Err(fault) => return Reply::Says(of_fault(&at, &fault)),
    };
    match answer.status {
        200 => Reply::Body(answer.body),
        404 | 410 => Reply::Missing,
        status @ (401 | 403 | 407) => Reply::Forbidden(status),
        429 => Reply::Says(Said::Limited { after: answer.later, why: format!("{at} answers 429, too many requests") }),
        503 if answer.later.is_some() => {
            Reply::Says(Said::Limited { after: answer.later, why: format!("{at} answers 503, later") })
        }
        status @ 500.. => Reply::Says(Said::Unavailable { why: format!("{at} answers {status}") }),
        status @ 300..=399 => Reply::Says(Said::Unknown {
            why: format!(
                "{at} answers {status} and leads to another host, which isn't followed: name that one instead"
            ),
        }),
        status => Reply::Says(Said::Unknown { why: format!("{at} answers {status}") }),
    }
}

fn of_fault(at: &str, fault: &HttpFault) -> Said {
    let why = format!("{at}: {fault}");
    match fault {
        HttpFault::Refused | HttpFault::NoHost | HttpFault::TimedOut(_) | HttpFault::Tls(_) | HttpFault::Broken(_) => {
            Said::Unavailable { why }
        }
        HttpFault::BadAddress(_)
        | HttpFault::Unsendable(_)
        | HttpFault::TooLarge(_)
        | HttpFault::Redirects
        | HttpFault::NoValue { .. } => Said::Unknown { why },
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn of(status: u16, later: Option<Duration>) -> Reply {
        reply("http://ada:pw@127.0.0.1:1/x", Ok(Answer { status, body: Vec::new(), later, leads_to: None }))
    }

    #[test]
    fn each_status_says_what_it_says() {
        assert_eq!(of(200, None), Reply::Body(Vec::new()));
        assert_eq!(of(404, None), Reply::Missing);
        assert_eq!(of(410, None), Reply::Missing);
        assert_eq!(of(401, None), Reply::Forbidden(401));
        let soon = Some(Duration::from_secs(9));
        assert!(matches!(of(429, soon), Reply::Says(Said::Limited { after, .. }) if after == soon));
        assert!(matches!(of(503, soon), Reply::Says(Said::Limited { after, .. }) if after == soon));
        assert!(matches!(of(503, None), Reply::Says(Said::Unavailable { why }) if !why.contains("pw")));
        assert!(matches!(of(302, None), Reply::Says(Said::Unknown { .. })));
        assert!(matches!(of(204, None), Reply::Says(Said::Unknown { .. })));
        let gone = reply("http://127.0.0.1:1/x", Err(HttpFault::Refused));
        assert!(matches!(gone, Reply::Says(Said::Unavailable { .. })));
        let long = reply("http://127.0.0.1:1/x", Err(HttpFault::TooLarge(9)));
        assert!(matches!(long, Reply::Says(Said::Unknown { .. })));
    }
}
