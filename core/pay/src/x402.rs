//! One entry of an x402 paywall's list, held against what may be paid.

use leash_chain::{Address, Network, ix};
use leash_intent::Fee;
use leash_js::Value;

use crate::{
    Offer, Protocol, Unpayable,
    decode::{amount, exact, present, shown, text, whole},
    judge::{Judge, missing, token},
    networks,
    offer::{Echo, Form, Memo},
};

/// The fee is one per cent as stated, or less.
const MAX_BPS: u64 = 100;

pub(crate) fn judge(version: u8, asked: &Value, document: &Value, judge: &Judge) -> Result<Offer, Unpayable> {
    if !matches!(asked, Value::Object(_)) {
        return Err(Unpayable::Malformed(format!("`{}` is not an object", shown(asked))));
    }
    let named = |name: &str| text(asked, name).ok_or_else(|| missing(name));
    let scheme = named("scheme")?;
    if scheme != "exact" {
        return Err(Unpayable::Scheme(scheme));
    }
    let written = named("network")?;
    let network = judge.network(&written, networks::of_x402(&written))?;
    let token = token(&named("asset")?, network)?;
    let price = named(amount_name(version))?;
    let net = amount(&price).ok_or(Unpayable::Amount(price))?;
    let to = judge.party(&named("payTo")?, "payTo", Unpayable::Recipient)?;
    let none = Value::Null;
    let extra = present(asked, "extra").unwrap_or(&none);
    let payer = text(extra, "feePayer").ok_or_else(|| {
        Unpayable::FeePayer("no `extra.feePayer` is named to pay the network's fee".to_owned())
    })?;
    let fee_payer = judge.party(&payer, "feePayer", Unpayable::FeePayer)?;
    let fee = present(extra, "leash.fee").map(|fee| self::fee(fee, judge.fee_authority)).transpose()?;
    let offer = Offer {
        protocol: if version == 1 { Protocol::X402V1 } else { Protocol::X402V2 },
        network,
        token,
        net,
        to,
        fee,
        fee_payer: Some(fee_payer),
        memo: memo(version, &written, extra, fee.is_some())?,
        splits: Vec::new(),
        challenge_id: None,
        recent_blockhash: text(extra, "recentBlockhash").and_then(|hash| hash.parse().ok()),
        expires: None,
        description: description(version, asked, document),
        form: if fee.is_some() { Form::Leash } else { Form::Standard },
        echo: Echo::X402 {
            asked: asked.clone(),
            resource: present(document, "resource").cloned(),
            extensions: present(document, "extensions").cloned(),
            network: written,
        },
    };
    offer.checked()
}

/// What an amount is called.
pub(crate) const fn amount_name(version: u8) -> &'static str {
    if version == 1 { "maxAmountRequired" } else { "amount" }
}

/// What is noted on the chain. Facilitators of version 1's first kind take no memo at all, and all others want one; the
/// spelling of the network tells them apart.
fn memo(version: u8, network: &str, extra: &Value, has_fee: bool) -> Result<Memo, Unpayable> {
    let refuse = |what: &str| Err(Unpayable::Memo(format!("`extra.memo` {what}")));
    match present(extra, "memo") {
        Some(Value::Text(memo)) if !memo.is_empty() => match exact(memo) {
            Some(memo) if memo.len() > ix::MAX_MEMO_BYTES => {
                refuse(&format!("is {} bytes long, and at most {} are taken", memo.len(), ix::MAX_MEMO_BYTES))
            }
            Some(memo) => Ok(Memo::Text(memo)),
            None => refuse("can't be written as UTF-8"),
        },
        Some(Value::Text(_)) | None => Ok(if version == 1 && networks::is_v1_name(network) && !has_fee {
            Memo::None
        } else {
            Memo::Nonce
        }),
        Some(_) => refuse("is not text"),
    }
}

fn description(version: u8, asked: &Value, document: &Value) -> Option<String> {
    if version == 1 { text(asked, "description") } else { text(document.get("resource")?, "description") }
}

fn fee(fee: &Value, ours: Address) -> Result<Fee, Unpayable> {
    let refuse = |reason: String| Err(Unpayable::Fee(reason));
    let authority = text(fee, "feeAuthority").and_then(|text| text.parse::<Address>().ok());
    let (Some("1"), Some(bps), Some(authority)) = (text(fee, "v").as_deref(), whole(fee, "bps"), authority)
    else {
        return refuse("`leash.fee` is not written as version 1 of it".to_owned());
    };
    if bps > MAX_BPS {
        return refuse(format!("leash's fee is {bps} basis points, and at most {MAX_BPS} are paid"));
    }
    if authority != ours {
        return refuse(format!("leash's fee goes to `{authority}`, and only `{ours}` may collect it"));
    }
    let bps = u16::try_from(bps).unwrap_or(u16::MAX);
    Ok(Fee { bps, authority })
}

/// What makes an entry the same offer in either version: network, asset, amount and recipient.
pub(crate) fn terms_of(version: u8, asked: &Value) -> Option<(Network, String, String, String)> {
    let networks::Chain::Known(network) = networks::of_x402(&text(asked, "network")?) else { return None };
    Some((network, text(asked, "asset")?, text(asked, amount_name(version))?, text(asked, "payTo")?))
}
