//! Reserving, having signed and sending a payment, each noted before the next.

use jiff::Timestamp;
use leash_output::Error;
use leash_pay::Offer;
use leash_plugin::api_error;
use leash_policy::{Denial, Payment};
use leash_rpc::Lifetime;

use crate::{
    close,
    conclude::{self, undecided},
    deliver::Output,
    desk::{Desk, now},
    entry::{Asked, Entry, Price, Signed},
    journal::Held,
    purse::Purse,
    refuse,
    request::Request,
    trial,
};

/// Notes, reserves and signs a payment. The policy's last word is said here, in one step with the reservation.
pub(crate) fn prepare(
    desk: &Desk<'_>,
    purse: &mut dyn Purse,
    offer: &Offer,
    asked: Asked,
    price: Price,
) -> Result<Result<Held, Denial>, Error> {
    let progress = desk.host.out.progress("preparing the payment");
    let life = desk.chain(desk.rpc.latest_blockhash())?;
    if let Err((code, error)) = trial::run(desk, offer, &life)? {
        return Err(refuse::reject(desk, &asked, Some(&price), code, error)?);
    }
    drop(progress);
    let id = hex(&random()?);
    let entry = Entry {
        v: 1,
        id,
        time: now(),
        asked,
        price,
        plugin: desk.plugin.clone(),
        signed: None,
        answer: None,
        rejected: false,
    };
    let mut held = desk.journal.begin(entry)?;
    let entry = &held.entry;
    let key = entry.price.replay_key(&entry.id);
    let payment = Payment { url: &entry.asked.url, gross: entry.price.gross, key: &key };
    if let Err(denial) =
        desk.ledger.reserve_as(&entry.id, &desk.effective.rules, &payment, Timestamp::now())?
    {
        held.close()?;
        return Ok(Err(denial));
    }
    match sign(desk, purse, offer, &held.entry.id, life) {
        Ok(signed) => held.entry.signed = Some(signed),
        Err(error) => {
            close::give_back(desk, &held.entry, "not signed")?;
            held.close()?;
            return Err(error);
        }
    }
    held.note()?;
    Ok(Ok(held))
}

fn sign(
    desk: &Desk<'_>,
    purse: &mut dyn Purse,
    offer: &Offer,
    id: &str,
    life: Lifetime,
) -> Result<Signed, Error> {
    let memo = hex(&random()?);
    let payment = offer.payment(&desk.terms, || memo);
    let transaction = purse.sign(desk, id, &payment, life.blockhash)?;
    Ok(Signed {
        header: offer.header_name().to_owned(),
        value: offer.header_value(&transaction),
        transaction,
        last_valid_block_height: life.last_valid_block_height,
    })
}

/// Sends a payment, and brings it to its end. `first` says that nobody can have it yet.
pub(crate) fn send(
    desk: &Desk<'_>,
    request: &Request,
    held: Held,
    output: Output<'_>,
    first: bool,
) -> Result<(), Error> {
    let Some(signed) = &held.entry.signed else {
        return Err(Error::failure("internal", "a payment that wasn't signed"));
    };
    let progress = desk.host.out.progress("paying");
    let outcome = desk.ask(&request.with(Some((&signed.header, &signed.value))))?;
    drop(progress);
    let error = match outcome {
        Ok(answer) => return conclude::answered(desk, held, &answer, output, !first),
        Err(error) => error,
    };
    let fields = refuse::fields(desk, &held.entry.asked, Some(&held.entry.price));
    if first && never_left(&error) {
        close::unpaid(desk, held, "not_sent")?;
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

fn random() -> Result<[u8; 16], Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)
        .map_err(|error| Error::failure("random", format!("no random numbers: {error}")))?;
    Ok(bytes)
}

fn hex(bytes: &[u8; 16]) -> String {
    format!("{:032x}", u128::from_be_bytes(*bytes))
}
