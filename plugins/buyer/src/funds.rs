//! Whether the treasury can pay at all, before anything is signed.

use leash_chain::{Account, Address, Mint, SOL_DECIMALS, TokenAccount, format_amount, treasury};
use leash_output::Error;
use leash_pay::Offer;

use crate::{desk::Desk, entry::Price};

/// Why not: a name for the receipt, and the error.
pub(crate) type Lacking = (&'static str, Error);

/// Looks at everything on the chain that a payment needs before anything is signed, in one question.
pub(crate) fn check(desk: &Desk<'_>, offer: &Offer, price: &Price) -> Result<Result<(), Lacking>, Error> {
    let address = offer.token.account_of(&treasury(&desk.account.mint));
    if offer.creates_accounts() {
        let account = desk.chain(desk.rpc().account(&address))?;
        return Ok(judge(desk, offer, price, account.as_ref()));
    }
    let recipients = recipients(offer);
    let mut addresses = vec![address, offer.token.mint, desk.terms.executive];
    addresses.extend(recipients.iter().map(|owner| offer.token.account_of(owner)));
    let accounts = desk.chain(desk.rpc().accounts(&addresses))?;
    let [source, mint, executive, others @ ..] = &accounts[..] else {
        return Err(Error::failure("internal", "an account that was asked for is missing"));
    };
    Ok(judge(desk, offer, price, source.as_ref())
        .and_then(|()| is_plain(offer, mint.as_ref()))
        .and_then(|()| pays_network(desk, offer, executive.as_ref()))
        .and_then(|()| {
            let pairs = recipients.iter().zip(others);
            pairs.into_iter().try_for_each(|(owner, account)| can_receive(offer, owner, account.as_ref()))
        }))
}

/// Everybody whose token account has to be there. leash makes none at its own cost: whoever it belongs to could close it and
/// keep the rent.
fn recipients(offer: &Offer) -> Vec<Address> {
    let splits = offer.splits.iter().filter(|split| !split.create_account).map(|split| split.to);
    std::iter::once(offer.to).chain(splits).collect()
}

fn lacks(code: &'static str, message: &str, hint: &str) -> Result<(), Lacking> {
    Err((code, Error::failure(code, format!("not paid: {message}")).hint(hint.to_owned())))
}

fn is_plain(offer: &Offer, mint: Option<&Account>) -> Result<(), Lacking> {
    match mint.map(Mint::read) {
        Some(Ok(mint)) if mint.is_plain() => Ok(()),
        Some(Ok(_)) => lacks(
            "unknown_token",
            &format!("{} takes a fee of its own, or calls a program, at each transfer", offer.token.symbol),
            "nothing was signed; leash doesn't pay in such tokens",
        ),
        _ => lacks(
            "unexpected_account",
            &format!("the mint of {} is not what it should be", offer.token.symbol),
            &leash_output::with_commands("check LEASH_RPC_URL: `leash doctor`"),
        ),
    }
}

/// Where nobody sponsors the payment, the executive pays the network's fee.
fn pays_network(desk: &Desk<'_>, offer: &Offer, executive: Option<&Account>) -> Result<(), Lacking> {
    let fee = offer.payment(&desk.terms, || "memo".to_owned()).network_fee();
    let held = executive.map_or(0, |account| account.lamports);
    if held >= fee {
        return Ok(());
    }
    let message = format!(
        "the executive pays the network's fee of up to {} SOL here, and has {} SOL",
        format_amount(fee, SOL_DECIMALS),
        format_amount(held, SOL_DECIMALS)
    );
    lacks("insufficient_sol", &message, &format!("send SOL to the executive `{}`", desk.terms.executive))
}

fn can_receive(offer: &Offer, owner: &Address, account: Option<&Account>) -> Result<(), Lacking> {
    let symbol = offer.token.symbol;
    let ask =
        "nothing was signed; ask the seller to make it: leash makes no account for others at its own cost";
    let Some(account) = account else {
        let message = format!("the recipient `{owner}` has no token account for {symbol}");
        return lacks("recipient_account_missing", &message, ask);
    };
    match TokenAccount::read(account) {
        Ok(read)
            if read.mint == offer.token.mint
                && read.owner == *owner
                && account.owner == offer.token.program
                && !read.frozen =>
        {
            Ok(())
        }
        _ => lacks(
            "recipient_account_unusable",
            &format!("the token account of the recipient `{owner}` can't receive {symbol}"),
            "nothing was signed; tell the seller",
        ),
    }
}

fn judge(desk: &Desk<'_>, offer: &Offer, price: &Price, account: Option<&Account>) -> Result<(), Lacking> {
    let lacks = |code: &'static str, message: String, hint: &str| lacks(code, &message, hint);
    let symbol = offer.token.symbol;
    let fund = format!("send {symbol} to the treasury `{}`", treasury(&desk.account.mint));
    let allow = &*leash_output::with_commands("let payments spend more: `leash treasury set-limit AMOUNT`");
    let Some(account) = account else {
        return lacks("ata_missing", format!("the treasury has no {symbol}"), &fund);
    };
    let read = TokenAccount::read(account).ok().filter(|read| {
        account.owner == offer.token.program
            && read.mint == offer.token.mint
            && read.owner == treasury(&desk.account.mint)
    });
    let Some(held) = read else {
        let message = format!("the treasury's account of {symbol} is not what it should be");
        return lacks(
            "unexpected_account",
            message,
            &leash_output::with_commands("check LEASH_RPC_URL: `leash doctor`"),
        );
    };
    if held.frozen {
        return lacks(
            "frozen",
            format!("the treasury's {symbol} is frozen"),
            "only whoever issues it can thaw it",
        );
    }
    if held.amount < price.gross {
        let message = format!(
            "the treasury holds {}, and this costs {}",
            price.written(held.amount),
            price.written(price.gross)
        );
        return lacks("insufficient_balance", message, &fund);
    }
    match held.allowance {
        None => lacks("no_delegate", format!("payments may spend none of the treasury's {symbol}"), allow),
        Some(allowance) if allowance.delegate != desk.terms.executive => lacks(
            "wrong_delegate",
            format!("`{}` may spend the treasury's {symbol}, and not the executive", allowance.delegate),
            allow,
        ),
        Some(allowance) if allowance.amount < price.gross => lacks(
            "insufficient_allowance",
            format!(
                "payments may spend {} more, and this costs {}",
                price.written(allowance.amount),
                price.written(price.gross)
            ),
            allow,
        ),
        Some(_) => Ok(()),
    }
}
