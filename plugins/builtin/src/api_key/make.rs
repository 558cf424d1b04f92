//! Having the API make a key, and never leaving one behind that nobody knows of.

use jiff::Timestamp;
use leash_api::{ApiKey as Key, Client, CreatedKey};
use leash_output::{Error, command};

use super::{
    lost::{Lost, Made, find},
    revocation,
    work::{Missed, Work},
};

/// Why there is no key.
pub(super) struct Failed {
    /// What to say.
    pub(super) error: Error,
    /// Whether it is certain that no key is left which nobody has.
    pub(super) settled: bool,
}

/// Creates a key. Where the answer is lost, or a signal comes while it is under way, the key that the API
/// may have made is looked for and revoked, or named; `known` is the id of one of that label that it isn't.
pub(super) async fn create(
    work: &mut Work,
    client: &Client,
    label: &str,
    known: Option<&str>,
) -> Result<CreatedKey, Failed> {
    let begun = now();
    let missed = match work.act(client.create_api_key(label)).await {
        Ok(made) => return Ok(made),
        Err(missed) => missed,
    };
    if !missed.maybe_sent() {
        return Err(Failed { error: missed.into(), settled: true });
    }
    let failure = Failure::of(missed);
    let found = match work.settle_first(find(client, Lost { label, known, begun, until: None })).await {
        Ok(found) => found,
        Err(_) => return Err(failure.unknown(label, begun)),
    };
    Err(match found {
        Made::None => failure.none(),
        Made::One(key) => {
            let revoked = work.settle(client.disable_api_key(&key.id)).await;
            failure.one(&key, revoked.is_ok())
        }
        Made::Perhaps(keys) => failure.perhaps(&keys),
        Made::Unlisted => failure.unlisted(label, begun),
    })
}

/// Revokes a key that can't be handed over, and words what became of it.
pub(super) async fn take_back(work: &mut Work, client: &Client, key: &Key, error: Error) -> Failed {
    let revoked = work.settle(client.disable_api_key(&key.id)).await;
    let (settled, rest) = match &revoked {
        Ok(_) => (true, format!("the new key {} was revoked", key.id)),
        Err(_) => (false, format!("the new key {} could not be revoked", key.id)),
    };
    let hint =
        if settled { error.hints() } else { format!("revoke it: `{}`", revocation([key.id.as_str()])) };
    Failed { error: also(&error, &rest).hint(hint), settled }
}

/// An error with more to its message, and without a hint.
pub(super) fn also(error: &Error, rest: &str) -> Error {
    Error::new(error.kind(), error.code().to_owned(), format!("{}; {rest}", error.message()))
}

/// This machine's time, in the milliseconds that the API counts in.
pub(super) fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}

/// A lost answer, to be worded with what was found out.
struct Failure(Error);

impl Failure {
    fn of(missed: Missed) -> Self {
        Self(match missed {
            Missed::Interrupted => also(&Missed::Interrupted.into(), "the answer hadn't come"),
            missed => missed.into(),
        })
    }

    fn unknown(&self, label: &str, begun: Timestamp) -> Failed {
        let error = also(&self.0, "whether a key was made could not be found out").hint(format!(
            "look for one labelled `{label}` from {begun:.0} or later with `{}`, then `{}`",
            command("api-key list"),
            revocation(["ID"])
        ));
        Failed { error, settled: false }
    }

    fn unlisted(&self, label: &str, begun: Timestamp) -> Failed {
        let unknown = "whether a key was made could not be found out: the API lists only the newest 200 active keys, \
                       and all of them are younger";
        let error = also(&self.0, unknown).hint(format!(
            "revoke keys that you don't need, then look for one labelled `{label}` from {begun:.0} or later with `{}`",
            command("api-key list")
        ));
        Failed { error, settled: false }
    }

    fn none(&self) -> Failed {
        let error = also(&self.0, "no key was made")
            .hint("try again; `leash api-key list` shows whether one turned up late");
        Failed { error, settled: true }
    }

    fn one(&self, key: &Key, revoked: bool) -> Failed {
        let error = if revoked {
            also(&self.0, &format!("the key that was made, {}, was revoked", key.id)).hint("try again")
        } else {
            also(&self.0, &format!("a key was made, {}, and could not be revoked", key.id))
                .hint(format!("revoke it: `{}`", revocation([key.id.as_str()])))
        };
        Failed { error, settled: revoked }
    }

    fn perhaps(&self, keys: &[Key]) -> Failed {
        let ids: Vec<_> = keys.iter().map(|key| key.id.as_str()).collect();
        let what = match ids.as_slice() {
            [id] => {
                format!("the key {id} has the same label and is about as old, and may be of this request")
            }
            ids => format!(
                "{} keys have the same label and are about as old, and one may be of this request",
                ids.len()
            ),
        };
        let error = also(&self.0, &what).hint(format!("revoke what you don't know: `{}`", revocation(ids)));
        Failed { error, settled: false }
    }
}
