//! Everything that a frame is made from, and the questions that panes and keys ask of it.

use super::glyph::Glyph;
use super::role::Role;
use super::words::{self, Look};
use crate::engine::{Output, Role as Part, State};
use crate::plan::StepId;
use crate::rollout::out_of_order::Kind;
use crate::rollout::status::{ItemState, OutOfOrder, RepoStatus, StepStatus};
use crate::rollout::{Millis, Next, StepState};
use crate::shown::Shown;

use super::model::{Model, Page, Pane, Track};

/// A state, and what is looked at in it.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// What the engine knows.
    pub state: &'a State,
    /// What is looked at.
    pub model: &'a Model,
    /// What this machine's clock says.
    pub now: Millis,
    /// Where the owner lives.
    pub zone: &'a jiff::tz::TimeZone,
}

/// A row of the plan pane.
#[derive(Debug, Clone, Copy)]
pub enum PlanRow<'a> {
    /// A stage's name.
    Stage(&'a str),
    /// A step, and its place among the steps that are shown.
    Step(usize, &'a StepStatus),
}

impl<'a> View<'a> {
    /// The steps that the filter lets through.
    pub fn steps(&self) -> Vec<&'a StepStatus> {
        let wanted = |step: &&StepStatus| {
            let repo = step.repo.as_deref().unwrap_or_default();
            self.wants(&[step.id.as_str(), &step.title, &step.stage, step.verb, repo, step.state.word()])
        };
        self.state.status.steps.iter().filter(wanted).collect()
    }

    /// The repositories that the filter lets through, each with its place in the grid.
    pub fn repos(&self) -> Vec<(usize, &'a RepoStatus)> {
        let wanted =
            |(_, repo): &(usize, &RepoStatus)| self.wants(&[&repo.name, repo.branch.as_deref().unwrap_or_default()]);
        self.state.status.repos.iter().enumerate().filter(wanted).collect()
    }

    fn wants(&self, texts: &[&str]) -> bool {
        let needle = self.model.filter.to_lowercase();
        needle.is_empty() || texts.iter().any(|text| text.to_lowercase().contains(&needle))
    }

    /// The rows of the plan pane: steps under their stages.
    pub fn plan_rows(&self) -> Vec<PlanRow<'a>> {
        let mut rows = Vec::new();
        let mut stage = None;
        for (at, step) in self.steps().into_iter().enumerate() {
            if stage != Some(&*step.stage) {
                rows.push(PlanRow::Stage(&step.stage));
                stage = Some(&*step.stage);
            }
            rows.push(PlanRow::Step(at, step));
        }
        rows
    }

    /// The selected step's place among the steps that are shown.
    pub fn selected_step(&self) -> usize {
        let steps = self.steps();
        let next = self.attention();
        let tracked =
            (self.model.track == Track::Next).then(|| steps.iter().position(|step| Some(&step.id) == next)).flatten();
        tracked.unwrap_or(self.model.plan.selected).min(steps.len().saturating_sub(1))
    }

    /// The step that the release is at: what is at work, what needs a decision, or what comes next.
    pub fn attention(&self) -> Option<&'a StepId> {
        let last = || self.state.status.steps.last().map(|step| &step.id);
        match &self.state.next {
            Next::Decide(step)
            | Next::Lift(step)
            | Next::Tick(step)
            | Next::Judge(step)
            | Next::Unmet(step)
            | Next::Approve(step)
            | Next::Busy(step, _)
            | Next::Act { step, .. }
            | Next::Unready(step, _) => Some(step),
            Next::OutOfOrder(item) => {
                let item = self.item(item.as_str());
                item.and_then(|item| item.step.as_ref()).or(self.state.status.next.as_ref()).or_else(last)
            }
            Next::Freeze(_) | Next::Resume | Next::Ship | Next::Nothing => {
                let failed = self.state.status.steps.iter().find(|s| s.state == StepState::Failed);
                failed.map(|step| &step.id).or(self.state.status.next.as_ref()).or_else(last)
            }
        }
    }

    /// Something out of order, by its name.
    pub fn item(&self, id: &str) -> Option<&'a OutOfOrder> {
        self.state.status.out_of_order.iter().find(|item| item.id == id)
    }

    /// Whether something of such a kind about a repository is out of order and not accepted.
    pub fn has_unanswered(&self, repo: &RepoStatus, kind: impl Fn(Kind) -> bool) -> bool {
        let items = self.state.status.out_of_order.iter().filter(|item| item.state != ItemState::Accepted);
        items.filter(|item| item.repo.as_deref() == Some(&*repo.name)).any(|item| item.kind.is_some_and(&kind))
    }

    /// The step that keys are about: the page's, or the selected one.
    pub fn step(&self) -> Option<&'a StepStatus> {
        match self.model.page.step() {
            Some(id) => self.step_by_id(id),
            None => self.steps().get(self.selected_step()).copied(),
        }
    }

    /// A step by its id.
    pub fn step_by_id(&self, id: &StepId) -> Option<&'a StepStatus> {
        self.state.status.steps.iter().find(|step| step.id == *id)
    }

    /// Where a step stands. Between two of its actions, while the next is made ready, it runs on.
    pub fn standing(&self, step: &StepStatus) -> StepState {
        let at_work = self.state.work.as_ref().is_some_and(|work| work.step == step.id);
        match step.state {
            StepState::Approved if at_work && step.partly().is_some() => StepState::Running,
            state => state,
        }
    }

    /// How a step's state is shown. A step that nobody could approve yet doesn't wait for the owner.
    pub fn look(&self, step: &StepStatus) -> Look {
        let waits = step.state == StepState::Waiting;
        if waits && step.unready.is_some() {
            return Look { glyph: Glyph::Pending, word: "not ready", role: Role::Dim };
        }
        if waits && self.state.next == Next::Judge(step.id.clone()) {
            return Look { glyph: Glyph::Pending, word: "waiting for gates", role: Role::Text };
        }
        words::step(self.standing(step))
    }

    /// The repository of a step.
    pub fn repo_of(&self, step: &StepStatus) -> Option<&'a RepoStatus> {
        let name = step.repo.as_deref()?;
        self.state.status.repos.iter().find(|repo| repo.name == name)
    }

    /// The selected repository and its place in the grid.
    pub fn selected_repo(&self) -> Option<(usize, &'a RepoStatus)> {
        self.repos().get(self.model.repos.selected).copied()
    }

    /// What a step's commands wrote in this session.
    pub fn output(&self, step: &StepId) -> Option<&'a Output> {
        let at_work = self.state.work.as_ref().filter(|work| work.step == *step);
        at_work.and_then(|work| work.output.as_ref()).or_else(|| self.state.outputs.get(step))
    }

    /// The output that is on the screen, whose growth must be painted.
    pub fn followed(&self) -> Option<&'a Output> {
        match &self.model.page {
            Page::Output(step) | Page::Step(step) => self.output(step),
            Page::Main => self.step().and_then(|step| self.output(&step.id)),
            Page::Repo(_)
            | Page::Gates(_)
            | Page::Checklist(_)
            | Page::Suite(_)
            | Page::Ledger
            | Page::Flag
            | Page::Seams
            | Page::Report
            | Page::Coverage => None,
        }
    }

    /// Why this cockpit may only look; none where it has the controls.
    pub fn spectator(&self) -> Option<Shown> {
        match &self.state.role {
            Part::Conductor => None,
            Part::Spectator { because } => Some(Shown::line(because)),
        }
    }

    /// Whether a pane has the keys.
    pub fn has_keys(&self, pane: Pane) -> bool {
        self.model.page == Page::Main && self.model.focus == pane
    }
}
