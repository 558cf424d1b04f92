//! What paywalls call networks, in either protocol.

use leash_chain::Network;

/// What a name means to leash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Chain {
    /// A network that leash pays on.
    Known(Network),
    /// Solana, on a network that leash doesn't know.
    OtherSolana,
    /// Anything else.
    Other,
}

/// What x402 means by a name, in whichever version: CAIP-2, or one of the names of version 1.
pub(crate) fn of_x402(name: &str) -> Chain {
    match name {
        "solana" | "solana-mainnet" | "solana-mainnet-beta" => Chain::Known(Network::Mainnet),
        "solana-devnet" => Chain::Known(Network::Devnet),
        _ => of_caip2(name),
    }
}

/// What MPP means by a name; mainnet where there is none. The software names CAIP-2 as well.
pub(crate) fn of_mpp(name: Option<&str>) -> Chain {
    match name {
        None | Some("mainnet" | "mainnet-beta") => Chain::Known(Network::Mainnet),
        Some("devnet") => Chain::Known(Network::Devnet),
        Some("localnet" | "testnet") => Chain::OtherSolana,
        Some(name) => of_x402(name),
    }
}

fn of_caip2(name: &str) -> Chain {
    match Network::of_caip2(name) {
        Some(network) => Chain::Known(network),
        None if name.starts_with("solana:") || name.starts_with("solana-") => Chain::OtherSolana,
        None => Chain::Other,
    }
}

/// Whether a name is one of version 1's.
pub(crate) fn is_v1_name(name: &str) -> bool {
    !name.contains(':')
}

/// A name with what people call the network, where that isn't the same.
pub(crate) fn words(name: &str) -> String {
    let known = match name {
        "eip155:1" | "ethereum" => "Ethereum",
        "eip155:10" | "optimism" => "Optimism",
        "eip155:137" | "polygon" => "Polygon",
        "eip155:8453" | "base" => "Base",
        "eip155:84532" | "base-sepolia" => "Base Sepolia",
        "eip155:42161" | "arbitrum" => "Arbitrum",
        "eip155:43114" | "avalanche" => "Avalanche",
        "eip155:43113" | "avalanche-fuji" => "Avalanche Fuji",
        "solana:4uhcVJyU9pJkvQyS88uRDiswHXSCkY3z" | "solana-testnet" => "Solana testnet",
        name => match of_x402(name) {
            Chain::Known(network) => return words_of(network, name),
            Chain::OtherSolana | Chain::Other => return format!("`{name}`"),
        },
    };
    format!("{known} (`{name}`)")
}

/// A name that means one of leash's networks, with what people call that.
pub(crate) fn words_of(network: Network, name: &str) -> String {
    format!("{} (`{name}`)", network_words(network))
}

/// What people call one of leash's networks.
pub(crate) const fn network_words(network: Network) -> &'static str {
    match network {
        Network::Devnet => "Solana devnet",
        Network::Mainnet => "Solana mainnet",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_mean_the_same() {
        for (name, network) in [
            ("solana", Network::Mainnet),
            (Network::Mainnet.caip2(), Network::Mainnet),
            ("solana-devnet", Network::Devnet),
            (Network::Devnet.caip2(), Network::Devnet),
        ] {
            assert_eq!(of_x402(name), Chain::Known(network), "{name}");
            assert_eq!(of_mpp(Some(name)), Chain::Known(network), "{name}");
        }
        assert_eq!(of_x402("solana:4uhcVJyU9pJkvQyS88uRDiswHXSCkY3z"), Chain::OtherSolana);
        for name in ["eip155:8453", "base", "", "Solana", "devnet", "mainnet"] {
            assert_eq!(of_x402(name), Chain::Other, "{name}");
        }
        assert_eq!(of_mpp(None), Chain::Known(Network::Mainnet));
        assert_eq!(of_mpp(Some("devnet")), Chain::Known(Network::Devnet));
        assert_eq!(of_mpp(Some("localnet")), Chain::OtherSolana);
    }

    #[test]
    fn names_are_put_into_words_once() {
        assert_eq!(words("eip155:8453"), "Base (`eip155:8453`)");
        assert_eq!(words("solana-devnet"), "Solana devnet (`solana-devnet`)");
        assert_eq!(words("sui:mainnet"), "`sui:mainnet`");
    }
}
