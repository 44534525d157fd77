//! Which intersections of the plan's dimensions a passing test covers: a matrix where pairs are asked for, a list else.

use crate::cockpit::canvas::{Canvas, Piece};
use crate::cockpit::glyph::Glyph;
use crate::cockpit::role::Role;
use crate::cockpit::view::View;
use crate::cockpit::widget::text::Row;
use crate::rollout::status::CoverageStatus;
use crate::shown::Shown;
use crate::suite::coverage::Cell;

/// The most columns of a tag at the left of the matrix.
const TAG: usize = 34;
/// The columns of a tag's number before it.
const NUMBER: usize = 4;
/// The columns of a cell.
const CELL: usize = 5;

/// What is told of coverage.
pub fn rows(canvas: &mut Canvas<'_>, view: &View<'_>, width: usize) -> Vec<Row> {
    let Some(coverage) = &view.state.status.coverage else {
        return vec![Row::say("this release asks for no coverage: [coverage] in release.toml does", Role::Dim)];
    };
    let mut rows = head(coverage);
    if !coverage.known {
        return rows;
    }
    let tags = coverage.tags.iter().map(|tag| Shown::line(tag).width() + NUMBER).max().unwrap_or(0).min(TAG);
    if coverage.strength == 2 && tags + CELL * coverage.tags.len() <= width {
        rows.push(Row::Blank);
        rows.extend(matrix(canvas, coverage, tags));
    }
    let uncovered: Vec<&Cell> = coverage.cells.iter().filter(|cell| !cell.is_covered()).collect();
    rows.push(Row::Blank);
    rows.push(Row::say(
        if coverage.to_run.is_empty() { "No passing test covers" } else { "Not covered so far" },
        Role::Title,
    ));
    if uncovered.is_empty() {
        rows.push(Row::say("  nothing: every intersection is covered", Role::Good));
    }
    for cell in uncovered {
        let (look, why) = look(coverage, cell);
        rows.push(Row::Item(
            vec![(Shown::from(format!(" {} ", canvas.glyph(look.0))), look.1)],
            vec![(Shown::line(&cell.name()), Role::Strong), (Shown::from(format!("  {why}")), Role::Dim)],
        ));
    }
    rows
}

fn head(coverage: &CoverageStatus) -> Vec<Row> {
    let role = match (coverage.known, coverage.covered == coverage.of) {
        (false, _) => Role::Doubt,
        (true, true) => Role::Good,
        (true, false) if !coverage.to_run.is_empty() => Role::Waiting,
        (true, false) => Role::Bad,
    };
    let so_far = if coverage.to_run.is_empty() { "" } else { " so far" };
    let covered =
        if coverage.known { format!("{} of {}{so_far}", coverage.covered, coverage.of) } else { "?".to_owned() };
    let list = |steps: &[crate::plan::StepId]| steps.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let mut rows = vec![
        Row::fact("covered", covered, role),
        Row::fact(
            "asked",
            format!("each {} of {} tags in one test", coverage.strength, coverage.tags.len()),
            Role::Text,
        ),
        Row::fact(
            "told by",
            if coverage.ran.is_empty() { "nobody yet".to_owned() } else { list(&coverage.ran) },
            Role::Text,
        ),
    ];
    if !coverage.to_run.is_empty() {
        rows.push(Row::fact("still to run", list(&coverage.to_run), Role::Waiting));
    }
    if !coverage.known {
        rows.push(Row::fact("why", Shown::line(&coverage.detail), Role::Strong));
    }
    rows
}

/// The half of the matrix under its diagonal: each pair once.
fn matrix(canvas: &Canvas<'_>, coverage: &CoverageStatus, tags: usize) -> Vec<Row> {
    let mut rows = vec![Row::say("How many passing tests meet both", Role::Title)];
    let number = |at: usize| (Shown::from(format!("{:>width$}", at + 1, width = CELL)), Role::Dim);
    let mut header: Vec<Piece> = vec![(Shown::EMPTY.pad(tags), Role::Text)];
    header.extend((0..coverage.tags.len().saturating_sub(1)).map(number));
    rows.push(Row::Line(header));
    for (at, tag) in coverage.tags.iter().enumerate() {
        let mut line = vec![(Shown::line(&format!("{:>3} {tag}", at + 1)).pad(tags), Role::Accent)];
        for other in coverage.tags.iter().take(at) {
            let cell = coverage.cells.iter().find(
                |cell| matches!(cell.tags.as_slice(), [a, b] if (a, b) == (other, tag) || (a, b) == (tag, other)),
            );
            line.push(match cell {
                None => (Shown::from(format!("{:>CELL$}", canvas.glyph(Glyph::Nothing).as_str())), Role::Dim),
                Some(cell) if cell.is_covered() => (Shown::from(format!("{:>CELL$}", cell.passed)), Role::Good),
                Some(cell) => {
                    let (look, _) = look(coverage, cell);
                    (Shown::from(format!("{:>CELL$}", canvas.glyph(look.0).as_str())), look.1)
                }
            });
        }
        rows.push(Row::Line(line));
    }
    rows
}

/// An uncovered intersection: not told yet, no test at all, or one that didn't pass.
fn look(coverage: &CoverageStatus, cell: &Cell) -> ((Glyph, Role), String) {
    let both = if cell.tags.len() == 2 { "both" } else { "all of them" };
    match cell.other {
        0 if coverage.ran.is_empty() => ((Glyph::Pending, Role::Dim), "not told yet".to_owned()),
        0 if !coverage.to_run.is_empty() => ((Glyph::Pending, Role::Dim), format!("no test so far has {both}")),
        0 => ((Glyph::Absent, Role::Doubt), format!("no test has {both}")),
        1 => ((Glyph::Bad, Role::Bad), "its one test didn't pass".to_owned()),
        more => ((Glyph::Bad, Role::Bad), format!("its {more} tests didn't pass")),
    }
}
