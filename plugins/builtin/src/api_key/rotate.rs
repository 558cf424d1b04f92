//! `leash api-key rotate`: a new key in the place of an old one. The old one is revoked last, so that at
//! every moment a key works that the user has.

use std::slice;

use leash_api::{ApiKey as Key, Client, CreatedKey};
use leash_command::{Acting, Host};
use leash_connect::api_error;
use leash_identity::Environment;
use leash_output::{Error, Out, can_ask, confirm, count};
use leash_signature::Secret;

use super::{
    active::Active,
    announce::Replaced,
    check_network, deliver, line,
    links::{self, Links, OfKey, Plaintexts},
    make::{self, Failed, also},
    pick::{is_of, pick},
    revocation,
    rotation::{Journal, Rotation, Step},
    unfinished,
    work::{Missed, Work, within},
};

#[derive(clap::Args)]
pub(super) struct Args {
    /// The key to replace; may be left out where only one is meant
    #[arg(value_name = "ID")]
    id: Option<String>,
    /// The key of this label
    #[arg(long, short, value_name = "NAME", conflicts_with = "id")]
    label: Option<String>,
    /// First disable the payment links made with the old key
    #[arg(long)]
    disable_links: bool,
    /// Don't ask
    #[arg(long, short)]
    yes: bool,
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
    let plaintexts = Plaintexts::of(&acting);
    let asked = if args.yes || args.disable_links || plaintexts.is_empty() || !can_ask() {
        None
    } else {
        ask(host, args, &acting, &plaintexts)?
    };
    let (configured, client) = (acting.api_key, acting.client);
    host.block_on(async {
        let work = Work::begin(host, &client)?;
        let mut rotate = Rotate { host, args, client: &client, journal, work, plaintexts, asked };
        let made = rotate.up_to_proof(configured.as_ref()).await?;
        rotate.hand_over(made, receiver).await
    })?
}

/// Asks about the links of the key that will be replaced, before anything is under way that a signal or a deadline could
/// cut short: the key's id, where the answer was yes.
fn ask(host: &Host, args: &Args, acting: &Acting, plaintexts: &Plaintexts) -> Result<Option<String>, Error> {
    let client = &acting.client;
    let active = Active::of(host.block_on(within(host, client, client.list_api_keys(&Active::QUERY)))??);
    // The rotation itself says which key isn't known.
    let Ok(old) = pick(&active, args.id.as_deref(), args.label.as_deref(), acting.api_key.as_ref()) else {
        return Ok(None);
    };
    let Some(plaintext) = plaintexts.of_key(&old, &active) else { return Ok(None) };
    // Likewise why links can't be listed.
    let Ok(live) = host.block_on(within(host, client, client.live_payment_links(plaintext)))? else {
        return Ok(None);
    };
    if live.items.is_empty() {
        return Ok(None);
    }
    let links = count(live.items.len(), "live payment link");
    let of_key = OfKey { key: old.id.clone(), links: Links::Listed(live.items, live.complete) };
    links::tell(&host.out, slice::from_ref(&of_key));
    host.out.show(&format!("  {}\n", line(&old, jiff::Timestamp::now())));
    if confirm(&format!("Replace this key, and leave its {links} to the buyers?")) {
        Ok(Some(old.id))
    } else {
        Err(Error::failure("declined", "no key was replaced")
            .hint("`--disable-links` disables the links first; `--yes` doesn't ask"))
    }
}

struct Rotate<'a> {
    host: &'a Host,
    args: &'a Args,
    client: &'a Client,
    journal: Journal,
    work: Work,
    plaintexts: Plaintexts,
    /// The key about whose links was asked already.
    asked: Option<String>,
}

/// A new key that works, and what it is to replace.
struct Proven {
    rotation: Rotation,
    old: Key,
    links: OfKey,
    made: CreatedKey,
}

impl Rotate<'_> {
    /// Everything before the new key is handed over. Where this fails, the old key is as it was.
    async fn up_to_proof(&mut self, configured: Option<&Secret<String>>) -> Result<Proven, Error> {
        let progress = self.host.out.progress("creating the new key");
        let args = self.args;
        let mut active = Active::of(self.work.act(self.client.list_api_keys(&Active::QUERY)).await?);
        let revoked =
            unfinished::settle(self.host, &mut self.work, self.client, &self.journal, &active).await?;
        if let Some(revoked) = revoked {
            active.remove(&revoked);
        }
        let old = pick(&active, args.id.as_deref(), args.label.as_deref(), configured)?;
        let plaintext = self.plaintexts.of_key(&old, &active).cloned();
        let mut links = self.look_at_links(&old, plaintext.as_ref()).await?;
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
        if let Some(plaintext) = plaintext.filter(|_| args.disable_links) {
            match self.disable_links(&plaintext).await {
                Ok(disabled) => links.links = Links::Disabled(disabled),
                Err(error) => return Err(self.take_back(&made.key, error, &works).await),
            }
            links::tell(&self.host.out, slice::from_ref(&links));
        }
        Ok(Proven { rotation, old, links, made })
    }

    /// The old key's live links, and what becomes of them.
    async fn look_at_links(&mut self, old: &Key, plaintext: Option<&Secret<String>>) -> Result<OfKey, Error> {
        let Some(plaintext) = plaintext else {
            let links = OfKey::unknown(&old.id);
            if self.args.disable_links {
                return Err(links::no_plaintext(&old.id));
            }
            return Ok(links);
        };
        let list = self.client.live_payment_links(plaintext);
        let listed = if self.args.disable_links {
            self.work.act(list).await
        } else {
            self.work.act(links::briefly(self.client, self.work.time, list)).await
        };
        let links = match listed {
            Ok(list) => Links::Listed(list.items, list.complete),
            Err(missed) if self.args.disable_links || matches!(missed, Missed::Interrupted) => {
                return Err(missed.into());
            }
            Err(missed) => Links::Failed(Error::from(missed).message().to_owned()),
        };
        let links = OfKey { key: old.id.clone(), links };
        if self.args.disable_links || self.asked.as_ref() == Some(&old.id) {
            return Ok(links);
        }
        links::tell(&self.host.out, slice::from_ref(&links));
        if can_ask() && !self.args.yes && !links.live().is_empty() {
            return Err(Error::failure("declined", format!("key {} has live payment links", old.id))
                .hint("run the same command again: it asks about them"));
        }
        Ok(links)
    }

    async fn disable_links(
        &mut self,
        plaintext: &Secret<String>,
    ) -> Result<Vec<leash_api::PaymentLink>, Error> {
        let disabling = self.work.act(links::disable_all(self.client, plaintext)).await?;
        match disabling.failed {
            None => Ok(disabling.done),
            Some((link, error)) => {
                let error = links::not_disabled(&link, &api_error(error), disabling.done.len());
                Err(error.hint("run the same command again: links that are disabled stay so"))
            }
        }
    }

    /// Hands the new key over and revokes the old one.
    async fn hand_over(&mut self, proven: Proven, receiver: deliver::Receiver) -> Result<(), Error> {
        let Proven { rotation, old, links, made } = proven;
        let works = format!("the old key {} still works", old.id);
        // Noted first: whoever is cut off while the plaintext goes out can't know whether it arrived.
        if let Err(error) =
            self.journal.note(&Rotation { step: Step::Handed(made.key.id.clone()), ..rotation })
        {
            return Err(self.take_back(&made.key, error, &works).await);
        }
        let export = receiver.export();
        if let Err(error) = receiver.deliver(self.host, &made, Some(&Replaced { key: &old, links: &links })) {
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
        links::tell_of_unlisted(&self.host.out, slice::from_ref(&links));
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
    Environment::read().ok()?.api_key
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
