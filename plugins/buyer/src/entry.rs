//! A payment as the journal holds it: what was asked for, what was signed, and how far it got.

use jiff::Timestamp;
use leash_chain::{SOL_DECIMALS, Signature, format_amount};
use leash_pay::Offer;
use leash_submit::{Outcome, Payment, Witnesses};
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
    /// What that grant allows in a day, in dollars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) grant_daily: Option<String>,
    /// What was signed. It is noted before it is handed out, so without it nothing was.
    #[serde(default)]
    pub(crate) signed: Option<Signed>,
    /// What became of it, noted before anything follows from that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) outcome: Option<Ended>,
    /// Why it goes on counting although one endpoint says that it wasn't made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) withheld: Option<String>,
    /// When it was given back on one endpoint's word, in seconds since 1970: it is looked for again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) released_at: Option<i64>,
    /// It was made, is counted and has its receipt; only its answer is still kept.
    #[serde(default)]
    pub(crate) receipt_is_written: bool,
    /// It was given back and then found on the chain: more has left than the ledger counts.
    #[serde(default)]
    pub(crate) uncounted: bool,
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
    /// The id of a challenge of MPP as specified; several payments may have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) mpp_challenge: Option<String>,
    /// Who else is paid out of the price, and how much.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) splits: Vec<(String, u64)>,
    /// The most that the executive pays the network for it, in lamports.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) network_fee: u64,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Signed {
    pub(crate) header: String,
    pub(crate) value: String,
    /// The agent sends it to the chain, and the seller is told its signature.
    #[serde(default)]
    pub(crate) pushed: bool,
    #[serde(flatten)]
    pub(crate) payment: Payment,
}

/// What became of a payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ended {
    /// It was made, by this transaction.
    Landed { transaction: String, slot: u64 },
    /// The chain refused it, as so many endpoints say.
    Failed { witnesses: Witnesses },
    /// It can't be made any more, as so many endpoints say.
    Expired { witnesses: Witnesses },
}

/// How far a payment has come, for the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nothing was signed yet.
    Noted,
    /// It was handed out, and it isn't known what became of it. It counts as spent.
    Unknown,
    /// It was made, and its answer wasn't delivered yet.
    Landed,
    /// One endpoint says that it wasn't made, and may release no more today. It counts as spent.
    Withheld,
    /// It was given back on one endpoint's word, and is looked for again.
    Released,
    /// It was given back, and the chain shows it: more has left than is counted.
    Uncounted,
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
    /// The header `Payment-Receipt`, as it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) payment_receipt: Option<String>,
    /// Why the seller says that the payment wasn't settled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) unsettled: Option<String>,
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
    /// The payment in words, a line each for the amount, what it buys, and who is paid.
    #[must_use]
    pub fn lines(&self, url: &str) -> Vec<String> {
        let fee = if self.fee == 0 { String::new() } else { format!(", {} fee", self.written(self.fee)) };
        let mut lines = vec![
            format!("pay {} ({}{fee})", self.written(self.gross), self.written(self.net)),
            format!("for {url}"),
            format!("to  {} ({}, {})", self.to, self.network, self.protocol),
        ];
        // Each recipient with its part, where there are several.
        let others = self.splits.iter().fold(0_u64, |sum, (_, amount)| sum.saturating_add(*amount));
        if !self.splits.is_empty() {
            lines.push(format!("    {} of it to {}", self.written(self.net.saturating_sub(others)), self.to));
        }
        lines.extend(
            self.splits.iter().map(|(to, amount)| format!("    {} of it to {to}", self.written(*amount))),
        );
        if self.network_fee > 0 {
            let fee = format_amount(self.network_fee, SOL_DECIMALS);
            lines.push(format!("    and up to {fee} SOL of network fee, which the executive pays"));
        }
        lines
    }

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
            mpp_challenge: offer.mpp_challenge().map(str::to_owned),
            network_fee: offer.network_fee(),
            splits: offer.splits.iter().map(|split| (split.to.to_string(), split.amount)).collect(),
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

impl State {
    /// In a word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Noted => "noted",
            Self::Unknown => "unknown",
            Self::Landed => "landed",
            Self::Withheld => "withheld",
            Self::Released => "released",
            Self::Uncounted => "uncounted",
        }
    }

    /// Whether it counts as spent.
    #[must_use]
    pub const fn counts(self) -> bool {
        !matches!(self, Self::Released | Self::Uncounted)
    }
}

impl Entry {
    pub(crate) fn state(&self) -> State {
        match (&self.signed, &self.outcome) {
            _ if self.uncounted => State::Uncounted,
            _ if self.released_at.is_some() => State::Released,
            (None, _) => State::Noted,
            (_, Some(Ended::Landed { .. })) => State::Landed,
            (_, Some(_)) if self.withheld.is_some() => State::Withheld,
            _ => State::Unknown,
        }
    }

    /// Whether it was found that it wasn't made, and what follows from that was cut off.
    pub(crate) fn is_being_released(&self) -> bool {
        self.state() == State::Unknown
            && matches!(self.outcome, Some(Ended::Failed { .. } | Ended::Expired { .. }))
            && (self.answer.is_none() || self.is_delivered())
    }

    /// When it was begun, in seconds since 1970.
    pub(crate) fn begun(&self) -> i64 {
        self.time.parse::<Timestamp>().map_or(0, Timestamp::as_second)
    }

    /// Whether its answer has arrived, so that nobody waits for it any more.
    pub(crate) fn is_delivered(&self) -> bool {
        self.answer.as_ref().is_some_and(|answer| answer.delivered)
    }
}

impl Ended {
    pub(crate) fn of(outcome: &Outcome, witnesses: Witnesses) -> Self {
        match outcome {
            Outcome::Landed { transaction, slot } => {
                Self::Landed { transaction: transaction.to_string(), slot: *slot }
            }
            Outcome::Failed => Self::Failed { witnesses },
            Outcome::Expired => Self::Expired { witnesses },
        }
    }
}

impl Answer {
    pub(crate) fn claimed(&self) -> Option<Signature> {
        self.claimed.as_ref()?.parse().ok()
    }
}
