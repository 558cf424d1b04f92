//! What became of a payment, as the chain says. The transaction's name isn't known here, since whoever settles it signs
//! first; so it is looked for by its content, which the agent's signature covers.

use std::{collections::HashSet, time::Duration};

use jiff::Timestamp;
use leash_chain::{Address, Signature, Transaction};
use leash_output::Error;
use leash_rpc::Rpc;
use tokio::time::{Instant, sleep};

use crate::{
    desk::Desk,
    entry::{Answer, Entry},
};

/// How often to look.
const EVERY: Duration = Duration::from_millis(500);
/// The latest transactions of the treasury's account that are looked at.
const MOST: usize = 200;
/// Clocks are apart by less.
const APART: u64 = 10 * 60;

/// A payment that was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Landed {
    pub(crate) transaction: Signature,
    pub(crate) slot: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It was made.
    Landed(Landed),
    /// It was carried out, and failed: nothing was moved.
    Failed,
    /// It was never made, and can't be any more.
    Gone,
    /// It wasn't made yet.
    Alive,
    /// The chain didn't say.
    Unknown(String),
}

/// Asks until it is known that the payment was made, or can't be, for so long.
pub(crate) fn follow(desk: &Desk<'_>, entry: &Entry, within: Duration) -> Result<Fate, Error> {
    let Some(mut search) = Search::new(entry) else {
        return Err(Error::failure("internal", "what was signed can't be read"));
    };
    desk.host.block_on(search.follow(&desk.rpc, within))
}

struct Search {
    transaction: Transaction,
    source: Address,
    last_valid_block_height: u64,
    claimed: Option<Signature>,
    since: u64,
    /// Transactions that were looked at, and are others.
    others: HashSet<Signature>,
}

impl Search {
    fn new(entry: &Entry) -> Option<Self> {
        let signed = entry.signed.as_ref()?;
        let time = entry.time.parse::<Timestamp>().ok()?.as_second();
        Some(Self {
            transaction: signed.transaction()?,
            source: entry.price.source.parse().ok()?,
            last_valid_block_height: signed.last_valid_block_height,
            claimed: entry.answer.as_ref().and_then(Answer::claimed),
            since: u64::try_from(time).ok()?.saturating_sub(APART),
            others: HashSet::new(),
        })
    }

    async fn follow(&mut self, rpc: &Rpc, within: Duration) -> Fate {
        let deadline = Instant::now() + within;
        let mut was_gone = false;
        loop {
            let fate = match self.look(rpc).await {
                Ok(fate) => fate,
                Err(error) => Fate::Unknown(error.to_string()),
            };
            match fate {
                Fate::Landed(_) | Fate::Failed => return fate,
                // Twice in a row: the machines behind one address may be some slots apart.
                Fate::Gone if was_gone => return fate,
                Fate::Gone => was_gone = true,
                Fate::Alive | Fate::Unknown(_) => was_gone = false,
            }
            if !was_gone && Instant::now() + EVERY >= deadline {
                return fate;
            }
            sleep(EVERY).await;
        }
    }

    /// One look. The height is read first: what had no block left to land in, and isn't there after that, stays away.
    async fn look(&mut self, rpc: &Rpc) -> Result<Fate, leash_rpc::Error> {
        let height = rpc.finalised_height().await?;
        if let Some(claimed) = self.claimed
            && let Some(fate) = self.is_it(rpc, claimed).await?
        {
            return Ok(fate);
        }
        for listed in rpc.transactions_of(&self.source, MOST).await? {
            if listed.time.is_some_and(|time| time < self.since) {
                break;
            }
            if let Some(fate) = self.is_it(rpc, listed.signature).await? {
                return Ok(fate);
            }
        }
        Ok(if height > self.last_valid_block_height { Fate::Gone } else { Fate::Alive })
    }

    async fn is_it(&mut self, rpc: &Rpc, signature: Signature) -> Result<Option<Fate>, leash_rpc::Error> {
        if self.others.contains(&signature) {
            return Ok(None);
        }
        let Some(past) = rpc.transaction(&signature).await? else { return Ok(None) };
        if past.transaction.message() != self.transaction.message() {
            self.others.insert(signature);
            return Ok(None);
        }
        Ok(Some(match past.error {
            Some(_) => Fate::Failed,
            None => Fate::Landed(Landed { transaction: signature, slot: past.slot }),
        }))
    }
}
