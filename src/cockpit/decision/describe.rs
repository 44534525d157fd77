//! What a dialog says: the exact effect, how far it can be taken back, and the way back. Nothing in it ages.

mod going;
mod trust;

use super::{Answer, Choice, Decision, Demand, Description, Weight};
use crate::cockpit::age;
use crate::cockpit::role::Role;
use crate::cockpit::view::View;
use crate::cockpit::widget::text::Row;
use crate::cockpit::words;
use crate::engine::Leave;
use crate::plan::{Digest, FlagState, Reach, StepId};
use crate::rollout::out_of_order::Way;
use crate::rollout::status::{OutOfOrder, StepStatus};
use crate::shown::Shown;

/// What the dialog of a decision says now. Nothing where the decision makes no sense any more.
pub fn describe(view: &View<'_>, decision: &Decision) -> Option<Description> {
    let step = |id: &StepId| view.step_by_id(id);
    let description = match decision {
        Decision::Approve { step: id, .. } => step(id).map(|step| approve(view, step)),
        Decision::Train { .. } => Some(going::train(view)),
        Decision::Veto(id) => step(id).map(|step| {
            let rows = vec![
                Row::say(Shown::line(&step.title), Role::Strong),
                Row::Blank,
                Row::say("The step won't start, and the plan stops before it, until the veto is lifted.", Role::Text),
            ];
            asks(format!("Veto step {}", step.id), rows, "veto", Demand::Reason)
        }),
        Decision::Lift(id) => step(id).map(|step| {
            let rows = vec![
                Row::say(Shown::line(&step.title), Role::Strong),
                Row::fact("vetoed for", Shown::line(step.veto.as_deref().unwrap_or_default()), Role::Text),
                Row::Blank,
                Row::say("The step can be approved again. Nothing starts by this alone.", Role::Text),
            ];
            asks(format!("Lift the veto on step {}", step.id), rows, "lift the veto", Demand::Nothing)
        }),
        Decision::EndSoak(id) => step(id).map(end_soak),
        Decision::Hold => Some(hold(view)),
        Decision::Resume => Some(going::resume(view)),
        Decision::Go => Some(going::go(view)),
        Decision::Judge => Some(asks(
            "Judge the gates again".to_owned(),
            vec![Row::say("Runs the gates' own checks and tests; no effect of a step is brought about.", Role::Text)],
            "judge",
            Demand::Nothing,
        )),
        Decision::Resolve(id) => step(id).map(resolve),
        Decision::Accept(id) => step(id).map(accept),
        Decision::AcceptItem { id, .. } => view.item(id).map(accept_item),
        Decision::Undo { step: id, .. } => step(id).map(|step| undo(view, step)),
        Decision::FlagBack(to) => Some(flag_back(view, to)),
        Decision::Trust { .. } => Some(trust::describe(view)),
        Decision::Leave => Some(leave(view)),
    };
    description.map(|description| if decision.may_stop() { paused(description) } else { description })
}

/// What goes on behind a question whether it stops.
fn paused(mut description: Description) -> Description {
    description.rows.push(Row::Blank);
    description.rows.push(Row::say("Nothing more starts until you answer; esc goes on as before.", Role::Waiting));
    description
}

/// A dialog with one choice besides Cancel.
fn asks(title: String, rows: Vec<Row>, label: &'static str, demand: Demand) -> Description {
    let choice = Choice { key: 'y', label, answer: Answer::Yes, weight: Weight::Plain };
    Description { title: Shown::from(title), rows, choices: vec![choice], demand }
}

/// A dialog whose one choice asks for a typed word.
fn grave(title: String, rows: Vec<Row>, label: &'static str, word: String) -> Description {
    let choice = Choice { key: 'y', label, answer: Answer::Yes, weight: Weight::Grave };
    Description { title: Shown::from(title), rows, choices: vec![choice], demand: Demand::Word(word) }
}

fn approve(view: &View<'_>, step: &StepStatus) -> Description {
    let mut rows = vec![Row::say(Shown::line(&step.title), Role::Strong)];
    rows.extend(effects(view, step));
    rows.push(Row::Blank);
    rows.push(reach(step.reversibility));
    rows.push(Row::fact("way back", Shown::line(&step.way_back), Role::Text));
    rows.extend(gates(step));
    rows.extend(approval_digest(step));
    let title = format!("Approve step {} · {}", step.number, step.id);
    if step.reversibility == Reach::Permanent {
        grave(title, rows, "approve", word_of(view, step))
    } else {
        asks(title, rows, "approve", Demand::Nothing)
    }
}

/// The word that a permanent step asks for: its repository's name, or the release's id where it has none.
fn word_of(view: &View<'_>, step: &StepStatus) -> String {
    step.repo.clone().unwrap_or_else(|| view.state.status.release.id.clone())
}

/// The effects of a step in order: the exact command and the full SHA.
fn effects(view: &View<'_>, step: &StepStatus) -> Vec<Row> {
    let mut rows = Vec::new();
    let open = step.actions.iter().filter(|action| action.state != "done");
    for (at, action) in open.enumerate() {
        let number = if step.actions.len() > 1 { format!("{}. ", at + 1) } else { String::new() };
        rows.push(Row::Blank);
        rows.push(Row::Line(vec![(Shown::from(number), Role::Dim), (Shown::line(&action.title), Role::Text)]));
        rows.extend(
            action.command.as_deref().map(|command| Row::fact("  command", Shown::line(command), Role::Accent)),
        );
        if action.reach != step.reversibility {
            rows.push(Row::fact("  reach", words::reach(action.reach).word, words::reach(action.reach).role));
        }
    }
    if let Some(repo) = view.repo_of(step) {
        rows.push(Row::Blank);
        let sha = repo.ship_sha.as_ref().map_or("not frozen", |sha| sha.as_str());
        rows.push(Row::fact("repository", Shown::line(&repo.name), Role::Text));
        rows.push(Row::fact("commit", Shown::line(sha), Role::Accent));
        rows.extend(
            step.repin
                .as_ref()
                .map(|repin| Row::fact("on top", Shown::from(format!("what step {repin} commits")), Role::Accent)),
        );
        if let Some(publish) = repo.publish.as_ref().filter(|_| step.verb == "publish") {
            let of = |text: &Option<String>| text.clone().unwrap_or_else(|| "?".to_owned());
            let package = format!("{} {} → {}", of(&publish.package), of(&publish.version), publish.registry);
            rows.push(Row::fact("package", Shown::line(&package), Role::Accent));
        }
        if let Some(deploy) = repo.deploy.as_ref().filter(|_| step.verb == "deploy") {
            rows.push(Row::fact("target", Shown::line(&deploy.target), Role::Accent));
        }
    }
    if let Some(flag) = &view.state.status.flag {
        let state = flag.state.as_ref().map_or("?", FlagState::as_str);
        rows.push(Row::fact("flag now", Shown::line(&format!("{} is {state}", flag.key)), Role::Text));
    }
    rows
}

fn end_soak(step: &StepStatus) -> Description {
    let mut rows = vec![Row::say(Shown::line(&step.title), Role::Strong)];
    if let Some(soak) = &step.soak {
        rows.push(Row::fact("lasts", age::lasted(soak.lasts), Role::Text));
    }
    rows.push(Row::Blank);
    rows.push(Row::say("The step is done by your word, and the plan goes on with what comes next.", Role::Text));
    asks(format!("End the soak of step {} early", step.id), rows, "end it", Demand::Reason)
}

fn reach(of: Reach) -> Row {
    let look = words::reach(of);
    Row::Fact(Shown::fixed("undo"), vec![(Shown::fixed(look.word), look.role)])
}

fn gates(step: &StepStatus) -> Vec<Row> {
    let say = |gate: &crate::rollout::status::GateStatus| {
        let look = words::gate(gate.state);
        let detail = if gate.detail.is_empty() { String::new() } else { format!(" ({})", gate.detail) };
        Row::Fact(
            Shown::fixed("gate"),
            vec![
                (Shown::from(format!("{}: ", look.word)), look.role),
                (Shown::line(&gate.wants), Role::Text),
                (Shown::line(&detail), Role::Dim),
            ],
        )
    };
    step.gates.iter().map(say).collect()
}

fn approval_digest(step: &StepStatus) -> Option<Row> {
    step.digest.as_ref().map(binds)
}

fn binds(digest: &Digest) -> Row {
    Row::fact("binds", format!("{} · void if any of this changes before it starts", digest.short()), Role::Dim)
}

fn hold(view: &View<'_>) -> Description {
    let running = view
        .state
        .work
        .as_ref()
        .map(|work| Row::fact("running", Shown::line(&format!("{} · {}", work.step, work.title)), Role::Running));
    let mut rows = vec![Row::say("Nothing more starts until you resume. What runs now may end.", Role::Text)];
    rows.extend(running);
    asks("Hold the release".to_owned(), rows, "hold", Demand::Reason)
}

fn resolve(step: &StepStatus) -> Description {
    let mut rows = vec![
        Row::say(Shown::line(&step.title), Role::Strong),
        Row::Blank,
        Row::say(
            "It was started, and nobody can say whether it happened. Look for yourself, then say what you saw.",
            Role::Text,
        ),
    ];
    for action in step.actions.iter().filter(|action| matches!(action.state, "in-doubt" | "conflict")) {
        rows.push(Row::Blank);
        rows.push(Row::fact(words::action(action.state).word, Shown::line(&action.title), Role::Doubt));
        rows.extend(action.command.as_deref().map(|command| Row::fact("command", Shown::line(command), Role::Accent)));
        rows.extend(action.detail.iter().map(|line| Row::fact("seen", Shown::line(line), Role::Text)));
    }
    rows.push(Row::Blank);
    rows.push(Row::fact("it is there", "the step counts as done on your word; it isn't run again", Role::Text));
    rows.push(Row::fact("it isn't", "the step may be tried again, after a new approval", Role::Text));
    Description {
        title: Shown::from(format!("What became of step {}?", step.id)),
        rows,
        choices: vec![
            Choice { key: 'p', label: "it is there", answer: Answer::Present, weight: Weight::Plain },
            Choice { key: 'n', label: "it isn't there", answer: Answer::Absent, weight: Weight::Grave },
        ],
        demand: Demand::Reason,
    }
}

fn accept(step: &StepStatus) -> Description {
    let mut rows = vec![
        Row::say(Shown::line(&step.title), Role::Strong),
        Row::Blank,
        Row::say(
            "Its effect was in the world before the plan reached it. Accepting it counts the step as done.",
            Role::Text,
        ),
    ];
    for action in step.actions.iter().filter(|action| action.state == "found") {
        rows.push(Row::fact("there", Shown::line(&action.title), Role::Bad));
        rows.extend(action.detail.iter().map(|line| Row::fact("seen", Shown::line(line), Role::Text)));
    }
    asks(format!("Accept what is there for step {}", step.id), rows, "accept", Demand::Reason)
}

fn accept_item(item: &OutOfOrder) -> Description {
    let mut rows = vec![Row::say(Shown::line(&item.says), Role::Strong), Row::Blank];
    rows.push(Row::fact("seen", Shown::line(&item.seen), Role::Accent));
    rows.extend(
        item.number
            .zip(item.step.as_ref())
            .map(|(number, step)| Row::fact("step", Shown::from(format!("{number} · {step}")), Role::Text)),
    );
    rows.push(Row::Blank);
    let what = match item.way {
        Some(Way::Early) => {
            "What the step's own probe proves counts as done, and isn't brought again. What it can't prove stays to be done. \
             A package is built here first: other bytes than ours are a conflict."
        }
        Some(Way::Moved) | None => "It is left as it is, and no step is done again for it.",
    };
    rows.push(Row::say(what, Role::Text));
    rows.push(Row::say("Exactly this is accepted: if it changes again, you are asked again.", Role::Text));
    asks(format!("Accept {}", item.id), rows, "accept", Demand::Reason)
}

fn undo(view: &View<'_>, step: &StepStatus) -> Description {
    let command = step.undo.as_ref().map(|undo| undo.command.as_str()).unwrap_or_default();
    let mut rows = vec![
        Row::say(Shown::line(&step.title), Role::Strong),
        Row::Blank,
        Row::fact("runs", Shown::line(command), Role::Accent),
    ];
    if let Some(repo) = view.repo_of(step) {
        rows.push(Row::fact("in", Shown::line(&repo.name), Role::Text));
        let sha = repo.ship_sha.as_ref().map_or("not frozen", |sha| sha.as_str());
        rows.push(Row::fact("commit", Shown::line(sha), Role::Accent));
    }
    rows.push(Row::Blank);
    rows.push(Row::say("Steps that looked at what is taken back must be done again.", Role::Text));
    rows.extend(step.undo.as_ref().map(|undo| binds(&undo.digest)));
    grave(format!("Take step {} back", step.id), rows, "take it back", word_of(view, step))
}

fn flag_back(view: &View<'_>, to: &FlagState) -> Description {
    let status = &view.state.status;
    let document = view.state.plan.document();
    let mut rows = Vec::new();
    if let Some(flag) = &status.flag {
        let state = flag.state.as_ref().map_or("?", FlagState::as_str);
        rows.push(Row::fact("flag", Shown::line(&flag.key), Role::Accent));
        rows.push(Row::fact("now", format!("{state} · {} of {} readings agree", flag.agree, flag.of), Role::Text));
        rows.push(Row::fact("then", Shown::line(to.as_str()), Role::Strong));
    }
    for does in document.flag.iter().flat_map(|flag| flag.sets(std::slice::from_ref(to))) {
        let does = does.to_string().replace("{flag.state}", to.as_str());
        rows.push(Row::fact("does", Shown::line(&does), Role::Accent));
    }
    rows.push(Row::Blank);
    rows.push(Row::say("Users stop seeing the feature. Code that is live stays live, and harmless.", Role::Text));
    if !status.trusted {
        let needs = "a plan of this release that was trusted on this machine; else it is refused, and P shows this one";
        rows.push(Row::fact("needs", needs, Role::Waiting));
    }
    for what in bypassed(view) {
        rows.push(Row::fact("bypasses", Shown::line(&what), Role::Waiting));
    }
    rows.push(Row::fact("way back", "a flag step of the plan, approved anew", Role::Text));
    asks(format!("Turn the flag {to}"), rows, "turn it off", Demand::Nothing)
}

/// What would stand in the way of anything but the way back.
fn bypassed(view: &View<'_>) -> Vec<String> {
    let status = &view.state.status;
    let hold = status.hold.as_ref().map(|reason| format!("the hold: {reason}"));
    let undecided = match &view.state.next {
        crate::rollout::Next::Decide(step) => Some(format!("step {step}, which is in doubt or in conflict")),
        _ => None,
    };
    let controls = view.spectator().map(|why| format!("the controls: {why}"));
    let plan = view.state.complaint.as_ref().map(|_| "the edited plan: the last trusted definition is used".to_owned());
    hold.into_iter().chain(undecided).chain(controls).chain(plan).collect()
}

fn leave(view: &View<'_>) -> Description {
    let choice = |key, label, how, weight| Choice { key, label, answer: Answer::Leave(how), weight };
    let Some(work) = view.state.work.as_ref() else {
        return Description {
            title: Shown::fixed("Leave?"),
            rows: vec![Row::say("What ran has ended; nothing else was started.", Role::Strong)],
            choices: vec![choice('w', "leave", Leave::Wait, Weight::Plain)],
            demand: Demand::Nothing,
        };
    };
    let effect = work.nature == crate::plan::Nature::Effect;
    let doubt = if effect {
        "it will be in doubt, and probed at the next start"
    } else {
        "it is simply done again at the next start"
    };
    let wait = if effect {
        "it ends first; nothing more starts; then this closes".to_owned()
    } else {
        format!("it only looks or waits, so it is stopped at once: {doubt}")
    };
    let rows = vec![
        Row::fact("running", Shown::line(&format!("{} · {}", work.step, work.title)), Role::Running),
        Row::Blank,
        Row::fact("wait", wait, Role::Text),
        Row::fact("detach", format!("it goes on without us: {doubt}"), Role::Text),
        Row::fact("stop it", format!("it is cancelled: {doubt}"), Role::Text),
    ];
    Description {
        title: Shown::fixed("Leave while something runs?"),
        rows,
        choices: vec![
            choice('w', "wait", Leave::Wait, Weight::Plain),
            choice('d', "detach", Leave::Detach, if effect { Weight::Grave } else { Weight::Plain }),
            choice('x', "stop it", Leave::Cancel, if effect { Weight::Grave } else { Weight::Plain }),
        ],
        demand: Demand::Nothing,
    }
}
