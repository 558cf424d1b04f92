//! Asking a server, with nobody in between, and finding the helpers of a plugin.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
};

use leash_tests::Request;
use serde_json::Value;

/// Passes a request on, and gives the answer's bytes.
pub(super) fn pass_on(origin: &str, request: &Request) -> Vec<u8> {
    let mut stream = TcpStream::connect(origin.strip_prefix("http://").unwrap()).unwrap();
    let mut head = format!("{} {} HTTP/1.1\r\n", request.method, request.path);
    for (name, value) in &request.headers {
        if name != "connection" {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
    }
    head.push_str("connection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&request.body).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    answer
}

/// Posts a document, and gives the one that is answered.
pub(crate) fn post(origin: &str, path: &str, document: &Value) -> Value {
    ask(origin, "POST", path, document.to_string(), None)
}

/// Gets a document.
pub(crate) fn get(origin: &str, path: &str) -> Value {
    ask(origin, "GET", path, String::new(), None)
}

/// Gets a document with an API key.
pub(crate) fn get_as(origin: &str, path: &str, key: &str) -> Value {
    ask(origin, "GET", path, String::new(), Some(key))
}

fn ask(origin: &str, method: &str, path: &str, body: String, key: Option<&str>) -> Value {
    let mut headers = vec![
        ("host".to_owned(), "127.0.0.1".to_owned()),
        ("content-type".to_owned(), "application/json".to_owned()),
        ("content-length".to_owned(), body.len().to_string()),
    ];
    headers.extend(key.map(|key| ("authorization".to_owned(), format!("Bearer {key}"))));
    let request = Request { method: method.into(), path: path.into(), headers, body: body.into_bytes() };
    let text = String::from_utf8(pass_on(origin, &request)).unwrap();
    serde_json::from_str(text.split_once("\r\n\r\n").unwrap().1).unwrap()
}

/// The signer of a plugin that was called with a word, which stands among the arguments of the host that it was split off from;
/// or the payer that this signer started.
pub(super) fn helper(name: &str, word: &str) -> Option<i32> {
    let pids: Vec<i32> = fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect();
    let read = |pid: i32, file: &str| fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap_or_default();
    let signer = pids.iter().copied().find(|pid| {
        read(*pid, "comm").trim() == "leash-signer" && read(*pid, "cmdline").split('\0').any(|it| it == word)
    })?;
    if name == "leash-signer" {
        return Some(signer);
    }
    let parent = format!("PPid:\t{signer}");
    pids.into_iter().find(|pid| {
        read(*pid, "comm").trim() == name && read(*pid, "status").lines().any(|line| line == parent)
    })
}
