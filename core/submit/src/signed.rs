//! A signed transaction, as it is noted on the disk before anybody receives it.

use jiff::Timestamp;
use leash_chain::{Transaction, WireError};
use leash_rpc::{BLOCKHASH_LIFE, ENDPOINT_LAG, Lifetime};
use serde::{Deserialize, Serialize};

/// A note of an earlier version doesn't say at which height it was signed. No blockhash lives for a day, in seconds.
const SURELY_OVER: i64 = 24 * 60 * 60;

/// A signed transaction and what is needed to prove later that it can no longer land.
///
/// Its note is durable before the transaction leaves this process: what has no note was never handed out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// The transaction in base64; the fee payer's signature may be missing.
    transaction: String,
    /// The height of the last block that accepts it.
    last_valid_block_height: u64,
    /// The block height when it was signed; none in notes of 0.1.0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    block_height: Option<u64>,
    /// When it was signed by the local clock, in seconds since 1970; none in notes of 0.1.0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signed_at: Option<i64>,
}

impl Signed {
    /// A transaction that was signed now.
    ///
    /// # Errors
    /// [`WireError`] where it is larger than a transaction can be.
    pub fn new(transaction: &Transaction, life: &Lifetime, now: Timestamp) -> Result<Self, WireError> {
        Ok(Self::from_base64(transaction.to_base64()?, life, now))
    }

    /// The same for a transaction that is at hand as base64.
    #[must_use]
    pub fn from_base64(transaction: String, life: &Lifetime, now: Timestamp) -> Self {
        Self {
            transaction,
            last_valid_block_height: life.last_valid_block_height,
            block_height: Some(life.block_height),
            signed_at: Some(now.as_second()),
        }
    }

    /// The transaction; none where the note can't be read.
    #[must_use]
    pub fn transaction(&self) -> Option<Transaction> {
        Transaction::from_base64(&self.transaction).ok()
    }

    /// The transaction in base64.
    #[must_use]
    pub fn as_base64(&self) -> &str {
        &self.transaction
    }

    /// When it was signed by the local clock, in seconds since 1970.
    #[must_use]
    pub const fn signed_at(&self) -> Option<i64> {
        self.signed_at
    }

    /// When it was signed; `noted_at` becomes that where its note, one of 0.1.0, doesn't say.
    pub(crate) fn date(&mut self, noted_at: i64) -> i64 {
        *self.signed_at.get_or_insert(noted_at)
    }

    /// Whether no block can accept it any more, once blocks up to `finalized` are final. The machines behind one endpoint
    /// may be [`ENDPOINT_LAG`] blocks apart, so that many more are waited for.
    #[must_use]
    pub fn is_expired_at(&self, finalized: u64, now: Timestamp) -> bool {
        let past = finalized > self.last_valid_block_height.saturating_add(ENDPOINT_LAG);
        let is_sound = match (self.block_height, self.signed_at) {
            (Some(height), _) => {
                let highest = height.saturating_add(BLOCKHASH_LIFE + ENDPOINT_LAG);
                (height..=highest).contains(&self.last_valid_block_height)
            }
            (None, Some(signed)) => now.as_second() > signed.saturating_add(SURELY_OVER),
            (None, None) => true,
        };
        past && is_sound
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed(last: u64, height: Option<u64>) -> Signed {
        Signed {
            transaction: String::new(),
            last_valid_block_height: last,
            block_height: height,
            signed_at: Some(0),
        }
    }

    #[test]
    fn it_expires_when_no_block_of_any_machine_can_take_it() {
        let now = Timestamp::UNIX_EPOCH;
        let last = 1_150;
        let life = signed(last, Some(1_000));
        assert!(!life.is_expired_at(last, now));
        assert!(!life.is_expired_at(last + ENDPOINT_LAG, now));
        assert!(life.is_expired_at(last + ENDPOINT_LAG + 1, now));
    }

    #[test]
    fn a_last_height_that_was_invented_never_expires() {
        let now = Timestamp::UNIX_EPOCH;
        for (last, height) in [(1, 1_000), (999, 1_000), (1_183, 1_000)] {
            assert!(!signed(last, Some(height)).is_expired_at(u64::MAX, now), "{last} at {height}");
        }
        assert!(signed(1_182, Some(1_000)).is_expired_at(u64::MAX, now));
    }

    #[test]
    fn a_note_without_a_height_expires_after_a_day() {
        let later = |seconds| Timestamp::from_second(seconds).expect("a time");
        assert!(!signed(1, None).is_expired_at(u64::MAX, later(SURELY_OVER)));
        assert!(signed(1, None).is_expired_at(u64::MAX, later(SURELY_OVER + 1)));
    }
}
