//! The API without a network: a request in, an answer out.

mod answer;
mod bearer;
mod chain;
mod health;
mod idempotent;
mod keys;
mod links;
mod mint;
mod pay;
mod rate;
mod receipts;
mod record;
mod request;
mod rpc;
mod shapes;
mod signed;

use std::path::Path;

pub use answer::Answer;
pub use request::Request;

use crate::store::{OpenError, Store, agents, agents::Agent};
use answer::Reply;
use leash_identity::Network;

/// The file of the ledger, beside the database.
pub(crate) const LEDGER: &str = "ledger.db";

/// How a sandbox behaves.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The URL under which it is reached, without a slash at the end.
    pub origin: String,
    /// Whether it refuses what the original wrongly accepts.
    pub strict: bool,
    /// How many requests a key has in a minute.
    pub rate_limit: u32,
}

/// The API, with its database.
#[derive(Debug)]
pub struct Sandbox {
    store: Store,
    chain: chain::Chain,
    limiter: rate::Limiter,
    turns: pay::Turns,
    origin: String,
    strict: bool,
}

impl Sandbox {
    /// Opens the database, and makes it where there is none.
    ///
    /// # Errors
    /// What is wrong with the database, for a person.
    pub fn open(database: &Path, settings: Settings) -> Result<Self, String> {
        let store = Store::open(database).map_err(|error: OpenError| error.to_string())?;
        let Settings { origin, strict, rate_limit } = settings;
        let chain = chain::Chain::new(database.with_file_name(LEDGER));
        Ok(Self {
            store,
            chain,
            limiter: rate::Limiter::new(rate_limit),
            turns: pay::Turns::default(),
            origin,
            strict,
        })
    }

    /// Answers a request. What answers a `HEAD` has the body of the `GET`, which the server that sends it leaves
    /// out.
    #[must_use]
    pub fn answer(&self, request: &Request) -> Answer {
        self.route(request).unwrap_or_else(|refusal| refusal)
    }

    fn route(&self, request: &Request) -> Reply {
        let target = request.target();
        let segments = target.segments();
        // A parameter is never empty.
        let path = if segments.contains(&"") { &[][..] } else { &segments[..] };
        match (request.handled_as(), path) {
            ("GET", ["v1", "health"]) => Ok(health::health()),
            ("GET", ["v1", "version"]) => Ok(health::version()),
            ("POST", ["v1", "agents", "record"]) => record::record(self, request),
            ("POST", ["v1", "agents", "mint"]) => mint::mint(self, request),
            (_, ["x", id]) => Ok(pay::paywall(self, request, id)),
            (method, ["facilitator", rest @ ..]) if pay::is_facilitator(method, rest) => {
                pay::facilitator(self, request, rest)
            }
            (method, rest) if pay::is_facilitator(method, rest) => pay::facilitator(self, request, rest),
            (_, ["rpc"]) => rpc::answer(self, request),
            // Who signed comes first, whatever the method.
            (method, ["v1", "agents", mint, "api-keys"]) => {
                let agent = signed::authenticate(self, request)?;
                match method {
                    "POST" => keys::create(self, request, &agent, mint),
                    "GET" => keys::list(self, request, &agent, mint),
                    _ => self.route_with_key(request, path),
                }
            }
            (method, ["v1", "agents", mint, "api-keys", id, "disable"]) => {
                let agent = signed::authenticate(self, request)?;
                match method {
                    "POST" => keys::disable(self, request, &agent, mint, id),
                    _ => self.route_with_key(request, path),
                }
            }
            _ => self.route_with_key(request, path),
        }
    }

    /// Everything else needs an API key, before it is even looked for.
    fn route_with_key(&self, request: &Request, path: &[&str]) -> Reply {
        let (key, verdict) = bearer::authenticate(self, request)?;
        let caller = Caller { sandbox: self, request, key };
        let reply = match (request.handled_as(), path) {
            ("POST", ["v1", "payment-links"]) => links::create(&caller),
            ("GET", ["v1", "payment-links"]) => links::list(&caller),
            ("POST", ["v1", "payment-links", "preview"]) => links::preview(&caller),
            ("GET", ["v1", "payment-links", id]) => links::get(&caller, id),
            ("PATCH", ["v1", "payment-links", id]) => links::patch(&caller, id),
            ("DELETE", ["v1", "payment-links", id]) => links::delete(&caller, id),
            ("GET", ["v1", "receipts", agent]) => receipts::list(&caller, agent),
            ("POST", ["v1", "receipts", agent]) => receipts::publish(&caller, agent),
            ("GET", ["v1", "receipts", "by-hash", hash]) => receipts::by_hash(&caller, hash),
            _ => Ok(Answer::no_route()),
        };
        let mut answer = reply.unwrap_or_else(|refusal| refusal);
        answer.headers.extend(verdict.headers().map(|(name, value)| (name.into(), value)));
        Ok(answer)
    }

    /// Makes an agent known, or says that it is.
    ///
    /// # Errors
    /// As the database says.
    pub fn add_agent(
        &self,
        mint: &str,
        executive: &str,
        network: Network,
        name: &str,
    ) -> Result<bool, String> {
        self.store
            .write(|write| agents::add(write, mint, executive, network, name))
            .map_err(|error| error.to_string())
    }

    /// Enables or disables an agent; false where there is none.
    ///
    /// # Errors
    /// As the database says.
    pub fn set_agent_active(&self, mint: &str, active: bool) -> Result<bool, String> {
        self.store.write(|write| agents::set_active(write, mint, active)).map_err(|error| error.to_string())
    }

    /// The agents that are known.
    ///
    /// # Errors
    /// As the database says.
    pub(crate) fn agents(&self) -> Result<Vec<Agent>, String> {
        self.store.read(agents::list).map_err(|error| error.to_string())
    }
}

/// A request whose API key is known.
struct Caller<'a> {
    sandbox: &'a Sandbox,
    request: &'a Request,
    key: crate::store::keys::Key,
}
