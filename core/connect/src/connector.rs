//! Making clients.

use std::ops::Deref;

use leash_api::{Client, ClientBuilder, Endpoint, Event};
use leash_chain::Network;
use leash_output::{Error, Out};
use leash_rpc::Rpc;
use leash_session::Session;
use leash_signature::Secret;
use leash_submit::Endpoints;

use crate::{Runtime, api_error, rpc_error, told};

/// Makes the clients of one run, and waits for their answers.
#[derive(Clone, Copy)]
pub struct Connector<'a> {
    session: &'a Session,
    runtime: &'a Runtime,
}

impl Deref for Connector<'_> {
    type Target = Session;

    fn deref(&self) -> &Session {
        self.session
    }
}

impl<'a> Connector<'a> {
    /// Makes clients for this run, whose answers are waited for in this runtime.
    #[must_use]
    pub const fn new(session: &'a Session, runtime: &'a Runtime) -> Self {
        Self { session, runtime }
    }

    /// Runs a future to its end.
    ///
    /// # Errors
    /// As [`Runtime::block_on`].
    pub fn block_on<F: Future>(&self, future: F) -> Result<F::Output, Error> {
        self.runtime.block_on(future)
    }

    /// A client of the API that sends this API key, and signs nothing.
    ///
    /// # Errors
    /// As [`Connector::client_builder`].
    pub fn client_with_key(&self, api_url: &str, key: Secret<String>) -> Result<Client, Error> {
        Ok(self.client_builder(api_url)?.api_key(key).build())
    }

    /// A client of the API that has no credential yet.
    ///
    /// # Errors
    /// Where the base URL is invalid, or the settings can't be read.
    pub fn client_builder(&self, api_url: &str) -> Result<ClientBuilder, Error> {
        Ok(self.manners(told::api_call)?(Client::builder(api_url).map_err(api_error)?))
    }

    /// The RPC endpoint at a URL.
    ///
    /// # Errors
    /// Where the URL is invalid, or the settings can't be read.
    pub fn rpc_at(&self, url: &str) -> Result<Rpc, Error> {
        Rpc::new(url, self.manners(told::rpc_call)?).map_err(rpc_error)
    }

    /// The RPC endpoint of an agent, and those that the settings name besides (`rpc_urls`).
    ///
    /// # Errors
    /// Where one of the URLs is invalid, or the settings can't be read.
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
    /// Where the URL is invalid, or the settings can't be read.
    pub fn endpoint(&self, url: &str) -> Result<Endpoint, Error> {
        Endpoint::new(url, self.manners(told::rpc_call)?).map_err(api_error)
    }

    /// What every client of this run has in common. `tell` says what its calls go through.
    fn manners(
        &self,
        tell: fn(Out, &Event),
    ) -> Result<impl FnOnce(ClientBuilder) -> ClientBuilder + use<>, Error> {
        let (out, timeout, allow_http) = (self.out, self.timeout()?, self.allow_http()?);
        Ok(move |builder: ClientBuilder| {
            builder
                .user_agent(&format!("leash/{}", Session::version()))
                .timeout(timeout)
                .allow_http(allow_http)
                .observer(move |event| tell(out, event))
        })
    }
}

/// The RPC endpoint took the rest of the command's time.
fn out_of_time(rpc: &Rpc) -> Error {
    let message =
        format!("no answer from the RPC endpoint `{}` within the time of the command", rpc.origin());
    Error::failure("timeout", message)
        .hint("check LEASH_RPC_URL, or allow more time with `--timeout`: `leash doctor`")
}
