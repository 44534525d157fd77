//! What is cargo's alone: an index that is late, one that wants a token, and cargo asked where only it knows.

use flightdeck::plan::RegistryKind;
use flightdeck::port::registry::{Asked, Complaint, Hash, Index, Resolution, Said, protocol};

use super::contract::{Story, holds};
use crate::common::proxy::{Fault, Meets};
use crate::common::registry::cargo::Cargo;
use crate::common::registry::{Registry as _, started, write};
use crate::common::waiting::within_patience;

#[tokio::test(flavor = "multi_thread")]
async fn cargo_holds_the_contract() {
    holds::<Cargo>().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_index_is_absent_until_it_shows_the_crate() {
    let Some(registry) = started::<Cargo>() else { return };
    let story = Story::of(registry);
    let file = story.registry.build("1.0.0", "first").remove(0);
    let stale = Fault::Answer { status: 404, headers: "", body: "not found" };
    story.proxy.fault(Meets::some("GET", "/index/ti/", u32::MAX).after_an_upload(), stale);
    let publisher = std::thread::scope(|scope| {
        scope.spawn(|| {
            // cargo itself waits for the index; the upload is accepted long before
            assert!(within_patience(|| !story.proxy.accepted().is_empty()), "nothing is uploaded");
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(async {
                let (said, resolution) = (story.said("1.0.0").await, story.resolution("1.0.0").await);
                assert!(matches!(said, Said::Absent { .. }), "{said:?}");
                assert!(matches!(resolution, Resolution::NotYet { .. }), "{resolution:?}");
            });
            story.proxy.mend();
        });
        story.publish(&file)
    });
    assert_eq!(publisher.0, 0, "{}", publisher.1);
    assert!(matches!(story.said("1.0.0").await, Said::There(_)));
    assert!(matches!(story.resolution("1.0.0").await, Resolution::Resolved { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_wants_a_token_is_asked_by_cargo() {
    if started::<Cargo>().is_none() {
        return;
    }
    let registry = Cargo::with(&["--auth-required"]).unwrap();
    let file = registry.build("1.0.0", "first").remove(0);
    let argv: Vec<String> =
        ["cargo", "publish", "--registry", "ours", "--no-verify", "--allow-dirty"].map(str::to_owned).to_vec();
    let (http, client) = (flightdeck::port::http::Http::new(), registry.client());
    let index = Index::At(registry.index(&registry.origin()));
    let (protocol, asked) =
        (protocol(RegistryKind::Cargo).unwrap(), Asked { name: registry.package(), version: "1.0.0" });
    let said = protocol.version(&http, &client, &index, asked).await;
    assert!(matches!(said, Said::Absent { .. }), "{said:?}");
    let published = client.run(&argv);
    assert_eq!(published.exit, 0, "{}", published.printed());
    let Said::There(version) = protocol.version(&http, &client, &index, asked).await else { panic!("it isn't there") };
    assert_eq!(version.files[0].digests, [Cargo::digest(&std::fs::read(file).unwrap())]);
    let resolution = protocol.resolve(&client, &index, asked).await;
    assert!(matches!(resolution, Resolution::Resolved { .. }), "{resolution:?}");
    // the token goes with the name that the project's own configuration has for the index
    let Index::At(address) = &index else { panic!("no address") };
    write(&registry.path("home/.cargo/config.toml"), "[registry]\nglobal-credential-providers = [\"cargo:token\"]\n");
    write(&registry.path("project/.cargo/config.toml"), &format!("[registries.ours]\nindex = \"{address}\"\n"));
    assert!(matches!(protocol.version(&http, &client, &index, asked).await, Said::There(_)));
    write(&registry.path("home/.cargo/credentials.toml"), "");
    let said = protocol.version(&http, &client, &index, asked).await;
    assert!(matches!(&said, Said::Unknown { why } if why.contains("cargo login")), "{said:?}");
    let refused = client.run(&argv);
    let complaint = protocol.complaint(&refused.printed());
    assert!(matches!(&complaint, Some(Complaint::Means(said)) if said.contains("token")), "{}", refused.printed());
}

#[tokio::test(flavor = "multi_thread")]
async fn only_cargo_knows_its_default() {
    let Some(registry) = started::<Cargo>() else { return };
    let story = Story::of(registry);
    let file = story.registry.build("1.0.0", "first").remove(0);
    assert_eq!(story.publish(&file).0, 0);
    let protocol = protocol(RegistryKind::Cargo).unwrap();
    let asked = |version| Asked { name: story.registry.package(), version };
    // a default that is replaced, but of which nobody is told: cargo alone finds it
    let alone = Index::ClientAlone;
    let Said::There(version) = protocol.version(&story.http, &story.client, &alone, asked("1.0.0")).await else {
        panic!("it isn't there")
    };
    let bytes = std::fs::read(&file).unwrap();
    assert!(
        matches!(&version.files[0].digests[..], [Hash::Sha256(_)])
            && version.files[0].digests == [Cargo::digest(&bytes)]
    );
    let said = protocol.version(&story.http, &story.client, &alone, asked("1.0.1")).await;
    assert!(matches!(said, Said::Absent { .. }), "{said:?}");
    story.registry.withdraw("1.0.0");
    let Said::There(version) = protocol.version(&story.http, &story.client, &alone, asked("1.0.0")).await else {
        panic!("it isn't there")
    };
    assert_eq!(version.withdrawn.as_deref(), Some("yanked"));
    story.proxy.fault(Meets::all(), Fault::Down);
    let said = protocol.version(&story.http, &story.client, &alone, asked("1.0.0")).await;
    assert!(matches!(said, Said::Unavailable { .. }), "{said:?}");
    story.proxy.mend();
    story.proxy.fault(Meets::all(), Fault::Answer { status: 429, headers: "retry-after: 7\r\n", body: "later" });
    let said = protocol.version(&story.http, &story.client, &alone, asked("1.0.0")).await;
    assert!(matches!(said, Said::Limited { .. }), "{said:?}");
    story.proxy.mend();
    write(&story.registry.path("home/.cargo/config.toml"), "");
    assert_eq!(protocol.locate(&story.client, "tiny-crate").await, Ok(Index::ClientAlone));
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_crate_goes_is_told_as_cargo_reads_it() {
    let Some(registry) = started::<Cargo>() else { return };
    let protocol = protocol(RegistryKind::Cargo).unwrap();
    let at = |address: &str| Ok(Index::At(address.to_owned()));
    let config = registry.path("home/.cargo/config.toml");
    registry.build("1.0.0", "first");
    // what a file includes counts, for cargo as for us
    let included = std::fs::read_to_string(&config).unwrap();
    write(&registry.path("home/.cargo/more/ours.toml"), &included);
    write(&config, "include = [\"more/ours.toml\", { path = \"none.toml\", optional = true }]\n");
    assert_eq!(protocol.locate(&registry.client(), "tiny-crate").await, at(&registry.index(&registry.origin())));
    write(&config, "include = [\"gone.toml\"]\n");
    assert!(protocol.locate(&registry.client(), "tiny-crate").await.unwrap_err().contains("gone.toml"));
    // the nearest counts
    write(&config, &included);
    write(
        &registry.path("project/.cargo/config.toml"),
        "[registries.near]\nindex = \"sparse+http://127.0.0.1:1/near/\"\n",
    );
    let told = registry.client().with("CARGO_REGISTRY_DEFAULT", "near");
    assert_eq!(protocol.locate(&told, "tiny-crate").await, at("sparse+http://127.0.0.1:1/near/"));
    let lost = registry.client().with("CARGO_REGISTRY_DEFAULT", "far");
    assert!(protocol.locate(&lost, "tiny-crate").await.unwrap_err().contains("[registries.far] index"));
    // a member's manifest names the one registry it may go to
    write(&registry.path("project/Cargo.toml"), "[workspace]\nmembers = [\"tiny\"]\nresolver = \"3\"\n");
    let member = "[package]\nname = \"tiny-crate\"\nversion = \"1.0.0\"\nedition = \"2021\"\npublish = [\"near\"]\n";
    write(&registry.path("project/tiny/Cargo.toml"), member);
    write(&registry.path("project/tiny/src/lib.rs"), "");
    assert_eq!(protocol.locate(&registry.client(), "tiny-crate").await, at("sparse+http://127.0.0.1:1/near/"));
    write(&registry.path("project/.cargo/config.toml"), "[registries\n");
    assert!(protocol.locate(&registry.client(), "tiny-crate").await.unwrap_err().contains("can't be read"));
}
