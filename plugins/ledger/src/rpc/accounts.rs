//! Accounts, and what they hold.

use base64ct::{Base64, Encoding as _};
use serde_json::{Value, json};
use solana_account::Account;
use solana_address::Address;

use super::{Fault, params, tokens};
use crate::Ledger;

/// How an account's data is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Base58,
    Base64,
    /// Parsed where it can be, else base64.
    Parsed,
}

impl Encoding {
    pub(super) fn of(params: &[Value], index: usize) -> Result<Self, Fault> {
        match params::option(params, index, "encoding").map(Value::as_str) {
            None | Some(Some("base64")) => Ok(Self::Base64),
            Some(Some("base58")) => Ok(Self::Base58),
            Some(Some("jsonParsed")) => Ok(Self::Parsed),
            Some(_) => Err(Fault::invalid("Invalid params: unknown variant of `encoding`.")),
        }
    }
}

impl Ledger {
    pub(super) fn balance(&mut self, params: &[Value]) -> Result<Value, Fault> {
        let address = params::address(params, 0)?;
        let lamports = self.machine.get_balance(&address).unwrap_or(0);
        Ok(self.at_slot(&json!(lamports)))
    }

    pub(super) fn account_info(&mut self, params: &[Value]) -> Result<Value, Fault> {
        let address = params::address(params, 0)?;
        let value = self.shown_account(&address, Encoding::of(params, 1)?, slice(params))?;
        Ok(self.at_slot(&value))
    }

    pub(super) fn multiple_accounts(&mut self, params: &[Value]) -> Result<Value, Fault> {
        let (encoding, slice) = (Encoding::of(params, 1)?, slice(params));
        let values = params::texts(params, 0, 100)?
            .into_iter()
            .map(|text| self.shown_account(&params::parse_address(text)?, encoding, slice))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(self.at_slot(&Value::Array(values)))
    }

    fn shown_account(
        &self,
        address: &Address,
        encoding: Encoding,
        slice: Option<(usize, usize)>,
    ) -> Result<Value, Fault> {
        match self.machine.get_account(address).filter(|account| account.lamports > 0) {
            Some(account) => self.show(&account, encoding, slice),
            None => Ok(Value::Null),
        }
    }

    /// An account as JSON-RPC writes it.
    pub(super) fn show(
        &self,
        account: &Account,
        encoding: Encoding,
        slice: Option<(usize, usize)>,
    ) -> Result<Value, Fault> {
        let part = slice.map_or(&account.data[..], |(offset, length)| {
            let start = offset.min(account.data.len());
            &account.data[start..start.saturating_add(length).min(account.data.len())]
        });
        let parsed = (encoding == Encoding::Parsed).then(|| tokens::parsed(self, account)).flatten();
        let data = match (parsed, encoding) {
            (Some(parsed), _) => parsed,
            (None, Encoding::Base58) if part.len() > 128 => {
                return Err(Fault {
                    code: -32600,
                    message: "Encoded binary (base 58) data should be less than 128 bytes, please use Base64 encoding.".to_owned(),
                    data: None,
                });
            }
            (None, Encoding::Base58) => json!([bs58::encode(part).into_string(), "base58"]),
            (None, _) => json!([Base64::encode_string(part), "base64"]),
        };
        Ok(json!({
            "data": data, "executable": account.executable, "lamports": account.lamports,
            "owner": account.owner.to_string(), "rentEpoch": u64::MAX, "space": account.data.len(),
        }))
    }
}

fn slice(params: &[Value]) -> Option<(usize, usize)> {
    let slice = params::option(params, 1, "dataSlice")?;
    let number = |name| usize::try_from(slice.get(name)?.as_u64()?).ok();
    Some((number("offset")?, number("length")?))
}
