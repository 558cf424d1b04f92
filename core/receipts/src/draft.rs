//! A receipt that has no place in a chain yet.

use leash_js::{Value, object};

use crate::receipt::{Decision, Kind};

/// What a receipt says, but for its place: nonce, predecessor and hash are the chain's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The protocol, which decides the version.
    pub protocol: Protocol,
    /// Which way.
    pub kind: Kind,
    /// The agent's mint.
    pub agent: String,
    /// When, ISO 8601 with milliseconds and `Z`.
    pub time: String,
    /// The method.
    pub method: String,
    /// The URL.
    pub url: String,
    /// The request's hash, where it has a body.
    pub body_hash: Option<String>,
    /// What became of it.
    pub decision: Decision,
    /// Why, where it was refused.
    pub reason: Option<String>,
    /// The price, where one was asked.
    pub price: Option<Price>,
    /// The facilitator's URL.
    pub facilitator: Option<String>,
    /// The status of the answer, where there was one.
    pub response_status: Option<u16>,
}

/// How it was paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Protocol {
    /// Version 0.1: x402, and whatever was refused before a protocol was known.
    V1(X402),
    /// Version 0.2, x402.
    X402(X402),
    /// Version 0.2, MPP. Only for what was settled.
    Mpp(Mpp),
}

/// What an x402 receipt says more.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct X402 {
    /// The transaction.
    pub tx_sig: Option<String>,
    /// The hash of what was demanded.
    pub payment_requirements_hash: Option<String>,
}

/// What an MPP receipt says more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mpp {
    /// The challenge.
    pub challenge_id: String,
    /// The transaction.
    pub settlement_tx: String,
    /// Its slot.
    pub settlement_slot: u64,
}

/// A price, in the smallest units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    /// What the seller gets.
    pub amount: u64,
    /// The currency.
    pub currency: String,
    /// `solana-devnet` or `solana-mainnet`.
    pub network: String,
    /// The token's mint.
    pub asset: String,
    /// The fee, its rate in basis points, and who gets it; none where none is paid.
    pub fee: Option<(u64, u32, String)>,
}

impl Draft {
    /// With its place in a chain, and without its hash. The members stand in the order in which the original writes
    /// them.
    pub(crate) fn placed(&self, nonce: u32, prev: Option<&str>) -> Value {
        let version = if matches!(self.protocol, Protocol::V1(_)) { "0.1" } else { "0.2" };
        let request = object([
            ("method", Value::text(self.method.as_str())),
            ("url", Value::text(self.url.as_str())),
            ("body_hash", Value::text_or_null(self.body_hash.as_deref())),
        ]);
        let response = self.response_status.map_or(Value::Null, |status| {
            object([("status", Value::integer(u32::from(status))), ("body_hash", Value::Null)])
        });
        let mut members = vec![
            ("v", Value::text(version)),
            ("kind", Value::text(self.kind.as_str())),
            ("agent", Value::text(self.agent.as_str())),
            ("nonce", Value::integer(nonce)),
            ("ts", Value::text(self.time.as_str())),
            ("policy_v", Value::text("0.1")),
            ("request", request),
            ("decision", Value::text(self.decision.as_str())),
            ("reason", Value::text_or_null(self.reason.as_deref())),
            ("price", self.price.as_ref().map_or(Value::Null, Price::value)),
            ("facilitator", Value::text_or_null(self.facilitator.as_deref())),
        ];
        members.extend(self.protocol.members());
        members.push(("response", response));
        members.push(("prev_receipt_hash", Value::text_or_null(prev)));
        Value::Object(members.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }

    /// The transaction, which no two receipts of one chain share.
    #[must_use]
    pub fn tx_sig(&self) -> Option<&str> {
        match &self.protocol {
            Protocol::V1(x402) | Protocol::X402(x402) => x402.tx_sig.as_deref(),
            Protocol::Mpp(mpp) => Some(&mpp.settlement_tx),
        }
    }
}

impl Protocol {
    fn members(&self) -> Vec<(&'static str, Value)> {
        let x402 = |x402: &X402| {
            vec![
                ("tx_sig", Value::text_or_null(x402.tx_sig.as_deref())),
                ("payment_requirements_hash", Value::text_or_null(x402.payment_requirements_hash.as_deref())),
            ]
        };
        match self {
            Self::V1(own) => x402(own),
            Self::X402(own) => [vec![("protocol", Value::text("x402"))], x402(own)].concat(),
            Self::Mpp(own) => vec![
                ("protocol", Value::text("mpp")),
                ("mpp_challenge_id", Value::text(own.challenge_id.as_str())),
                ("mpp_credential_type", Value::text("crypto")),
                ("mpp_settlement_tx", Value::text(own.settlement_tx.as_str())),
                ("mpp_settlement_slot", Value::text(own.settlement_slot.to_string())),
                ("tx_sig", Value::text(own.settlement_tx.as_str())),
            ],
        }
    }
}

impl Price {
    fn value(&self) -> Value {
        let fee = self.fee.as_ref();
        let gross = fee.map(|(fee, ..)| u128::from(self.amount) + u128::from(*fee));
        let text = |amount: Option<String>| Value::text_or_null(amount.as_deref());
        object([
            ("amount", Value::text(self.amount.to_string())),
            ("currency", Value::text(self.currency.as_str())),
            ("network", Value::text(self.network.as_str())),
            ("asset", Value::text(self.asset.as_str())),
            ("fee", text(fee.map(|(fee, ..)| fee.to_string()))),
            ("gross", text(gross.map(|gross| gross.to_string()))),
            ("feeBps", fee.map_or(Value::Null, |(_, bps, _)| Value::integer(*bps))),
            ("feeAuthority", text(fee.map(|(.., authority)| authority.clone()))),
        ])
    }
}
