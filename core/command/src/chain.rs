//! How a command reaches the chain, and services beside the API.

use leash_api::{ClientBuilder, Endpoint, Event};
use leash_chain::Network;
use leash_identity::Identity;
use leash_output::{Code, Error, Kind, Out};
use leash_rpc::Rpc;
use leash_submit::Endpoints;

use crate::{Host, api_error, reach::tell};

impl Host {
    /// The agent's RPC endpoint.
    ///
    /// # Errors
    /// Where its URL is none.
    pub fn rpc(&self, identity: &Identity) -> Result<Rpc, Error> {
        self.rpc_at(&identity.rpc_url).map_err(|error| {
            if error.is(Code::new(leash_rpc::BAD_URL)) {
                identity.url_origins.1.blamed("rpc_url", error)
            } else {
                error
            }
        })
    }

    /// The RPC endpoint at a URL, for an agent that is yet to be.
    ///
    /// # Errors
    /// Where that is none.
    pub fn rpc_at(&self, url: &str) -> Result<Rpc, Error> {
        Rpc::new(url, self.manners()?).map_err(rpc_error)
    }

    /// The RPC endpoint of an agent, and those that the settings name besides (`rpc_urls`).
    ///
    /// # Errors
    /// Where one of them is no URL of an endpoint.
    pub fn endpoints(&self, url: &str, network: Network) -> Result<Endpoints, Error> {
        let more = self.settings()?.rpc_urls.iter().map(|url| {
            self.rpc_at(url).map_err(|error| {
                Error::new(error.kind(), error.code().to_owned(), format!("rpc_urls in config.toml: {error}"))
                    .hint(error.hints())
            })
        });
        Ok(Endpoints::new(self.rpc_at(url)?, more.collect::<Result<Vec<_>, _>>()?, network))
    }

    /// Asks the chain something, within the time that is left of the command where `--timeout` bounds it.
    ///
    /// # Errors
    /// As [`rpc_error`]; `timeout` where the time is up.
    pub fn ask_chain<T>(
        &self,
        rpc: &Rpc,
        asking: impl Future<Output = Result<T, leash_rpc::Error>>,
    ) -> Result<T, Error> {
        let Some(left) = self.time_left() else { return self.block_on(asking)?.map_err(rpc_error) };
        let answer = self.block_on(async { tokio::time::timeout(left, asking).await })?;
        answer.map_or_else(|_| Err(out_of_time(rpc)), |answer| answer.map_err(rpc_error))
    }

    /// A service that takes JSON by POST and gets no credential.
    ///
    /// # Errors
    /// Where its URL is none.
    pub fn endpoint(&self, url: &str) -> Result<Endpoint, Error> {
        Endpoint::new(url, self.manners()?).map_err(api_error)
    }

    fn manners(&self) -> Result<impl FnOnce(ClientBuilder) -> ClientBuilder + use<>, Error> {
        let (out, timeout) = (self.out, self.timeout()?);
        let allow_http = self.globals().allow_http || self.settings()?.allow_http;
        Ok(move |builder: ClientBuilder| {
            builder
                .user_agent(&format!("leash/{}", Self::version()))
                .timeout(timeout)
                .allow_http(allow_http)
                .observer(move |event| tell_of_endpoint(out, event))
        })
    }
}

/// Turns a failure of the RPC client into one of a command.
#[must_use]
#[allow(clippy::needless_pass_by_value, reason = "it is made to be given to `map_err`")]
pub fn rpc_error(error: leash_rpc::Error) -> Error {
    let wrapped = Error::new(Kind::Failure, error.code().to_owned(), error.to_string());
    match error.hint() {
        Some(hint) => wrapped.hint(hint),
        None => wrapped,
    }
}

/// The RPC endpoint took the rest of the command's time.
fn out_of_time(rpc: &Rpc) -> Error {
    let message =
        format!("no answer from the RPC endpoint `{}` within the time of the command", rpc.origin());
    Error::failure("timeout", message)
        .hint("check LEASH_RPC_URL, or allow more time with `--timeout`: `leash doctor`")
}

/// As [`tell`], but for the path: an endpoint's may hold the key that its owner pays for.
fn tell_of_endpoint(out: Out, event: &Event) {
    match event {
        Event::Tried { origin, outcome, took, .. } if out.verbose > 0 => {
            out.note(&format!("asked {origin}: {outcome}, {} ms", took.as_millis()));
        }
        Event::Tried { .. } => {}
        event => tell(out, event),
    }
}
