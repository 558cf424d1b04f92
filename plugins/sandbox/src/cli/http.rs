//! Asking the server on this machine, without a library for it.

use std::{
    io::{self, Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    time::Duration,
};

use leash_output::Error;
use serde_json::{Value, json};

use crate::instance::{DataDir, State};

/// How long a call may take: the ledger computes and waits for the disk.
const CALL: Duration = Duration::from_secs(30);
/// More than any answer to what is asked here.
const MAX_ANSWER: u64 = 1024 * 1024;

/// Whether a server on this port of loopback says that it is well.
pub(super) fn is_healthy(port: u16) -> bool {
    const PATIENCE: Duration = Duration::from_secs(1);
    let request = "GET /v1/health HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n";
    ask(port, request.as_bytes(), PATIENCE).is_ok_and(|answer| answer.starts_with(b"HTTP/1.1 200 "))
}

/// The server that must be running for this.
pub(super) fn running(dir: &DataDir) -> Result<State, Error> {
    dir.living()?.ok_or_else(|| {
        Error::failure("down", "the sandbox isn't running").hint("start it: `leash sandbox up`")
    })
}

/// The result of one call of the server's JSON-RPC.
pub(super) fn rpc(port: u16, method: &str, params: &Value) -> Result<Value, Error> {
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
    let request = format!(
        "POST /rpc HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n{body}",
        body.len()
    );
    let failed = |what: String| {
        Error::failure("rpc", format!("the sandbox did not answer `{method}`: {what}"))
            .hint("`leash sandbox logs` shows what it did")
    };
    let answer = ask(port, request.as_bytes(), CALL).map_err(|error| failed(error.to_string()))?;
    let text = String::from_utf8_lossy(&answer);
    let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    let document: Value = serde_json::from_str(body).map_err(|error| failed(error.to_string()))?;
    match document.get("error") {
        Some(error) => {
            let message = error.get("message").and_then(Value::as_str).unwrap_or("no reason is given");
            Err(Error::failure("refused", format!("the ledger refused `{method}`: {message}"))
                .hint("`leash sandbox logs` shows what the server did"))
        }
        None => Ok(document.get("result").cloned().unwrap_or(Value::Null)),
    }
}

fn ask(port: u16, request: &[u8], patience: Duration) -> io::Result<Vec<u8>> {
    let mut stream =
        TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)), Duration::from_secs(1))?;
    stream.set_read_timeout(Some(patience))?;
    stream.set_write_timeout(Some(patience))?;
    stream.write_all(request)?;
    let mut answer = Vec::new();
    stream.take(MAX_ANSWER).read_to_end(&mut answer)?;
    Ok(answer)
}
