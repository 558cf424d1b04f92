//! `leash agent fund`: where to send money for an agent that is there, and what it has.

use std::io::{IsTerminal as _, Write as _};

use leash_chain::{SOL_DECIMALS, Token, format_amount, parse_amount, treasury};
use leash_output::{Error, escape};
use leash_plugin::{Host, rpc_error};
use serde_json::json;

use crate::pay_link;
use crate::purse::{self, Coin};

/// Its arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What to send: SOL for the executive key's fees, or USDC, USDT or USDG for the treasury
    #[arg(long, value_name = "NAME", default_value = "SOL")]
    token: String,
    /// How much
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    amount: Option<String>,
    /// Wait until that much more is there, or anything more
    #[arg(long)]
    wait: bool,
}

/// Shows where to send it.
///
/// # Errors
/// Where there is no agent, or its balance can't be read.
pub fn run(host: &Host, args: &Args) -> Result<(), Error> {
    let identity = host.identity()?;
    let token = if args.token.eq_ignore_ascii_case("SOL") {
        None
    } else {
        Some(Token::by_symbol(identity.network, &args.token).ok_or_else(|| {
            Error::usage(format!("`{}` is no token that leash knows", escape(&args.token)))
                .hint("SOL, USDC, USDT and USDG are known")
        })?)
    };
    let decimals = token.map_or(SOL_DECIMALS, |token| token.decimals);
    let amount = args.amount.as_deref().map(|text| match parse_amount(text, decimals) {
        Ok(0) => Err(Error::usage("nothing needn't be sent").hint("type an amount above 0")),
        Ok(amount) => Ok(amount),
        Err(error) => Err(Error::usage(format!("`{}` is no amount: {error}", escape(text)))
            .hint(format!("an amount is a decimal number with at most {decimals} decimals: `0.5`"))),
    });
    let amount = amount.transpose()?;
    let (executive, treasury) = (identity.executive.public(), treasury(&identity.mint));
    let to = if token.is_some() { treasury } else { executive };
    let coin = token.map_or(Coin::Sol(&executive), |token| Coin::Token(token, token.account_of(&treasury)));
    let rpc = host.rpc(&identity)?;
    let before = host.block_on(coin.balance(&rpc))?.map_err(rpc_error)?;
    let link = pay_link::link(&to, token, amount);
    let text = |picture: bool, now: u64| {
        let picture = if picture { pay_link::picture(&link) } else { String::new() };
        let whose = if token.is_some() { "treasury" } else { "executive key" };
        let (network, has) = (identity.network, coin.written(now));
        format!(
            "{whose} of {}\n  address: {to}\n  network: {network}\n  balance: {has}\n  link:    {link}\n{picture}",
            identity.mint
        )
    };
    let mut now = before;
    if args.wait {
        let mut stderr = std::io::stderr();
        let picture = stderr.is_terminal();
        // Where stderr is gone there is nobody left to tell.
        let _ = stderr.write_all(text(picture, before).as_bytes());
        now = purse::wait(host, &rpc, &coin, before.saturating_add(amount.unwrap_or(1)))?;
    }
    let document = json!({
        "kind": "agent_fund", "status": if args.wait { "funded" } else { "ok" }, "agent_mint": identity.mint,
        "network": identity.network.as_str(), "token": token.map_or("SOL", |token| token.symbol), "address": to,
        "executive_pubkey": executive, "treasury": treasury, "pay_link": link,
        "balance": format_amount(now, decimals), "atomic": now.to_string(),
    });
    host.out.result(&document, || {
        if args.wait {
            format!(
                "{} has come; there is {} now",
                coin.written(now.saturating_sub(before)),
                coin.written(now)
            )
        } else {
            text(host.out.is_terminal(), now)
        }
    })
}
