//! What every step of a payment has at hand. There is no key among it: see [`crate::Purse`].

use std::time::Duration;

use jiff::Timestamp;
use leash_api::{Web, WebAnswer, WebRequest};
use leash_output::Error;
use leash_pay::Terms;
use leash_plugin::{Host, rpc_error};
use leash_policy::{Effective, Ledger, Limits};
use leash_receipts::Chain;
use leash_rpc::Rpc;

use crate::{account::Account, journal::Journal};

/// The largest answer that is taken.
const LARGEST: usize = 64 << 20;

/// All that a payment needs but a key.
pub struct Desk<'a> {
    pub(crate) host: &'a Host,
    pub(crate) account: Account,
    /// The plugin out of whose grant is paid, where it is one's.
    pub(crate) plugin: Option<String>,
    pub(crate) terms: Terms,
    pub(crate) rpc: Rpc,
    pub(crate) effective: Effective,
    /// Whether somebody set a policy.
    pub(crate) has_policy: bool,
    pub(crate) ledger: Ledger,
    pub(crate) receipts: Chain,
    pub(crate) journal: Journal,
    timeout: Duration,
    allow_http: bool,
}

impl<'a> Desk<'a> {
    /// The desk of an account.
    ///
    /// # Errors
    /// Where its policy can't be read, or its URLs are none.
    pub fn new(host: &'a Host, account: Account) -> Result<Self, Error> {
        let place = leash_policy::dir(host.paths()?, &account.mint);
        let policy = leash_policy::read(&place)?;
        let has_policy = policy.is_some();
        Ok(Self {
            host,
            plugin: None,
            terms: Terms::new(account.mint, account.executive, account.network),
            rpc: host.rpc_at(&account.rpc_url)?,
            effective: Effective::new(policy, Limits::from_env()?),
            has_policy,
            ledger: Ledger::new(&place, &account.mint),
            receipts: Chain::new(&place),
            journal: Journal::new(&place),
            timeout: host.timeout()?,
            allow_http: host.globals().allow_http || host.settings()?.allow_http,
            account,
        })
    }

    /// The same for a plugin, out of whose grant is paid.
    #[must_use]
    pub fn for_plugin(mut self, plugin: &str) -> Self {
        self.plugin = Some(plugin.to_owned());
        self
    }

    /// Asks a server once.
    pub(crate) fn ask(&self, request: &WebRequest) -> Result<Result<WebAnswer, leash_api::Error>, Error> {
        let agent = format!("leash/{}", Host::version());
        let web =
            Web { user_agent: &agent, limit: LARGEST, timeout: self.timeout, allow_http: self.allow_http };
        self.host.block_on(web.ask(request))
    }

    /// Asks the chain.
    pub(crate) fn chain<T>(
        &self,
        asking: impl Future<Output = Result<T, leash_rpc::Error>>,
    ) -> Result<T, Error> {
        self.host.block_on(asking)?.map_err(rpc_error)
    }

    /// How long to wait for the chain.
    pub(crate) fn patience(&self) -> Duration {
        self.timeout
    }
}

/// Now, as receipts write it.
pub(crate) fn now() -> String {
    Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}
