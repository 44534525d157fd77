//! The seams: whether each holds, and where it doesn't the lines of both sides with what would mend it.

use crate::cockpit::canvas::Canvas;
use crate::cockpit::role::Role;
use crate::cockpit::view::View;
use crate::cockpit::widget::text::Row;
use crate::cockpit::words;
use crate::rollout::seam::{Misfit, Quote, Standing};
use crate::rollout::status::SeamStatus;
use crate::shown::Shown;

/// What is told of the seams; those that don't hold come first.
pub fn rows(canvas: &mut Canvas<'_>, view: &View<'_>) -> Vec<Row> {
    let seams = &view.state.status.seams;
    if seams.is_empty() {
        return vec![Row::say(
            "this plan declares no seams: a [[seam]] table says what two repositories promise each other",
            Role::Dim,
        )];
    }
    let mut sorted: Vec<&SeamStatus> = seams.iter().collect();
    sorted.sort_by_key(|seam| match seam.state {
        crate::rollout::seam::SeamState::Broken => 0,
        crate::rollout::seam::SeamState::Unknown => 1,
        crate::rollout::seam::SeamState::Holds => 2,
    });
    let mut rows = Vec::new();
    for seam in sorted {
        rows.extend(one(canvas, view, seam));
        rows.push(Row::Blank);
    }
    rows
}

fn one(canvas: &mut Canvas<'_>, view: &View<'_>, seam: &SeamStatus) -> Vec<Row> {
    let look = words::seam(seam.state);
    let mut rows = vec![
        Row::Line(vec![
            (Shown::from(format!("{} {}", canvas.glyph(look.glyph), look.word)), look.role),
            (Shown::line(&format!("  {}", seam.id)), Role::Strong),
        ]),
        Row::fact("   promise", Shown::line(&seam.title), Role::Text),
        Row::fact("   rule", Shown::line(seam.rule.word()), Role::Text),
        Row::fact("   read", Shown::line(&read(seam)), Role::Dim),
    ];
    let age = seam.observed_at.map_or(Shown::fixed("not looked at yet"), |at| canvas.age(view.now, at));
    rows.push(Row::fact("   age", age, Role::Dim));
    if seam.misfits.is_empty() {
        rows.push(Row::fact("   seen", Shown::line(&seam.detail), Role::Text));
    }
    for misfit in &seam.misfits {
        rows.extend(told(misfit));
    }
    if seam.more > 0 {
        rows.push(Row::fact("", Shown::from(format!("and {} more", seam.more)), Role::Dim));
    }
    rows
}

/// The commits that were read, in words.
fn read(seam: &SeamStatus) -> String {
    let of = |repo| match seam.at.get(repo) {
        Some(Standing::Frozen(sha)) => format!("{repo} at {}", sha.short()),
        Some(Standing::Head(sha)) => format!("{repo} at {} (not frozen)", sha.short()),
        Some(Standing::Worktree) => format!("{repo} as it lies there"),
        None => format!("{repo}: nothing"),
    };
    seam.repos.iter().map(of).collect::<Vec<_>>().join(", ")
}

fn told(misfit: &Misfit) -> Vec<Row> {
    let mut rows = vec![Row::fact("   misfit", Shown::line(&misfit.what), Role::Bad)];
    for quote in &misfit.quotes {
        rows.push(Row::Fact(
            Shown::from(format!("   {}", quote.side)),
            vec![(Shown::line(&place(quote)), Role::Dim), (Shown::line(&format!("  {}", quote.text)), Role::Accent)],
        ));
    }
    rows.push(Row::fact("   mend", Shown::line(&misfit.mend), Role::Text));
    rows
}

/// Repository, commit, file and line.
fn place(quote: &Quote) -> String {
    let at = quote.sha.as_ref().map_or_else(String::new, |sha| format!("@{}", sha.short()));
    match quote.line {
        0 => format!("{}{at} {}", quote.repo, quote.file),
        line => format!("{}{at} {}:{line}", quote.repo, quote.file),
    }
}
