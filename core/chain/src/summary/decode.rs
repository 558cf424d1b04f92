//! From an instruction to words, by the table.

use super::{
    Step,
    known::{self, Field, Known},
};
use crate::wire::{Reader, WireError};
use crate::{Address, Meta, SOL_DECIMALS, Token, format_amount, programs};

/// Puts an instruction into words; an account that is `None` is hidden in a table.
pub(super) fn step(program: &Address, accounts: &[Option<Meta>], data: &[u8]) -> Step {
    // A plain creation, which fails where the account is there, is known by its missing data.
    let data = if *program == programs::ASSOCIATED_TOKEN && data.is_empty() { &[1] } else { data };
    let known = known::of(program).iter().find_map(|known| read(known, program, accounts, data));
    known.unwrap_or_else(|| unknown(program, accounts, data))
}

fn read(known: &Known, program: &Address, accounts: &[Option<Meta>], data: &[u8]) -> Option<Step> {
    let rest = data.strip_prefix(known.begins)?;
    let enough = match known.carries {
        true => accounts.len() >= known.parts.len(),
        false => accounts.len() == known.parts.len(),
    };
    if !enough {
        return None;
    }
    let mut step = Step::new(program, known.does);
    for (part, account) in known.parts.iter().zip(accounts) {
        let address = (*account)?.address;
        let optional = part.strip_suffix('?');
        // The program itself stands for nobody, and the helpers are what they are called.
        let helper = matches!((*part, address), ("system", programs::SYSTEM) | ("core", programs::MPL_CORE));
        if !(helper || optional.is_some() && address == *program) {
            step.accounts.push((optional.unwrap_or(part).to_owned(), address.to_string()));
        }
    }
    if known.carries {
        let inner = carried(rest)?;
        let inside = accounts[known.parts.len() - 1]?.address;
        step.inner = Some(Box::new(self::step(&inside, &accounts[known.parts.len()..], inner)));
        return Some(step);
    }
    fields(known, rest, &mut step).ok()?;
    step.amount = amount(&step, accounts);
    Some(step)
}

/// The data of the instruction that is carried, which is all that follows.
fn carried(data: &[u8]) -> Option<&[u8]> {
    let mut reader = Reader::new(data);
    let length = usize::try_from(reader.u32().ok()?).ok()?;
    (reader.rest().len() == length).then(|| reader.rest())
}

fn fields(known: &Known, data: &[u8], step: &mut Step) -> Result<(), WireError> {
    // A memo has no length: all of it is text.
    if known.begins.is_empty() {
        let text = std::str::from_utf8(data).map_err(|_| WireError::Length)?;
        step.values.push(("text".to_owned(), text.to_owned()));
        return Ok(());
    }
    let mut reader = Reader::new(data);
    for field in known.fields {
        let (name, value) = match field {
            Field::U8(name) => (name, reader.u8()?.to_string()),
            Field::U32(name) => (name, reader.u32()?.to_string()),
            Field::U64(name) => (name, reader.u64()?.to_string()),
            Field::Text(name) => (name, reader.text()?.to_owned()),
            Field::NoPlugins => match (reader.u8()?, reader.rest()) {
                (0, _) => continue,
                (1, [0, 0, 0, 0, ..]) => {
                    reader.u32()?;
                    continue;
                }
                // What a plugin may do to the asset isn't read, so it isn't known.
                _ => return Err(WireError::Trailing),
            },
        };
        step.values.push(((*name).to_owned(), value));
    }
    reader.end()
}

/// The amount with its decimals, and `unlimited` for an allowance without an end.
fn amount(step: &Step, accounts: &[Option<Meta>]) -> Option<String> {
    let value = |name: &str| step.values.iter().find(|(known, _)| known == name)?.1.parse::<u64>().ok();
    match step.does {
        "transfer" => Some(format!("{} SOL", format_amount(value("lamports")?, SOL_DECIMALS))),
        "approve" if value("amount")? == u64::MAX => Some("unlimited".to_owned()),
        "transfer_checked" => {
            let token = Token::anywhere(&(*accounts.get(1)?)?.address)?;
            Some(format!("{} {}", format_amount(value("amount")?, token.decimals), token.symbol))
        }
        _ => None,
    }
}

fn unknown(program: &Address, accounts: &[Option<Meta>], data: &[u8]) -> Step {
    let mut step = Step::new(program, "unknown");
    for (number, account) in (1..).zip(accounts) {
        let address = account.map_or("hidden in a table".to_owned(), |meta| {
            let rights = match (meta.signer, meta.writable) {
                (true, true) => " (signs, is changed)",
                (true, false) => " (signs)",
                (false, true) => " (is changed)",
                (false, false) => "",
            };
            format!("{}{rights}", meta.address)
        });
        step.accounts.push((format!("account_{number}"), address));
    }
    step.values.push(("data".to_owned(), base16ct::lower::encode_string(data)));
    step
}
