//! One HTTP request, and JSON-RPC, without a library for it.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(60);

/// An answer, its headers as they were written.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

/// Asks a server on this machine. HTTP 1.0, so that the body comes in one piece.
pub(super) fn ask(
    port: u16,
    method: &str,
    path: &str,
    media_type: &str,
    body: Option<&str>,
) -> Result<Answer, String> {
    let failed = |error: std::io::Error| format!("{method} {path} on port {port}: {error}");
    let mut stream = TcpStream::connect(("127.0.0.1", port)).map_err(failed)?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(failed)?;
    let mut request = format!("{method} {path} HTTP/1.0\r\nhost: 127.0.0.1:{port}\r\naccept: */*\r\n");
    if let Some(body) = body {
        request.push_str(&format!("content-type: {media_type}\r\ncontent-length: {}\r\n", body.len()));
    }
    request.push_str("\r\n");
    request.push_str(body.unwrap_or_default());
    stream.write_all(request.as_bytes()).map_err(failed)?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).map_err(failed)?;
    let text = String::from_utf8_lossy(&bytes);
    parse(&text).ok_or_else(|| format!("{method} {path} on port {port}: no HTTP answer"))
}

fn parse(text: &str) -> Option<Answer> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Some(Answer { status, headers, body: body.to_owned() })
}

/// The result of one call of the sandbox's JSON-RPC.
pub(super) fn rpc(port: u16, method: &str, params: &Value) -> Result<Value, String> {
    let call = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
    let answer = ask(port, "POST", "/rpc", "application/json", Some(&call))?;
    let mut document: Value =
        serde_json::from_str(&answer.body).map_err(|error| format!("{method}: {error}: {}", answer.body))?;
    match document.get("error") {
        Some(error) => Err(format!("{method}: {error}")),
        None => Ok(document["result"].take()),
    }
}
