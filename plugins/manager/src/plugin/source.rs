//! Where plugins come from: the indexes, the way to a URL, and the names that are taken.

use std::{env, ffi::OsStr, io::Write, path::PathBuf, time::Duration};

use leash_api::Download;
use leash_command::Host;
use leash_connect::api_error;
use leash_install::{Fetch, Place, Redirects, Wish, World, too_large};
use leash_output::Error;
use leash_protocol::commands::{INTERNAL, is_reserved};
use url::Url;

/// The longest that one file may take to arrive.
const WHOLE: Duration = Duration::from_secs(20 * 60);

/// Gets files over the network.
struct Net<'a>(&'a Host);

impl Fetch for Net<'_> {
    fn fetch(&self, url: &Url, wish: Wish, into: &mut dyn Write) -> Result<bool, Error> {
        let user_agent = format!("leash/{}", Host::version());
        let download = Download {
            user_agent: &user_agent,
            limit: wish.limit,
            patience: self.0.timeout()?,
            whole: WHOLE,
            other_origins: wish.redirects == Redirects::Https,
        };
        let got = self.0.block_on(download.get(url.as_str(), |bytes| into.write_all(bytes)))?;
        got.map_err(|error| failure(url, wish, error))
    }
}

/// What the client of the API says in the API's words, in those of a file's.
fn failure(url: &Url, wish: Wish, error: leash_api::Error) -> Error {
    use leash_api::Error as Failure;
    let cannot = |what: String, hint: &'static str| {
        Error::failure(error.code().to_owned(), format!("cannot get `{url}`: {what}")).hint(hint)
    };
    match &error {
        Failure::TooLarge { .. } => too_large(&Place::Url(url.clone()), wish.limit),
        Failure::Redirect { status, to } => {
            let to = to.as_deref().map_or("nowhere that is followed".to_owned(), |to| format!("`{to}`"));
            cannot(
                format!("it leads elsewhere ({status}): to {to}"),
                "name the address itself, if you trust it",
            )
        }
        Failure::Connect { certificate: true, .. } => {
            cannot(error.to_string(), "check the system's certificates, and whatever stands between")
        }
        Failure::Connect { .. } | Failure::Status { .. } | Failure::Malformed { .. } => {
            cannot(error.to_string(), "check the address and the network")
        }
        Failure::Timeout { .. } => {
            cannot(error.to_string(), "try again, or allow more time with `--timeout`")
        }
        Failure::Lost { .. } => cannot(error.to_string(), "try again"),
        _ => api_error(error),
    }
}

/// Calls something with all that installing needs of the world.
pub(super) fn with_world<T>(
    host: &Host,
    act: impl FnOnce(&World<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    let table = host.table()?;
    let taken = |name: &str| {
        let why = if table.builtins.contains(&name) {
            "it is built into leash"
        } else if table.find_own(OsStr::new(name)).is_some() || INTERNAL.contains(&name) {
            "a part of leash is called so"
        } else if is_reserved(name) {
            "the name is kept for leash"
        } else {
            return None;
        };
        Some(why.to_owned())
    };
    act(&World { fetch: &Net(host), taken: &taken, warn: &|what| host.out.warn(what) })
}

/// The indexes that were named or, where none was, those of `config.toml`.
pub(super) fn indexes(host: &Host, named: &[String]) -> Result<Vec<Place>, Error> {
    if !named.is_empty() {
        let here = here()?;
        return named.iter().map(|text| Place::parse(text, &here)).collect();
    }
    let base = &host.paths()?.config;
    host.settings()?.plugins.index.iter().map(|text| Place::parse(text, base)).collect()
}

/// The directory that relative paths begin in.
pub(super) fn here() -> Result<PathBuf, Error> {
    env::current_dir().map_err(|error| {
        Error::failure("io", format!("cannot tell which directory this is: {error}"))
            .hint("`cd` to one that is there")
    })
}
