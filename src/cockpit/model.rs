//! What is looked at: pages, selections, popups. It holds nothing that the engine knows, so losing it loses nothing.

use std::fmt;

use ratatui::layout::Rect;

use super::canvas::Mouse;
use super::popup::dialog::Dialog;
use super::popup::palette::Palette;
use super::role::Role;
use super::widget::editor::Editor;
use super::widget::pager::Pager;
use super::widget::scroll::Scroll;
use crate::plan::StepId;
use crate::rollout::Millis;
use crate::shown::Shown;

/// The whole view state.
#[derive(Debug, Clone)]
pub struct Model {
    /// What fills the screen.
    pub page: Page,
    /// Which pane of the main screen has the keys.
    pub focus: Pane,
    /// The grid's rows.
    pub repos: Scroll,
    /// The plan's steps.
    pub plan: Scroll,
    /// Whether the plan's selection goes along with the release.
    pub track: Track,
    /// How far the detail pane is scrolled.
    pub detail: Pager,
    /// How far the page is scrolled.
    pub pager: Pager,
    /// The checklist's lines.
    pub checklist: Scroll,
    /// The line of the checklist that was marked and awaits its second key.
    pub marked: Option<usize>,
    /// Only rows that contain this are shown.
    pub filter: String,
    /// What lies over the page.
    pub popup: Option<Popup>,
    /// The last thing said, until the next key or until it was long enough on the screen.
    pub toast: Option<Toast>,
    /// When the last message was taken in.
    pub now: Millis,
    /// The last notice that was said.
    pub noticed: Millis,
    /// The screen.
    pub area: Rect,
    /// Whether the mouse is listened to.
    pub mouse: Mouse,
    /// Which of the themes is used.
    pub theme: usize,
}

/// What fills the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Page {
    /// The grid, the plan, and what happens on approval.
    Main,
    /// All about a step.
    Step(StepId),
    /// All about a repository, by its place in the grid.
    Repo(usize),
    /// What a step's commands wrote.
    Output(StepId),
    /// A step's gates.
    Gates(StepId),
    /// A step's checklist.
    Checklist(StepId),
    /// A step's suite of tests.
    Suite(StepId),
    /// The ledger.
    Ledger,
    /// What the flag is read as.
    Flag,
    /// What the repositories promised each other.
    Seams,
    /// What is live, owed and unknown.
    Report,
    /// Which intersections tests cover.
    Coverage,
}

/// A pane of the main screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pane {
    /// The grid.
    Repos,
    /// The plan.
    Plan,
    /// What happens on approval.
    Detail,
}

/// Whether the plan's selection follows the next step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Track {
    /// It does, until the owner looks elsewhere.
    Next,
    /// It stays where the owner put it.
    Stay,
}

/// What lies over the page.
#[derive(Debug, Clone)]
pub enum Popup {
    /// Asks before something happens.
    Dialog(Box<Dialog>),
    /// Every key.
    Help(Pager),
    /// Every action by name.
    Palette(Palette),
    /// A line of text for a filter or a search.
    Prompt(Prompt, Editor),
}

/// What a prompt is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prompt {
    /// Which rows are shown.
    Filter,
    /// Where a text stands.
    Search,
}

/// Something said in the last line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toast {
    /// What.
    pub text: Shown,
    /// How grave.
    pub role: Role,
    /// When the keys that it hides come back.
    pub until: Millis,
}

/// How long something said hides the keys: long enough to be read twice.
const SAID: Millis = 10_000;

impl Model {
    /// How it starts: the plan has the keys, and its selection goes along with the release.
    pub fn new(area: Rect, mouse: Mouse) -> Self {
        Self {
            page: Page::Main,
            focus: Pane::Plan,
            repos: Scroll::default(),
            plan: Scroll::default(),
            track: Track::Next,
            detail: Pager::at_start(),
            pager: Pager::default(),
            checklist: Scroll::default(),
            marked: None,
            filter: String::new(),
            popup: None,
            toast: None,
            now: 0,
            noticed: 0,
            area,
            mouse,
            theme: 0,
        }
    }

    /// Says something.
    pub fn say(&mut self, text: impl Into<Shown>, role: Role) {
        self.toast = Some(Toast { text: text.into(), role, until: self.now + SAID });
    }
}

impl Page {
    /// The step that it is about.
    pub fn step(&self) -> Option<&StepId> {
        match self {
            Self::Step(step) | Self::Output(step) | Self::Gates(step) | Self::Checklist(step) | Self::Suite(step) => {
                Some(step)
            }
            Self::Main | Self::Repo(_) | Self::Ledger | Self::Flag | Self::Seams | Self::Report | Self::Coverage => {
                None
            }
        }
    }
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Main => "main",
            Self::Step(_) => "step",
            Self::Repo(_) => "repository",
            Self::Output(_) => "output",
            Self::Gates(_) => "gates",
            Self::Checklist(_) => "checklist",
            Self::Suite(_) => "tests",
            Self::Ledger => "ledger",
            Self::Flag => "flag",
            Self::Seams => "seams",
            Self::Report => "report",
            Self::Coverage => "coverage",
        })
    }
}
