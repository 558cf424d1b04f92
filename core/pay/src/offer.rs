//! What is paid in the end: one of the things that a paywall takes, once it was found to be all right.

use leash_chain::{Address, Blockhash, Network, SIGNATURE_LAMPORTS, Token};
use leash_intent::{Compute, FEE_AUTHORITY, Fee, Layout, Payer, Payment, Split};
use leash_js::Value;

use crate::{Unpayable, charge::Challenge, hash};

/// What a transfer, a byte of a memo and a new account compute at most, for endpoints that can't simulate.
const TRANSFER_UNITS: u64 = 10_000;
const MEMO_BYTE_UNITS: u64 = 400;
const ACCOUNT_UNITS: u64 = 30_000;
/// How long a nonce is, in hexadecimal digits.
const NONCE_BYTES: usize = 32;
/// Prices vary by less than a hundredth of a lamport a unit.
const PRICES: u64 = 10_000;

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
    /// MPP as specified: challenges in `WWW-Authenticate`.
    Mpp,
    /// leash.market's own form of MPP: a challenge in the body.
    LeashMpp,
}

/// What `--protocol` chooses by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProtocolFamily {
    /// x402, in either version.
    X402,
    /// MPP, in either form.
    Mpp,
}

impl Protocol {
    /// `x402` or `mpp`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self.family() {
            ProtocolFamily::X402 => "x402",
            ProtocolFamily::Mpp => "mpp",
        }
    }

    /// Of which protocol it is a version.
    #[must_use]
    pub const fn family(self) -> ProtocolFamily {
        match self {
            Self::X402V1 | Self::X402V2 => ProtocolFamily::X402,
            Self::Mpp | Self::LeashMpp => ProtocolFamily::Mpp,
        }
    }

    /// With its version, for lists.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::X402V1 => "x402 v1",
            Self::X402V2 => "x402 v2",
            Self::Mpp => "MPP",
            Self::LeashMpp => "MPP (leash.market)",
        }
    }
}

/// What is to be paid.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    /// How.
    pub protocol: Protocol,
    /// On which network.
    pub network: Network,
    /// In which token.
    pub token: &'static Token,
    /// The price, without leash's fee and with all splits.
    pub net: u64,
    /// To whom.
    pub to: Address,
    /// Leash's fee, where the seller asks for it.
    pub fee: Option<Fee>,
    /// Who pays the network's fee. `None`: the agent's executive does.
    pub fee_payer: Option<Address>,
    /// Who else is paid out of the price.
    pub splits: Vec<Split>,
    /// The challenge's id in leash.market's form of MPP, which is used once.
    pub challenge_id: Option<String>,
    /// The blockhash that the seller would have the payment live by: to be used where the chain says that it is valid.
    pub recent_blockhash: Option<Blockhash>,
    /// When the challenge expires, as the seller wrote it (RFC 3339). Nothing is to be paid after that.
    pub expires: Option<String>,
    /// What the seller says that it sells. For people only.
    pub description: Option<String>,
    pub(crate) memo: Memo,
    pub(crate) form: Form,
    pub(crate) echo: Echo,
}

/// What is noted on the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Memo {
    /// What the seller wrote.
    Text(String),
    /// Something new for each payment.
    Nonce,
    /// Nothing.
    None,
}

/// Which layout it is paid in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Leash,
    Standard,
}

/// What the paywall wrote, to be sent back.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Echo {
    X402 { asked: Value, resource: Option<Value>, extensions: Option<Value>, network: String },
    Mpp(Challenge),
    LeashMpp { asked: Value },
}

impl Offer {
    /// The same, where its amounts are some.
    pub(crate) fn checked(self) -> Result<Self, Unpayable> {
        match self.gross() {
            Some((gross, _)) if gross <= crate::decode::MAX_AMOUNT => Ok(self),
            _ => Err(Unpayable::Amount(self.net.to_string())),
        }
    }

    /// What leaves the treasury, and leash's fee in it. `None`: more than an amount can be.
    #[must_use]
    pub fn gross(&self) -> Option<(u64, u64)> {
        let fee = self.fee.map_or(Some(0), |fee| fee.on(self.net))?;
        Some((self.net.checked_add(fee)?, fee))
    }

    /// The id of the challenge in MPP as specified. Servers that keep nothing give several payments the same one.
    #[must_use]
    pub fn mpp_challenge(&self) -> Option<&str> {
        match &self.echo {
            Echo::Mpp(challenge) => challenge.get("id"),
            _ => None,
        }
    }

    /// The hash of what x402 demanded.
    #[must_use]
    pub fn requirements_hash(&self) -> Option<String> {
        match &self.echo {
            Echo::X402 { asked, .. } => Some(hash::requirements(asked)),
            _ => None,
        }
    }

    /// The payment, to be signed. `nonce` is the memo for sellers that name none. Its compute limit is for a simulation; see
    /// [`Offer::compute`].
    #[must_use]
    pub fn payment(&self, terms: &Terms, nonce: impl FnOnce() -> String) -> Payment {
        let memo = match &self.memo {
            Memo::Text(memo) => Some(memo.clone()),
            Memo::Nonce => Some(nonce()),
            Memo::None => None,
        };
        let layout = match self.form {
            Form::Leash => Layout::Leash,
            Form::Standard => Layout::Standard { compute: Compute::TRIAL, splits: self.splits.clone() },
        };
        Payment {
            token: self.token,
            from: Payer::Treasury(terms.agent),
            to: self.to,
            net: self.net,
            fee: self.fee,
            fee_payer: self.fee_payer,
            memo,
            layout,
        }
    }

    /// The compute limit for what a simulation used, and a price. Without a nonce in the memo, two payments of one price
    /// could be the same message, so that the chain takes the second for the first: then the price varies with `random`.
    /// Whoever signs still compares the message with those that are noted.
    #[must_use]
    pub fn compute(&self, used: Option<u64>, random: u16) -> Compute {
        let limit = Compute::limit_for(used.unwrap_or_else(|| self.most_units()));
        let price = if self.memo == Memo::Nonce { 1 } else { 1 + u64::from(random) % PRICES };
        Compute { limit, price }
    }

    /// The most that the executive pays the network for it, in lamports: nothing where the seller has a sponsor. It is the fee at
    /// the highest limit and the highest price that [`Offer::compute`] gives.
    #[must_use]
    pub fn network_fee(&self) -> u64 {
        let highest = Compute { limit: Compute::MAX_LIMIT, price: PRICES };
        if self.fee_payer.is_some() { 0 } else { SIGNATURE_LAMPORTS.saturating_add(highest.lamports()) }
    }

    /// Whether two payments of it are two messages, even by one blockhash: the memo is a nonce, or the compute price varies.
    #[must_use]
    pub fn varies(&self) -> bool {
        self.memo == Memo::Nonce || self.form == Form::Standard
    }

    fn most_units(&self) -> u64 {
        let own = match &self.memo {
            Memo::Text(memo) => memo.len(),
            Memo::Nonce => NONCE_BYTES,
            Memo::None => 0,
        };
        let memo_units =
            |bytes: usize| u64::try_from(bytes).unwrap_or(u64::MAX).saturating_mul(MEMO_BYTE_UNITS);
        self.splits.iter().fold(TRANSFER_UNITS.saturating_add(memo_units(own)), |sum, split| {
            let memo = memo_units(split.memo.as_ref().map_or(0, String::len));
            let account = if split.create_account { ACCOUNT_UNITS } else { 0 };
            sum.saturating_add(TRANSFER_UNITS).saturating_add(memo).saturating_add(account)
        })
    }

    /// In what another offer differs from this one, in words; none where the same is to be paid.
    #[must_use]
    pub fn differs(&self, other: &Self) -> Option<String> {
        if self.token != other.token {
            return Some(format!("{} instead of {}", other.token.symbol, self.token.symbol));
        }
        if (self.net, self.fee) != (other.net, other.fee) {
            let units =
                |offer: &Self| offer.gross().map_or("too much".to_owned(), |(gross, _)| gross.to_string());
            return Some(format!("{} atomic units instead of {}", units(other), units(self)));
        }
        if self.to != other.to {
            return Some(format!("a payment to {} instead of {}", other.to, self.to));
        }
        if self.splits != other.splits {
            return Some("other splits".to_owned());
        }
        (self.fee_payer != other.fee_payer).then(|| "another fee payer".to_owned())
    }
}
