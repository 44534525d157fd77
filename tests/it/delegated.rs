//! Stories in which somebody else brings the effects: a workflow that is started, and people who are waited for. Real
//! repositories and remotes; the others are real processes.

mod allows;
mod dispatch;
mod package;
mod two_phase_publish;
mod undo;
mod waiting;
