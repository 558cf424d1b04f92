//! Settling, and keeping account of it: noted, sent, concluded.

use leash_ledger::{Error, Landed};

use super::{
    Sandbox,
    key::Key,
    receipt::{self, Settlement},
    rules::Checked,
};
use crate::{
    api::Answer,
    clock,
    js::{Text, Value, json},
    store::{
        challenges, counters,
        payments::{self, Payment},
    },
};

/// A multiple of a blockhash's life, in milliseconds.
const RECENT: i64 = 10 * 60 * 1000;

/// What the chain says: it landed, or why not.
pub(super) type Outcome = Result<Landed, String>;

fn outcome(landed: Landed) -> Outcome {
    match &landed.error {
        None => Ok(landed),
        Some(error) => Err(format!("the transaction failed: {error}")),
    }
}

fn broken(error: &Error) -> Answer {
    Answer::internal(error.to_string())
}

/// The payment by this transaction, and where it landed.
pub(super) fn known(sandbox: &Sandbox, tx_sig: &str) -> Result<(Option<Payment>, Option<Landed>), Answer> {
    let payment = sandbox.store.read(|database| payments::get(database, tx_sig))?;
    let landed = sandbox.with_ledger(|ledger| ledger.landed(tx_sig))?.map_err(|error| broken(&error))?;
    Ok((payment, landed.filter(|landed| landed.error.is_none())))
}

/// Whether the chain would take it.
pub(super) fn try_out(sandbox: &Sandbox, checked: &Checked, key: &Key) -> Result<Result<(), String>, Answer> {
    let tried = sandbox.with_ledger(|ledger| {
        if let Err(rejected) = key.fund(ledger)? {
            return Ok(Err(rejected));
        }
        ledger.try_out(&checked.wire)
    })?;
    Ok(tried.map_err(|error| broken(&error))?.map_err(|rejected| rejected.message))
}

/// Sees to it that who will pay the fee can: a buyer may have the chain try a payment before it is signed.
pub(super) fn make_ready(sandbox: &Sandbox, key: &Key) -> Result<(), Answer> {
    let funded = sandbox.with_ledger(|ledger| key.fund(ledger))?.map_err(|error| broken(&error))?;
    funded.map_err(|rejected| Answer::internal(rejected.message))
}

/// Writes down what is about to be sent.
pub(super) fn note(sandbox: &Sandbox, payment: &Payment) -> Result<(), Answer> {
    sandbox.store.write(|write| payments::put(write, payment)).map_err(Answer::from)
}

/// Sends it. Where the chain doesn't take it, the note is struck out; where nobody knows, it stays.
pub(super) fn settle(sandbox: &Sandbox, checked: &Checked, key: &Key) -> Result<Outcome, Answer> {
    let sent = sandbox.with_ledger(|ledger| {
        if let Some(landed) = ledger.landed(&checked.tx_sig)? {
            return Ok(outcome(landed));
        }
        if let Err(rejected) = key.fund(ledger)? {
            return Ok(Err(rejected.message));
        }
        Ok(ledger.send(&checked.wire)?.map_err(|rejected| rejected.message).and_then(outcome))
    })?;
    let sent = sent.map_err(|error: Error| broken(&error))?;
    if sent.is_err() {
        sandbox.store.write(|write| payments::remove(write, &checked.tx_sig))?;
    }
    Ok(sent)
}

/// Accounts for a payment that landed, all at once: the receipt, the link's counters, the challenge. A second time it
/// changes nothing but the seller's answer, where that was missing.
pub(super) fn conclude(sandbox: &Sandbox, payment: &Payment, slot: u64) -> Result<Payment, Answer> {
    sandbox.store.write(|write| {
        let mut payment = payment.clone();
        let before = payments::get(write, &payment.tx_sig)?;
        if let Some(before) = before.filter(|before| before.receipt.is_some()) {
            (payment.receipt, payment.receipt_hash) = (before.receipt, before.receipt_hash);
        } else if let (Some((network, id)), Some(draft)) = (&payment.link, &payment.draft) {
            let draft = json::parse(draft.as_bytes())
                .map_err(|_| Answer::internal("a receipt's draft can't be read"))?;
            let status = payment.answer.as_ref().map(|answer| answer.status);
            let receipt = receipt::add(write, &draft, &Settlement { network: *network, slot, status })?;
            let price = draft.get("price");
            let part = |name| {
                price
                    .and_then(|price| price.get(name))
                    .and_then(Value::as_text)
                    .map(Text::to_lossy)
                    .unwrap_or_default()
            };
            counters::settled(write, *network, id, &payment.tx_sig, &part("amount"), &part("currency"))?;
            if let Some(challenge) = &payment.challenge_id {
                challenges::consume(write, challenge, &payment.tx_sig)?;
            }
            (payment.receipt_hash, payment.receipt) = (Some(receipt.hash), Some(receipt.raw));
        }
        payments::put(write, &payment)?;
        Ok(payment)
    })
}

impl Sandbox {
    /// Accounts for payments that were interrupted: those that landed get their receipt, the others are forgotten.
    /// Answers how many got one. Must be called before the first request, and by the server alone.
    ///
    /// # Errors
    /// What is wrong with the database or the ledger, for a person.
    pub fn recover(&self) -> Result<usize, String> {
        let told = |answer: Answer| String::from_utf8_lossy(&answer.body).into_owned();
        let mut concluded = 0;
        let since = clock::now() - RECENT;
        let under_way = self.store.read(|database| payments::under_way(database, since));
        for payment in under_way.map_err(|error| error.to_string())? {
            let (_, landed) = known(self, &payment.tx_sig).map_err(told)?;
            match landed {
                // What the facilitator settled has no receipt here.
                Some(_) if payment.link.is_none() => {}
                Some(landed) => {
                    conclude(self, &payment, landed.slot).map_err(told)?;
                    concluded += 1;
                }
                None => self
                    .store
                    .write(|write| payments::remove(write, &payment.tx_sig))
                    .map_err(|error: rusqlite::Error| error.to_string())?,
            }
        }
        Ok(concluded)
    }
}
