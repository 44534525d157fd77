//! Taking the controls in the ledger, re-reading it, and taking over a changed plan.

use std::sync::Arc;

use super::asks::{fault_reply, refusal_reply};
use super::command::Reply;
use super::journal::JournalFault;
use super::run::{Engine, Unwritten};
use super::state::{Drive, LedgerState, Role, Weight};
use crate::plan::Plan;
use crate::port::watch::{Notice, Target, Watch};
use crate::port::world::World;
use crate::rollout::Draft;
use crate::rollout::event::Fact;
use crate::rollout::replan::replan;

impl<W: World> Engine<W> {
    /// Opening a release that has a ledger begins an epoch at once, so that what the last holder left is in doubt on the screen
    /// too. A release without one is only looked at: the first decision opens it.
    pub(super) async fn resume_controls(&mut self) {
        let sound = matches!(self.ledger, LedgerState::Good { .. });
        if matches!(self.role, Role::Conductor)
            && sound
            && self.rollout.release.is_some()
            && let Err(fault) = self.take_controls().await
        {
            self.say(Weight::Alarm, fault.to_string());
        }
    }

    /// Opens the ledger where there is none and begins an epoch, once.
    pub(super) async fn take_controls(&mut self) -> Result<(), JournalFault> {
        if self.took_controls {
            return Ok(());
        }
        if self.rollout.release.is_none() {
            let title = self.plan.document().release.title.clone();
            let files = vec![(super::PLAN_FILE.to_owned(), self.bytes.clone())];
            self.append(Draft::release(Fact::Opened { title }), files).await?;
        }
        self.append(Draft::release(Fact::ControlsTaken(self.holder.clone())), Vec::new()).await?;
        self.took_controls = true;
        self.probed.clear();
        Ok(())
    }

    /// Whatever is written next begins an epoch: what has ended without its outcome being written is then in doubt, and asked
    /// for.
    pub(super) fn begin_anew(&mut self) {
        self.took_controls = false;
    }

    /// After an append that wrote nothing, tries once more whether the ledger can be written. While something is at work it
    /// isn't taken from it: what is decided, or how it ends, is the next thing to be written.
    pub(super) async fn try_to_write_again(&mut self) {
        if self.unwritten == Unwritten::No || self.work.is_some() || !matches!(self.role, Role::Conductor) {
            return;
        }
        self.begin_anew();
        if let Err(fault) = self.take_controls().await {
            self.say(Weight::Alarm, fault.to_string());
        }
    }

    /// Reads the ledger again from the start: after a doubtful append, and when somebody else wrote.
    pub(super) async fn read_ledger(&mut self) {
        let reader = self.reader.clone();
        match tokio::task::spawn_blocking(move || reader.read_all()).await {
            Ok(account) => {
                self.journal.read_up_to(account.head.clone());
                self.rollout = account.rollout;
                self.recent = account.events.iter().cloned().collect();
                self.events = account.events;
                if let Some(unsound) = account.unsound {
                    self.ledger = LedgerState::Bad { why: unsound.to_string() };
                    self.unwritten = Unwritten::No;
                    self.drive = Drive::Parked;
                }
            }
            Err(panic) => {
                self.unwritten = Unwritten::No;
                self.say(Weight::Alarm, format!("flightdeck has a bug: reading the ledger was cut short ({panic})"));
            }
        }
    }

    /// Begins to hear of what changes on this machine: repositories, release.toml, and the ledger by another hand.
    pub(super) async fn start_watching(&mut self) {
        let mut targets: Vec<_> =
            self.plan.repos().iter().map(|repo| Target::Repo(self.root.join(&repo.path))).collect();
        targets.extend(self.plan_path.clone().map(Target::File));
        targets.extend(self.place.as_ref().map(|place| Target::File(place.ledger_ref(self.plan.id()))));
        match tokio::task::spawn_blocking(move || Watch::new(targets)).await {
            Ok(Ok(watch)) => {
                self.watch = Some(watch);
                self.looks.all_heard();
            }
            Ok(Err(fault)) => {
                self.watch = None;
                for repo in self.plan.repos() {
                    self.looks.unheard(&repo.name);
                }
                self.say(
                    Weight::Warning,
                    format!("{fault}: repositories are looked at every 20 s, release.toml when it is opened"),
                );
            }
            Err(panic) => self.say(Weight::Alarm, format!("flightdeck has a bug: watching was cut short ({panic})")),
        }
    }

    /// Something changed on this machine.
    pub(super) async fn notice_changes(&mut self, notices: Vec<Notice>) {
        let repos = self.plan.repos().len();
        for notice in notices {
            match notice {
                Notice::Changed(index) if index < repos => {
                    if let Some(repo) = self.plan.repos().get(index).map(|repo| repo.name.clone()) {
                        self.looks.local(&repo);
                    }
                }
                Notice::Changed(index) if index == repos && self.plan_path.is_some() => self.plan_file_changed().await,
                // what we wrote ourselves is known
                Notice::Changed(_) if matches!(self.role, Role::Conductor) => {}
                Notice::Changed(_) => self.read_ledger().await,
                Notice::Blind(index, why) => {
                    let said = if let Some(repo) = self.plan.repos().get(index).map(|repo| repo.name.clone()) {
                        self.looks.unheard(&repo);
                        format!("changes of {repo} can't be heard ({why}): it is looked at every 20 s")
                    } else if index == repos {
                        format!("changes of release.toml can't be heard ({why}): open it again once you saved it")
                    } else {
                        format!(
                            "what others write into the ledger can't be heard ({why}): open the release again to see it"
                        )
                    };
                    self.say(Weight::Warning, said);
                }
            }
        }
    }

    /// release.toml was saved: a good one comes into force once it is trusted, a bad one is a message and nothing more.
    async fn plan_file_changed(&mut self) {
        let Some(path) = self.plan_path.clone() else { return };
        let read = tokio::task::spawn_blocking(move || super::open::read_plan(&path)).await;
        match read {
            Ok(Ok((plan, bytes))) => {
                self.complaint = None;
                if plan.digest() != self.plan.digest() {
                    self.change_plan(plan, bytes).await;
                }
            }
            Ok(Err(complaint)) => self.complaint = Some(complaint.to_string()),
            Err(panic) => self.complaint = Some(format!("release.toml couldn't be read: {panic}")),
        }
    }

    fn is_amid_an_action(&self) -> bool {
        self.work.is_some() || self.rollout.open().next().is_some()
    }

    /// What was saved while an action ran is taken up before anything else starts.
    pub(super) async fn take_up_saved_plan(&mut self) {
        if self.plan_waits && !self.is_amid_an_action() {
            self.plan_waits = false;
            self.plan_file_changed().await;
        }
    }

    async fn change_plan(&mut self, plan: Arc<Plan>, bytes: Vec<u8>) {
        if plan.id() != self.plan.id() {
            self.complaint = Some(format!("release.toml is about another release ({}): open it afresh", plan.id()));
            return;
        }
        if self.is_amid_an_action() {
            self.plan_waits = true;
            self.complaint = Some("release.toml has changed: the running action ends under the plan in force, then nothing starts until the change is trusted".to_owned());
            return;
        }
        self.plan_in_force.get_or_insert_with(|| Arc::clone(&self.plan));
        self.plan = plan;
        self.bytes = bytes;
        self.drive = Drive::Parked;
        self.trusted = self.reads_trust();
        self.looks.all(&self.plan);
        self.start_watching().await;
        self.say(
            Weight::Warning,
            "release.toml has changed: look at what changed and trust it before it can be shipped",
        );
    }

    /// Records the plan on disk as the one in force. What is done or running can't be changed.
    pub(super) async fn take_over_plan(&mut self) -> Result<(), Reply> {
        let before = self.plan_in_force.clone().or_else(|| super::open::plan_in_ledger(&self.reader));
        let Some(before) = before else {
            let why =
                "the plan that the ledger knows can't be read, so nobody can say what changed: put release.toml back";
            return Err(Reply::Refused { why: why.to_owned(), exit: 8 });
        };
        let changes = crate::config::diff::difference(before.document(), self.plan.document()).lines;
        let draft = replan(&before, &self.plan, &self.rollout, changes).map_err(|refusal| refusal_reply(&refusal))?;
        self.take_controls().await.map_err(|fault| fault_reply(&fault))?;
        let files = vec![(super::PLAN_FILE.to_owned(), self.bytes.clone())];
        self.append(draft, files).await.map_err(|fault| fault_reply(&fault))?;
        self.plan_in_force = None;
        Ok(())
    }
}
