//! The signer of one run: what it is to know, and how the plugin reaches it.

use std::ffi::OsString;

use leash_identity::{Environment, Network};
use leash_output::{Error, Kind, command};
use leash_protocol::{
    context::Presigned,
    manifest::{Level, Manifest, SignerAt, Stdin},
};
use leash_signer_process::{Agent, Daily, Load, Reach, Spec, Started, Starting, from_files};
use leash_trust::{Grant, Store};

use crate::{
    Host,
    context::Who,
    descriptors::{let_through, none_free},
    environment, payments,
};

/// A signer, which gets ready while the host does what is left to do.
pub(crate) struct Signer<'a> {
    host: &'a Host,
    plugin: String,
    agent: String,
    state: State,
}

enum State {
    Starting(Starting),
    Ready(Started),
}

impl<'a> Signer<'a> {
    /// Starts the signer of a plugin that has something to sign. Where more must be known of it before the plugin's
    /// surroundings can be made, it is ready; else it is waited for with [`Signer::wait`].
    pub(crate) fn start(
        host: &'a Host,
        manifest: &Manifest,
        grant: &Grant,
        who: &Who,
        invocation: &str,
    ) -> Result<Self, Error> {
        let spec = spec(host, manifest, grant, who, invocation)?;
        let at_once = !spec.presign.is_empty()
            || spec.signer == SignerAt::Unix
            // A passphrase may come by a descriptor of the user's, stdin among them, as long as it is still the user's.
            || manifest.run.stdin == Stdin::Context
            || leash_vault::passphrase::is_handed_over();
        let state = State::Starting(leash_signer_process::begin(spec)?);
        let signer = Self { host, plugin: grant.name.clone(), agent: who.agent.name.clone(), state };
        if at_once { signer.wait() } else { Ok(signer) }
    }

    /// Waits until it is ready.
    pub(crate) fn wait(self) -> Result<Self, Error> {
        let Self { host, plugin, agent, state } = self;
        let started = match state {
            State::Starting(starting) => hear(host, &plugin, &agent, starting)?,
            State::Ready(started) => started,
        };
        Ok(Self { host, plugin, agent, state: State::Ready(started) })
    }

    /// What it has signed already.
    pub(crate) fn presigned(&self) -> &[Presigned] {
        match &self.state {
            State::Ready(started) => &started.presigned,
            State::Starting(_) => &[],
        }
    }

    /// `LEASH_SIGNER`'s value; the descriptor is let through.
    pub(crate) fn address(&self) -> Result<OsString, Error> {
        let stream = match &self.state {
            State::Ready(Started { reach: Reach::Unix(path), .. }) => {
                let mut address = OsString::from("unix:");
                address.push(path);
                return Ok(address);
            }
            State::Ready(Started { reach: Reach::Fd(stream), .. }) => Some(stream),
            State::Starting(starting) => starting.stream(),
        };
        let number = stream.and_then(let_through).ok_or_else(|| none_free("signer"))?;
        Ok(format!("fd:{number}").into())
    }
}

/// Has the user asked for the passphrase, where the key is locked; says so where nobody can be asked.
fn hear(host: &Host, plugin: &str, agent: &str, starting: Starting) -> Result<Started, Error> {
    let mut passphrase = leash_vault::Asked::new(host.out);
    let mut ask = |wrong: Option<Error>| {
        wrong.map_or(Ok(()), |error| passphrase.was_wrong(error))?;
        if !leash_vault::passphrase::available() {
            return Ok(None);
        }
        passphrase.next(agent)
    };
    let started = starting.ready(&mut ask)?;
    if started.locked {
        host.out.warn(&format!(
            "nothing is signed for `{plugin}`: the key of agent `{agent}` is locked, and nobody can be asked; \
             unlock it on a terminal: `{}`, or hand the passphrase over: \
             LEASH_PASSPHRASE_FD or LEASH_PASSPHRASE_FILE",
            command("key unlock --for 15m")
        ));
    }
    Ok(started)
}

/// What a signer for one run is to know.
fn spec(host: &Host, manifest: &Manifest, grant: &Grant, who: &Who, invocation: &str) -> Result<Spec, Error> {
    let environment = Environment::read()?;
    let selection = host.selection(&environment)?;
    let paths = host.paths()?;
    let no_address = |_| Error::failure("internal", "the agent's address is none");
    let limit = grant.max_per_day;
    let daily = limit.map(|limit| -> Box<dyn Daily> {
        Box::new(Days { store: Store::open(paths), plugin: grant.name.clone(), limit })
    });
    let network = Network::parse(&who.agent.network)
        .ok_or_else(|| Error::failure("internal", "the agent's network is none"))?;
    let base = base_path(who.api.as_ref().map_or("", |api| api.base_url.as_str()));
    Ok(Spec {
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
            strict: grant.level == Level::Strict,
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
        presign: manifest.presign.clone(),
        audit_dir: paths.data.join("audit"),
        signer: manifest.run.signer,
        runtime_dir: environment::value("XDG_RUNTIME_DIR").map(Into::into),
    })
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
