//! Recorded answers with what was asked: what a service really said, kept in a file. A file holds one answer or a list of them,
//! each with its `request` and its `response`, or a HAR archive as browsers, proxies and test runners write it.

use super::document::{Document, Entry, Format, Limits, Node, Value, read_as};

/// The most answers of one file.
const MOST: usize = 5_000;

/// An answer, and what was asked.
#[derive(Debug, Clone)]
pub struct Recording {
    /// The method, in capitals.
    pub method: String,
    /// The path with its query.
    pub target: String,
    /// The body that was sent.
    pub sent: Option<Node>,
    /// The status of the answer.
    pub status: u16,
    /// What the answer calls itself, without parameters, in small letters.
    pub media: Option<String>,
    /// The body of the answer.
    pub body: Option<Node>,
    /// The line that it starts on.
    pub line: usize,
}

impl Recording {
    /// The path alone.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// Whether both answer the same question.
    pub fn is_of_same(&self, other: &Self) -> bool {
        let sent = match (&self.sent, &other.sent) {
            (None, None) => true,
            (Some(one), Some(other)) => one.is_same(other),
            (None, Some(_)) | (Some(_), None) => false,
        };
        self.method == other.method && self.target == other.target && sent
    }

    /// What an answer to the same question lacks of this one, each with this one's line. Values may differ.
    pub fn lost_in(&self, other: &Self) -> Vec<(usize, String)> {
        let mut lost = Vec::new();
        if self.status != other.status {
            lost.push((self.line, format!("its status was {}, and is {}", self.status, other.status)));
        }
        match (&self.body, &other.body) {
            (Some(was), Some(is)) => compare(was, is, "its body", &mut lost),
            (Some(was), None) => lost.push((was.line, "its body is gone".to_owned())),
            (None, Some(_) | None) => {}
        }
        lost
    }
}

/// The answers of a file.
pub fn recordings(document: &Document) -> Result<Vec<Recording>, String> {
    let root = &document.root;
    let entries = root.get("log").and_then(|log| log.get("entries")).unwrap_or(root);
    let entries = entries.list().unwrap_or(std::slice::from_ref(entries));
    if entries.is_empty() {
        return Err("it holds no answer".to_owned());
    }
    if entries.len() > MOST {
        return Err(format!("it holds {} answers; at most {MOST} are read: split it", entries.len()));
    }
    entries.iter().map(|entry| recording(entry).map_err(|why| format!("line {}: {why}", entry.line))).collect()
}

fn recording(entry: &Node) -> Result<Recording, String> {
    let request = entry.get("request").ok_or("there is no `request`, so nobody knows what was asked")?;
    let response = entry.get("response").ok_or("there is no `response`")?;
    let address = ["path", "url"].iter().find_map(|key| request.get(key)?.text());
    let address = address.ok_or("its request has neither `path` nor `url`")?;
    let method = request.get("method").and_then(Node::text).ok_or("its request has no `method`")?;
    let status = response.get("status").and_then(|node| match &node.value {
        Value::Number(number) => number.whole().and_then(|status| u16::try_from(status).ok()),
        _ => None,
    });
    let status = status.filter(|status| (100..600).contains(status));
    let (media, body) = answered(response)?;
    Ok(Recording {
        method: method.to_ascii_uppercase(),
        target: target(address),
        sent: request
            .get("body")
            .or_else(|| request.get("postData")?.get("text"))
            .filter(|node| !is_null(node))
            .cloned(),
        status: status.ok_or("its response has no `status`, such as 200")?,
        media,
        body,
        line: entry.line,
    })
}

/// What kind of answer it is, and its body: as data, or in a HAR archive as text.
fn answered(response: &Node) -> Result<(Option<String>, Option<Node>), String> {
    let content = response.get("content");
    let media = content.and_then(|content| content.get("mimeType")).or_else(|| header(response)?.get("content-type"));
    let media =
        media.and_then(Node::text).map(|text| text.split(';').next().unwrap_or(text).trim().to_ascii_lowercase());
    if let Some(body) = response.get("body").filter(|node| !is_null(node)) {
        return Ok((media, Some(body.clone())));
    }
    let Some(node) = content.and_then(|content| content.get("text")) else { return Ok((media, None)) };
    if content.and_then(|content| content.get("encoding")).is_some() {
        return Err("its body is encoded, which isn't read".to_owned());
    }
    let text = node.text().unwrap_or_default();
    if text.is_empty() || !media.as_deref().is_some_and(is_json) {
        return Ok((media, Some(node.clone()).filter(|_| !text.is_empty())));
    }
    let read = read_as(Format::Json, text.as_bytes(), &Limits::default());
    let mut body = read.map_err(|why| format!("its body: {why}"))?.root;
    // what lies in a text stands where the text does
    stand_on(&mut body, node.line);
    Ok((media, Some(body)))
}

/// The headers, if they are written as a table with names in small letters.
fn header(response: &Node) -> Option<&Node> {
    response.get("headers").filter(|node| node.table().is_some())
}

/// Whether a media type is that of JSON.
pub(super) fn is_json(media: &str) -> bool {
    media == "application/json" || media.ends_with("+json")
}

fn is_null(node: &Node) -> bool {
    matches!(node.value, Value::Null)
}

/// An address without scheme, host and fragment.
fn target(address: &str) -> String {
    let path = match address.split_once("://") {
        Some((_, rest)) => rest.find(['/', '?']).map_or("/", |at| rest.get(at..).unwrap_or_default()),
        None => address,
    };
    let path = path.split('#').next().unwrap_or_default();
    if path.starts_with('/') { path.to_owned() } else { format!("/{path}") }
}

fn stand_on(node: &mut Node, line: usize) {
    node.line = line;
    match &mut node.value {
        Value::List(items) => items.iter_mut().for_each(|item| stand_on(item, line)),
        Value::Table(table) => table.each_mut(|entry: &mut Entry| {
            entry.line = line;
            stand_on(&mut entry.node, line);
        }),
        Value::Null | Value::Truth(_) | Value::Number(_) | Value::Text(_) => {}
    }
}

fn compare(was: &Node, is: &Node, name: &str, lost: &mut Vec<(usize, String)>) {
    match (&was.value, &is.value) {
        // nothing was answered there
        (Value::Null, _) => {}
        (Value::Table(before), Value::Table(after)) => {
            for entry in before {
                let name = format!("`{}` of {name}", entry.key);
                match after.get(&entry.key) {
                    Some(found) => compare(&entry.node, &found.node, &name, lost),
                    None => lost.push((entry.line, format!("{name} is gone"))),
                }
            }
        }
        (Value::List(before), Value::List(after)) => {
            if after.len() < before.len() {
                lost.push((was.line, format!("{name} had {} items, and has {}", before.len(), after.len())));
            }
            before.iter().zip(after).for_each(|(was, is)| compare(was, is, &format!("an item of {name}"), lost));
        }
        (was_kind, is_kind) if was_kind.kind() == is_kind.kind() => {}
        (was_kind, is_kind) => {
            lost.push((was.line, format!("{name} was {}, and is {}", was_kind.kind(), is_kind.kind())));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Recording>, String> {
        recordings(&read_as(Format::Json, text.as_bytes(), &Limits::default()).unwrap())
    }

    fn one(answer: &str) -> Recording {
        let text = format!("{{\"request\": {{\"method\": \"get\", \"path\": \"/a\"}},\n\"response\": {answer}}}");
        read(&text).unwrap().remove(0)
    }

    #[test]
    fn a_file_holds_one_answer_a_list_or_an_archive() {
        let own = one("{\"status\": 200, \"body\": {\"id\": 1}}");
        assert_eq!((own.method.as_str(), own.target.as_str(), own.status), ("GET", "/a", 200));
        let har = r#"{"log": {"entries": [
            {"request": {"method": "POST", "url": "https://api.example.com/v1/teams?x=1#top", "postData": {"text": "{}"}},
             "response": {"status": 201,
               "content": {"mimeType": "application/json; charset=utf-8", "text": "{\"id\":\n\n1}"}}},
            {"request": {"method": "GET", "url": "https://api.example.com"}, "response": {"status": 204, "content": {}}}
        ]}}"#;
        let read = read(har).unwrap();
        assert_eq!(
            (read[0].target.as_str(), read[0].path(), read[1].target.as_str()),
            ("/v1/teams?x=1", "/v1/teams", "/")
        );
        assert_eq!(read[0].media.as_deref(), Some("application/json"));
        let body = read[0].body.as_ref().unwrap();
        assert_eq!((body.line, body.get("id").unwrap().line), (4, 4), "the line of the text in the archive");
        assert!(read[1].body.is_none() && read[0].sent.is_some() && !read[0].is_of_same(&read[1]));
    }

    #[test]
    fn what_is_no_answer_says_so() {
        for (text, because) in [
            ("[]", "it holds no answer"),
            ("{\"id\": 1}", "line 1: there is no `request`"),
            ("[\n7]", "line 2: there is no `request`"),
            ("{\"request\": {\"method\": \"GET\"}, \"response\": {}}", "neither `path` nor `url`"),
            ("{\"request\": {\"path\": \"/a\"}, \"response\": {}}", "no `method`"),
            ("{\"request\": {\"method\": \"GET\", \"path\": \"/a\"}, \"response\": {\"status\": 99}}", "no `status`"),
            (
                r#"{"request": {"method": "GET", "path": "/a"}, "response": {"status": 200, "content": {"mimeType": "application/json", "text": "{"}}}"#,
                "its body: ",
            ),
            (
                r#"{"request": {"method": "GET", "path": "/a"}, "response": {"status": 200, "content": {"text": "aGk=", "encoding": "base64"}}}"#,
                "its body is encoded",
            ),
        ] {
            let why = read(text).unwrap_err();
            assert!(why.contains(because), "{text}: {why}");
        }
    }

    #[test]
    fn an_answer_keeps_its_status_its_keys_and_its_types() {
        let was =
            one("{\"status\": 200, \"body\": {\"id\": 1, \"tags\": [{\"a\": null}, {\"a\": true}], \"name\": \"x\"}}");
        let lost = |answer: &str| was.lost_in(&one(answer)).into_iter().map(|(_, what)| what).collect::<Vec<_>>();
        let same = "{\"status\": 200, \"body\": {\"name\": \"y\", \"id\": 2.5, \"new\": 1, \"tags\": [{\"a\": 1}, {\"a\": false}]}}";
        assert_eq!(lost(same), Vec::<String>::new());
        let changed = "{\"status\": 404, \"body\": {\"id\": \"1\", \"tags\": [{\"b\": 1}]}}";
        assert_eq!(
            lost(changed),
            [
                "its status was 200, and is 404",
                "`id` of its body was a number, and is a text",
                "`tags` of its body had 2 items, and has 1",
                "`a` of an item of `tags` of its body is gone",
                "`name` of its body is gone",
            ]
        );
        assert_eq!(lost("{\"status\": 200}"), ["its body is gone"]);
    }
}
