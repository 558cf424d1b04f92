//! A mock that keeps the contract: scopes, quota and codes are real, the signature is none. (JSON it reads as
//! serde does, so a key that is there twice passes here and nowhere else.)

use leash_protocol::{
    PROTOCOL,
    frame::{Code, FEATURE_PAY, FEATURE_SIGN_HTTP, MAX_ID},
    scope::{Asked, Scope},
};
use serde_json::{Value, json};

use super::{Reply, Shop};

/// An honest mock's settings and memory; [`Honest::answer`] is what [`Mock::start`](super::Mock::start) takes.
#[derive(Debug, Clone)]
pub struct Honest {
    /// The run that it signs for.
    pub invocation: String,
    /// The agent's mint.
    pub mint: String,
    /// What is granted.
    pub scopes: Vec<Scope>,
    /// How many signatures; payments are counted among them here.
    pub max_signatures: u32,
    /// What may be paid, and what that buys; none for nothing.
    pub shop: Option<Shop>,
    /// How every request is refused, if it is.
    pub refuse: Option<Code>,
    given: u32,
}

impl Honest {
    /// One that grants these scopes (`"GET /v1/agents/{mint}/api-keys"`) to the run and the agent of
    /// [`context`](super::context).
    ///
    /// # Panics
    /// Where one is no scope.
    #[must_use]
    pub fn granting(scopes: &[&str]) -> Self {
        let parse = |text: &&str| Scope::parse(text).unwrap_or_else(|why| panic!("`{text}`: {why}"));
        let context = super::context();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Self {
            invocation: text(&context["invocation"]),
            mint: text(&context["agent"]["mint"]),
            scopes: scopes.iter().map(parse).collect(),
            max_signatures: 20,
            shop: None,
            refuse: None,
            given: 0,
        }
    }

    /// Answers one request.
    pub fn answer(&mut self, request: &Value) -> Reply {
        let Some(id) = request["id"].as_u64().filter(|id| *id <= MAX_ID) else {
            return err(&Value::Null, Code::BadRequest, "the id is no integer from 0 to 2^53-1");
        };
        let id = json!(id);
        match request["op"].as_str() {
            Some("hello") => self.hello(&id, request),
            Some("sign_http") => self.sign(&id, request),
            Some("pay") => self.pay(&id, request),
            Some("pay_body") => match (&self.shop, request["offset"].as_u64()) {
                (Some(shop), Some(offset)) if request["answer"] == "mock" => {
                    Reply::Json(json!({"id": id, "ok": {"offset": offset, "piece": shop.piece(offset)}}))
                }
                _ => err(&id, Code::BadRequest, "there is no such answer, or not any more"),
            },
            Some("pay_done") if request["answer"] == "mock" => {
                Reply::Json(json!({"id": id, "ok": {"done": true}}))
            }
            Some("pay_done") => err(&id, Code::BadRequest, "there is no such answer, or not any more"),
            _ => err(&id, Code::Unsupported, "this signer doesn't know such requests"),
        }
    }

    fn hello(&self, id: &Value, request: &Value) -> Reply {
        let versions = request["v"].as_array();
        if !versions.is_some_and(|versions| versions.contains(&json!(PROTOCOL))) {
            return Reply::Close(super::frame(
                refusal(id, Code::Unsupported, "no common version").to_string().as_bytes(),
            ));
        }
        let mut answer = json!({"id": id, "ok": {
            "v": PROTOCOL, "invocation": self.invocation, "features": [FEATURE_SIGN_HTTP],
            "grant": {"scopes": self.scopes, "max_signatures": self.max_signatures},
        }});
        if let Some(shop) = &self.shop {
            answer["ok"]["features"] = json!([FEATURE_SIGN_HTTP, FEATURE_PAY]);
            answer["ok"]["grant"]["pay"] = json!(shop.limits);
        }
        Reply::Json(answer)
    }

    fn pay(&mut self, id: &Value, request: &Value) -> Reply {
        if let Some(code) = self.refuse {
            return err(id, code, "refused to order");
        }
        if self.given >= self.max_signatures {
            return err(id, Code::Quota, "all that was granted was given");
        }
        let Some(shop) = &mut self.shop else {
            return err(id, Code::DeniedScope, "no payments are granted");
        };
        match shop.pay(request) {
            Ok(paid) => {
                self.given += 1;
                Reply::Json(json!({"id": id, "ok": paid}))
            }
            Err((code, reason, message)) => {
                let mut refusal = refusal(id, code, message);
                if let Some(reason) = reason {
                    refusal["err"]["payment"] = json!({"reason": reason});
                }
                Reply::Json(refusal)
            }
        }
    }

    fn sign(&mut self, id: &Value, request: &Value) -> Reply {
        let text = |name: &str| request[name].as_str().unwrap_or_default();
        if !matches!(request["query"], Value::String(_) | Value::Null) {
            return err(id, Code::BadRequest, "`query` is no text");
        }
        let hash = text("body_sha256");
        if hash.len() != 64 || !hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return err(id, Code::BadRequest, "`body_sha256` is no hash");
        }
        let asked = match Asked::check(text("method"), text("path"), text("query")) {
            Ok(asked) => asked,
            Err(why) => return err(id, Code::BadRequest, why),
        };
        if let Some(code) = self.refuse {
            return err(id, code, "refused to order");
        }
        if !self.scopes.iter().any(|scope| scope.allows(&asked, &self.mint)) {
            let wanted = format!("{} {}", asked.method(), asked.path());
            let mut refusal = refusal(id, Code::DeniedScope, &format!("`{wanted}` is not granted"));
            refusal["err"]["hint"] = json!(format!("leash plugin trust NAME --allow '{wanted}'"));
            return Reply::Json(refusal);
        }
        if self.given >= self.max_signatures {
            return err(id, Code::Quota, "all granted signatures were given");
        }
        self.given += 1;
        Reply::Json(json!({"id": id, "ok": {
            "headers": {
                "x-leash-agent": self.mint,
                "x-leash-timestamp": "2026-01-01T00:00:00.000Z",
                "x-leash-sig": "1".repeat(64),
            },
            "expires_at": "2026-01-01T00:05:00.000Z",
        }}))
    }
}

fn err(id: &Value, code: Code, message: &str) -> Reply {
    Reply::Json(refusal(id, code, message))
}

fn refusal(id: &Value, code: Code, message: &str) -> Value {
    json!({"id": id, "err": {"code": code, "message": message}})
}
