//! `leash treasury withdraw`.

use leash_chain::{Address, Network, programs};
use leash_command::Host;
use leash_intent::{Meaning, SOL_RESERVE};
use leash_output::{Error, escape};
use leash_rpc::Rpc;

use crate::act::{self, Done};
use crate::amounts::{Coin, wallet};
use crate::document::{self, Withdrawn};
use crate::journal::{Journal, Request};
use crate::state::State;

#[derive(clap::Args)]
#[command(group = clap::ArgGroup::new("how_much").required(true))]
pub(crate) struct Args {
    /// The wallet that gets it
    #[arg(long, value_name = "ADDRESS")]
    to: String,
    /// How much, a decimal number: `1.5`
    #[arg(long, value_name = "N", group = "how_much", allow_hyphen_values = true)]
    amount: Option<String>,
    /// All there is
    #[arg(long, group = "how_much")]
    all: bool,
    /// Of what: SOL, USDC, USDT or USDG
    #[arg(long, value_name = "NAME", default_value = "USDC")]
    token: String,
    /// Don't ask
    #[arg(long, short)]
    yes: bool,
}

pub(crate) fn run(host: &Host, args: &Args) -> Result<(), Error> {
    let to = wallet(&args.to)?;
    let mut identity = host.identity()?;
    let coin = Coin::parse(identity.network, &args.token)?;
    let amount = args.amount.as_deref().map(|text| coin.amount(text)).transpose()?;
    if amount == Some(0) {
        return Err(Error::usage("nothing can't be withdrawn").hint("type an amount above 0, or `--all`"));
    }
    let rpc = host.rpc(&identity)?;
    let journal = Journal::open(host.paths()?, &identity.mint)?;
    // The endpoint that knows the agent is one of its chain: only there is anything found out.
    let state = State::read(host, &identity, &rpc)?;
    state.check_owner()?;
    let request = Request::Withdraw { token: coin.symbol().to_owned(), to: to.to_string(), amount };
    if let Some(done) = act::finish(host, &rpc, &journal, &request)? {
        return report(host, &journal, &state, identity.network, &done, &withdrawn(coin, &to, amount, &done));
    }
    let state = State::read(host, &identity, &rpc)?;
    let amount = available(host, &rpc, &state, coin, amount)?;
    let create_account = destination(host, &rpc, coin, &to)?;
    let text = format!("withdraw {} to {to}", coin.written(amount));
    let mut lines =
        vec![format!("{text} ({})", identity.network), format!("from the treasury {}", state.treasury)];
    if create_account {
        lines.push("the executive also pays for the wallet's new token account (about 0.002 SOL)".to_owned());
    }
    act::approve(host, &lines, args.yes)?;
    let asset = state.asset;
    let meaning = match coin {
        Coin::Sol => Meaning::WithdrawSol { asset, to, lamports: amount },
        Coin::Token(token) => Meaning::Withdraw { asset, token, to, amount, create_account },
    };
    let done = act::carry_out(host, &mut identity, &rpc, &journal, request, &meaning, text)?;
    report(host, &journal, &state, identity.network, &done, &withdrawn(coin, &to, Some(amount), &done))
}

/// How much that is, where there is as much.
fn available(host: &Host, rpc: &Rpc, state: &State, coin: Coin, asked: Option<u64>) -> Result<u64, Error> {
    let (held, spare) = match coin {
        Coin::Sol => {
            // The chain takes no account that holds less than this, unless it holds nothing.
            let least = host.connector().ask_chain(rpc, rpc.rent(0))?.max(SOL_RESERVE);
            (state.lamports, state.lamports.saturating_sub(least))
        }
        Coin::Token(token) => {
            let holding = state.holding(token)?;
            if holding.account.as_ref().is_some_and(|account| account.frozen) {
                return Err(Error::failure("frozen", format!("the treasury's {} is frozen", token.symbol))
                    .hint("only whoever issues the token can thaw it"));
            }
            (holding.amount(), holding.amount())
        }
    };
    match asked {
        Some(amount) if amount <= spare => Ok(amount),
        None if spare > 0 => Ok(spare),
        _ => Err(Error::failure(
            "insufficient_funds",
            format!(
                "the treasury holds {}, of which {} can be withdrawn",
                coin.written(held),
                coin.written(spare)
            ),
        )
        .hint("`leash treasury balance` shows what there is")),
    }
}

/// Looks at where it is to go; whether a token account has to be made for it.
fn destination(host: &Host, rpc: &Rpc, coin: Coin, to: &Address) -> Result<bool, Error> {
    let mut addresses = vec![*to];
    addresses.extend(match coin {
        Coin::Sol => None,
        Coin::Token(token) => Some(token.account_of(to)),
    });
    let accounts = host.connector().ask_chain(rpc, rpc.accounts(&addresses))?;
    let there = accounts.first().and_then(Option::as_ref);
    if there.is_some_and(|account| [programs::TOKEN, programs::TOKEN_2022].contains(&account.owner)) {
        return Err(Error::usage(format!("`{to}` is a token account or a mint, and not a wallet"))
            .hint("name the wallet itself; its token account is found by leash"));
    }
    if there.is_none() && !to.is_on_curve() {
        host.out.warn("nobody holds a key of that address; only a program could move what is sent there");
    }
    Ok(accounts.get(1).is_some_and(Option::is_none))
}

fn report(
    host: &Host,
    journal: &Journal,
    state: &State,
    network: Network,
    done: &Done,
    withdrawn: &Withdrawn<'_>,
) -> Result<(), Error> {
    host.out.result(&document::withdrawn(state, network, withdrawn), || {
        let earlier = if done.resumed { " (by an earlier run)" } else { "" };
        format!("done{earlier}: {}\n  transaction: {}\n", escape(&done.text), done.id)
    })?;
    journal.clear()
}

fn withdrawn<'a>(coin: Coin, to: &'a Address, amount: Option<u64>, done: &Done) -> Withdrawn<'a> {
    Withdrawn { coin, to, amount, id: done.id, slot: done.slot, resumed: done.resumed }
}
