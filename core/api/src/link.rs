//! Payment links: what is asked for, and what the API has.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::Error;

/// A payment link to be made. Its fields are sent in this order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewPaymentLink {
    /// Its id: 4 to 64 of `a` to `z`, `0` to `9` and `-`, no `-` at either end. Without one the client makes one up, since
    /// an id is all by which the API knows a repeated request from a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
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
            id: None,
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

    /// A new id: 128 random bits in the form of the ids that the API itself gives, 26 characters of Crockford's base 32 in
    /// lower case.
    ///
    /// # Errors
    /// [`Error::Setup`] where the system has no randomness.
    pub fn random_id() -> Result<String, Error> {
        const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|e| Error::Setup { reason: e.to_string() })?;
        let bits = u128::from_be_bytes(bytes);
        let digit = |place: u32| char::from(ALPHABET[(bits >> (5 * place)) as usize & 31]);
        Ok((0..26).rev().map(digit).collect())
    }

    /// The fields in which a link that the API has isn't this one; what the API doesn't show isn't compared.
    #[must_use]
    pub fn differences(&self, link: &PaymentLink) -> Vec<&'static str> {
        let shown = |name: &str, wanted: Value| link.extra.get(name).is_none_or(|value| *value == wanted);
        let response = json!(self.response);
        let fields = [
            ("id", self.id.as_ref().is_none_or(|id| *id == link.id)),
            ("label", self.label == link.label),
            ("description", shown("description", json!(self.description))),
            ("owner_agent", self.owner_agent == link.owner_agent),
            ("method", self.method == link.method),
            ("price", self.price == link.price),
            ("currency", self.currency == link.currency),
            ("protocol", self.protocol == link.protocol),
            ("response", shown("response", response)),
            ("metadata", shown("metadata", json!(self.metadata.clone().unwrap_or_default()))),
        ];
        fields.into_iter().filter(|(_, same)| !same).map(|(name, _)| name).collect()
    }
}

impl PaymentLink {
    /// Whether buyers can pay it.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.extra.get("disabled_at").is_none_or(Value::is_null)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(link: &NewPaymentLink, more: &Value) -> PaymentLink {
        let mut wire = json!({
            "id": link.id, "network": "solana-devnet", "share_url": "s", "description": null, "metadata": {},
            "response": link.response, "disabled_at": null,
        });
        let fields = wire.as_object_mut().expect("an object");
        fields.extend(json!(link).as_object().expect("an object").clone());
        fields.extend(more.as_object().expect("an object").clone());
        serde_json::from_value(wire).expect("a link")
    }

    #[test]
    fn ids_are_random_and_in_the_form_of_the_apis_own() {
        let (a, b) = (NewPaymentLink::random_id(), NewPaymentLink::random_id());
        let (a, b) = (a.expect("randomness"), b.expect("randomness"));
        assert_ne!(a, b);
        for id in [a, b] {
            assert_eq!(id.len(), 26, "{id}");
            assert!(id.starts_with(|first| ('0'..='7').contains(&first)), "{id}");
            assert!(
                id.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase() && !b"ilou".contains(&b))
            );
        }
    }

    #[test]
    fn a_link_is_compared_in_all_that_was_asked_for() {
        let mut wanted = NewPaymentLink::new("x", "mint", "1", "USDC");
        wanted.id = Some("abcd".to_owned());
        assert_eq!(wanted.differences(&made(&wanted, &json!({}))), Vec::<&str>::new());
        for (field, value) in [
            ("id", json!("dcba")),
            ("label", json!("y")),
            ("description", json!("d")),
            ("owner_agent", json!("other")),
            ("method", json!("POST")),
            ("price", json!("2 USDC")),
            ("currency", json!("USDT")),
            ("protocol", json!("mpp")),
            ("response", json!({ "status": 200, "mimeType": "application/json", "body": {} })),
            ("metadata", json!({ "upstream_url": "https://x" })),
        ] {
            assert_eq!(wanted.differences(&made(&wanted, &json!({ field: value }))), [field]);
        }
        assert!(made(&wanted, &json!({})).is_live());
        assert!(!made(&wanted, &json!({ "disabled_at": "2026-11-24T00:00:00.000Z" })).is_live());
    }
}
