//! Pages that fill the screen: a title and lines that are paged, followed and searched in one way.

pub mod checklist;
pub mod coverage;
pub mod flag;
pub mod gates;
pub mod ledger;
pub mod order;
pub mod output;
pub mod repo;
pub mod report;
pub mod seams;
pub mod skew;
pub mod step;
pub mod suite;

use ratatui::layout::Rect;

use super::canvas::{Canvas, Piece};
use super::glyph::Glyph;
use super::model::Page;
use super::role::Role;
use super::view::View;
use super::widget::pager::Follow;
use super::widget::text::{Row, lay_out};
use crate::rollout::status::StepStatus;
use crate::shown::Shown;

/// The lines of a page. Those of an output are fetched as they come into view: there can be a million.
pub enum Lines<'a> {
    /// All of them.
    All(Vec<Vec<Piece>>),
    /// An output's, by number.
    Output(&'a crate::engine::Output),
    /// None, and why.
    None(Shown),
}

impl Lines<'_> {
    /// How many there are.
    pub fn count(&self) -> usize {
        match self {
            Self::All(lines) => lines.len(),
            Self::Output(output) => output::count(output),
            Self::None(_) => 0,
        }
    }

    /// Every line as text, for searching and copying.
    pub fn texts(&self) -> Vec<Shown> {
        match self {
            Self::All(lines) => lines.iter().map(|line| super::widget::pager::flat(line)).collect(),
            Self::Output(output) => output::texts(output),
            Self::None(_) => Vec::new(),
        }
    }
}

/// The place for a page's lines within the place for the page.
pub fn text_area(area: Rect) -> Rect {
    Rect::new(area.x + 2, area.y + 1, area.width.saturating_sub(4), area.height.saturating_sub(2))
}

/// What a page shows, in so many columns.
pub fn lines<'a>(canvas: &mut Canvas<'_>, view: &View<'a>, width: usize) -> Lines<'a> {
    let step = view.model.page.step().and_then(|id| view.step_by_id(id));
    let rows = match (&view.model.page, step) {
        (Page::Output(id), _) => {
            return view.output(id).map_or_else(
                || {
                    Lines::None(Shown::fixed(
                        "nothing was printed in this session; the ledger keeps the last lines of what failed",
                    ))
                },
                Lines::Output,
            );
        }
        (Page::Ledger, _) => return Lines::All(ledger::lines(canvas, view)),
        (Page::Repo(at), _) => repo::rows(canvas, view, *at),
        (Page::Flag, _) => flag::rows(canvas, view),
        (Page::Seams, _) => seams::rows(canvas, view),
        (Page::Report, _) => report::rows(canvas, view),
        (Page::Coverage, _) => coverage::rows(canvas, view, width),
        (Page::Suite(_), Some(step @ StepStatus { suite: Some(told), .. })) => suite::rows(canvas, view, step, told),
        (Page::Gates(_), Some(step)) => gates::rows(canvas, view, step),
        (Page::Step(_), Some(found)) => step::rows(canvas, view, found, step::Depth::Whole),
        (Page::Main | Page::Checklist(_) | Page::Suite(_) | Page::Gates(_) | Page::Step(_), _) => {
            vec![Row::say("the plan has no such step any more", Role::Dim)]
        }
    };
    Lines::All(lay_out(&rows, width))
}

/// Paints a page of lines.
pub fn paint(canvas: &mut Canvas<'_>, area: Rect, view: &View<'_>) {
    if let Page::Checklist(id) = &view.model.page {
        return checklist::paint(canvas, area, view, id);
    }
    let inner = text_area(area);
    let lines = lines(canvas, view, usize::from(inner.width));
    let count = lines.count();
    let pager = &view.model.pager;
    let first = pager.first(count, usize::from(inner.height));
    canvas.frame(area, &title(canvas, view), Role::Focus);
    match &lines {
        Lines::All(all) => pager.paint(canvas, inner, count, |at| all.get(at).cloned()),
        Lines::Output(output) => output::paint(canvas, inner, pager, output),
        Lines::None(why) => {
            canvas.put(inner, 0, 0, why, Role::Dim);
        }
    }
    let last = (first + usize::from(inner.height)).min(count);
    let following = matches!((&view.model.page, pager.follow), (Page::Output(_) | Page::Ledger, Follow::End));
    let mut pieces = Vec::new();
    if !pager.needle.is_empty() {
        pieces.push((Shown::line(&format!(" find {:?} ", pager.needle)), Role::Match));
    }
    if following {
        pieces.push((Shown::from(format!(" {} following ", canvas.glyph(Glyph::Down))), Role::Running));
    }
    pieces.push((Shown::from(format!(" {}–{last} of {count} ", (first + 1).min(last))), Role::Dim));
    if area.height > 1 {
        let edge = Rect::new(area.x + 1, area.bottom() - 1, area.width.saturating_sub(3), 1);
        canvas.line_right(edge, 0, &pieces);
    }
}

fn title(canvas: &Canvas<'_>, view: &View<'_>) -> Vec<Piece> {
    let step = view.model.page.step().and_then(|id| view.step_by_id(id));
    let dot = canvas.glyph(Glyph::Dot);
    let about = step.map(|step| format!("{} {dot} {}", step.number, step.title)).unwrap_or_default();
    let of = |what: &str| if about.is_empty() { what.to_owned() } else { format!("{what} {dot} {about}") };
    let text = match &view.model.page {
        Page::Main => String::new(),
        Page::Step(_) => about.clone(),
        Page::Repo(at) => view.state.status.repos.get(*at).map(|repo| repo.name.clone()).unwrap_or_default(),
        Page::Output(_) => of("Output"),
        Page::Gates(_) => of("Gates"),
        Page::Checklist(_) => of("Checklist"),
        Page::Suite(_) => of("Tests"),
        Page::Ledger => "Ledger".to_owned(),
        Page::Flag => "Flag".to_owned(),
        Page::Seams => "Seams".to_owned(),
        Page::Report => "Report".to_owned(),
        Page::Coverage => "Coverage".to_owned(),
    };
    let room = usize::from(canvas.area().width).saturating_sub(10);
    vec![(Shown::line(&text).cut(room), Role::Title)]
}
