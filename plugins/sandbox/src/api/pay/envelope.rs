//! What a paid answer says of its payment: headers, and the summary that a wrapped body and a webhook carry.

use leash_identity::Network;

use crate::{
    api::Answer,
    js::{Text, Value, object},
};

/// The summary.
pub(super) struct Envelope {
    tx_sig: String,
    receipt_hash: String,
    agent: String,
    tx_page: String,
    agent_page: String,
    document: Value,
}

impl Envelope {
    /// The summary of a receipt.
    pub(super) fn of(receipt: &Value, network: Network, origin: &str) -> Self {
        let text = |name| receipt.get(name).and_then(Value::as_text).map(Text::to_lossy).unwrap_or_default();
        let (tx_sig, receipt_hash, agent) = (text("tx_sig"), text("receipt_hash"), text("agent"));
        let cluster = if network == Network::Devnet { "?cluster=devnet" } else { "" };
        let tx_page = format!("https://solscan.io/tx/{tx_sig}{cluster}");
        let agent_page = format!("{origin}/agents/{agent}");
        let price = receipt.get("price");
        let of_price = |name| price.and_then(|price| price.get(name)).cloned().unwrap_or(Value::Null);
        let document = object([
            ("tx_sig", Value::text(tx_sig.as_str())),
            ("receipt_hash", Value::text(receipt_hash.as_str())),
            ("agent", Value::text(agent.as_str())),
            ("network", of_price("network")),
            ("amount", object([("amount", of_price("amount")), ("currency", of_price("currency"))])),
            ("facilitator", receipt.get("facilitator").cloned().unwrap_or(Value::Null)),
            (
                "explorer",
                object([("tx", Value::text(tx_page.as_str())), ("agent", Value::text(agent_page.as_str()))]),
            ),
        ]);
        Self { tx_sig, receipt_hash, agent, tx_page, agent_page, document }
    }

    /// As JSON.
    pub(super) const fn document(&self) -> &Value {
        &self.document
    }

    /// The answer with the headers that tell of the payment.
    pub(super) fn stamp(&self, answer: Answer) -> Answer {
        answer
            .with("x-leash-tx-sig", self.tx_sig.as_str())
            .with("x-leash-receipt-hash", self.receipt_hash.as_str())
            .with("x-leash-agent", self.agent.as_str())
            .with("x-leash-tx-explorer", self.tx_page.as_str())
            .with("x-leash-agent-explorer", self.agent_page.as_str())
    }
}
