//! One question and its answer, as JSON-RPC 2.0 has them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use leash_api::{ClientBuilder, Endpoint};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::{Error, Refused, field::Field, text};

/// Machines behind one address are apart by a few slots; by more than that (about a minute), one of them is stuck or
/// lying.
const MOST_BEHIND: u64 = 150;

/// The endpoint is behind the chain, or was asked for a slot that it hasn't seen: it may catch up.
const BEHIND: [i64; 3] = [-32_004, -32_005, -32_016];
const BEHIND_TRIES: u32 = 3;
const BEHIND_WAIT: Duration = Duration::from_millis(500);

/// A simulation failed, so the transaction wasn't sent.
const PREFLIGHT: i64 = -32_002;

/// An endpoint of a Solana network.
#[derive(Debug)]
pub struct Rpc {
    endpoint: Endpoint,
    number: AtomicU64,
    /// The highest slot that it has spoken of.
    slot: AtomicU64,
    poll: Duration,
}

impl Rpc {
    /// The endpoint at `url`, which is often a secret. `configure` sets time limits, an observer and the like.
    ///
    /// # Errors
    /// [`Error::Transport`] where it is no URL of an endpoint.
    pub fn new(url: &str, configure: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Result<Self, Error> {
        Ok(Self {
            // Most commands ask several things, and a connection by TLS costs as much as three answers.
            endpoint: Endpoint::new(url, |builder| configure(builder.keep_connections(true)))?,
            number: AtomicU64::new(1),
            slot: AtomicU64::new(0),
            poll: Duration::from_millis(500),
        })
    }

    /// How long to wait between two looks at a transaction. Default: half a second.
    #[must_use]
    pub fn poll_every(mut self, poll: Duration) -> Self {
        self.poll = poll;
        self
    }

    /// How long to wait between two looks at a transaction.
    #[must_use]
    pub const fn poll(&self) -> Duration {
        self.poll
    }

    /// Scheme, host and port of the endpoint: all of its URL that may be shown.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.endpoint.origin()
    }

    /// Asks, and gives the result. Nearly every question may be asked twice: what is sent are signed bytes, which
    /// take effect once.
    pub(crate) async fn ask(&self, method: &'static str, params: Value) -> Result<Value, Error> {
        self.ask_as(method, params, true).await
    }

    /// Asks; `repeatable` says whether to ask again where an answer was lost.
    pub(crate) async fn ask_as(
        &self,
        method: &'static str,
        params: Value,
        repeatable: bool,
    ) -> Result<Value, Error> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.ask_once(method, &params, repeatable).await {
                Err(Error::Rpc { code, .. }) if BEHIND.contains(&code) && tries < BEHIND_TRIES => {
                    sleep(BEHIND_WAIT).await;
                }
                outcome => return outcome,
            }
        }
    }

    async fn ask_once(&self, method: &'static str, params: &Value, repeatable: bool) -> Result<Value, Error> {
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        let question = json!({"jsonrpc": "2.0", "id": number, "method": method, "params": params});
        let body = match self.endpoint.post(question.to_string().into_bytes(), repeatable).await {
            Ok(body) => body,
            // Some endpoints give their errors a status as well.
            Err(leash_api::Error::Api(api)) => match serde_json::from_slice::<Value>(&api.body) {
                Ok(answer) if answer["error"]["code"].is_i64() && api.status != 429 => api.body.clone(),
                _ => return Err(leash_api::Error::Api(api).into()),
            },
            Err(error) => return Err(error.into()),
        };
        let lie = |what: &str| Error::Lie { method, what: what.to_owned() };
        let answer: Value = serde_json::from_slice(&body).map_err(|_| lie("it is not JSON"))?;
        let Value::Object(mut answer) = answer else { return Err(lie("it is not an object")) };
        if answer.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
            return Err(lie("it is not JSON-RPC 2.0"));
        }
        let error = answer.remove("error").filter(|error| !error.is_null());
        let result = answer.remove("result");
        // An endpoint that could not read the question doesn't know its number.
        let unread = error.is_some() && answer.get("id").is_none_or(Value::is_null);
        if !unread && answer.get("id").and_then(Value::as_u64) != Some(number) {
            return Err(lie("it answers another question"));
        }
        match (error, result) {
            (Some(error), None | Some(Value::Null)) => Err(self.refusal(method, &error)),
            (None, Some(result)) => Ok(result),
            (Some(_), Some(_)) => Err(lie("it has both a result and an error")),
            (None, None) => Err(lie("it has neither a result nor an error")),
        }
    }

    fn refusal(&self, method: &'static str, error: &Value) -> Error {
        let field = Field::new(method, error);
        let read = || {
            let code = field.at("code")?.value().as_i64().ok_or_else(|| field.lie("should have a code"))?;
            let message = text::line(field.at("message")?.text()?);
            match field.at("data")?.present().filter(|_| code == PREFLIGHT) {
                Some(data) => Ok(Error::Refused(Box::new(Refused::read(&data, &message)?))),
                None => Ok(Error::Rpc { method, code, message }),
            }
        };
        read().unwrap_or_else(|lie: Error| lie)
    }

    /// The highest slot that it has spoken of, where it has spoken of one.
    pub(crate) fn highest_slot(&self) -> Option<u64> {
        Some(self.slot.load(Ordering::Relaxed)).filter(|slot| *slot > 0)
    }

    /// The value of an answer that says at which slot it is true, and that slot.
    pub(crate) fn at_slot<'a>(
        &self,
        method: &'static str,
        result: &'a Value,
    ) -> Result<(u64, Field<'a>), Error> {
        let field = Field::new(method, result);
        let slot = field.at("context")?.at("slot")?;
        let number = slot.u64()?;
        let highest = self.slot.fetch_max(number, Ordering::Relaxed);
        if number.saturating_add(MOST_BEHIND) < highest {
            return Err(slot.lie(format!("runs backwards, for it was {highest} before")));
        }
        Ok((number, field.at("value")?))
    }
}
