//! What a signer needs to make payments: the payer beside the host, and what that is told of the user's settings.

use std::ffi::OsString;

use leash_output::Error;
use leash_protocol::env as names;
use leash_signer_process::PayerSpec;
use leash_trust::Grant;

use crate::{
    Host, environment,
    executable::{PAYER_PROGRAM, companion},
};

/// Variables of the user's that decide where files lie and how servers are reached. None of them is a secret; those of the
/// policy go along, since they tighten it.
const KEPT: [&str; 17] = [
    "HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_CACHE_HOME",
    "TMPDIR",
    "LANG",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
    "NO_PROXY",
    "no_proxy",
    names::PER_CALL_USDC,
    names::PER_DAY_USDC,
    names::KILL,
];

/// Whether payments can be made at all.
pub(crate) fn available() -> bool {
    companion(PAYER_PROGRAM).is_ok()
}

/// How the payments of a grant are made; nothing where it has none, or nobody could make them.
pub(crate) fn payer(host: &Host, grant: &Grant) -> Result<Option<PayerSpec>, Error> {
    if grant.pay.is_none() {
        return Ok(None);
    }
    let program = match companion(PAYER_PROGRAM) {
        Ok(program) => program,
        Err(hint) => {
            let name = &grant.name;
            host.out.warn(&format!("nothing is paid for `{name}`: `{PAYER_PROGRAM}` isn't there; {hint}"));
            return Ok(None);
        }
    };
    let value = |name: &&str| Some((OsString::from(*name), environment::value(name)?));
    Ok(Some(PayerSpec {
        program,
        environment: KEPT.iter().filter_map(value).collect(),
        timeout: host.globals().timeout,
        allow_http: host.allow_http()?,
        named_agent: host.named_agent(),
        stop: leash_policy::Stop::of(host.paths()?),
        spending: leash_policy::of_plugin(host.paths()?, &grant.name),
    }))
}
