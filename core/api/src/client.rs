//! The client and its builder.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use leash_chain::Address;
use leash_signature::{Secret, SignHttp};

use crate::base::BaseUrl;
use crate::{Error, Event, transport};

type Observer = dyn Fn(&Event) + Send + Sync;

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);
const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Nobody waits longer, and sums of times stay far from overflow.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);

/// A client of one API, for one agent. Cheap to clone; clones share everything.
///
/// Making one does no work: certificates are read and connections made at the first request.
#[derive(Clone)]
pub struct Client {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) base: BaseUrl,
    pub(crate) agent: Option<(Address, Arc<dyn SignHttp>)>,
    pub(crate) api_key: Option<Secret<String>>,
    pub(crate) timeout: Duration,
    /// What reads have learnt of the API's clock.
    pub(crate) offset_seconds: AtomicI64,
    connect_timeout: Duration,
    allow_http: bool,
    user_agent: String,
    observer: Option<Box<Observer>>,
    /// Whether connections are kept; no longer, once a server has closed one.
    keep_connections: AtomicBool,
    /// Makes a connection for each request.
    http: OnceLock<reqwest::Client>,
    /// Keeps one open for the next.
    keeping: OnceLock<reqwest::Client>,
}

/// Settings of a [`Client`].
#[must_use]
pub struct ClientBuilder(Inner);

impl Client {
    /// Begins a client of the API at `base_url`: http or https, with or without a path prefix.
    ///
    /// # Errors
    /// [`Error::InvalidUrl`] where it is no such URL, or has a user, a query or a fragment.
    pub fn builder(base_url: &str) -> Result<ClientBuilder, Error> {
        Ok(ClientBuilder(Inner {
            base: BaseUrl::parse(base_url)?,
            agent: None,
            api_key: None,
            timeout: DEFAULT_TIMEOUT,
            offset_seconds: AtomicI64::new(0),
            connect_timeout: DEFAULT_CONNECT_TIMEOUT,
            allow_http: false,
            user_agent: concat!("leash-api/", env!("CARGO_PKG_VERSION")).to_owned(),
            observer: None,
            keep_connections: AtomicBool::new(false),
            http: OnceLock::new(),
            keeping: OnceLock::new(),
        }))
    }

    /// The API's URL as the client understood it, without a trailing slash.
    #[must_use]
    pub fn base_url(&self) -> &str {
        self.inner.base.as_str()
    }

    /// The agent in whose name it signs.
    #[must_use]
    pub fn agent(&self) -> Option<&Address> {
        self.inner.agent.as_ref().map(|(agent, _)| agent)
    }
}

impl ClientBuilder {
    /// What the client calls itself. Default: this crate's name and version.
    pub fn user_agent(mut self, user_agent: &str) -> Self {
        user_agent.clone_into(&mut self.0.user_agent);
        self
    }

    /// How long one call may take, its repetitions and the waits between them included. Default: 30 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.0.timeout = timeout.min(LONGEST_TIMEOUT);
        self
    }

    /// How long connecting may take, TLS included. Default: 10 s. Where the whole call has less time than
    /// that, connecting has four fifths of it.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.0.connect_timeout = timeout;
        self
    }

    /// Allows plain http beyond this machine, where anybody on the way can read and use the credentials.
    /// Default: only loopback addresses, `localhost` and names below it.
    pub fn allow_http(mut self, allow: bool) -> Self {
        self.0.allow_http = allow;
        self
    }

    /// The agent for signed calls, and who signs for it.
    pub fn agent(mut self, agent: Address, signer: Arc<dyn SignHttp>) -> Self {
        self.0.agent = Some((agent, signer));
        self
    }

    /// The API key for bearer calls.
    pub fn api_key(mut self, key: Secret<String>) -> Self {
        self.0.api_key = Some(key);
        self
    }

    /// Who is told of retries and clock corrections while they happen.
    pub fn observer(mut self, observer: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        self.0.observer = Some(Box::new(observer));
        self
    }

    /// Keeps a connection open for some seconds, for what may be asked twice. Default: a connection for each request.
    pub fn keep_connections(self, keep: bool) -> Self {
        self.0.keep_connections.store(keep, Ordering::Relaxed);
        self
    }

    /// The client.
    #[must_use]
    pub fn build(self) -> Client {
        Client { inner: Arc::new(self.0) }
    }
}

impl Inner {
    /// Whether a request goes over a connection that was kept.
    ///
    /// Only what may be repeated goes over a connection that was kept: a request on a connection that the server closed
    /// meanwhile can't be told from one that it took and then broke off.
    pub(crate) fn keeps(&self, repeatable: bool) -> bool {
        repeatable && self.keep_connections.load(Ordering::Relaxed)
    }

    /// This server closes connections that it was to keep: from here on each request has one of its own.
    pub(crate) fn stop_keeping(&self) {
        self.keep_connections.store(false, Ordering::Relaxed);
    }

    /// The HTTP client, built at the first use; refused where credentials would travel in clear.
    pub(crate) fn http(&self, keep: bool) -> Result<&reqwest::Client, Error> {
        if !self.base.is_https() && !self.base.is_loopback() && !self.allow_http {
            return Err(Error::InsecureUrl { origin: self.base.origin().to_owned() });
        }
        let cell = if keep { &self.keeping } else { &self.http };
        if let Some(http) = cell.get() {
            return Ok(http);
        }
        let http = transport::build(&self.base, &self.user_agent, self.connect_timeout(), keep)?;
        Ok(cell.get_or_init(|| http))
    }

    /// Always less than the whole time, so that running out of it while connecting (nothing was sent) is
    /// told from running out of it later.
    pub(crate) fn connect_timeout(&self) -> Duration {
        self.connect_timeout.min(self.timeout * 4 / 5)
    }

    pub(crate) fn tell(&self, event: &Event) {
        if let Some(observer) = &self.observer {
            observer(event);
        }
    }

    pub(crate) fn mint(&self) -> Result<&Address, Error> {
        self.agent.as_ref().map(|(agent, _)| agent).ok_or(Error::NoAgent)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.base_url())
            .field("agent", &self.agent().map(ToString::to_string))
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder").field("base_url", &self.0.base.as_str()).finish_non_exhaustive()
    }
}
