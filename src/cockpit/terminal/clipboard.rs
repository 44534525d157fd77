//! OSC 52: the sequence by which a program far away puts text on the clipboard of the terminal in front of the user.

/// Terminals refuse more than about this much.
const MAX_BYTES: usize = 74_994;

/// What lies between this program and the user's terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clipboard {
    /// Nothing that would swallow the sequence.
    Direct,
    /// tmux, which passes on what is wrapped for it.
    Tmux,
}

impl Clipboard {
    /// The bytes that copy a text. A text that is too long is copied from its end, where the newest lines are.
    pub fn sequence(self, text: &str) -> Vec<u8> {
        let bytes = text.as_bytes();
        let tail = bytes.get(bytes.len().saturating_sub(MAX_BYTES)..).unwrap_or(bytes);
        let copy = format!("\x1b]52;c;{}\x07", base64(tail));
        match self {
            Self::Direct => copy.into_bytes(),
            Self::Tmux => format!("\x1bPtmux;{}\x1b\\", copy.replace('\x1b', "\x1b\x1b")).into_bytes(),
        }
    }
}

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let triple = (0..3).fold(0_usize, |sum, at| sum << 8 | chunk.get(at).map_or(0, |byte| usize::from(*byte)));
        for at in 0..4 {
            let digit = ALPHABET.get(triple >> (18 - 6 * at) & 63).copied().unwrap_or(b'=');
            text.push(if at <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_rfc_4648() {
        for (plain, coded) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }

    #[test]
    fn tmux_gets_it_wrapped() {
        assert_eq!(Clipboard::Direct.sequence("foo"), b"\x1b]52;c;Zm9v\x07");
        assert_eq!(Clipboard::Tmux.sequence("foo"), b"\x1bPtmux;\x1b\x1b]52;c;Zm9v\x07\x1b\\");
    }
}
