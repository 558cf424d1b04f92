//! A server in a process of its own, and a client that can send anything.
#![allow(missing_docs, dead_code, unreachable_pub, clippy::unwrap_used)]

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use leash_signature::{Envelope, Secret, SignHttp as _, SignatureHeaders};
use leash_signer::Executive;
use serde_json::Value;
use tempfile::TempDir;

/// The agent whose key is known.
pub const MINT: &str = "B5MXMAMebjwkaQjzRiVh2LfvUZbM58FXGdMZGFq8pngj";
pub const EXECUTIVE: &str = "AV3nmEArrKwFqbDzRsE9h3eUdhQvDF7zhCnRzH7kco7";
/// Made for tests; it holds nothing.
const SECRET: &str =
    "56Uqd7MBAWmTAZgDGSVYBbDFZ6SPdfhwywTgs7DcyJBu7jpF3kjuBezdXB6FmBawQ42tZR3sPK24M2sXndzPcSrZ";
/// Another agent, whose key the tests make.
pub const MINT_2: &str = "HVedbEpdeBWDgsXtRVsHCeTWU9yEAKv2adFo7JcTJF5u";

pub fn executive() -> Executive {
    Executive::parse(&Secret::new(SECRET.to_owned())).unwrap()
}

/// The program, with directories of its own.
pub struct Home {
    dir: TempDir,
    /// The second agent's key.
    second: Secret<String>,
}

impl Home {
    pub fn new() -> Self {
        Self { dir: TempDir::new().unwrap(), second: Executive::generate().unwrap().export() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn data(&self) -> PathBuf {
        self.path("data/leash/sandbox")
    }

    pub fn agent_file(&self) -> PathBuf {
        self.path("config/leash/agents/sandbox.json")
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_leash-sandbox"));
        command
            .args(args)
            .env_clear()
            .env("HOME", self.dir.path())
            .env("XDG_CONFIG_HOME", self.path("config"))
            .env("XDG_DATA_HOME", self.path("data"))
            .env("XDG_CACHE_HOME", self.path("cache"))
            .stdin(Stdio::null());
        command
    }

    pub fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// A server in the foreground that knows both agents.
    pub fn serve(&self, args: &[&str]) -> Server {
        let server = Server::start(self, args);
        server.add_agent(self, MINT, EXECUTIVE);
        server.add_agent(self, MINT_2, &server.second.public().to_string());
        server
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        // Whatever a test left running goes down with its directory.
        let _ = self.run(&["down"]);
    }
}

/// A server in the foreground.
pub struct Server {
    pub child: Child,
    pub port: u16,
    pub first: Executive,
    pub second: Executive,
}

impl Server {
    pub fn start(home: &Home, args: &[&str]) -> Self {
        let args = [&["run", "--json"], args].concat();
        let mut child = home.command(&args).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut text = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        while serde_json::from_str::<Value>(&text).is_err() {
            assert!(stdout.read_line(&mut text).unwrap() > 0, "the server ended: {text}");
        }
        let document: Value = serde_json::from_str(&text).unwrap();
        let url = document["url"].as_str().unwrap();
        let port = url.strip_prefix("http://127.0.0.1:").unwrap().parse().unwrap();
        Self { child, port, first: executive(), second: Executive::parse(&home.second).unwrap() }
    }

    fn add_agent(&self, home: &Home, mint: &str, executive: &str) {
        let output = home.run(&["agent", "add", "--mint", mint, "--executive", executive]);
        assert!(output.status.success(), "{output:?}");
    }

    pub fn send(&self, request: &Request) -> Response {
        request.send(self.port)
    }

    /// A signed request of the first agent.
    pub fn signed(&self, method: &str, path: &str, body: &str) -> Response {
        self.send(&Request::new(method, path).json(body).sign(&self.first, MINT, &iso(0)))
    }

    /// Creates a key for the first agent, and gives its text.
    pub fn create_key(&self, label: &str) -> String {
        let body = serde_json::json!({ "label": label }).to_string();
        let response = self.signed("POST", &format!("/v1/agents/{MINT}/api-keys"), &body);
        assert_eq!(response.status, 200, "{}", response.body);
        response.json()["plaintext"].as_str().unwrap().to_owned()
    }

    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A request, not checked in any way.
#[derive(Clone)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn new(method: &str, path: &str) -> Self {
        Self { method: method.to_owned(), path: path.to_owned(), headers: Vec::new(), body: Vec::new() }
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// A JSON body; none where the text is empty.
    pub fn json(self, body: &str) -> Self {
        if body.is_empty() { self } else { self.header("content-type", "application/json").body(body) }
    }

    pub fn bearer(self, key: &str) -> Self {
        self.header("authorization", &format!("Bearer {key}"))
    }

    pub fn sign(self, key: &Executive, mint: &str, timestamp: &str) -> Self {
        let headers = sign(key, &self.method, &self.path, timestamp, &self.body, mint);
        headers.pairs().iter().fold(self, |request, (name, value)| request.header(name, value))
    }

    pub fn send(&self, port: u16) -> Response {
        self.try_send(port).unwrap()
    }

    pub fn try_send(&self, port: u16) -> std::io::Result<Response> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        let mut head = format!(
            "{} {} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nconnection: close\r\n",
            self.method, self.path
        );
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if !self.body.is_empty() || !matches!(self.method.as_str(), "GET" | "HEAD" | "OPTIONS" | "DELETE") {
            head.push_str(&format!("content-length: {}\r\n", self.body.len()));
        }
        stream.write_all(format!("{head}\r\n").as_bytes())?;
        // A server that refuses a body may stop reading it.
        let _ = stream.write_all(&self.body);
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes)?;
        Response::parse(&bytes).ok_or_else(|| std::io::Error::other("no answer"))
    }
}

#[derive(Debug, Clone)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Response {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&bytes[..end]).ok()?;
        let mut lines = head.split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let headers = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        Some(Self { status, headers, body: String::from_utf8(bytes[end + 4..].to_vec()).ok()? })
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    pub fn message(&self) -> String {
        self.json()["message"].as_str().unwrap_or_default().to_owned()
    }
}

pub fn sign(
    key: &Executive,
    method: &str,
    path: &str,
    timestamp: &str,
    body: &[u8],
    mint: &str,
) -> SignatureHeaders {
    let agent = mint.parse().unwrap();
    let envelope = Envelope {
        method,
        path_and_query: path,
        timestamp,
        body_sha256: Envelope::hash_body(body),
        agent: &agent,
    };
    key.sign_http(&envelope).unwrap()
}

pub fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

/// Now and so many milliseconds, as a client writes it.
pub fn iso(offset: i64) -> String {
    let moment = jiff::Timestamp::from_millisecond(now() + offset).unwrap();
    moment.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

pub fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub fn document(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}
