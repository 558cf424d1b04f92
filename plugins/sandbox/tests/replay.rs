//! Exchanges with the original server, sent again: signed anew and with the present time, since that is what
//! the server checks. `setup` lines make what the recording had before it. The neighbours were made by sending
//! variations of the recorded requests, and random bodies, to the original's own routes and validators.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use std::{collections::HashMap, path::Path};

use common::{Home, MINT, MINT_2, Request, Response, Server, iso, lines, now, sign};
use serde_json::Value;

/// The second agent's key in the recordings. It isn't known, so another takes its place.
const RECORDED_SECOND: &str = "BxE78mLA7XeVZcNR2r9vvuduB4Ac96JxB97S48TVUZGt";

/// These two need a chain with an asset on it, or without one. The sandbox has none.
const NEED_A_CHAIN: [&str; 2] = ["record.owner-mismatch", "record.missing-asset"];

/// These two were sent to the original's handlers without its paywall, to which such paths belong.
const WITHOUT_A_PAYWALL: [&str; 2] = ["nokey /x/abc%zz 451", "key /x/abc%zz 452"];

#[test]
fn direct_probes() {
    let home = Home::new();
    let server = home.serve(&[]);
    let replayed = Replay::new(&server).run(Path::new("tests/data/api.jsonl"));
    assert_eq!(replayed, 79 - NEED_A_CHAIN.len());
}

#[test]
fn runs_of_the_original_client() {
    let home = Home::new();
    let server = home.serve(&["--rate-limit", "100000"]);
    assert_eq!(Replay::new(&server).run(Path::new("tests/data/client.jsonl")), 61);
}

#[test]
fn neighbours_of_the_probes() {
    let home = Home::new();
    let server = home.serve(&["--rate-limit", "100000"]);
    assert!(Replay::new(&server).run(Path::new("tests/data/neighbours-keys.jsonl")) > 400);
}

#[test]
fn bodies_of_every_kind() {
    let home = Home::new();
    let server = home.serve(&["--rate-limit", "100000"]);
    assert!(Replay::new(&server).run(Path::new("tests/data/neighbours-bodies.jsonl")) > 150);
}

struct Replay<'a> {
    server: &'a Server,
    /// What was recorded, and what stands for it now: identifiers, keys, the second agent's key.
    names: HashMap<String, String>,
}

impl<'a> Replay<'a> {
    fn new(server: &'a Server) -> Self {
        let second = (RECORDED_SECOND.to_owned(), server.second.public().to_string());
        Self { server, names: HashMap::from([second]) }
    }

    fn run(mut self, path: &Path) -> usize {
        let mut replayed = 0;
        for step in lines(path) {
            let case = step["case"].as_str().unwrap();
            if NEED_A_CHAIN.contains(&case) || WITHOUT_A_PAYWALL.contains(&case) {
                continue;
            }
            if case == "setup" {
                self.set_up(&step);
                continue;
            }
            if case == "second" {
                let recorded = step["executive"].as_str().unwrap().to_owned();
                self.names = HashMap::from([(recorded, self.server.second.public().to_string())]);
                continue;
            }
            let response = if case == "ratelimit.429" { self.exhaust(&step) } else { self.send(&step) };
            self.compare(case, &step, &response);
            replayed += 1;
        }
        replayed
    }

    fn set_up(&mut self, step: &Value) {
        if let Some(receipt) = step.get("receipt") {
            let agent = receipt["agent"].as_str().unwrap();
            let key = self.key_of_another(agent);
            let request = Request::new("POST", &format!("/v1/receipts/{agent}"))
                .json(&receipt.to_string())
                .bearer(&key);
            let response = self.server.send(&request);
            assert_eq!(response.status, 200, "{}", response.body);
            return;
        }
        let key = &step["key"];
        let created = self.create_key(key["agent"].as_str().unwrap(), key["label"].as_str().unwrap());
        self.names.insert(
            key["id"].as_str().unwrap().to_owned(),
            created["key"]["id"].as_str().unwrap().to_owned(),
        );
        if let Some(plaintext) = key["plaintext"].as_str() {
            self.names.insert(plaintext.to_owned(), created["plaintext"].as_str().unwrap().to_owned());
        }
    }

    fn create_key(&self, agent: &str, label: &str) -> Value {
        let key = if agent == MINT { &self.server.first } else { &self.server.second };
        let body = serde_json::json!({ "label": label }).to_string();
        let request = Request::new("POST", &format!("/v1/agents/{agent}/api-keys")).json(&body);
        let response = self.server.send(&request.sign(key, agent, &iso(0)));
        assert_eq!(response.status, 200, "{}", response.body);
        response.json()
    }

    /// A key of another agent than this one's: any key may publish any agent's receipts, and a key of its own
    /// would stand in lists where the recording has none.
    fn key_of_another(&self, agent: &str) -> String {
        let other = if agent == MINT { MINT_2 } else { MINT };
        let created = self.create_key(other, "setup");
        created["plaintext"].as_str().unwrap().to_owned()
    }

    fn now(&self, text: &str) -> String {
        self.names.iter().fold(text.to_owned(), |text, (recorded, present)| text.replace(recorded, present))
    }

    fn send(&self, step: &Value) -> Response {
        let text = |name: &str| step[name].as_str().unwrap_or_default();
        let mut request = Request::new(text("method"), &self.now(text("path")));
        request.body = match step["repeat"].as_u64() {
            Some(count) => {
                format!("{{\"label\":\"{}\"}}", "x".repeat(usize::try_from(count).unwrap())).into_bytes()
            }
            None => self.now(text("body")).into_bytes(),
        };
        let timestamp = match text("form") {
            "offset" => iso(0).replace('Z', "+00:00"),
            "seconds" => format!("{}Z", &iso(0)[..19]),
            "epoch" => now().to_string(),
            "garbage" => "not-a-date".to_owned(),
            _ => iso(step["offset"].as_i64().unwrap_or(0)),
        };
        let signature = step.get("sign").map(|signed| {
            let text = |name: &str, default: &str| signed[name].as_str().unwrap_or(default).to_owned();
            let key = if signed["by"] == 1 { &self.server.first } else { &self.server.second };
            let body =
                signed["body"].as_str().map_or_else(|| request.body.clone(), |body| body.as_bytes().to_vec());
            let (method, path) = (text("method", &request.method), self.now(&text("path", "")));
            sign(key, &method, &path, &timestamp, &body, &text("agent", MINT)).signature
        });
        for (name, value) in step["headers"].as_object().unwrap() {
            let recorded = value.as_str().unwrap();
            let value = match (name.to_ascii_lowercase().as_str(), &signature) {
                ("x-leash-timestamp", _) => timestamp.clone(),
                // The white space around it is part of one of the cases.
                ("x-leash-sig", Some(signature)) => recorded.replace(recorded.trim(), signature),
                _ => self.now(recorded),
            };
            request.headers.push((name.clone(), value));
        }
        self.server.send(&request)
    }

    /// Repeats a request until the minute's allowance is used up.
    fn exhaust(&self, step: &Value) -> Response {
        let responses = (0..300).map(|_| self.send(step));
        responses.into_iter().find(|response| response.status == 429).expect("the limit is reached")
    }

    fn compare(&mut self, case: &str, step: &Value, response: &Response) {
        let recorded = step["response"].as_str().unwrap();
        assert_eq!(u64::from(response.status), step["status"].as_u64().unwrap(), "{case}: {}", response.body);
        assert_eq!(response.header("content-type"), step["content_type"].as_str(), "{case}");
        assert!(response.header("date").is_some(), "{case}");
        let limited = step["limited"] == true;
        for name in ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"] {
            assert_eq!(response.header(name).is_some(), limited, "{case}: {name}");
        }
        if recorded.is_empty() {
            assert_eq!(response.body, "", "{case}");
            return;
        }
        assert_eq!(
            response.header("content-length"),
            Some(response.body.len().to_string().as_str()),
            "{case}"
        );
        // What an unknown route answers is no JSON.
        if let Ok(document) = serde_json::from_str(recorded) {
            self.learn(case, &document, &response.json());
        }
        // Identifiers that both sides know are compared, all that differs by nature is masked.
        let mut present = response.body.clone();
        for (recorded, now) in &self.names {
            present = present.replace(now, recorded);
        }
        assert_eq!(self.mask(&present), self.mask(recorded), "{case}");
    }

    fn mask(&self, text: &str) -> String {
        mask(text, |slug| self.names.contains_key(slug))
    }

    /// Takes note of what stands for a recorded identifier, and that it always does.
    fn learn(&mut self, case: &str, recorded: &Value, present: &Value) {
        match (recorded, present) {
            (Value::Object(recorded), Value::Object(present)) => {
                for (name, value) in recorded {
                    let other = present.get(name).unwrap_or(&Value::Null);
                    match (name.as_str(), value.as_str(), other.as_str()) {
                        ("id" | "plaintext" | "event_id", Some(value), Some(other)) => {
                            let known =
                                self.names.entry(value.to_owned()).or_insert_with(|| other.to_owned());
                            assert_eq!(known, other, "{case}: {name}");
                            assert_eq!(other.len(), value.len(), "{case}: {name}");
                        }
                        _ => self.learn(case, value, other),
                    }
                }
            }
            (Value::Array(recorded), Value::Array(present)) => {
                for (value, other) in recorded.iter().zip(present) {
                    self.learn(case, value, other);
                }
            }
            _ => {}
        }
    }
}

/// Hides moments, the last characters of keys, the server's own address, and the identifiers of links that are
/// only shown in their address.
fn mask(text: &str, is_known: impl Fn(&str) -> bool) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(char) = rest.chars().next() {
        let slug = rest.strip_prefix("/x/").and_then(|rest| rest.get(..26));
        let taken = if is_moment(rest) {
            masked.push_str("<moment>");
            24
        } else if rest.starts_with("\"last4\":\"") {
            masked.push_str("<last4>");
            "\"last4\":\"....\"".len()
        } else if let Some(after) = rest.strip_prefix("http://127.0.0.1:") {
            masked.push_str("<origin>");
            rest.len() - after.trim_start_matches(|char: char| char.is_ascii_digit()).len()
        } else if slug
            .is_some_and(|slug| slug.bytes().all(|byte| byte.is_ascii_alphanumeric()) && !is_known(slug))
        {
            masked.push_str("/x/<slug>");
            29
        } else {
            masked.push(char);
            char.len_utf8()
        };
        rest = &rest[taken..];
    }
    masked
}

fn is_moment(text: &str) -> bool {
    const FORM: &[u8] = b"0000-00-00T00:00:00.000Z";
    let fits = |(byte, form): (u8, &u8)| if *form == b'0' { byte.is_ascii_digit() } else { byte == *form };
    text.len() >= FORM.len() && text.bytes().zip(FORM).all(fits)
}

#[test]
fn the_mask_hides_only_what_it_should() {
    let text =
        r#"{"id":"x","last4":"ab12","at":"2026-11-23T04:36:13.643Z","n":1,"u":"http://127.0.0.1:18788/x"}"#;
    assert_eq!(mask(text, |_| false), r#"{"id":"x",<last4>,"at":"<moment>","n":1,"u":"<origin>/x"}"#);
    assert_eq!(mask("/x/01m839w0e2zx7c6591kpv11vc2?a", |_| false), "/x/<slug>?a");
    assert_eq!(mask("/x/01m839w0e2zx7c6591kpv11vc2?a", |_| true), "/x/01m839w0e2zx7c6591kpv11vc2?a");
    assert_ne!(MINT, MINT_2);
}
