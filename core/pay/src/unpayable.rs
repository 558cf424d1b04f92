//! Why an offer can't be paid.

use std::fmt;

use leash_chain::{Network, format_amount};
use leash_intent::IntentError;

use crate::decode::cut;
use crate::networks::{network_words, words, words_of};

/// Why an offer can't be paid. The first group is found here; [`Unpayable::World`] is what the caller finds on the chain, in the
/// policy or in the time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unpayable {
    /// It isn't written as its protocol says.
    Malformed(String),
    /// A version of x402 that leash doesn't speak; empty where none is named.
    Version(String),
    /// An x402 scheme other than `exact`.
    Scheme(String),
    /// An MPP method other than `solana`.
    Method(String),
    /// An MPP intent other than `charge`.
    Intent(String),
    /// Another chain, or a Solana network that leash doesn't know.
    Chain(String),
    /// A network that leash pays on, and that isn't the agent's.
    Network {
        /// As the offer writes it.
        written: String,
        /// What it means.
        network: Network,
        /// The agent's.
        own: Network,
    },
    /// A token that leash doesn't know.
    Token {
        /// As the offer writes it.
        asset: String,
        /// Of this network.
        network: Network,
    },
    /// SOL itself.
    NativeSol,
    /// The offer says of the token what isn't so.
    TokenMismatch(String),
    /// A confidential transfer.
    Confidential,
    /// No whole number of atomic units above zero, or more than an amount can be.
    Amount(String),
    /// A recipient that is no address, or the agent itself.
    Recipient(String),
    /// No fee payer, one that is no address, or the agent itself.
    FeePayer(String),
    /// A fee that isn't leash's, or too high.
    Fee(String),
    /// A memo that is no text, or too long.
    Memo(String),
    /// Splits that don't add up, or too many.
    Splits(String),
    /// The agent would pay for a recipient's new token account.
    AccountCreation,
    /// No transaction can be made of it, or none that leash would sign.
    Transaction(IntentError),
    /// The user asked for another network, token or protocol.
    NotSelected(&'static str),
    /// What the caller found out: it is not held, not allowed, over, or would fail.
    World {
        /// A stable name.
        code: &'static str,
        /// For a person.
        reason: String,
    },
}

impl Unpayable {
    /// A stable name.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed_challenge",
            Self::Version(_) => "unknown_protocol",
            Self::Scheme(_) | Self::Method(_) | Self::Intent(_) => "unknown_scheme",
            Self::Chain(_) | Self::Network { .. } => "wrong_network",
            Self::Token { .. } | Self::NativeSol | Self::TokenMismatch(_) | Self::Confidential => {
                "unknown_token"
            }
            Self::Amount(_) => "bad_amount",
            Self::Recipient(_) => "bad_recipient",
            Self::FeePayer(_) => "bad_fee_payer",
            Self::Fee(_) => "bad_fee",
            Self::Memo(_) => "bad_memo",
            Self::Splits(_) => "bad_splits",
            Self::AccountCreation => "account_creation",
            Self::Transaction(_) => "refused_payment",
            Self::NotSelected(_) => "not_selected",
            Self::World { code, .. } => code,
        }
    }

    /// How near the offer is to one that can be paid: the reason of the nearest is the one to tell.
    pub(crate) const fn nearness(&self) -> u8 {
        match self {
            Self::Version(_) | Self::Scheme(_) | Self::Method(_) | Self::Intent(_) | Self::Chain(_) => 0,
            Self::NotSelected(_) => 1,
            Self::Network { .. } => 2,
            Self::World { .. } => 4,
            _ => 3,
        }
    }
}

/// A clause about the offer. It may quote the paywall, so whoever prints it escapes it.
impl fmt::Display for Unpayable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(what) => write!(f, "the offer is malformed: {what}"),
            Self::Version(version) if version.is_empty() => {
                f.write_str("it names no version of x402 (leash speaks 1 and 2)")
            }
            Self::Version(version) => write!(f, "x402 version {version} is not supported (leash speaks 1 and 2)"),
            Self::Scheme(scheme) => {
                write!(f, "the payment scheme `{}` is not supported (leash pays `exact`)", cut(scheme))
            }
            Self::Method(method) => {
                write!(f, "the payment method `{}` is not supported (leash pays with `solana`)", cut(method))
            }
            Self::Intent(intent) => {
                write!(f, "the payment intent `{}` is not supported (leash pays a `charge`)", cut(intent))
            }
            Self::Chain(written) => {
                write!(f, "the network {} is not supported (leash pays on Solana mainnet and devnet)", words(&cut(written)))
            }
            Self::Network { written, network, own } => {
                let (own, other) = (network_words(*own), words_of(*network, &cut(written)));
                write!(f, "this agent is on another network, {own}, not on {other}")
            }
            Self::Token { asset, network } => write!(
                f,
                "the token `{}` is not supported (leash pays USDC, USDT and USDG on {})",
                cut(asset),
                network_words(*network)
            ),
            Self::NativeSol => f.write_str("it asks for SOL, and leash pays tokens only: USDC, USDT and USDG"),
            Self::TokenMismatch(what) => write!(f, "the offer describes the token wrongly: {what}"),
            Self::Confidential => f.write_str("it asks for a confidential transfer, which leash doesn't make"),
            Self::Amount(amount) => write!(
                f,
                "`{}` is not a whole amount of atomic units between 1 and {}",
                cut(amount),
                format_amount(crate::decode::MAX_AMOUNT, 0)
            ),
            Self::AccountCreation => f.write_str(
                "it asks the agent to create token accounts for other recipients, and leash creates none at its own cost",
            ),
            Self::Transaction(error) => write!(f, "{error}"),
            Self::NotSelected(what) => {
                let how = match *what {
                    "token" => "in",
                    "protocol" => "by",
                    _ => "on",
                };
                write!(f, "it is not {how} the {what} that was asked for")
            }
            Self::Recipient(what)
            | Self::FeePayer(what)
            | Self::Fee(what)
            | Self::Memo(what)
            | Self::Splits(what)
            | Self::World { reason: what, .. } => f.write_str(what),
        }
    }
}
