//! Reading what a call was given.

use serde_json::Value;
use solana_address::Address;

use super::Fault;

/// An address, in base58.
pub(super) fn address(params: &[Value], index: usize) -> Result<Address, Fault> {
    parse_address(text(params, index)?)
}

pub(super) fn parse_address(text: &str) -> Result<Address, Fault> {
    let mut bytes = [0; 32];
    match bs58::decode(text).onto(&mut bytes) {
        Ok(32) => Ok(Address::from(bytes)),
        _ => Err(Fault::invalid("Invalid param: Invalid")),
    }
}

pub(super) fn text(params: &[Value], index: usize) -> Result<&str, Fault> {
    let given = params.get(index).ok_or_else(|| Fault::invalid("`params` should have more elements"))?;
    given.as_str().ok_or_else(|| Fault::invalid("Invalid params: invalid type, expected a string."))
}

pub(super) fn number(params: &[Value], index: usize) -> Result<u64, Fault> {
    let given = params.get(index).ok_or_else(|| Fault::invalid("`params` should have more elements"))?;
    given.as_u64().ok_or_else(|| Fault::invalid("Invalid params: invalid type, expected u64."))
}

pub(super) fn texts(params: &[Value], index: usize, most: usize) -> Result<Vec<&str>, Fault> {
    let list = params.get(index).and_then(Value::as_array);
    let list = list.ok_or_else(|| Fault::invalid("Invalid params: invalid type, expected a sequence."))?;
    if list.len() > most {
        return Err(Fault::invalid(format!("Too many inputs provided; max {most}")));
    }
    list.iter()
        .map(|item| item.as_str().ok_or_else(|| Fault::invalid("Invalid params: expected a string.")))
        .collect()
}

/// An option of the object that comes last.
pub(super) fn option<'a>(params: &'a [Value], index: usize, name: &str) -> Option<&'a Value> {
    params.get(index)?.get(name).filter(|value| !value.is_null())
}
