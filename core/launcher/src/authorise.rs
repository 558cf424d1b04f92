//! The second step towards a plugin: what it may do, and the signer that does it.

use std::ffi::OsString;

use leash_output::Error;
use leash_protocol::{
    frame::{FEATURE_PAY, FEATURE_SIGN_HTTP},
    manifest::Level,
};
use leash_trust::{Ready, check_reach};

use crate::{
    granted::{self, GrantDecision},
    payments,
    prepare::{PluginRun, Prepared},
    signer::Signer,
};

/// A plugin about which everything is decided. Its signer was started, if it has one.
pub(crate) struct Authorised<'a> {
    pub(crate) run: PluginRun<'a>,
    /// What it was granted, and the copy that the grant covers.
    pub(crate) ready: Option<Ready>,
    /// How far it is shut in.
    pub(crate) level: Level,
    pub(crate) signer: Option<Signer<'a>>,
}

/// Holds a plugin against its grant, and starts its signer.
///
/// This comes before [`launch`](crate::launch::launch) because the signer is split off from this process: what has been let
/// through to the plugin by then, and the API key, would be the signer's as well. The user is asked here, too, while stdin
/// is still the user's. And it comes after [`prepare`](crate::prepare::prepare) because a grant binds what was found there.
///
/// # Errors
/// Where the grant can't be read, the user doesn't agree, or no signer can be had.
pub(crate) fn authorise(prepared: Prepared<'_>) -> Result<Authorised<'_>, Error> {
    let Prepared { mut run, grant } = prepared;
    let GrantDecision { ready, level } = granted::evaluate(run.host, &run.found, grant, run.who.as_ref())?;
    let level = level.max(run.manifest().map_or(Level::None, |manifest| manifest.sandbox.level));
    let mut signer = None;
    if let (Some(ready), Some(who)) = (&ready, &run.who) {
        if let Some(manifest) = run.manifest() {
            check_reach(level, manifest)?;
            // Whoever asks for help has nothing to sign.
            if ready.grant.needs_signer() && !is_help(run.arguments) {
                let invocation = &run.context.invocation;
                signer = Some(Signer::start(run.host, manifest, &ready.grant, who, invocation)?);
            }
        }
        run.context.plugin.digest = Some(ready.grant.digest.to_string());
    }
    // Before anything is let through, so that its number is still nobody else's.
    leash_vault::passphrase::discard();
    run.context.plugin.version = run.manifest().map(|manifest| manifest.version.clone());
    if let (Some(signer), Some(ready)) = (&signer, &ready) {
        run.context.grant = Some(granted::info(&ready.grant));
        let pays = (ready.grant.pay.is_some() && payments::available()).then(|| FEATURE_PAY.to_owned());
        run.context.features = std::iter::once(FEATURE_SIGN_HTTP.to_owned()).chain(pays).collect();
        run.context.presigned = Some(signer.presigned().to_vec());
    }
    Ok(Authorised { run, ready, level, signer })
}

/// Whether a plugin is asked for its help, and for nothing else.
fn is_help(arguments: &[OsString]) -> bool {
    arguments.len() == 1 && (arguments[0] == "--help" || arguments[0] == "-h")
}
