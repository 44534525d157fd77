//! What every registry's protocol promises. Each registry says with one line that it is held to it.

use flightdeck::port::http::Http;
use flightdeck::port::registry::{Asked, Client as _, Complaint, Index, Protocol, Resolution, Said, Version, protocol};
use std::path::PathBuf;

use crate::common::proxy::{Fault, Meets, Proxy};
use crate::common::registry::{Registry, TestClient, Withdrawal, started};
use crate::common::waiting::PATIENCE;

/// A registry behind a proxy, and how its protocol is asked.
pub(crate) struct Story<R> {
    pub(crate) registry: R,
    pub(crate) proxy: Proxy,
    pub(crate) index: Index,
    pub(crate) http: Http,
    pub(crate) client: TestClient,
}

impl<R: Registry> Story<R> {
    pub(crate) fn of(registry: R) -> Self {
        let proxy = Proxy::before(registry.address());
        let index = registry.index(&proxy.url());
        registry.configure(&index);
        let client = registry.client();
        Self { registry, proxy, index: Index::At(index), http: Http::new(), client }
    }

    fn protocol() -> &'static dyn Protocol {
        protocol(R::KIND).expect("a protocol")
    }

    pub(crate) async fn said(&self, version: &str) -> Said {
        let asked = Asked { name: self.registry.package(), version };
        Self::protocol().version(&self.http, &self.client, &self.index, asked).await
    }

    pub(crate) async fn there(&self, version: &str) -> Version {
        match self.said(version).await {
            Said::There(version) => version,
            other => panic!("{version} isn't there: {other:?}"),
        }
    }

    pub(crate) async fn resolution(&self, version: &str) -> Resolution {
        let asked = Asked { name: self.registry.package(), version };
        Self::protocol().resolve(&self.client, &self.index, asked).await
    }

    /// Publishes; whoever asks what that meant gets the registry's complaint.
    pub(crate) fn publish(&self, artefact: &std::path::Path) -> (i32, String, Option<Complaint>) {
        let said = self.registry.publish(&self.proxy.url(), artefact);
        let complaint = Self::protocol().complaint(&said.printed());
        (said.exit, said.printed(), complaint)
    }

    async fn under(&self, fault: Fault, version: &str) -> Said {
        self.proxy.fault(Meets::all(), fault);
        let said = self.said(version).await;
        self.proxy.mend();
        said
    }
}

/// Tells the whole story.
pub(crate) async fn holds<R: Registry>() {
    let Some(registry) = started::<R>() else { return };
    let story = Story::of(registry);
    let located = Story::<R>::protocol().locate(&story.client, story.registry.package()).await;
    assert_eq!(located.as_ref(), Ok(&story.index));
    first_version(&story).await;
    a_second_time(&story).await;
    a_lost_reply(&story).await;
    faults(&story).await;
    withdrawn(&story).await;
}

async fn first_version<R: Registry>(story: &Story<R>) {
    assert!(matches!(story.said("1.0.0").await, Said::Absent { .. }), "{:?}", story.said("1.0.0").await);
    let resolution = story.resolution("1.0.0").await;
    assert!(matches!(resolution, Resolution::NotYet { .. }), "{resolution:?}");
    let files = story.registry.build("1.0.0", "first");
    assert_eq!(files.len(), if R::KIND.takes_files() { 2 } else { 1 }, "{files:?}");
    let mut published: Vec<&PathBuf> = Vec::new();
    for file in &files {
        let (exit, output, complaint) = story.publish(file);
        assert_eq!((exit, complaint), (0, None), "{output}");
        published.push(file);
        let version = story.there("1.0.0").await;
        assert_eq!(version.withdrawn, None);
        assert_eq!(version.files.len(), published.len(), "{version:?}");
        for file in &published {
            let digest = R::digest(&std::fs::read(file).unwrap());
            assert!(
                version.files.iter().any(|listed| listed.digests.contains(&digest)),
                "{version:?} lacks {digest:?}"
            );
        }
        // its bytes are where it says
        let bytes = std::fs::read(file).unwrap();
        let listed = version.files.iter().find(|listed| listed.digests.contains(&R::digest(&bytes))).unwrap();
        let url = listed.url.as_deref().expect("an address of its bytes");
        let answer = story.http.get(url, PATIENCE).await.unwrap();
        assert_eq!((answer.status, answer.body == bytes), (200, true), "{url}");
    }
    let resolution = story.resolution("1.0.0").await;
    assert!(matches!(resolution, Resolution::Resolved { .. }), "{resolution:?}");
    assert!(matches!(story.said("1.0.1").await, Said::Absent { .. }));
    assert!(matches!(story.resolution("1.0.1").await, Resolution::NotYet { .. }));
}

/// Other bytes under the same name are refused, and the refusal is understood.
async fn a_second_time<R: Registry>(story: &Story<R>) {
    let accepted = story.proxy.accepted().len();
    let before = story.there("1.0.0").await;
    for file in story.registry.build("1.0.0", "second") {
        let (exit, output, complaint) = story.publish(&file);
        assert_ne!(exit, 0, "{output}");
        assert_eq!(complaint, Some(Complaint::AlreadyThere), "{output}");
    }
    assert_eq!(story.proxy.accepted().len(), accepted);
    assert_eq!(story.there("1.0.0").await, before);
}

/// The upload landed and its answer was lost: whatever the publisher makes of that (gem tries again by itself), the registry
/// tells the truth.
async fn a_lost_reply<R: Registry>(story: &Story<R>) {
    let files = story.registry.build("1.1.0", "third");
    for (index, file) in files.iter().enumerate() {
        for method in ["PUT", "POST"] {
            story.proxy.fault(Meets::some(method, "", 1), Fault::ReplyLost);
        }
        let (_, output, _) = story.publish(file);
        story.proxy.mend();
        let version = story.there("1.1.0").await;
        assert_eq!(version.files.len(), index + 1, "{output}: {version:?}");
    }
}

async fn faults<R: Registry>(story: &Story<R>) {
    let answer = |status, headers, body| Fault::Answer { status, headers, body };
    for version in ["1.0.0", "9.9.9"] {
        let down = story.under(Fault::Down, version).await;
        assert!(matches!(down, Said::Unavailable { .. }), "{down:?}");
        let failing = story.under(answer(500, "", "oops"), version).await;
        assert!(matches!(failing, Said::Unavailable { .. }), "{failing:?}");
        let busy = story.under(answer(429, "retry-after: 7\r\n", "later"), version).await;
        assert!(matches!(busy, Said::Limited { after: Some(after), .. } if after.as_secs() == 7), "{busy:?}");
        for (headers, body) in [
            ("content-type: text/html\r\n", "<html><form action=/login><input name=user></form></html>"),
            ("content-type: application/json\r\n", "{\"ok\": true}"),
            ("content-type: application/json\r\n", "rubbish"),
            ("", ""),
        ] {
            let rubbish = story.under(answer(200, headers, body), version).await;
            assert!(matches!(rubbish, Said::Unknown { .. }), "{body}: {rubbish:?}");
        }
        let private = story.under(answer(401, "www-authenticate: Basic\r\n", ""), version).await;
        assert!(matches!(private, Said::Unknown { .. }), "{private:?}");
        // nothing at all where a registry should be is an index that hasn't caught up, or no registry
        let stale = story.under(answer(404, "", "{}"), version).await;
        assert!(matches!(stale, Said::Absent { .. } | Said::Unknown { .. }), "{stale:?}");
    }
    for fault in [Fault::Down, answer(502, "", "")] {
        story.proxy.fault(Meets::all(), fault);
        let resolution = story.resolution("1.0.0").await;
        story.proxy.mend();
        assert!(matches!(resolution, Resolution::Unknown { .. }), "{resolution:?}");
    }
    for method in ["PUT", "POST"] {
        story.proxy.fault(Meets::some(method, "", u32::MAX), answer(429, "retry-after: 7\r\n", "Too Many Requests"));
    }
    let file = story.registry.build("1.2.0", "fourth").remove(0);
    let (exit, output, complaint) = story.publish(&file);
    story.proxy.mend();
    assert_ne!(exit, 0, "{output}");
    assert!(matches!(complaint, Some(Complaint::Limited { .. })), "{complaint:?}: {output}");
    assert!(matches!(story.said("1.2.0").await, Said::Absent { .. }));
}

async fn withdrawn<R: Registry>(story: &Story<R>) {
    if story.registry.withdraw("1.0.0") == Withdrawal::Done {
        let version = story.there("1.0.0").await;
        assert!(version.withdrawn.is_some(), "{version:?}");
        assert_eq!(story.there("1.1.0").await.withdrawn, None);
    }
    // a question that is put leaves nothing behind
    let left = std::fs::read_dir(story.client.home()).unwrap().flatten();
    let scratch = left.filter(|entry| entry.file_name().to_string_lossy().starts_with("scratch-")).count();
    assert_eq!(scratch, 0);
    assert_eq!(story.client.variable("FLIGHTDECK_NOT_SET"), None);
}
