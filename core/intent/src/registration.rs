//! What an agent says of itself: the registration document (EIP-8004) as a data URL, and what a mint API is asked.

use leash_chain::{Address, Network};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};

const KIND: &str = "https://eips.ethereum.org/EIPS/eip-8004#registration-v1";

/// What the original leaves as it is (JavaScript's `encodeURIComponent`).
const KEPT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// Something that an agent offers, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// `web`, `mcp`, `receipts`, …
    pub name: String,
    /// Its URL.
    pub endpoint: String,
}

/// What an agent says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// What it is called.
    pub name: String,
    /// What it does.
    pub description: String,
    /// The URL of a picture, or nothing.
    pub image: String,
    /// What it offers.
    pub services: Vec<Service>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    r#type: &'static str,
    name: &'a str,
    description: &'a str,
    image: &'a str,
    services: &'a [Service],
    #[serde(rename = "x402Support")]
    x402_support: bool,
    active: bool,
    registrations: [(); 0],
    supported_trust: [(); 0],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Metadata<'a> {
    r#type: &'static str,
    name: &'a str,
    description: &'a str,
    services: Vec<&'a Service>,
    registrations: [(); 0],
    supported_trust: [(); 0],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MintRequest<'a> {
    wallet: Address,
    network: &'static str,
    name: &'a str,
    uri: &'a str,
    agent_metadata: Metadata<'a>,
}

impl Registration {
    /// The document, compact.
    #[must_use]
    pub fn document(&self) -> String {
        text(&Document {
            r#type: KIND,
            name: &self.name,
            description: &self.description,
            image: &self.image,
            services: &self.services,
            x402_support: true,
            active: true,
            registrations: [],
            supported_trust: [],
        })
    }

    /// The document as a URL that holds it whole, for the asset.
    #[must_use]
    pub fn data_url(&self) -> String {
        format!("data:application/json;utf8,{}", utf8_percent_encode(&self.document(), KEPT))
    }

    /// What a mint API is asked (`POST /v1/agents/mint`). Where its receipts are, under `receipts_url`
    /// (`https://api.leash.market/v1/receipts/{agent}`), is added, where the agent doesn't say it itself.
    #[must_use]
    pub fn mint_request(&self, wallet: Address, network: Network, receipts_url: &str) -> String {
        let receipts = Service { name: "receipts".to_owned(), endpoint: receipts_url.to_owned() };
        let own = self.services.iter().any(|service| service.name == receipts.name);
        let services = self.services.iter().chain((!own).then_some(&receipts)).collect();
        let agent_metadata = Metadata {
            r#type: "agent",
            name: &self.name,
            description: &self.description,
            services,
            registrations: [],
            supported_trust: [],
        };
        let uri = self.data_url();
        text(&MintRequest { wallet, network: network.as_str(), name: &self.name, uri: &uri, agent_metadata })
    }
}

fn text(value: &impl Serialize) -> String {
    // Structs of texts can always be written.
    serde_json::to_string(value).unwrap_or_default()
}
