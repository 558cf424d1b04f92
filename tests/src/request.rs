//! A request: what a server was asked, or is asked by a test.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

use leash_signature::Envelope;
use leash_signer::verify;

/// It.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// A header's value.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether it says that it is this mint's, and is signed with the executive key of which this is the public half.
    #[must_use]
    pub fn is_signed_by(&self, mint: &str, executive: &str) -> bool {
        let (Some(signature), Some(timestamp)) =
            (self.header("x-leash-sig"), self.header("x-leash-timestamp"))
        else {
            return false;
        };
        let bytes: [u8; 64] = bs58::decode(signature).into_vec().unwrap().try_into().unwrap();
        let envelope = Envelope {
            agent: &mint.parse().unwrap(),
            method: &self.method,
            path_and_query: &self.path,
            timestamp,
            body_sha256: Envelope::hash_body(&self.body),
        };
        self.header("x-leash-agent") == Some(mint)
            && timestamp.len() == "2026-11-23T04:14:40.464Z".len()
            && timestamp.ends_with('Z')
            && verify(&executive.parse().unwrap(), &envelope, &bytes)
    }

    /// Sends it to another server, at `origin`; the answer's bytes.
    #[must_use]
    pub fn pass_on(&self, origin: &str) -> Vec<u8> {
        let host = origin.strip_prefix("http://").unwrap();
        let mut head = format!("{} {} HTTP/1.1\r\nhost: {host}\r\n", self.method, self.path);
        for (name, value) in &self.headers {
            if !["host", "connection", "content-length"].contains(&name.as_str()) {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
        }
        head.push_str(&format!("content-length: {}\r\nconnection: close\r\n\r\n", self.body.len()));
        let mut stream = TcpStream::connect(host).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(&self.body).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        answer
    }
}
