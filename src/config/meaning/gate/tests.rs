//! `{ tests = true }`: the step concerns repositories that have tests.

use super::{Judge, join};
use crate::plan::Step;

pub(super) fn judge(judge: &mut Judge<'_>, step: &Step, path: &[String]) {
    let repos = step.verb.repos();
    if repos.is_empty() {
        judge.blame_key(&join(path, &["tests"]), "this step concerns no repo whose tests could pass").help =
            Some("put the gate on a step that has a repo".to_owned());
    }
    let document = judge.document;
    for repo in document.repo.iter().filter(|repo| repos.contains(&&repo.name)) {
        if repo.test.is_none() && judge.draft.intact(&repo.name) {
            judge.blame_key(&join(path, &["tests"]), format!("`{}` has no `test` command", repo.name)).help =
                Some("give its [[repo]] a test = [\"…\"], or drop the gate".to_owned());
        }
    }
}
