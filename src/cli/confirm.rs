//! Asks the owner before something happens: what exactly, and how far it can be taken back. Without a terminal nobody is
//! asked; the command line must say yes, and for what can't be taken back, to which plan.

use std::io::{BufRead as _, Write as _};

use super::fault::Fault;
use super::settings::Person;
use crate::plan::Digest;
use crate::shown::Shown;

/// What the command line says in advance.
#[derive(Debug, Clone, Default, clap::Args)]
#[group(skip)]
pub(super) struct Consent {
    /// Don't ask: the answer is yes
    #[arg(long)]
    pub(super) yes: bool,
    /// The plan that is meant, as `flightdeck plan` prints it; needed with --yes where something is permanent
    #[arg(long, value_name = "DIGEST")]
    pub(super) plan: Option<String>,
}

/// How far what is confirmed can be taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Weight {
    /// It can, or something can be laid over it.
    Light,
    /// Some of it never can: this word must be typed.
    Permanent {
        /// The word.
        word: String,
    },
}

/// Something to be confirmed; its effect has been shown.
#[derive(Debug)]
pub(super) struct Question<'a> {
    /// The question, without its mark.
    pub(super) ask: &'a str,
    /// How far it can be taken back.
    pub(super) weight: Weight,
    /// The plan in force.
    pub(super) plan: &'a Digest,
}

/// Whether a digest on the command line means this one: at least twelve of its first characters.
pub(super) fn means(given: &str, digest: &Digest) -> bool {
    given.len() >= 12 && digest.as_str().starts_with(given)
}

impl Consent {
    /// Asks, unless the command line has answered.
    pub(super) fn confirm(&self, person: Person, question: &Question<'_>) -> Result<(), Fault> {
        let named = match &self.plan {
            Some(given) if !means(given, question.plan) => {
                return Err(Fault::usage(format!(
                    "--plan {given} isn't the plan in force, which is {}",
                    question.plan.short()
                ))
                .hint("look at it again with `flightdeck plan`"));
            }
            Some(_) => true,
            None => false,
        };
        match (&question.weight, self.yes, person) {
            (Weight::Light, true, _) => Ok(()),
            (Weight::Permanent { .. }, true, _) if named => Ok(()),
            (Weight::Permanent { .. }, true, Person::Away) => {
                Err(Fault::usage("some of this is permanent, so --yes alone isn't enough")
                    .hint(format!("add `--plan {}` to say which plan you mean", question.plan.short())))
            }
            (_, _, Person::Here) => ask(question),
            (Weight::Light, false, Person::Away) => {
                Err(Fault::usage(format!("{}? There is no terminal to ask on", question.ask)).hint("add `--yes`"))
            }
            (Weight::Permanent { .. }, false, Person::Away) => {
                Err(Fault::usage(format!("{}? There is no terminal to ask on", question.ask))
                    .hint(format!("add `--yes --plan {}`", question.plan.short())))
            }
        }
    }
}

fn ask(question: &Question<'_>) -> Result<(), Fault> {
    let expected = match &question.weight {
        Weight::Light => None,
        Weight::Permanent { word } => Some(word.as_str()),
    };
    let wanted = expected.map_or_else(|| "[y/N]".to_owned(), |word| format!("Type {word} to go on:"));
    let answer = prompt(&format!("{}? {wanted} ", question.ask))?;
    let agreed = match expected {
        Some(word) => answer == word,
        None => matches!(answer.as_str(), "y" | "Y" | "yes"),
    };
    if agreed { Ok(()) } else { Err(Fault::new(super::exit::Exit::Owner, "not confirmed: nothing was done")) }
}

/// Asks one line of the terminal. Blocking. A terminal that went away answers nothing, which is no yes.
fn prompt(text: &str) -> Result<String, Fault> {
    let unheard = |error: std::io::Error| Fault::failed("the terminal can't be asked").because(error);
    let put =
        |mut stderr: std::io::StderrLock<'_>| write!(stderr, "{}", Shown::line(text)).and_then(|()| stderr.flush());
    // held no longer than that: whoever is asked is told meanwhile what happens
    put(std::io::stderr().lock()).map_err(unheard)?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer).map_err(unheard)?;
    Ok(answer.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn confirmed(yes: bool, plan: Option<&str>, weight: Weight) -> Result<(), Fault> {
        let digest = Digest::of(b"plan");
        let consent = Consent { yes, plan: plan.map(str::to_owned) };
        consent.confirm(Person::Away, &Question { ask: "Ship it", weight, plan: &digest })
    }

    #[test]
    fn without_a_terminal_the_command_line_must_say_yes_and_for_what_is_permanent_to_which_plan() {
        let digest = Digest::of(b"plan");
        let permanent = || Weight::Permanent { word: "m3".to_owned() };
        assert!(confirmed(true, None, Weight::Light).is_ok());
        assert!(confirmed(false, None, Weight::Light).is_err());
        assert!(confirmed(true, None, permanent()).is_err());
        assert!(confirmed(false, Some(digest.as_str()), permanent()).is_err());
        assert!(confirmed(true, Some(digest.short()), permanent()).is_ok());
        assert!(confirmed(true, Some(digest.as_str()), permanent()).is_ok());
        assert!(confirmed(true, Some(&digest.as_str()[..4]), permanent()).is_err(), "too short to mean anything");
        let stale = confirmed(true, Some(Digest::of(b"other").as_str()), permanent()).unwrap_err();
        assert!(stale.what.contains("isn't the plan in force"), "{stale}");
    }
}
