//! The key, what may be done with it, and the signatures that were given.

use std::{
    os::fd::{BorrowedFd, OwnedFd},
    process::Child,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use leash_audit::{AuditKey, Entry, Log};
use leash_chain::Address;
use leash_output::Error;
use leash_protocol::{
    frame::{Answer, Code, Headers, Refusal},
    scope::Asked,
};
use leash_signature::{Envelope, SignHttp as _};
use leash_signer::Executive;

use crate::{
    pay::{Bought, Place},
    process::Process,
    request::{SignHttp, bad_request},
    spec::{Daily, Grant, PayerSpec, Plugin},
};

/// How long the API takes what was signed.
const VALID: Duration = Duration::from_secs(5 * 60);
/// How long to wait for the audit log while others write.
const LOG_PATIENCE: Duration = Duration::from_secs(5);
const LOG_PAUSE: Duration = Duration::from_millis(2);

/// A key that can be used.
pub(crate) struct InUse {
    pub(crate) executive: Executive,
    pub(crate) log_key: AuditKey,
}

/// A signer for one run of one plugin.
pub(crate) struct Signer {
    /// The key; or, where it is locked, how it can be unlocked.
    pub(crate) key: Result<InUse, String>,
    /// Its public half.
    pub(crate) public: Address,
    pub(crate) mint: Address,
    /// As a person knows it.
    pub(crate) network: &'static str,
    pub(crate) base_path: String,
    pub(crate) plugin: Plugin,
    pub(crate) invocation: String,
    pub(crate) grant: Grant,
    pub(crate) daily: Option<Box<dyn Daily>>,
    pub(crate) terminal: Option<OwnedFd>,
    pub(crate) process: Process,
    pub(crate) log: Log,
    /// Signatures that were given.
    pub(crate) given: u32,
    /// Where the agent lives, and the API key: for the payer.
    pub(crate) place: Place,
    /// How payments are made; none where they can't be.
    pub(crate) payer: Option<PayerSpec>,
    /// What was bought and hasn't arrived yet.
    pub(crate) bought: Vec<Bought>,
    /// Payers that have done their work, and end.
    pub(crate) leaving: Vec<Child>,
}

impl Signer {
    /// Signs a request or says why not; either is in the audit log before this comes back. What is refused because the
    /// key is locked isn't, for what the log is written with is made from the key.
    pub(crate) fn sign_http(
        &mut self,
        ask: &SignHttp,
        client: Option<BorrowedFd<'_>>,
    ) -> Result<Answer, Refusal> {
        if let Err(hint) = &self.key {
            return Err(locked(ask, hint));
        }
        match self.decide(ask, client) {
            Ok(body_sha256) => self.sign(ask, body_sha256),
            Err(refusal) => {
                self.record(ask, &stamp(Timestamp::now()), refusal.code.as_str())?;
                Err(refusal)
            }
        }
    }

    fn sign(&mut self, ask: &SignHttp, body_sha256: [u8; 32]) -> Result<Answer, Refusal> {
        let now = Timestamp::now();
        let timestamp = stamp(now);
        self.record(ask, &timestamp, "signed")?;
        let key = self.key.as_ref().map_err(|hint| locked(ask, hint))?;
        let signed = key.executive.sign_http(&Envelope {
            method: &ask.method,
            path_and_query: &self.signed_path(ask),
            timestamp: &timestamp,
            body_sha256,
            agent: &self.mint,
        });
        let signed = signed.map_err(|error| internal(error.to_string()))?;
        self.given += 1;
        let headers =
            Headers { agent: signed.agent, timestamp: signed.timestamp, signature: signed.signature };
        Ok(Answer::Signed { headers, expires_at: stamp(now.checked_add(VALID).unwrap_or(now)) })
    }

    /// What the API sees, so also what is signed.
    fn signed_path(&self, ask: &SignHttp) -> String {
        let parts =
            [self.base_path.as_str(), &ask.path, if ask.query.is_empty() { "" } else { "?" }, &ask.query];
        parts.concat()
    }

    fn record(&self, ask: &SignHttp, time: &str, decision: &str) -> Result<(), Refusal> {
        self.write(Entry {
            method: ask.method.clone(),
            path: self.signed_path(ask),
            body_sha256: ask.body_sha256.clone(),
            ..self.line(time, decision)
        })
    }

    /// A line of the log, but for what was asked.
    pub(crate) fn line(&self, time: &str, decision: &str) -> Entry {
        Entry {
            time: time.to_owned(),
            plugin: self.plugin.name.clone(),
            digest: self.plugin.digest.clone(),
            agent: self.mint.to_string(),
            invocation: self.invocation.clone(),
            method: String::new(),
            path: String::new(),
            body_sha256: String::new(),
            decision: decision.to_owned(),
            pay: None,
        }
    }

    /// Adds a line to the log.
    #[allow(clippy::needless_pass_by_value, reason = "it was made for this")]
    pub(crate) fn write(&self, entry: Entry) -> Result<(), Refusal> {
        let begun = Instant::now();
        let again = || begun.elapsed() < LOG_PATIENCE && !self.process.ends_within(LOG_PAUSE);
        let key = self.key.as_ref().map_err(|hint| is_locked(hint))?;
        self.log.append_while(&key.log_key, &entry, again).map_err(|error| log_failed(&error))
    }
}

/// Nothing is signed with a locked key; what makes no sense is still told first.
fn locked(ask: &SignHttp, hint: &str) -> Refusal {
    let fault = ask.fault.or_else(|| Asked::check(&ask.method, &ask.path, &ask.query).err());
    if let Some(fault) = fault {
        return bad_request(fault);
    }
    is_locked(hint)
}

pub(crate) fn is_locked(hint: &str) -> Refusal {
    let message = "the agent's key is locked, and nobody could be asked for its passphrase";
    Refusal::new(Code::Locked, message, Some(hint.to_owned()))
}

/// ISO 8601 with milliseconds and `Z`, as it is signed.
pub(crate) fn stamp(time: Timestamp) -> String {
    format!("{time:.3}")
}

pub(crate) fn internal(message: String) -> Refusal {
    Refusal::new(Code::Internal, message, None)
}

fn log_failed(error: &Error) -> Refusal {
    let message = format!("nothing is signed that can't be written to the audit log: {error}");
    Refusal::new(Code::Internal, message, Some(error.hints()))
}
