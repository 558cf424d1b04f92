//! The check: the only way to a transaction that the executive's key signs.

use leash_chain::{Address, SOL_DECIMALS, Signature, Transaction, format_amount};

use crate::compare::{Side, differences};
use crate::minted;
use crate::{Difference, Intent, Meaning, Refusal};

/// A transaction that was held against an intent and does exactly what that means. Only [`check`] makes one, and
/// nobody can change it but by adding signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    transaction: Transaction,
    executive: Address,
    asset: Option<Address>,
}

impl Checked {
    /// The transaction.
    #[must_use]
    pub const fn transaction(&self) -> &Transaction {
        &self.transaction
    }

    /// Whose signature was meant.
    #[must_use]
    pub const fn executive(&self) -> &Address {
        &self.executive
    }

    /// The new asset whose signature was meant as well.
    #[must_use]
    pub const fn asset(&self) -> Option<&Address> {
        self.asset.as_ref()
    }

    /// Adds a signature; `false` where it is none of this transaction's, or wrong.
    pub fn put(&mut self, signer: &Address, signature: Signature) -> bool {
        let right =
            self.transaction.message().to_bytes().is_ok_and(|bytes| signature.verifies(signer, &bytes));
        right && self.transaction.put(signer, signature)
    }

    /// The transaction with the signatures that it has by now.
    #[must_use]
    pub fn into_transaction(self) -> Transaction {
        self.transaction
    }
}

/// Holds a transaction against what is meant.
///
/// # Errors
/// [`Refusal`] with every difference. Nothing was signed.
pub fn check(transaction: Transaction, intent: &Intent) -> Result<Checked, Refusal> {
    let found = compare(&transaction, intent);
    if found.is_empty() {
        let asset = intent.new_asset().copied();
        Ok(Checked { transaction, executive: *intent.executive(), asset })
    } else {
        Err(Refusal { differences: found })
    }
}

fn compare(transaction: &Transaction, intent: &Intent) -> Vec<Difference> {
    let message = transaction.message();
    let Some(instructions) = message.instructions().filter(|_| message.lookups().is_empty()) else {
        let tables: Vec<String> = message.lookups().iter().map(|lookup| lookup.table.to_string()).collect();
        return vec![one("tables that hide accounts", None, Some(tables.join(", ")))];
    };
    let steps = message.describe();
    let (expected, got) = match intent.meaning() {
        Meaning::Minted { asset, name, uri } => {
            let normal = minted::normal(intent.executive(), asset, name, uri, &instructions, &steps);
            (normal.expected, normal.got)
        }
        _ => (intent.instructions(), instructions),
    };
    let meant = match intent.message(&expected) {
        Ok(meant) => meant,
        Err(error) => return vec![one("what is meant", None, Some(error.to_string()))],
    };
    let mut found = differences(
        &Side { message: &meant, instructions: &expected, steps: &meant.describe() },
        &Side { message, instructions: &got, steps: &steps },
    );
    fee(transaction, intent, &mut found);
    signatures(transaction, intent, &mut found);
    found
}

fn fee(transaction: &Transaction, intent: &Intent, found: &mut Vec<Difference>) {
    let most = transaction.message().max_fee();
    // What somebody else pays is theirs to limit.
    let ours = transaction.message().fee_payer() == *intent.executive();
    if ours && most.is_none_or(|most| most > intent.max_fee) {
        let sol = |lamports| format!("{} SOL", format_amount(lamports, SOL_DECIMALS));
        let got = most.map_or("more than can be counted".to_owned(), sol);
        found.push(one("fee", Some(format!("at most {}", sol(intent.max_fee))), Some(got)));
    }
}

fn signatures(transaction: &Transaction, intent: &Intent, found: &mut Vec<Difference>) {
    if let Some(signer) = transaction.wrong() {
        let what = format!("signature of {signer}");
        found.push(one(&what, Some("a right one, or none".into()), Some("a wrong one".into())));
    }
    // Nobody but the executive is asked for a signature after a mint API.
    if let Meaning::Minted { .. } = intent.meaning() {
        for signer in transaction.missing().filter(|signer| *signer != intent.executive()) {
            found.push(one(&format!("signature of {signer}"), Some("a right one".into()), None));
        }
    }
}

fn one(what: &str, expected: Option<String>, got: Option<String>) -> Difference {
    Difference { what: what.to_owned(), expected, got }
}
