//! Having the API make a key, and never leaving one behind that nobody knows of.

use std::{future::Future, time::Duration};

use jiff::{SignedDuration, Timestamp};
use leash_api::{ApiKey as Key, Client, CreatedKey, ListKeys};
use leash_output::{Error, Kind};
use leash_plugin::api_error;
use tokio::{
    signal::unix::{SignalKind, signal},
    time::timeout,
};

/// The API's `Date` has whole seconds, and its clock may be corrected between two answers.
const CLOCK_SLACK: SignedDuration = SignedDuration::from_secs(2);

/// How a signal is heard while something must be brought to an end.
pub(super) async fn interrupted() {
    let listen = |kind| signal(kind).ok();
    let (Some(mut int), Some(mut term), Some(mut hup)) =
        (listen(SignalKind::interrupt()), listen(SignalKind::terminate()), listen(SignalKind::hangup()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = int.recv() => {}
        _ = term.recv() => {}
        _ = hup.recv() => {}
    }
}

/// Creates a key. Where the answer is lost, or a signal comes while it is under way, the key that the API
/// may have made is looked for and revoked, or named.
///
/// `budget` is how long all of that may take.
pub(super) async fn create(client: &Client, label: &str, budget: Duration) -> Result<CreatedKey, Error> {
    let recovery = budget / 3;
    let begun = Timestamp::now();
    let answer = tokio::select! {
        answer = timeout(budget - recovery, client.create_api_key(label)) => answer,
        () = interrupted() => {
            let error = Error::new(Kind::Interrupted, "interrupted", "interrupted before the answer came");
            return Err(recover(client, label, begun, recovery, error).await);
        }
    };
    let error = match answer {
        Ok(Ok(made)) => return Ok(made),
        Ok(Err(error)) if !error.maybe_sent() => return Err(api_error(error)),
        Ok(Err(error)) => api_error(error),
        Err(_) => {
            Error::failure("timeout", format!("no answer came within {} s", (budget - recovery).as_secs_f32()))
        }
    };
    Err(recover(client, label, begun, recovery, error).await)
}

async fn recover(client: &Client, label: &str, begun: Timestamp, budget: Duration, error: Error) -> Error {
    let what = error.message().to_owned();
    let rewrite = |rest: &str| Error::new(error.kind(), error.code().to_owned(), format!("{what}; {rest}"));
    let asked = Timestamp::now();
    let found = timeout(budget / 2, find(client, label, begun, asked)).await;
    let Ok(Ok(found)) = found else {
        return rewrite("whether a key was made could not be found out").hint(format!(
            "look for one labelled `{label}` from {begun:.0} with `leash api-key list`, then `leash api-key revoke ID`"
        ));
    };
    match found.as_slice() {
        [] => rewrite("no key was made").hint("try again, with a longer `--timeout` if the network is slow"),
        [orphan] => match timeout(budget / 2, client.disable_api_key(&orphan.id)).await {
            Ok(Ok(_)) => rewrite(&format!("the key that was made, {}, was revoked", orphan.id))
                .hint("try again, with a longer `--timeout` if the network is slow"),
            _ => rewrite(&format!("a key was made, {}, and could not be revoked", orphan.id))
                .hint(format!("revoke it: `leash api-key revoke {}`", orphan.id)),
        },
        several => {
            let ids: Vec<_> = several.iter().map(|key| key.id.as_str()).collect();
            rewrite(&format!("{} keys of that label were made meanwhile, and one may be of this request", ids.len()))
                .hint(format!("revoke those that you don't know: `leash api-key revoke {}`", ids.join(" ")))
        }
    }
}

/// The active keys of a label that were made since `begun`, by the API's own clock.
pub(super) async fn find(
    client: &Client,
    label: &str,
    begun: Timestamp,
    asked: Timestamp,
) -> Result<Vec<Key>, leash_api::Error> {
    let page = client.list_api_keys(&ListKeys { limit: Some(200), ..ListKeys::default() }).await?;
    let ahead = page.server_time.map_or(SignedDuration::ZERO, |time| time.duration_since(asked));
    let since = begun + ahead - CLOCK_SLACK;
    let made_since = |key: &Key| key.created_at.parse::<Timestamp>().is_ok_and(|created| created >= since);
    Ok(page.items.into_iter().filter(|key| key.label == label && made_since(key)).collect())
}

/// Revokes a key that can't be handed over, and words what became of it.
pub(super) async fn take_back(client: &Client, key: &Key, error: Error, budget: Duration) -> Error {
    let rewrite = |rest: &str| {
        Error::new(error.kind(), error.code().to_owned(), format!("{}; {rest}", error.message()))
    };
    match timeout(budget, client.disable_api_key(&key.id)).await {
        Ok(Ok(_)) => rewrite(&format!("the new key {} was revoked", key.id)).hint(error.hints()),
        _ => rewrite(&format!("the new key {} could not be revoked", key.id))
            .hint(format!("revoke it: `leash api-key revoke {}`", key.id)),
    }
}

/// Runs a future for at most `budget`, as one step that a user waits for.
pub(super) async fn within<T>(
    budget: Duration,
    future: impl Future<Output = Result<T, leash_api::Error>>,
) -> Result<T, Error> {
    match timeout(budget, future).await {
        Ok(answer) => answer.map_err(api_error),
        Err(_) => Err(Error::failure("timeout", format!("no answer came within {} s", budget.as_secs_f32()))
            .hint("try again, with a longer `--timeout` if the network is slow")),
    }
}
