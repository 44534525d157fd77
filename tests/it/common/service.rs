//! A service on loopback with a memory: an app that reports its version, and a forge's API. Each path answers what it was
//! last told to.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What a path answers: a status line, more headers, a body.
type Answer = (String, String);

/// The service; it ends with the process.
#[derive(Clone)]
pub(crate) struct Service {
    pub(crate) address: String,
    answers: Arc<Mutex<BTreeMap<String, Answer>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Service {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let service = Self { address, answers: Arc::default(), asked: Arc::default() };
        let ours = service.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let ours = ours.clone();
                std::thread::spawn(move || ours.answer(stream));
            }
        });
        service
    }

    /// From now on a path answers this; what stands between two `@` is a file, read when it is asked.
    pub(crate) fn says(&self, path: &str, status: &str, body: &str) {
        self.answers.lock().unwrap().insert(path.to_owned(), (status.to_owned(), body.to_owned()));
    }

    /// The requests so far whose line or headers hold these words.
    pub(crate) fn asked(&self, words: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|request| request.contains(words)).count()
    }

    fn answer(&self, mut stream: TcpStream) {
        let mut head = Vec::new();
        for line in BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok) {
            if line.is_empty() {
                break;
            }
            head.push(line);
        }
        let path = head.first().and_then(|line| line.split(' ').nth(1)).unwrap_or_default().to_owned();
        self.asked.lock().unwrap().push(head.join("\n"));
        let found = self.answers.lock().unwrap().get(&path).cloned();
        // the app reports what its deploy target has
        let found = found.map(|(status, body)| match body.split_once('@') {
            Some((before, file)) => {
                let (file, after) = file.split_once('@').unwrap();
                (status, format!("{before}{}{after}", std::fs::read_to_string(file).unwrap_or_default().trim()))
            }
            None => (status, body),
        });
        let (status, body) = found.unwrap_or_else(|| ("404 Not Found".to_owned(), "{}".to_owned()));
        let _ = stream.write_all(
            format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len())
                .as_bytes(),
        );
    }
}
