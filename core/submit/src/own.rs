//! Transactions whose fee leash pays: their signature is known, so the chain is asked for it by name. They hold no budget.

use std::time::Duration;

use leash_chain::{Signature, Transaction};
use leash_rpc::{Commitment, Error, ProgramError, Refused, Rpc};
use tokio::time::{Instant, sleep, timeout_at};

use crate::{Clock, Signed};

/// How often the same bytes are sent again: machines drop what they have no room for.
const SEND_EVERY: Duration = Duration::from_secs(2);

/// What became of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It landed, and did what it should.
    Landed {
        /// The slot in which it landed.
        slot: u64,
    },
    /// It landed, and a program refused it: nothing moved but the fee.
    Failed {
        /// The slot in which it landed.
        slot: u64,
        /// Why.
        error: ProgramError,
        /// The end of its log, where the endpoint has it.
        log: Vec<String>,
    },
    /// The endpoint tried it and did not pass it on.
    Refused(Refused),
    /// It did not land, and can't any more.
    Expired,
    /// The time is up, and it may still land.
    Unknown {
        /// What was last seen of it, or why nothing was.
        reason: String,
    },
}

/// A signed transaction whose note is on the disk, so that it may be handed out.
#[derive(Debug)]
pub struct Submission<'a> {
    signed: Signed,
    transaction: Transaction,
    id: Signature,
    clock: &'a dyn Clock,
}

impl std::fmt::Debug for dyn Clock + '_ {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clock")
    }
}

/// A signed transaction that isn't noted yet, and so can't be sent.
#[derive(Debug)]
pub struct Unnoted<'a>(Submission<'a>);

impl<'a> Unnoted<'a> {
    /// A transaction that was signed now.
    ///
    /// # Errors
    /// [`Error::Question`] where it isn't signed by everybody who must.
    pub fn new(signed: Signed, clock: &'a dyn Clock) -> Result<Self, Error> {
        Submission::resume(signed, clock).map(Self)
    }

    /// Notes it; the note is durable when `write` returns. Where that fails, it was never handed out.
    ///
    /// # Errors
    /// Those of `write`.
    pub fn note<E>(self, write: impl FnOnce(&Signed) -> Result<(), E>) -> Result<Submission<'a>, E> {
        write(&self.0.signed)?;
        Ok(self.0)
    }
}

impl<'a> Submission<'a> {
    /// Takes up a transaction that an earlier run noted, and may have handed out.
    ///
    /// # Errors
    /// [`Error::Question`] where it can't be read or isn't signed by everybody who must.
    pub fn resume(signed: Signed, clock: &'a dyn Clock) -> Result<Self, Error> {
        let transaction = signed.transaction().filter(Transaction::is_signed);
        let unsigned = Error::Question("the transaction is not signed by everybody who must");
        let Some((transaction, id)) = transaction.and_then(|it| it.id().map(|id| (it, id))) else {
            return Err(unsigned);
        };
        Ok(Self { signed, transaction, id, clock })
    }

    /// Its signature, by which the chain knows it.
    #[must_use]
    pub const fn id(&self) -> Signature {
        self.id
    }

    /// Hands it out for the first time, and follows it.
    pub async fn send(&self, rpc: &Rpc, within: Duration) -> Outcome {
        let started = Instant::now();
        // Only a transaction that nobody else can have sent yet may be called refused.
        if let Ok(Err(Error::Refused(refused))) =
            timeout_at(started + within, rpc.send(&self.transaction, true)).await
        {
            let late = refused.error.as_ref().is_some_and(|e| e.is_blockhash() || e.is_duplicate());
            if !late {
                return Outcome::Refused(*refused);
            }
        }
        self.follow(rpc, within.saturating_sub(started.elapsed())).await
    }

    /// Asks until it is known what became of it, and sends the same bytes again while they can land.
    pub async fn follow(&self, rpc: &Rpc, within: Duration) -> Outcome {
        let deadline = Instant::now() + within;
        let mut reason = "the endpoint doesn't know it".to_owned();
        let (mut sent, mut gone) = (None::<Instant>, false);
        loop {
            let looked = timeout_at(deadline, self.look(rpc)).await;
            let was_gone = std::mem::replace(&mut gone, matches!(looked, Ok(Ok(Look::Gone))));
            match looked {
                Ok(Ok(Look::Done(outcome))) => return outcome,
                // Twice in a row: the machines behind one address may be some slots apart.
                Ok(Ok(Look::Gone)) if was_gone => return Outcome::Expired,
                Ok(Ok(Look::Gone)) => reason = "it seems to have expired".to_owned(),
                Ok(Ok(Look::Seen)) => reason = "it was seen, but isn't confirmed".to_owned(),
                Ok(Ok(Look::Nowhere)) => {
                    if sent.is_none_or(|sent| sent.elapsed() >= SEND_EVERY) {
                        sent = Some(Instant::now());
                        // Whether it arrived is seen in the next look.
                        if let Ok(Err(error)) = timeout_at(deadline, rpc.send(&self.transaction, false)).await
                        {
                            reason = error.to_string();
                        }
                    }
                }
                Ok(Err(error)) if error.is_permanent() => {
                    return Outcome::Unknown { reason: error.to_string() };
                }
                Ok(Err(error)) => reason = error.to_string(),
                Err(_) => return Outcome::Unknown { reason },
            }
            if Instant::now() + rpc.poll() >= deadline {
                return Outcome::Unknown { reason };
            }
            sleep(rpc.poll()).await;
        }
    }

    /// One look at it. The height is read before the status: a transaction that had no block left to land in, and isn't
    /// in the history after that, is nowhere and stays there.
    async fn look(&self, rpc: &Rpc) -> Result<Look, Error> {
        let height = rpc.block_height(Commitment::Finalised).await?;
        let Some(status) = rpc.status(&self.id).await? else {
            let gone = self.signed.is_expired_at(height, self.clock.now());
            return Ok(if gone { Look::Gone } else { Look::Nowhere });
        };
        if status.commitment < Commitment::Confirmed {
            return Ok(Look::Seen);
        }
        let Some(error) = status.error else {
            return Ok(Look::Done(Outcome::Landed { slot: status.slot }));
        };
        // The log says which program it was; that it failed is known without.
        let past = rpc.transaction(&self.id, Commitment::Confirmed).await.ok().flatten();
        let (error, log) = match past {
            Some(past) => (past.error.unwrap_or(error), past.log),
            None => (error, Vec::new()),
        };
        Ok(Look::Done(Outcome::Failed { slot: status.slot, error, log }))
    }
}

enum Look {
    Done(Outcome),
    Seen,
    /// It isn't there yet.
    Nowhere,
    /// It isn't there, and can't come any more.
    Gone,
}
