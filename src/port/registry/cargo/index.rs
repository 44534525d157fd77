//! A sparse index: where it keeps a crate, and what a crate's file says of a version (the Cargo book, "Registry index").

use serde::Deserialize;

use super::super::{Asked, File, Hash, Said, Version};

/// The path of a crate's file below the index's address; none for what is no crate's name.
pub(super) fn path_of(name: &str) -> Option<String> {
    let lower = name.to_ascii_lowercase();
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !lower.chars().all(plain) {
        return None;
    }
    match lower.len() {
        0 => None,
        1 => Some(format!("1/{lower}")),
        2 => Some(format!("2/{lower}")),
        3 => Some(format!("3/{}/{lower}", lower.get(..1)?)),
        _ => Some(format!("{}/{}/{lower}", lower.get(..2)?, lower.get(2..4)?)),
    }
}

/// Where an index's crates are downloaded from, out of the `config.json` that every index has; none for what isn't one.
pub(super) fn downloads(config: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Config {
        dl: String,
    }
    serde_json::from_slice::<Config>(config).ok().map(|config| config.dl)
}

/// The address of a crate's bytes.
fn download(downloads: &str, name: &str, line: &Line) -> String {
    if !downloads.contains('{') {
        return format!("{}/{name}/{}/download", downloads.trim_end_matches('/'), line.vers);
    }
    let path = path_of(name).unwrap_or_default();
    let folder = |path: &str| path.rsplit_once('/').map_or(String::new(), |(folder, _)| folder.to_owned());
    downloads
        .replace("{crate}", name)
        .replace("{version}", &line.vers)
        .replace("{lowerprefix}", &folder(&path))
        .replace("{prefix}", &cased(&folder(&path), name))
        .replace("{sha256-checksum}", line.cksum.as_deref().unwrap_or_default())
}

/// A prefix with the letters as the crate's name has them.
fn cased(prefix: &str, name: &str) -> String {
    match (prefix.split_once('/'), name.len()) {
        (Some((first, _)), 3) => format!("{first}/{}", name.get(..1).unwrap_or_default()),
        (Some(_), _) => format!("{}/{}", name.get(..2).unwrap_or_default(), name.get(2..4).unwrap_or_default()),
        (None, _) => prefix.to_owned(),
    }
}

#[derive(Deserialize)]
struct Line {
    vers: String,
    #[serde(default)]
    cksum: Option<String>,
    #[serde(default)]
    yanked: bool,
}

/// What a crate's file, one JSON object a line, says of a version. What follows a `+` tells no two versions apart.
pub(super) fn said(body: &[u8], asked: Asked<'_>, downloads: &str) -> Said {
    let text = String::from_utf8_lossy(body);
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let (mut read, mut odd) = (0_usize, 0_usize);
    for line in lines {
        let Ok(line) = serde_json::from_str::<Line>(line) else {
            odd += 1;
            continue;
        };
        read += 1;
        if core(&line.vers) == core(asked.version) {
            return Said::There(version(&line, asked.name, downloads));
        }
    }
    if read == 0 && odd == 0 {
        return Said::Unknown { why: "its index file is empty".to_owned() };
    }
    if odd > 0 {
        return Said::Unknown { why: format!("{odd} lines of its index can't be read, and no other is this version") };
    }
    Said::Absent { detail: format!("the index lists {read} other versions of {}", asked.name) }
}

fn version(line: &Line, name: &str, downloads: &str) -> Version {
    let digest = line.cksum.as_deref().and_then(|digits| digits.parse().ok());
    let file = File {
        name: format!("{name}-{}.crate", line.vers),
        digests: digest.map(Hash::Sha256).into_iter().collect(),
        url: Some(download(downloads, name, line)),
    };
    Version { files: vec![file], withdrawn: line.yanked.then(|| "yanked".to_owned()) }
}

fn core(version: &str) -> &str {
    version.split_once('+').map_or(version, |(core, _)| core)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA: &str = "fe4dc3dbcda92093b50312cd0ad399ce366fa46f0ff50b7f300c3d51b2d483fc";

    fn of(lines: &str, version: &str) -> Said {
        said(lines.as_bytes(), Asked { name: "tiny", version }, "http://127.0.0.1:1/dl")
    }

    #[test]
    fn a_crate_is_where_its_name_says() {
        for (name, path) in [
            ("a", Some("1/a")),
            ("ab", Some("2/ab")),
            ("abc", Some("3/a/abc")),
            ("Serde_JSON", Some("se/rd/serde_json")),
            ("", None),
            ("../x", None),
            ("é", None),
        ] {
            assert_eq!(path_of(name).as_deref(), path, "{name}");
        }
    }

    #[test]
    fn a_version_is_there_withdrawn_or_not_listed() {
        let lines = format!(
            "{{\"cksum\":\"{SHA}\",\"deps\":[],\"features\":{{}},\"links\":null,\"name\":\"tiny\",\"vers\":\"1.0.0+b\",\"yanked\":false}}\n{{\"name\":\"tiny\",\"vers\":\"1.1.0\",\"cksum\":\"{SHA}\",\"yanked\":true,\"v\":2}}\n"
        );
        let Said::There(there) = of(&lines, "1.0.0") else { panic!("it is there") };
        assert_eq!(there.withdrawn, None);
        assert_eq!(there.files[0].name, "tiny-1.0.0+b.crate");
        assert_eq!(there.files[0].digests, [Hash::Sha256(SHA.parse().unwrap())]);
        let Said::There(yanked) = of(&lines, "1.1.0") else { panic!("it is there") };
        assert_eq!(yanked.withdrawn.as_deref(), Some("yanked"));
        assert!(matches!(of(&lines, "1.0.1"), Said::Absent { detail } if detail.contains("2 other versions")));
        assert_eq!(there.files[0].url.as_deref(), Some("http://127.0.0.1:1/dl/tiny/1.0.0+b/download"));
        assert!(matches!(of("\n", "1.0.1"), Said::Unknown { .. }));
        assert!(matches!(of(&format!("{lines}garbage\n"), "1.0.1"), Said::Unknown { .. }));
        assert!(matches!(of(&format!("{lines}garbage\n"), "1.0.0"), Said::There(_)));
    }

    #[test]
    fn an_index_says_where_its_crates_are() {
        assert_eq!(
            downloads(br#"{"dl":"http://127.0.0.1:1/dl","api":"http://127.0.0.1:1/"}"#).unwrap(),
            "http://127.0.0.1:1/dl"
        );
        assert_eq!(downloads(b"<html>"), None);
        assert_eq!(downloads(b"{}"), None);
        let line = Line { vers: "1.0.0".to_owned(), cksum: Some("ab".to_owned()), yanked: false };
        let at = |downloads: &str, name: &str| download(downloads, name, &line);
        assert_eq!(at("http://127.0.0.1:1/dl", "Tiny"), "http://127.0.0.1:1/dl/Tiny/1.0.0/download");
        assert_eq!(at("http://h/{crate}-{version}.crate?{sha256-checksum}", "Tiny"), "http://h/Tiny-1.0.0.crate?ab");
        assert_eq!(at("http://h/{prefix}/{lowerprefix}", "TiNy"), "http://h/Ti/Ny/ti/ny");
        assert_eq!(at("http://h/{prefix}/{lowerprefix}", "ABC"), "http://h/3/A/3/a");
        assert_eq!(at("http://h/{prefix}/", "A"), "http://h/1/");
    }
}
