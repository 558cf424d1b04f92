//! What every step of a payment has at hand. There is no key among it: see [`crate::Purse`].

use std::{path::PathBuf, time::Duration};

use jiff::Timestamp;
use leash_api::{WebAnswer, WebRequest};
use leash_chain::Address;
use leash_connect::Connector;
use leash_output::Error;
use leash_pay::{Selector, Terms};
use leash_policy::{Effective, Ledger, Limits, Stop, Usd};
use leash_receipts::Chain;
use leash_rpc::Rpc;
use leash_submit::{Clock, Endpoints, SystemClock};

use crate::{account::Account, journal::Journal, web};

/// All that a payment needs but a key.
pub struct Desk<'a> {
    /// How servers are reached.
    pub connector: Connector<'a>,
    /// Whose treasury pays.
    pub account: Account,
    /// The plugin out of whose grant is paid, where it is one's.
    pub(crate) plugin: Option<String>,
    /// What that grant allows in a day.
    pub(crate) grant_daily: Option<Usd>,
    pub(crate) terms: Terms,
    /// Whether the agent sends payments to the chain itself.
    pub(crate) push: bool,
    /// Which offers the user wants.
    pub(crate) selector: Selector,
    pub(crate) endpoints: Endpoints,
    pub(crate) effective: Effective,
    /// Whether somebody set a policy.
    pub has_policy: bool,
    pub(crate) ledger: Ledger,
    pub(crate) stop: Stop,
    pub(crate) receipts: Chain,
    pub(crate) journal: Journal,
    /// The agent's directory of policy, spending and receipts.
    pub(crate) dir: PathBuf,
    clock: Box<dyn Clock>,
    timeout: Duration,
}

impl<'a> Desk<'a> {
    /// The desk of an account.
    ///
    /// # Errors
    /// Where its policy can't be read, or its URLs are none.
    pub fn new(connector: Connector<'a>, account: Account) -> Result<Self, Error> {
        let place = leash_policy::dir(connector.paths()?, &account.mint);
        let policy = leash_policy::read(&place)?;
        let has_policy = policy.is_some();
        Ok(Self {
            plugin: None,
            grant_daily: None,
            push: false,
            selector: Selector::default(),
            terms: Terms::new(account.mint, account.executive, account.network),
            endpoints: connector.endpoints(&account.rpc_url, account.network)?,
            clock: Box::new(SystemClock),
            effective: Effective::new(policy, Limits::from_env()?),
            has_policy,
            connector,
            stop: Stop::of(connector.paths()?),
            ledger: Ledger::new(&place, &account.mint),
            receipts: Chain::new(&place),
            journal: Journal::new(&place),
            dir: place,
            timeout: connector.timeout()?,
            account,
        })
    }

    /// The same for a plugin, out of whose grant is paid, which allows `daily` in a day.
    #[must_use]
    pub fn for_plugin(mut self, plugin: &str, daily: Option<Usd>) -> Self {
        self.plugin = Some(plugin.to_owned());
        self.grant_daily = daily;
        self
    }

    /// The same by another clock.
    #[must_use]
    pub fn by_clock(mut self, clock: Box<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Waits for a person, whose time doesn't count.
    pub fn prompt<T>(&self, ask: impl FnOnce() -> T) -> T {
        self.connector.prompt(ask)
    }

    /// Lets somebody else than leash collect the fee.
    #[must_use]
    pub const fn with_fee_authority(mut self, authority: Address) -> Self {
        self.terms.fee_authority = authority;
        self
    }

    /// Takes only these offers.
    #[must_use]
    pub fn with_selector(mut self, selector: Selector) -> Self {
        self.selector = selector;
        self
    }

    /// Sends payments to the chain itself, and tells the seller the signature: MPP's push mode.
    #[must_use]
    pub const fn pushing(mut self, push: bool) -> Self {
        self.push = push;
        self
    }

    /// Removes what processes left behind that were killed before they had noted anything.
    ///
    /// # Errors
    /// Where the directory of payments can't be read or changed.
    pub fn sweep(&self) -> Result<(), Error> {
        self.journal.sweep()
    }

    /// The endpoint that everything is asked of.
    pub(crate) const fn rpc(&self) -> &Rpc {
        self.endpoints.first()
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Asks a server once.
    pub(crate) fn ask(&self, request: &WebRequest) -> Result<Result<WebAnswer, leash_api::Error>, Error> {
        web::ask(self.connector, request, self.remaining())
    }

    /// Asks the chain, within the time of the command.
    pub(crate) fn chain<T>(
        &self,
        asking: impl Future<Output = Result<T, leash_rpc::Error>>,
    ) -> Result<T, Error> {
        self.connector.ask_chain(self.rpc(), asking)
    }

    /// How long the next step may take: what is left of the time for the command, where `--timeout` bounds it.
    pub(crate) fn remaining(&self) -> Duration {
        self.connector.time_left().unwrap_or(self.timeout)
    }

    /// Now, as receipts write it.
    pub(crate) fn time(&self) -> String {
        self.now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
    }
}

/// A time of day, in UTC, from seconds since 1970.
pub(crate) fn clock_time(seconds: i64) -> String {
    Timestamp::from_second(seconds)
        .map_or_else(|_| "later".to_owned(), |time| time.strftime("%H:%M:%S UTC").to_string())
}
