//! The cells of the grid, each from an observation. What is old or unknown says so.

use crate::cockpit::age::OLD;
use crate::cockpit::canvas::{Canvas, Piece};
use crate::cockpit::glyph::Glyph;
use crate::cockpit::role::Role;
use crate::cockpit::view::View;
use crate::cockpit::words::{self, Look};
use crate::plan::Sha;
use crate::rollout::StepState;
use crate::rollout::observed::Seen;
use crate::rollout::out_of_order::Kind;
use crate::rollout::seam::SeamState;
use crate::rollout::status::{DriftState, RepoStatus, StepRef};
use crate::shown::Shown;

/// How much cells tell. What goes first is what the repository's own page has too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// Everything.
    Whole,
    /// No registry's name.
    Short,
    /// Nor which commit is deployed, only whether it is the one that ships.
    Terse,
}

impl Told {
    pub(super) const ALL: [Self; 3] = [Self::Whole, Self::Short, Self::Terse];
}

/// A repository as a row of the grid.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    /// Where it is seen.
    pub(super) view: &'a View<'a>,
    /// The repository.
    pub(super) repo: &'a RepoStatus,
    /// How much its cells tell.
    pub(super) told: Told,
}

impl Row<'_> {
    fn has_unanswered(&self, kind: impl Fn(Kind) -> bool) -> bool {
        self.view.has_unanswered(self.repo, kind)
    }

    /// How many of its seams stand so.
    fn seams(&self, state: SeamState) -> usize {
        let own = |repos: &[crate::plan::RepoName]| repos.iter().any(|name| name.as_str() == self.repo.name);
        self.view.state.status.seams.iter().filter(|seam| seam.state == state && own(&seam.repos)).count()
    }
}

pub(super) fn plain(text: &str, role: Role) -> Vec<Piece> {
    vec![(Shown::line(text), role)]
}

fn nothing(canvas: &Canvas<'_>) -> Vec<Piece> {
    vec![(canvas.glyph(Glyph::Nothing), Role::Dim)]
}

/// The worst that is known of the row, as one sign: trouble, drift, then where its step stands.
pub(super) fn sign(canvas: &mut Canvas<'_>, row: &Row<'_>) -> Vec<Piece> {
    let current = row.repo.step.as_ref().is_some_and(|step| row.view.attention() == Some(&step.id));
    let (glyph, role) = match (&row.repo.trouble, row.repo.drift.state, &row.repo.step) {
        (Some(_), ..) | (None, DriftState::Drifted, _) => (Glyph::Attention, Role::Bad),
        _ if row.has_unanswered(|_| true) || row.seams(SeamState::Broken) > 0 => (Glyph::Attention, Role::Bad),
        (None, _, Some(step)) => {
            let look = look(row.view, step);
            let waits = matches!(step.state, StepState::Pending) && current;
            if waits { (Glyph::Current, Role::Waiting) } else { (look.glyph, look.role) }
        }
        (None, _, None) => (Glyph::Nothing, Role::Dim),
    };
    vec![(canvas.glyph(glyph), role)]
}

/// Whether the owner must see the row.
pub(super) fn is_troubled(canvas: &mut Canvas<'_>, row: &Row<'_>) -> bool {
    sign(canvas, row).iter().any(|(_, role)| matches!(role, Role::Bad | Role::Danger | Role::Doubt))
}

fn look(view: &View<'_>, step: &StepRef) -> Look {
    view.step_by_id(&step.id).map_or_else(|| words::step(step.state), |found| view.look(found))
}

pub(super) fn name(_: &mut Canvas<'_>, row: &Row<'_>) -> Vec<Piece> {
    plain(&row.repo.name, Role::Strong)
}

pub(super) fn branch(_: &mut Canvas<'_>, row: &Row<'_>) -> Vec<Piece> {
    match (&row.repo.trouble, &row.repo.branch, &row.repo.head) {
        (Some(trouble), ..) => plain(trouble, Role::Bad),
        (None, Some(branch), _) => plain(branch, Role::Text),
        (None, None, Some(_)) => plain("detached", Role::Waiting),
        (None, None, None) => plain("?", Role::Doubt),
    }
}

fn sha(sha: Option<&Sha>, canvas: &Canvas<'_>) -> Vec<Piece> {
    sha.map_or_else(|| nothing(canvas), |sha| plain(sha.short(), Role::Text))
}

pub(super) fn head(canvas: &mut Canvas<'_>, row: &Row<'_>) -> Vec<Piece> {
    sha(row.repo.head.as_ref(), canvas)
}

pub(super) fn qa(canvas: &mut Canvas<'_>, row: &Row<'_>) -> Vec<Piece> {
    match &row.repo.qa_sha {
        Some(sha) => plain(sha.short(), Role::Accent),
        None => nothing(canvas),
    }
}

pub(super) fn main(canvas: &mut Canvas<'_>, row: &Row<'_>) -> Vec<Piece> {
    sha(row.repo.main_sha.as_ref(), canvas)
}

pub(super) fn drift(canvas: &mut Canvas<'_>, row: &Row<'_>) -> Vec<Piece> {
    let look = words::drift(row.repo.drift.state);
    if row.repo.deploy.is_none() && row.has_unanswered(|kind| kind == Kind::Ref) {
        return plain(&format!("{} a ref, not by us", canvas.glyph(Glyph::Attention)), Role::Bad);
    }
    match row.repo.drift.state {
        DriftState::NotFrozen => nothing(canvas),
        // what ships is the frozen commit, or the one on top of it that says what it is
        DriftState::Same if row.repo.drift.local != "=" => plain(&row.repo.drift.local, look.role),
        DriftState::Same => vec![(canvas.glyph(look.glyph), look.role)],
        DriftState::Drifted | DriftState::Unknown => {
            let (local, remote) = (&row.repo.drift.local, &row.repo.drift.remote);
            let text = match (local.as_str(), remote.as_str()) {
                ("=", remote) => format!("origin {remote}"),
                (local, "=") => local.to_owned(),
                (local, remote) if local == remote => format!("{local}, origin too"),
                (local, remote) => format!("{local}, origin {remote}"),
            };
            plain(&text, look.role)
        }
    }
}

pub(super) fn tree(canvas: &mut Canvas<'_>, row: &Row<'_>) -> Vec<Piece> {
    let Some(dirty) = &row.repo.dirty.value else { return unknown(&row.repo.dirty, canvas) };
    if dirty.is_clean() {
        return plain("clean", Role::Dim);
    }
    let counts = [(dirty.modified, "changed"), (dirty.untracked, "new"), (dirty.conflicted, "in conflict")];
    let words: Vec<_> = counts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    plain(&words.join(", "), Role::Waiting)
}

/// What was never asked is nothing yet; what was asked in vain is unknown.
fn unknown<T>(seen: &Seen<T>, canvas: &Canvas<'_>) -> Vec<Piece> {
    if seen.at.is_none() { nothing(canvas) } else { plain("?", Role::Doubt) }
}

/// An old answer tells its age.
fn aged<T>(mut pieces: Vec<Piece>, canvas: &mut Canvas<'_>, view: &View<'_>, seen: &Seen<T>) -> Vec<Piece> {
    if let Some(at) = seen.at.filter(|at| view.now.saturating_sub(*at) > OLD) {
        let age = canvas.age(view.now, at);
        pieces.push((Shown::from(format!(" {age} old")), Role::Waiting));
    }
    pieces
}

pub(super) fn published(canvas: &mut Canvas<'_>, row: &Row<'_>) -> Vec<Piece> {
    // nothing is frozen, so no version is asked for
    let Some(publish) = row.repo.publish.as_ref().filter(|p| p.version.is_some()) else { return nothing(canvas) };
    let mut look = words::package(publish.state.value.as_ref());
    let strange = row.has_unanswered(|kind| kind == Kind::Package);
    if strange {
        (look.glyph, look.role) = (Glyph::Attention, Role::Bad);
    }
    let version = publish.version.as_deref().unwrap_or("?");
    let registry = if row.told == Told::Whole { format!("{} ", publish.registry) } else { String::new() };
    let sign = if look.word == "?" { Shown::EMPTY } else { Shown::from(format!("{} ", canvas.glyph(look.glyph))) };
    let pieces = vec![
        (sign, look.role),
        (Shown::line(&format!("{registry}{version} ")), Role::Text),
        (Shown::fixed(look.word), look.role),
        (Shown::fixed(if strange { " not by us" } else { "" }), look.role),
    ];
    aged(pieces, canvas, row.view, &publish.state)
}

pub(super) fn deployed(canvas: &mut Canvas<'_>, row: &Row<'_>) -> Vec<Piece> {
    let Some(deploy) = &row.repo.deploy else { return nothing(canvas) };
    let look = words::deploy(deploy.state);
    if row.has_unanswered(|kind| matches!(kind, Kind::Ref | Kind::Deployed)) {
        let sha = deploy.sha.value.as_ref().map_or("?", |sha| sha.short());
        let sha = if row.told == Told::Terse { String::new() } else { format!("{sha} ") };
        let text = format!("{} {sha}not by us", canvas.glyph(Glyph::Attention));
        return aged(plain(&text, Role::Bad), canvas, row.view, &deploy.sha);
    }
    let Some(sha) = &deploy.sha.value else { return aged(plain("?", Role::Doubt), canvas, row.view, &deploy.sha) };
    let sha = if row.told == Told::Terse { String::new() } else { format!("{} ", sha.short()) };
    let pieces = vec![(Shown::from(sha), Role::Text), (Shown::fixed(look.word), look.role)];
    aged(pieces, canvas, row.view, &deploy.sha)
}

pub(super) fn step(canvas: &mut Canvas<'_>, row: &Row<'_>) -> Vec<Piece> {
    let Some(step) = &row.repo.step else { return nothing(canvas) };
    let role = if step.state.is_done() { Role::Dim } else { look(row.view, step).role };
    plain(&format!("{} {}", step.number, step.verb), role)
}

/// The worst of its seams, and how many are like that; nothing at all where the plan has none.
pub(super) fn seams(canvas: &mut Canvas<'_>, row: &Row<'_>) -> Vec<Piece> {
    if row.view.state.status.seams.is_empty() {
        return Vec::new();
    }
    let worst = [SeamState::Broken, SeamState::Unknown, SeamState::Holds].into_iter().find(|of| row.seams(*of) > 0);
    let Some(worst) = worst else { return nothing(canvas) };
    let look = words::seam(worst);
    vec![(Shown::from(format!("{} {}", canvas.glyph(look.glyph), row.seams(worst))), look.role)]
}

pub(super) fn seen(canvas: &mut Canvas<'_>, row: &Row<'_>) -> Vec<Piece> {
    let mut part = |at: Option<u64>| match at {
        None => (Shown::fixed("?"), Role::Doubt),
        Some(at) => {
            let role = if row.view.now.saturating_sub(at) > OLD { Role::Waiting } else { Role::Dim };
            (canvas.age(row.view.now, at), role)
        }
    };
    let (local, remote) = (part(row.repo.observed_at), part(row.repo.remote_observed_at));
    if local.0 == remote.0 {
        return vec![local];
    }
    vec![local, (Shown::fixed(" / "), Role::Dim), remote]
}
