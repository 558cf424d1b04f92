//! The instructions of a payment, read strictly: what isn't exactly one of them is none.

use leash_chain::{
    Address, Instruction, Transaction,
    programs::{ASSOCIATED_TOKEN, COMPUTE_BUDGET, MEMO, TOKEN, TOKEN_2022},
};

/// The most that a unit of computing may cost, in millionths of a lamport.
const MAX_PRICE: u64 = 5_000_000;
/// The most that a transaction can compute on the chain.
const MAX_UNITS: u32 = 1_400_000;
/// A program that checks balances, which wallets add.
const LIGHTHOUSE: Address = Address::constant("L2TExMFKdjpN9kozasaurPirfHy9P8sbXoAN1qA3S95");

/// What is wrong with the first two instructions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Budget {
    /// The first is no limit.
    Limit,
    /// The second is no price.
    Price,
    /// The price is too high.
    TooHigh,
}

/// Checks the limit of computing and its price, which come first.
pub(super) fn budget(steps: &[Instruction]) -> Result<(), Budget> {
    let data = |at: usize| {
        steps.get(at).filter(|step| step.program == COMPUTE_BUDGET).map(|step| step.data.as_slice())
    };
    match data(0) {
        Some(&[2, a, b, c, d]) if u32::from_le_bytes([a, b, c, d]) <= MAX_UNITS => {}
        _ => return Err(Budget::Limit),
    }
    match data(1).and_then(<[u8]>::split_first) {
        Some((3, price)) => match price.try_into().map(u64::from_le_bytes) {
            Ok(price) if price <= MAX_PRICE => Ok(()),
            Ok(_) => Err(Budget::TooHigh),
            Err(_) => Err(Budget::Price),
        },
        _ => Err(Budget::Price),
    }
}

/// The making of a token account where it is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Making {
    pub(super) payer: Address,
    pub(super) account: Address,
    pub(super) owner: Address,
    pub(super) mint: Address,
    pub(super) program: Address,
}

impl Making {
    fn read(step: &Instruction) -> Option<Self> {
        let [payer, account, owner, mint, _system, program] = *step.accounts.as_slice() else { return None };
        (step.data == [1]).then_some(Self {
            payer: payer.address,
            account: account.address,
            owner: owner.address,
            mint: mint.address,
            program: program.address,
        })
    }
}

/// A transfer of tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Transfer {
    pub(super) program: Address,
    pub(super) source: Address,
    pub(super) mint: Address,
    pub(super) destination: Address,
    pub(super) authority: Address,
    pub(super) amount: u64,
}

impl Transfer {
    /// Reads an instruction; `None` where it is something else.
    pub(super) fn read(step: &Instruction) -> Option<Self> {
        let [source, mint, destination, authority] = *step.accounts.as_slice() else { return None };
        let (amount, _decimals) = step.data.strip_prefix(&[12])?.split_first_chunk()?;
        let fits = matches!(step.program, TOKEN | TOKEN_2022) && step.data.len() == 10;
        fits.then_some(Self {
            program: step.program,
            source: source.address,
            mint: mint.address,
            destination: destination.address,
            authority: authority.address,
            amount: u64::from_le_bytes(*amount),
        })
    }
}

/// A payment's instructions behind the budget.
pub(super) struct Layout {
    /// Token accounts that are made.
    pub(super) makings: Vec<Making>,
    /// The transfer to the seller.
    pub(super) transfer: Option<Transfer>,
    /// What follows it.
    pub(super) rest: Vec<Instruction>,
}

impl Layout {
    /// Takes the instructions apart; `None` where a token account is made in another way.
    pub(super) fn read(steps: &[Instruction]) -> Option<Self> {
        let mut steps = steps.iter().skip(2).peekable();
        let mut makings = Vec::new();
        while makings.len() < 3
            && let Some(step) = steps.next_if(|step| step.program == ASSOCIATED_TOKEN)
        {
            makings.push(Making::read(step)?);
        }
        Some(Self {
            makings,
            transfer: steps.next().and_then(Transfer::read),
            rest: steps.cloned().collect(),
        })
    }

    /// The texts of the memos.
    pub(super) fn memos(&self) -> Vec<&[u8]> {
        self.rest.iter().filter(|step| is_memo(step)).map(|step| step.data.as_slice()).collect()
    }
}

pub(super) fn is_memo(step: &Instruction) -> bool {
    step.program == MEMO
}

/// Whether it moves nothing.
pub(super) fn is_harmless(step: &Instruction) -> bool {
    is_memo(step) || step.program == LIGHTHOUSE
}

/// Whether the fee payer is anything else in it than the one who pays the fee and the rent.
pub(super) fn is_misused(steps: &[Instruction], fee_payer: &Address) -> bool {
    steps.iter().any(|step| {
        let pays_rent = usize::from(step.program == ASSOCIATED_TOKEN);
        step.program == *fee_payer
            || step.accounts.iter().skip(pays_rent).any(|account| account.address == *fee_payer)
    })
}

/// A transaction's instructions; `None` where some of its accounts are hidden in a table.
pub(super) fn steps(transaction: &Transaction) -> Option<Vec<Instruction>> {
    if transaction.message().lookups().is_empty() { transaction.message().instructions() } else { None }
}
