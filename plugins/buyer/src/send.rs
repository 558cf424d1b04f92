//! Reserving, having signed and sending a payment, each noted before the next.

use std::collections::HashSet;

use leash_chain::{Blockhash, Transaction, treasury};
use leash_connect::{api_error, rpc_error};
use leash_intent::{Intent, Meaning, Payment};
use leash_output::Error;
use leash_pay::Offer;
use leash_policy::{Denial, Payment as Spend};
use leash_rpc::{Commitment, Lifetime};
use leash_submit::{Payment as HandedOut, Signed as Submitted, Trail};

use crate::{
    close,
    conclude::{self, undecided},
    deliver::Output,
    desk::Desk,
    entry::{Asked, Entry, Price, Signed},
    funds::Lacking,
    journal::Held,
    outcome::{Fate, Landed, SETTLING, wait},
    plan::expired,
    purse::Purse,
    refuse,
    request::Request,
    trial,
};

/// How many transactions are tried for one that isn't noted yet.
const MESSAGES: usize = 8;

/// Notes, reserves and signs a payment. The policy's last word is said here, in one step with the reservation.
pub(crate) fn prepare(
    desk: &Desk<'_>,
    purse: &mut dyn Purse,
    offer: &Offer,
    (asked, price): (Asked, Price),
    known: &[Entry],
) -> Result<Result<Held, Denial>, Error> {
    let progress = desk.connector.out.progress("preparing the payment");
    let (life, trail, units) = match prepare_chain(desk, offer)? {
        Ok(prepared) => prepared,
        Err((code, error)) => return Err(refuse::reject(desk, &asked, Some(&price), code, error)?),
    };
    drop(progress);
    let entry = Entry {
        v: 1,
        id: random_id()?,
        time: desk.time(),
        asked,
        price,
        plugin: desk.plugin.clone(),
        grant_daily: desk.grant_daily.map(|daily| daily.to_string()),
        signed: None,
        outcome: None,
        withheld: None,
        released_at: None,
        receipt_is_written: false,
        uncounted: false,
        answer: None,
        rejected: false,
    };
    let mut held = desk.journal.begin(entry)?;
    let entry = &held.entry;
    let key = entry.price.replay_key(&entry.id);
    let spend = Spend { url: &entry.asked.url, gross: entry.price.gross, key: &key };
    if let Err(denial) = desk.ledger.reserve_as(&entry.id, &desk.effective.rules, &spend, desk.now())? {
        held.close()?;
        return Ok(Err(denial));
    }
    match sign(desk, purse, offer, (&held.entry.id, known), (&life, trail, units)) {
        Ok(signed) => held.entry.signed = Some(signed),
        Err(error) => {
            close::not_sent(desk, &held.entry, "not signed")?;
            held.close()?;
            return Err(error);
        }
    }
    // From here on it may be handed out.
    held.note()?;
    Ok(Ok(held))
}

/// What the chain says before the signature: a blockhash, how far its blocks are, whether the payment would succeed, and what it
/// computes.
type Prepared = (Lifetime, Trail, Option<u64>);

fn prepare_chain(desk: &Desk<'_>, offer: &Offer) -> Result<Result<Prepared, Lacking>, Error> {
    let rpc = desk.rpc();
    let source = offer.token.account_of(&treasury(&desk.account.mint));
    // The seller's blockhash, where the chain knows it; but not where a second payment by it would be the first one again.
    if let Some(blockhash) = offer.recent_blockhash.filter(|_| offer.varies())
        && let Some(life) = desk.chain(rpc.lifetime_of(blockhash))?
    {
        let tried = desk.chain(async { Ok(trial::run(desk, offer, life.blockhash).await) })?;
        // Machines behind one endpoint may not all know it: then the newest one has to do.
        if !matches!(tried, Err((trial::STALE, _))) {
            return Ok(tried.map(|units| (life, Trail::new(&source, life.slot), units)));
        }
    }
    let latest = desk.chain(rpc.latest_blockhash())?;
    let (height, tried) = desk.chain(async {
        Ok(tokio::join!(rpc.block_height(Commitment::Confirmed), trial::run(desk, offer, latest.blockhash)))
    })?;
    let units = match tried {
        Ok(units) => units,
        Err(lacking) => return Ok(Err(lacking)),
    };
    let life = latest.at(height.map_err(rpc_error)?).map_err(rpc_error)?;
    Ok(Ok((life, Trail::new(&source, life.slot), units)))
}

fn sign(
    desk: &Desk<'_>,
    purse: &mut dyn Purse,
    offer: &Offer,
    (id, known): (&str, &[Entry]),
    (life, trail, units): (&Lifetime, Trail, Option<u64>),
) -> Result<Signed, Error> {
    // A person may have been asked meanwhile.
    desk.stop.check()?;
    if let Some(expired) = expired(offer, desk.now()) {
        return Err(expired);
    }
    let payment = unlike_others(desk, offer, known, life.blockhash, units)?;
    let transaction = purse.sign(desk, id, &payment, life.blockhash)?;
    let pushed = desk.push.then(|| pushed_value(offer, &transaction)).transpose()?;
    Ok(Signed {
        header: offer.header_name().to_owned(),
        pushed: pushed.is_some(),
        value: pushed.unwrap_or_else(|| offer.header_value(&transaction)),
        payment: HandedOut::new(Submitted::from_base64(transaction, life, desk.now()), trail),
    })
}

/// The header of a payment that the agent sends to the chain itself.
fn pushed_value(offer: &Offer, transaction: &str) -> Result<String, Error> {
    let signature = Transaction::from_base64(transaction)
        .ok()
        .and_then(|signed| signed.signatures().first().copied().flatten());
    signature.and_then(|signature| offer.pushed_header_value(&signature)).ok_or_else(|| {
        Error::failure(
            "refused_transaction",
            "not paid: the agent can't send this payment to the chain itself",
        )
    })
}

/// Sends a payment to the chain, and waits until that shows it. The seller is told only then.
fn push(desk: &Desk<'_>, held: &mut Held) -> Result<(), Error> {
    let signed = held.entry.signed.as_ref().and_then(|signed| signed.payment.signed.transaction());
    let Some(transaction) = signed else {
        return Err(Error::failure("internal", "a payment whose note can't be read"));
    };
    let progress = desk.connector.out.progress("sending the payment to the chain");
    // Where the answer says no, or is lost, it may have been taken all the same: only the chain tells.
    let refused = match Landed::of(&held.entry) {
        Some(_) => None,
        None => desk.chain(desk.rpc().send(&transaction, false)).err(),
    };
    let fate = wait(desk, held, SETTLING)?;
    drop(progress);
    if let Fate::Landed(_) = fate {
        return Ok(());
    }
    let why =
        refused.map_or_else(|| "the chain doesn't show it".to_owned(), |error| error.message().to_owned());
    let message = format!("it isn't known yet whether {} were paid: {why}", undecided(held));
    Err(Error::failure("not_landed", message)
        .hint("run the same command again: it sends the same payment, and pays nothing twice")
        .with_fields(refuse::fields(desk, &held.entry.asked, Some(&held.entry.price))))
}

/// The payment, in a transaction that isn't noted yet: of two payments with one message the chain takes one.
fn unlike_others(
    desk: &Desk<'_>,
    offer: &Offer,
    known: &[Entry],
    blockhash: Blockhash,
    units: Option<u64>,
) -> Result<Payment, Error> {
    let noted: HashSet<Vec<u8>> = known.iter().filter_map(message_of).collect();
    for _ in 0..MESSAGES {
        let memo = random_id()?;
        let mut random = [0; 2];
        leash_files::random(&mut random)
            .map_err(|error| Error::failure("random", format!("no random numbers: {error}")))?;
        let compute = offer.compute(units, u16::from_be_bytes(random));
        let payment = offer.payment(&desk.terms, || memo).with_compute(compute);
        let intent = Intent::new(
            desk.terms.executive,
            Meaning::Pay(payment.clone()),
            blockhash,
            payment.network_fee(),
        );
        let message = intent.and_then(|intent| intent.build()).ok();
        let message = message.and_then(|transaction| transaction.message().to_bytes().ok());
        // Where none can be made, whoever signs says why.
        if message.is_none_or(|message| !noted.contains(&message)) {
            return Ok(payment);
        }
    }
    Err(Error::failure("same_payment", "not paid: each transaction for this is one of a payment under way")
        .hint("wait a minute, then run the same command again"))
}

fn message_of(entry: &Entry) -> Option<Vec<u8>> {
    let transaction = entry.signed.as_ref()?.payment.signed.transaction()?;
    transaction.message().to_bytes().ok()
}

/// Sends a payment, and brings it to its end. `first` says that nobody can have it yet.
pub(crate) fn send(
    desk: &Desk<'_>,
    request: &Request,
    mut held: Held,
    output: Output<'_>,
    first: bool,
) -> Result<(), Error> {
    let pushed = held.entry.signed.as_ref().is_some_and(|signed| signed.pushed);
    if pushed {
        push(desk, &mut held)?;
    }
    let Some(signed) = &held.entry.signed else {
        return Err(Error::failure("internal", "a payment that wasn't signed"));
    };
    let progress = desk.connector.out.progress("paying");
    let outcome = desk.ask(&request.with(Some((&signed.header, &signed.value))))?;
    drop(progress);
    let error = match outcome {
        Ok(answer) => return conclude::answered(desk, held, &answer, output, !first),
        Err(error) => error,
    };
    let fields = refuse::fields(desk, &held.entry.asked, Some(&held.entry.price));
    if first && !pushed && never_left(&error) {
        // The connection never came about, so nobody has it. It is taken out of the note before it stops counting: nobody
        // who finds the note may send what was released.
        held.entry.signed = None;
        held.note()?;
        close::not_sent(desk, &held.entry, "not_sent")?;
        close::rejected(desk, &held, "not_sent")?;
        held.close()?;
        let code = error.code().to_owned();
        return Err(Error::failure(code, format!("not paid: {error}"))
            .hint("nothing was sent; try again")
            .with_fields(fields));
    }
    let code = error.code().to_owned();
    let message = format!("it isn't known yet whether {} were paid: {}", undecided(&held), api_error(error));
    Err(Error::failure(code, message)
        .hint("run the same command again: it sends the same payment, and pays nothing twice")
        .with_fields(fields))
}

/// Whether nothing can have arrived anywhere.
fn never_left(error: &leash_api::Error) -> bool {
    use leash_api::Error as E;
    matches!(
        error,
        E::Connect { .. }
            | E::InvalidUrl { .. }
            | E::InsecureUrl { .. }
            | E::InvalidRequest { .. }
            | E::Setup { .. }
    )
}

fn random_id() -> Result<String, Error> {
    leash_files::random_id::<16>()
        .map_err(|error| Error::failure("random", format!("no random numbers: {error}")))
}
