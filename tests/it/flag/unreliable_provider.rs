//! A service that hangs, lies, redirects, answers a web page, breaks off, or wants to be left alone: each has a sentence of
//! its own, none is a value, and no secret stands in any of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::flag_world::{FlagWorld, evidence, failure, plan};

/// Answers each request with what `answer` makes of its head and body; hangs where that is nothing.
async fn serve(servers: &mut JoinSet<()>, answer: impl Fn(&str) -> Vec<u8> + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    servers.spawn(async move {
        let mut open = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = vec![0; 16 * 1024];
            let read = stream.read(&mut request).await.unwrap_or(0);
            let said = answer(&String::from_utf8_lossy(&request[..read]));
            let _ = stream.write_all(&said).await;
            if said.is_empty() {
                open.push(stream);
            }
        }
    });
    address
}

fn page(status: &str, headers: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n{body}", body.len())
        .into_bytes()
}

/// What is said of a service that answers so, where there is no value.
async fn said_of(answer: impl Fn(&str) -> Vec<u8> + Send + 'static) -> String {
    let mut servers = JoinSet::new();
    let server = serve(&mut servers, answer).await;
    let world = FlagWorld::new(&[("FLAG_TOKEN", "s3cret-token")]);
    let provider = format!("{{ ofrep = \"{server}\", headers = [\"Authorization: Bearer $FLAG_TOKEN\"] }}");
    let more = "set = [\"true\"]\ncontexts = [{ name = \"anyone\", context = {}, expect = { off = false, beta = 1, on = true } }]";
    let seen = world.seen(&plan(&provider, more, "")).await;
    assert_eq!(seen.state, None);
    let context = &seen.contexts[0];
    let why = context.why.clone().unwrap_or_default();
    assert!(!why.contains("s3cret") && !format!("{seen:?}").contains("s3cret"), "{seen:?}");
    match &context.value {
        Some(value) => format!("{value}: {why}"),
        None => why,
    }
}

#[tokio::test]
async fn each_way_not_to_answer_has_its_own_sentence() {
    let simple: &[(&str, &str, &str, &str)] = &[
        ("404 Not Found", "", r#"{"key":"m3","errorCode":"FLAG_NOT_FOUND"}"#, "404: it knows no flag m3"),
        ("404 Not Found", "", "nginx", "404: nothing speaks OFREP at this address"),
        ("401 Unauthorized", "", r#"{"message":"bad s3cret-token"}"#, "401: it doesn't know who asks (bad [secret])"),
        ("403 Forbidden", "", "", "403: the token may not do this"),
        (
            "429 Too Many Requests",
            "retry-after: 7\r\n",
            "",
            "429: it is asked too often, and wants to be asked again in 7 s",
        ),
        ("429 Too Many Requests", "", "", "doesn't say when to ask again"),
        ("302 Found", "location: http://127.0.0.1:1/\r\n", "", "302: it leads elsewhere, where no secret is sent"),
        (
            "500 Internal Server Error",
            "",
            r#"{"errorDetails":"disk full"}"#,
            "500: the service is in trouble (disk full)",
        ),
        ("418 I'm a teapot", "", "", "418: it refuses"),
        (
            "200 OK",
            "content-type: text/html\r\n",
            "<!doctype html><title>Log in</title>",
            "it answers a web page, not JSON",
        ),
        ("200 OK", "", "", "it answers nothing where JSON was expected"),
        ("200 OK", "", "\u{1b}[31moff", "its answer is no JSON"),
        ("200 OK", "", "{\"key\":\"m3\",\"value\":fal", "its answer breaks off in the middle"),
        ("200 OK", "", r#"{"key":"other","value":false}"#, "it was asked for m3 and answers for other"),
        ("200 OK", "", r#"{"key":"m3","value":false,"reason":"ERROR"}"#, "it says ERROR and reads false"),
        ("200 OK", "", r#"{"key":"m3","reason":"DISABLED"}"#, "code default: no value, reason DISABLED"),
    ];
    for (status, headers, body, expected) in simple {
        let answer = page(status, headers, body);
        let said = said_of(move |_| answer.clone()).await;
        assert!(said.contains(expected), "{status} {body}: {said}");
    }
    let torn = said_of(|_| b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{\"key\"".to_vec()).await;
    assert!(torn.contains("the conversation failed"), "{torn}");
    let garbage = said_of(|_| b"\x00\xffnonsense\r\n\r\n".to_vec()).await;
    assert!(garbage.contains("the conversation failed"), "{garbage}");
    let huge = page("200 OK", "", &"x".repeat(300 * 1024));
    let huge = said_of(move |_| huge.clone()).await;
    assert!(huge.contains("the answer is longer than 262144 bytes"), "{huge}");
    let hangs = said_of(|_| Vec::new()).await;
    assert!(hangs.contains("no answer within 5000 ms"), "{hangs}");
}

#[tokio::test]
async fn a_service_that_wants_to_be_left_alone_is_and_a_missing_token_asks_nobody() {
    let asked = Arc::new(AtomicUsize::new(0));
    let (counted, mut servers) = (Arc::clone(&asked), JoinSet::new());
    let server = serve(&mut servers, move |_| {
        counted.fetch_add(1, Ordering::SeqCst);
        page("429 Too Many Requests", "retry-after: 60\r\n", "")
    })
    .await;
    let world = FlagWorld::new(&[]);
    let plain = plan(&format!("{{ http = \"{server}/f\", pointer = \"/s\" }}"), "set = [\"true\"]", "");
    for _ in 0..3 {
        let why = world.seen(&plain).await.contexts[0].why.clone().unwrap();
        assert!(why.contains("asked too often, and wants to be asked again in"), "{why}");
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    let secret = format!("{{ http = \"{server}/g\", pointer = \"/s\", headers = [\"X-Key: $NOT_SET\"] }}");
    let why = world.seen(&plan(&secret, "set = [\"true\"]", "")).await.contexts[0].why.clone().unwrap();
    assert!(why.contains("NOT_SET isn't set: export it"), "{why}");
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

/// A service that goes on telling what it had for a while after it was told otherwise, and then flaps once.
#[tokio::test]
async fn a_state_counts_when_everyone_goes_on_reading_it() {
    let reads = Arc::new(AtomicUsize::new(0));
    let (counted, mut servers) = (Arc::clone(&reads), JoinSet::new());
    let server = serve(&mut servers, move |request| {
        if request.starts_with("PUT /set/beta ") {
            assert!(request.ends_with(r#"{"state":"beta"}"#), "{request}");
            return page("200 OK", "", "{}");
        }
        let state = match counted.fetch_add(1, Ordering::SeqCst) {
            0 | 2 => "off",
            _ => "beta",
        };
        page("200 OK", "", &format!(r#"{{"state":"{state}"}}"#))
    })
    .await;
    let write = format!("{{ http = \"{server}/set/{{flag.state}}\", body = '{{\"state\":\"{{flag.state}}\"}}' }}");
    let provider = format!(
        "{{ http = \"{server}/f\", pointer = \"/state\", writes = {{ off = {write}, beta = {write}, on = {write} }} }}"
    );
    let said = evidence(FlagWorld::new(&[]).set(&plan(&provider, "", ""), "beta").await);
    assert!(said.contains("1 of 1 agree, after"), "{said}");
    assert!(reads.load(Ordering::SeqCst) >= 5, "a stale, a good, a flapping and two good answers");
}

#[tokio::test]
async fn who_lags_is_named_when_the_budget_is_used_up_and_a_refusal_wrote_nothing() {
    let mut servers = JoinSet::new();
    let server = serve(&mut servers, |request| {
        let path = request.split(' ').nth(1).unwrap_or_default();
        match path {
            "/refused" => page("403 Forbidden", "", r#"{"message":"no UPDATE_FEATURE"}"#),
            "/taken" => page("200 OK", "", "{}"),
            "/web" => page("200 OK", "", r#"{"m3":false}"#),
            _ => page("200 OK", "", r#"{"state":"on"}"#),
        }
    })
    .await;
    let report = format!(
        "reports = {{ flag = {{ http = \"{server}/web\", pointer = \"/m3\", expect = {{ off = false, beta = false, on = true }} }} }}"
    );
    let to = |path: &str| {
        let write = format!("{{ http = \"{server}/{path}\" }}");
        plan(
            &format!(
                "{{ http = \"{server}/f\", pointer = \"/state\", writes = {{ off = {write}, beta = {write}, on = {write} }} }}"
            ),
            "",
            &report,
        )
    };
    let world = FlagWorld::new(&[]);
    let read = world.report(&to("taken")).await.value.unwrap();
    let states: Vec<&str> = read.states.iter().map(flightdeck::plan::FlagState::as_str).collect();
    assert_eq!((read.value.as_str(), states), ("false", vec!["beta", "off"]));
    let (effect, why) = failure(world.set(&to("taken"), "on").await);
    assert_eq!(effect, flightdeck::rollout::event::Trace::Unknown);
    assert!(why.contains("1 of 2 agree; lagging: web reads false; not everyone reads it after 8 s"), "{why}");
    let (effect, why) = failure(world.set(&to("refused"), "off").await);
    assert_eq!(effect, flightdeck::rollout::event::Trace::None);
    assert!(why.contains("403: the token may not do this (no UPDATE_FEATURE)"), "{why}");
}

#[tokio::test]
async fn a_rehearsal_whose_own_try_failed_proves_nothing() {
    let world = FlagWorld::new(&[]);
    std::fs::write(world.file("flag.json"), "{\"s\": \"off\"}").unwrap();
    let of = |set: &str| plan("{ file = \"flag.json\", pointer = \"/s\" }", &format!("set = [\"{set}\"]"), "");
    evidence(world.rehearse(&of("true"), "off").await);
    let (_, why) = failure(world.rehearse(&of("false"), "off").await);
    assert!(why.contains("exit 1"), "{why}");
    // in earnest it counts that everyone reads it as off, whoever brought that
    evidence(world.set(&of("false"), "off").await);
}
