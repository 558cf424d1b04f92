//! Blocks, blockhashes, fees.

use base64ct::{Base64, Encoding as _};
use serde_json::{Value, json};

use super::{Fault, params};
use crate::Ledger;

/// The devnet's genesis hash, by which clients tell the networks apart.
pub(super) const GENESIS: &str = "EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG";
const EPOCH: u64 = 432_000;
/// Lamports for each signature.
const SIGNATURE: u64 = 5000;

impl Ledger {
    pub(super) fn latest_blockhash(&mut self) -> Value {
        let latest = self.blockhash();
        let value = json!({
            "blockhash": bs58::encode(latest.hash).into_string(),
            "lastValidBlockHeight": latest.last_valid_block_height,
        });
        self.at_slot(&value)
    }

    pub(super) fn is_blockhash_valid(&mut self, params: &[Value]) -> Result<Value, Fault> {
        let hash = params::address(params, 0)?;
        let valid = self.blocks.is_valid(hash.as_array());
        Ok(self.at_slot(&json!(valid)))
    }

    pub(super) fn epoch(&mut self) -> Value {
        let slot = self.slot();
        json!({
            "absoluteSlot": slot, "blockHeight": slot, "epoch": slot / EPOCH, "slotIndex": slot % EPOCH,
            "slotsInEpoch": EPOCH, "transactionCount": null,
        })
    }

    /// The fee of a message without a price for computing.
    pub(super) fn fee(&mut self, params: &[Value]) -> Result<Value, Fault> {
        let text = params::text(params, 0)?;
        let bytes = Base64::decode_vec(text).map_err(|_| Fault::invalid("invalid base64 encoding"))?;
        // After the version, if there is one, comes the number of signatures.
        let at = usize::from(bytes.first().is_some_and(|first| first & 0x80 != 0));
        let count = bytes.get(at).copied().ok_or_else(|| Fault::invalid("the message is empty"))?;
        Ok(self.at_slot(&json!(u64::from(count) * SIGNATURE)))
    }

    pub(super) fn rent(&self, params: &[Value]) -> Result<Value, Fault> {
        let bytes = usize::try_from(params::number(params, 0)?).ok().filter(|bytes| *bytes <= 10 << 20);
        let bytes = bytes.ok_or_else(|| Fault::invalid("Invalid params: no account is that large."))?;
        Ok(json!(self.machine.minimum_balance_for_rent_exemption(bytes)))
    }
}
