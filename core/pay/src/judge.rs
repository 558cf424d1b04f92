//! What every offer is held against, whichever protocol it comes by.

use leash_chain::{Address, Network, Token, treasury};

use crate::{
    Terms, Unpayable,
    networks::{self, Chain},
};

/// Who would pay. Without an agent nothing is its own, and either network is all right.
pub(crate) struct Judge {
    network: Option<Network>,
    own: Vec<Address>,
    pub(crate) fee_authority: Address,
}

impl Judge {
    pub(crate) fn of(terms: Option<&Terms>) -> Self {
        match terms {
            Some(terms) => Self {
                network: Some(terms.network),
                own: vec![treasury(&terms.agent), terms.executive, terms.agent],
                fee_authority: terms.fee_authority,
            },
            None => Self { network: None, own: Vec::new(), fee_authority: leash_intent::FEE_AUTHORITY },
        }
    }

    /// The network of an offer, where the agent is on it.
    pub(crate) fn network(&self, written: &str, chain: Chain) -> Result<Network, Unpayable> {
        match (chain, self.network) {
            (Chain::Known(network), Some(own)) if network != own => {
                Err(Unpayable::Network { written: written.to_owned(), network, own })
            }
            (Chain::Known(network), _) => Ok(network),
            _ => Err(Unpayable::Chain(written.to_owned())),
        }
    }

    /// Somebody else than the agent itself.
    pub(crate) fn party(
        &self,
        address: &str,
        name: &str,
        refuse: fn(String) -> Unpayable,
    ) -> Result<Address, Unpayable> {
        let known: Address =
            address.parse().map_err(|error| refuse(format!("`{name}` is not a Solana address: {error}")))?;
        if self.own.contains(&known) {
            return Err(refuse(format!("`{name}` is the agent itself")));
        }
        Ok(known)
    }
}

/// A token of leash's table, by its mint.
pub(crate) fn token(mint: &str, network: Network) -> Result<&'static Token, Unpayable> {
    let known = mint.parse().ok().and_then(|mint: Address| Token::by_mint(network, &mint));
    known.ok_or_else(|| Unpayable::Token { asset: mint.to_owned(), network })
}

/// What is missing in an offer.
pub(crate) fn missing(name: &str) -> Unpayable {
    Unpayable::Malformed(format!("it has no text `{name}`"))
}

/// The network of an MPP request; one that names none means mainnet.
pub(crate) fn mpp_network(judge: &Judge, name: Option<&str>) -> Result<Network, Unpayable> {
    judge.network(name.unwrap_or("mainnet"), networks::of_mpp(name))
}
