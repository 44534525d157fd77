//! `ci = { github = … }`: an address of a repository in a forge's API, and a variable for its token.

use super::registry::holds_credentials;
use super::{Judge, address_fault, join};
use crate::plan::written::variable_fault;

pub(super) fn judge(judge: &mut Judge<'_>) {
    let document = judge.document;
    for (index, repo) in document.repo.iter().enumerate() {
        let Some(ci) = &repo.ci else { continue };
        let path = join(&judge.draft.repo_path(index), &["ci"]);
        let at = join(&path, &[ci.forge.word()]);
        if let Some(fault) = address_fault(ci.forge.base()) {
            judge.blame(&at, fault);
        } else if ci.forge.base().contains(['?', '#']) {
            judge.blame(&at, "the address holds more than a path").help =
                Some("write the repository's address in the API; what is asked there is added to it".to_owned());
        } else if holds_credentials(ci.forge.base()) {
            judge.blame(&at, "a password has no place in the plan, which everybody reads").help =
                Some("name the variable that holds the token: token = \"GITHUB_TOKEN\"".to_owned());
        }
        if let Some(fault) = ci.token.as_deref().and_then(variable_fault) {
            judge.blame(&join(&path, &["token"]), fault).help =
                Some("write the variable's name, as in \"GITHUB_TOKEN\", never its value".to_owned());
        }
    }
}
