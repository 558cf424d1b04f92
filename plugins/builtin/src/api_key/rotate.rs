//! `leash api-key rotate`: a new key in the place of an old one. The old one is revoked last, so that at
//! every moment a key works that the user has.

use std::time::Duration;

use jiff::Timestamp;
use leash_api::{ApiKey as Key, Client, CreatedKey, ListKeys};
use leash_output::{Error, Kind};
use leash_plugin::Host;
use leash_signer::Secret;

use super::{
    check_network, deliver, line,
    list::MOST,
    make::{self, within},
    revoke::{one, revoke_one},
    rotation::{Journal, Rotation, Step},
};

#[derive(clap::Args)]
pub(super) struct Args {
    /// The key to replace; may be left out where only one is meant
    #[arg(value_name = "ID")]
    id: Option<String>,
    /// The key of this label
    #[arg(long, short, value_name = "NAME", conflicts_with = "id")]
    label: Option<String>,
    /// The agent's network, as a check
    #[arg(long, value_name = "NETWORK")]
    network: Option<String>,
    #[command(flatten)]
    deliver: deliver::Delivery,
}

pub(super) fn run(host: &Host, args: &Args) -> Result<(), Error> {
    let identity = host.identity()?;
    check_network(&identity, args.network.as_deref())?;
    let journal = Journal::open(host.paths()?, &identity.mint)?;
    let configured = identity.api_key.clone();
    let receiver = deliver::Receiver::open(&args.deliver, &identity)?;
    let rotate = Rotate { host, budget: host.timeout()?, client: host.client(identity, false)?, journal };
    let result = host.block_on(rotate.run(args, configured.as_ref(), receiver));
    result?
}

struct Rotate<'a> {
    host: &'a Host,
    budget: Duration,
    client: Client,
    journal: Journal,
}

impl Rotate<'_> {
    async fn run(
        &self,
        args: &Args,
        configured: Option<&Secret<String>>,
        receiver: deliver::Receiver,
    ) -> Result<(), Error> {
        let (rotation, old, made) = match self.up_to_proof(args, configured).await {
            Ok(made) => made,
            Err(error) => {
                receiver.abandon();
                return Err(error);
            }
        };
        let works = format!("the old key {} still works", old.id);
        if let Err(error) = receiver.deliver(self.host, &made, Some(&old)) {
            return Err(self.take_back(&made.key, also(&error, &works)).await);
        }
        // From here on the user has the new key: whatever comes, the old one may go.
        let delivered = Rotation { step: Step::Delivered(made.key.id.clone()), ..rotation };
        let noted = self.journal.note(&delivered);
        let revoked = within(self.budget, self.client.disable_api_key(&old.id)).await;
        if let Err(error) = revoked.map(|_| ()).and(noted) {
            let message =
                format!("the new key {} was handed over and works, but the old one, {}, may still work, too: {}",
                    made.key.id, old.id, error.message());
            return Err(Error::new(error.kind(), error.code().to_owned(), message)
                .hint(format!("revoke it: `leash api-key revoke {}`", old.id)));
        }
        self.journal.clear();
        self.host.out.note(&format!("revoked the old key {}", old.id));
        Ok(())
    }

    /// Everything before the new key is handed over. Where this fails, the old key is as it was.
    async fn up_to_proof(
        &self,
        args: &Args,
        configured: Option<&Secret<String>>,
    ) -> Result<(Rotation, Key, CreatedKey), Error> {
        let active = self.active().await?;
        self.settle_earlier(&active).await?;
        let old = choose(&active, args, configured)?;
        let works = format!("the old key {} still works", old.id);
        let mut rotation =
            Rotation { label: old.label.clone(), old: old.id.clone(), begun: Timestamp::now(), step: Step::Asked };
        self.journal.note(&rotation)?;
        let progress = self.host.out.progress("creating the new key");
        let made = match make::create(&self.client, &old.label, self.budget).await {
            Ok(made) => made,
            Err(error) => {
                if !error.hints().contains("revoke") {
                    self.journal.clear();
                }
                return Err(also(&error, &works));
            }
        };
        rotation.step = Step::Made(made.key.id.clone());
        if let Err(error) = self.journal.note(&rotation) {
            return Err(self.take_back(&made.key, also(&error, &works)).await);
        }
        let proof = tokio::select! {
            proof = within(self.budget, self.client.check_api_key(&made.plaintext)) => proof,
            () = make::interrupted() => Err(Error::new(Kind::Interrupted, "interrupted", "interrupted")),
        };
        drop(progress);
        if let Err(error) = proof {
            let message = format!("the new key doesn't work: {}; {works}", error.message());
            let error = Error::new(error.kind(), error.code().to_owned(), message).hint(error.hints());
            return Err(self.take_back(&made.key, error).await);
        }
        Ok((rotation, old, made))
    }

    async fn active(&self) -> Result<Vec<Key>, Error> {
        let query = ListKeys { limit: Some(MOST), ..ListKeys::default() };
        Ok(within(self.budget, self.client.list_api_keys(&query)).await?.items)
    }

    async fn take_back(&self, key: &Key, error: Error) -> Error {
        let error = make::take_back(&self.client, key, error, self.budget).await;
        if error.message().ends_with("was revoked") {
            self.journal.clear();
        }
        error
    }

    /// A rotation that was cut off comes first: a key that nobody has the plaintext of is revoked.
    async fn settle_earlier(&self, active: &[Key]) -> Result<(), Error> {
        let Some(earlier) = self.journal.unfinished()? else { return Ok(()) };
        let is_active = |id: &str| active.iter().any(|key| key.id == id);
        let orphans = match &earlier.step {
            Step::Delivered(new) if is_active(new) && is_active(&earlier.old) => {
                return Err(Error::failure(
                    "unfinished_rotation",
                    format!("an earlier rotation was cut off after its new key {new} was handed over; both it and the old key {} work", earlier.old),
                )
                .hint(format!("if you have the new one: `leash api-key revoke {}`", earlier.old))
                .hint(format!("if you never got it: `leash api-key revoke {new}`")));
            }
            Step::Delivered(_) => Vec::new(),
            Step::Made(new) => active.iter().filter(|key| key.id == *new).cloned().collect(),
            Step::Asked => {
                let query = make::find(&self.client, &earlier.label, earlier.begun, Timestamp::now());
                let found = within(self.budget, query).await?;
                found.into_iter().filter(|key| key.id != earlier.old).collect()
            }
        };
        match orphans.as_slice() {
            [] => {}
            [orphan] => {
                revoke_one(&self.client, &orphan.id).await?;
                self.host.out.note(&format!(
                    "an earlier rotation was cut off; its new key {}, which nobody got, was revoked",
                    orphan.id
                ));
            }
            several => {
                let ids: Vec<_> = several.iter().map(|key| key.id.as_str()).collect();
                self.journal.clear();
                return Err(Error::failure(
                    "unfinished_rotation",
                    format!("an earlier rotation was cut off, and {} keys of its label were made since", ids.len()),
                )
                .hint(format!("revoke those that you don't know: `leash api-key revoke {}`", ids.join(" "))));
            }
        }
        self.journal.clear();
        Ok(())
    }
}

/// The key that is meant.
fn choose(active: &[Key], args: &Args, configured: Option<&Secret<String>>) -> Result<Key, Error> {
    if let Some(id) = &args.id {
        return one(active, id);
    }
    let mut keys: Vec<&Key> =
        active.iter().filter(|key| args.label.as_ref().is_none_or(|label| key.label == *label)).collect();
    if keys.len() > 1
        && let Some(configured) = configured
    {
        // Prefix and last four characters are all that is known of a plaintext.
        let text = configured.expose();
        let own: Vec<&Key> = keys
            .iter()
            .copied()
            .filter(|key| text.starts_with(&key.prefix) && text.ends_with(&key.last4))
            .collect();
        if own.len() == 1 {
            keys = own;
        }
    }
    match keys.as_slice() {
        [key] => Ok((*key).clone()),
        [] => Err(Error::failure("not_found", "no active key to replace")
            .hint("`leash api-key create --label NAME` makes one")),
        several => {
            let now = Timestamp::now();
            let lines: Vec<_> = several.iter().map(|key| line(key, now)).collect();
            Err(Error::usage(format!("{} keys could be meant: {}", several.len(), lines.join(" | ")))
                .hint("name one: `leash api-key rotate ID`"))
        }
    }
}

fn also(error: &Error, rest: &str) -> Error {
    Error::new(error.kind(), error.code().to_owned(), format!("{}; {rest}", error.message())).hint(error.hints())
}
