//! `getTransaction`, in each encoding that a node knows.

use serde_json::{Value, json};
use solana_message::{AccountKeys, VersionedMessage, compiled_instruction::CompiledInstruction};
use solana_transaction::versioned::VersionedTransaction;
use solana_transaction_status::{
    EncodableWithMeta as _, InnerInstruction, InnerInstructions, TransactionStatusMeta,
    UiTransactionEncoding, parse_ui_inner_instructions,
};

use super::{Fault, params};
use crate::{Ledger, wire};

impl Ledger {
    pub(super) fn transaction(&self, params: &[Value]) -> Result<Value, Fault> {
        let signature = params::text(params, 0)?;
        let encoding = encoding(params)?;
        let Some(kept) = self.store.transaction(signature)? else { return Ok(Value::Null) };
        let transaction = wire::decode(&kept.wire)?;
        let version = version(&transaction, params::option(params, 1, "maxSupportedTransactionVersion"))?;
        let mut meta: Value = serde_json::from_str(&kept.meta).unwrap_or(Value::Null);
        if encoding == UiTransactionEncoding::JsonParsed {
            parse_inner(&mut meta["innerInstructions"], &transaction);
        }
        // Only addresses from lookup tables are taken from there, and no transaction here has any.
        let encoded = transaction.encode_with_meta(encoding, &TransactionStatusMeta::default());
        let mut document = json!({
            "slot": kept.slot, "blockTime": kept.time, "meta": meta, "transaction": encoded,
        });
        if let Some(version) = version {
            document["version"] = version;
        }
        Ok(document)
    }
}

/// The encoding that was asked for, as an option or, as in old clients, in the place of the options.
fn encoding(params: &[Value]) -> Result<UiTransactionEncoding, Fault> {
    let options = params.get(1).filter(|options| !options.is_null());
    let asked =
        options.and_then(|options| if options.is_string() { Some(options) } else { options.get("encoding") });
    match asked.filter(|asked| !asked.is_null()) {
        None => Ok(UiTransactionEncoding::Json),
        Some(asked) => serde_json::from_value(asked.clone())
            .map_err(|_| Fault::invalid("Invalid params: unknown variant of `encoding`.")),
    }
}

/// What a node says of the version: nothing to a client that names no version it supports, which is refused all but
/// legacy transactions.
fn version(transaction: &VersionedTransaction, supported: Option<&Value>) -> Result<Option<Value>, Fault> {
    let number = match &transaction.message {
        VersionedMessage::Legacy(_) => return Ok(supported.map(|_| json!("legacy"))),
        VersionedMessage::V0(_) => 0,
        VersionedMessage::V1(_) => 1,
    };
    if supported.and_then(Value::as_u64).is_some_and(|supported| number <= supported) {
        return Ok(Some(json!(number)));
    }
    let message = format!(
        "Transaction version ({number}) is not supported by the requesting client. Please try the request again with \
         the following configuration parameter: \"maxSupportedTransactionVersion\": {number}"
    );
    Err(Fault { code: -32015, message, data: None })
}

/// Instructions that programs called, from the form in which they are kept to the parsed one.
fn parse_inner(kept: &mut Value, transaction: &VersionedTransaction) {
    let keys = AccountKeys::new(transaction.message.static_account_keys(), None);
    let parsed = kept.as_array().into_iter().flatten().filter_map(|inner| {
        let instructions = inner["instructions"].as_array()?.iter().map(called).collect::<Option<_>>()?;
        let index = u8::try_from(inner["index"].as_u64()?).ok()?;
        Some(json!(parse_ui_inner_instructions(InnerInstructions { index, instructions }, &keys)))
    });
    *kept = Value::Array(parsed.collect());
}

fn called(kept: &Value) -> Option<InnerInstruction> {
    let byte = |value: &Value| u8::try_from(value.as_u64()?).ok();
    let instruction = CompiledInstruction {
        program_id_index: byte(&kept["programIdIndex"])?,
        accounts: kept["accounts"].as_array()?.iter().map(byte).collect::<Option<_>>()?,
        data: bs58::decode(kept["data"].as_str()?).into_vec().ok()?,
    };
    let stack_height = kept["stackHeight"].as_u64().and_then(|height| u32::try_from(height).ok());
    Some(InnerInstruction { instruction, stack_height })
}
