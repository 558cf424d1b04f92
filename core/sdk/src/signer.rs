//! The signer of this run.

use std::{
    collections::hash_map::RandomState,
    ffi::{OsStr, OsString},
    fmt,
    hash::{BuildHasher as _, Hasher as _},
    os::{
        fd::{OwnedFd, RawFd},
        unix::{ffi::OsStrExt as _, net::UnixStream},
    },
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use leash_protocol::{
    PROTOCOL, env as names,
    frame::{Answer, GrantInfo, Headers, MAX_ID, Op, Outcome, Request, Response},
};
use leash_signature::Envelope;
use serde::Deserialize;

use crate::{Error, connection::Connection, environment, inherited};

/// How long the first answer may take.
const HELLO: Duration = Duration::from_secs(10);
/// How long a signature may take: where the grant says so, the signer asks a person first.
const PATIENCE: Duration = Duration::from_secs(300);

/// A signer: signs the requests that the user granted, and nothing else. It never shows the key.
///
/// Any thread may use it; who shares its socket takes turns, be it another thread, another `Signer`, or a
/// process that inherited it.
pub struct Signer {
    connection: Connection,
    invocation: String,
    features: Vec<String>,
    grant: GrantInfo,
    patience: Duration,
    next: AtomicU64,
}

/// A signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The headers to send, as they are.
    pub headers: Headers,
    /// When the API stops taking them, ISO 8601.
    pub expires_at: String,
}

impl Signer {
    /// The signer that `LEASH_SIGNER` names.
    ///
    /// # Errors
    /// [`Error::NoSigner`] where the variable is unset: the user granted nothing. [`Error::WrongSigner`] where
    /// what it names is no signer of this run.
    pub fn connect() -> Result<Self, Error> {
        let address =
            environment::value(names::SIGNER).filter(|text| !text.is_empty()).ok_or(Error::NoSigner)?;
        let invocation = environment::text(names::INVOCATION);
        Self::over(reach(&address)?, invocation.as_deref())
    }

    /// The signer at the other end of a socket; of the run `invocation`, where that is known.
    ///
    /// # Errors
    /// As [`Signer::connect`].
    pub fn over(socket: OwnedFd, invocation: Option<&str>) -> Result<Self, Error> {
        Self::over_within(socket, invocation, HELLO)
    }

    /// As [`Signer::over`], with a time within which the signer must say hello.
    ///
    /// # Errors
    /// As [`Signer::connect`].
    pub fn over_within(socket: OwnedFd, invocation: Option<&str>, within: Duration) -> Result<Self, Error> {
        let mut signer = Self {
            connection: Connection::new(socket)?,
            invocation: String::new(),
            features: Vec::new(),
            grant: GrantInfo { scopes: Vec::new(), max_signatures: 0, expires_at: None, pay: None },
            patience: PATIENCE,
            next: AtomicU64::new(first_id()),
        };
        match signer.ask(Op::Hello { v: vec![PROTOCOL] }, within)? {
            Answer::Hello { v: PROTOCOL, invocation, features, grant } => {
                (signer.invocation, signer.features, signer.grant) = (invocation, features, grant);
            }
            _ => return Err(signer.connection.end("it doesn't say hello")),
        }
        if invocation.is_some_and(|expected| expected != signer.invocation) {
            return Err(Error::WrongSigner { reason: "it belongs to another run".to_owned() });
        }
        Ok(signer)
    }

    /// Sets how long a signature may take. Default: 5 minutes, since the signer may have to ask a person.
    #[must_use]
    pub const fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// What the user granted.
    #[must_use]
    pub const fn grant(&self) -> &GrantInfo {
        &self.grant
    }

    /// The run that it signs for.
    #[must_use]
    pub fn invocation(&self) -> &str {
        &self.invocation
    }

    /// What it can do: `sign_http`, `pay` where payments were granted, and what later versions add.
    #[must_use]
    pub fn features(&self) -> &[String] {
        &self.features
    }

    /// Signs a request. `path` is relative to the API's base URL, `query` comes without its `?`; send these very
    /// bytes, with the headers as they are, within five minutes.
    ///
    /// # Errors
    /// [`Error::Refused`] where the user didn't grant it; else whatever kept the signer from answering.
    pub fn sign_http(&self, method: &str, path: &str, query: &str, body: &[u8]) -> Result<Headers, Error> {
        self.sign_hash(method, path, query, &Envelope::hash_body(body)).map(|signed| signed.headers)
    }

    /// Signs a request whose body is known by its SHA-256.
    ///
    /// # Errors
    /// As [`Signer::sign_http`].
    pub fn sign_hash(
        &self,
        method: &str,
        path: &str,
        query: &str,
        body_sha256: &[u8; 32],
    ) -> Result<Signed, Error> {
        let op = Op::SignHttp {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            body_sha256: hex(body_sha256),
        };
        match self.ask(op, self.patience)? {
            Answer::Signed { headers, expires_at } if is_sane(&headers) => Ok(Signed { headers, expires_at }),
            _ => Err(self.connection.end("its answer is no signature")),
        }
    }

    /// Sends a frame's JSON as it is and returns the answer's: for what has its own idea of the protocol.
    ///
    /// # Errors
    /// Whatever kept the signer from answering. A refusal is an answer.
    pub fn relay(&self, request: &[u8]) -> Result<Vec<u8>, Error> {
        #[derive(Deserialize)]
        struct Head {
            id: u64,
        }
        let id = serde_json::from_slice::<Head>(request).ok().map(|head| head.id);
        self.connection.exchange(request, id, self.patience)
    }

    /// Ends the conversation: what was said can't be trusted.
    pub(crate) fn end(&self, reason: &str) -> Error {
        self.connection.end(reason)
    }

    pub(crate) fn ask(&self, op: Op, within: Duration) -> Result<Answer, Error> {
        let id = self.next.fetch_add(1, Ordering::Relaxed) & MAX_ID;
        let request = serde_json::to_vec(&Request { id, op }).map_err(|e| Error::malformed(e.to_string()))?;
        let answer = self.connection.exchange(&request, Some(id), within)?;
        match serde_json::from_slice::<Response>(&answer) {
            Ok(Response { outcome: Outcome::Ok(answer), id: Some(_) }) => Ok(answer),
            Ok(Response { outcome: Outcome::Err(refusal), .. }) => Err(Error::Refused(refusal)),
            _ => Err(self.connection.end("its answer is neither `ok` nor `err`")),
        }
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("invocation", &self.invocation)
            .field("grant", &self.grant)
            .finish_non_exhaustive()
    }
}

fn reach(address: &OsStr) -> Result<OwnedFd, Error> {
    let wrong = |reason: String| Error::WrongSigner { reason };
    let bytes = address.as_bytes();
    if let Some(path) = bytes.strip_prefix(b"unix:") {
        let path = Path::new(OsStr::from_bytes(path));
        let stream = UnixStream::connect(path)
            .map_err(|error| wrong(format!("can't connect to `{}`: {error}", path.display())))?;
        return Ok(stream.into());
    }
    let number = bytes.strip_prefix(b"fd:").and_then(|number| match number {
        [digit @ b'0'..=b'9'] => Some(RawFd::from(digit - b'0')),
        _ => None,
    });
    let number = number.ok_or_else(|| {
        let shown = OsString::from(address).to_string_lossy().into_owned();
        wrong(format!("`{shown}` is neither `fd:N` nor `unix:PATH`"))
    })?;
    inherited::duplicate(number).map_err(|_| wrong(format!("descriptor {number} is closed")))
}

/// Where ids begin: elsewhere in each process, so that nobody takes the answer to another one's request for
/// its own.
fn first_id() -> u64 {
    RandomState::new().build_hasher().finish() & (MAX_ID >> 1)
}

/// Headers end up in a request: bytes that could end a line don't.
fn is_sane(headers: &Headers) -> bool {
    [&headers.agent, &headers.timestamp, &headers.signature]
        .iter()
        .all(|value| !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_graphic()))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    base16ct::lower::encode_string(bytes)
}
