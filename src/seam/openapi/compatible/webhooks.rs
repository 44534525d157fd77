//! What a service sends by itself: whoever waits for it relies on what comes, as with an answer.

use super::{Comparison, FindingKind, Told, Way};
use crate::seam::openapi::Operation;
use crate::seam::openapi::parts::{Parameter, Parts};

impl<'a> Comparison<'a> {
    pub(super) fn webhooks(&mut self) {
        let (relied, doubts) = self.relied.webhooks_and_doubts();
        let (promised, more) = self.promised.webhooks_and_doubts();
        let is_uncertain = self.doubts(&doubts, &more, "a webhook");
        for was in &relied {
            let name = format!("the webhook {}", was.path);
            match promised.iter().find(|is| is.path == was.path && is.method == was.method) {
                Some(is) => {
                    let (a, b) = (Parts::of(&self.relied, was), Parts::of(&self.promised, is));
                    self.doubts(&a.doubts, &b.doubts, &format!("a part of {name}"));
                    self.sent(&name, &a, &b, is);
                    self.bodies(&name, (&a, &was.place), (&b, &is.place), Way::Answered);
                }
                None if is_uncertain => {}
                None => {
                    let told = Told {
                        kind: FindingKind::OperationRemoved,
                        what: format!("{name} is gone"),
                        mend: "send it until nobody waits for it",
                    };
                    self.tell(Some(was.place.spot()), None, told);
                }
            }
        }
    }

    /// What comes beside the body.
    fn sent(&mut self, name: &str, was: &Parts<'a>, is: &Parts<'a>, at: &Operation<'a>) {
        for parameter in &was.parameters {
            let of = format!("the {} parameter `{}` of {name}", parameter.location, parameter.name);
            let Some(other) = is.parameters.iter().find(|other| is_same_input(parameter, other)) else {
                if is.doubts.is_empty() {
                    let (kind, what) = (FindingKind::ParameterRemoved, format!("{of} doesn't come any more"));
                    let told = Told { kind, what, mend: "send it until nobody reads it" };
                    self.tell(Some(parameter.place.spot()), Some(at.place.spot()), told);
                }
                continue;
            };
            let spots = (Some(parameter.place.spot()), Some(other.place.spot()));
            if parameter.is_required && !other.is_required {
                let (kind, what) = (FindingKind::FieldOptional, format!("{of} may be missing, and was always there"));
                let told = Told { kind, what, mend: "say that it is required again" };
                self.tell(spots.0, spots.1, told);
            }
            if parameter.style != other.style {
                let what = format!("{of} was written {}, and is written {}", parameter.style, other.style);
                self.doubt(Some(&parameter.place), Some(&other.place), what, "write it as it was written");
            }
            self.compare(&parameter.schema, &other.schema, Way::Answered, &of);
        }
    }
}

fn is_same_input(one: &Parameter<'_>, other: &Parameter<'_>) -> bool {
    let is_same_name =
        if one.location == "header" { one.name.eq_ignore_ascii_case(other.name) } else { one.name == other.name };
    one.location == other.location && is_same_name
}
