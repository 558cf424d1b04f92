//! The facilitator's rules for x402: `exact` on Solana, of version 2 and 1, with the protocol's fee.

use std::collections::HashSet;

use leash_chain::{Address, Instruction, Transaction, token_account};

use super::{
    key::Key,
    layout::{self, Budget, Layout, Transfer},
};
use crate::{
    api::links::price::{FEE_AUTHORITY, FEE_BPS},
    js::{Text, Value},
};

/// Who gets the protocol's share.
const AUTHORITY: Address = Address::constant(FEE_AUTHORITY);

/// A transaction that keeps the rules, signed by the facilitator.
pub(super) struct Checked {
    /// Its name.
    pub(super) tx_sig: String,
    /// Who pays.
    pub(super) payer: String,
    /// Its bytes.
    pub(super) wire: Vec<u8>,
}

/// Why a payment isn't taken, in the protocol's words.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) reason: &'static str,
    pub(super) message: Option<String>,
    pub(super) payer: String,
}

impl Refusal {
    pub(super) fn new(reason: &'static str) -> Self {
        Self { reason, message: None, payer: String::new() }
    }

    /// Where the chain says no.
    pub(super) fn simulation(message: impl Into<String>, payer: &str) -> Self {
        Self {
            reason: "transaction_simulation_failed",
            message: Some(message.into()),
            payer: payer.to_owned(),
        }
    }
}

fn text(value: &Value, path: &[&str]) -> Option<String> {
    path.iter().try_fold(value, |value, name| value.get(name))?.as_text().map(Text::to_lossy)
}

fn address(value: &Value, path: &[&str]) -> Option<Address> {
    text(value, path)?.parse().ok()
}

/// Checks a payment against what is demanded, and signs it. Whether the chain takes it isn't looked at.
pub(super) fn check(payload: &Value, demanded: &Value, version: u32, key: &Key) -> Result<Checked, Refusal> {
    let (place, amount): (&[&str], _) =
        if version == 1 { (&[], "maxAmountRequired") } else { (&["accepted"], "amount") };
    let said = |name| text(payload, &[place, &[name]].concat());
    if said("scheme").as_deref() != Some("exact") || text(demanded, &["scheme"]).as_deref() != Some("exact") {
        return Err(Refusal::new("unsupported_scheme"));
    }
    if said("network").is_none() || said("network") != text(demanded, &["network"]) {
        return Err(Refusal::new("network_mismatch"));
    }
    match text(demanded, &["extra", "feePayer"]) {
        None => return Err(Refusal::new("invalid_exact_svm_payload_missing_fee_payer")),
        Some(payer) if payer.is_empty() => {
            return Err(Refusal::new("invalid_exact_svm_payload_missing_fee_payer"));
        }
        Some(payer) if payer != key.address().to_string() => {
            return Err(Refusal::new("fee_payer_not_managed_by_facilitator"));
        }
        Some(_) => {}
    }
    let unreadable = || Refusal::new("invalid_exact_svm_payload_transaction_could_not_be_decoded");
    let wire = text(payload, &["payload", "transaction"]).ok_or_else(unreadable)?;
    let mut transaction = Transaction::from_base64(&wire).map_err(|_| unreadable())?;
    let steps = layout::steps(&transaction).ok_or_else(unreadable)?;
    if !(3..=8).contains(&steps.len()) {
        return Err(Refusal::new("invalid_exact_svm_payload_transaction_instructions_length"));
    }
    layout::budget(&steps).map_err(|fault| {
        Refusal::new(match fault {
            Budget::Limit => "invalid_exact_svm_payload_transaction_instructions_compute_limit_instruction",
            Budget::Price => "invalid_exact_svm_payload_transaction_instructions_compute_price_instruction",
            Budget::TooHigh => {
                "invalid_exact_svm_payload_transaction_instructions_compute_price_instruction_too_high"
            }
        })
    })?;
    let unexpected = "invalid_exact_svm_payload_unexpected_ata_create";
    let parts = Layout::read(&steps).ok_or_else(|| Refusal::new(unexpected))?;
    let paid =
        parts.transfer.ok_or_else(|| Refusal::new("invalid_exact_svm_payload_no_transfer_instruction"))?;
    let payer = paid.authority.to_string();
    let fail = |reason| Err(Refusal { payer: payer.clone(), ..Refusal::new(reason) });
    let fee_payer = key.address();
    if paid.authority == fee_payer || layout::is_misused(&steps, &fee_payer) {
        return fail("invalid_exact_svm_payload_transaction_fee_payer_transferring_funds");
    }
    if address(demanded, &["asset"]) != Some(paid.mint) {
        return fail("invalid_exact_svm_payload_mint_mismatch");
    }
    let Some(seller) = address(demanded, &["payTo"]) else {
        return fail("invalid_exact_svm_payload_recipient_mismatch");
    };
    if paid.destination != token_account(&seller, &paid.program, &paid.mint) {
        return fail("invalid_exact_svm_payload_recipient_mismatch");
    }
    let net = text(demanded, &[amount]).and_then(|amount| amount.parse::<u64>().ok());
    if net != Some(paid.amount) {
        return fail("invalid_exact_svm_payload_amount_mismatch");
    }
    let fee_account = token_account(&AUTHORITY, &paid.program, &paid.mint);
    let mut seen = HashSet::new();
    for making in &parts.makings {
        let known = [(paid.destination, seller), (fee_account, AUTHORITY)];
        if making.payer != fee_payer
            || making.mint != paid.mint
            || making.program != paid.program
            || !known.contains(&(making.account, making.owner))
            || !seen.insert(making.account)
        {
            return fail(unexpected);
        }
    }
    if let Err(reason) = advertised(demanded) {
        return fail(reason);
    }
    let left = match fee(&parts.rest, &paid, &fee_account) {
        Ok(left) => left,
        Err(reason) => return fail(reason),
    };
    if let Some(place) = left.iter().position(|step| !layout::is_harmless(step)) {
        return fail(match place {
            0 => "invalid_exact_svm_payload_unknown_fourth_instruction",
            1 => "invalid_exact_svm_payload_unknown_fifth_instruction",
            2 => "invalid_exact_svm_payload_unknown_sixth_instruction",
            _ => "invalid_exact_svm_payload_unknown_optional_instruction",
        });
    }
    if let Some(wanted) = text(demanded, &["extra", "memo"]).filter(|memo| !memo.is_empty()) {
        match parts.memos()[..] {
            [memo] if memo == wanted.as_bytes() => {}
            [_] => return fail("invalid_exact_svm_payload_memo_mismatch"),
            _ => return fail("invalid_exact_svm_payload_memo_count"),
        }
    }
    if transaction.message().fee_payer() != fee_payer {
        return Err(Refusal::simulation("the facilitator is not the transaction's fee payer", &payer));
    }
    cosigned(&mut transaction, key, payer)
}

/// Signs; the last of all, when every rule was kept.
pub(super) fn cosigned(transaction: &mut Transaction, key: &Key, payer: String) -> Result<Checked, Refusal> {
    let signed = key.cosign(transaction).and_then(|name| Ok((name, transaction.to_bytes()?)));
    let (name, wire) = signed.map_err(|error| Refusal::simulation(error.to_string(), &payer))?;
    // A name must not be taken by somebody who only saw the message.
    if !transaction.is_signed() {
        return Err(Refusal::simulation("Transaction signature verification failure", &payer));
    }
    Ok(Checked { tx_sig: name.to_string(), payer, wire })
}

/// The seller has to ask for the fee that is owed here, and for no other.
fn advertised(demanded: &Value) -> Result<(), &'static str> {
    let fee = demanded.get("extra").and_then(|extra| extra.get("leash.fee"));
    let (Some("1"), Some(bps), Some(authority)) = (
        fee.and_then(|fee| text(fee, &["v"])).as_deref(),
        fee.and_then(|fee| fee.get("bps")).and_then(Value::as_number),
        fee.and_then(|fee| text(fee, &["feeAuthority"])),
    ) else {
        return Err("leash_fee_required");
    };
    if authority != FEE_AUTHORITY {
        return Err("leash_fee_authority_mismatch");
    }
    if Value::Number(bps) != Value::integer(FEE_BPS) {
        return Err("leash_fee_bps_mismatch");
    }
    Ok(())
}

/// The protocol's share, in hundredths, rounded up.
pub(super) fn fee_of(net: u64) -> u64 {
    let fee = (u128::from(net) * u128::from(FEE_BPS)).div_ceil(10_000);
    u64::try_from(fee).unwrap_or(u64::MAX)
}

/// Takes the one transfer of the fee out of what follows the payment.
fn fee(rest: &[Instruction], paid: &Transfer, account: &Address) -> Result<Vec<Instruction>, &'static str> {
    let owed = fee_of(paid.amount);
    let mut left = Vec::new();
    let mut found = false;
    for step in rest {
        let Some(leg) = Transfer::read(step) else {
            left.push(step.clone());
            continue;
        };
        let wrong = [
            (leg.program != paid.program, "leash_fee_invalid_token_program"),
            (leg.mint != paid.mint, "leash_fee_invalid_mint"),
            (leg.source != paid.source, "leash_fee_invalid_source"),
            (leg.authority != paid.authority, "leash_fee_invalid_authority"),
            (leg.destination != *account, "leash_fee_invalid_destination"),
            (leg.amount != owed, "leash_fee_invalid_amount"),
            (found, "leash_fee_duplicate"),
        ];
        if let Some((_, reason)) = wrong.into_iter().find(|(wrong, _)| *wrong) {
            return Err(reason);
        }
        found = true;
    }
    // Of nothing, nothing is owed.
    if found || owed == 0 { Ok(left) } else { Err("leash_fee_missing") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        api::pay::mpp,
        js::{json, object},
    };

    /// Payments that the original's client signed.
    fn vector(name: &str) -> Value {
        let text = include_str!("../../../tests/data/payments.json");
        let vectors = json::parse(text.as_bytes()).expect("the vectors");
        vectors.get(name).expect("a vector").clone()
    }

    fn x402(name: &str) -> Result<String, &'static str> {
        let (vector, key) = (vector(name), Key::from_seed([5; 32]));
        let (Some(inner), Some(demanded)) = (vector.get("payload"), vector.get("requirements")) else {
            return Err("no vector");
        };
        let mut payload = inner.clone();
        if let Value::Object(members) = &mut payload {
            members.push((Text::from("accepted"), demanded.clone()));
        }
        check(&payload, demanded, 2, &key).map(|checked| checked.payer).map_err(|refusal| refusal.reason)
    }

    #[test]
    fn payments_of_the_originals_client_keep_the_rules() {
        let executive = "AKnL4NNf3DGWZJS6cPknBuEGnVsV4A4m5tgebLHaRSZ9";
        assert_eq!(x402("x402_delegate_with_fee"), Ok(executive.to_owned()));
        // Where no fee is asked for, the original's facilitator only warns.
        assert_eq!(x402("x402_delegate_no_fee"), Err("leash_fee_required"));
        let (mpp, key) = (vector("mpp_delegate"), Key::from_seed([5; 32]));
        let wire = text(&mpp, &["signedTx"]).expect("a transaction");
        let checked = mpp::check(mpp.get("challenge").expect("a challenge"), &wire, &key);
        assert_eq!(checked.map(|checked| checked.payer), Ok(executive.to_owned()));
    }

    #[test]
    fn no_byte_of_a_payment_can_be_another_one() {
        use base64ct::{Base64, Encoding as _};
        let (vector, key) = (vector("x402_delegate_with_fee"), Key::from_seed([5; 32]));
        let demanded = vector.get("requirements").expect("requirements");
        let wire = text(&vector, &["payload", "payload", "transaction"]).expect("a transaction");
        let bytes = Base64::decode_vec(&wire).expect("base64");
        // One byte counts signatures, and then comes the place of the facilitator's own.
        for place in (0..bytes.len()).filter(|place| !(1..65).contains(place)) {
            for flip in [1, 0x80] {
                let mut bent = bytes.clone();
                bent[place] ^= flip;
                let transaction = object([("transaction", Value::text(Base64::encode_string(&bent)))]);
                let payload = object([("accepted", demanded.clone()), ("payload", transaction)]);
                assert!(check(&payload, demanded, 2, &key).is_err(), "{place}");
            }
        }
    }

    #[test]
    fn fees_are_rounded_up() {
        for (net, fee) in
            [(0, 0), (1, 1), (99, 1), (100, 1), (101, 2), (10_000, 100), (u64::MAX, 184_467_440_737_095_517)]
        {
            assert_eq!(fee_of(net), fee, "{net}");
        }
    }
}
