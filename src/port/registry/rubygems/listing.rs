//! What a gem host lists: its API's versions, the compact index's lines and its file of all versions. Works on bodies.

use serde::Deserialize;

use super::super::address::below;
use super::super::{Asked, File, Hash, Version};
use crate::plan::Digest;

/// The platform of gems that run anywhere.
const ANYWHERE: &str = "ruby";

#[derive(Deserialize)]
struct Listed {
    number: String,
    #[serde(default)]
    platform: Option<String>,
    #[serde(default)]
    sha: Option<String>,
}

/// A version out of `/api/v1/versions/NAME.json`; an error where that isn't it. Yanked versions aren't in it.
pub(super) fn in_api(body: &[u8], asked: Asked<'_>, base: &str) -> Result<Option<Version>, String> {
    let listed: Vec<Listed> = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let own = listed.into_iter().filter(|listed| listed.number == asked.version);
    Ok(version(own.map(|listed| (listed.platform.unwrap_or_else(|| ANYWHERE.to_owned()), listed.sha)), asked, base))
}

/// A version out of the compact index's `/info/NAME`: `VERSION[-PLATFORM] deps|checksum:SHA256,…`.
pub(super) fn in_info(body: &[u8], asked: Asked<'_>, base: &str) -> Option<Version> {
    let text = String::from_utf8_lossy(body);
    let own = text.lines().filter_map(|line| {
        let (full, rest) = line.split_once(' ')?;
        let (number, platform) = full.split_once('-').unwrap_or((full, ANYWHERE));
        let checksum = rest.rsplit('|').next()?.split(',').find_map(|part| part.trim().strip_prefix("checksum:"));
        (number == asked.version).then(|| (platform.to_owned(), checksum.map(str::to_owned)))
    });
    version(own, asked, base)
}

/// Whether a body is the compact index's at all.
pub(super) fn is_info(body: &[u8]) -> bool {
    body.starts_with(b"---\n")
}

/// Whether `/versions` remembers that a version was yanked; it does so for a while only.
pub(super) fn is_yanked(versions: &[u8], asked: Asked<'_>) -> bool {
    let text = String::from_utf8_lossy(versions);
    let lines = text.lines().filter_map(|line| line.strip_prefix(asked.name)?.strip_prefix(' '));
    let numbers = lines.filter_map(|rest| rest.split(' ').next()).flat_map(|numbers| numbers.split(','));
    // the last word counts
    let last = numbers.rev().find(|number| number.trim_start_matches('-') == asked.version);
    last.is_some_and(|number| number.starts_with('-'))
}

/// A version's files: the one that runs anywhere first.
fn version(listed: impl Iterator<Item = (String, Option<String>)>, asked: Asked<'_>, base: &str) -> Option<Version> {
    let mut listed: Vec<(String, Option<String>)> = listed.collect();
    listed.sort_by_key(|(platform, _)| platform != ANYWHERE);
    let of = |(platform, sha): (String, Option<String>)| {
        let suffix = if platform == ANYWHERE { String::new() } else { format!("-{platform}") };
        let digest = sha.and_then(|digits| digits.to_ascii_lowercase().parse().ok());
        file(&format!("{}{suffix}", full_name(asked)), digest, base)
    };
    let files: Vec<File> = listed.into_iter().map(of).collect();
    (!files.is_empty()).then_some(Version { files, withdrawn: None })
}

/// A gem's file, which every host keeps at the same place.
pub(super) fn file(full_name: &str, digest: Option<Digest>, base: &str) -> File {
    File {
        name: format!("{full_name}.gem"),
        digests: digest.map(Hash::Sha256).into_iter().collect(),
        url: Some(below(base, &format!("gems/{full_name}.gem"))),
    }
}

/// Name and version as a gem's file is called, without its ending.
pub(super) fn full_name(asked: Asked<'_>) -> String {
    format!("{}-{}", asked.name, asked.version)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA: &str = "fe4dc3dbcda92093b50312cd0ad399ce366fa46f0ff50b7f300c3d51b2d483fc";
    const BASE: &str = "http://127.0.0.1:1/";
    const TINY: Asked<'_> = Asked { name: "tiny", version: "1.0.0" };

    #[test]
    fn the_api_lists_platforms_with_digests() {
        let body = format!(
            r#"[{{"number":"1.0.0","platform":"java","sha":"{SHA}"}},{{"number":"1.0.0","platform":"ruby","sha":"{SHA}","yanked":false}},{{"number":"0.9.0","platform":"ruby"}}]"#
        );
        let version = in_api(body.as_bytes(), TINY, BASE).unwrap().unwrap();
        let names: Vec<&str> = version.files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["tiny-1.0.0.gem", "tiny-1.0.0-java.gem"]);
        assert_eq!(version.files[0].digests, [Hash::Sha256(SHA.parse().unwrap())]);
        assert_eq!(in_api(body.as_bytes(), Asked { version: "1.0.1", ..TINY }, BASE), Ok(None));
        assert!(in_api(b"{}", TINY, BASE).is_err());
    }

    #[test]
    fn the_compact_index_lists_checksums() {
        let body = format!(
            "---\n0.9.0 |checksum:00\n1.0.0 dep:>= 1,other:~> 2|checksum:{SHA},ruby:>= 2.7\n1.0.0-x86_64-linux |checksum:{SHA}\n"
        );
        assert!(is_info(body.as_bytes()) && !is_info(b"<html>"));
        let version = in_info(body.as_bytes(), TINY, BASE).unwrap();
        assert_eq!(version.files.len(), 2);
        assert_eq!(version.files[0].digests, [Hash::Sha256(SHA.parse().unwrap())]);
        assert_eq!(version.files[0].url.as_deref(), Some("http://127.0.0.1:1/gems/tiny-1.0.0.gem"));
        assert_eq!(version.files[1].name, "tiny-1.0.0-x86_64-linux.gem");
        assert_eq!(in_info(body.as_bytes(), Asked { version: "1.0", ..TINY }, BASE), None);
    }

    #[test]
    fn a_yank_is_remembered_for_a_while() {
        let body = b"created_at: 2026-11-01T00:00:05Z\n---\ntiny 0.9.0,1.0.0 aa\ntiny-too -1.0.1 bb\ntiny -1.0.0 cc\n";
        assert!(is_yanked(body, TINY));
        assert!(!is_yanked(body, Asked { version: "0.9.0", ..TINY }));
        assert!(!is_yanked(body, Asked { version: "1.0.1", ..TINY }));
    }
}
