//! Questions to a remote: where it really is, what its refs are, and bringing them here.

use std::collections::BTreeMap;

use super::{FullRef, Git, GitFault, Hooks, Place};
use crate::plan::Sha;

/// What a remote says of one ref.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteRef {
    /// What it points at: a commit, or a tag object.
    pub sha: Sha,
    /// The commit behind an annotated tag.
    pub peeled: Option<Sha>,
}

/// The addresses that are really used for a remote, with every `insteadOf` and `pushInsteadOf` applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Urls {
    /// Where it is read from.
    pub fetch: Vec<String>,
    /// Where pushes go, all of them.
    pub push: Vec<String>,
}

impl Git {
    /// Asks a remote for one ref; `None` is the remote's own word that it isn't there.
    pub async fn ls_remote(&self, place: &Place, remote: &str, name: &FullRef) -> Result<Option<Sha>, GitFault> {
        let mut refs = self.ls_remote_all(place, remote, std::slice::from_ref(name)).await?;
        Ok(refs.remove(name).map(|found| found.sha))
    }

    /// Asks a remote for several refs in one call; those that aren't there are left out.
    pub async fn ls_remote_all(
        &self,
        place: &Place,
        remote: &str,
        names: &[FullRef],
    ) -> Result<BTreeMap<FullRef, RemoteRef>, GitFault> {
        if names.is_empty() {
            return Ok(BTreeMap::new());
        }
        let mut arguments = vec!["ls-remote".to_owned(), "--".to_owned(), remote.to_owned()];
        for name in names {
            arguments.push(name.to_string());
            if name.as_str().starts_with("refs/tags/") {
                arguments.push(format!("{name}^{{}}"));
            }
        }
        let captured = self.run(place, Hooks::Off, &arguments).await?;
        parse_refs(&String::from_utf8_lossy(&captured.stdout), names)
    }

    /// Brings refs here: branches into `refs/remotes/<remote>/`, where also a remote that went back is followed; anything
    /// else under its own name, where nothing that differs is replaced.
    pub async fn fetch(&self, place: &Place, remote: &str, names: &[FullRef]) -> Result<(), GitFault> {
        let options =
            ["fetch", "--quiet", "--no-tags", "--no-prune", "--no-recurse-submodules", "--no-write-fetch-head"];
        let mut arguments: Vec<String> = options.map(str::to_owned).into();
        arguments.extend(["--".to_owned(), remote.to_owned()]);
        arguments.extend(names.iter().map(|name| match name.branch_name() {
            Some(branch) => format!("+{name}:refs/remotes/{remote}/{branch}"),
            None => format!("{name}:{name}"),
        }));
        self.run(place, Hooks::Off, &arguments).await.map(drop)
    }

    /// Tells where a remote really is. Connects nowhere.
    pub async fn effective_urls(&self, place: &Place, remote: &str) -> Result<Urls, GitFault> {
        let fetch = self.run(place, Hooks::Off, &["remote", "get-url", "--all", "--", remote]).await?;
        let push = self.run(place, Hooks::Off, &["remote", "get-url", "--push", "--all", "--", remote]).await?;
        let lines = |bytes: &[u8]| String::from_utf8_lossy(bytes).lines().map(str::to_owned).collect();
        Ok(Urls { fetch: lines(&fetch.stdout), push: lines(&push.stdout) })
    }
}

/// Reads `ls-remote`'s lines. Its patterns match the end of a name, so what wasn't meant is left out here.
fn parse_refs(text: &str, names: &[FullRef]) -> Result<BTreeMap<FullRef, RemoteRef>, GitFault> {
    let mut found: BTreeMap<FullRef, RemoteRef> = BTreeMap::new();
    for line in text.lines() {
        let garbled = || GitFault::Garbled(line.to_owned());
        let (sha, name) = line.split_once('\t').ok_or_else(garbled)?;
        let of = |name: &str| names.iter().find(|wanted| wanted.as_str() == name);
        if let Some(wanted) = of(name) {
            let sha = sha.parse().map_err(|_| garbled())?;
            found.insert(wanted.clone(), RemoteRef { sha, peeled: None });
        } else if let Some(tag) = name.strip_suffix("^{}").and_then(of).and_then(|tag| found.get_mut(tag)) {
            tag.peeled = Some(sha.parse().map_err(|_| garbled())?);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod parsing {
    use super::*;

    #[test]
    fn a_longer_name_with_the_same_end_is_another_ref() {
        let (a, b) = ("a".repeat(40), "b".repeat(40));
        let names = [FullRef::branch("main").unwrap(), FullRef::tag("v1").unwrap()];
        let text = format!(
            "{b}\trefs/heads/x/refs/heads/main\n{a}\trefs/heads/main\n{b}\trefs/tags/v1\n{a}\trefs/tags/v1^{{}}\n"
        );
        let found = parse_refs(&text, &names).unwrap();
        assert_eq!(found[&names[0]], RemoteRef { sha: a.parse().unwrap(), peeled: None });
        assert_eq!(found[&names[1]], RemoteRef { sha: b.parse().unwrap(), peeled: Some(a.parse().unwrap()) });
        assert!(parse_refs("zzz\trefs/heads/main", &names).is_err() && parse_refs("what", &names).is_err());
    }
}
