//! What an operation answers: statuses, headers and bodies.

use super::{Comparison, FindingKind, Told, Way};
use crate::seam::openapi::Operation;
use crate::seam::openapi::parts::{Answer, Parts};
use crate::seam::openapi::reference::Doubt;

impl<'a> Comparison<'a> {
    pub(super) fn answers(&mut self, name: &str, was: &Parts<'a>, is: &Parts<'a>, promised: &Operation<'a>) {
        let has_success = was.answers.iter().any(|answer| answer.status.starts_with('2'));
        let had_default = was.answers.iter().any(|answer| answer.status == "default");
        let still_succeeds = is.answers.iter().any(|answer| answer.status.starts_with('2'));
        for answer in &was.answers {
            let is_success = answer.status.starts_with('2') || !has_success;
            let found = matching(&is.answers, &answer.status);
            let by_default = answer.status.starts_with('2') && found.is_some_and(|other| other.status == "default");
            // a default beside other successes, or one that was there before, is what errors are answered with
            match found.filter(|_| !(by_default && (had_default || still_succeeds))) {
                Some(other) => {
                    if by_default {
                        let what = format!("it isn't said whether {name} still answers {}", answer.status);
                        let mend = "list the status that was promised";
                        self.doubt(Some(&answer.place), Some(&other.place), what, mend);
                    }
                    self.answer(name, answer, other, &is.doubts);
                }
                // an error that doesn't come any more harms nobody
                None if !is_success || !is.doubts.is_empty() => {}
                None => {
                    let others: Vec<_> =
                        is.answers.iter().filter(|a| a.status.starts_with('2')).map(|a| a.status.as_str()).collect();
                    let status = &answer.status;
                    let what = match others.as_slice() {
                        [] => format!("{name} doesn't answer {status} any more"),
                        others => format!("{name} answers {} where it answered {status}", others.join(", ")),
                    };
                    let told = Told {
                        kind: FindingKind::AnswerRemoved,
                        what,
                        mend: "answer with the status that was promised",
                    };
                    self.tell(Some(answer.place.spot()), Some(promised.place.spot()), told);
                }
            }
        }
    }

    fn answer(&mut self, name: &str, was: &Answer<'a>, is: &Answer<'a>, unsure: &[Doubt<'a>]) {
        let of = format!("the {} answer of {name}", was.status);
        self.media((&was.media, &is.media), (&is.place, unsure), Way::Answered, &of);
        for (header, place) in &was.headers {
            let Some(other) = is.headers.get(header) else {
                if !unsure.is_empty() {
                    continue;
                }
                let what = format!("{of} has no header {header} any more");
                let told =
                    Told { kind: FindingKind::AnswerRemoved, what, mend: "send the header until nobody reads it" };
                self.tell(Some(place.spot()), Some(is.place.spot()), told);
                continue;
            };
            let resolved = (self.relied.resolve(place.clone()), self.promised.resolve(other.clone()));
            match resolved {
                (Ok(was), Ok(is)) => {
                    if was.says("required") && !is.says("required") {
                        let told = Told {
                            kind: FindingKind::FieldOptional,
                            what: format!("the header {header} of {of} may be missing, and was always there"),
                            mend: "say that it is required again",
                        };
                        self.tell(Some(was.spot()), Some(is.spot()), told);
                    }
                    let schema = |place: &crate::seam::openapi::Place<'a>| {
                        vec![place.child("schema").unwrap_or_else(|| place.clone())]
                    };
                    self.compare(&schema(&was), &schema(&is), Way::Answered, &format!("the header {header} of {name}"));
                }
                (was, is) => {
                    let doubts = |side: Result<_, _>| side.err().into_iter().collect::<Vec<_>>();
                    self.doubts(&doubts(was), &doubts(is), &format!("the header {header} of {name}"));
                }
            }
        }
    }
}

/// The answer for a status: that status, its range, or the default one.
pub(in crate::seam::openapi) fn matching<'p, 'a>(answers: &'p [Answer<'a>], status: &str) -> Option<&'p Answer<'a>> {
    let range = format!("{}xx", status.get(..1).unwrap_or_default());
    let find = |wanted: &str| answers.iter().find(|answer| answer.status == wanted);
    find(status).or_else(|| find(&range)).or_else(|| find("default"))
}
