//! The two layouts of a payment's transaction, and what the standard one takes.

use leash_chain::Address;

use crate::IntentError;

/// The longest memo that the memo program takes in one transaction, and so MPP's.
pub(crate) const MAX_MEMO: usize = 566;

/// The most splits that a payment has beside its recipient.
pub const MAX_SPLITS: usize = 8;

/// How a payment's transaction is written. In both, compute limit and price come first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layout {
    /// What sellers that ask for leash's fee take: the recipient's account and the fee's, made at the fee payer's cost
    /// where they are missing; the transfer; the fee's transfer; the memo. Limit and price are fixed.
    Leash,
    /// What every other facilitator takes: the transfer in third place, the memo where there is one, then each split's
    /// transfer and memo. No account is made but those that a sponsor asked for at its own cost, and the fee payer stands
    /// in no other instruction.
    Standard {
        /// What it may compute, and at which price.
        compute: Compute,
        /// Who else is paid out of the price.
        splits: Vec<Split>,
    },
}

/// What a transaction may compute, and what a unit of it costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compute {
    /// In units.
    pub limit: u32,
    /// In millionths of a lamport.
    pub price: u64,
}

/// A part of the price that goes to somebody else. Two splits to one recipient are two transfers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// Who gets it.
    pub to: Address,
    /// How much.
    pub amount: u64,
    /// What is noted behind its transfer.
    pub memo: Option<String>,
    /// Whether the sponsor has the account made where it is missing, at its own cost.
    pub create_account: bool,
}

impl Compute {
    /// The highest limit that facilitators take.
    pub const MAX_LIMIT: u32 = 200_000;
    /// The highest price that the specification allows: 5 lamports a unit.
    pub const MAX_PRICE: u64 = 5_000_000;
    /// For a simulation, which shows what the limit should be.
    pub const TRIAL: Self = Self { limit: Self::MAX_LIMIT, price: 1 };

    /// The limit for what a simulation used: a tenth more and a little, within [`Self::MAX_LIMIT`]. A facilitator may
    /// refuse a limit that is much too high.
    #[must_use]
    pub fn limit_for(used: u64) -> u32 {
        let limit = used.saturating_add(used / 10).saturating_add(1_000);
        u32::try_from(limit).unwrap_or(u32::MAX).min(Self::MAX_LIMIT)
    }

    /// What it costs on top of the signatures, in lamports, rounded up.
    #[must_use]
    pub fn lamports(&self) -> u64 {
        let micro = u128::from(self.limit) * u128::from(self.price);
        u64::try_from(micro.div_ceil(1_000_000)).unwrap_or(u64::MAX)
    }

    pub(crate) const fn check(&self) -> Result<(), IntentError> {
        if self.limit == 0 || self.limit > Self::MAX_LIMIT {
            return Err(IntentError::Payment("its compute limit is not between 1 and 200,000"));
        }
        if self.price > Self::MAX_PRICE {
            return Err(IntentError::Payment("its compute price is higher than 5 lamports a unit"));
        }
        Ok(())
    }
}

pub(crate) fn check(splits: &[Split]) -> Result<(), IntentError> {
    if splits.len() > MAX_SPLITS {
        return Err(IntentError::Payment("it has more than 8 splits"));
    }
    if splits.iter().any(|split| split.amount == 0) {
        return Err(IntentError::Payment("one of its splits is of nothing"));
    }
    Ok(())
}
