//! All that was observed of a repository, each thing with its age.

use crate::cockpit::canvas::{Canvas, Piece};
use crate::cockpit::role::Role;
use crate::cockpit::view::View;
use crate::cockpit::widget::text::Row;
use crate::cockpit::words;
use crate::plan::Sha;
use crate::rollout::observed::{PackageState, Seen};
use crate::rollout::seam::SeamState;
use crate::rollout::status::RepoStatus;
use crate::shown::Shown;

/// What is told of the repository at a place of the grid.
pub fn rows(canvas: &mut Canvas<'_>, view: &View<'_>, at: usize) -> Vec<Row> {
    let Some(repo) = view.state.status.repos.get(at) else {
        return vec![Row::say("the plan has no such repository any more", Role::Dim)];
    };
    let sha = |sha: &Option<Sha>| sha.as_ref().map_or_else(|| "–".to_owned(), ToString::to_string);
    let mut rows = Vec::new();
    if let Some(trouble) = &repo.trouble {
        rows.push(Row::fact("trouble", Shown::line(trouble), Role::Bad));
        rows.push(Row::Blank);
    }
    rows.push(Row::fact("branch", Shown::line(repo.branch.as_deref().unwrap_or("–")), Role::Text));
    rows.push(Row::fact("HEAD", sha(&repo.head), Role::Text));
    rows.push(Row::fact("QA SHA", sha(&repo.qa_sha), Role::Accent));
    rows.push(Row::fact("ship SHA", sha(&repo.ship_sha), Role::Accent));
    rows.push(Row::fact("main", sha(&repo.main_sha), Role::Text));
    let look = words::drift(repo.drift.state);
    rows.push(Row::Fact(
        Shown::fixed("drift"),
        vec![
            (Shown::fixed(look.word), look.role),
            (Shown::line(&format!("  here {}  origin {}", repo.drift.local, repo.drift.remote)), Role::Dim),
        ],
    ));
    rows.push(Row::Fact(Shown::fixed("work tree"), tree(canvas, view, repo)));
    let mut seen = |label, at: Option<u64>| {
        let age = at.map_or(Shown::fixed("never yet"), |at| canvas.ago(view.now, at));
        rows.push(Row::fact(label, age, Role::Dim));
    };
    seen("read", repo.observed_at);
    seen("origin asked", repo.remote_observed_at);
    rows.push(Row::Blank);
    rows.extend(publish(canvas, view, repo));
    rows.extend(deploy(canvas, view, repo));
    rows.extend(refs(canvas, view, repo));
    rows.extend(super::order::rows(canvas, view, |item| item.repo.as_deref() == Some(&*repo.name)));
    for (title, told) in [("Its seams", seams(canvas, view, repo)), ("Its steps", steps(canvas, view, repo))] {
        if told.is_empty() {
            continue;
        }
        if rows.last() != Some(&Row::Blank) {
            rows.push(Row::Blank);
        }
        rows.push(Row::say(title, Role::Title));
        rows.extend(told);
    }
    rows
}

fn steps(canvas: &Canvas<'_>, view: &View<'_>, repo: &RepoStatus) -> Vec<Row> {
    let own = view.state.status.steps.iter().filter(|step| step.repo.as_deref() == Some(&*repo.name));
    let told = own.map(|step| {
        let look = view.look(step);
        Row::Line(vec![
            (Shown::from(format!(" {} ", canvas.glyph(look.glyph))), look.role),
            (Shown::from(format!("{:>2} ", step.number)), Role::Dim),
            (Shown::line(&step.title), Role::Text),
            (Shown::from(format!("  {}", look.word)), look.role),
        ])
    });
    told.collect()
}

/// What it promised others, or relies on; what to see of it stands on the page of the seams.
fn seams(canvas: &Canvas<'_>, view: &View<'_>, repo: &RepoStatus) -> Vec<Row> {
    let own = view.state.status.seams.iter().filter(|seam| seam.repos.iter().any(|name| name.as_str() == repo.name));
    let told = own.map(|seam| {
        let look = words::seam(seam.state);
        let detail = if seam.state == SeamState::Holds { &seam.title } else { &seam.detail };
        Row::Item(
            vec![(Shown::from(format!(" {} ", canvas.glyph(look.glyph))), look.role)],
            vec![
                (Shown::line(&format!("{}  ", seam.id)), Role::Text),
                (Shown::from(format!("{}  ", look.word)), look.role),
                (Shown::line(detail), Role::Dim),
            ],
        )
    });
    told.collect()
}

/// How old an answer is, and why there is none.
fn asked<T>(canvas: &mut Canvas<'_>, view: &View<'_>, seen: &Seen<T>) -> Vec<Piece> {
    let age =
        seen.at.map_or(Shown::fixed("  never asked"), |at| Shown::from(format!("  {}", canvas.ago(view.now, at))));
    let mut pieces = vec![(age, Role::Dim)];
    if let Some(why) = &seen.why {
        pieces.push((Shown::line(&format!("  {why}")), Role::Bad));
    }
    pieces
}

fn tree(canvas: &mut Canvas<'_>, view: &View<'_>, repo: &RepoStatus) -> Vec<Piece> {
    let text = match &repo.dirty.value {
        None => (Shown::fixed("?"), Role::Doubt),
        Some(dirty) if dirty.is_clean() => (Shown::fixed("clean"), Role::Good),
        Some(dirty) => (
            Shown::from(format!(
                "{} changed, {} new, {} in conflict",
                dirty.modified, dirty.untracked, dirty.conflicted
            )),
            Role::Waiting,
        ),
    };
    [vec![text], asked(canvas, view, &repo.dirty)].concat()
}

fn publish(canvas: &mut Canvas<'_>, view: &View<'_>, repo: &RepoStatus) -> Vec<Row> {
    let Some(publish) = &repo.publish else { return Vec::new() };
    let look = words::package(publish.state.value.as_ref());
    let (name, version) = (publish.package.as_deref().unwrap_or("?"), publish.version.as_deref().unwrap_or("?"));
    let state = [vec![(Shown::fixed(look.word), look.role)], asked(canvas, view, &publish.state)].concat();
    let mut rows = vec![
        Row::fact("package", Shown::line(&format!("{name} {version} on {}", publish.registry)), Role::Accent),
        Row::Fact(Shown::fixed("published"), state),
    ];
    let digest = match &publish.state.value {
        Some(PackageState::Live { digest }) => digest.as_ref(),
        Some(PackageState::Conflict { found }) => Some(found),
        Some(
            PackageState::Absent
            | PackageState::Propagating { .. }
            | PackageState::Partial { .. }
            | PackageState::Withdrawn { .. }
            | PackageState::Unavailable { .. },
        )
        | None => None,
    };
    let more = match &publish.state.value {
        Some(PackageState::Withdrawn { why } | PackageState::Unavailable { why }) => Some(Shown::line(why)),
        Some(PackageState::Partial { have, of }) => Some(Shown::from(format!("{have} of {of} files are there"))),
        Some(
            PackageState::Absent
            | PackageState::Propagating { .. }
            | PackageState::Live { .. }
            | PackageState::Conflict { .. },
        )
        | None => None,
    };
    rows.extend(more.map(|more| Row::fact("there", more, Role::Text)));
    rows.extend(digest.map(|digest| Row::fact("digest there", Shown::line(digest), Role::Text)));
    rows.push(Row::Blank);
    rows
}

/// Where the refs are that steps move.
fn refs(canvas: &mut Canvas<'_>, view: &View<'_>, repo: &RepoStatus) -> Vec<Row> {
    let mut rows = Vec::new();
    for moved in &repo.refs {
        let at = match (&moved.sha, &moved.why, moved.observed_at) {
            (Some(sha), _, _) => (Shown::line(sha.as_str()), Role::Accent),
            (None, Some(_), _) | (None, None, None) => (Shown::fixed("?"), Role::Doubt),
            (None, None, Some(_)) => (Shown::fixed("not there"), Role::Text),
        };
        let seen = Seen::<()> { why: moved.why.clone(), at: moved.observed_at, ..Seen::default() };
        rows.push(Row::Fact(Shown::line(&moved.name), [vec![at], asked(canvas, view, &seen)].concat()));
    }
    rows
}

fn deploy(canvas: &mut Canvas<'_>, view: &View<'_>, repo: &RepoStatus) -> Vec<Row> {
    let Some(deploy) = &repo.deploy else { return Vec::new() };
    let look = words::deploy(deploy.state);
    let sha = deploy.sha.value.as_ref().map_or("?", |sha| sha.as_str());
    let state = [
        vec![(Shown::line(sha), Role::Accent), (Shown::from(format!("  {}", look.word)), look.role)],
        asked(canvas, view, &deploy.sha),
    ]
    .concat();
    vec![
        Row::fact("deploys to", Shown::line(&deploy.target), Role::Text),
        Row::Fact(Shown::fixed("deployed"), state),
        Row::Blank,
    ]
}
