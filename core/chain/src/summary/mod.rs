//! A transaction in words: what each instruction does, with whom, and how much. Nothing is left out: what isn't
//! known is named as such, with its accounts and its data.

mod decode;
mod fee;
mod known;
mod step;

pub use fee::SIGNATURE_LAMPORTS;
pub use step::Step;

use std::fmt;

use crate::{Address, Blockhash, Message, SOL_DECIMALS, Signature, Transaction, Version, format_amount};

/// A transaction in words.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Summary {
    /// How it is written.
    pub version: Version,
    /// Who pays the fee.
    pub fee_payer: Address,
    /// The most that the fee can be, in lamports. `None`: more than can be counted.
    pub max_fee_lamports: Option<u64>,
    /// Who signs, and whose signature is there.
    pub signers: Vec<(Address, Option<Signature>)>,
    /// What it lives by.
    pub blockhash: Blockhash,
    /// Tables that hide some of its accounts.
    pub lookup_tables: Vec<Address>,
    /// What it does, in order.
    pub steps: Vec<Step>,
}

impl Message {
    /// What each instruction does.
    #[must_use]
    pub fn describe(&self) -> Vec<Step> {
        self.steps().map(|(program, accounts, data)| decode::step(&program, &accounts, data)).collect()
    }

    /// The most that the fee can be, in lamports: so much for each signature, and the price of computing times
    /// its limit. `None` where that is more than can be counted.
    #[must_use]
    pub fn max_fee(&self) -> Option<u64> {
        fee::most(self)
    }
}

impl Transaction {
    /// The transaction in words.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let message = self.message();
        let signers = message.signers().iter().copied();
        Summary {
            version: message.version(),
            fee_payer: message.fee_payer(),
            max_fee_lamports: message.max_fee(),
            signers: signers.zip(self.signatures().iter().copied()).collect(),
            blockhash: message.blockhash(),
            lookup_tables: message.lookups().iter().map(|lookup| lookup.table).collect(),
            steps: message.describe(),
        }
    }
}

/// Lines without a line break at the end. Texts of the transaction's are escaped.
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fee = match self.max_fee_lamports {
            Some(lamports) => format!("at most {} SOL", format_amount(lamports, SOL_DECIMALS)),
            None => "more than can be counted".to_owned(),
        };
        write!(f, "fee: {fee}, paid by {}", self.fee_payer)?;
        for (signer, signature) in &self.signers {
            let state = if signature.is_some() { "signed" } else { "to sign" };
            write!(f, "\n{state}: {signer}")?;
        }
        for table in &self.lookup_tables {
            write!(f, "\nhides accounts in the table {table}")?;
        }
        for (number, step) in (1..).zip(&self.steps) {
            write!(f, "\n{number}. {step}")?;
        }
        Ok(())
    }
}
