//! Which intersections of the plan's dimensions a passing test covers: a matrix where pairs are asked for, a list else.

use crate::cockpit::canvas::{Canvas, Piece};
use crate::cockpit::glyph::Glyph;
use crate::cockpit::role::Role;
use crate::cockpit::view::View;
use crate::cockpit::widget::text::Row;
use crate::rollout::status::CoverageStatus;
use crate::shown::Shown;
use crate::suite::coverage::Cell;

/// The columns of a tag at the left of the matrix.
const TAG: usize = 22;
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
    if coverage.strength == 2 && TAG + CELL * coverage.tags.len() <= width {
        rows.push(Row::Blank);
        rows.extend(matrix(canvas, coverage));
    }
    let uncovered: Vec<&Cell> = coverage.cells.iter().filter(|cell| !cell.is_covered()).collect();
    rows.push(Row::Blank);
    rows.push(Row::say("No passing test covers", Role::Title));
    if uncovered.is_empty() {
        rows.push(Row::say("  nothing: every intersection is covered", Role::Good));
    }
    for cell in uncovered {
        let (look, why) = look(cell);
        rows.push(Row::Line(vec![
            (Shown::from(format!(" {} ", canvas.glyph(look.0))), look.1),
            (Shown::line(&cell.name()), Role::Strong),
            (Shown::line(&why), Role::Dim),
        ]));
    }
    rows
}

fn head(coverage: &CoverageStatus) -> Vec<Row> {
    let role = match (coverage.known, coverage.covered == coverage.of) {
        (false, _) => Role::Doubt,
        (true, true) => Role::Good,
        (true, false) => Role::Bad,
    };
    let covered = if coverage.known { format!("{} of {}", coverage.covered, coverage.of) } else { "?".to_owned() };
    let list = |steps: &[crate::plan::StepId]| steps.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let mut rows = vec![
        Row::fact("covered", covered, role),
        Row::fact("together", format!("{} at a time", coverage.strength), Role::Text),
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
fn matrix(canvas: &Canvas<'_>, coverage: &CoverageStatus) -> Vec<Row> {
    let mut rows = vec![Row::say("How many passing tests meet both", Role::Title)];
    let number = |at: usize| (Shown::from(format!("{:>width$}", at + 1, width = CELL)), Role::Dim);
    let mut header: Vec<Piece> = vec![(Shown::EMPTY.pad(TAG), Role::Text)];
    header.extend((0..coverage.tags.len().saturating_sub(1)).map(number));
    rows.push(Row::Line(header));
    for (at, tag) in coverage.tags.iter().enumerate() {
        let mut line = vec![(Shown::line(&format!("{:>3} {tag}", at + 1)).pad(TAG), Role::Accent)];
        for other in coverage.tags.iter().take(at) {
            let cell = coverage.cells.iter().find(
                |cell| matches!(cell.tags.as_slice(), [a, b] if (a, b) == (other, tag) || (a, b) == (tag, other)),
            );
            line.push(match cell {
                None => (Shown::from(format!("{:>CELL$}", canvas.glyph(Glyph::Nothing).as_str())), Role::Dim),
                Some(cell) if cell.is_covered() => (Shown::from(format!("{:>CELL$}", cell.passed)), Role::Good),
                Some(cell) => {
                    let (look, _) = look(cell);
                    (Shown::from(format!("{:>CELL$}", canvas.glyph(look.0).as_str())), look.1)
                }
            });
        }
        rows.push(Row::Line(line));
    }
    rows
}

/// An uncovered intersection: no test at all, or one that didn't pass.
fn look(cell: &Cell) -> ((Glyph, Role), String) {
    match cell.other {
        0 if cell.tags.len() == 2 => ((Glyph::Absent, Role::Doubt), "  no test has both".to_owned()),
        0 => ((Glyph::Absent, Role::Doubt), "  no test has all of them".to_owned()),
        1 => ((Glyph::Bad, Role::Bad), "  its one test didn't pass".to_owned()),
        more => ((Glyph::Bad, Role::Bad), format!("  its {more} tests didn't pass")),
    }
}
