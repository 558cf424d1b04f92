//! Waiting until money has come.

use std::time::Duration;

use leash_chain::{Address, SOL_DECIMALS, Token, format_amount};
use leash_command::Host;
use leash_connect::rpc_error;
use leash_output::Error;
use leash_rpc::Rpc;

/// Between two looks, at first and at last.
const SOON: Duration = Duration::from_secs(1);
const LATE: Duration = Duration::from_secs(10);
/// So many failures in a row are no accident.
const MOST_FAILURES: u32 = 5;

/// What is waited for.
pub(crate) enum Coin<'a> {
    Sol(&'a Address),
    Token(&'a Token, Address),
}

impl Coin<'_> {
    pub(crate) fn written(&self, atomic: u64) -> String {
        match self {
            Self::Sol(_) => format!("{} SOL", format_amount(atomic, SOL_DECIMALS)),
            Self::Token(token, _) => format!("{} {}", format_amount(atomic, token.decimals), token.symbol),
        }
    }

    pub(crate) async fn balance(&self, rpc: &Rpc) -> Result<u64, leash_rpc::Error> {
        match self {
            Self::Sol(address) => rpc.balance(address).await,
            Self::Token(_, account) => Ok(rpc.token_balance(account).await?.map_or(0, |(amount, _)| amount)),
        }
    }
}

/// Waits for as long as it takes; Ctrl-C ends it, and loses nothing.
pub(crate) fn wait(host: &Host, rpc: &Rpc, coin: &Coin<'_>, least: u64) -> Result<u64, Error> {
    let end = "Ctrl-C stops waiting, nothing is lost";
    let progress = host.out.progress(&format!("waiting for {}; {end}", coin.written(least)));
    let (mut pause, mut failures) = (SOON, 0);
    loop {
        match host.block_on(coin.balance(rpc))? {
            Ok(balance) if balance >= least => return Ok(balance),
            Ok(balance) => {
                failures = 0;
                let (there, least) = (coin.written(balance), coin.written(least));
                progress.tell(&format!("{there} of {least} is there; {end}"));
            }
            Err(error) => {
                failures += 1;
                if failures >= MOST_FAILURES {
                    return Err(rpc_error(error));
                }
            }
        }
        // A sleep is made where its timer runs.
        host.block_on(async { tokio::time::sleep(pause).await })?;
        pause = (pause * 3 / 2).min(LATE);
    }
}
