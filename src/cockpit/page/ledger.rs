//! The last events of the ledger, a line each.

use crate::cockpit::age;
use crate::cockpit::canvas::{Canvas, Piece};
use crate::cockpit::role::Role;
use crate::cockpit::view::View;
use crate::engine::LedgerState;
use crate::rollout::Event;
use crate::rollout::event::{Covers, Direction, Fact, Finding, Health, Outcome, Trace, Verdict};
use crate::shown::Shown;

/// Its lines, oldest first.
pub fn lines(_: &mut Canvas<'_>, view: &View<'_>) -> Vec<Vec<Piece>> {
    let mut lines: Vec<_> = view.state.events.iter().map(|event| line(view, event)).collect();
    if let LedgerState::Bad { why } = &view.state.ledger {
        lines.push(vec![(Shown::line(&format!("the ledger is bad: {why}")), Role::Bad)]);
    }
    lines
}

fn line(view: &View<'_>, event: &Event) -> Vec<Piece> {
    let (detail, role) = detail(&event.draft.fact);
    let step = event.draft.step.as_ref().map_or("", |step| step.as_str());
    let attempt =
        event.draft.attempt.filter(|attempt| *attempt > 1).map(|n| format!(" (attempt {n})")).unwrap_or_default();
    let actor = event.actor.split('<').next().unwrap_or_default().trim();
    vec![
        (Shown::from(format!("{:>5}  ", event.seq)), Role::Dim),
        (age::clock(view.zone, view.now, event.at).pad(14), Role::Dim),
        (Shown::line(event.draft.fact.kind()).pad(17), role),
        (Shown::line(step).pad(14), Role::Accent),
        (Shown::line(&format!("{detail}{attempt}")), Role::Text),
        (Shown::line(&format!("  {actor}")), Role::Dim),
    ]
}

/// What happened in words, and how grave it is.
fn detail(fact: &Fact) -> (String, Role) {
    match fact {
        Fact::Opened { title } => (title.clone(), Role::Text),
        Fact::Replanned { changes, .. } => (changes.join("; "), Role::Waiting),
        Fact::Frozen { candidates, by, verdict, .. } => {
            (format!("{} repositories, passed by {by}: {verdict}", candidates.len()), Role::Good)
        }
        Fact::Thawed { reason } => (reason.clone(), Role::Waiting),
        Fact::Trusted => ("on this machine".to_owned(), Role::Text),
        Fact::ControlsTaken(holder) => (format!("{}@{} ({})", holder.user, holder.host, holder.what), Role::Text),
        Fact::ControlsReleased => (String::new(), Role::Text),
        Fact::Approved { digest, covers } => match covers {
            Covers::Step => (digest.short().to_owned(), Role::Good),
            Covers::Train { steps } => (format!("the train of {} steps, {}", steps.len(), digest.short()), Role::Good),
        },
        Fact::ApprovalVoided { why } => (why.clone(), Role::Waiting),
        Fact::Vetoed { reason } | Fact::Held { reason } => (reason.clone(), Role::Bad),
        Fact::Lifted | Fact::Resumed => (String::new(), Role::Good),
        Fact::Intent(intent) => {
            let way = if intent.direction == Direction::Back { "take back " } else { "" };
            let (identity, nth, of) = (&intent.identity, intent.nth, intent.of);
            (
                format!("{way}{nth}/{of} {} {} {}", identity.verb, identity.target, short(&identity.brings)),
                Role::Running,
            )
        }
        Fact::Outcome(Outcome::Ok { evidence }) => (format!("ok: {}", evidence.join("; ")), Role::Good),
        Fact::Outcome(Outcome::Failed { effect: Trace::None, why, .. }) => {
            (format!("failed, nothing happened: {why}"), Role::Bad)
        }
        Fact::Outcome(Outcome::Failed { effect: Trace::Unknown, why, .. }) => (format!("in doubt: {why}"), Role::Doubt),
        Fact::Probed(probed) => match &probed.finding {
            Finding::Present { evidence } => (format!("present: {evidence}"), Role::Good),
            Finding::Absent { detail } => (format!("absent: {detail}"), Role::Waiting),
            Finding::Conflict { detail } => (format!("conflict: {detail}"), Role::Bad),
            Finding::Unknown { why } => (format!("unknown: {why}"), Role::Doubt),
        },
        Fact::Resolved { verdict, reason } => {
            let word = if *verdict == Verdict::Present { "present" } else { "absent" };
            (format!("{word}: {reason}"), Role::Accent)
        }
        Fact::OutOfOrder { says, seen, .. } => (says.clone(), if seen.is_some() { Role::Bad } else { Role::Good }),
        Fact::Accepted { reason, item: None } => (reason.clone(), Role::Accent),
        Fact::Accepted { reason, item: Some(sighted) } => (format!("{}: {reason}", sighted.item), Role::Accent),
        Fact::GateJudged { gate, holds, detail, .. } => {
            let word = if *holds { "holds" } else { "not met" };
            (format!("gate {} {word}: {detail}", gate + 1), if *holds { Role::Good } else { Role::Bad })
        }
        Fact::FlagSet { from, to, evidence, .. } => {
            let from = from.as_ref().map_or_else(|| "?".to_owned(), ToString::to_string);
            (format!("{from} → {to}: {evidence}"), Role::Waiting)
        }
        Fact::FlagMissed { from, to, why, took, .. } => {
            let from = from.as_ref().map_or_else(|| "?".to_owned(), ToString::to_string);
            (format!("{from} → {to} not reached in {}: {why}", age::lasted(*took)), Role::Bad)
        }
        Fact::FlagRehearsed { took, evidence, .. } => (format!("{evidence}, in {}", age::lasted(*took)), Role::Good),
        Fact::SoakStarted { lasts } => (format!("for {}", age::lasted(*lasts)), Role::Running),
        Fact::SoakChanged { health, detail, .. } => match health {
            Health::Good => (format!("healthy: {detail}"), Role::Good),
            Health::Bad => (format!("not healthy: {detail}"), Role::Bad),
        },
        Fact::SoakWatched { good_for, .. } => (format!("good for {}", age::lasted(*good_for)), Role::Running),
        Fact::SoakGap { from, until, counted, .. } => {
            let counted = if *counted { "counted" } else { "not counted" };
            (format!("nobody watched for {}, {counted}", age::lasted(until.saturating_sub(*from))), Role::Waiting)
        }
        Fact::SoakCut { reason } => (format!("ended early: {reason}"), Role::Accent),
        Fact::SoakEnded { elapsed } => (format!("after {}", age::lasted(*elapsed)), Role::Good),
        Fact::SuiteRan(record) if record.is_good() => (record.counts.words(), Role::Good),
        Fact::SuiteRan(record) => (format!("{}; {}", record.counts.words(), record.complaint()), Role::Bad),
        Fact::Ticked { item } => (item.clone(), Role::Good),
        Fact::Undone { reopens } => (format!("{} steps are open again", reopens.len()), Role::Waiting),
        Fact::Shipped => ("every step has evidence".to_owned(), Role::Good),
    }
}

/// A SHA is cut for the eye; anything else stays.
fn short(brings: &str) -> &str {
    let is_sha = brings.len() == 40 && brings.bytes().all(|b| b.is_ascii_hexdigit());
    if is_sha { brings.get(..7).unwrap_or(brings) } else { brings }
}
