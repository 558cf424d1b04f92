//! API keys as the API keeps them, for a server that answers well until a test says otherwise.

use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::{Agent, Api, Links, Reply, Request};

/// One agent's keys. Clones share them.
#[derive(Clone)]
pub struct Keys {
    agent: Agent,
    /// The payment links that were made with them.
    pub links: Links,
    kept: Arc<Mutex<Vec<(Value, String)>>>,
}

impl Keys {
    /// None yet.
    #[must_use]
    pub fn of(agent: Agent) -> Self {
        Self { agent, links: Links::of(agent), kept: Arc::default() }
    }

    /// Adds a key that was made some seconds ago; its id.
    #[must_use]
    pub fn add(&self, label: &str, age_seconds: i64) -> String {
        let mut kept = self.kept.lock().unwrap();
        let number = kept.len() + 1;
        let id = format!("01M8TEST{number:018}");
        let plaintext = format!("lsh_test_{:014}k{number:03}", 7);
        let created = Timestamp::now() - SignedDuration::from_secs(age_seconds);
        let key = json!({
            "id": id, "label": label, "network": "solana-devnet", "prefix": "lsh_test_", "last4": plaintext[23..],
            "owner_wallet": self.agent.executive, "agent_mint": self.agent.mint, "scopes": ["agent"],
            "created_at": format!("{created:.3}"), "disabled_at": null,
        });
        kept.push((key, plaintext));
        id
    }

    /// The id of the newest key.
    #[must_use]
    pub fn newest(&self) -> String {
        self.kept.lock().unwrap().last().unwrap().0["id"].as_str().unwrap().to_owned()
    }

    /// A key's plaintext.
    #[must_use]
    pub fn plaintext(&self, id: &str) -> String {
        self.kept.lock().unwrap().iter().find(|(key, _)| key["id"] == id).unwrap().1.clone()
    }

    /// The ids of the keys that work, oldest first.
    #[must_use]
    pub fn active(&self) -> Vec<String> {
        let kept = self.kept.lock().unwrap();
        let active = kept.iter().filter(|(key, _)| key["disabled_at"].is_null());
        active.map(|(key, _)| key["id"].as_str().unwrap().to_owned()).collect()
    }

    /// Makes a key unusable.
    pub fn disable(&self, id: &str) -> Option<Value> {
        let mut kept = self.kept.lock().unwrap();
        let (key, _) = kept.iter_mut().find(|(key, _)| key["id"] == id)?;
        if key["disabled_at"].is_null() {
            key["disabled_at"] = json!(format!("{:.3}", Timestamp::now()));
        }
        Some(key.clone())
    }

    /// A server of these keys.
    #[must_use]
    pub fn serve(&self) -> Api {
        self.serve_but(|_, _| None)
    }

    /// Likewise, but where `instead` has another answer to a request (given how many came before it).
    pub fn serve_but(
        &self,
        instead: impl Fn(&Request, usize) -> Option<Reply> + Send + Sync + 'static,
    ) -> Api {
        let keys = self.clone();
        Api::start(move |request, before| instead(request, before).unwrap_or_else(|| keys.answer(request)))
    }

    /// Does what a request asks for, and answers as the API does.
    #[must_use]
    pub fn answer(&self, request: &Request) -> Reply {
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let below = path.strip_prefix(&format!("/v1/agents/{}/api-keys", self.agent.mint));
        match (request.method.as_str(), below) {
            ("POST", Some("")) => {
                let body: Value = serde_json::from_slice(&request.body).unwrap();
                let id = self.add(body["label"].as_str().unwrap(), 0);
                let kept = self.kept.lock().unwrap();
                let (key, plaintext) = kept.iter().find(|(key, _)| key["id"] == *id).unwrap();
                Reply::Json(200, json!({ "key": key, "plaintext": plaintext }))
            }
            ("GET", Some("")) => self.list(query),
            ("POST", Some(rest)) => {
                let id = rest.strip_prefix('/').and_then(|rest| rest.strip_suffix("/disable")).unwrap();
                match self.disable(id) {
                    Some(key) => Reply::Json(200, json!({ "key": key })),
                    None => not_found("api key not found"),
                }
            }
            ("GET", None) if path.starts_with("/v1/receipts/") => match self.bearer(request) {
                Ok(_) => Reply::Json(200, json!({ "items": [], "next_cursor": null })),
                Err(refusal) => refusal,
            },
            (_, None) if path.starts_with("/v1/payment-links") => match self.bearer(request) {
                Ok(key) => self.links.answer(request, &key),
                Err(refusal) => refusal,
            },
            _ => not_found("no such route"),
        }
    }

    fn list(&self, query: &str) -> Reply {
        let all = query.contains("include_disabled=true");
        let limit = query.split('&').find_map(|pair| pair.strip_prefix("limit="));
        let limit = limit.map_or(100, |limit| limit.parse().unwrap());
        let kept = self.kept.lock().unwrap();
        let listed = kept.iter().rev().map(|(key, _)| key).filter(|key| all || key["disabled_at"].is_null());
        Reply::Json(200, json!({ "items": listed.take(limit).collect::<Vec<_>>() }))
    }

    /// The id of the API key that a request carries.
    fn bearer(&self, request: &Request) -> Result<String, Reply> {
        let bearer = request.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
        let kept = self.kept.lock().unwrap();
        match kept.iter().find(|(_, plaintext)| Some(plaintext.as_str()) == bearer) {
            Some((key, _)) if key["disabled_at"].is_null() => Ok(key["id"].as_str().unwrap().to_owned()),
            Some(_) => Err(unauthorized("api key disabled")),
            None => Err(unauthorized("unknown api key")),
        }
    }
}

fn not_found(message: &str) -> Reply {
    Reply::Json(404, json!({ "error": "not_found", "message": message }))
}

fn unauthorized(message: &str) -> Reply {
    Reply::Json(401, json!({ "error": "unauthorized", "message": message }))
}
