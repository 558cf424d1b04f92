//! One address that takes JSON by POST, for services beside the API that speak so: the same care for time, size,
//! redirects, proxies and repetition, and no credential but what stands in the address itself.

use std::fmt;

use reqwest::Method;
use url::Url;

use crate::base::Target;
use crate::call::{self, Call, Credential};
use crate::{Client, ClientBuilder, Error};

/// An address that takes JSON by POST and answers with JSON. Cheap to clone.
#[derive(Clone)]
pub struct Endpoint {
    client: Client,
    target: Target,
}

impl Endpoint {
    /// An endpoint at `url`: http or https, with or without a query. The query may hold a key of the service's, so
    /// no error quotes path or query. `configure` sets what else a client can be told.
    ///
    /// # Errors
    /// [`Error::InvalidUrl`] where it is no such URL.
    pub fn new(url: &str, configure: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Result<Self, Error> {
        let mut url = Url::parse(url).map_err(|e| Error::InvalidUrl { reason: e.to_string() })?;
        url.set_fragment(None);
        let mut base = url.clone();
        base.set_query(None);
        let client = configure(Client::builder(base.as_str())?).build();
        // Nothing is signed, so how it would be signed is left out.
        let target = Target { url, path_and_query: String::new() };
        Ok(Self { client, target })
    }

    /// Scheme, host and port.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.client.inner.base.origin()
    }

    /// Posts `body`. It is repeated only where nothing was sent, or the service refused it for its rate limit, and
    /// where `repeatable` says that twice is as good as once also after a fault or a lost answer.
    ///
    /// # Errors
    /// Any [`Error`]; an answer without success is an [`Error::Api`] that holds status and body.
    pub async fn post(&self, body: Vec<u8>, repeatable: bool) -> Result<Vec<u8>, Error> {
        let mut call = Call::new(Method::POST, self.target.clone(), Credential::None);
        call.body = Some(body);
        call.repeatable = repeatable;
        call::run(&self.client.inner, &call).await.map(|answer| answer.body)
    }
}

/// Says nothing of path and query, which may hold a key.
impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("origin", &self.origin()).finish_non_exhaustive()
    }
}
