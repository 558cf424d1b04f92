//! How a command reaches the API: a client, a runtime to wait in, and what is said meanwhile.

use std::{sync::Arc, time::Duration};

use leash_api::{Client, ClientBuilder, Event};
use leash_identity::{Identity, Key};
use leash_output::{Code, Error, Kind, Out};
use leash_protocol::frame::Code as Refusal;
use leash_signer::Secret;

use leash_launcher::parent_plugin;

use crate::Host;

/// What a plugin's signer says where it is the plugin that may not have a signature.
const SIGNER_REFUSES: [&str; 6] = [
    Refusal::DeniedScope.as_str(),
    Refusal::DeniedConsent.as_str(),
    Refusal::Quota.as_str(),
    Refusal::Expired.as_str(),
    leash_sdk::WRONG_SIGNER,
    leash_sdk::CLOSED,
];

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

impl Host {
    /// How long one command may wait for a server.
    ///
    /// # Errors
    /// As [`leash_launcher::Host::settings`].
    pub fn timeout(&self) -> Result<Duration, Error> {
        if let Some(timeout) = self.globals().timeout {
            return Ok(timeout);
        }
        Ok(self.settings()?.timeout.map_or(DEFAULT_TIMEOUT, Duration::from_secs))
    }

    /// A client of the API for this agent: one that signs, for which a locked key is unlocked, or for `bearer` one that
    /// sends the API key, for which nobody is asked anything.
    ///
    /// # Errors
    /// As [`leash_launcher::Host::unlock`]; where the base URL is none, or the API key is missing or of the wrong network;
    /// [`Kind::Refused`] inside a plugin, since the client signs with the key.
    pub fn client(&self, mut identity: Identity, bearer: bool) -> Result<Client, Error> {
        parent_plugin::refuse_inside_plugin()?;
        let builder = self.client_builder(&identity.api_url);
        let mut builder = builder.map_err(|error| {
            if error.is(Code::new(leash_api::INVALID_URL)) {
                identity.url_origins.0.blamed("api_url", error)
            } else {
                error
            }
        })?;
        if bearer {
            builder = builder.api_key(identity.bearer()?.clone());
        } else {
            self.unlock(&mut identity)?;
        }
        Ok(match identity.executive {
            Key::Open(executive) => builder.agent(identity.mint, Arc::new(executive)).build(),
            Key::Locked(_) => builder.build(),
        })
    }

    /// A client of the API that sends this API key, and signs nothing.
    ///
    /// # Errors
    /// Where the base URL is none; [`Kind::Refused`] inside a plugin.
    pub fn client_with_key(&self, api_url: &str, key: Secret<String>) -> Result<Client, Error> {
        parent_plugin::refuse_inside_plugin()?;
        Ok(self.client_builder(api_url)?.api_key(key).build())
    }

    pub(crate) fn client_builder(&self, api_url: &str) -> Result<ClientBuilder, Error> {
        let out = self.out;
        Ok(Client::builder(api_url)
            .map_err(api_error)?
            .user_agent(&format!("leash/{}", Self::version()))
            .timeout(self.timeout()?)
            .allow_http(self.globals().allow_http || self.settings()?.allow_http)
            .observer(move |event| tell(out, event)))
    }
}

/// Says what a call to the API goes through.
pub(crate) fn tell(out: Out, event: &Event) {
    match event {
        Event::Tried { method, origin, path, outcome, took, .. } if out.verbose > 0 => {
            out.note(&format!("{method} {origin}{path}: {outcome}, {} ms", took.as_millis()));
        }
        Event::Retry { wait, message, .. } => {
            out.note(&format!("{message}; trying again in {:.1} s", wait.as_secs_f32()));
        }
        Event::ClockOffset { offset_seconds, .. } => out.warn(&format!(
            "this machine's clock is {} s {} the API's; the request was signed with the API's time",
            offset_seconds.unsigned_abs(),
            if *offset_seconds > 0 { "behind" } else { "ahead of" }
        )),
        _ => {}
    }
}

/// Turns a failure of the API client into one of a command.
#[must_use]
#[allow(clippy::needless_pass_by_value, reason = "it is made to be given to `map_err`")]
pub fn api_error(error: leash_api::Error) -> Error {
    let kind = match error.code().strip_prefix(leash_api::SIGNER_PREFIX) {
        Some(code) if SIGNER_REFUSES.contains(&code) => Kind::Refused,
        Some(code) if code == Refusal::Locked.as_str() => Kind::Identity,
        _ if error.is_unauthorized() => Kind::Identity,
        _ => Kind::Failure,
    };
    let wrapped = Error::new(kind, error.code().to_owned(), error.to_string());
    // The client knows no command line; here the options have names.
    match (&error, error.hint()) {
        (leash_api::Error::InsecureUrl { .. }, _) => {
            wrapped.hint("use `https`, or allow plain http with `--allow-http`")
        }
        (leash_api::Error::Timeout { .. }, _) => wrapped.hint(
            "check that the API's URL is right (`leash agent show`), or allow more time with `--timeout`",
        ),
        (leash_api::Error::Connect { .. }, _) if is_local_and_down(&error) => {
            wrapped.hint("if that is the sandbox, start it: `leash sandbox up`")
        }
        (_, Some(hint)) => wrapped.hint(hint),
        (_, None) => wrapped,
    }
}

/// Whether nobody listens where a sandbox would; who speaks, but not TLS as it should, isn't down.
#[must_use]
pub fn is_local_and_down(error: &leash_api::Error) -> bool {
    matches!(error, leash_api::Error::Connect { origin, certificate: false, .. } if origin.contains("127.0.0.1"))
}
