//! Subresource integrity, as lock files and packuments write digests.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The SHA-512 among the digests of an integrity text, in lowercase hexadecimal digits.
pub(super) fn sha512(integrity: &str) -> Option<String> {
    let mut shown = integrity.split_ascii_whitespace().filter_map(|one| one.strip_prefix("sha512-"));
    shown.find_map(|encoded| {
        // options may follow the digest
        let encoded = encoded.split('?').next()?;
        let bytes = STANDARD.decode(encoded).ok()?;
        (bytes.len() == 64)
            .then(|| bytes.iter().fold(String::with_capacity(128), |hex, byte| hex + &format!("{byte:02x}")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strongest_digest_is_read() {
        let empty = "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==";
        let hex = sha512(&format!("sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk= {empty}?option")).unwrap();
        assert_eq!(hex.get(..16), Some("cf83e1357eefb8bd"));
        assert_eq!(hex.get(112..), Some("a538327af927da3e"));
        for odd in ["", "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=", "sha512-AAAA", "sha512-*"] {
            assert_eq!(sha512(odd), None, "{odd}");
        }
    }
}
