//! What is RubyGems' alone: hosts with and without an API, late ones, keys, and where a gem goes.

use flightdeck::plan::RegistryKind;
use flightdeck::port::registry::{Complaint, Index, Resolution, Said, protocol};

use super::contract::{Story, holds};
use crate::common::proxy::{Fault, Meets};
use crate::common::registry::rubygems::{Kind, RubyGems, Shows};
use crate::common::registry::{Registry as _, started, write};
use crate::common::tools::on_path;
use crate::common::waiting::PATIENCE;

#[tokio::test(flavor = "multi_thread")]
async fn a_gem_host_holds_the_contract() {
    holds::<RubyGems>().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_static_index_tells_by_the_gems_own_bytes() {
    if started::<RubyGems>().is_none() {
        return;
    }
    let story = Story::of(RubyGems::with(Kind::Static, Shows::AtOnce).unwrap());
    assert!(matches!(story.said("1.0.0").await, Said::Absent { .. }), "{:?}", story.said("1.0.0").await);
    let file = story.registry.build("1.0.0", "first").remove(0);
    assert_eq!(story.publish(&file).0, 0);
    let version = story.there("1.0.0").await;
    assert!(version.files[0].digests.is_empty());
    let url = version.files[0].url.as_deref().unwrap();
    let answer = story.http.get(url, PATIENCE).await.unwrap();
    assert_eq!(answer.body, std::fs::read(&file).unwrap());
    assert!(matches!(story.resolution("1.0.0").await, Resolution::Resolved { .. }));
    assert!(matches!(story.resolution("1.0.1").await, Resolution::NotYet { .. }));
    story.registry.withdraw("1.0.0");
    assert!(matches!(story.said("1.0.0").await, Said::Absent { .. }));
    let nowhere = Index::At(format!("{}/elsewhere", story.proxy.url()));
    let asked = flightdeck::port::registry::Asked { name: story.registry.package(), version: "1.0.0" };
    let said = protocol(RegistryKind::RubyGems).unwrap().version(&story.http, &story.client, &nowhere, asked).await;
    assert!(matches!(&said, Said::Unknown { why } if why.contains("no gem host")), "{said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_host_is_absent_until_it_shows_the_gem() {
    if started::<RubyGems>().is_none() {
        return;
    }
    let story = Story::of(RubyGems::with(Kind::Public, Shows::Late).unwrap());
    let file = story.registry.build("1.0.0", "first").remove(0);
    assert_eq!(story.publish(&file).0, 0);
    assert!(matches!(story.said("1.0.0").await, Said::Absent { .. }));
    let resolution = story.resolution("1.0.0").await;
    assert!(matches!(resolution, Resolution::NotYet { .. }), "{resolution:?}");
    // who uploads the same again is told that all is well
    let (exit, output, complaint) = story.publish(&file);
    assert_eq!((exit, complaint), (0, Some(Complaint::AlreadyThere)), "{output}");
    story.registry.shows_all();
    assert!(matches!(story.said("1.0.0").await, Said::There(_)));
    let resolution = story.resolution("1.0.0").await;
    assert!(matches!(resolution, Resolution::Resolved { .. }), "{resolution:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_gem_is_told_is_understood() {
    let Some(registry) = started::<RubyGems>() else { return };
    let story = Story::of(registry);
    let file = story.registry.build("1.0.0", "first").remove(0);
    let argv = story.registry.publisher(&story.proxy.url(), &file);
    let protocol = protocol(RegistryKind::RubyGems).unwrap();
    let stranger = story.registry.client().with("GEM_HOST_API_KEY", "nobody's").run(&argv);
    assert_ne!(stranger.exit, 0);
    let complaint = protocol.complaint(&stranger.printed());
    assert!(
        matches!(&complaint, Some(Complaint::Means(said)) if said.contains("GEM_HOST_API_KEY")),
        "{}",
        stranger.printed()
    );
    assert_eq!(story.publish(&file).0, 0);
    story.registry.withdraw("1.0.0");
    let (exit, output, complaint) = story.publish(&file);
    assert_ne!(exit, 0);
    assert!(matches!(&complaint, Some(Complaint::Means(said)) if said.starts_with("version yanked: bump")), "{output}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gem_installed_here_is_no_gem_that_resolves() {
    let Some(registry) = started::<RubyGems>() else { return };
    let story = Story::of(registry);
    let file = story.registry.build("1.0.0", "first").remove(0);
    let gems = story.registry.path("home/gems").to_string_lossy().into_owned();
    let install = ["gem", "install", "--local", "--no-document", &file.to_string_lossy()].map(str::to_owned);
    let client = story.registry.client().with("GEM_HOME", &gems);
    let installed = client.run(&install);
    assert_eq!(installed.exit, 0, "{}", installed.printed());
    let asked = flightdeck::port::registry::Asked { name: story.registry.package(), version: "1.0.0" };
    let resolution = protocol(RegistryKind::RubyGems).unwrap().resolve(&client, &story.index, asked).await;
    assert!(matches!(resolution, Resolution::NotYet { .. }), "{resolution:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_gem_goes_is_told_by_the_nearest() {
    let Some(registry) = started::<RubyGems>() else { return };
    let protocol = protocol(RegistryKind::RubyGems).unwrap();
    let at = |address: &str| Ok(Index::At(address.to_owned()));
    registry.configure("http://127.0.0.1:1/gemrc/");
    assert_eq!(protocol.locate(&registry.client(), "tiny-gem").await, at("http://127.0.0.1:1/gemrc/"));
    write(&registry.path("home/.gemrc"), ":sources:\n- http://127.0.0.1:1/\n- http://127.0.0.1:2/\n");
    assert!(protocol.locate(&registry.client(), "tiny-gem").await.unwrap_err().contains("2 sources"));
    write(&registry.path("project/Gemfile"), "source 'http://127.0.0.1:3'\n\ngemspec\n");
    assert_eq!(protocol.locate(&registry.client(), "tiny-gem").await, at("http://127.0.0.1:3"));
    let mirror = "---\nBUNDLE_MIRROR__HTTP://127__0__0__1:3/: \"http://127.0.0.1:4/mirror\"\n";
    write(&registry.path("home/.bundle/config"), mirror);
    assert_eq!(protocol.locate(&registry.client(), "tiny-gem").await, at("http://127.0.0.1:4/mirror"));
    let told = registry.client().with("RUBYGEMS_HOST", "http://127.0.0.1:5");
    assert_eq!(protocol.locate(&told, "tiny-gem").await, at("http://127.0.0.1:5"));
    let gemspec =
        "Gem::Specification.new do |spec|\n  spec.metadata[\"allowed_push_host\"] = \"http://127.0.0.1:6\"\nend\n";
    write(&registry.path("project/tiny-gem.gemspec"), gemspec);
    assert_eq!(protocol.locate(&told, "tiny-gem").await, at("http://127.0.0.1:6"));
}

#[tokio::test(flavor = "multi_thread")]
async fn gem_itself_is_asked_where_bundler_is_not_there() {
    let Some(registry) = started::<RubyGems>() else { return };
    let story = Story::of(registry);
    let file = story.registry.build("1.0.0", "first").remove(0);
    assert_eq!(story.publish(&file).0, 0);
    let programs = story.registry.path("programs");
    std::fs::create_dir(&programs).unwrap();
    for program in ["gem", "ruby"] {
        std::os::unix::fs::symlink(on_path(program).unwrap().join(program), programs.join(program)).unwrap();
    }
    let client = story.registry.client().with("PATH", &programs.to_string_lossy());
    let protocol = protocol(RegistryKind::RubyGems).unwrap();
    let resolved = async |version| {
        let asked = flightdeck::port::registry::Asked { name: story.registry.package(), version };
        protocol.resolve(&client, &story.index, asked).await
    };
    let resolution = resolved("1.0.0").await;
    assert!(
        matches!(&resolution, Resolution::Resolved { evidence } if evidence.starts_with("gem fetches")),
        "{resolution:?}"
    );
    assert!(matches!(resolved("1.0.1").await, Resolution::NotYet { .. }));
    for fault in [Fault::Down, Fault::Answer { status: 502, headers: "", body: "" }] {
        story.proxy.fault(Meets::all(), fault);
        let resolution = resolved("1.0.0").await;
        story.proxy.mend();
        assert!(matches!(resolution, Resolution::Unknown { .. }), "{resolution:?}");
    }
}
