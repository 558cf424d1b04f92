//! Payment links as the original server keeps them: `Idempotency-Key` is not read, an `id` of the client's own is
//! honoured, and a link belongs to the API key that made it.

use std::sync::{Arc, Mutex};

use serde_json::{Map, Value, json};

use crate::{Agent, Reply, Request};

/// One agent's links. Clones share them.
#[derive(Clone)]
pub struct Links {
    agent: Agent,
    /// Oldest first: the id of the owning API key, and the link.
    kept: Arc<Mutex<Vec<(String, Value)>>>,
}

impl Links {
    /// None yet.
    #[must_use]
    pub fn of(agent: Agent) -> Self {
        Self { agent, kept: Arc::default() }
    }

    /// Adds a link of an API key's; its id. `millisecond` is the last digits of its time of creation.
    #[must_use]
    pub fn add(&self, key: &str, label: &str, millisecond: usize) -> String {
        let number = self.kept.lock().unwrap().len() + 1;
        let id = format!("01m8link{number:018}");
        let body = json!({
            "id": id, "label": label, "owner_agent": self.agent.mint, "method": "GET", "price": "0.01 USDC",
            "currency": "USDC", "protocol": "x402", "response": { "status": 200, "body": "x" },
        });
        self.keep(key, &body, &format!("2026-11-23T04:14:40.{millisecond:03}Z"));
        id
    }

    /// The links that a buyer can pay, oldest first.
    #[must_use]
    pub fn live(&self) -> Vec<String> {
        self.all(|link| link["disabled_at"].is_null())
    }

    /// All links, oldest first.
    #[must_use]
    pub fn ids(&self) -> Vec<String> {
        self.all(|_| true)
    }

    fn all(&self, wanted: impl Fn(&Value) -> bool) -> Vec<String> {
        let kept = self.kept.lock().unwrap();
        let ids = kept.iter().filter(|(_, link)| wanted(link));
        ids.map(|(_, link)| link["id"].as_str().unwrap().to_owned()).collect()
    }

    /// Overwrites fields of a link.
    pub fn change(&self, id: &str, fields: &Value) {
        let mut kept = self.kept.lock().unwrap();
        let (_, link) = kept.iter_mut().find(|(_, link)| link["id"] == id).unwrap();
        link.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    }

    /// Does what a request with this API key asks for.
    #[must_use]
    pub fn answer(&self, request: &Request, key: &str) -> Reply {
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let id = path.strip_prefix("/v1/payment-links").unwrap().trim_start_matches('/');
        match (request.method.as_str(), id) {
            ("POST", "") => self.create(&serde_json::from_slice(&request.body).unwrap(), key),
            ("GET", "") => self.list(query, key),
            ("GET", id) => self.one(id, key, None),
            ("PATCH", id) => self.one(id, key, Some(&serde_json::from_slice(&request.body).unwrap())),
            _ => Reply::Json(404, json!({ "error": "not_found", "message": "no such route" })),
        }
    }

    fn create(&self, body: &Value, key: &str) -> Reply {
        let mut body = body.clone();
        if body["id"].is_null() {
            body["id"] = json!(format!("01m8made{:018}", self.ids().len() + 1));
        }
        let id = body["id"].as_str().unwrap().to_owned();
        if self.ids().contains(&id) {
            let message = format!("payment link \"{id}\" already exists on solana-devnet");
            return Reply::Json(409, json!({ "error": "idempotency_conflict", "message": message }));
        }
        let now = jiff::Timestamp::now();
        self.keep(key, &body, &format!("{now:.3}"));
        self.one(&id, key, None)
    }

    fn keep(&self, key: &str, body: &Value, created_at: &str) {
        let id = body["id"].as_str().unwrap().to_owned();
        let mut link = json!({
            "network": "solana-devnet", "description": null, "pay_to": self.agent.treasury, "metadata": {},
            "share_url": format!("https://api.example/x/{id}?network=solana-devnet"), "accepts": [],
            "disabled_at": null, "created_at": created_at,
        });
        link.as_object_mut().unwrap().extend::<Map<_, _>>(body.as_object().unwrap().clone());
        self.kept.lock().unwrap().push((key.to_owned(), link));
    }

    fn one(&self, id: &str, key: &str, patch: Option<&Value>) -> Reply {
        let mut kept = self.kept.lock().unwrap();
        match kept.iter_mut().find(|(owner, link)| owner == key && link["id"] == id) {
            Some((_, link)) => {
                if patch.is_some_and(|patch| patch["disabled"] == true) {
                    link["disabled_at"] = json!("2026-11-24T00:00:00.000Z");
                }
                Reply::Json(200, link.clone())
            }
            None => {
                let message = format!("payment link \"{id}\" not found on solana-devnet");
                Reply::Json(404, json!({ "error": "not_found", "message": message }))
            }
        }
    }

    fn list(&self, query: &str, key: &str) -> Reply {
        let value = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name));
        let limit = value("limit=").map_or(50, |limit| limit.parse().unwrap());
        let cursor = value("cursor=").map(|text| text.replace("%3A", ":").replace("%7E", "~"));
        let all = value("include_disabled=") == Some("true");
        let kept = self.kept.lock().unwrap();
        let mut links: Vec<&Value> = kept
            .iter()
            .filter(|(owner, link)| owner == key && (all || link["disabled_at"].is_null()))
            .map(|(_, link)| link)
            .filter(|link| {
                cursor.as_deref().is_none_or(|cursor| link["created_at"].as_str().unwrap() < cursor)
            })
            .collect();
        links.sort_by(|a, b| b["created_at"].as_str().cmp(&a["created_at"].as_str()));
        links.truncate(limit);
        let next = links.last().filter(|_| links.len() == limit).map(|link| link["created_at"].clone());
        Reply::Json(200, json!({ "items": links, "next_cursor": next }))
    }
}
