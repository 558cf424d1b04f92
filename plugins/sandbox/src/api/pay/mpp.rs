//! The facilitator's rules for MPP: one transfer, and a memo that names the challenge.

use leash_chain::{Address, Network, Transaction, token_account};

use super::{
    key::Key,
    layout::{self, Budget, Layout},
    rules::{Checked, cosigned},
};
use crate::js::{Text, Value};

/// What the problem is called.
pub(super) const PROBLEM: &str = "https://paymentauth.org/problems/payment-required";

fn text(value: Option<&Value>, name: &str) -> Option<String> {
    value?.get(name)?.as_text().map(Text::to_lossy)
}

/// Why a payment isn't taken: the status and the protocol's word.
pub(super) type Refusal = (u16, String);

/// Checks a payment against its challenge, and signs it. Whether the chain takes it isn't looked at.
pub(super) fn check(challenge: &Value, wire: &str, key: &Key) -> Result<Checked, Refusal> {
    let request = challenge.get("request");
    let malformed = |what: &str| (400, what.to_owned());
    let is_challenge = text(Some(challenge), "type").as_deref() == Some(PROBLEM)
        && challenge.get("status") == Some(&Value::integer(402))
        && text(Some(challenge), "challengeId").is_some()
        && ["recipient", "amount", "currency", "network", "asset"]
            .iter()
            .all(|name| text(request, name).is_some());
    if !is_challenge {
        return Err(malformed("mpp_invalid_challenge: it is no challenge of MPP"));
    }
    let network = text(request, "network").unwrap_or_default().trim().to_ascii_lowercase();
    let is_slug = |name: &str| Network::parse(name).is_some_and(|network| network.as_str() == name);
    if !is_slug(&network) && Network::of_caip2(&text(request, "network").unwrap_or_default()).is_none() {
        let known = network == "solana-testnet" || network.starts_with("solana:");
        return Err(malformed(if known { "mpp_network_not_enabled" } else { "mpp_unknown_network" }));
    }
    let fee_payer = key.address();
    match text(request, "feePayer").filter(|payer| !payer.is_empty()) {
        None => return Err(malformed("mpp_fee_payer_required")),
        Some(payer) if payer != fee_payer.to_string() => {
            return Err((422, "mpp_fee_payer_not_managed".to_owned()));
        }
        Some(_) => {}
    }
    let mut transaction =
        Transaction::from_base64(wire).map_err(|_| (422, "mpp_tx_decode_failed".to_owned()))?;
    let payer = rules(&transaction, challenge, &fee_payer).map_err(|word| (422, word.to_owned()))?;
    cosigned(&mut transaction, key, payer.to_string())
        .map_err(|refusal| failed(&refusal.message.unwrap_or_default()))
}

/// Where the chain says no.
pub(super) fn failed(message: &str) -> Refusal {
    (422, format!("mpp_settle_failed: {message}"))
}

fn rules(transaction: &Transaction, challenge: &Value, fee_payer: &Address) -> Result<Address, &'static str> {
    let request = challenge.get("request");
    let address = |name| text(request, name).and_then(|text| text.parse::<Address>().ok());
    let steps = layout::steps(transaction).ok_or("mpp_tx_decode_failed")?;
    if transaction.message().fee_payer() != *fee_payer {
        return Err("mpp_fee_payer_mismatch");
    }
    if !(4..=6).contains(&steps.len()) {
        return Err("mpp_instruction_count");
    }
    layout::budget(&steps).map_err(|fault| match fault {
        Budget::Limit => "mpp_invalid_compute_limit",
        Budget::Price => "mpp_invalid_compute_price",
        Budget::TooHigh => "mpp_compute_price_too_high",
    })?;
    let parts = Layout::read(&steps).ok_or("mpp_bad_ata_create")?;
    let paid = parts.transfer.ok_or("mpp_missing_transfer")?;
    if paid.authority == *fee_payer || layout::is_misused(&steps, fee_payer) {
        return Err("mpp_facilitator_cannot_be_transfer_authority");
    }
    if address("asset") != Some(paid.mint) {
        return Err("mpp_mint_mismatch");
    }
    if text(request, "amount").and_then(|amount| amount.parse().ok()) != Some(paid.amount) {
        return Err("mpp_amount_mismatch");
    }
    let seller = address("recipient").ok_or("mpp_destination_mismatch")?;
    if paid.destination != token_account(&seller, &paid.program, &paid.mint) {
        return Err("mpp_destination_mismatch");
    }
    for making in &parts.makings {
        let wrong = [
            (making.payer != *fee_payer, "mpp_ata_payer_mismatch"),
            (making.mint != paid.mint, "mpp_ata_mint_mismatch"),
            (making.program != paid.program, "mpp_ata_program_mismatch"),
            (making.account != paid.destination, "mpp_ata_dest_mismatch"),
            (making.owner != seller, "mpp_ata_owner_mismatch"),
        ];
        if let Some((_, word)) = wrong.into_iter().find(|(wrong, _)| *wrong) {
            return Err(word);
        }
    }
    let wanted = format!("mpp:{}", text(Some(challenge), "challengeId").unwrap_or_default());
    match parts.memos()[..] {
        [memo] if memo == wanted.as_bytes() => {}
        [_] => return Err("mpp_memo_mismatch"),
        _ => return Err("mpp_memo_count"),
    }
    if parts.rest.iter().any(|step| !layout::is_memo(step)) {
        return Err("mpp_unknown_instruction");
    }
    Ok(paid.authority)
}
