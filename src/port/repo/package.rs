//! The package that a commit stands for: finds its manifest, and the file that a gemspec takes its version from.

use super::{Repo, Unreadable};
use crate::plan::manifest::{self, GEMSPEC, ManifestFault, VERSION_RB};
use crate::plan::{Package, Publishing, RegistryKind, RepoName, Sha};

/// Why a commit's package can't be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoPackage {
    /// It can't be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// A manifest is there, but doesn't say.
    #[error("its package can't be told: {0}")]
    Manifest(#[from] ManifestFault),
    /// No manifest is there.
    #[error("it has no {0} at that commit, so that its package isn't known: name the file as `publish.manifest`")]
    NoManifest(String),
    /// A manifest is no text.
    #[error("{0} isn't UTF-8 at that commit")]
    NoText(String),
}

impl Repo {
    /// The package of a commit, by the manifest that the plan names or by the one that is found.
    pub fn package_at(
        &self,
        sha: &Sha,
        publishing: &Publishing,
        kind: Option<RegistryKind>,
        name: &RepoName,
    ) -> Result<Package, NoPackage> {
        let gemspec = self.gemspec_at(sha)?;
        let tried = match &publishing.manifest {
            Some(named) => vec![named.clone()],
            None => manifest::candidates(kind, gemspec.as_deref()),
        };
        for file in &tried {
            let Some(text) = self.text_at(sha, file)? else { continue };
            if file.ends_with(GEMSPEC) {
                return self.gem_at(sha, file, &text, name);
            }
            let mut package = manifest::read(file, &text, name)?;
            // a version file names no package: the gemspec does
            if file.ends_with(VERSION_RB)
                && let Some(gemspec) = &gemspec
                && let Some(text) = self.text_at(sha, gemspec)?
            {
                package.name = manifest::gem_name(gemspec, &text)?;
            }
            return Ok(package);
        }
        Err(NoPackage::NoManifest(tried.join(", ")))
    }

    /// The manifest that a package is told from; none if there is none.
    pub fn manifest_at(
        &self,
        sha: &Sha,
        publishing: &Publishing,
        kind: Option<RegistryKind>,
    ) -> Result<Option<String>, Unreadable> {
        let tried = match &publishing.manifest {
            Some(named) => vec![named.clone()],
            None => manifest::candidates(kind, self.gemspec_at(sha)?.as_deref()),
        };
        for file in tried {
            if self.blob_at(sha, &file)?.is_some() {
                return Ok(Some(file));
            }
        }
        Ok(None)
    }

    fn gem_at(&self, sha: &Sha, file: &str, text: &str, name: &RepoName) -> Result<Package, NoPackage> {
        let computed = match manifest::read(file, text, name) {
            Err(computed @ ManifestFault::Computed { what: "version", .. }) => computed,
            read => return Ok(read?),
        };
        let folder = file.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
        for version in manifest::version_files(text) {
            let version = format!("{folder}{version}");
            if let Some(found) = self.text_at(sha, &version)? {
                let Package { version, .. } = manifest::read(&version, &found, name)?;
                return Ok(Package { name: manifest::gem_name(file, text)?, version });
            }
        }
        Err(computed.into())
    }

    /// The one gemspec at the root of a commit; none if there are several.
    fn gemspec_at(&self, sha: &Sha) -> Result<Option<String>, Unreadable> {
        let commit = self.git.find_commit(self.commit(sha)?)?;
        self.sound(commit.tree_id())?;
        let tree = commit.tree()?;
        let names = tree.iter().filter_map(|entry| entry.name().ok().map(str::to_owned));
        let mut gemspecs = names.filter(|name| name.ends_with(GEMSPEC));
        Ok(gemspecs.next().filter(|_| gemspecs.next().is_none()))
    }

    fn text_at(&self, sha: &Sha, file: &str) -> Result<Option<String>, NoPackage> {
        let Some(bytes) = self.blob_at(sha, file)? else { return Ok(None) };
        String::from_utf8(bytes).map(Some).map_err(|_| NoPackage::NoText(file.to_owned()))
    }
}
