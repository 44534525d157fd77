//! Services that misbehave, on loopback.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::*;

const SOON: Duration = Duration::from_secs(300);

/// Answers every connection with what `answer` makes of the head; hangs where that is nothing.
async fn serve(servers: &mut JoinSet<()>, answer: impl Fn(&str) -> Vec<u8> + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    servers.spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = vec![0; 4096];
            let read = stream.read(&mut head).await.unwrap_or(0);
            let head = String::from_utf8_lossy(&head[..read]).into_owned();
            let answer = answer(&head);
            if answer.is_empty() {
                std::future::pending::<()>().await;
            }
            let _ = stream.write_all(&answer).await;
        }
    });
    address
}

fn page(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n", body.len());
    [head.as_bytes(), body].concat()
}

#[tokio::test]
async fn answers_and_faults_are_told_apart() {
    let mut servers = JoinSet::new();
    let there = serve(&mut servers, |_| page("200 OK", "", b"elsewhere")).await;
    let here = serve(&mut servers, move |line| match line.split(' ').nth(1) {
        Some("/up") => page("200 OK", "", b"up"),
        Some("/down") => page("503 Service Unavailable", "", b"down"),
        Some("/moved") => page("302 Found", "location: /up\r\n", b""),
        Some("/away") => page("302 Found", &format!("location: {there}/x\r\n"), b"away"),
        Some("/loop") => page("302 Found", "location: /loop\r\n", b""),
        Some("/huge") => page("200 OK", "", &vec![b'x'; MAX_BODY + 1]),
        Some("/torn") => b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf".to_vec(),
        Some("/hang") => vec![],
        _ => b"nonsense".to_vec(),
    })
    .await;
    let http = Http::new();
    let get = |path: &str| {
        let (http, address) = (http.clone(), format!("{here}{path}"));
        async move { http.get(&address, SOON).await }
    };
    assert_eq!(get("/up").await, Ok(Answer { status: 200, body: b"up".to_vec(), later: None, leads_to: None }));
    assert_eq!(get("/moved").await, Ok(Answer { status: 200, body: b"up".to_vec(), later: None, leads_to: None }));
    assert_eq!(get("/down").await.unwrap().status, 503);
    let away = get("/away").await.unwrap();
    assert_eq!((away.status, away.body), (302, b"away".to_vec()));
    assert!(away.leads_to.is_some_and(|to| to.ends_with("/x")));
    let itself = http.get_itself(&format!("{here}/moved"), SOON).await.unwrap();
    assert_eq!((itself.status, itself.leads_to.as_deref()), (302, Some("/up")));
    assert_eq!(get("/loop").await, Err(HttpFault::Redirects));
    assert_eq!(get("/huge").await, Err(HttpFault::TooLarge(MAX_BODY)));
    for path in ["/torn", "/nonsense"] {
        assert!(matches!(get(path).await, Err(HttpFault::Broken(_))), "{:?}", get(path).await);
    }
    let tls = http.get(&here.replace("http://", "https://"), SOON).await;
    assert!(matches!(tls, Err(HttpFault::Tls(_))), "{tls:?}");
    let short = Duration::from_millis(200);
    assert_eq!(http.get(&format!("{here}/hang"), short).await, Err(HttpFault::TimedOut(short)));
}

#[tokio::test]
async fn nobody_there_is_refused_and_odd_addresses_are_none() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let http = Http::new();
    assert_eq!(http.get(&format!("http://{free}/"), SOON).await, Err(HttpFault::Refused));
    for address in ["", "up", "file:///etc/passwd", "http://"] {
        assert!(matches!(http.get(address, SOON).await, Err(HttpFault::BadAddress(_))), "{address}");
    }
}

#[tokio::test]
async fn a_value_is_read_where_the_pointer_says() {
    let mut servers = JoinSet::new();
    let here = serve(&mut servers, |line| match line.split(' ').nth(1) {
        Some("/flags") => page("200 OK", "", br#"{"m3":{"state":"beta"}}"#),
        Some("/text") => page("200 OK", "", b"beta"),
        _ => page("404 Not Found", "", br#"{"m3":{"state":"on"}}"#),
    })
    .await;
    let http = Http::new();
    let read = |path: &str| {
        let (http, address) = (http.clone(), format!("{here}{path}"));
        async move { http.json_pointer(&address, SOON).await }
    };
    assert_eq!(read("/flags#/m3/state").await, Ok("beta".into()));
    assert!(read("/flags").await.unwrap().is_object());
    for path in ["/flags#/none", "/flags#m3", "/text#/m3", "/gone#/m3/state"] {
        assert!(matches!(read(path).await, Err(HttpFault::NoValue { .. })), "{path}");
    }
}

#[tokio::test]
async fn no_cache_may_answer_whichever_way_it_is_asked() {
    let mut servers = JoinSet::new();
    let here = serve(&mut servers, |head| {
        let says = head.to_ascii_lowercase().contains("cache-control: no-cache");
        page(if says { "200 OK" } else { "410 Gone" }, "", b"")
    })
    .await;
    let http = Http::new();
    assert_eq!(http.get(&here, SOON).await.unwrap().status, 200);
    assert_eq!(http.get_itself(&here, SOON).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_busy_service_says_when_it_wants_to_be_asked_again() {
    let mut servers = JoinSet::new();
    let here = serve(&mut servers, |_| page("429 Too Many Requests", "Retry-After: 7\r\n", b"later")).await;
    let answer = Http::new().get(&here, SOON).await.unwrap();
    assert_eq!((answer.status, answer.later), (429, Some(Duration::from_secs(7))));
    let day = 24 * 60 * 60 * 1000;
    assert_eq!(later_by("Fri, 02 Jan 1970 00:00:09 GMT", day), Some(Duration::from_secs(9)));
    assert_eq!(later_by("Fri, 02 Jan 1970 00:00:00 GMT", day + 1), Some(Duration::ZERO));
    assert_eq!(later_by("soon", 0), None);
}
