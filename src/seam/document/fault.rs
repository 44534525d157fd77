//! Why a document isn't read. Each is a sentence that fits "FILE can't be read: …".

use super::Format;

/// Why a document isn't read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentFault {
    /// Its name tells no format.
    #[error("{0} tells no format: JSON, YAML and TOML are read, by the ending of the name")]
    UnknownFormat(String),
    /// It has more bytes than are read.
    #[error("it has {bytes} bytes; at most {most} are read")]
    TooLong {
        /// How many it has.
        bytes: usize,
        /// How many are read.
        most: usize,
    },
    /// Some of its bytes are no text.
    #[error("line {line} holds bytes that are no UTF-8")]
    NotUtf8 {
        /// The first line with such bytes.
        line: usize,
    },
    /// It breaks the rules of its format.
    #[error("line {line} isn't {format}: {because}")]
    Malformed {
        /// The format.
        format: Format,
        /// Where.
        line: usize,
        /// What the parser said.
        because: String,
    },
    /// Lists and tables lie too deep in each other.
    #[error("line {line} lies deeper than {most} lists and tables, which isn't read")]
    TooDeep {
        /// Where.
        line: usize,
        /// The deepest that is read.
        most: usize,
    },
    /// It has more nodes than are read.
    #[error("it has more than {most} values, which isn't read")]
    TooMany {
        /// How many are read.
        most: usize,
    },
    /// YAML aliases or merges copy more than is followed.
    #[error("by line {line} its aliases copy more than {most} values, which isn't followed")]
    TooManyCopies {
        /// Where.
        line: usize,
        /// How many are followed.
        most: usize,
    },
    /// A key stands twice in one table.
    #[error("{key:?} stands twice in one table, on lines {first} and {line}: readers differ in which one counts")]
    Duplicate {
        /// The key.
        key: String,
        /// Where it stands first.
        first: usize,
        /// Where it stands again.
        line: usize,
    },
    /// A YAML stream with more than one document.
    #[error("a second document starts on line {line}; a file with one is read")]
    Documents {
        /// Where.
        line: usize,
    },
}
