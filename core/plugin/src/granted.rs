//! What a plugin was granted: whether it is still what the user trusted, and a signer for it if so.

use std::{env, ffi::OsString};

use leash_identity::{Environment, Resolved};
use leash_output::{Error, Kind, can_ask, confirm};
use leash_policy::Allowance;
use leash_protocol::{
    context::Source,
    env as names,
    frame::GrantInfo,
    manifest::{Consent, Level},
};
use leash_signer_process::{Agent, Daily, Load, Spec, Started, from_files};
use leash_trust::{Found, Grant, Program, Ready, Store, Verdict, judge};
use rustix::io::fcntl_dupfd_cloexec;

use crate::{Host, context::Who, host::is_hidden, outer, payments};

/// What came of a plugin's grant.
#[derive(Default)]
pub(crate) struct Looked {
    /// What it may have; nothing where it has no grant that holds.
    pub(crate) ready: Option<Ready>,
    /// How far the user wants it shut in, which outlasts the grant: who changes a plugin doesn't open its cage.
    pub(crate) level: Level,
}

/// Judges a plugin. Why it has nothing signed is said on stderr, once.
pub(crate) fn look(host: &Host, found: &Found, who: Option<&Who>) -> Result<Looked, Error> {
    if found.source == Source::Bundled {
        return Ok(Looked::default());
    }
    let name = &found.name;
    // Without a home there is nobody to act as, and no grant.
    let Ok(paths) = host.paths() else { return Ok(Looked::default()) };
    let store = Store::open(paths);
    // Inside a plugin, a signer would be one more than was granted; and trust needs somebody to act as.
    let (0, Some(who)) = (outer::depth(), who) else {
        return Ok(Looked { ready: None, level: kept_level(host, &store, found)? });
    };
    let again = format!("see what it asks for: `leash plugin trust {name}`");
    let verdict = match judge(&store, found, &who.agent.mint, &who.agent.network) {
        Err(error) => return passed_over(host, found, error),
        Ok(verdict) => verdict,
    };
    match verdict {
        Verdict::NoManifest => return Ok(Looked::default()),
        Verdict::NotTrusted => {
            let asks = found.manifest.as_ref().is_some_and(|loaded| {
                loaded.manifest.run.api_key
                    || loaded.manifest.pay.as_ref().is_some_and(|pay| !pay.hosts.is_empty())
                    || loaded.manifest.sign.as_ref().is_some_and(|sign| !sign.scopes.is_empty())
            });
            if asks {
                host.out.note(&format!("nothing is signed for `{name}`, which isn't trusted; {again}"));
            }
            return Ok(Looked::default());
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
            return Ok(Looked { ready: ask_first(host, &store, *ready)?, level });
        }
    }
    Ok(Looked { ready: None, level: store.get(name)?.map_or(Level::None, |grant| grant.level) })
}

/// How far the user wants a plugin shut in that has nothing signed, whatever became of its grant.
fn kept_level(host: &Host, store: &Store, found: &Found) -> Result<Level, Error> {
    // A strict plugin can't read grants, and is shut in with all that it runs.
    if outer::depth() > 0 && is_hidden(&store.dir().join(format!("{}.json", found.name))) {
        return Ok(Level::None);
    }
    match store.get(&found.name) {
        Ok(grant) => Ok(grant.map_or(Level::None, |grant| grant.level)),
        Err(error) => passed_over(host, found, error).map(|looked| looked.level),
    }
}

/// What becomes of a plugin whose grant can't be read. Without a manifest there is nothing that it could have been
/// granted. One that has a manifest may have been granted something, or be meant to be shut in, which nobody knows now:
/// it isn't run.
fn passed_over(host: &Host, found: &Found, error: Error) -> Result<Looked, Error> {
    if found.manifest.is_some() || error.kind() != Kind::Refused {
        return Err(error);
    }
    host.out.warn(&format!("{}; {}", error.message(), error.hints()));
    Ok(Looked::default())
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
             it once on a terminal, or look at it again: `leash plugin trust {name}`"
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

/// Starts the signer of a plugin that has something to sign.
pub(crate) fn start(
    host: &Host,
    found: &Found,
    grant: &Grant,
    who: &Who,
    invocation: &str,
) -> Result<Option<Started>, Error> {
    let Some(loaded) = found.manifest.as_ref().filter(|_| grant.needs_signer()) else {
        return Ok(None);
    };
    let environment = Environment::read()?;
    let selection = host.selection(&environment)?;
    let paths = host.paths()?;
    let no_address = |_| Error::failure("internal", "the agent's address is none");
    let limit = grant.max_per_day;
    let daily = limit.map(|limit| -> Box<dyn Daily> {
        Box::new(Days { store: Store::open(paths), plugin: grant.name.clone(), limit })
    });
    let network = leash_identity::Network::parse(&who.agent.network)
        .ok_or_else(|| Error::failure("internal", "the agent's network is none"))?;
    let base = base_path(who.api.as_ref().map_or("", |api| api.base_url.as_str()));
    let mut passphrase = leash_vault::Asked::new(host.out);
    let mut ask = |wrong: Option<Error>| {
        wrong.map_or(Ok(()), |error| passphrase.was_wrong(error))?;
        if !leash_vault::passphrase::available() {
            return Ok(None);
        }
        passphrase.next(&who.agent.name)
    };
    let spec = Spec {
        load: with_base(from_files(Some(paths.clone()), selection, environment), base.clone()),
        agent: Agent {
            mint: who.agent.mint.parse().map_err(no_address)?,
            network,
            executive: Some(who.agent.executive_pubkey.parse().map_err(no_address)?),
        },
        base_path: base,
        plugin: leash_signer_process::Plugin {
            name: grant.name.clone(),
            digest: grant.digest.to_string(),
            strict: grant.level == leash_protocol::manifest::Level::Strict,
        },
        invocation: invocation.to_owned(),
        grant: leash_signer_process::Grant {
            scopes: grant.scopes.clone(),
            max_signatures: grant.max_signatures,
            pay: grant.pay.clone(),
            consent: grant.consent,
            expires_at: grant.expires_at,
        },
        payer: payments::payer(host, grant)?,
        daily,
        presign: loaded.manifest.presign.clone(),
        audit_dir: paths.data.join("audit"),
        signer: loaded.manifest.run.signer,
        runtime_dir: env::var_os("XDG_RUNTIME_DIR").map(Into::into),
    };
    let started = leash_signer_process::start(spec, &mut ask)?;
    if started.locked {
        host.out.warn(&format!(
            "nothing is signed for `{}`: the key of agent `{}` is locked, and nobody can be asked; unlock it on a \
             terminal: `leash key unlock --for 15m`, or hand the passphrase over: LEASH_PASSPHRASE_FD or \
             LEASH_PASSPHRASE_FILE",
            grant.name, who.agent.name
        ));
    }
    Ok(Some(started))
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
        return Err(Error::new(Kind::Refused, "wrong_agent", message)
            .hint(format!("run it again, or look at what it asks for: `leash plugin trust {plugin}`")));
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

/// What is signed begins with the path of the API's URL, and that is the identity's own affair: what was kept of it
/// aside doesn't decide.
fn with_base(load: Load, base: String) -> Load {
    Box::new(move || {
        let identity = load()?;
        if base_path(&identity.api_url) == base {
            return Ok(identity);
        }
        Err(Error::new(Kind::Refused, "wrong_agent", "the agent's API is another one now")
            .hint("run it again; if that doesn't help, `leash agent show` shows which API is meant"))
    })
}

/// The path of a URL, without the slashes at its end.
fn base_path(url: &str) -> String {
    let rest = url.trim().split_once("://").map_or("", |(_, rest)| rest);
    rest.find('/').map_or("", |at| &rest[at..]).trim_end_matches('/').to_owned()
}

/// The count of a day's signatures, in the trust store.
struct Days {
    store: Store,
    plugin: String,
    limit: u32,
}

impl Daily for Days {
    fn take(&mut self) -> Result<bool, Error> {
        self.store.count_today(&self.plugin, self.limit).map(|count| count.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::base_path;

    #[test]
    fn paths_of_urls() {
        for (url, path) in [("https://h", ""), ("https://h/", ""), ("http://h:1/a/b//", "/a/b"), ("", "")] {
            assert_eq!(base_path(url), path, "{url}");
        }
    }
}
