//! Slots and blockhashes: both follow from the clock, so that there is nothing to store, and nothing to lose.

use std::time::{SystemTime, UNIX_EPOCH};

use sha2::{Digest as _, Sha256};

/// A slot, in milliseconds.
const SLOT: u64 = 400;
/// For so many blocks a blockhash is good.
const LIFETIME: u64 = 150;

/// A blockhash, and the last block that takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blockhash {
    /// The hash.
    pub hash: [u8; 32],
    /// The height of the last block in which a transaction with it can land.
    pub last_valid_block_height: u64,
}

/// The clock of one ledger.
#[derive(Debug)]
pub(crate) struct Blocks {
    seed: [u8; 32],
    /// When the first block was made, in milliseconds since 1970.
    began: u64,
    /// Blocks that were skipped over, so that a test need not wait.
    skipped: u64,
    /// A clock that is set back doesn't take blocks back.
    highest: u64,
}

impl Blocks {
    pub(crate) const fn new(seed: [u8; 32], began: u64, skipped: u64, highest: u64) -> Self {
        Self { seed, began, skipped, highest }
    }

    /// The height of the newest block, which is its slot too.
    pub(crate) fn height(&mut self) -> u64 {
        let height = (now().saturating_sub(self.began) / SLOT).saturating_add(self.skipped);
        self.highest = self.highest.max(height);
        self.highest
    }

    pub(crate) const fn skip(&mut self, blocks: u64) -> u64 {
        self.skipped = self.skipped.saturating_add(blocks);
        self.skipped
    }

    /// When a block was made, in seconds since 1970.
    pub(crate) fn time(&mut self) -> i64 {
        i64::try_from(now() / 1000).unwrap_or(i64::MAX)
    }

    pub(crate) fn latest(&mut self) -> Blockhash {
        let height = self.height();
        Blockhash { hash: self.hash(height), last_valid_block_height: height + LIFETIME }
    }

    /// Whether a transaction with this blockhash can land now.
    pub(crate) fn is_valid(&mut self, hash: &[u8; 32]) -> bool {
        let height = self.height();
        (height.saturating_sub(LIFETIME)..=height).rev().any(|height| self.hash(height) == *hash)
    }

    fn hash(&self, height: u64) -> [u8; 32] {
        let hash = Sha256::new().chain_update(b"leash ledger block");
        hash.chain_update(self.seed).chain_update(height.to_be_bytes()).finalize().into()
    }
}

/// Milliseconds since 1970.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blockhash_dies_after_150_blocks() {
        let mut blocks = Blocks::new([7; 32], now(), 1000, 0);
        let old = blocks.latest();
        assert!(blocks.is_valid(&old.hash));
        blocks.skip(140);
        assert!(blocks.is_valid(&old.hash));
        blocks.skip(11);
        assert!(!blocks.is_valid(&old.hash));
        assert!(blocks.height() > old.last_valid_block_height);
        assert!(!blocks.is_valid(&[0; 32]));
    }

    #[test]
    fn a_clock_that_is_set_back_takes_no_block_back() {
        let mut blocks = Blocks::new([7; 32], u64::MAX, 0, 500);
        assert_eq!(blocks.height(), 500);
    }
}
