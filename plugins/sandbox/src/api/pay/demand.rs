//! What a link demands: the requirements of x402, the challenge of MPP.

use leash_chain::{Address, Network as Chain, Token, treasury};
use leash_identity::Network;

use super::mpp::PROBLEM;
use crate::{
    api::{
        Answer,
        links::{
            other_currencies,
            price::{FEE_AUTHORITY, FEE_BPS, Price},
        },
    },
    js::{Text, Value, object},
    store::links::Link,
};

/// For so long a buyer may take, in seconds.
const PATIENCE: u32 = 300;

fn chain(network: Network) -> Chain {
    match network {
        Network::Devnet => Chain::Devnet,
        Network::Mainnet => Chain::Mainnet,
    }
}

/// Who is paid: the treasury of the link's agent.
fn pay_to(link: &Link) -> Result<String, Answer> {
    let agent: Address = link.owner_agent.parse().map_err(|_| {
        let reason = "Public keys must be 32 bytes.";
        Answer::internal(format!("The provided public key is invalid: {}. {reason}", link.owner_agent))
    })?;
    Ok(treasury(&agent).to_string())
}

/// What a token is called, by its mint.
pub(super) fn symbol(network: Network, mint: &str) -> Option<&'static str> {
    Token::by_mint(chain(network), &mint.parse().ok()?).map(|token| token.symbol)
}

fn price(link: &Link, currency: &str) -> Result<Price, Answer> {
    Price::parse(&Text::from(link.price.as_str()), currency, link.network)
        .ok_or_else(|| Answer::internal(format!("Invalid price \"{}\" for currency {currency}.", link.price)))
}

/// The requirements of x402, the link's own currency first.
pub(super) fn requirements(link: &Link, fee_payer: &Address) -> Result<Vec<Value>, Answer> {
    let pay_to = pay_to(link)?;
    let mut currencies = vec![link.currency.clone()];
    for other in other_currencies(link) {
        if !currencies.contains(&other) {
            currencies.push(other);
        }
    }
    let fee = object([
        ("v", Value::text("1")),
        ("bps", Value::integer(FEE_BPS)),
        ("feeAuthority", Value::text(FEE_AUTHORITY)),
    ]);
    let demand = |currency: &String| {
        let price = price(link, currency)?;
        let extra = object([("leash.fee", fee.clone()), ("feePayer", Value::text(fee_payer.to_string()))]);
        Ok(object([
            ("scheme", Value::text("exact")),
            ("network", Value::text(chain(link.network).caip2())),
            ("amount", Value::text(price.amount)),
            ("asset", Value::text(price.asset)),
            ("payTo", Value::text(pay_to.as_str())),
            ("maxTimeoutSeconds", Value::integer(PATIENCE)),
            ("extra", extra),
        ]))
    };
    currencies.iter().map(demand).collect()
}

/// The challenge of MPP.
pub(super) fn challenge(link: &Link, id: &str, fee_payer: &Address) -> Result<Value, Answer> {
    let price = price(link, &link.currency)?;
    let currency = symbol(link.network, price.asset).unwrap_or(&link.currency);
    let request = object([
        ("recipient", Value::text(pay_to(link)?)),
        ("amount", Value::text(price.amount)),
        ("currency", Value::text(currency)),
        ("network", Value::text(link.network.as_str())),
        ("asset", Value::text(price.asset)),
        ("feePayer", Value::text(fee_payer.to_string())),
    ]);
    Ok(object([
        ("type", Value::text(PROBLEM)),
        ("title", Value::text("Payment Required")),
        ("status", Value::integer(402)),
        ("detail", Value::text(link.label.as_str())),
        ("challengeId", Value::text(id)),
        ("request", request),
    ]))
}
