//! Transactions as they travel.

use solana_transaction::versioned::VersionedTransaction;

use crate::Rejected;

/// The largest transaction that fits a packet, in bytes.
pub(crate) const MAX_BYTES: usize = 1232;

/// Reads a transaction, and nothing but one.
pub(crate) fn decode(wire: &[u8]) -> Result<VersionedTransaction, Rejected> {
    if wire.len() > MAX_BYTES {
        let length = wire.len();
        return Err(Rejected::malformed(format!(
            "decoded solana_transaction::versioned::VersionedTransaction too large: {length} bytes (max: {MAX_BYTES} bytes)"
        )));
    }
    let fail = |what: String| {
        Rejected::malformed(format!(
            "failed to deserialize solana_transaction::versioned::VersionedTransaction: {what}"
        ))
    };
    let transaction: VersionedTransaction =
        wincode::deserialize(wire).map_err(|error| fail(error.to_string()))?;
    // What doesn't come out as it went in was not written by the rules.
    match wincode::serialize(&transaction) {
        Ok(again) if again == wire => {}
        _ => return Err(fail("it is not in canonical form".to_owned())),
    }
    if transaction.message.address_table_lookups().is_some_and(|lookups| !lookups.is_empty()) {
        return Err(Rejected::malformed("address lookup tables are not supported here"));
    }
    if transaction.signatures.is_empty() || transaction.sanitize().is_err() {
        return Err(Rejected::malformed(
            "invalid transaction: Transaction failed to sanitize accounts offsets correctly",
        ));
    }
    Ok(transaction)
}
