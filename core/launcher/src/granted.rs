//! What a plugin was granted, and whether it is still what the user trusted.

use std::ffi::OsString;

use leash_identity::Resolved;
use leash_output::{Error, Kind, can_ask, command, confirm};
use leash_policy::Allowance;
use leash_protocol::{
    context::Source,
    env as names,
    frame::GrantInfo,
    manifest::{Consent, Level},
};
use leash_resolve::Target;
use leash_trust::{Found, Grant, Program, Ready, Store, Trusted, Verdict, judge_by};
use rustix::io::fcntl_dupfd_cloexec;

use crate::{Host, context::Who, host::is_hidden, parent_plugin};

/// What came of a plugin's grant.
#[derive(Default)]
pub(crate) struct GrantDecision {
    /// What it may have; nothing where it has no grant that holds.
    pub(crate) ready: Option<Ready>,
    /// How far the user wants it shut in, which outlasts the grant: who changes a plugin doesn't open its cage.
    pub(crate) level: Level,
}

/// What the trust store holds for the plugin of a name, where it can count for this run.
pub(crate) fn trusted(host: &Host, name: &str, target: &Target) -> Result<Option<Trusted>, Error> {
    // What came with the host needs no grant; without a home there is nobody to act as, and none.
    match (target, host.paths()) {
        (Target::Path(_) | Target::Installed(_), Ok(paths)) => {
            let store = Store::open(paths);
            // A strict plugin can't read grants, and is shut in with all that it runs.
            if parent_plugin::depth() > 0 && is_hidden(&store.dir().join(format!("{name}.json"))) {
                return Ok(None);
            }
            store.trusted(name)
        }
        _ => Ok(None),
    }
}

/// Judges a plugin. Why it has nothing signed is said on stderr, once.
pub(crate) fn evaluate(
    host: &Host,
    found: &Found,
    grant: Result<Option<Grant>, Error>,
    who: Option<&Who>,
) -> Result<GrantDecision, Error> {
    let name = &found.name;
    let grant = match grant {
        Err(error) => return passed_over(host, found, error),
        Ok(grant) => grant,
    };
    let Some(store) = host.paths().ok().map(Store::open).filter(|_| found.source != Source::Bundled) else {
        return Ok(GrantDecision::default());
    };
    // Whatever becomes of its grant.
    let kept = grant.as_ref().map_or(Level::None, |grant| grant.level);
    // Inside a plugin, a signer would be one more than was granted; and trust needs somebody to act as.
    let (0, Some(who)) = (parent_plugin::depth(), who) else {
        return Ok(GrantDecision { ready: None, level: kept });
    };
    let again = format!("see what it asks for: `{}`", command(&format!("plugin trust {name}")));
    let verdict = match judge_by(&store, grant, found, &who.agent.mint, &who.agent.network) {
        Err(error) => return passed_over(host, found, error),
        Ok(verdict) => verdict,
    };
    match verdict {
        Verdict::NoManifest => return Ok(GrantDecision::default()),
        Verdict::NotTrusted => {
            let asks = found.manifest.as_ref().is_some_and(|loaded| {
                loaded.manifest.run.api_key
                    || loaded.manifest.pay.as_ref().is_some_and(|pay| !pay.hosts.is_empty())
                    || loaded.manifest.sign.as_ref().is_some_and(|sign| !sign.scopes.is_empty())
            });
            if asks {
                host.out.note(&format!("nothing is signed for `{name}`, which isn't trusted; {again}"));
            }
            return Ok(GrantDecision::default());
        }
        Verdict::Changed(changes) => {
            let mut what: Vec<_> = changes.iter().map(|change| change.what).collect();
            what.dedup();
            host.out.warn(&format!(
                "nothing is signed for `{name}`, which has changed since it was trusted ({}); {again}",
                what.join(", ")
            ));
        }
        Verdict::Expired(end) => {
            host.out.warn(&format!("nothing is signed for `{name}`, which was trusted until {end}; {again}"));
        }
        Verdict::Granted(mut ready) => {
            out_of_the_way(&mut ready.program);
            let level = ready.grant.level;
            return Ok(GrantDecision { ready: ask_first(host, &store, *ready)?, level });
        }
    }
    Ok(GrantDecision { ready: None, level: kept })
}

/// What becomes of a plugin whose grant can't be read. Without a manifest there is nothing that it could have been
/// granted. One that has a manifest may have been granted something, or be meant to be shut in, which nobody knows now:
/// it isn't run.
fn passed_over(host: &Host, found: &Found, error: Error) -> Result<GrantDecision, Error> {
    if found.manifest.is_some() || error.kind() != Kind::Refused {
        return Err(error);
    }
    host.out.warn(&format!("{}; {}", error.message(), error.hints()));
    Ok(GrantDecision::default())
}

/// Leaves the numbers that a plugin can be told of to what it is told of.
fn out_of_the_way(program: &mut Program) {
    if let Program::Sealed { fd, .. } = program
        && let Ok(higher) = fcntl_dupfd_cloexec(&*fd, names::MAX_FD + 1)
    {
        *fd = higher;
    }
}

/// Under `consent = "first"` the user is asked once, before anything runs.
fn ask_first(host: &Host, store: &Store, ready: Ready) -> Result<Option<Ready>, Error> {
    let grant = &ready.grant;
    let nothing = !grant.needs_signer() && !grant.api_key;
    if grant.consent != Consent::First || grant.consented_at.is_some() || nothing {
        return Ok(Some(ready));
    }
    let name = &grant.name;
    if !can_ask() {
        host.out.warn(&format!(
            "nothing is signed for `{name}`: it wants to be agreed to first, and nobody can be asked; run \
             it once on a terminal, or look at it again: `{}`",
            command(&format!("plugin trust {name}"))
        ));
        return Ok(None);
    }
    let scopes: Vec<_> =
        grant.scopes.iter().map(|scope| format!("{} {}", scope.methods.join(","), scope.path)).collect();
    let pays = grant.pay.as_ref().map(|pay| format!("pay {pay}"));
    let parts = [
        (!scopes.is_empty()).then_some("have requests signed"),
        pays.as_ref().map(|_| "pay"),
        grant.api_key.then_some("have the API key"),
    ];
    let wants: Vec<_> = parts.into_iter().flatten().collect();
    let details: Vec<_> = scopes.into_iter().chain(pays).collect();
    let details = if details.is_empty() { String::new() } else { format!(" ({})", details.join("; ")) };
    let what = format!("Let `{name}` {} from now on{details}?", wants.join(" and "));
    if !confirm(&what) {
        return Err(Error::new(Kind::Refused, "denied_consent", format!("`{name}` was not run")).hint(
            format!("take the grant back, and it runs without a signer: `leash plugin untrust {name}`"),
        ));
    }
    store.record_consent(grant)?;
    Ok(Some(ready))
}

/// The API key, for a plugin that was granted it; none where none is configured.
///
/// # Errors
/// [`Kind::Refused`] where the agent isn't the one for which the grant was found to hold: what was kept of it aside doesn't
/// decide here either.
pub(crate) fn api_key(host: &Host, plugin: &str, who: Option<&Who>) -> Result<Option<OsString>, Error> {
    let Resolved::Agent(identity) = host.resolve_identity()? else { return Ok(None) };
    let (mint, network) = (identity.mint.to_string(), identity.network.as_str());
    if let Some(granted) =
        who.map(|who| &who.agent).filter(|agent| agent.mint != mint || agent.network != network)
    {
        let message = format!(
            "the agent is `{mint}` on {network} now, and what was granted is `{}` on {}",
            granted.mint, granted.network
        );
        return Err(Error::new(Kind::Refused, "wrong_agent", message).hint(format!(
            "run it again, or look at what it asks for: `{}`",
            command(&format!("plugin trust {plugin}"))
        )));
    }
    if identity.api_key.is_none() {
        return Ok(None);
    }
    Ok(Some(identity.bearer()?.expose().into()))
}

/// What the plugin is told of its grant.
pub(crate) fn info(grant: &Grant) -> GrantInfo {
    GrantInfo {
        scopes: grant.scopes.clone(),
        max_signatures: grant.max_signatures,
        expires_at: grant.expires_at.map(|end| end.to_string()),
        pay: grant.pay.as_ref().map(Allowance::limits),
    }
}
