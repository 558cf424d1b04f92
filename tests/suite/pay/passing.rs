//! Asking a server, with nobody in between, and finding the helpers of a plugin.

use std::fs;

use leash_tests::Request;
use serde_json::Value;

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
    let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    headers.extend(key.map(|key| ("authorization".to_owned(), format!("Bearer {key}"))));
    let request = Request { method: method.into(), path: path.into(), headers, body: body.into_bytes() };
    let text = String::from_utf8(request.pass_on(origin)).unwrap();
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
