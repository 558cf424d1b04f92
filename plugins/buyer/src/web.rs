//! Asking a seller's server.

use std::time::Duration;

use leash_api::{Web, WebAnswer, WebRequest};
use leash_connect::Connector;
use leash_output::Error;
use leash_session::Session;

/// The largest answer that is taken, in bytes.
const LARGEST: usize = 64 << 20;

/// Asks a server once, within this time.
pub(crate) fn ask(
    connector: Connector<'_>,
    request: &WebRequest,
    timeout: Duration,
) -> Result<Result<WebAnswer, leash_api::Error>, Error> {
    let agent = format!("leash/{}", Session::version());
    let web = Web { user_agent: &agent, limit: LARGEST, timeout, allow_http: connector.allow_http()? };
    connector.block_on(web.ask(request))
}
