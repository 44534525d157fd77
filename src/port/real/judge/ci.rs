//! `{ ci = ["build"] }`: the forge says that these passed at exactly the commit that ships. What it doesn't say isn't so.

use std::time::Duration;

use super::super::{RealWorld, repo_of};
use crate::plan::Ci;
use crate::plan::ci::List;
use crate::port::forge::{Statuses, page};
use crate::port::http::{Answer, Letter};
use crate::port::world::{GateJob, Judged};

/// How long one page may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// The largest page, in bytes.
const LARGEST: usize = 4 << 20;
/// The most pages of one list.
const MAX_PAGES: u32 = 20;

impl RealWorld {
    pub(super) async fn ci_gate(&self, job: &GateJob, contexts: &[String]) -> Result<Judged, String> {
        let Some((name, sha)) = &job.subject else { return Err("no frozen commit is known to ask about".to_owned()) };
        let repo = repo_of(&job.plan, name)?;
        let ci = repo.ci.as_ref().ok_or_else(|| format!("{name} doesn't say where its statuses are"))?;
        let bearer = ci.token.as_ref().map(|name| self.token(name)).transpose()?;
        let mut statuses = Statuses::default();
        for list in ci.forge.lists() {
            let all = self.list(ci, *list, sha.as_str(), bearer.as_deref(), &mut statuses);
            all.await.map_err(|why| format!("{}: {why}", ci.forge.base()))?;
        }
        let (holds, said) = statuses.judge(contexts);
        Ok(Judged { holds, detail: format!("{} at {}: {said}", ci.forge.word(), sha.short()) })
    }

    /// Reads a list to its end: a half-read one could hide the latest word on a context.
    async fn list(
        &self,
        ci: &Ci,
        list: List,
        sha: &str,
        bearer: Option<&str>,
        statuses: &mut Statuses,
    ) -> Result<(), String> {
        let first = ci.forge.address(list, sha);
        let mut told = 0;
        for number in 1..=MAX_PAGES {
            let address = format!("{first}&page={number}");
            let letter = Letter { address: &address, method: "GET", body: None, bearer, headers: &[] };
            let answer = self.http.send_up_to(&letter, PATIENCE, LARGEST).await.map_err(|fault| fault.to_string())?;
            if answer.status != 200 {
                return Err(refused(&answer, ci.token.as_deref()));
            }
            let page = page(list, sha, &answer.body)?;
            let (total, count) = (page.total, page.statuses.len());
            let fresh = statuses.add(page);
            told += u64::try_from(fresh).unwrap_or(u64::MAX);
            match total {
                Some(total) if told >= total => return Ok(()),
                Some(total) if fresh == 0 => {
                    return Err(format!("it says that there are {total}, and shows {told}: ask again"));
                }
                // a list without a count ends where nothing more comes
                None if count == 0 || fresh == 0 => return Ok(()),
                Some(_) | None => {}
            }
        }
        Err(format!("it has more than {MAX_PAGES} pages of statuses at this commit: that is more than is read"))
    }
}

/// Why a forge doesn't tell, and what to do.
fn refused(answer: &Answer, token: Option<&str>) -> String {
    let later = answer.later.map(|later| format!("it wants to be asked again in {} s", later.as_secs()));
    match (answer.status, token) {
        (401, Some(token)) => format!("it doesn't accept the token of ${token}: renew it"),
        (401, None) => "it wants to know who asks: name a token in `ci`".to_owned(),
        (403 | 429, _) if answer.later.is_some() => {
            format!("too many requests: {}", later.unwrap_or_default())
        }
        (403, Some(token)) => {
            format!("it forbids that: the token of ${token} may not read statuses, or its limit is used up")
        }
        (403, None) => "it forbids that without a token, or the limit of this address is used up".to_owned(),
        (404, _) => "it knows no such repository or commit, or hides it from whoever asks like this".to_owned(),
        (429, _) => "too many requests: ask again later".to_owned(),
        (300..=399, _) => "it points elsewhere, which isn't followed with a token: correct the address".to_owned(),
        (status @ 500..=599, _) => format!("it has a fault of its own ({status}): ask again later"),
        (status, _) => format!("it answers {status}"),
    }
}
