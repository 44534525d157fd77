//! `{ dormant = true }`: the step concerns one repository that says how it is tested against main; and a plan that requires
//! it asks it before anything becomes public.

use super::{Judge, flag, join};
use crate::plan::flag::Need;
use crate::plan::implied::{before, public_state};
use crate::plan::{Gate, Step};

pub(super) fn judge(judge: &mut Judge<'_>, step: &Step, path: &[String]) {
    let path = join(path, &["dormant"]);
    flag::wanted(judge, &path);
    let Some(name) = step.verb.repo() else {
        judge.blame_key(&path, "this step concerns no repo that could be dormant").help =
            Some("put the gate on a step that has a repo".to_owned());
        return;
    };
    let document = judge.document;
    let Some(repo) = document.repo.iter().find(|repo| repo.name == *name && judge.draft.intact(name)) else { return };
    match &repo.dormant {
        None => {
            judge.blame_key(&path, format!("`{name}` doesn't say which tests of main must pass")).help =
                Some("give its [[repo]] a dormant = { tests = [\"tests\"] }".to_owned());
        }
        Some(dormant) if dormant.tests.is_empty() && dormant.contract.is_none() => {
            judge
                .blame_key(&path, format!("`{name}` names neither tests nor a contract of main in its `dormant`"))
                .help = Some("write dormant = { tests = [\"tests\"] }, or { contract = \"openapi.json\" }".to_owned());
        }
        Some(dormant) if dormant.recorded.is_some() && dormant.contract.is_none() => {
            judge
                .blame_key(
                    &path,
                    format!("what `{name}` recorded is held against a contract, and its `dormant` names none"),
                )
                .help = Some("add contract = \"openapi.json\" to it, or leave out `recorded`".to_owned());
        }
        Some(dormant) if !dormant.tests.is_empty() && dormant.command.is_none() && repo.test.is_none() => {
            judge.blame_key(&path, format!("`{name}` has no `test` command, and its `dormant` no `command`")).help =
                Some("give its [[repo]] a test = [\"…\"], or dormant a command = [\"…\"]".to_owned());
        }
        Some(_) => {}
    }
}

/// The first step that makes something public while the flag is off, in a plan that requires dormancy.
pub(super) fn required(judge: &mut Judge<'_>, step: &Step, path: &[String]) {
    let document = judge.document;
    let Some(flag) = document.flag.as_ref().filter(|flag| flag.dormant == Need::Required) else { return };
    let off = flag.states.first();
    let public = |step: &&Step| public_state(document, step).is_some_and(|state| Some(state) == off);
    if document.step.iter().find(public).is_none_or(|first| first.id != step.id) {
        return;
    }
    let asked = |step: &Step| step.gates.iter().any(|gate| matches!(gate, Gate::Dormant(_)));
    if !asked(step) && !before(document, step).into_iter().any(asked) {
        let message = format!("`{}` makes something public before anything has shown that it is dormant", step.id);
        judge.blame_key(&join(path, &[step.verb.word()]), message).help =
            Some("[flag] says dormant = \"required\": add gates = [{ dormant = true }]".to_owned());
    }
}
