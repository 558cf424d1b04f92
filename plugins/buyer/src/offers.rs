//! The offers of a paywall as a document and a table show them.

use leash_chain::format_amount;
use leash_output::escape;
use leash_pay::{Candidate, Candidates, Offer};
use serde_json::{Value, json};

/// Each offer as a document shows it. `chosen` is the place of the one that is taken.
pub(crate) fn items(candidates: &Candidates, chosen: Option<usize>) -> Vec<Value> {
    candidates.iter().enumerate().map(|(place, one)| item(one, chosen == Some(place))).collect()
}

fn item(candidate: &Candidate, is_chosen: bool) -> Value {
    let offered = &candidate.offered;
    let reason = candidate.verdict.as_ref().err();
    let gross = candidate.verdict.as_ref().ok().and_then(Offer::gross);
    json!({
        "protocol": offered.protocol.map(leash_pay::Protocol::as_str),
        "version": offered.protocol.map(leash_pay::Protocol::label),
        "scheme": offered.scheme,
        "network": offered.network,
        "asset": offered.asset,
        "amount": offered.amount,
        "pay_to": offered.to,
        "gross": gross.map(|(gross, _)| gross.to_string()),
        "fee": gross.map(|(_, fee)| fee.to_string()),
        "payable": reason.is_none(),
        "chosen": is_chosen,
        "code": reason.map(leash_pay::Unpayable::code),
        "reason": reason.map(ToString::to_string),
    })
}

/// What would leave the treasury, where that is more than the price.
fn can_be_paid(offer: &Offer) -> String {
    match offer.gross() {
        Some((gross, fee)) if fee > 0 => {
            let gross = format_amount(gross, offer.token.decimals);
            format!("can be paid: {gross} {} with leash's fee", offer.token.symbol)
        }
        _ => "can be paid".to_owned(),
    }
}

/// A line for each offer.
pub(crate) fn lines(candidates: &Candidates, chosen: Option<usize>) -> Vec<String> {
    let line = |(place, one): (usize, &Candidate)| {
        let mark = if chosen == Some(place) { "*" } else { " " };
        let verdict = match &one.verdict {
            Ok(offer) => can_be_paid(offer),
            Err(reason) => reason.to_string(),
        };
        format!("{mark} {}: {}", escape(&one.offered.to_string()), escape(&verdict))
    };
    candidates.iter().enumerate().map(line).collect()
}
