//! `leash treasury balance`.

use std::fmt::Write as _;

use leash_command::Host;
use leash_output::Error;

use crate::{amounts::Coin, document, state::State};

pub(crate) fn run(host: &Host) -> Result<(), Error> {
    let identity = host.identity()?;
    let rpc = host.rpc(&identity)?;
    let state = State::read(host, &identity, &rpc)?;
    if state.owner != state.executive {
        host.out.warn(&format!("`{}` owns the agent, and not its executive", state.owner));
    }
    let document = document::balance(&state, identity.network);
    host.out.result(&document, || {
        let mut text = format!(
            "treasury of {}\n  address:   {}\n  network:   {}\n  SOL:       {}\n",
            state.asset,
            state.treasury,
            identity.network,
            Coin::Sol.decimal(state.lamports)
        );
        for holding in &state.holdings {
            let coin = Coin::Token(holding.token);
            let note = match &holding.account {
                None => "  (no account yet)",
                Some(account) if account.frozen => "  (frozen)",
                Some(_) => "",
            };
            let label = format!("{}:", coin.symbol());
            let _ = writeln!(text, "  {label:<10} {}{note}", coin.decimal(holding.amount()));
        }
        let _ = writeln!(text, "  executive: {} SOL for fees", Coin::Sol.decimal(state.executive_lamports));
        text
    })
}
