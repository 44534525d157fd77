//! Pages for people where data was expected: a sign-in, a proxy, or no registry at all.

use super::Said;
use super::address::shown;

/// Whether a body is one.
pub(super) fn is_page(body: &[u8]) -> bool {
    body.trim_ascii_start().first() == Some(&b'<')
}

/// What one says of a version: nothing.
pub(super) fn instead_of(data: &str, address: &str) -> Said {
    let at = shown(address);
    Said::Unknown {
        why: format!(
            "{at} answers with a web page instead of {data}: a sign-in or a proxy stands before it, or it is no registry. Write the registry's own address"
        ),
    }
}
