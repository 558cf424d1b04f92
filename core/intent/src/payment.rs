//! A payment: who gets how much, what is charged on top, and in which layout it is written.

use leash_chain::{Address, SIGNATURE_LAMPORTS, Token, ix, treasury};

use crate::{Compute, IntentError, Layout, Split, layout};

/// Who collects leash's fee.
pub const FEE_AUTHORITY: Address = Address::constant("3DdcJkvjW7KLtMeko3Zr57jEJWhqRHuPsEBFm1XJYh7W");

/// The most that the executive pays the network for one payment, in lamports, where the seller doesn't.
pub const MAX_NETWORK_FEE: u64 = 100_000;

/// No fee is higher than that: a tenth.
const MAX_BPS: u16 = 1_000;

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

/// A payment as x402 and MPP make it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// In which token.
    pub token: &'static Token,
    /// Out of whose account.
    pub from: Payer,
    /// Who is paid. Splits are taken out of what they get.
    pub to: Address,
    /// The price: what the recipient and all splits get together.
    pub net: u64,
    /// What is charged on top. Only [`Layout::Leash`] has one.
    pub fee: Option<Fee>,
    /// Who pays the network's fee. `None`: the executive does, up to [`MAX_NETWORK_FEE`]; only [`Layout::Standard`] has
    /// that. An address that is the agent's own is refused, so no seller can have the executive pay by naming it.
    pub fee_payer: Option<Address>,
    /// What is noted on the chain. [`Layout::Leash`] always has one.
    pub memo: Option<String>,
    /// How it is written.
    pub layout: Layout,
}

impl Payment {
    /// The account that it is paid from.
    #[must_use]
    pub fn source(&self, executive: &Address) -> Address {
        self.token.account_of(&self.owner(executive))
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

    /// The splits, in the order of their transfers.
    #[must_use]
    pub fn splits(&self) -> &[Split] {
        match &self.layout {
            Layout::Leash => &[],
            Layout::Standard { splits, .. } => splits,
        }
    }

    /// Every transfer, in order: who gets how much. The sum is the gross. `None` where the amounts don't add up.
    #[must_use]
    pub fn transfers(&self) -> Option<Vec<(Address, u64)>> {
        let split = self.splits().iter().try_fold(0_u64, |sum, split| sum.checked_add(split.amount))?;
        let first = (self.to, self.net.checked_sub(split)?);
        let fee = self.fee.zip(self.fee_amount().filter(|amount| *amount > 0));
        let fee = fee.map(|(fee, amount)| (fee.authority, amount));
        let splits = self.splits().iter().map(|split| (split.to, split.amount));
        Some(std::iter::once(first).chain(fee).chain(splits).collect())
    }

    /// The most that the executive pays the network, in lamports: nothing where somebody else does.
    #[must_use]
    pub fn network_fee(&self) -> u64 {
        match (&self.layout, self.fee_payer) {
            (Layout::Standard { compute, .. }, None) => SIGNATURE_LAMPORTS.saturating_add(compute.lamports()),
            _ => 0,
        }
    }

    /// The same payment with another compute limit and price. [`Layout::Leash`] has its own, which stay.
    #[must_use]
    pub fn with_compute(mut self, to: Compute) -> Self {
        if let Layout::Standard { compute, .. } = &mut self.layout {
            *compute = to;
        }
        self
    }

    fn owner(&self, executive: &Address) -> Address {
        match self.from {
            Payer::Treasury(asset) => treasury(&asset),
            Payer::Executive => *executive,
        }
    }

    /// Whether an address is the payer's own: paying it would pay nobody.
    fn is_own(&self, address: &Address, executive: &Address) -> bool {
        let asset = match self.from {
            Payer::Treasury(asset) => Some(asset),
            Payer::Executive => None,
        };
        address == executive
            || *address == self.owner(executive)
            || *address == self.source(executive)
            || Some(*address) == asset
    }

    pub(crate) fn check(&self, executive: &Address) -> Result<(), IntentError> {
        let wrong = |reason: &'static str| Err(IntentError::Payment(reason));
        if self.net == 0 {
            return wrong("it is of nothing");
        }
        if self.fee.is_some_and(|fee| fee.bps > MAX_BPS) {
            return wrong("its fee is higher than 10 per cent");
        }
        if self.gross().is_none() {
            return wrong("it is larger than any amount can be");
        }
        // Else its signature would also pay the network, and rent for accounts of strangers.
        if self.fee_payer.is_some_and(|payer| self.is_own(&payer, executive)) {
            return wrong("whoever settles it must pay the network's fee, and the agent itself is named");
        }
        if self.is_own(&self.to, executive) {
            return wrong("it is to whom it comes from");
        }
        match &self.layout {
            Layout::Leash => self.check_leash(),
            Layout::Standard { compute, splits } => self.check_standard(executive, *compute, splits),
        }
    }

    fn check_leash(&self) -> Result<(), IntentError> {
        let wrong = |reason: &'static str| Err(IntentError::Payment(reason));
        if self.fee_payer.is_none() {
            return wrong("whoever settles it must pay the network's fee, and nobody is named");
        }
        match &self.memo {
            Some(memo) if (1..=ix::MAX_MEMO_BYTES).contains(&memo.len()) => Ok(()),
            _ => wrong("its memo is empty or longer than 256 bytes"),
        }
    }

    fn check_standard(
        &self,
        executive: &Address,
        compute: Compute,
        splits: &[Split],
    ) -> Result<(), IntentError> {
        let wrong = |reason: &'static str| Err(IntentError::Payment(reason));
        if self.fee.is_some() {
            return wrong("the standard layout has no place for leash's fee");
        }
        compute.check()?;
        if self.network_fee() > MAX_NETWORK_FEE {
            return wrong("it would cost the executive more than 100,000 lamports of network fee");
        }
        layout::check(splits)?;
        if splits.iter().any(|split| self.is_own(&split.to, executive)) {
            return wrong("one of its splits is to whom it comes from");
        }
        // Accounts are only made with the sponsor's money: the recipient could close them again and keep the rent.
        if self.fee_payer.is_none() && splits.iter().any(|split| split.create_account) {
            return wrong("the agent would pay for a recipient's new token account");
        }
        match self.transfers() {
            Some(transfers) if transfers[0].1 > 0 => {}
            _ => return wrong("its splits leave nothing for the recipient"),
        }
        let memos = self.memo.iter().chain(splits.iter().filter_map(|split| split.memo.as_ref()));
        if memos.into_iter().any(|memo| !(1..=layout::MAX_MEMO).contains(&memo.len())) {
            return wrong("a memo is empty or longer than 566 bytes");
        }
        // A facilitator signs for no account of its own beside the fee; nor would anybody else's key fit there.
        let touched = self.account_addresses(executive);
        if self.fee_payer.is_some_and(|payer| touched.contains(&payer)) {
            return wrong("whoever settles it is also part of the transfer");
        }
        Ok(())
    }

    /// What the transfers name: accounts, mint, authority and program.
    fn account_addresses(&self, executive: &Address) -> Vec<Address> {
        let owners = std::iter::once(&self.to).chain(self.splits().iter().map(|split| &split.to));
        let mut addresses: Vec<Address> = owners.map(|owner| self.token.account_of(owner)).collect();
        addresses.extend([self.source(executive), self.token.mint, self.token.program, *executive]);
        addresses
    }
}
