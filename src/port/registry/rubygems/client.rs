//! Ruby's own clients, asked for one exact version and for where they read gems from; and what they print. Works on texts.

use super::super::busy::{TooMany, too_many};
use super::super::{Asked, Complaint, Resolution};

/// A project that wants exactly this version.
pub(super) fn gemfile(asked: Asked<'_>, source: &str) -> String {
    format!("source {}\ngem {}, {}\n", ruby(source), ruby(asked.name), ruby(&format!("= {}", asked.version)))
}

/// A text as Ruby writes it, without interpolation.
fn ruby(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// Whether a lock names exactly this version, for any platform.
pub(super) fn is_locked(lock: &str, asked: Asked<'_>) -> bool {
    let plain = format!("    {} ({})", asked.name, asked.version);
    let platform = format!("    {} ({}-", asked.name, asked.version);
    lock.lines().any(|line| line == plain || line.starts_with(&platform))
}

/// What bundler's refusal means: it wraps its lines, so that words are compared whatever is between them.
pub(super) fn refused(output: &str, asked: Asked<'_>) -> Resolution {
    let words = output.split_whitespace().collect::<Vec<_>>().join(" ");
    let own = format!("Could not find gem '{} (= {})'", asked.name, asked.version);
    if let Some(at) = words.find(&own) {
        let detail = words.get(at..).unwrap_or_default().chars().take(300).collect();
        return Resolution::NotYet { detail };
    }
    let from = words.rfind("Could not ").unwrap_or_default();
    let why: String = words.get(from..).unwrap_or_default().chars().take(300).collect();
    Resolution::Unknown { why: format!("bundler says: {why}") }
}

/// What gem's refusal to fetch means.
pub(super) fn unfetched(output: &str) -> Resolution {
    let words = output.split_whitespace().collect::<Vec<_>>().join(" ");
    let said: String = words.trim_start_matches("ERROR:").trim_start().chars().take(300).collect();
    if words.contains("Could not find a valid gem")
        && words.contains("in any repository")
        && !words.contains("Unable to")
    {
        Resolution::NotYet { detail: said }
    } else {
        Resolution::Unknown { why: format!("gem says: {said}") }
    }
}

/// The sources that `gem sources` lists.
pub(super) fn sources(stdout: &str) -> Vec<String> {
    let addresses = stdout.lines().map(str::trim).filter(|line| line.starts_with("http"));
    addresses.map(str::to_owned).collect()
}

/// The one source that a Gemfile names for all its gems.
pub(super) fn source_of(gemfile: &str) -> Option<String> {
    let mut sources = gemfile.lines().filter_map(|line| {
        let rest = line.trim().strip_prefix("source")?;
        let (address, after) = quoted(rest.trim_start_matches(['(', ' ']))?;
        // a block's source is for the gems in it
        (address.starts_with("http") && !after.contains("do")).then_some(address)
    });
    match (sources.next(), sources.next()) {
        (Some(one), None) => Some(one.to_owned()),
        _ => None,
    }
}

/// The host that a gemspec lets its gem go to.
pub(super) fn allowed_push_host(gemspec: &str) -> Option<String> {
    let line =
        gemspec.lines().find(|line| !line.trim_start().starts_with('#') && line.contains("allowed_push_host"))?;
    let value = line.split_once("allowed_push_host")?.1.trim_start_matches(['"', '\'', ']', ' ', '=', '>', ':']);
    // the quote before it went with the rest
    let end = value.find(['"', '\''])?;
    let host = value.get(..end)?;
    host.starts_with("http").then(|| host.to_owned())
}

fn quoted(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    text.get(1..)?.split_once(quote)
}

/// The mirror that bundler is configured to read instead of an address, out of `bundle config --parseable`.
pub(super) fn mirror(stdout: &str, source: &str) -> Option<String> {
    let plain = |address: &str| address.trim_end_matches('/').to_ascii_lowercase();
    let mirrors = stdout.lines().filter_map(|line| line.trim().strip_prefix("mirror."));
    let pairs: Vec<(&str, &str)> = mirrors.filter_map(|mirror| mirror.split_once('=')).collect();
    let of = |wanted: &str| pairs.iter().find(|(of, _)| plain(of) == wanted).map(|(_, mirror)| (*mirror).to_owned());
    of(&plain(source)).or_else(|| of("all"))
}

/// What `gem push` complains of.
pub(super) fn complaint(output: &str, now: i64) -> Option<Complaint> {
    let has = |words: &str| output.contains(words);
    // its words end like those for a version that is there
    let means = if has("A yanked version") && has("already exists") {
        "version yanked: bump and freeze again"
    } else if has("did not finish pushing") {
        "an earlier upload of this version broke off at the registry, which takes no other: wait a minute, then look again; if it stays, ask the registry's people or bump the version"
    } else if has("Repushing of gem versions is not allowed")
        || has("already been pushed")
        || has("Gem was already pushed")
        || has("you uploaded the same thing previously")
        || has("Updating an existing gem is not permitted")
    {
        return Some(Complaint::AlreadyThere);
    } else if let Some(TooMany { after }) = too_many(output, now) {
        return Some(Complaint::Limited { after });
    } else if has("multifactor authentication") || has("OTP code") {
        "the registry wants a one-time code: export it as GEM_HOST_OTP_CODE and name that under `secrets`, or use a key that may push without one"
    } else if has("do not have permission to push") || has("doesn't have access") {
        "this key may not push this gem: use a key that may, or ask an owner to add this account"
    } else if has("Access Denied")
        || has("Access denied")
        || has("Unauthorized")
        || has("No such API key")
        || has("Sign in with your")
    {
        "the registry doesn't accept this key: name its variable (GEM_HOST_API_KEY) under `secrets`, or run `gem signin`"
    } else if has("is not allowed by the gemspec") {
        "the gemspec allows pushing to another host only: correct `allowed_push_host`, or push to that one"
    } else {
        return None;
    };
    Some(Complaint::Means(means.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const TINY: Asked<'_> = Asked { name: "tinygem", version: "1.0.1" };

    #[test]
    fn bundlers_answers_are_understood() {
        let lock =
            "GEM\n  remote: http://127.0.0.1:1/\n  specs:\n    tinygem (1.0.1)\n\nDEPENDENCIES\n  tinygem (= 1.0.1)\n";
        assert!(is_locked(lock, TINY));
        assert!(!is_locked(lock, Asked { version: "1.0", ..TINY }));
        let absent = "Could not find gem 'tinygem (= 1.0.1)' in rubygems repository\nhttp://127.0.0.1:1/ or installed locally.\n\nThe source contains the following gems matching 'tinygem':\n  * tinygem-1.0.0\n";
        assert!(matches!(refused(absent, TINY), Resolution::NotYet { detail } if detail.ends_with("* tinygem-1.0.0")));
        let wrapped = "Could not find gem 'tinygem\n(= 1.0.1)' in rubygems repository";
        assert!(matches!(refused(wrapped, TINY), Resolution::NotYet { .. }));
        let down = "Retrying fetcher due to error (2/4): Bundler::HTTPError Could not fetch specs from http://127.0.0.1:1/ due to underlying error\n<Errno::ECONNREFUSED>\n";
        assert!(matches!(refused(down, TINY), Resolution::Unknown { why } if why.contains("Could not fetch specs")));
        assert_eq!(
            gemfile(TINY, "http://127.0.0.1:1/it's#{x}"),
            "source 'http://127.0.0.1:1/it\\'s#{x}'\ngem 'tinygem', '= 1.0.1'\n"
        );
    }

    #[test]
    fn gem_says_what_it_fetches_and_from_where() {
        let absent = unfetched(
            "ERROR:  Could not find a valid gem 'tinygem' (= 1.0.1) in any repository\nERROR:  Possible alternatives: tinygem\n",
        );
        assert!(matches!(absent, Resolution::NotYet { detail } if detail.starts_with("Could not find")));
        let down = "ERROR:  Could not find a valid gem 'tinygem' (= 1.0.1), here is why:\n          Unable to download data from http://127.0.0.1:1/ - Errno::ECONNREFUSED\n";
        assert!(matches!(unfetched(down), Resolution::Unknown { .. }));
        let listed = "*** CURRENT SOURCES ***\n\nhttp://127.0.0.1:1/\nhttp://127.0.0.1:2/\n";
        assert_eq!(sources(listed), ["http://127.0.0.1:1/", "http://127.0.0.1:2/"]);
    }

    #[test]
    fn a_project_says_where_its_gems_are() {
        assert_eq!(source_of("# x\nsource \"http://127.0.0.1:1\"\n\ngemspec\n").as_deref(), Some("http://127.0.0.1:1"));
        assert_eq!(
            source_of("source 'http://127.0.0.1:1'\nsource 'http://127.0.0.1:2' do\nend\n").as_deref(),
            Some("http://127.0.0.1:1")
        );
        assert_eq!(source_of("source :rubygems\n"), None);
        let pushed = "  spec.metadata[\"allowed_push_host\"] = \"http://127.0.0.1:1\"\n";
        assert_eq!(allowed_push_host(pushed).as_deref(), Some("http://127.0.0.1:1"));
        let hash = "  s.metadata = { 'allowed_push_host' => 'http://127.0.0.1:1' }\n";
        assert_eq!(allowed_push_host(hash).as_deref(), Some("http://127.0.0.1:1"));
        assert_eq!(allowed_push_host("spec.metadata['allowed_push_host'] = \"TODO: Set\"\n"), None);
        let config = "path=x\nmirror.http://127.0.0.1:1/=http://127.0.0.1:9/gems\n";
        assert_eq!(mirror(config, "http://127.0.0.1:1").as_deref(), Some("http://127.0.0.1:9/gems"));
        assert_eq!(mirror(config, "http://127.0.0.1:2"), None);
    }

    #[test]
    fn a_publishers_complaint_is_understood() {
        let twice = "Pushing gem to http://127.0.0.1:1...\nRepushing of gem versions is not allowed.\nPlease use `gem yank` to remove bad gem releases.\n";
        assert_eq!(complaint(twice, 0), Some(Complaint::AlreadyThere));
        let yanked = "A yanked version already exists (tinygem-1.0.1).\nRepushing of gem versions is not allowed. Please use a new version and retry";
        assert!(matches!(complaint(yanked, 0), Some(Complaint::Means(said)) if said.starts_with("version yanked")));
        assert_eq!(complaint("Retry later\n", 0), Some(Complaint::Limited { after: None }));
        let soon = "Too Many Requests\nretry-after: 9\n";
        assert_eq!(complaint(soon, 0), Some(Complaint::Limited { after: Some(Duration::from_secs(9)) }));
        let locked = "Access Denied. Please sign up for an account at http://127.0.0.1:1";
        assert!(matches!(complaint(locked, 0), Some(Complaint::Means(said)) if said.contains("GEM_HOST_API_KEY")));
        assert_eq!(complaint("ERROR:  While executing gem ... (Errno::ENOENT)", 0), None);
    }
}
