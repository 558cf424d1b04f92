//! `leash api-key rotate`: a new key in the place of an old one. The old one is revoked last, so that at
//! every moment a key works that the user has.

use leash_api::{ApiKey as Key, Client, CreatedKey, ListKeys};
use leash_output::{Error, Out};
use leash_plugin::Host;
use leash_signer::Secret;

use super::{
    check_network, deliver,
    list::MOST,
    make::{self, Failed, also},
    pick::{is_of, pick},
    revocation,
    rotation::{Journal, Rotation, Step},
    unfinished,
    work::{Missed, Work},
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
    let acting = host.acting(false)?;
    check_network(acting.network, args.network.as_deref())?;
    let journal = Journal::open(host.paths()?, &acting.mint)?;
    let receiver = deliver::Receiver::open(&args.deliver, &acting)?;
    let (configured, client) = (acting.api_key, acting.client);
    host.block_on(async {
        let work = Work::begin(host, &client)?;
        let mut rotate = Rotate { host, client: &client, journal, work };
        let made = rotate.up_to_proof(args, configured.as_ref()).await?;
        rotate.hand_over(made, receiver).await
    })?
}

struct Rotate<'a> {
    host: &'a Host,
    client: &'a Client,
    journal: Journal,
    work: Work,
}

/// A new key that works, and what it is to replace.
struct Proven {
    rotation: Rotation,
    old: Key,
    made: CreatedKey,
}

impl Rotate<'_> {
    /// Everything before the new key is handed over. Where this fails, the old key is as it was.
    async fn up_to_proof(
        &mut self,
        args: &Args,
        configured: Option<&Secret<String>>,
    ) -> Result<Proven, Error> {
        let progress = self.host.out.progress("creating the new key");
        let query = ListKeys { limit: Some(MOST), ..ListKeys::default() };
        let active = self.work.act(self.client.list_api_keys(&query)).await?.items;
        let revoked =
            unfinished::settle(self.host, &mut self.work, self.client, &self.journal, &active).await?;
        let active: Vec<Key> = active.into_iter().filter(|key| revoked.as_ref() != Some(&key.id)).collect();
        let old = pick(&active, args.id.as_deref(), args.label.as_deref(), configured)?;
        let works = format!("the old key {} still works", old.id);

        let begun = make::now();
        let until = begun + self.work.time;
        let mut rotation =
            Rotation { label: old.label.clone(), old: old.id.clone(), begun, until, step: Step::Asked };
        self.journal.note(&rotation)?;
        let made = match make::create(&mut self.work, self.client, &old.label, Some(&old.id)).await {
            Ok(made) => made,
            Err(failed) => return Err(self.give_up(&failed, &works)),
        };
        rotation.step = Step::Made(made.key.id.clone());
        if let Err(error) = self.journal.note(&rotation) {
            return Err(self.take_back(&made.key, error, &works).await);
        }
        let proof = self.work.act(self.client.check_api_key(&made.plaintext)).await;
        drop(progress);
        if let Err(missed) = proof {
            return Err(self.take_back(&made.key, unproven(missed), &works).await);
        }
        Ok(Proven { rotation, old, made })
    }

    /// Hands the new key over and revokes the old one.
    async fn hand_over(&mut self, proven: Proven, receiver: deliver::Receiver) -> Result<(), Error> {
        let Proven { rotation, old, made } = proven;
        let works = format!("the old key {} still works", old.id);
        // Noted first: whoever is cut off while the plaintext goes out can't know whether it arrived.
        if let Err(error) =
            self.journal.note(&Rotation { step: Step::Handed(made.key.id.clone()), ..rotation })
        {
            return Err(self.take_back(&made.key, error, &works).await);
        }
        let export = receiver.export();
        if let Err(error) = receiver.deliver(self.host, &made, Some(&old)) {
            return Err(self.take_back(&made.key, error, &works).await);
        }
        // From here on the user has the new key: whatever comes, the old one may go.
        if let Err(missed) = self.work.settle(self.client.disable_api_key(&old.id)).await {
            let perhaps = if missed.maybe_sent() { "may still work, too" } else { "still works, too" };
            let error = Error::from(missed);
            let message = format!(
                "the new key {} was handed over and works, but the old one, {}, {perhaps}: {}",
                made.key.id,
                old.id,
                error.message()
            );
            let error = Error::new(error.kind(), error.code().to_owned(), message)
                .hint(format!("revoke it: `{}`", revocation([old.id.as_str()])));
            return Err(self.beside_the_document(error));
        }
        self.journal.clear();
        self.host.out.note(&format!("revoked the old key {}", old.id));
        if in_environment().is_some_and(|key| is_of(&old, &key)) {
            self.host.out.note(&format!("LEASH_API_KEY still holds the key that was revoked: {export}"));
        }
        Ok(())
    }

    async fn take_back(&mut self, key: &Key, error: Error, works: &str) -> Error {
        let failed = make::take_back(&mut self.work, self.client, key, error).await;
        self.give_up(&failed, works)
    }

    /// The rotation is over where nothing is left of it.
    fn give_up(&self, failed: &Failed, works: &str) -> Error {
        if failed.settled {
            self.journal.clear();
        }
        also(&failed.error, works).hint(failed.error.hints())
    }

    /// stdout has its one document already, so the failure is on stderr alone.
    fn beside_the_document(&self, error: Error) -> Error {
        if !self.host.out.json {
            return error;
        }
        Out { json: false, ..self.host.out }.failure(&error);
        Error::reported()
    }
}

/// The key that this shell's later commands will send.
fn in_environment() -> Option<Secret<String>> {
    std::env::var("LEASH_API_KEY").ok().map(|key| Secret::new(key.trim().to_owned()))
}

/// That the new key could not be shown to work. It is not the agent's own credential, so it is no matter of
/// identity, whatever the API says.
fn unproven(missed: Missed) -> Error {
    if matches!(missed, Missed::Interrupted) {
        return missed.into();
    }
    let error = Error::from(missed);
    Error::failure(
        error.code().to_owned(),
        format!("the new key was not proven to work: {}", error.message()),
    )
    .hint("try again")
}
