//! Whether the treasury can pay at all, before anything is signed.

use leash_chain::{Account, TokenAccount, treasury};
use leash_output::Error;
use leash_pay::Offer;

use crate::{desk::Desk, entry::Price};

/// Why not: a name for the receipt, and the error.
pub(crate) type Lacking = (&'static str, Error);

pub(crate) fn check(desk: &Desk<'_>, offer: &Offer, price: &Price) -> Result<Result<(), Lacking>, Error> {
    let address = offer.token.account_of(&treasury(&desk.account.mint));
    let account = desk.chain(desk.rpc().account(&address))?;
    Ok(judge(desk, offer, price, account.as_ref()))
}

fn judge(desk: &Desk<'_>, offer: &Offer, price: &Price, account: Option<&Account>) -> Result<(), Lacking> {
    let lacks = |code: &'static str, message: String, hint: &str| {
        Err((code, Error::failure(code, format!("not paid: {message}")).hint(hint.to_owned())))
    };
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
