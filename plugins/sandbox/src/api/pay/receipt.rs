//! Receipts of what was earned: a chain for each agent, apart from the chain of what it spent.

use leash_identity::Network;
use leash_receipts::{canonical, receipt_hash, request_hash};
use sha2::{Digest as _, Sha256};

use super::{demand::symbol, rules::fee_of};
use crate::{
    api::links::price::{FEE_AUTHORITY, FEE_BPS},
    js::{Text, Value, object},
    store::{
        Write,
        links::Link,
        payments,
        receipts::{self, Receipt},
    },
};

/// A sale, as its receipt tells it.
pub(super) struct Earned<'a> {
    pub(super) link: &'a Link,
    pub(super) url: &'a str,
    pub(super) facilitator: &'a str,
    pub(super) tx_sig: &'a str,
    /// Of x402 the requirements, of MPP the challenge.
    pub(super) terms: &'a Value,
}

fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_text).map(Text::to_lossy).unwrap_or_default()
}

fn hex(bytes: &[u8]) -> String {
    base16ct::lower::encode_string(&Sha256::digest(bytes))
}

impl Earned<'_> {
    /// All that is known before it is settled.
    pub(super) fn draft(&self) -> Value {
        let is_mpp = self.terms.get("challengeId").is_some();
        let request = object([
            ("method", Value::text(self.link.method.as_str())),
            ("url", Value::text(self.url)),
            (
                "body_hash",
                if is_mpp {
                    Value::text(request_hash(&self.link.method, self.url, None, &[]))
                } else {
                    Value::Null
                },
            ),
        ]);
        let mut members = vec![
            ("v", Value::text(if is_mpp { "0.2" } else { "0.1" })),
            ("kind", Value::text("earn")),
            ("agent", Value::text(self.link.owner_agent.as_str())),
            ("nonce", Value::Null),
            ("ts", Value::Null),
            ("policy_v", Value::text("0.1")),
            ("request", request),
            ("decision", Value::text("allow")),
            ("reason", Value::Null),
            ("price", if is_mpp { self.mpp_price() } else { self.x402_price() }),
            ("facilitator", Value::text(self.facilitator)),
        ];
        if !is_mpp {
            members.push(("tx_sig", Value::text(self.tx_sig)));
            let hash = hex(canonical(self.terms).as_bytes());
            members.push(("payment_requirements_hash", Value::text(hash)));
        }
        members.extend([
            ("response", Value::Null),
            ("prev_receipt_hash", Value::Null),
            ("receipt_hash", Value::Null),
        ]);
        if is_mpp {
            members.extend([
                ("protocol", Value::text("mpp")),
                ("mpp_challenge_id", Value::text(text(self.terms, "challengeId"))),
                ("mpp_credential_type", Value::text("crypto")),
                ("mpp_settlement_tx", Value::text(self.tx_sig)),
                ("mpp_settlement_slot", Value::Null),
                ("tx_sig", Value::text(self.tx_sig)),
            ]);
        }
        Value::Object(members.into_iter().map(|(name, value)| (Text::from(name), value)).collect())
    }

    fn x402_price(&self) -> Value {
        let (amount, asset) = (text(self.terms, "amount"), text(self.terms, "asset"));
        let net: u64 = amount.parse().unwrap_or_default();
        let fee = fee_of(net);
        let currency = symbol(self.link.network, &asset).unwrap_or(&self.link.currency);
        object([
            ("amount", Value::text(amount)),
            ("currency", Value::text(currency)),
            ("network", Value::text(self.link.network.as_str())),
            ("asset", Value::text(asset)),
            ("fee", Value::text(fee.to_string())),
            ("gross", Value::text((u128::from(net) + u128::from(fee)).to_string())),
            ("feeBps", Value::integer(FEE_BPS)),
            ("feeAuthority", Value::text(FEE_AUTHORITY)),
        ])
    }

    fn mpp_price(&self) -> Value {
        let request = self.terms.get("request").unwrap_or(&Value::Null);
        let part = |name| Value::text(text(request, name));
        object([
            ("amount", part("amount")),
            ("currency", part("currency")),
            ("network", part("network")),
            ("asset", part("asset")),
        ])
    }
}

/// What only the settlement tells.
pub(super) struct Settlement {
    pub(super) network: Network,
    pub(super) slot: u64,
    /// The status of the seller's answer, where there was one.
    pub(super) status: Option<u16>,
}

fn set(receipt: &mut Value, name: &str, value: Value) {
    if let Value::Object(members) = receipt
        && let Some((_, place)) = members.iter_mut().find(|(known, _)| known.is(name))
    {
        *place = value;
    }
}

/// Gives a draft its place in the agent's chain, and keeps it.
pub(super) fn add(write: &Write<'_>, draft: &Value, settled: &Settlement) -> rusqlite::Result<Receipt> {
    let agent = text(draft, "agent");
    let (count, last) = payments::chain(write, settled.network, &agent)?;
    let mut receipt = draft.clone();
    let response = settled.status.map_or(Value::Null, |status| {
        object([("status", Value::integer(u32::from(status))), ("body_hash", Value::Null)])
    });
    set(&mut receipt, "nonce", Value::integer(count));
    set(&mut receipt, "ts", Value::text(write.iso()));
    set(&mut receipt, "response", response);
    set(&mut receipt, "prev_receipt_hash", Value::text_or_null(last.as_deref()));
    set(&mut receipt, "mpp_settlement_slot", Value::Raw(settled.slot.to_string()));
    let hash = receipt_hash(&receipt);
    set(&mut receipt, "receipt_hash", Value::text(hash.as_str()));
    let settlement = text(&receipt, "tx_sig");
    let requirements = receipt.get("payment_requirements_hash").and_then(Value::as_text);
    let kept = Receipt {
        hash: hash.clone(),
        network: settled.network,
        agent: agent.clone(),
        nonce: f64::from(count),
        decision: "allow".to_owned(),
        kind: "earn".to_owned(),
        tx_sig: Some(settlement),
        payment_requirements_hash: requirements.map(Text::to_lossy),
        raw: receipt.to_json(),
        ingested_at: write.iso(),
    };
    receipts::add(write, &kept)?;
    payments::grow(write, settled.network, &agent, count + 1, &hash)?;
    Ok(kept)
}
