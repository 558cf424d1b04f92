//! An offer as the paywall wrote it, for people: whether it can be paid or not.

use std::fmt;

use leash_chain::{Address, Network, Token, format_amount};
use leash_js::Value;

use crate::{
    Protocol,
    charge::Challenge,
    decode::{present, shown},
    networks::{self, Chain},
    paywall::Ask,
    x402,
};

/// An offer as the paywall wrote it. Nothing of it was checked, and whoever prints it escapes it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Offered {
    /// By which protocol, where that is known.
    pub protocol: Option<Protocol>,
    /// x402's scheme, or MPP's method and intent.
    pub scheme: Option<String>,
    /// The network.
    pub network: Option<String>,
    /// The mint or contract, or MPP's currency.
    pub asset: Option<String>,
    /// The price in atomic units.
    pub amount: Option<String>,
    /// Who would be paid.
    pub to: Option<String>,
}

impl Offered {
    pub(crate) fn of(ask: &Ask) -> Self {
        match ask {
            Ask::X402 { version, asked, .. } => {
                let member = |name: &str| present(asked, name).map(shown);
                Self {
                    protocol: Some(if *version == 1 { Protocol::X402V1 } else { Protocol::X402V2 }),
                    scheme: member("scheme"),
                    network: member("network"),
                    asset: member("asset"),
                    amount: member(x402::amount_name(*version)),
                    to: member("payTo"),
                }
            }
            Ask::Mpp(challenge) => Self::of_challenge(challenge),
            Ask::LeashMpp(document) => {
                let request = document.get("request").unwrap_or(&Value::Null);
                let member = |name: &str| present(request, name).map(shown);
                Self {
                    protocol: Some(Protocol::LeashMpp),
                    scheme: None,
                    network: member("network"),
                    asset: member("asset"),
                    amount: member("amount"),
                    to: member("recipient"),
                }
            }
            Ask::Broken(protocol, _) => Self { protocol: *protocol, ..Self::default() },
        }
    }

    fn of_challenge(challenge: &Challenge) -> Self {
        let request = &challenge.request;
        let member = |name: &str| present(request, name).map(shown);
        let param = |name: &str| shown(&Value::text(challenge.get(name).unwrap_or_default()));
        let method = param("method");
        let network = request.get("methodDetails").and_then(|details| present(details, "network")).map(shown);
        Self {
            protocol: Some(Protocol::Mpp),
            // MPP of Solana means mainnet where it names no network.
            network: network.or_else(|| (method == "solana").then(|| "mainnet".to_owned())),
            scheme: Some(format!("{method}/{}", param("intent"))),
            asset: member("currency"),
            amount: member("amount"),
            to: member("recipient"),
        }
    }

    /// The network that is meant, where leash pays on it.
    #[must_use]
    pub fn known_network(&self) -> Option<Network> {
        let name = self.network.as_deref();
        let chain = match self.protocol? {
            Protocol::X402V1 | Protocol::X402V2 => networks::of_x402(name?),
            Protocol::Mpp => networks::of_mpp(name),
            Protocol::LeashMpp => Network::parse(name?).map_or(Chain::Other, Chain::Known),
        };
        if let Chain::Known(network) = chain { Some(network) } else { None }
    }

    pub(crate) fn token(&self) -> Option<&'static Token> {
        let (network, asset) = (self.known_network()?, self.asset.as_deref()?);
        match asset.parse::<Address>() {
            Ok(mint) => Token::by_mint(network, &mint),
            Err(_) => Token::by_symbol(network, asset),
        }
    }
}

/// `0.01 USDC on Solana devnet (…) by x402 v2`, with what is written where it isn't known.
impl fmt::Display for Offered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let amount = self.amount.as_deref();
        match (amount.and_then(|text| text.parse::<u64>().ok()), self.token()) {
            (Some(amount), Some(token)) => {
                write!(f, "{} {}", format_amount(amount, token.decimals), token.symbol)?;
            }
            _ => match (amount, &self.asset) {
                (Some(amount), Some(asset)) => write!(f, "{amount} atomic units of `{asset}`")?,
                (Some(amount), None) => write!(f, "{amount} atomic units")?,
                _ => f.write_str("a payment")?,
            },
        }
        if let Some(network) = &self.network {
            let known = self.known_network();
            let words =
                known.map_or_else(|| networks::words(network), |known| networks::words_of(known, network));
            write!(f, " on {words}")?;
        }
        if let Some(protocol) = self.protocol {
            write!(f, " by {}", protocol.label())?;
        }
        match &self.scheme {
            Some(scheme) if scheme != "exact" && scheme != "solana/charge" => write!(f, " (`{scheme}`)"),
            _ => Ok(()),
        }
    }
}
