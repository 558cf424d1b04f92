//! One receipt, as the documents and the lists show it.

use leash_identity::Network;
use leash_output::escape;
use leash_receipts::{Receipt, usd};
use serde_json::{Value, json};

use crate::feed::Row;

/// The page of a transaction on a public explorer.
pub(crate) fn transaction_url(signature: &str, network: Network) -> String {
    let cluster = match network {
        Network::Devnet => "?cluster=devnet",
        Network::Mainnet => "",
    };
    format!("https://solscan.io/tx/{signature}{cluster}")
}

/// The page of a receipt on the project's explorer.
pub(crate) fn receipt_url(explorer: &str, hash: &str) -> String {
    format!("{}/receipt/{hash}", explorer.trim_end_matches('/'))
}

/// What all documents say of a receipt. Amounts are the smallest units; those that end in `_usd` are dollars.
pub(crate) fn fields(row: &Row) -> Value {
    let receipt = &row.receipt;
    json!({
        "receipt_hash": receipt.hash,
        "direction": receipt.kind.direction(),
        "decision": receipt.decision.as_str(),
        "reason": receipt.reason,
        "tx_signature": receipt.tx_sig,
        "url": receipt.url,
        "method": receipt.method,
        "amount": receipt.amount,
        "currency": receipt.currency,
        "amount_usd": dollars(receipt),
        "fee": receipt.fee,
        "gross": receipt.gross,
        "timestamp": row.time,
        "hash_is_right": receipt.is_true,
    })
}

fn dollars(receipt: &Receipt) -> Option<String> {
    receipt.net().filter(|_| receipt.is_usd()).map(|net| usd(i128::from(net)))
}

/// One line of a list.
pub(crate) fn line(row: &Row) -> String {
    let receipt = &row.receipt;
    let decision = match &receipt.reason {
        Some(reason) => format!("{} ({reason})", receipt.decision.as_str()),
        None => receipt.decision.as_str().to_owned(),
    };
    let mut line = format!(
        "{}  {:<8}  {decision:<6}  {}  {}",
        row.time,
        receipt.kind.direction(),
        receipt.amount_text(),
        receipt.tx_sig.as_deref().unwrap_or("(no tx)")
    );
    if !receipt.is_true {
        line.push_str("  (its hash is wrong)");
    }
    escape(&line).into_owned()
}
