//! `leash agent fund`: where to send money for an agent that is there, and what it has.

use leash_chain::{SOL_DECIMALS, Token, format_amount, parse_amount, treasury};
use leash_command::Host;
use leash_connect::rpc_error;
use leash_identity::{AgentFile, Environment, Resolved};
use leash_output::{Error, command, escape};
use serde_json::json;

use crate::purse::{self, Coin};
use crate::report::{self, Unfunded};
use crate::work::found;
use crate::{needed, pay_link};

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
    if let Some(name) = pending(host)? {
        return fund_pending(host, args, &name);
    }
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
        host.out.show(&text(host.out.is_watched(), before));
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

/// The name of the agent that is meant, where it is one that is being made.
fn pending(host: &Host) -> Result<Option<String>, Error> {
    let Resolved::None(_) = host.resolve_identity()? else { return Ok(None) };
    let name = host.selection(&Environment::read()?)?.name().to_owned();
    let file = AgentFile::read(&host.paths()?.agent_file(&name))?;
    Ok(file.filter(|file| file.pending_register.is_some() && file.agent_mint.is_none()).map(|_| name))
}

/// The same as `leash agent create` shows; nothing is changed, so one that waits isn't disturbed.
fn fund_pending(host: &Host, args: &Args, name: &str) -> Result<(), Error> {
    let create = command(&format!("agent create {name}"));
    if args.wait || args.amount.is_some() || !args.token.eq_ignore_ascii_case("SOL") {
        return Err(Error::usage(format!("agent `{name}` is being made: all that it needs now is SOL"))
            .hint(format!(
                "`{}` shows how much; `{create} --wait` waits for it and goes on",
                command("agent fund")
            )));
    }
    let path = host.paths()?.agent_file(name);
    let Some((file, pending)) = found(host.paths()?, name)? else {
        return Err(Error::failure("changed", format!("agent `{name}` is no longer being made"))
            .hint("`leash agent list` shows what there is"));
    };
    let address = pending.executive.public();
    let rpc = host
        .connector()
        .rpc_at(file.rpc_url.as_deref().unwrap_or_else(|| pending.network.default_rpc_url()))?;
    let balance = host.block_on(Coin::Sol(&address).balance(&rpc))?.map_err(rpc_error)?;
    let needed = needed(&pending.meta.registration(&address.to_string()));
    if balance >= needed || pending.progress.asset.is_some() {
        return Err(Error::failure("funded", format!("agent `{name}` is being made, and needs no SOL"))
            .hint(format!("`{create}` goes on with it")));
    }
    let imported = pending.progress.imported;
    let unfunded = Unfunded { name, path: &path, network: pending.network, imported };
    report::unfunded(host, &unfunded, &address, needed, balance, false)?;
    Err(Error::reported_negative())
}
