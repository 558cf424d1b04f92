//! From signed bytes to knowing what became of them.

use std::fmt;
use std::time::Duration;

use leash_chain::{Signature, Transaction};
use tokio::time::{Instant, sleep, timeout_at};

use crate::{Commitment, Error, ProgramError, Rpc, field::Field, send};

/// How often the same bytes are sent again: machines drop what they have no room for.
const SEND_EVERY: Duration = Duration::from_secs(2);

/// What became of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It landed, and did what it should.
    Landed {
        /// Where.
        slot: u64,
    },
    /// It landed, and failed: nothing was moved but the fee.
    Failed {
        /// Where.
        slot: u64,
        /// Why.
        error: ProgramError,
        /// The end of its log, where it could be had.
        log: Vec<String>,
    },
    /// The endpoint tried it and did not pass it on.
    Refused(Refused),
    /// It can never land any more.
    Expired,
    /// The time is up, and it may still land.
    Unknown {
        /// What was last seen of it, or why nothing was.
        reason: String,
    },
}

/// Why an endpoint did not pass a transaction on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Why it would fail; `None` where the endpoint only says so in words.
    pub error: Option<ProgramError>,
    /// What the endpoint says.
    pub message: String,
    /// The end of the log.
    pub log: Vec<String>,
}

impl Rpc {
    /// Sends a transaction that was never sent before, and follows it.
    ///
    /// # Errors
    /// [`Error::Question`] where it isn't signed. Whatever happens once it may have been sent is an [`Outcome`].
    pub async fn send_and_follow(
        &self,
        transaction: &Transaction,
        last_valid_block_height: u64,
        within: Duration,
    ) -> Result<Outcome, Error> {
        send::signed(transaction)?;
        let started = Instant::now();
        // Only a transaction that nobody else can have sent yet may be called refused.
        if let Ok(Err(Error::Refused(refused))) =
            timeout_at(started + within, self.send(transaction, true)).await
        {
            let late = refused.error.as_ref().is_some_and(|e| e.is_blockhash() || e.is_duplicate());
            if !late {
                return Ok(Outcome::Refused(*refused));
            }
        }
        let left = within.saturating_sub(started.elapsed());
        self.follow(transaction, last_valid_block_height, left).await
    }

    /// Asks until it knows what became of a transaction that may have been sent, now or by an earlier run, and sends
    /// the same bytes again while they live.
    ///
    /// # Errors
    /// [`Error::Question`] where it isn't signed.
    pub async fn follow(
        &self,
        transaction: &Transaction,
        last_valid_block_height: u64,
        within: Duration,
    ) -> Result<Outcome, Error> {
        let (id, _) = send::signed(transaction)?;
        let deadline = Instant::now() + within;
        let mut reason = "the endpoint doesn't know it".to_owned();
        let (mut sent, mut gone) = (None::<Instant>, false);
        loop {
            let looked = timeout_at(deadline, self.look(&id, last_valid_block_height)).await;
            let was_gone = std::mem::replace(&mut gone, matches!(looked, Ok(Ok(Look::Gone))));
            match looked {
                Ok(Ok(Look::Done(outcome))) => return Ok(outcome),
                // Twice in a row: the machines behind one address may be some slots apart.
                Ok(Ok(Look::Gone)) if was_gone => return Ok(Outcome::Expired),
                Ok(Ok(Look::Gone)) => reason = "it seems to have expired".to_owned(),
                Ok(Ok(Look::Seen)) => reason = "it was seen, but isn't confirmed".to_owned(),
                Ok(Ok(Look::Nowhere)) => {
                    if sent.is_none_or(|sent| sent.elapsed() >= SEND_EVERY) {
                        sent = Some(Instant::now());
                        // Whether it arrived is seen in the next look.
                        if let Ok(Err(error)) = timeout_at(deadline, self.send(transaction, false)).await {
                            reason = error.to_string();
                        }
                    }
                }
                Ok(Err(error)) => reason = error.to_string(),
                Err(_) => return Ok(Outcome::Unknown { reason }),
            }
            if Instant::now() + self.poll >= deadline {
                return Ok(Outcome::Unknown { reason });
            }
            sleep(self.poll).await;
        }
    }

    /// One look at a transaction. The height is read before the status: a transaction that had no block left to
    /// land in, and isn't in the history after that, is nowhere and stays there.
    async fn look(&self, id: &Signature, last_valid_block_height: u64) -> Result<Look, Error> {
        let height = self.finalised_height().await?;
        let Some(status) = self.status(id).await? else {
            return Ok(if height > last_valid_block_height { Look::Gone } else { Look::Nowhere });
        };
        if status.commitment < Commitment::Confirmed {
            return Ok(Look::Seen);
        }
        let Some(error) = status.error else {
            return Ok(Look::Done(Outcome::Landed { slot: status.slot }));
        };
        // The log says which program it was; that it failed is known without.
        let past = self.transaction(id).await.ok().flatten();
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

impl Refused {
    pub(crate) fn read(data: &Field<'_>, message: &str) -> Result<Self, Error> {
        let log = data.at("logs")?.log()?;
        let error = data.at("err")?.present().map(|err| ProgramError::read(&err, &log)).transpose()?;
        Ok(Self { error, message: message.to_owned(), log })
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.error {
            Some(error) => write!(f, "the transaction would fail: {error}"),
            None => write!(f, "the transaction would fail: {}", self.message),
        }
    }
}
