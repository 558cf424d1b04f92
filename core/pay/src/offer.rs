//! What is paid in the end: one of the things that a paywall takes, once it was found to be all right.

use leash_chain::{Address, Network, Token};
use leash_intent::{FEE_AUTHORITY, Fee, Layout, Payer, Payment};
use leash_js::Value;

use crate::{Challenge, Refusal, hash, mpp, refusal, x402};

/// No paywall lists more, and more aren't looked at.
const MOST_OFFERS: usize = 32;

/// Who pays, where, and what a paywall may ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// The agent's mint, whose treasury pays.
    pub agent: Address,
    /// Who signs.
    pub executive: Address,
    /// The network, and no other.
    pub network: Network,
    /// Who may collect the fee.
    pub fee_authority: Address,
}

impl Terms {
    /// The terms of an agent: leash's own fee, and nobody else's.
    #[must_use]
    pub const fn new(agent: Address, executive: Address, network: Network) -> Self {
        Self { agent, executive, network, fee_authority: FEE_AUTHORITY }
    }
}

/// How it is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// x402 version 1.
    X402V1,
    /// x402 version 2.
    X402V2,
    /// MPP.
    Mpp,
}

impl Protocol {
    /// `x402` or `mpp`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::X402V1 | Self::X402V2 => "x402",
            Self::Mpp => "mpp",
        }
    }
}

/// What is to be paid.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    /// How.
    pub protocol: Protocol,
    /// In which token.
    pub token: &'static Token,
    /// What the seller gets.
    pub net: u64,
    /// To whom.
    pub to: Address,
    /// What is charged on top.
    pub fee: Option<Fee>,
    /// Who settles it.
    pub fee_payer: Address,
    /// What is to be noted on the chain, where the seller cares.
    pub memo: Option<String>,
    /// The challenge's id, for MPP.
    pub challenge_id: Option<String>,
    /// As the paywall wrote it.
    pub(crate) asked: Value,
    /// What the paywall says it is for.
    pub(crate) resource: Option<Value>,
    pub(crate) network_name: String,
}

impl Offer {
    /// What leaves the treasury, and the fee in it. `None`: more than an amount can be.
    #[must_use]
    pub fn gross(&self) -> Option<(u64, u64)> {
        let fee = self.fee.map_or(Some(0), |fee| fee.on(self.net))?;
        Some((self.net.checked_add(fee)?, fee))
    }

    /// The hash of what x402 demanded.
    #[must_use]
    pub fn requirements_hash(&self) -> Option<String> {
        (self.protocol != Protocol::Mpp).then(|| hash::requirements(&self.asked))
    }

    /// The payment, to be signed. `memo` is for sellers that name none.
    #[must_use]
    pub fn payment(&self, terms: &Terms, memo: impl FnOnce() -> String) -> Payment {
        Payment {
            token: self.token,
            from: Payer::Treasury(terms.agent),
            to: self.to,
            net: self.net,
            fee: self.fee,
            fee_payer: Some(self.fee_payer),
            memo: Some(self.memo.clone().unwrap_or_else(memo)),
            layout: Layout::Leash,
        }
    }

    /// In what another offer differs from this one, in words; none where the same is to be paid.
    #[must_use]
    pub fn differs(&self, other: &Self) -> Option<String> {
        if self.token != other.token {
            return Some(format!("{} in place of {}", other.token.symbol, self.token.symbol));
        }
        if (self.net, self.fee) != (other.net, other.fee) {
            let units =
                |offer: &Self| offer.gross().map_or("too much".to_owned(), |(gross, _)| gross.to_string());
            return Some(format!("{} atomic units in place of {}", units(other), units(self)));
        }
        if self.to != other.to {
            return Some(format!("a payment to {} in place of {}", other.to, self.to));
        }
        (self.fee_payer != other.fee_payer).then(|| "another one to settle it".to_owned())
    }
}

/// The first thing that a paywall takes and that may be paid.
///
/// # Errors
/// [`Refusal`] where there is none: what is wrong with the first one, those of this network before others.
pub fn choose(challenge: &Challenge, terms: &Terms) -> Result<Offer, Refusal> {
    let (version, accepts, document) = match challenge {
        Challenge::Mpp(document) => return mpp::judge(document, terms),
        Challenge::X402 { version, accepts, document } => (*version, accepts, document),
    };
    let mut refused: Option<Refusal> = None;
    for asked in accepts.iter().take(MOST_OFFERS) {
        match x402::judge(version, asked, document, terms) {
            Ok(offer) => return Ok(offer),
            Err(refusal) => {
                let elsewhere =
                    |one: &Refusal| matches!(one.code, refusal::WRONG_NETWORK | refusal::UNKNOWN_SCHEME);
                if refused.as_ref().is_none_or(|first| elsewhere(first) && !elsewhere(&refusal)) {
                    refused = Some(refusal);
                }
            }
        }
    }
    Err(refused
        .unwrap_or_else(|| Refusal::new("malformed_challenge", "it says of nothing that it can be paid")))
}
