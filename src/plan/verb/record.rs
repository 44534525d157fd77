//! `record = { tag }`: the annotated tag on every repository that shipped. Last, because a record of what isn't live is a lie.

use serde::{Deserialize, Serialize};

use super::{Form, Scene, Unready};
use crate::plan::{Action, BroughtRef, Document, Effect, Identity, Period, Probe, Reach, RepoName, Sha};

/// Tags what shipped.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Record {
    /// The tag; the release's id when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"m3-team-org-tier")]
    tag: Option<String>,
}

impl Record {
    fn tag<'a>(&'a self, document: &'a Document) -> &'a str {
        self.tag.as_deref().unwrap_or(document.release.id.as_str())
    }
}

impl Form for Record {
    fn brought_refs(&self, document: &Document) -> Vec<BroughtRef> {
        document.repo.iter().map(|repo| BroughtRef::tag(&repo.name, "origin", self.tag(document))).collect()
    }

    fn compile(&self, scene: &Scene<'_>) -> Result<Vec<Action>, Unready> {
        let release = &scene.document.release;
        let tag = self.tag(scene.document);
        let message = format!("{}\n\nRelease {} by {}\n", release.title, release.id, scene.document.owner.name);
        scene
            .document
            .repo
            .iter()
            .map(|repo| Ok(tag_in(&repo.name, tag, &message, scene.candidate(&repo.name)?.ship_sha(), scene.limit())))
            .collect()
    }

    fn way_back(&self) -> &'static str {
        "delete the tag by hand; what shipped stays shipped"
    }
}

fn tag_in(repo: &RepoName, tag: &str, message: &str, sha: &Sha, limit: Period) -> Action {
    Action {
        identity: Identity::new("record", format!("{repo}:{tag}"), sha.as_str()),
        title: format!("tag {repo} @ {} as {tag}", sha.short()),
        effect: Effect::Tag {
            repo: repo.clone(),
            remote: "origin".to_owned(),
            tag: tag.to_owned(),
            sha: sha.clone(),
            message: message.to_owned(),
        },
        probe: Probe::RemoteTag {
            repo: repo.clone(),
            remote: "origin".to_owned(),
            tag: tag.to_owned(),
            sha: sha.clone(),
        },
        reach: Reach::ForwardOnly,
        limit,
    }
}
