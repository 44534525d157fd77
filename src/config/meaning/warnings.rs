//! What is allowed and still worth a second look.

use super::{Judge, join};
use crate::plan::{Deployment, Dispatch, Step, Verb};

pub(super) fn judge(judge: &mut Judge<'_>) {
    let document = judge.document;
    if document.flag.is_none() {
        judge.warn(&["release".to_owned()], "there is no [flag]: what ships is live for everyone at once").help =
            Some("a [flag] table makes the way back one command".to_owned());
    }
    for (index, step) in document.step.iter().enumerate() {
        let Some(Dispatch::Http { http, token: Some(token), .. }) = &step.dispatch else { continue };
        let host = http.strip_prefix("http://").and_then(|rest| rest.split(['/', ':', '?']).next());
        if host.is_some_and(|host| !["127.0.0.1", "localhost"].contains(&host)) {
            let path = join(&judge.draft.step_path(index), &["dispatch", "http"]);
            judge.warn(&path, format!("`{token}` is sent where anybody on the way can read it")).help =
                Some("write an https:// address".to_owned());
        }
    }
    for (index, repo) in document.repo.iter().enumerate() {
        let path = judge.draft.repo_path(index);
        if repo.publish.as_ref().is_some_and(|publish| publish.artifacts.is_empty()) {
            let message = format!("nothing tells whose bytes of `{}` the registry shows", repo.name);
            judge.warn(&join(&path, &["publish"]), message).help =
                Some("name what the build makes: artifacts = [\"dist/{package}-{version}.tgz\"]".to_owned());
        }
        if !document.step.iter().any(|step| step.verb.repos().contains(&&repo.name)) {
            judge.warn(&join(&path, &["name"]), format!("no step does anything with `{}`", repo.name)).help =
                Some("add its step, or drop the repo".to_owned());
        }
        let repinned = |step: &Step| matches!(step.verb, Verb::Repin(_)) && step.verb.repo() == Some(&repo.name);
        if !repo.repin.is_empty() && !document.step.iter().any(repinned) {
            let message = format!("`{}` says what it pins, but no step repins it", repo.name);
            judge.warn(&join(&path, &["repin"]), message).help =
                Some(format!("add a step with repin = \"{}\" before it ships", repo.name));
        }
        let blind = matches!(&repo.deploy, Some(Deployment::Push { smoke: None, .. }));
        let silent = repo.reports.as_ref().is_none_or(|reports| reports.version.is_none());
        if blind && silent {
            let message = format!("nothing shows that `{}` is live once it is pushed", repo.name);
            judge.warn(&join(&path, &["deploy"]), message).help = Some(
                "give `deploy` a smoke = \"http://…\", or the repo a reports = { version = \"http://…#/sha\" }"
                    .to_owned(),
            );
        }
    }
}
