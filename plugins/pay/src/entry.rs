//! A payment as the journal holds it: what was asked for, what was signed, and how far it got.

use leash_chain::{Signature, Transaction, format_amount};
use leash_pay::Offer;
use serde::{Deserialize, Serialize};

use crate::request::Request;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) v: u8,
    /// Also the id of its reservation.
    pub(crate) id: String,
    /// When it was begun; also the time of its receipt, so that a receipt is recognised.
    pub(crate) time: String,
    pub(crate) asked: Asked,
    pub(crate) price: Price,
    /// The plugin out of whose grant it is paid, where it is one's; then it counts in that one's ledger, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) plugin: Option<String>,
    /// From here on it may have been sent.
    #[serde(default)]
    pub(crate) signed: Option<Signed>,
    /// From here on it counts as sent to somebody who took it; the body lies beside the entry until it is delivered.
    #[serde(default)]
    pub(crate) answer: Option<Answer>,
    /// The paywall did not take it, and the receipt says so; it may be taken as long as it lives.
    #[serde(default)]
    pub(crate) rejected: bool,
}

/// The request.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Asked {
    pub(crate) key: String,
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) body_hash: Option<String>,
}

/// What is paid. Amounts are atomic units.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Price {
    pub(crate) protocol: String,
    pub(crate) net: u64,
    pub(crate) fee: u64,
    pub(crate) gross: u64,
    /// Rate and collector of the fee.
    pub(crate) rate: Option<(u16, String)>,
    pub(crate) currency: String,
    pub(crate) decimals: u8,
    pub(crate) asset: String,
    pub(crate) network: String,
    pub(crate) to: String,
    /// The account that it is paid from.
    pub(crate) source: String,
    pub(crate) requirements_hash: Option<String>,
    pub(crate) challenge_id: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Signed {
    pub(crate) header: String,
    pub(crate) value: String,
    pub(crate) transaction: String,
    pub(crate) last_valid_block_height: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// What the seller says that the body is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) content_type: Option<String>,
    /// The transaction that the seller names.
    pub(crate) claimed: Option<String>,
    /// The receipt that the seller names.
    pub(crate) seller_receipt: Option<String>,
    /// Whether the body has arrived where it was to go.
    #[serde(default)]
    pub(crate) delivered: bool,
}

impl Asked {
    pub(crate) fn new(request: &Request) -> Self {
        Self {
            key: request.key(),
            method: request.method.clone(),
            url: request.url.clone(),
            body_hash: request.body_hash(),
        }
    }
}

impl Price {
    /// `None` for more than an amount can be.
    pub(crate) fn of(offer: &Offer, network: leash_chain::Network, source: String) -> Option<Self> {
        let (gross, fee) = offer.gross()?;
        Some(Self {
            protocol: offer.protocol.as_str().to_owned(),
            net: offer.net,
            fee,
            gross,
            rate: offer.fee.map(|fee| (fee.bps, fee.authority.to_string())),
            currency: offer.token.symbol.to_owned(),
            decimals: offer.token.decimals,
            asset: offer.token.mint.to_string(),
            network: network.as_str().to_owned(),
            to: offer.to.to_string(),
            source,
            requirements_hash: offer.requirements_hash(),
            challenge_id: offer.challenge_id.clone(),
        })
    }

    pub(crate) fn decimal(&self, atomic: u64) -> String {
        format_amount(atomic, self.decimals)
    }

    /// What leaves the treasury, in words: `0.0101 USDC`.
    #[must_use]
    pub fn gross_written(&self) -> String {
        self.written(self.gross)
    }

    /// `0.0101 USDC`.
    pub(crate) fn written(&self, atomic: u64) -> String {
        format!("{} {}", self.decimal(atomic), self.currency)
    }

    /// What makes it this payment and no other.
    pub(crate) fn replay_key(&self, id: &str) -> String {
        match &self.challenge_id {
            Some(challenge) => format!("mpp:{challenge}"),
            None => format!("pay:{id}"),
        }
    }
}

impl Signed {
    /// The transaction, of which the fee payer's signature is missing.
    pub(crate) fn transaction(&self) -> Option<Transaction> {
        Transaction::from_base64(&self.transaction).ok()
    }
}

impl Answer {
    pub(crate) fn claimed(&self) -> Option<Signature> {
        self.claimed.as_ref()?.parse().ok()
    }
}
