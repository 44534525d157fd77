//! Credentials that this machine's user has for an index: in the index addresses that pip and uv are configured with, and in
//! the netrc file that both of them and twine read.

use crate::port::registry::address::with_credentials;

/// An index with the credentials of one of these addresses on the same server, or of the netrc file.
pub(super) fn known(index: &str, configured: &[String], netrc: Option<&str>) -> Option<String> {
    let of_server = configured.iter().find_map(|address| with_credentials(index, |server| server.of_address(address)));
    of_server.or_else(|| with_credentials(index, |server| machine(netrc?, server.host())))
}

/// What a netrc file has for a host: its user and password. Macros are passed over.
fn machine(netrc: &str, host: &str) -> Option<(String, String)> {
    let uncommented = netrc.lines().filter(|line| !line.trim_start().starts_with('#')).collect::<Vec<_>>().join("\n");
    let mut words = uncommented.split_whitespace().peekable();
    let mut fallback = None;
    while let Some(word) = words.next() {
        let is_ours = match word {
            "machine" => words.next() == Some(host),
            "default" => false,
            _ => continue,
        };
        let (mut login, mut password) = (String::new(), None);
        while let Some(key) = words.next_if(|word| matches!(*word, "login" | "user" | "account" | "password")) {
            let value = words.next()?.trim_matches('"').to_owned();
            match key {
                "password" => password = Some(value),
                "account" => {}
                _ => login = value,
            }
        }
        let found = password.map(|password| (login, password));
        match (is_ours, word) {
            (true, _) => return found,
            (false, "default") => fallback = found,
            (false, _) => {}
        }
    }
    fallback
}

#[cfg(test)]
mod tests {
    use super::*;

    const NETRC: &str = "# packages\nmachine other.example.com login eve password no\n\
        machine packages.example.com\n  login ada\n  account x\n  password s3/cret\nmacdef init\nls\n\n\
        default login any password one";

    #[test]
    fn netrc_is_read_by_host() {
        let of = |host| machine(NETRC, host).map(|(login, password)| format!("{login} {password}"));
        assert_eq!(of("packages.example.com").as_deref(), Some("ada s3/cret"));
        assert_eq!(of("third.example.com").as_deref(), Some("any one"));
        for broken in ["", "machine", "machine h login", "machine packages.example.com login ada"] {
            assert_eq!(machine(broken, "packages.example.com"), None, "{broken}");
        }
    }

    #[test]
    fn credentials_go_to_their_own_server_alone() {
        let index = "https://packages.example.com/team/simple/";
        let configured = ["https://ada:pw@packages.example.com/simple".to_owned()];
        assert_eq!(
            known(index, &configured, None).as_deref(),
            Some("https://ada:pw@packages.example.com/team/simple/")
        );
        let elsewhere = ["https://ada:pw@packages.example.com:8443/simple".to_owned()];
        assert_eq!(known(index, &elsewhere, None), None);
        let from_file = known(index, &elsewhere, Some(NETRC));
        assert_eq!(from_file.as_deref(), Some("https://ada:s3%2Fcret@packages.example.com/team/simple/"));
        assert_eq!(known("https://me:mine@packages.example.com/simple", &configured, Some(NETRC)), None);
    }
}
