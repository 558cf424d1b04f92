//! `leash treasury limit` and `set-limit`: what payments may spend.

use leash_chain::{Network, Token};
use leash_command::Host;
use leash_intent::Meaning;
use leash_output::{Error, escape};

use crate::act::{self, Done};
use crate::amounts::{Coin, token};
use crate::document;
use crate::journal::{Journal, Request};
use crate::state::State;

#[derive(clap::Args)]
pub(crate) struct Show {
    /// Of which token: USDC, USDT or USDG
    #[arg(long, value_name = "NAME", default_value = "USDC")]
    token: String,
}

#[derive(clap::Args)]
#[command(group = clap::ArgGroup::new("how_much").required(true))]
pub(crate) struct Set {
    /// How much, a decimal number: `25`; 0 for nothing
    #[arg(value_name = "AMOUNT", group = "how_much", allow_hyphen_values = true)]
    amount: Option<String>,
    /// The same, as an option
    #[arg(long = "amount", value_name = "AMOUNT", group = "how_much", allow_hyphen_values = true)]
    named: Option<String>,
    /// Without an end
    #[arg(long, group = "how_much")]
    unlimited: bool,
    /// Nothing any more: the same as 0
    #[arg(long, group = "how_much")]
    revoke: bool,
    /// Of which token: USDC, USDT or USDG
    #[arg(long, value_name = "NAME", default_value = "USDC")]
    token: String,
    /// Don't ask
    #[arg(long, short)]
    yes: bool,
}

/// `25 USDC`, or that there is no end.
fn written(coin: Coin, amount: u64) -> String {
    match amount {
        0 => format!("no {}", coin.symbol()),
        u64::MAX => format!("{} without limit", coin.symbol()),
        amount => format!("at most {}", coin.written(amount)),
    }
}

pub(crate) fn show(host: &Host, args: &Show) -> Result<(), Error> {
    let identity = host.identity()?;
    let token = token(identity.network, &args.token)?;
    let rpc = host.rpc(&identity)?;
    let state = State::read(host, &identity, &rpc)?;
    let holding = state.holding(token)?;
    if let Some(stranger) = holding.stranger(&state.executive) {
        host.out.warn(&format!(
            "`{stranger}`, who is not the executive, may spend of the treasury's {}",
            token.symbol
        ));
    }
    let document = document::limit(&state, holding, identity.network);
    let coin = Coin::Token(token);
    host.out.result(&document, || {
        format!(
            "payments may spend {}\n  the treasury holds {}\n",
            written(coin, holding.allowance(&state.executive)),
            coin.written(holding.amount())
        )
    })
}

pub(crate) fn set(host: &Host, args: &Set) -> Result<(), Error> {
    let mut identity = host.identity()?;
    let token = token(identity.network, &args.token)?;
    let coin = Coin::Token(token);
    let amount = match args.amount.as_ref().or(args.named.as_ref()) {
        Some(text) => coin.amount(text)?,
        None if args.revoke => 0,
        None => u64::MAX,
    };
    // That the largest number means no end is the chain's secret, and nothing that is typed by accident.
    if amount == u64::MAX && !args.unlimited {
        return Err(Error::usage("that much has no end").hint("type `--unlimited` if that is meant"));
    }
    let rpc = host.rpc(&identity)?;
    let journal = Journal::open(host.paths()?, &identity.mint)?;
    let state = State::read(host, &identity, &rpc)?;
    state.check_owner()?;
    let request = Request::SetLimit { token: token.symbol.to_owned(), amount };
    if let Some(done) = act::finish(host, &rpc, &journal, &request)? {
        return report(host, &journal, &state, identity.network, token, amount, Some(&done));
    }
    let state = State::read(host, &identity, &rpc)?;
    let holding = state.holding(token)?;
    let before = holding.allowance(&state.executive);
    // Without an account there is nothing to take back.
    let nothing = amount == 0 && holding.account.as_ref().is_none_or(|account| account.allowance.is_none());
    if nothing {
        return report(host, &journal, &state, identity.network, token, 0, None);
    }
    let text = format!("let payments spend {}", written(coin, amount));
    let mut lines = vec![
        format!("{text} ({})", identity.network),
        format!(
            "in place of {}; the treasury holds {}",
            written(coin, before),
            coin.written(holding.amount())
        ),
    ];
    let create_account = holding.account.is_none();
    if create_account {
        lines.push(
            "the executive also pays for the treasury's new token account (about 0.002 SOL)".to_owned(),
        );
    }
    act::approve(host, &lines, args.yes)?;
    let asset = state.asset;
    let meaning = match amount {
        0 => Meaning::Revoke { asset, token },
        amount => Meaning::Approve { asset, token, amount, create_account },
    };
    let done = act::carry_out(host, &mut identity, &rpc, &journal, request, &meaning, text)?;
    report(host, &journal, &state, identity.network, token, amount, Some(&done))
}

fn report(
    host: &Host,
    journal: &Journal,
    state: &State,
    network: Network,
    token: &'static Token,
    amount: u64,
    done: Option<&Done>,
) -> Result<(), Error> {
    let by = done.map(|done| (done.id, done.resumed));
    let document = document::set(state, state.holding(token)?, network, amount, by);
    host.out.result(&document, || match done {
        None => format!("payments may spend {} already\n", written(Coin::Token(token), amount)),
        Some(done) => {
            let earlier = if done.resumed { " (by an earlier run)" } else { "" };
            format!("done{earlier}: {}\n  transaction: {}\n", escape(&done.text), done.id)
        }
    })?;
    if done.is_some() { journal.clear() } else { Ok(()) }
}
