//! A payment: who gets how much, and what is charged on top.

use leash_chain::{Address, Token, ix, treasury};

use crate::IntentError;

/// Who collects leash's fee.
pub const FEE_AUTHORITY: Address = Address::constant("3DdcJkvjW7KLtMeko3Zr57jEJWhqRHuPsEBFm1XJYh7W");

/// No fee is higher than that: a tenth.
const MOST_BPS: u16 = 1_000;

/// A fee on top of a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fee {
    /// In hundredths of a per cent.
    pub bps: u16,
    /// Who collects it.
    pub authority: Address,
}

impl Fee {
    /// Leash's own: one per cent.
    pub const LEASH: Self = Self { bps: 100, authority: FEE_AUTHORITY };

    /// The fee on this price, rounded up. `None`: more than an amount can be.
    #[must_use]
    pub fn on(&self, net: u64) -> Option<u64> {
        u64::try_from((u128::from(net) * u128::from(self.bps)).div_ceil(10_000)).ok()
    }
}

/// Out of whose account a payment is made. The executive signs for both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payer {
    /// Out of the treasury of this asset, from what the executive was allowed to spend.
    Treasury(Address),
    /// Out of the executive's own account.
    Executive,
}

/// A payment as x402 and MPP make it: whoever settles it pays the network's fee and the rent of new accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// In which token.
    pub token: &'static Token,
    /// Out of whose account.
    pub from: Payer,
    /// To whom.
    pub to: Address,
    /// What they get.
    pub net: u64,
    /// What is charged on top.
    pub fee: Option<Fee>,
    /// Who settles it.
    pub fee_payer: Address,
    /// What is noted on the chain.
    pub memo: String,
}

impl Payment {
    /// The account that it is paid from.
    #[must_use]
    pub fn source(&self, executive: &Address) -> Address {
        match self.from {
            Payer::Treasury(asset) => self.token.account_of(&treasury(&asset)),
            Payer::Executive => self.token.account_of(executive),
        }
    }

    /// The fee in atomic units. `None`: more than an amount can be.
    #[must_use]
    pub fn fee_amount(&self) -> Option<u64> {
        self.fee.map_or(Some(0), |fee| fee.on(self.net))
    }

    /// All that leaves the account it is paid from. `None`: more than an amount can be.
    #[must_use]
    pub fn gross(&self) -> Option<u64> {
        self.net.checked_add(self.fee_amount()?)
    }

    pub(crate) fn check(&self, executive: &Address) -> Result<(), IntentError> {
        let wrong = |reason: &'static str| Err(IntentError::Payment(reason));
        let ours = match self.from {
            Payer::Treasury(asset) => treasury(&asset),
            Payer::Executive => *executive,
        };
        if self.net == 0 {
            return wrong("it is of nothing");
        }
        // Else its signature would also pay the network, and rent for accounts of strangers.
        if self.fee_payer == *executive || self.fee_payer == ours {
            return wrong("whoever settles it must pay the network's fee, and the agent itself is named");
        }
        if self.to == ours {
            return wrong("it is to whom it comes from");
        }
        if self.fee.is_some_and(|fee| fee.bps > MOST_BPS) {
            return wrong("its fee is higher than 10 per cent");
        }
        if self.gross().is_none() {
            return wrong("it is larger than any amount can be");
        }
        if self.memo.is_empty() || self.memo.len() > ix::MAX_MEMO_BYTES {
            return wrong("its memo is empty or longer than 256 bytes");
        }
        Ok(())
    }
}
