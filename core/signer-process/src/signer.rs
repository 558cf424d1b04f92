//! What holds the key: it decides which requests are signed, and writes every decision to the audit log before it answers.

use std::{
    os::fd::BorrowedFd,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use leash_audit::{Entry, Log};
use leash_output::Error;
use leash_protocol::{
    frame::{Answer, Code, Headers, Refusal},
    scope::Asked,
};
use leash_signature::Envelope;

use crate::{
    decide::SignatureGrant,
    key::{Key, OpenKey},
    refusal::bad_request,
    request::SignHttp,
    run::Run,
};

/// How long the API takes what was signed.
const VALID: Duration = Duration::from_secs(5 * 60);
/// How long to wait for the audit log while others write.
const LOG_PATIENCE: Duration = Duration::from_secs(5);
const LOG_PAUSE: Duration = Duration::from_millis(2);

/// A signer for one run of one plugin.
pub(crate) struct Signer {
    pub(crate) run: Run,
    pub(crate) grant: SignatureGrant,
    key: Key,
    log: Log,
    /// The path of the API's base URL, which every signed path begins with.
    base_path: String,
}

impl Signer {
    pub(crate) const fn new(run: Run, grant: SignatureGrant, key: Key, log: Log, base_path: String) -> Self {
        Self { run, grant, key, log, base_path }
    }

    /// The key.
    ///
    /// # Errors
    /// [`Code::Locked`], where it is encrypted.
    pub(crate) fn key(&self) -> Result<&OpenKey, Refusal> {
        self.key.open()
    }

    pub(crate) const fn is_locked(&self) -> bool {
        matches!(self.key, Key::Locked { .. })
    }

    /// Signs a request or says why not; either is in the audit log before this comes back. What is refused because the
    /// key is locked isn't, for what the log is written with is made from the key.
    pub(crate) fn sign_http(
        &mut self,
        ask: &SignHttp,
        client: Option<BorrowedFd<'_>>,
    ) -> Result<Answer, Refusal> {
        // What makes no sense is told first.
        let key = self.key.open().map_err(|locked| fault(ask).map_or(locked, bad_request))?;
        match self.grant.decide(&self.run, ask, client) {
            Ok(body_sha256) => {
                let answer = self.sign(key, ask, body_sha256)?;
                self.grant.count();
                Ok(answer)
            }
            Err(refusal) => {
                self.record_request(key, ask, &stamp(Timestamp::now()), refusal.code.as_str())?;
                Err(refusal)
            }
        }
    }

    fn sign(&self, key: &OpenKey, ask: &SignHttp, body_sha256: [u8; 32]) -> Result<Answer, Refusal> {
        let now = Timestamp::now();
        let timestamp = stamp(now);
        self.record_request(key, ask, &timestamp, "signed")?;
        let signed = key.sign_http(&Envelope {
            method: &ask.method,
            path_and_query: &self.signed_path(ask),
            timestamp: &timestamp,
            body_sha256,
            agent: &self.run.mint,
        })?;
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

    fn record_request(
        &self,
        key: &OpenKey,
        ask: &SignHttp,
        time: &str,
        decision: &str,
    ) -> Result<(), Refusal> {
        self.record(
            key,
            &Entry {
                method: ask.method.clone(),
                path: self.signed_path(ask),
                body_sha256: ask.body_sha256.clone(),
                ..self.entry(time, decision)
            },
        )
    }

    /// An entry of the audit log, but for what was asked.
    pub(crate) fn entry(&self, time: &str, decision: &str) -> Entry {
        Entry {
            time: time.to_owned(),
            plugin: self.run.plugin.name.clone(),
            digest: self.run.plugin.digest.clone(),
            agent: self.run.mint.to_string(),
            invocation: self.run.invocation.clone(),
            method: String::new(),
            path: String::new(),
            body_sha256: String::new(),
            decision: decision.to_owned(),
            pay: None,
        }
    }

    /// Adds an entry to the audit log.
    ///
    /// # Errors
    /// Where it can't be written. Then nothing may be signed.
    pub(crate) fn record(&self, key: &OpenKey, entry: &Entry) -> Result<(), Refusal> {
        let begun = Instant::now();
        let again = || begun.elapsed() < LOG_PATIENCE && !self.run.process.ends_within(LOG_PAUSE);
        self.log.append_while(key.log_key(), entry, again).map_err(|error| log_failed(&error))
    }
}

/// What is wrong with a request in itself.
fn fault(ask: &SignHttp) -> Option<&'static str> {
    ask.fault.or_else(|| Asked::check(&ask.method, &ask.path, &ask.query).err())
}

/// ISO 8601 with milliseconds and `Z`, as it is signed.
pub(crate) fn stamp(time: Timestamp) -> String {
    format!("{time:.3}")
}

fn log_failed(error: &Error) -> Refusal {
    let message = format!("nothing is signed that can't be written to the audit log: {error}");
    Refusal::new(Code::Internal, message, Some(error.hints()))
}
