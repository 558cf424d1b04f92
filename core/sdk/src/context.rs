//! Who the plugin runs for, as the host tells it.

use std::{
    fs::File,
    io::{self, IsTerminal as _, Read},
    ops::Deref,
    os::{fd::RawFd, unix::fs::FileExt as _},
};

use leash_protocol::{
    PROTOCOL,
    context::{self, Agent, Presigned},
    env as names,
    frame::GrantInfo,
};
use serde::Deserialize;
use serde_json::Value;

use crate::{Error, environment, inherited};

/// The largest document that is read.
const MAX_BYTES: u64 = 16 << 20;

/// The context: the fields of [`leash_protocol::context::Context`], and the document that they were read from.
#[derive(Debug, Clone)]
pub struct Context {
    known: context::Context,
    document: Value,
}

impl Context {
    /// Reads the context that the host passed: from the descriptor `LEASH_CONTEXT_FD`, else from the variable
    /// `LEASH_CONTEXT`; where there is neither, from stdin.
    ///
    /// # Errors
    /// [`Error::NotAPlugin`] where nothing of leash's is there, [`Error::Context`] where it can't be used.
    pub fn load() -> Result<Self, Error> {
        let invocation = environment::text(names::INVOCATION);
        let mut first = None;
        for document in [from_descriptor(), from_variable()].into_iter().flatten() {
            let context = document.and_then(|bytes| Self::parse(&bytes)).and_then(|context| {
                // A runtime may have put a file of its own where the descriptor was.
                if invocation.as_ref().is_some_and(|expected| *expected != context.invocation) {
                    return Err(Error::context("it is of another run"));
                }
                Ok(context)
            });
            match context {
                Ok(context) => return Ok(context),
                Err(error) => first = first.or(Some(error)),
            }
        }
        if let Some(error) = first {
            return Err(error);
        }
        if environment::value(names::PROTOCOL).is_none() || io::stdin().is_terminal() {
            return Err(Error::NotAPlugin);
        }
        Self::read(io::stdin().lock())
    }

    /// Reads it from a stream: stdin, where the manifest says `stdin = "context"`.
    ///
    /// # Errors
    /// [`Error::Context`] where it can't be read or used.
    pub fn read(stream: impl Read) -> Result<Self, Error> {
        let mut bytes = Vec::new();
        stream.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|e| Error::context(e.to_string()))?;
        Self::parse(&bytes)
    }

    /// Reads it from its bytes, as a dynamic library is given them.
    ///
    /// # Errors
    /// [`Error::Context`] where it can't be used.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() as u64 > MAX_BYTES {
            return Err(Error::context("it is larger than 16 MiB"));
        }
        let unusable = |error: serde_json::Error| Error::context(error.to_string());
        let document: Value = serde_json::from_slice(bytes).map_err(unusable)?;
        let known = context::Context::deserialize(&document).map_err(unusable)?;
        if known.v != PROTOCOL {
            return Err(Error::context(format!("it is of version {}, not {PROTOCOL}", known.v)));
        }
        Ok(Self { known, document })
    }

    /// The document itself, fields that this version doesn't know included.
    #[must_use]
    pub const fn document(&self) -> &Value {
        &self.document
    }

    /// What the user granted; none where nothing may be signed.
    #[must_use]
    pub const fn grant(&self) -> Option<&GrantInfo> {
        self.known.grant.as_ref()
    }

    /// The requests of the manifest's `[[presign]]`, signed.
    #[must_use]
    pub fn presigned(&self) -> &[Presigned] {
        self.known.presigned.as_deref().unwrap_or_default()
    }

    /// The agent.
    ///
    /// # Errors
    /// [`Error::NoAgent`] where none is configured.
    pub fn require_agent(&self) -> Result<&Agent, Error> {
        self.known.agent.as_ref().ok_or(Error::NoAgent)
    }

    /// The API's base URL.
    ///
    /// # Errors
    /// [`Error::NoAgent`] where no agent is configured: it comes with one.
    pub fn base_url(&self) -> Result<&str, Error> {
        self.known.api.as_ref().map(|api| api.base_url.as_str()).ok_or(Error::NoAgent)
    }

    /// A path of the API's, with the agent's mint in the place of `{mint}`.
    ///
    /// # Errors
    /// [`Error::NoAgent`] where none is configured.
    pub fn path(&self, path: &str) -> Result<String, Error> {
        Ok(path.replace("{mint}", &self.require_agent()?.mint))
    }
}

impl Deref for Context {
    type Target = context::Context;

    fn deref(&self) -> &Self::Target {
        &self.known
    }
}

fn from_variable() -> Option<Result<Vec<u8>, Error>> {
    let text = environment::text(names::CONTEXT).filter(|text| !text.is_empty())?;
    Some(Ok(text.into_bytes()))
}

fn from_descriptor() -> Option<Result<Vec<u8>, Error>> {
    let number = environment::text(names::CONTEXT_FD).filter(|text| !text.is_empty())?;
    Some(match number.parse::<RawFd>() {
        Ok(number) => {
            read_descriptor(number).map_err(|e| Error::context(format!("descriptor {number}: {e}")))
        }
        Err(_) => Err(Error::context(format!("`{number}` is no descriptor"))),
    })
}

/// Reads from offset 0, and leaves the offset, which others share, where it is.
fn read_descriptor(number: RawFd) -> io::Result<Vec<u8>> {
    let file = File::from(inherited::duplicate(number)?);
    let mut bytes = Vec::new();
    let mut chunk = vec![0; 64 << 10];
    while bytes.len() as u64 <= MAX_BYTES {
        match file.read_at(&mut chunk, bytes.len() as u64) {
            Ok(0) => break,
            Ok(count) => bytes.extend_from_slice(&chunk[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(bytes)
}
