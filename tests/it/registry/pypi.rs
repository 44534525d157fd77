//! What is PyPI's alone: JSON and HTML, one file after the other, yanks, and two clients.

use std::fs;

use flightdeck::plan::RegistryKind;
use flightdeck::port::http::Http;
use flightdeck::port::registry::{Asked, Complaint, Index, Resolution, Said, protocol};

use super::contract::{Story, holds};
use crate::common::proxy::{Fault, Meets};
use crate::common::registry::pypi::{Devpi, PyPiServer, Written, sha256};
use crate::common::registry::{Registry as _, started, write};
use crate::common::waiting::PATIENCE;

#[tokio::test(flavor = "multi_thread")]
async fn pypiserver_holds_the_contract() {
    holds::<PyPiServer>().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn devpi_holds_the_contract() {
    holds::<Devpi>().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn uv_is_asked_where_the_project_uses_it() {
    let Some(registry) = started::<PyPiServer>() else { return };
    let story = Story::of(registry);
    let project = story.client.home().join("../project");
    fs::write(project.join("uv.toml"), "").unwrap();
    let resolution = story.resolution("1.0.0").await;
    assert!(matches!(&resolution, Resolution::NotYet { detail } if detail.contains("not found")), "{resolution:?}");
    // source distribution first: found, though it isn't built
    for file in story.registry.build("1.0.0", "first").into_iter().rev() {
        assert_eq!(story.publish(&file).0, 0);
        let resolution = story.resolution("1.0.0").await;
        assert!(
            matches!(&resolution, Resolution::Resolved { evidence } if evidence.starts_with("uv ")),
            "{resolution:?}"
        );
    }
    assert!(matches!(story.resolution("1.0.1").await, Resolution::NotYet { .. }));
    let locate = || async { protocol(RegistryKind::PyPi).unwrap().locate(&story.client, "Tiny.Pkg").await };
    let Index::At(index) = &story.index else { panic!("no address") };
    fs::write(project.join("uv.toml"), format!("index-url = \"{index}\"\n")).unwrap();
    assert_eq!(locate().await, Ok(story.index.clone()));
    let two = format!(
        "[[index]]\nurl = \"{index}\"\ndefault = true\n[[index]]\nurl = \"http://ada:pw@127.0.0.1:1/simple\"\n"
    );
    fs::write(project.join("uv.toml"), two).unwrap();
    let several = locate().await.unwrap_err();
    assert!(several.contains("[registry]") && !several.contains("pw"), "{several}");
    // uv's own built-in default, whatever it is
    fs::write(project.join("uv.toml"), "").unwrap();
    assert!(matches!(locate().await.unwrap(), Index::At(address) if address.starts_with("https://")));
}

#[tokio::test(flavor = "multi_thread")]
async fn pips_configuration_is_asked_by_rank() {
    let Some(registry) = started::<PyPiServer>() else { return };
    let located = |client| async move { protocol(RegistryKind::PyPi).unwrap().locate(&client, "Tiny.Pkg").await };
    let at = |address: &str| Ok(Index::At(address.to_owned()));
    let builtin = located(registry.client()).await.unwrap();
    assert!(matches!(builtin, Index::At(address) if address.starts_with("https://")));
    registry.configure("http://127.0.0.1:1/global/simple");
    assert_eq!(located(registry.client()).await, at("http://127.0.0.1:1/global/simple"));
    let secret = "http://ada:pw@127.0.0.1:1/simple";
    assert_eq!(located(registry.client().with("PIP_INDEX_URL", secret)).await, at(secret));
    let more = registry.client().with("PIP_EXTRA_INDEX_URL", secret);
    let several = located(more).await.unwrap_err();
    assert!(several.contains("[registry]") && !several.contains("pw"), "{several}");
    let other = registry.client().home().join("other.conf");
    write(&other, "[install]\nindex-url = http://127.0.0.1:1/other/simple\n");
    let other = registry.client().with("PIP_CONFIG_FILE", &other.to_string_lossy());
    assert_eq!(located(other).await, at("http://127.0.0.1:1/other/simple"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_yanked_version_is_withdrawn_and_a_json_api_says_what_is_on_its_way() {
    let index = Written::start().unwrap_or_else(|why| panic!("{why}"));
    let files = index.workshop().build("1.0.0", "first");
    let files: Vec<_> = files.iter().map(std::path::PathBuf::as_path).collect();
    let (http, client, at) = (Http::new(), index.workshop().client(), Index::At(index.index()));
    let asked = Asked { name: "tiny_pkg", version: "1.0" };
    let protocol = protocol(RegistryKind::PyPi).unwrap();
    let said = || protocol.version(&http, &client, &at, asked);
    assert!(matches!(said().await, Said::Absent { .. }));
    index.list(&[(files[0], None), (files[1], Some("it eats data"))]);
    let Said::There(half) = said().await else { panic!("it isn't there") };
    assert_eq!((half.files.len(), half.withdrawn), (2, None));
    index.list(&[(files[0], Some("it eats data")), (files[1], Some("it eats data"))]);
    let Said::There(yanked) = said().await else { panic!("it isn't there") };
    assert_eq!(yanked.withdrawn.as_deref(), Some("yanked: it eats data"));
    for file in &files {
        let digest = sha256(&fs::read(file).unwrap());
        assert!(yanked.files.iter().any(|listed| listed.digests == [digest.clone()]));
    }
    fs::remove_dir_all(index.workshop().beside("index").join("simple/tiny-pkg")).unwrap();
    // a folder's address is its index.json on no server but a real one
    let json = index.workshop().beside("index").join("pypi/tiny-pkg/1.0/json");
    write(&json, "{\"info\":{}}");
    let late = said().await;
    assert!(matches!(&late, Said::Absent { detail } if detail.contains("JSON API")), "{late:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_twine_is_told_is_understood() {
    let Some(registry) = started::<PyPiServer>() else { return };
    let story = Story::of(registry);
    let file = story.registry.build("1.0.0", "first").remove(0);
    let gone = "This filename was previously used by a file that has since been deleted.";
    let cases = [
        (403, "Invalid or non-existent authentication information.", "token"),
        (401, "Unauthorized", "doesn't know"),
        (400, gone, "bump"),
    ];
    for (status, body, words) in cases {
        story.proxy.fault(Meets::some("POST", "", 9), Fault::Answer { status, headers: "", body });
        let (exit, output, complaint) = story.publish(&file);
        story.proxy.mend();
        assert_ne!(exit, 0);
        // the proxy sends a reason of its own, where an index would write its words
        let told = matches!(&complaint, Some(Complaint::Means(said)) if said.contains(words));
        assert!(told, "{status}: {complaint:?}: {output}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_for_members_is_asked_with_the_users_credentials() {
    if started::<PyPiServer>().is_none() {
        return;
    }
    let story = Story::of(PyPiServer::for_members().unwrap());
    let file = story.registry.build("1.0.0", "first").remove(0);
    assert_eq!(story.publish(&file).0, 0);
    let Index::At(index) = &story.index else { panic!("no address") };
    let said = story.said("1.0.0").await;
    assert!(matches!(&said, Said::Unknown { why } if why.contains("netrc")), "{said:?}");
    assert!(matches!(story.resolution("1.0.0").await, Resolution::Unknown { .. }));
    let netrc = story.client.home().join(".netrc");
    let credentials = index.replace("http://", "http://owner:a-secret-of-theirs@");
    for told_by in ["pip", "netrc"] {
        if told_by == "pip" {
            story.registry.configure(&credentials);
        } else {
            story.registry.configure(index);
            write(&netrc, "machine 127.0.0.1 login owner password a-secret-of-theirs\n");
        }
        let version = story.there("1.0.0").await;
        let url = version.files[0].url.as_deref().unwrap();
        let answer = story.http.get(url, PATIENCE).await.unwrap();
        assert_eq!((answer.status, answer.body == fs::read(&file).unwrap()), (200, true), "{told_by}");
        let resolution = story.resolution("1.0.0").await;
        assert!(matches!(&resolution, Resolution::Resolved { .. }), "{told_by}: {resolution:?}");
        let other = story.resolution("1.0.1").await;
        assert!(matches!(&other, Resolution::NotYet { .. }), "{told_by}: {other:?}");
    }
    write(&netrc, "machine 127.0.0.1 login owner password not-a-secret\n");
    let said = story.said("1.0.0").await;
    assert!(matches!(&said, Said::Unknown { why } if why.contains("other than") && !why.contains("not-a")), "{said:?}");
}
