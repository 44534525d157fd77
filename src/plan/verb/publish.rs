//! `publish = "repo"`: the package goes to its registry; the registry, never an exit status, says whether it is there.

use serde::{Deserialize, Serialize};

use super::{ByOthers, Fault, Form, Outgoing, Scene, Unready, unknown_repo};
use crate::plan::{Action, Asking, Document, Effect, Identity, PackageVersion, Probe, Publishing, Reach, RepoName};

/// Publishes the named repository's package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Publish(RepoName);

impl Form for Publish {
    fn repo(&self) -> Option<&RepoName> {
        Some(&self.0)
    }

    fn faults(&self, document: &Document) -> Vec<Fault> {
        if let Some(fault) = unknown_repo(document, &self.0, &[]) {
            return vec![fault];
        }
        let says_how = document.repo.iter().any(|r| r.name == self.0 && r.publish.is_some());
        if says_how {
            return Vec::new();
        }
        let message = format!("{} doesn't say how it is published: give its [[repo]] a `publish = {{ … }}`", self.0);
        vec![Fault::at(&[], message)]
    }

    fn compile(&self, scene: &Scene<'_>) -> Result<Vec<Action>, Unready> {
        let repo = scene.repo(&self.0)?;
        let how = repo.publish.as_ref().ok_or(Unready::NotInPlan { what: "how to publish", repo: self.0.clone() })?;
        let package = scene.package(&self.0)?;
        let artifacts: Vec<String> = how.artifacts.iter().map(|path| package.filled(path)).collect();
        let mut actions = Vec::new();
        actions.extend(self.staging(scene, how, &package, &artifacts)?);
        // a version without files of its own is still one upload
        let each: Vec<Option<&String>> =
            if artifacts.is_empty() { vec![None] } else { artifacts.iter().map(Some).collect() };
        for artifact in each {
            actions.push(self.upload(scene, how, &package, &artifacts, artifact)?);
        }
        if package.tells_resolvable() {
            actions.push(resolve(&package));
        }
        Ok(actions)
    }

    fn outgoing(&self, _document: &Document) -> Option<Outgoing> {
        Some(Outgoing::Package)
    }

    fn by_others(&self) -> ByOthers {
        ByOthers::May
    }

    fn way_back(&self) -> &'static str {
        "flag off; the version stays taken for ever"
    }
}

impl Publish {
    fn upload(
        &self,
        scene: &Scene<'_>,
        how: &Publishing,
        package: &PackageVersion,
        artifacts: &[String],
        artifact: Option<&String>,
    ) -> Result<Action, Unready> {
        let file = artifact.filter(|_| takes_files(package)).map(|path| package.file_name(path));
        let (brings, what) = match &file {
            Some(file) => (format!("{} {file}", package.version), format!("{file} of {package}")),
            None => (package.version.clone(), package.to_string()),
        };
        Ok(Action {
            identity: Identity::new("publish", format!("{}/{}", package.registry, package.name), brings),
            title: format!("publish {what} to {}", package.registry),
            effect: Effect::Publish {
                build: how.build.as_ref().map(|argv| scene.command_in(&self.0, argv)).transpose()?,
                artifacts: artifacts.to_vec(),
                artifact: artifact.cloned(),
                upload: scene.command_in(&self.0, &how.command)?,
            },
            probe: Probe::Package { package: Box::new(package.clone()), file },
            reach: Reach::Permanent,
            limit: scene.limit(),
        })
    }

    fn staging(
        &self,
        scene: &Scene<'_>,
        how: &Publishing,
        package: &PackageVersion,
        artifacts: &[String],
    ) -> Result<Option<Action>, Unready> {
        let Some(stage) = &how.stage else { return Ok(None) };
        let target = format!("{}/{} staged", package.registry, package.name);
        Ok(Some(Action {
            identity: Identity::new("publish", target, &*package.version),
            title: format!("stage {package} at {}", package.registry),
            effect: Effect::Publish {
                build: how.build.as_ref().map(|argv| scene.command_in(&self.0, argv)).transpose()?,
                artifacts: artifacts.to_vec(),
                artifact: artifacts.first().cloned(),
                upload: scene.command_in(&self.0, &stage.command)?,
            },
            probe: Probe::Command { command: scene.command_in(&self.0, &stage.probe)? },
            reach: Reach::ForwardOnly,
            limit: scene.limit(),
        }))
    }
}

fn resolve(package: &PackageVersion) -> Action {
    let target = format!("{}/{} resolvable", package.registry, package.name);
    Action {
        identity: Identity::new("publish", target, &*package.version),
        title: format!("wait until consumers resolve {package}"),
        effect: Effect::Resolve { package: package.clone() },
        probe: Probe::Itself,
        reach: Reach::Reversible,
        limit: package.propagates,
    }
}

fn takes_files(package: &PackageVersion) -> bool {
    match &package.asking {
        Asking::Index { kind, .. } => kind.takes_files(),
        Asking::Command { .. } => false,
    }
}
