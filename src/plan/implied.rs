//! What a plan wants whether it says so or not: the record at its end, tests before a deploy, and the flag's state where
//! something becomes public.

use super::{
    Confirm, Document, FlagState, Gate, Period, RepoName, Step, StepId, Verb, Via, Visibility, gate, verb, via,
};

/// The place of a gate that release.toml doesn't write.
pub(super) type Implied = (StepId, usize);

/// Adds what is implied; says which gates.
pub(super) fn add(document: &mut Document) -> Vec<Implied> {
    if !document.step.iter().any(|step| matches!(step.verb, Verb::Record(_))) {
        document.step.extend(record());
    }
    let mut implied = Vec::new();
    for index in 0..document.step.len() {
        let gates: Vec<Gate> = [tests(document, index), public(document, index)].into_iter().flatten().collect();
        let Some(step) = document.step.get_mut(index) else { continue };
        for gate in gates {
            implied.push((step.id.clone(), step.gates.len()));
            step.gates.push(gate);
        }
    }
    implied
}

/// What is deployed is tested on exactly the tree that ships.
fn tests(document: &Document, index: usize) -> Option<Gate> {
    let step = document.step.get(index)?;
    let tested = |repo: &RepoName| document.repo.iter().any(|other| other.name == *repo && other.test.is_some());
    let deploys = matches!(step.verb, Verb::Deploy(_)) && step.verb.repo().is_some_and(tested);
    let written = step.gates.iter().any(|gate| matches!(gate, Gate::Tests(_)));
    (deploys && !written).then_some(Gate::Tests(gate::Required))
}

/// What is published in public is seen the moment it is out: the flag must then be read by everyone as the plan has it.
fn public(document: &Document, index: usize) -> Option<Gate> {
    let step = document.step.get(index)?;
    let wanted = Gate::Flag(public_state(document, step)?.clone());
    (!step.gates.contains(&wanted)).then_some(wanted)
}

/// The state in which everyone must read the flag at the instant that a step publishes something in public; none where it
/// doesn't, or where there is no flag.
///
/// As long as the plan hasn't turned the flag on, that is the first state: a version that reads off changes nothing for
/// whoever takes it at once. A step that publishes after the flag has gone on can't ask for off, or it would never run; what
/// protects there is that the flag is where the owner put it and nobody lags behind: the state that the last flag step which
/// this one needs has brought. A flag step that it doesn't need may or may not have happened: then it isn't counted on, and
/// where it did happen, the gate keeps the step from starting.
pub(crate) fn public_state<'a>(document: &'a Document, step: &Step) -> Option<&'a FlagState> {
    let first = document.flag.as_ref()?.states.first()?;
    let Verb::Publish(_) = &step.verb else { return None };
    let public = |name: &RepoName| {
        document.repo.iter().any(|repo| repo.name == *name && matches!(repo.visibility, Visibility::Public))
    };
    step.verb.repo().filter(|name| public(name))?;
    Some(flag_before(document, step).unwrap_or(first))
}

/// The state that the plan has surely brought the flag to when a step starts; none where no flag step is sure to be done.
pub(crate) fn flag_before<'a>(document: &'a Document, step: &Step) -> Option<&'a FlagState> {
    let before = before(document, step);
    before.iter().rev().find_map(|step| if let Verb::Flag(set) = &step.verb { Some(set.state()) } else { None })
}

/// The steps that are surely done before one starts, in the order of the plan.
pub(crate) fn before<'a>(document: &'a Document, step: &Step) -> Vec<&'a Step> {
    let place = |id: &StepId| document.step.iter().position(|other| other.id == *id);
    let Some(at) = place(&step.id) else { return Vec::new() };
    let mut needed = vec![false; at + 1];
    if let Some(own) = needed.get_mut(at) {
        *own = true;
    }
    // needs only point back: one pass from the end finds all of them
    for (index, other) in document.step.iter().enumerate().take(at + 1).rev() {
        if !needed.get(index).copied().unwrap_or(false) {
            continue;
        }
        match &other.needs {
            None => needed.iter_mut().take(index).for_each(|needed| *needed = true),
            Some(needs) => {
                for place in needs.iter().filter_map(place).filter(|place| *place < at) {
                    needed.iter_mut().skip(place).take(1).for_each(|needed| *needed = true);
                }
            }
        }
    }
    document.step.iter().zip(needed).take(at).filter(|(_, needed)| *needed).map(|(step, _)| step).collect()
}

fn record() -> Option<Step> {
    Some(Step {
        id: "record".parse().ok()?,
        stage: "Record".to_owned(),
        title: "Tag what shipped".to_owned(),
        verb: Verb::Record(verb::Record::default()),
        via: Via::Local,
        dispatch: None,
        waits_for: None,
        budget: via::two_hours(),
        needs: None,
        gates: Vec::new(),
        timeout: Period::seconds(600),
        confirm: Confirm::Once,
        undo: None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::plan::{Gate, Plan, StepId};

    fn plan(steps: &[Value]) -> Plan {
        let publish = json!({ "registry": "reg", "command": ["up"] });
        let document = json!({
            "schema": 1,
            "release": { "id": "m3", "title": "M3" },
            "owner": { "name": "Ada", "email": "ada@example.com" },
            "flag": { "key": "f", "states": ["off", "beta", "on"], "provider": { "file": "f.json", "pointer": "/s" } },
            "registry": { "reg": { "kind": "generic", "probe": ["ask"] } },
            "repo": [
                { "name": "open", "path": "open", "visibility": "public", "publish": publish },
                { "name": "shut", "path": "shut", "visibility": "private", "publish": publish },
            ],
            "step": steps,
        });
        Plan::new(serde_json::from_value(document).unwrap())
    }

    fn step(id: &str, verb: &str, what: &str) -> Value {
        json!({ "id": id, "stage": "s", "title": "t", verb: what })
    }

    fn wanted(plan: &Plan, id: &str) -> Vec<String> {
        plan.step(&id.parse().unwrap()).unwrap().gates.iter().map(Gate::wants).collect()
    }

    #[test]
    fn what_becomes_public_wants_the_flag_off_and_what_stays_private_doesnt() {
        let plan = plan(&[step("p", "publish", "open"), step("q", "publish", "shut")]);
        assert_eq!(wanted(&plan, "p"), ["flag is off"]);
        assert!(wanted(&plan, "q").is_empty());
        let p: StepId = "p".parse().unwrap();
        assert!(plan.is_implied(&p, 0) && !plan.is_implied(&p, 1));
    }

    #[test]
    fn after_the_flag_went_on_it_wants_the_flag_where_the_plan_put_it() {
        let mut free = step("free", "publish", "open");
        free["needs"] = json!(["first"]);
        let steps = [
            step("first", "publish", "shut"),
            step("beta", "flag", "beta"),
            step("p", "publish", "open"),
            step("on", "flag", "on"),
            step("back", "flag", "beta"),
            step("q", "publish", "open"),
            free,
        ];
        let plan = plan(&steps);
        assert_eq!(wanted(&plan, "p"), ["flag is beta"]);
        assert_eq!(wanted(&plan, "q"), ["flag is beta"]);
        assert_eq!(wanted(&plan, "free"), ["flag is off"], "it needs no flag step");
    }

    #[test]
    fn what_is_written_isnt_added_again() {
        let mut written = step("p", "publish", "open");
        written["gates"] = json!([{ "flag": "off" }]);
        let plan = plan(&[written]);
        assert_eq!(wanted(&plan, "p"), ["flag is off"]);
        assert!(!plan.is_implied(&"p".parse().unwrap(), 0));
    }
}
