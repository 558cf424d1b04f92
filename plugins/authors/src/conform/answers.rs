//! The API around the plugin: what it answers, and whether what it was sent bears the signatures that were given.

use std::{
    fs, io,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use leash_output::Error;
use leash_sdk::mock::Api;
use leash_signature::Envelope;
use serde_json::{Map, Value, json};

use super::{processes, signer::Ledger};

/// How it behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Mood {
    #[default]
    Answers,
    /// 500, each time.
    Fails,
    /// 200, and no JSON.
    Nonsense,
}

/// Bodies by `METHOD /path`.
#[derive(Debug, Clone, Default)]
pub(super) struct Answers(Map<String, Value>);

/// A request that came.
#[derive(Debug, Clone)]
pub(super) struct Presented {
    /// Method and target.
    pub(super) line: String,
    /// Whether it bore a signature that was given for it.
    pub(super) signed: bool,
    /// What is wrong with the signature that it bore.
    pub(super) fault: Option<String>,
    /// The process in whose arguments, which every user can see, the signature stood.
    pub(super) shown_by: Option<String>,
}

impl Answers {
    /// Reads them.
    ///
    /// # Errors
    /// Where the file can't be read, or is no JSON object.
    pub(super) fn read(path: Option<&Path>) -> Result<Self, Error> {
        let Some(path) = path else { return Ok(Self::default()) };
        let text = fs::read_to_string(path).map_err(|error| Error::io("read", path, &error))?;
        match serde_json::from_str(&text) {
            Ok(Value::Object(answers)) => Ok(Self(answers)),
            _ => Err(Error::usage(format!("`{}` holds no JSON object", path.display()))
                .hint("write {\"GET /v1/agents/{mint}/identity\": {\"handle\": \"me\"}}, for one")),
        }
    }

    /// A body that the real API might send; an empty list for what isn't known here.
    fn body(&self, method: &str, path: &str, mint: &str) -> Value {
        let path = path.replace(mint, "{mint}");
        if let Some(body) = self.0.get(&format!("{method} {path}")) {
            return body.clone();
        }
        let key = |id: &str, label: &str, created: &str| {
            json!({"id": id, "label": label, "network": "solana-devnet", "prefix": "lsh_test_", "last4": "abcd",
                "owner_wallet": mint, "agent_mint": mint, "scopes": ["agent"], "created_at": created,
                "disabled_at": null})
        };
        match (method, path.as_str()) {
            ("GET", "/v1/agents/{mint}/api-keys") => json!({"items": [
                key("01KQ2V4733NK3Y1H0KJ5JXM0VF", "ci", "2026-02-01T00:00:00.000Z"),
                key("01KQ2V0E2ZX7C6591KPV11VC2D", "local \u{202e}runtime", "2020-01-01T00:00:00.000Z"),
            ]}),
            ("GET", "/v1/agents/{mint}/identity") => json!({"mint": mint, "handle": "test-agent"}),
            _ => json!({"items": [], "next_cursor": null}),
        }
    }
}

/// The API, on loopback.
pub(super) struct Server {
    pub(super) api: Api,
    presented: Arc<Mutex<Vec<Presented>>>,
}

impl Server {
    /// Starts it.
    pub(super) fn start(mood: Mood, answers: Answers, mint: &str, ledger: Ledger) -> io::Result<Self> {
        let presented = Arc::new(Mutex::new(Vec::new()));
        let (log, mint) = (Arc::clone(&presented), mint.to_owned());
        let api = Api::start(move |request| {
            let one = look(request, &mint, &ledger);
            let (method, target) = one.line.split_once(' ').unwrap_or_default();
            let path = target.split('?').next().unwrap_or_default();
            let answer = match mood {
                Mood::Fails => (500, json!({"error": "internal", "message": "failed to order"}).to_string()),
                Mood::Nonsense => (200, "<html>".to_owned()),
                Mood::Answers if one.fault.is_some() || !one.signed => {
                    (401, json!({"error": "unauthorized", "message": "no signature for this"}).to_string())
                }
                Mood::Answers => (200, answers.body(method, path, &mint).to_string()),
            };
            log.lock().unwrap_or_else(PoisonError::into_inner).push(one);
            answer
        })?;
        Ok(Self { api, presented })
    }

    pub(super) fn presented(&self) -> Vec<Presented> {
        self.presented.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn look(request: &str, mint: &str, ledger: &Ledger) -> Presented {
    let (head, body) = request.split_once("\r\n\r\n").unwrap_or((request, ""));
    let mut lines = head.lines();
    let mut words = lines.next().unwrap_or_default().split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let header = |wanted: &str| {
        let named =
            |line: &str| line.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case(wanted)).is_some();
        let line = head.lines().skip(1).find(|line| named(line))?;
        line.split_once(':').map(|(_, value)| value.trim().to_owned())
    };
    let mut one =
        Presented { line: format!("{method} {target}"), signed: false, fault: None, shown_by: None };
    let Some(signature) = header("x-leash-sig") else { return one };
    let hash = base16ct::lower::encode_string(&Envelope::hash_body(body.as_bytes()));
    one.fault = match ledger.find(&signature) {
        None => Some("a signature that the signer never gave".to_owned()),
        Some(given) if !given.meant => Some("the signature of an answer to another request".to_owned()),
        Some(given) if given.method != method || given.target != target => {
            Some(format!("the signature for `{} {}`", given.method, given.target))
        }
        Some(given) if given.body_sha256 != hash => Some("a signature for another body".to_owned()),
        Some(_) if header("x-leash-agent").as_deref() != Some(mint) => {
            Some("the header `x-leash-agent` of another agent, or none".to_owned())
        }
        Some(_) if header("x-leash-timestamp").is_none() => Some("no header `x-leash-timestamp`".to_owned()),
        Some(_) => None,
    };
    one.signed = one.fault.is_none();
    // Its sender waits for the answer, so it is still there.
    one.shown_by = processes::showing(&signature);
    one
}
