//! Payment links.

use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::call::{self, Call, Credential};
use crate::{Client, Error, keys};

/// A payment link to be made. Its fields are sent in this order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewPaymentLink {
    /// What buyers read, 1 to 120 characters.
    pub label: String,
    /// More for buyers to read, at most 500 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The agent that is paid: its mint.
    pub owner_agent: String,
    /// How buyers call: `GET` or `POST`.
    pub method: String,
    /// Amount and currency: `0.01 USDC`.
    pub price: String,
    /// The currency: `USDC`, `USDT` or `USDG`.
    pub currency: String,
    /// `x402` or `mpp`.
    pub protocol: String,
    /// What buyers get.
    pub response: LinkResponse,
    /// Anything the seller wants kept with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Map<String, Value>>,
}

/// What somebody who paid gets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LinkResponse {
    /// The HTTP status.
    pub status: u16,
    /// The media type.
    #[serde(rename = "mimeType")]
    pub mime_type: String,
    /// The body.
    pub body: Value,
}

/// A payment link. Written out again it is what the API sent, fields that this version doesn't know
/// included.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PaymentLink {
    /// Its id.
    pub id: String,
    /// `solana-devnet` or `solana-mainnet`.
    pub network: String,
    /// `x402` or `mpp`.
    pub protocol: String,
    /// What buyers read.
    pub label: String,
    /// The agent that is paid.
    pub owner_agent: String,
    /// How buyers call.
    pub method: String,
    /// Amount and currency: `0.01 USDC`.
    pub price: String,
    /// The currency.
    pub currency: String,
    /// Where buyers go.
    pub share_url: String,
    /// Whatever else the API says of it.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl NewPaymentLink {
    /// A link for GET by x402 that answers with `{"ok":true,"label":…}`; `amount` is a decimal number.
    #[must_use]
    pub fn new(label: &str, owner_agent: &str, amount: &str, currency: &str) -> Self {
        Self {
            label: label.to_owned(),
            description: None,
            owner_agent: owner_agent.to_owned(),
            method: "GET".to_owned(),
            price: format!("{amount} {currency}"),
            currency: currency.to_owned(),
            protocol: "x402".to_owned(),
            response: LinkResponse {
                status: 200,
                mime_type: "application/json".to_owned(),
                body: json!({"ok": true, "label": label}),
            },
            metadata: None,
        }
    }
}

impl Client {
    /// Makes a payment link, with the client's API key. Every call has an idempotency key of its own, so
    /// that the client can repeat the request without making a second link.
    ///
    /// # Errors
    /// Any [`Error`]; [`Error::NoApiKey`] where the client has none.
    pub async fn create_payment_link(&self, link: &NewPaymentLink) -> Result<PaymentLink, Error> {
        let key = self.inner.api_key.as_ref().ok_or(Error::NoApiKey)?;
        let mut call =
            Call::new(Method::POST, self.inner.base.target("/v1/payment-links")?, Credential::Key(key));
        call.body = Some(keys::json(link)?);
        call.idempotency_key = Some(random_uuid()?);
        call.repeatable = true;
        call::run(&self.inner, &call).await?.json()
    }
}

/// A version 4 UUID.
fn random_uuid() -> Result<String, Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|e| Error::Setup { reason: e.to_string() })?;
    let bits = u128::from_be_bytes(bytes) & !(0xf << 76 | 0x3 << 62) | 0x4 << 76 | 0x2 << 62;
    let hex = format!("{bits:032x}");
    Ok([&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_is_one() {
        let (a, b) = (random_uuid().expect("randomness"), random_uuid().expect("randomness"));
        assert_ne!(a, b);
        assert_eq!(a.len(), 36);
        assert_eq!(a.as_bytes()[14], b'4');
        assert!(b"89ab".contains(&a.as_bytes()[19]), "{a}");
    }
}
