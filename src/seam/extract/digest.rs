//! The digest of a file. Of several files each digest goes with the path below the folder that all of them lie in, so that
//! copies in another folder are the same.

use super::File;
use crate::plan::Digest;
use crate::plan::seam::Source;
use crate::seam::Found;

pub(super) fn found(source: &Source, file: File<'_>) -> Vec<Found> {
    let digest = Digest::of(file.bytes);
    let text = match &source.files {
        None => digest.to_string(),
        Some(files) => format!("{} {digest}", file.path.strip_prefix(files.folder()).unwrap_or(file.path)),
    };
    vec![Found { text, line: 0 }]
}
