//! The clients that ask, each built when it is first needed and kept. Reading the system's certificates takes longer than all
//! else of a start, so whoever asks only this machine's own services in plain http never reads them.

use std::sync::{Arc, OnceLock};

use reqwest::redirect::Policy;
use reqwest::{Client, Url};

use super::{HttpFault, follow, is_near, why};

/// What becomes of a redirect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Redirects {
    /// It is followed, to the same host alone.
    Followed,
    /// It is an answer like any other, and nothing is sent a second time.
    Answered,
}

/// Where a client connects to, and so what it needs for that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// Anywhere, through the user's proxy, with the system's certificates.
    Far,
    /// This machine, where a proxy has no business.
    Near,
    /// This machine in plain http: it trusts no certificate at all.
    Plain,
}

impl Reach {
    fn of(url: &Url, redirects: Redirects) -> Self {
        // without a port an upgrade to https may be followed
        let stays_plain = redirects == Redirects::Answered || url.port().is_some();
        match is_near(url) {
            false => Self::Far,
            true if url.scheme() == "http" && stays_plain => Self::Plain,
            true => Self::Near,
        }
    }
}

/// All of them; clones share what was built.
#[derive(Debug, Clone, Default)]
pub(super) struct Clients(Arc<[OnceLock<Result<Client, HttpFault>>; 6]>);

impl Clients {
    /// The client for an address; fails where the system's certificates are needed and can't be read.
    pub(super) fn client(&self, url: &Url, redirects: Redirects) -> Result<&Client, HttpFault> {
        let reach = Reach::of(url, redirects);
        let [far, near, plain, far_once, near_once, plain_once] = &*self.0;
        let place = match (redirects, reach) {
            (Redirects::Followed, Reach::Far) => far,
            (Redirects::Followed, Reach::Near) => near,
            (Redirects::Followed, Reach::Plain) => plain,
            (Redirects::Answered, Reach::Far) => far_once,
            (Redirects::Answered, Reach::Near) => near_once,
            (Redirects::Answered, Reach::Plain) => plain_once,
        };
        place.get_or_init(|| build(redirects, reach)).as_ref().map_err(Clone::clone)
    }
}

fn build(redirects: Redirects, reach: Reach) -> Result<Client, HttpFault> {
    super::install_tls();
    let builder = Client::builder()
        .user_agent(concat!("flightdeck/", env!("CARGO_PKG_VERSION")))
        .referer(false)
        .pool_max_idle_per_host(0);
    let builder = match redirects {
        Redirects::Followed => builder.redirect(Policy::custom(follow)),
        Redirects::Answered => builder.redirect(Policy::none()).retry(reqwest::retry::never()),
    };
    let builder = match reach {
        Reach::Far => builder,
        Reach::Near => builder.no_proxy(),
        Reach::Plain => builder.no_proxy().tls_certs_only([]),
    };
    builder.build().map_err(|error| HttpFault::Tls(why(&error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_may_meet_tls_reads_the_systems_certificates() {
        let reach = |address: &str, redirects| Reach::of(&Url::parse(address).unwrap(), redirects);
        for redirects in [Redirects::Followed, Redirects::Answered] {
            assert_eq!(reach("http://127.0.0.1:8016/up", redirects), Reach::Plain);
            assert_eq!(reach("https://127.0.0.1:8016/up", redirects), Reach::Near);
            assert_eq!(reach("http://app.example.com:8016/up", redirects), Reach::Far, "a proxy may speak TLS");
        }
        // without a port the same host may be asked again in https
        assert_eq!(reach("http://localhost/up", Redirects::Followed), Reach::Near);
        assert_eq!(reach("http://localhost/up", Redirects::Answered), Reach::Plain);
    }

    #[test]
    fn a_client_is_built_once_and_shared() {
        let clients = Clients::default();
        let url = Url::parse("http://127.0.0.1:1/").unwrap();
        let built = |clients: &Clients| clients.0.iter().filter(|place| place.get().is_some()).count();
        assert_eq!(built(&clients), 0);
        clients.client(&url, Redirects::Answered).unwrap();
        clients.clone().client(&url, Redirects::Answered).unwrap();
        assert_eq!(built(&clients), 1);
    }
}
