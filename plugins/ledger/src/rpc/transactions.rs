//! Transactions: sent, tried, looked up.

use base64ct::{Base64, Encoding as _};
use leash_chain::Address as Public;
use serde_json::{Value, json};

use super::{Fault, accounts::Encoding, params};
use crate::{Ledger, execute::Preflight, store::Kept, wire};

/// What the faucet gives at once at most, in lamports.
const AIRDROP_MAX: u64 = 100_000_000_000;

impl Ledger {
    pub(super) fn send_transaction(&mut self, params: &[Value]) -> Result<Value, Fault> {
        let wire = wire_of(params)?;
        let skip = params::option(params, 1, "skipPreflight").and_then(Value::as_bool).unwrap_or(false);
        let landed = self.submit(&wire, Preflight(!skip))??;
        Ok(json!(landed.signature))
    }

    pub(super) fn simulate_transaction(&mut self, params: &[Value]) -> Result<Value, Fault> {
        let mut transaction = wire::decode(&wire_of(params)?)?;
        let flag = |name| params::option(params, 1, name).and_then(Value::as_bool).unwrap_or(false);
        let (check, replace) = (flag("sigVerify"), flag("replaceRecentBlockhash"));
        if check && replace {
            return Err(Fault::invalid("sigVerify may not be used with replaceRecentBlockhash"));
        }
        let mut replacement = Value::Null;
        if replace {
            let latest = self.blockhash();
            transaction.message.set_recent_blockhash(latest.hash.into());
            replacement = json!({
                "blockhash": bs58::encode(latest.hash).into_string(),
                "lastValidBlockHeight": latest.last_valid_block_height,
            });
        }
        let simulated = self.simulate(transaction, check);
        let wanted = params::option(params, 1, "accounts");
        let accounts = match wanted.and_then(|wanted| wanted.get("addresses")).and_then(Value::as_array) {
            None => Value::Null,
            Some(addresses) => addresses
                .iter()
                .map(|text| {
                    let address = params::parse_address(text.as_str().unwrap_or_default())?;
                    let after = simulated.after.iter().find(|(key, _)| *key == address);
                    after.map_or(Ok(Value::Null), |(_, account)| self.show(account, Encoding::Base64, None))
                })
                .collect::<Result<_, Fault>>()?,
        };
        let value = json!({
            "accounts": accounts, "err": simulated.error, "innerInstructions": null, "logs": simulated.logs,
            "replacementBlockhash": replacement, "returnData": null, "unitsConsumed": simulated.units,
        });
        Ok(self.at_slot(&value))
    }

    pub(super) fn statuses(&mut self, params: &[Value]) -> Result<Value, Fault> {
        let statuses = params::texts(params, 0, 256)?
            .into_iter()
            .map(|signature| {
                let kept = self.store.transaction(signature)?;
                Ok(kept.map_or(Value::Null, |kept| {
                    let error = error(&kept);
                    let status =
                        if error.is_null() { json!({ "Ok": null }) } else { json!({ "Err": error }) };
                    json!({
                        "slot": kept.slot, "confirmations": null, "err": error, "status": status,
                        "confirmationStatus": "finalized",
                    })
                }))
            })
            .collect::<Result<Vec<_>, Fault>>()?;
        Ok(self.at_slot(&Value::Array(statuses)))
    }

    pub(super) fn signatures(&self, params: &[Value]) -> Result<Value, Fault> {
        let address = params::address(params, 0)?;
        let most = params::option(params, 1, "limit").and_then(Value::as_u64).unwrap_or(1000).clamp(1, 1000);
        let at = |name| params::option(params, 1, name).and_then(Value::as_str);
        let most = u32::try_from(most).unwrap_or(1000);
        let kept = self.store.of_party(&address, at("before"), at("until"), most)?;
        let items = kept.iter().map(|kept| {
            Ok(json!({
                "signature": kept.signature, "slot": kept.slot, "err": error(kept),
                "memo": memo(&wire::decode(&kept.wire)?),
                "blockTime": kept.time, "confirmationStatus": "finalized",
            }))
        });
        items.collect()
    }

    pub(super) fn request_airdrop(&mut self, params: &[Value]) -> Result<Value, Fault> {
        let (address, lamports) = (params::address(params, 0)?, params::number(params, 1)?);
        if lamports > AIRDROP_MAX {
            return Err(Fault::invalid("Invalid request: the faucet gives 100 SOL at most"));
        }
        let landed = self.airdrop(&Public::new(address.to_bytes()), lamports)??;
        Ok(json!(landed.signature))
    }
}

impl Ledger {
    /// Owner, token, and the amount in its smallest unit as a text.
    pub(super) fn request_tokens(&mut self, params: &[Value]) -> Result<Value, Fault> {
        let (owner, mint) = (params::address(params, 0)?, params::address(params, 1)?);
        let amount =
            params::text(params, 2)?.parse().map_err(|_| Fault::invalid("Invalid params: no amount."))?;
        let public = |address: solana_address::Address| Public::new(address.to_bytes());
        let landed = self.fund(&public(owner), &public(mint), amount)??;
        Ok(json!(landed.signature))
    }

    pub(super) fn request_skip(&mut self, params: &[Value]) -> Result<Value, Fault> {
        self.skip(params::number(params, 0)?)?;
        Ok(json!(self.slot()))
    }
}

fn wire_of(params: &[Value]) -> Result<Vec<u8>, Fault> {
    let text = params::text(params, 0)?;
    match params::option(params, 1, "encoding").map(Value::as_str) {
        Some(Some("base64")) => {
            Base64::decode_vec(text).map_err(|_| Fault::invalid("invalid base64 encoding"))
        }
        // As a node does where nothing is said.
        None | Some(Some("base58")) => {
            bs58::decode(text).into_vec().map_err(|_| Fault::invalid("invalid base58 encoding"))
        }
        Some(_) => Err(Fault::invalid("unsupported encoding. Supported encodings: base58, base64")),
    }
}

fn error(kept: &Kept) -> Value {
    kept.error.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or(Value::Null)
}

/// The memos of a transaction as a node lists them: each with its length, joined by semicolons; none without one.
fn memo(transaction: &solana_transaction::versioned::VersionedTransaction) -> Option<String> {
    let message = &transaction.message;
    let keys = message.static_account_keys();
    let memos: Vec<String> = message
        .instructions()
        .iter()
        .filter(|step| {
            let program = keys.get(usize::from(step.program_id_index));
            program.is_some_and(|program| *program.as_array() == *leash_chain::programs::MEMO.as_bytes())
        })
        .map(|step| format!("[{}] {}", step.data.len(), String::from_utf8_lossy(&step.data)))
        .collect();
    (!memos.is_empty()).then(|| memos.join("; "))
}
