//! The transaction of an agent's treasury that may be under way, for whoever looks after it.

use leash_chain::{Address, Network};
use leash_files::Paths;
use leash_output::{Error, command};

use crate::{
    amounts::Coin,
    journal::{self, Request},
};

/// A transaction of which it isn't known yet what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// What it does: `withdraw 1.5 USDC to …`.
    pub text: String,
    /// The command that finds out, and does nothing twice.
    pub command: String,
}

/// What may be under way for an agent. Nothing is changed, and nobody is disturbed.
///
/// # Errors
/// Where the note can't be read or understood.
pub fn open(paths: &Paths, asset: &Address, network: Network) -> Result<Option<Open>, Error> {
    let Some(entry) = journal::peek(paths, asset)? else { return Ok(None) };
    let command = match &entry.request {
        Request::Withdraw { token, to, amount } => {
            let amount = match amount {
                Some(amount) => format!("--amount {}", Coin::parse(network, token)?.decimal(*amount)),
                None => "--all".to_owned(),
            };
            command(&format!("treasury withdraw {amount} --token {token} --to {to}"))
        }
        Request::SetLimit { token, amount } => {
            let amount = match *amount {
                u64::MAX => "--unlimited".to_owned(),
                amount => Coin::parse(network, token)?.decimal(amount),
            };
            command(&format!("treasury set-limit {amount} --token {token}"))
        }
    };
    Ok(Some(Open { text: entry.text, command }))
}
