//! Buying by MPP: 402 with a challenge, then the same request with `Authorization: PaymentScheme …`.

use base64ct::{Base64, Encoding as _};

use super::{
    account, demand,
    key::Key,
    mpp,
    receipt::Earned,
    rules::Checked,
    sale::{Sale, kept},
};
use crate::{
    api::answer::{Answer, Reply, document},
    clock,
    js::{Text, Value, json, object},
    store::{
        challenges::{self, Challenge},
        payments::Payment,
    },
};

/// How the header begins.
const SCHEME: &str = "paymentscheme ";

/// Answers a request to a link that is paid by MPP.
pub(super) fn answer(sale: &Sale<'_>) -> Reply {
    let header = sale.request.header("authorization").map(|value| value.to_lossy()).unwrap_or_default();
    let Some(encoded) =
        header.get(SCHEME.len()..).filter(|_| header.to_ascii_lowercase().starts_with(SCHEME))
    else {
        return issue(sale);
    };
    let (id, wire) = match credential(encoded.trim()) {
        Ok(credential) => credential,
        Err(message) => return Ok(refusal(400, &format!("mpp_credential_invalid: mpp: {message}"))),
    };
    let _turn = sale.sandbox.turns.take(format!("mpp:{id}"));
    let link = (sale.link.network, &sale.link.id);
    let found = sale.sandbox.store.read(|database| challenges::get(database, &id))?;
    // A challenge is good for the link that gave it.
    let Some(challenge) = found.filter(|found| (found.network, &found.link_id) == link) else {
        return Ok(refusal(402, "mpp_challenge_unknown_or_expired"));
    };
    let key = Key::of(sale.sandbox)?;
    let terms = json::parse(challenge.document.as_bytes())
        .map_err(|_| Answer::internal("a challenge can't be read"))?;
    let checked = mpp::check(&terms, &wire, &key);
    let pays = checked.as_ref().map(|checked| checked.tx_sig.as_str()).ok();
    match &challenge.consumed_by {
        Some(by) if Some(by.as_str()) != pays => Ok(refusal(402, "mpp_challenge_already_consumed")),
        None if challenge.issued + challenges::LIFETIME < clock::now() => {
            Ok(refusal(402, "mpp_challenge_unknown_or_expired"))
        }
        _ => match checked {
            Ok(checked) => sell(sale, &challenge, &terms, &checked, &key),
            Err((_, word)) => Ok(refusal(402, &word)),
        },
    }
}

/// Verified; the payment is settled, then the seller's answer is made.
fn sell(sale: &Sale<'_>, challenge: &Challenge, terms: &Value, checked: &Checked, key: &Key) -> Reply {
    // It may be presented to the facilitator at the same time.
    let _turn = sale.sandbox.turns.take(checked.tx_sig.clone());
    let (before, landed) = account::known(sale.sandbox, &checked.tx_sig)?;
    let purpose = sale.purpose();
    let (mut payment, landed) = match (before, landed) {
        (Some(payment), _) if payment.purpose != purpose => {
            return Ok(refusal(402, "mpp_duplicate_settlement"));
        }
        (Some(payment), Some(landed)) => (payment, landed),
        (None, Some(_)) => return Ok(refusal(402, "mpp_duplicate_settlement")),
        (_, None) => {
            let earned = Earned {
                link: sale.link,
                url: &sale.url(),
                facilitator: &sale.sandbox.origin,
                tx_sig: &checked.tx_sig,
                terms,
            };
            let payment = Payment {
                tx_sig: checked.tx_sig.clone(),
                purpose,
                link: Some((sale.link.network, sale.link.id.clone())),
                challenge_id: Some(challenge.id.clone()),
                payer: checked.payer.clone(),
                terms: terms.to_json(),
                draft: Some(earned.draft().to_json()),
                receipt_hash: None,
                receipt: None,
                answer: None,
                sent: clock::now(),
            };
            account::note(sale.sandbox, &payment)?;
            match account::settle(sale.sandbox, checked, key)? {
                Ok(landed) => (payment, landed),
                Err(message) => return Ok(refusal(402, &mpp::failed(&message).1)),
            }
        }
    };
    let is_first = payment.answer.is_none();
    if is_first {
        payment.answer = Some(kept(&sale.goods()));
        payment = account::conclude(sale.sandbox, &payment, landed.slot)?;
    }
    let proof =
        object([("tx", Value::text(payment.tx_sig.as_str())), ("slot", Value::Raw(landed.slot.to_string()))]);
    // Where the answer is no longer kept, the payment has had its time.
    let answer = sale.deliver(&payment, ("x-payment-receipt", &proof), is_first);
    Ok(answer.unwrap_or_else(|| refusal(402, "mpp_duplicate_settlement")))
}

/// Gives a new challenge.
fn issue(sale: &Sale<'_>) -> Reply {
    let key = Key::of(sale.sandbox)?;
    account::make_ready(sale.sandbox, &key)?;
    let id = uuid()?;
    let document = demand::challenge(sale.link, &id, &key.address())?.to_json();
    sale.sandbox.store.write(|write| {
        let challenge = Challenge {
            id: id.clone(),
            network: sale.link.network,
            link_id: sale.link.id.clone(),
            document: document.clone(),
            issued: write.now,
            consumed_by: None,
        };
        challenges::add(write, &challenge).map_err(Answer::from)
    })?;
    Ok(Answer::stored(402, document).typed("application/problem+json"))
}

fn refusal(status: u16, error: &str) -> Answer {
    Answer::json(status, &document("error", Value::text(error)))
}

/// The challenge's name and the transaction.
fn credential(encoded: &str) -> Result<(String, String), String> {
    let decoded = Base64::decode_vec(encoded).ok().and_then(|bytes| json::parse(&bytes).ok());
    let Some(credential @ (Value::Object(_) | Value::List(_))) = decoded else {
        return Err("malformed credential payload".to_owned());
    };
    let text = |name| credential.get(name).and_then(Value::as_text).map(Text::to_lossy);
    if text("v").as_deref() != Some("1") {
        let version = credential.get("v").map(|v| v.as_text().map_or_else(|| v.to_json(), Text::to_lossy));
        let version = version.unwrap_or_else(|| "undefined".to_owned());
        return Err(format!("unsupported credential version \"{version}\""));
    }
    let part =
        |name| text(name).filter(|text| !text.is_empty()).ok_or_else(|| format!("credential missing {name}"));
    Ok((part("challengeId")?, part("signedTx")?))
}

/// A random UUID.
fn uuid() -> Result<String, Answer> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = base16ct::lower::encode_string(&bytes);
    Ok([&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-"))
}
