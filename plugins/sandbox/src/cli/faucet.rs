//! `airdrop` and `fund`: SOL and tokens from the sandbox's faucet.

use leash_chain::{Address, Network, SOL_DECIMALS, Token, format_amount, parse_amount, treasury};
use leash_output::{Error, Out};
use leash_protocol::env;
use serde_json::json;

use super::{DOCUMENT, http};
use crate::instance::DataDir;

#[derive(Debug, clap::Args)]
pub(super) struct Airdrop {
    /// How many SOL
    #[arg(value_name = "SOL", default_value = "1")]
    amount: String,
    /// Who gets them; without one, the executive key of the agent that is in use
    #[arg(long, value_name = "ADDRESS")]
    to: Option<Address>,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = true)]
pub(super) struct Amounts {
    /// How many USDC
    #[arg(long, value_name = "AMOUNT")]
    usdc: Option<String>,
    /// How many USDT
    #[arg(long, value_name = "AMOUNT")]
    usdt: Option<String>,
    /// How many USDG
    #[arg(long, value_name = "AMOUNT")]
    usdg: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(super) struct Fund {
    #[command(flatten)]
    amounts: Amounts,
    /// Who gets them; without one, the treasury of the agent that is in use
    #[arg(long, value_name = "ADDRESS")]
    to: Option<Address>,
}

pub(super) fn airdrop(dir: &DataDir, args: &Airdrop, out: Out) -> Result<(), Error> {
    let lamports = amount(&args.amount, SOL_DECIMALS)?;
    let to = match args.to {
        Some(to) => to,
        None => of_agent(env::EXECUTIVE_PUBKEY)?,
    };
    let port = http::running(dir)?.port;
    let signature = http::rpc(port, "requestAirdrop", &json!([to.to_string(), lamports]))?;
    let shown = format_amount(lamports, SOL_DECIMALS);
    let document = json!({
        "kind": DOCUMENT, "status": "ok", "to": to.to_string(), "lamports": lamports, "sol": shown,
        "signature": signature,
    });
    out.result(&document, || format!("{shown} SOL for {to}"))
}

pub(super) fn fund(dir: &DataDir, args: &Fund, out: Out) -> Result<(), Error> {
    let to = match args.to {
        Some(to) => to,
        None => treasury(&of_agent(env::AGENT_MINT)?),
    };
    let wanted = [("USDC", &args.amounts.usdc), ("USDT", &args.amounts.usdt), ("USDG", &args.amounts.usdg)];
    let mut gifts = Vec::new();
    // All of them are understood before the first is given.
    for (symbol, text) in wanted.into_iter().filter_map(|(symbol, text)| Some((symbol, text.as_ref()?))) {
        let token = Token::by_symbol(Network::Devnet, symbol)
            .ok_or_else(|| Error::failure("internal", "a token without a mint"))?;
        gifts.push((token, amount(text, token.decimals)?));
    }
    let port = http::running(dir)?.port;
    let (mut items, mut lines) = (Vec::new(), Vec::new());
    for (token, atomic) in gifts {
        let params = json!([to.to_string(), token.mint.to_string(), atomic.to_string()]);
        let signature = http::rpc(port, "leashFund", &params)?;
        let shown = format_amount(atomic, token.decimals);
        lines.push(format!("{shown} {} for {to}", token.symbol));
        items.push(json!({
            "token": token.symbol, "mint": token.mint.to_string(), "amount": shown, "atomic": atomic.to_string(),
            "signature": signature,
        }));
    }
    let document = json!({ "kind": DOCUMENT, "status": "ok", "to": to.to_string(), "items": items });
    out.result(&document, || lines.join("\n"))
}

fn amount(text: &str, decimals: u8) -> Result<u64, Error> {
    match parse_amount(text, decimals) {
        Ok(0) => {
            Err(Error::usage("an amount of 0 gives nothing").hint("name an amount, such as `5` or `0.25`"))
        }
        Ok(amount) => Ok(amount),
        Err(error) => Err(Error::usage(format!("`{text}` is no amount: {error}"))
            .hint(format!("name an amount, such as `5` or `0.25`, with at most {decimals} decimals"))),
    }
}

/// What leash says of the agent that is in use.
#[allow(clippy::disallowed_methods, reason = "the host tells a plugin its agent in a variable")]
fn of_agent(variable: &str) -> Result<Address, Error> {
    let text = std::env::var(variable).map_err(|_| {
        Error::usage("no agent is in use, and no address is named")
            .hint("name one with `--to ADDRESS`, or choose an agent: `leash --agent NAME sandbox …`")
    })?;
    text.parse().map_err(|error| Error::usage(format!("`{text}` in {variable} is no address: {error}")))
}
