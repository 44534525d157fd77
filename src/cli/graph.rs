//! `flightdeck plan --graph`: which step needs which, as lines for a terminal or as DOT for a drawing.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::plan::{Plan, Step, StepId};

/// The needs that others don't imply: enough to draw the order.
fn direct<'a>(plan: &'a Plan, step: &'a Step) -> Vec<&'a StepId> {
    let needs = plan.needs(step);
    let implied: BTreeSet<&StepId> =
        needs.iter().filter_map(|id| plan.step(id)).flat_map(|step| all_needs(plan, step)).collect();
    needs.into_iter().filter(|id| !implied.contains(id)).collect()
}

fn all_needs<'a>(plan: &'a Plan, step: &'a Step) -> BTreeSet<&'a StepId> {
    let mut found = BTreeSet::new();
    let mut open = plan.needs(step);
    while let Some(id) = open.pop() {
        if found.insert(id)
            && let Some(step) = plan.step(id)
        {
            open.extend(plan.needs(step));
        }
    }
    found
}

/// One line a step, by stage, with the steps that it waits for.
pub(super) fn lines(plan: &Plan) -> Vec<String> {
    let mut lines = Vec::new();
    let mut stage = None;
    for (number, step) in (1..).zip(plan.steps()) {
        if stage != Some(&step.stage) {
            lines.push(step.stage.clone());
            stage = Some(&step.stage);
        }
        let after: Vec<_> = direct(plan, step).into_iter().map(StepId::as_str).collect();
        let after = if after.is_empty() { String::new() } else { format!("  ← {}", after.join(", ")) };
        lines.push(format!("  {number:>2} {} · {}{after}", step.id, step.verb.word()));
    }
    lines
}

/// The same for Graphviz.
pub(super) fn dot(plan: &Plan) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let mut dot = String::from("digraph release {\n  rankdir = LR;\n  node [shape = box];\n");
    for step in plan.steps() {
        let label = format!("{} · {}\n{}", step.id, step.verb.word(), step.title);
        // writing to a String can't fail
        let _ = writeln!(dot, "  {} [label = {}];", quoted(step.id.as_str()), quoted(&label).replace('\n', "\\n"));
        for need in direct(plan, step) {
            let _ = writeln!(dot, "  {} -> {};", quoted(need.as_str()), quoted(step.id.as_str()));
        }
    }
    dot.push_str("}\n");
    dot
}
