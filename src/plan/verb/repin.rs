//! `repin = "repo"`: a consumer's branch, git or path references become the published versions: one commit on its release
//! branch, which touches manifest and lock alone.

use serde::{Deserialize, Serialize};

use super::{Fault, Form, Scene, Unready, unknown_repo};
use crate::plan::{Action, Document, Effect, Identity, Pin, PinTo, Probe, Reach, RepoName};

/// Repins the named repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Repin(RepoName);

impl Scene<'_> {
    /// What a repository pins, with the versions known.
    pub(crate) fn pins(&self, name: &RepoName) -> Result<Vec<PinTo>, Unready> {
        let pin_to = |pin: &Pin| {
            Ok(PinTo {
                package: self.package(&pin.package)?,
                manifest: pin.manifest.clone(),
                lock: pin.lock.as_ref().map(|argv| self.command_at_base(name, argv)).transpose()?,
                lock_file: pin.lock_file.clone(),
            })
        };
        self.repo(name)?.repin.iter().map(pin_to).collect()
    }
}

impl Form for Repin {
    fn repo(&self) -> Option<&RepoName> {
        Some(&self.0)
    }

    fn repos(&self) -> Vec<&RepoName> {
        vec![&self.0]
    }

    fn faults(&self, document: &Document) -> Vec<Fault> {
        if let Some(fault) = unknown_repo(document, &self.0, &[]) {
            return vec![fault];
        }
        if document.repo.iter().any(|r| r.name == self.0 && !r.repin.is_empty()) {
            return Vec::new();
        }
        let message = format!(
            "{} doesn't say what it pins: give its [[repo]] a `repin = [{{ package = \"…\", manifest = \"…\" }}]`",
            self.0
        );
        vec![Fault::at(&[], message)]
    }

    fn compile(&self, scene: &Scene<'_>) -> Result<Vec<Action>, Unready> {
        let repo = scene.repo(&self.0)?;
        let base = &scene.candidate(&self.0)?.sha;
        let branch = repo.branch.clone().unwrap_or_else(|| format!("release/{}", scene.document.release.id));
        let pins = scene.pins(&self.0)?;
        let to: Vec<String> = pins.iter().map(|pin| pin.package.to_string()).collect();
        let to = to.join(", ");
        Ok(vec![Action {
            identity: Identity::new("repin", self.0.as_str(), format!("{base} {to}")),
            title: format!("pin {} to {to}", self.0),
            effect: Effect::Repin {
                repo: self.0.clone(),
                remote: "origin".to_owned(),
                branch: branch.clone(),
                base: base.clone(),
                pins,
            },
            probe: Probe::Repinned { repo: self.0.clone(), remote: "origin".to_owned(), branch, base: base.clone() },
            reach: Reach::ForwardOnly,
            limit: scene.limit(),
        }])
    }

    fn way_back(&self) -> &'static str {
        "thaw before anything ships; after that, a fix on top"
    }
}
