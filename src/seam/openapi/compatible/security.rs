//! Whether those who were let in still are.

use super::{Comparison, FindingKind, Told};
use crate::seam::openapi::parts::{Access, WayIn, is_same_scheme};

impl<'a> Comparison<'a> {
    /// Nobody knows which of the ways in a consumer takes, so each must still lead in.
    pub(super) fn access(&mut self, name: &str, was: &Access<'a>, is: &Access<'a>) {
        if self.doubts(&was.doubts, &is.doubts, &format!("who may call {name}")) {
            return;
        }
        for way in &was.ways {
            let leads_in = is.ways.iter().any(|other| self.is_enough(way, other));
            if !leads_in {
                let (had, wanted) = (worded(way), is.ways.iter().map(worded).collect::<Vec<_>>().join(" or "));
                let what = if had == wanted {
                    format!("{name} is called with {had}, which is another one than before")
                } else {
                    format!("{name} was called with {had}, and asks for {wanted}")
                };
                let told =
                    Told { kind: FindingKind::Access, what, mend: "let those in who were let in, or tell them first" };
                self.tell(Some(was.place.spot()), Some(is.place.spot()), told);
            }
        }
    }

    /// Whether who brings the first is let in by the second.
    fn is_enough(&self, brought: &WayIn<'a>, wanted: &WayIn<'a>) -> bool {
        wanted.iter().all(|(scheme, scopes)| {
            let same = match (self.relied.scheme(scheme), self.promised.scheme(scheme)) {
                (Ok(Some(was)), Ok(Some(is))) => is_same_scheme(&was, &is),
                (Ok(None), Ok(None)) => true,
                (Ok(_) | Err(_), Ok(_) | Err(_)) => false,
            };
            same && brought.get(scheme).is_some_and(|had| scopes.is_subset(had))
        })
    }
}

fn worded(way: &WayIn<'_>) -> String {
    let scheme = |(name, scopes): (&&str, &std::collections::BTreeSet<&str>)| {
        let scopes: Vec<_> = scopes.iter().copied().collect();
        if scopes.is_empty() { (*name).to_owned() } else { format!("{name} ({})", scopes.join(", ")) }
    };
    let schemes: Vec<_> = way.iter().map(scheme).collect();
    if schemes.is_empty() { "nothing".to_owned() } else { schemes.join(" and ") }
}
