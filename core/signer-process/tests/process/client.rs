//! The plugin's end of the socket.

use std::{
    env, fs,
    io::{self, ErrorKind, Read as _, Write as _},
    os::{fd::AsFd as _, unix::net::UnixStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use leash_protocol::frame::Headers;
use leash_signature::Envelope;
use leash_signer::verify;
use rustix::process::Pid;
use serde_json::{Value, json};

use crate::home::mint;

/// SHA-256 of nothing.
pub const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

pub struct Client {
    stream: UnixStream,
    id: u64,
}

impl Client {
    /// Reaches the signer where `LEASH_SIGNER` says. A descriptor is taken out of the standard three.
    pub fn connect() -> Self {
        let at = env::var("LEASH_SIGNER").unwrap();
        let stream = if let Some(path) = at.strip_prefix("unix:") {
            UnixStream::connect(path).unwrap()
        } else {
            assert_eq!(at, "fd:0");
            let stream = UnixStream::from(io::stdin().as_fd().try_clone_to_owned().unwrap());
            rustix::stdio::dup2_stdin(fs::File::open("/dev/null").unwrap()).unwrap();
            stream
        };
        Self { stream, id: 0 }
    }

    pub const fn stream(&self) -> &UnixStream {
        &self.stream
    }

    pub fn home() -> PathBuf {
        PathBuf::from(env::var_os("HOME").unwrap())
    }

    pub fn signer() -> Pid {
        Pid::from_raw(fs::read_to_string(Self::home().join("signer.pid")).unwrap().parse().unwrap()).unwrap()
    }

    /// Sends bytes as they are.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    pub fn frame(&mut self, json: &[u8]) {
        self.raw(&frame(json));
    }

    /// The next answer; none where the signer has closed.
    pub fn answer(&mut self) -> Option<Value> {
        let mut head = [0; 4];
        match self.stream.read_exact(&mut head) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return None,
            Err(error) => panic!("{error}"),
        }
        let length = u32::from_be_bytes(head) as usize;
        assert!(length <= 64 * 1024, "the signer keeps to the protocol, too");
        let mut json = vec![0; length];
        self.stream.read_exact(&mut json).unwrap();
        Some(serde_json::from_slice(&json).unwrap())
    }

    /// Sends a frame and waits for its answer.
    pub fn say(&mut self, json: &str) -> Value {
        self.frame(json.as_bytes());
        self.answer().unwrap()
    }

    pub fn call(&mut self, mut request: Value) -> Value {
        self.id += 1;
        request["id"] = self.id.into();
        let answer = self.say(&request.to_string());
        assert_eq!(answer["id"], self.id);
        answer
    }

    pub fn hello(&mut self) -> Value {
        self.call(json!({"op": "hello", "v": [1]}))
    }

    pub fn sign(&mut self, method: &str, path: &str, query: &str) -> Value {
        self.call(
            json!({"op": "sign_http", "method": method, "path": path, "query": query, "body_sha256": EMPTY}),
        )
    }

    /// Asks for a signature that is granted, and checks it.
    pub fn sign_keys(&mut self) {
        let path = keys();
        let answer = self.sign("GET", &path, "");
        assert_signed(&answer["ok"], "GET", &path);
    }

    /// Asks for what must be refused.
    pub fn refused(&mut self, method: &str, path: &str, query: &str, code: &str) {
        let answer = self.sign(method, path, query);
        assert_eq!(answer["err"]["code"], code, "{method} {path:?} {query:?}: {answer}");
        assert!(answer.get("ok").is_none());
    }

    /// A process of the plugin's, with the signer as its stdin.
    pub fn child(&self, part: &str) -> Command {
        let mut command = Command::new(env::current_exe().unwrap());
        command.env("TEST_PART", part).stdin(Stdio::from(self.stream.as_fd().try_clone_to_owned().unwrap()));
        command
    }

    pub fn spawn(&self, part: &str) -> Child {
        self.child(part).spawn().unwrap()
    }
}

pub fn frame(json: &[u8]) -> Vec<u8> {
    [&u32::try_from(json.len()).unwrap().to_be_bytes()[..], json].concat()
}

pub fn keys() -> String {
    format!("/v1/agents/{}/api-keys", mint())
}

/// That there are headers, and that they are what the API takes.
pub fn assert_signed(signed: &Value, method: &str, path_and_query: &str) {
    let headers: Headers = serde_json::from_value(signed["headers"].clone()).expect("headers");
    assert_eq!(headers.agent, mint().to_string());
    let mut signature = [0; 64];
    assert_eq!(bs58::decode(&headers.signature).onto(&mut signature), Ok(64));
    let envelope = Envelope {
        method,
        path_and_query,
        timestamp: &headers.timestamp,
        body_sha256: Envelope::hash_body(b""),
        agent: &mint(),
    };
    let public = env::var("TEST_PUBLIC").unwrap().parse().unwrap();
    assert!(verify(&public, &envelope, &signature), "{}", envelope.text());
    let time = |text: &str| text.parse::<jiff::Timestamp>().unwrap();
    let (signed_at, end) = (time(&headers.timestamp), time(signed["expires_at"].as_str().unwrap()));
    assert_eq!(end.duration_since(signed_at).as_secs(), 300);
    assert!(jiff::Timestamp::now().duration_since(signed_at).as_secs().abs() < 60, "the signer's own clock");
    assert!(headers.timestamp.ends_with('Z') && headers.timestamp.len() == 24, "{}", headers.timestamp);
}
