//! A payment link as clients see it, with the offer that a buyer gets.

use leash_chain::{Address, treasury};
use leash_identity::Network;

use super::{
    super::answer::{Answer, Reply},
    price::{FEE_AUTHORITY, FEE_BPS, Price},
};
use crate::{
    js::{Text, Value, json, object},
    store::links::Link,
};

/// What a buyer is offered.
pub(super) struct Offer {
    pay_to: Value,
    facilitator: Value,
    share_url: Value,
    accepts: Value,
}

impl Offer {
    /// The offer alone.
    pub(super) fn document(self) -> Value {
        object([
            ("pay_to", self.pay_to),
            ("facilitator", self.facilitator),
            ("share_url", self.share_url),
            ("accepts", self.accepts),
        ])
    }
}

/// Works out what a link offers.
///
/// # Errors
/// Where the agent's address is none. It only looked like one until here, and the original fails here too.
pub(super) fn offer(link: &Link, origin: &str) -> Result<Offer, Answer> {
    let agent: Address = link.owner_agent.parse().map_err(|_| {
        let reason = "Public keys must be 32 bytes.";
        Answer::internal(format!("The provided public key is invalid: {}. {reason}", link.owner_agent))
    })?;
    let pay_to = treasury(&agent).to_string();
    let mut currencies = vec![link.currency.clone()];
    for other in other_currencies(link) {
        if !currencies.contains(&other) {
            currencies.push(other);
        }
    }
    let accepts = currencies.iter().filter_map(|currency| accepted(link, currency, &pay_to)).collect();
    Ok(Offer {
        pay_to: Value::text(pay_to.as_str()),
        facilitator: Value::text(origin),
        share_url: Value::text(format!("{origin}/x/{}?network={}", link.id, link.network)),
        accepts: Value::List(accepts),
    })
}

fn accepted(link: &Link, currency: &str, pay_to: &str) -> Option<Value> {
    let chain = match link.network {
        Network::Devnet => "solana:EtWTRABZaYq6iMfeYKouRu166VU2xqa1",
        Network::Mainnet => "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp",
    };
    let price = Price::parse(&Text::from(link.price.as_str()), currency, link.network)?;
    let fee = object([
        ("v", Value::text("1")),
        ("bps", Value::integer(FEE_BPS)),
        ("feeAuthority", Value::text(FEE_AUTHORITY)),
    ]);
    Some(object([
        ("scheme", Value::text("exact")),
        ("network", Value::text(chain)),
        ("pay_to", Value::text(pay_to)),
        ("asset", Value::text(price.asset)),
        ("amount", Value::text(price.amount.as_str())),
        ("currency", Value::text(currency)),
        ("fee_amount", Value::text(price.fee())),
        ("gross_amount", Value::text(price.gross())),
        ("fee_bps", Value::integer(FEE_BPS)),
        ("fee_authority", Value::text(FEE_AUTHORITY)),
        ("leash_fee", fee),
    ]))
}

/// The currencies that are taken besides the link's own.
pub(in crate::api) fn other_currencies(link: &Link) -> Vec<String> {
    match json::parse(link.accepts_currencies.as_bytes()) {
        Ok(Value::List(others)) => others.iter().filter_map(Value::as_text).map(Text::to_lossy).collect(),
        _ => Vec::new(),
    }
}

/// A link, as an answer.
pub(super) fn answer(link: &Link, origin: &str) -> Reply {
    Ok(Answer::json(200, &self::link(link, origin)?))
}

/// A link.
pub(super) fn link(link: &Link, origin: &str) -> Result<Value, Answer> {
    let offer = offer(link, origin)?;
    let seen = &link.counters;
    let text = |value: &Option<String>| Value::text_or_null(value.as_deref());
    let counters = object([
        ("call_count", Value::integer(seen.calls)),
        ("settled_count", Value::integer(seen.settled)),
        ("last_called_at", text(&seen.last_called_at)),
        ("last_settled_at", text(&seen.last_settled_at)),
        ("last_tx_sig", text(&seen.last_tx_sig)),
        ("last_settled_amount_atomic", text(&seen.last_amount)),
        ("last_settled_currency", text(&seen.last_currency)),
    ]);
    Ok(object([
        ("id", Value::text(link.id.as_str())),
        ("network", Value::text(link.network.as_str())),
        ("protocol", Value::text(link.protocol.as_str())),
        ("label", Value::text(link.label.as_str())),
        ("description", Value::text_or_null(link.description.as_deref())),
        ("owner_agent", Value::text(link.owner_agent.as_str())),
        ("owner_wallet", Value::text_or_null(link.owner_wallet.as_deref())),
        ("pay_to", offer.pay_to),
        ("method", Value::text(link.method.as_str())),
        ("path", Value::text(format!("/x/{}", link.id))),
        ("price", Value::text(link.price.as_str())),
        ("currency", Value::text(link.currency.as_str())),
        ("accepts_currencies", Value::Raw(link.accepts_currencies.clone())),
        ("response", Value::Raw(link.response.clone())),
        ("webhook_url", Value::text_or_null(link.webhook_url.as_deref())),
        ("wrap_receipt", Value::Bool(link.wrap_receipt)),
        ("metadata", Value::Raw(link.metadata.clone())),
        ("facilitator", offer.facilitator),
        ("share_url", offer.share_url),
        ("accepts", offer.accepts),
        ("counters", counters),
        ("disabled_at", Value::text_or_null(link.disabled_at.as_deref())),
        ("created_at", Value::text(link.created_at.as_str())),
        ("updated_at", Value::text(link.updated_at.as_str())),
    ]))
}
