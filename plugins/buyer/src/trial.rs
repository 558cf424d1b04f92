//! Having the chain try a payment before it is signed, so that an endpoint which invented a balance or a blockhash is found out
//! while nothing is signed yet.

use std::time::Duration;

use leash_chain::{Blockhash, programs};
use leash_intent::{Intent, Meaning};
use leash_output::Error;
use leash_pay::Offer;
use leash_rpc::ProgramError;

use crate::{desk::Desk, funds::Lacking};

/// The reason where the chain doesn't know the blockhash.
pub(crate) const STALE: &str = "stale_blockhash";

/// How often a blockhash may be unknown: behind one name there may be endpoints that haven't heard of the latest block.
const TRIES: usize = 3;
/// What the chain says of a fee payer that can't pay.
const NO_SOL: [&str; 3] = ["AccountNotFound", "InsufficientFundsForFee", "InsufficientFundsForRent"];
const PAUSE: Duration = Duration::from_millis(400);

/// What the payment computes, or why it would fail for what concerns this side of it. Nothing is said where the endpoint can't
/// try it, nor of what is the other side's affair, such as the fee, where the one who settles pays it.
pub(crate) async fn run(
    desk: &Desk<'_>,
    offer: &Offer,
    blockhash: Blockhash,
) -> Result<Option<u64>, Lacking> {
    let payment = offer.payment(&desk.terms, || "00000000000000000000000000000000".to_owned());
    let most = payment.network_fee();
    let intent = Intent::new(desk.terms.executive, Meaning::Pay(payment), blockhash, most);
    let Ok(transaction) = intent.and_then(|intent| intent.build()) else {
        // Whoever signs says why.
        return Ok(None);
    };
    for tries in 1.. {
        let Ok(tried) = desk.rpc().simulate(&transaction).await else { break };
        let Some(error) = tried.error else { return Ok(tried.units) };
        if error.is_blockhash() && tries < TRIES {
            tokio::time::sleep(PAUSE).await;
            continue;
        }
        return judge(desk, offer, &error).map(|()| None);
    }
    Ok(None)
}

fn judge(desk: &Desk<'_>, offer: &Offer, error: &ProgramError) -> Result<(), Lacking> {
    let lacks = |code: &'static str| {
        let message = format!("not paid: the RPC endpoint contradicts itself; it was tried, and {error}");
        Err((
            code,
            Error::failure(code, message).hint("nothing was signed; check LEASH_RPC_URL: `leash doctor`"),
        ))
    };
    let is_token = matches!(error.program, Some(programs::TOKEN | programs::TOKEN_2022));
    match (error.name.as_str(), error.code) {
        _ if error.is_blockhash() => lacks(STALE),
        // Too little there or allowed, or allowed to somebody else.
        ("Custom", Some(1 | 4)) if is_token => lacks("insufficient_balance"),
        // What would be left is less than an account may hold, for example.
        (name, _) if offer.fee_payer.is_none() && NO_SOL.contains(&name) => Err((
            "insufficient_sol",
            Error::failure(
                "insufficient_sol",
                format!("not paid: the executive can't pay the network's fee: the payment was simulated, and {error}"),
            )
            .hint(format!("send SOL to the executive `{}`", desk.terms.executive)),
        )),
        // The network charges for a transaction that fails as well, and here the executive pays it.
        _ if offer.fee_payer.is_none() => Err((
            "payment_would_fail",
            Error::failure("payment_would_fail", format!("not paid: the payment was simulated, and {error}"))
                .hint("nothing was signed; tell the seller"),
        )),
        _ => Ok(()),
    }
}
