//! Token accounts and mints.

use serde_json::{Value, json};
use solana_account::Account;
use solana_address::Address;

use super::{Fault, accounts::Encoding, params};
use crate::{
    Ledger,
    token::{Holding, TOKEN, TOKEN_2022, decimal, mint},
};

/// An amount with everything that a node says of it.
pub(crate) fn amount(amount: u64, decimals: u8) -> Value {
    let text = decimal(amount, decimals);
    // The one number with a fraction that the protocol has; nothing of ours reads it.
    let number = text.parse::<serde_json::Number>().ok();
    json!({ "amount": amount.to_string(), "decimals": decimals, "uiAmount": number, "uiAmountString": text })
}

impl Ledger {
    pub(super) fn token_accounts(&mut self, params: &[Value]) -> Result<Value, Fault> {
        let owner = params::address(params, 0)?;
        let filter =
            |name| params::option(params, 1, name).and_then(Value::as_str).map(params::parse_address);
        let (mint, program) = (filter("mint").transpose()?, filter("programId").transpose()?);
        if mint.is_none() && program.is_none() {
            return Err(Fault::invalid("Invalid params: a `mint` or a `programId` is needed."));
        }
        let encoding = Encoding::of(params, 2)?;
        let mut found = Vec::new();
        for id in [TOKEN, TOKEN_2022] {
            if program.is_some_and(|program| program != id) {
                continue;
            }
            found.extend(self.machine.get_program_accounts(&id).into_iter().filter(|(_, account)| {
                Holding::read(&account.data).is_some_and(|held| {
                    held.owner == *owner.as_array() && mint.is_none_or(|mint| held.mint == *mint.as_array())
                })
            }));
        }
        found.sort_by_key(|(address, _)| *address);
        let values = found
            .iter()
            .map(|(address, account)| {
                Ok(json!({ "pubkey": address.to_string(), "account": self.show(account, encoding, None)? }))
            })
            .collect::<Result<Vec<_>, Fault>>()?;
        Ok(self.at_slot(&Value::Array(values)))
    }

    pub(super) fn token_balance(&mut self, params: &[Value]) -> Result<Value, Fault> {
        let address = params::address(params, 0)?;
        let account = self.token_owned(&address);
        let held = account.and_then(|account| Holding::read(&account.data));
        let held = held.ok_or_else(|| Fault::invalid("Invalid param: could not find account"))?;
        let decimals = self.decimals(&held.mint.into()).unwrap_or(0);
        Ok(self.at_slot(&amount(held.amount, decimals)))
    }

    pub(super) fn token_supply(&mut self, params: &[Value]) -> Result<Value, Fault> {
        let address = params::address(params, 0)?;
        let account = self.token_owned(&address);
        let (decimals, supply) = account
            .and_then(|account| mint(&account.data))
            .ok_or_else(|| Fault::invalid("Invalid param: could not find mint"))?;
        Ok(self.at_slot(&amount(supply, decimals)))
    }

    fn token_owned(&self, address: &Address) -> Option<Account> {
        let account = self.machine.get_account(address)?;
        (account.owner == TOKEN || account.owner == TOKEN_2022).then_some(account)
    }

    fn decimals(&self, address: &Address) -> Option<u8> {
        Some(mint(&self.token_owned(address)?.data)?.0)
    }
}

/// A token account or a mint, parsed; nothing for other accounts.
pub(super) fn parsed(ledger: &Ledger, account: &Account) -> Option<Value> {
    let program = match account.owner {
        owner if owner == TOKEN => "spl-token",
        owner if owner == TOKEN_2022 => "spl-token-2022",
        _ => return None,
    };
    let (kind, info) = if let Some(held) = Holding::read(&account.data) {
        let decimals = ledger.decimals(&held.mint.into())?;
        let mut info = json!({
            "isNative": held.is_native,
            "mint": Address::from(held.mint).to_string(),
            "owner": Address::from(held.owner).to_string(),
            "state": if held.state == 2 { "frozen" } else { "initialized" },
            "tokenAmount": amount(held.amount, decimals),
        });
        if let Some((delegate, most)) = held.delegate {
            info["delegate"] = json!(Address::from(delegate).to_string());
            info["delegatedAmount"] = amount(most, decimals);
        }
        ("account", info)
    } else {
        let (decimals, supply) = mint(&account.data)?;
        ("mint", json!({ "decimals": decimals, "isInitialized": true, "supply": supply.to_string() }))
    };
    Some(json!({ "parsed": { "info": info, "type": kind }, "program": program, "space": account.data.len() }))
}
