//! Gates: one file a gate that can be wrong beyond its types.

mod canary;
mod ci;
mod dormant;
mod flag;
mod seam;
mod tests;

use super::steps::other_step;
use super::{Judge, join};
use crate::plan::{Gate, Step};

pub(super) fn judge(judge: &mut Judge<'_>, step: &Step, index: usize, path: &[String]) {
    dormant::required(judge, step, path);
    for (number, gate) in step.gates.iter().enumerate() {
        let path = join(path, &["gates", &number.to_string()]);
        match gate {
            Gate::Step(other) => other_step(judge, step, index, other.as_str(), &join(&path, &["step"])),
            Gate::Flag(state) => flag::judge(judge, step, state, &path),
            Gate::Tests(_) => tests::judge(judge, step, &path),
            Gate::Seam(id) => seam::judge(judge, id, &path),
            Gate::Canary(wanted) => canary::judge(judge, wanted, step, index, &path),
            Gate::Ci(contexts) => ci::judge(judge, step, contexts, &path),
            Gate::Coverage(_) => super::coverage::gate(judge, index, &path),
            Gate::Rehearsed(_) => flag::wanted(judge, &join(&path, &["rehearsed"])),
            Gate::Dormant(_) => dormant::judge(judge, step, &path),
            Gate::Command(_) | Gate::Preflight(_) => {}
        }
    }
}
