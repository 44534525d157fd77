//! Who brings a step's effects: we, a workflow that we start, or somebody else. Whoever does it, the evidence is the same.

use serde::{Deserialize, Serialize};

use super::written::{in_address, in_json};
use super::{Action, Argv, Command, Effect, Identity, Nature, Period, Probe, Reach, Scene, Unready};

/// Who brings a step's effects.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Via {
    /// flightdeck does.
    #[default]
    Local,
    /// A workflow elsewhere, which flightdeck starts.
    Dispatch,
    /// Somebody else; flightdeck starts nothing and waits for the evidence.
    External,
}

/// How a workflow elsewhere is started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
pub enum Dispatch {
    /// By a command.
    Command {
        /// The command.
        command: Argv,
    },
    /// By a call.
    Http {
        /// The address.
        http: String,
        /// The method.
        #[serde(default = "post")]
        method: String,
        /// The body.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<String>,
        /// The environment variable that holds the bearer token.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token: Option<String>,
    },
}

fn post() -> String {
    "POST".to_owned()
}

/// How a workflow is started, with everything filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "by", rename_all = "kebab-case")]
pub enum Starting {
    /// By a command.
    Command {
        /// The command.
        command: Command,
    },
    /// By a call.
    Call {
        /// The address.
        address: String,
        /// The method.
        method: String,
        /// The body.
        body: Option<String>,
        /// The environment variable that holds the bearer token.
        token: Option<String>,
    },
}

impl std::fmt::Display for Starting {
    /// As it would be typed; of the token only its variable.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Command { command } => command.argv.fmt(f),
            Self::Call { address, method, body, token } => {
                write!(f, "{method} {address}")?;
                if let Some(token) = token {
                    write!(f, " with the token of ${token}")?;
                }
                body.as_ref().map_or(Ok(()), |body| write!(f, ": {body}"))
            }
        }
    }
}

/// Puts into the place of each effect what is done here when somebody else brings it.
pub(super) fn carried_out(scene: &Scene<'_>, actions: Vec<Action>) -> Result<Vec<Action>, Unready> {
    let step = scene.step;
    let who = match (&step.waits_for, step.via) {
        (_, Via::Local) => return Ok(actions),
        (Some(who), _) => who.clone(),
        (None, Via::Dispatch) => "the workflow".to_owned(),
        (None, Via::External) => "somebody else".to_owned(),
    };
    // a local branch is nobody else's to move: whoever merges moves origin's
    let theirs = actions.into_iter().filter(|action| !matches!(action.effect, Effect::Advance { .. }));
    let mut start = match step.via {
        Via::Dispatch => Some(starting(scene)?),
        Via::Local | Via::External => None,
    };
    let mut carried = Vec::new();
    for mut action in theirs {
        if action.effect.nature() == Nature::Effect {
            let title = std::mem::take(&mut action.title);
            if let Some(start) = start.take() {
                carried.push(dispatched(scene, &title, &action, start));
            }
            action.title = format!("wait for {who}, at most {}: {title}", step.budget);
            action.identity = Identity::new("await", action.identity.target.clone(), action.identity.brings.clone());
            action.effect = Effect::Await { who: who.clone(), what: title };
            action.limit = step.budget;
        }
        carried.push(action);
    }
    Ok(carried)
}

/// The call that starts the workflow. Its effect is told by the first thing that the workflow brings.
fn dispatched(scene: &Scene<'_>, title: &str, first: &Action, start: Starting) -> Action {
    Action {
        identity: Identity::new("dispatch", scene.step.id.as_str(), &*first.identity.brings),
        title: format!("start the workflow: {title}"),
        effect: Effect::Dispatch { start },
        probe: Probe::Started { evidence: Box::new(first.probe.clone()) },
        reach: first.reach.max(Reach::ForwardOnly),
        limit: scene.limit(),
    }
}

fn starting(scene: &Scene<'_>) -> Result<Starting, Unready> {
    let step = scene.step;
    let repo = step.verb.repo();
    let Some(dispatch) = &step.dispatch else {
        return Err(Unready::NoDispatch(step.id.clone()));
    };
    Ok(match dispatch {
        Dispatch::Command { command } => Starting::Command { command: scene.command(repo, command)? },
        Dispatch::Http { http, method, body, token } => Starting::Call {
            address: scene.filled(repo, http, in_address)?,
            method: method.clone(),
            body: body.as_ref().map(|body| scene.filled(repo, body, in_json)).transpose()?,
            token: token.clone(),
        },
    })
}

/// The evidence of others is waited for this long unless the step says otherwise.
pub(super) fn two_hours() -> Period {
    Period::seconds(2 * 60 * 60)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::plan::{Candidate, Package, Plan};

    const PLAN: &str = r#"
schema = 1
release = { id = "m3", title = "M3" }
owner = { name = "Ada", email = "ada@example.com" }
[registry.here]
kind = "pypi"
[[repo]]
name = "web"
path = "web"
publish = { registry = "here", artifacts = ["dist/a-{version}.whl", "dist/a-{version}.tar.gz"], command = ["up", "{artifact}"] }
deploy = { push = "production", smoke = "http://127.0.0.1:1/up" }
secrets = ["TOKEN"]
[[repo]]
name = "api"
path = "api"
deploy = { script = ["bin/deploy"], probe = ["bin/deployed", "{sha}"] }
[[step]]
id = "theirs"
stage = "s"
title = "t"
deploy = "web"
via = "external"
waits_for = "the merge queue"
budget = "30m"
[[step]]
id = "script"
stage = "s"
title = "t"
deploy = "api"
via = "external"
[[step]]
id = "ci"
stage = "s"
title = "t"
publish = "web"
via = "dispatch"
dispatch = { http = "http://127.0.0.1:1/{package}/{version}", body = '{"v":"{version}","sha":"{sha}"}', token = "TOKEN" }
"#;

    /// Each action as its title and what tells that it is there.
    fn compiled(step: &str) -> Vec<Action> {
        let plan = crate::config::load(PLAN.as_bytes(), "release.toml").unwrap().plan;
        let package = Package { name: "@a/b".to_owned(), version: "1.0\"".to_owned() };
        let candidate = Candidate::frozen("a".repeat(40).parse().unwrap(), Some(package));
        let candidates: BTreeMap<_, _> =
            plan.repos().iter().map(|repo| (repo.name.clone(), candidate.clone())).collect();
        let step = Plan::step(&plan, &step.parse().unwrap()).unwrap();
        plan.compile(step, &candidates).unwrap()
    }

    #[test]
    fn pushes_of_others_are_awaited_and_the_smoke_is_still_ours() {
        let actions = compiled("theirs");
        let titles: Vec<&str> = actions.iter().map(|action| action.title.as_str()).collect();
        let expected = [
            "wait for the merge queue, at most 30m: push aaaaaaa to origin/main",
            "wait for the merge queue, at most 30m: push aaaaaaa to production/main",
            "smoke http://127.0.0.1:1/up",
        ];
        assert_eq!(titles, expected);
        assert!(matches!(actions[1].probe, Probe::RemoteBranch { .. }) && actions[1].limit == Period::seconds(1_800));
        assert!(actions.iter().all(|action| action.effect.nature() == Nature::Observation));
    }

    #[test]
    fn a_script_of_others_is_told_by_its_probe() {
        let actions = compiled("script");
        let Probe::Command { command } = &actions[1].probe else { panic!("{actions:#?}") };
        assert_eq!(command.argv.to_string(), format!("bin/deployed {}", "a".repeat(40)));
        assert!(actions[1].title.starts_with("wait for somebody else, at most 2h: deploy aaaaaaa by its own script"));
    }

    #[test]
    fn a_workflow_is_started_once_and_each_of_its_files_awaited_and_values_stay_values() {
        let actions = compiled("ci");
        let verbs: Vec<&str> = actions.iter().map(|action| action.identity.verb.as_str()).collect();
        assert_eq!(verbs, ["dispatch", "await", "await", "publish"]);
        assert_eq!(actions[0].reach, Reach::Permanent);
        let Effect::Dispatch { start: Starting::Call { address, body, .. } } = &actions[0].effect else { panic!() };
        assert_eq!(address, "http://127.0.0.1:1/%40a%2Fb/1.0%22");
        let body: serde_json::Value = serde_json::from_str(body.as_deref().unwrap()).unwrap();
        assert_eq!(body["v"], "1.0\"");
    }
}
