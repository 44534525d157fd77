//! What is npm's alone: scopes, private packages, and a number that is used up.

use flightdeck::plan::RegistryKind;
use flightdeck::port::registry::{Complaint, Index, Said, protocol};

use super::contract::{Story, holds};
use crate::common::proxy::{Fault, Meets};
use crate::common::registry::npm::Npm;
use crate::common::registry::{Registry as _, Withdrawal, started};

#[tokio::test(flavor = "multi_thread")]
async fn npm_holds_the_contract() {
    holds::<Npm>().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_package_is_asked_with_the_users_own_token() {
    if started::<Npm>().is_none() {
        return;
    }
    let story = Story::of(Npm::with("@private/tiny").unwrap());
    assert!(matches!(story.said("1.0.0").await, Said::Absent { .. }), "{:?}", story.said("1.0.0").await);
    let file = story.registry.build("1.0.0", "first").remove(0);
    assert_eq!(story.publish(&file).0, 0);
    let version = story.there("1.0.0").await;
    assert!(version.files[0].digests.contains(&Npm::digest(&std::fs::read(&file).unwrap())));
    // a registry that hides from strangers what it has
    story.proxy.fault(Meets::some("GET", "/1.0.0", u32::MAX), Fault::Answer { status: 404, headers: "", body: "{}" });
    assert!(matches!(story.said("1.0.0").await, Said::There(_)));
    story.proxy.mend();
    std::fs::remove_file(story.client.home().join(".npmrc")).unwrap();
    let said = story.said("1.0.0").await;
    assert!(matches!(&said, Said::Unknown { why } if why.contains("npm login")), "{said:?}");
    let whoami = protocol(RegistryKind::Npm).unwrap().credentials(&story.index).unwrap();
    assert_ne!(story.client.run(&whoami).exit, 0);
    story.registry.log_in(&story.proxy.url());
    let said = story.client.run(&whoami);
    assert_eq!((said.exit, said.printed().trim()), (0, "owner"));
}

#[tokio::test(flavor = "multi_thread")]
async fn both_sources_have_to_have_it() {
    let Some(registry) = started::<Npm>() else { return };
    let story = Story::of(registry);
    for version in ["1.0.0", "1.1.0"] {
        assert_eq!(story.publish(&story.registry.build(version, "first")[0]).0, 0);
    }
    let gone = || Fault::Answer { status: 404, headers: "", body: "{}" };
    story.proxy.fault(Meets::some("GET", "/1.1.0", u32::MAX), gone());
    let said = story.said("1.1.0").await;
    assert!(matches!(&said, Said::Absent { detail } if detail.contains("exact-version")), "{said:?}");
    story.proxy.mend();
    let stale = || Fault::Rewritten { from: "\"1.1.0\": {".to_owned(), to: "\"1.0.9\": {".to_owned() };
    story.proxy.fault(Meets::all(), stale());
    let said = story.said("1.1.0").await;
    assert!(matches!(&said, Said::Absent { detail } if detail.contains("not yet in the packument")), "{said:?}");
    story.proxy.mend();
    // as a registry tells that a version was taken back: its time is left
    story.proxy.fault(Meets::some("GET", "/1.1.0", u32::MAX), gone());
    story.proxy.fault(Meets::all(), stale());
    let said = story.there("1.1.0").await;
    assert!(said.withdrawn.is_some_and(|why| why.contains("unpublished")));
    story.proxy.mend();
    // a registry that answers for no single version
    for version in ["/1.0.0", "/1.1.0"] {
        story.proxy.fault(Meets::some("GET", version, u32::MAX), Fault::Answer { status: 405, headers: "", body: "" });
    }
    assert!(matches!(story.said("1.1.0").await, Said::There(_)));
    assert_eq!(story.registry.withdraw("1.1.0"), Withdrawal::Done);
    assert_eq!(story.there("1.1.0").await.withdrawn.as_deref(), Some("deprecated: it eats data"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_npm_hides_is_said() {
    let Some(registry) = started::<Npm>() else { return };
    let story = Story::of(registry);
    let file = story.registry.build("1.0.0", "first").remove(0);
    story.proxy.fault(
        Meets::some("PUT", "", 9),
        Fault::Answer { status: 404, headers: "", body: "{\"error\":\"Not found\"}" },
    );
    let (exit, output, complaint) = story.publish(&file);
    assert_ne!(exit, 0);
    assert!(matches!(&complaint, Some(Complaint::Means(words)) if words.contains("behind 404")), "{output}");
    story.proxy.mend();
    for (status, words) in [(401, "accept npm's token"), (403, "may not publish")] {
        story.proxy.fault(Meets::some("PUT", "", 9), Fault::Answer { status, headers: "", body: "{}" });
        let (_, output, complaint) = story.publish(&file);
        story.proxy.mend();
        assert!(matches!(&complaint, Some(Complaint::Means(said)) if said.contains(words)), "{status}: {output}");
    }
    std::fs::remove_file(story.client.home().join(".npmrc")).unwrap();
    let argv = story.registry.publisher(&story.proxy.url(), &file);
    std::fs::remove_file(story.client.home().join(".npmrc")).unwrap();
    let said = story.client.run(&argv);
    let complaint = protocol(RegistryKind::Npm).unwrap().complaint(&said.printed());
    assert!(matches!(&complaint, Some(Complaint::Means(words)) if words.contains("logged in")), "{}", said.all());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unscoped_package_is_read_from_the_registry_of_all() {
    if started::<Npm>().is_none() {
        return;
    }
    let story = Story::of(Npm::with("tiny").unwrap());
    let located = protocol(RegistryKind::Npm).unwrap().locate(&story.client, "tiny").await;
    assert_eq!(located, Ok(story.index.clone()));
    // npm's own built-in default, whatever it is
    std::fs::remove_file(story.client.home().join("../project/.npmrc")).unwrap();
    let located = protocol(RegistryKind::Npm).unwrap().locate(&story.client, "tiny").await.unwrap();
    assert!(matches!(located, Index::At(address) if address.starts_with("https://")));
}
