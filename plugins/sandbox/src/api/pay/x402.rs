//! Buying by x402: 402 with `payment-required`, then the same request with `payment-signature`.

use base64ct::{Base64, Encoding as _};
use leash_receipts::canonical;

use super::{
    account, demand,
    key::Key,
    page,
    receipt::Earned,
    rules::{self, Checked},
    sale::{Sale, kept},
};
use crate::{
    api::answer::{Answer, Reply},
    clock,
    js::{Text, Value, json, object},
    store::payments::Payment,
};

/// Answers a request to a link that is paid by x402.
pub(super) fn answer(sale: &Sale<'_>) -> Reply {
    let key = Key::of(sale.sandbox)?;
    let accepts = demand::requirements(sale.link, &key.address())?;
    let refuse = |error: &str| Ok(required(sale, &accepts, error));
    let Some(payload) = credential(sale) else {
        account::make_ready(sale.sandbox, &key)?;
        return if is_browser(sale) { Ok(page::answer(sale.link)) } else { refuse("Payment required") };
    };
    let demanded = match payload.get("x402Version") {
        Some(version) if *version == Value::integer(2) => {
            let accepted = payload.get("accepted").map(canonical);
            accepts.iter().find(|demanded| Some(canonical(demanded)) == accepted)
        }
        // No link names its network as version 1 does.
        Some(version) if *version == Value::integer(1) => None,
        version => {
            let version = version.map_or_else(|| "undefined".to_owned(), Value::to_json);
            return refuse(&format!("Unsupported x402 version: {version}"));
        }
    };
    let Some(demanded) = demanded else { return refuse("No matching payment requirements") };
    match rules::check(&payload, demanded, 2, &key) {
        Ok(checked) => sell(sale, &accepts, demanded, &checked, &key),
        Err(refusal) => refuse(refusal.reason),
    }
}

/// Verified; the seller's answer is made, then the payment is settled. A seller that fails costs nothing.
fn sell(sale: &Sale<'_>, accepts: &[Value], demanded: &Value, checked: &Checked, key: &Key) -> Reply {
    let refuse = |error: &str| Ok(required(sale, accepts, error));
    let _turn = sale.sandbox.turns.take(checked.tx_sig.clone());
    let (before, landed) = account::known(sale.sandbox, &checked.tx_sig)?;
    let purpose = sale.purpose();
    let payment = match before {
        Some(payment) if payment.purpose != purpose => return refuse("duplicate_settlement"),
        Some(payment) if landed.is_some() => payment,
        _ if landed.is_some() => return refuse("duplicate_settlement"),
        _ => {
            if account::try_out(sale.sandbox, checked, key)?.is_err() {
                return refuse("transaction_simulation_failed");
            }
            let goods = sale.goods();
            if goods.status >= 400 {
                return Ok(goods);
            }
            let earned = Earned {
                link: sale.link,
                url: &sale.url(),
                facilitator: &sale.sandbox.origin,
                tx_sig: &checked.tx_sig,
                terms: demanded,
            };
            let payment = Payment {
                tx_sig: checked.tx_sig.clone(),
                purpose,
                link: Some((sale.link.network, sale.link.id.clone())),
                challenge_id: None,
                payer: checked.payer.clone(),
                terms: demanded.to_json(),
                draft: Some(earned.draft().to_json()),
                receipt_hash: None,
                receipt: None,
                answer: Some(kept(&goods)),
                sent: clock::now(),
            };
            account::note(sale.sandbox, &payment)?;
            payment
        }
    };
    let is_first = payment.receipt.is_none();
    let payment = if is_first {
        match account::settle(sale.sandbox, checked, key)? {
            Ok(landed) => account::conclude(sale.sandbox, &payment, landed.slot)?,
            Err(_) => return Ok(failed(demanded, &checked.payer)),
        }
    } else {
        payment
    };
    let proof = settled(&payment, demanded);
    // Where the answer is no longer kept, the payment has had its time.
    sale.deliver(&payment, ("payment-response", &proof), is_first)
        .map_or_else(|| refuse("duplicate_settlement"), Ok)
}

/// The payment in the header. What can't be read counts as none.
fn credential(sale: &Sale<'_>) -> Option<Value> {
    let header = sale.request.header("payment-signature")?.to_lossy();
    json::parse(&Base64::decode_vec(header.trim()).ok()?).ok()
}

fn is_browser(sale: &Sale<'_>) -> bool {
    let has = |name, part| sale.request.header(name).is_some_and(|value| value.to_lossy().contains(part));
    has("accept", "text/html") && has("user-agent", "Mozilla")
}

fn required(sale: &Sale<'_>, accepts: &[Value], error: &str) -> Answer {
    let response = json::parse(sale.link.response.as_bytes()).unwrap_or(Value::Null);
    let mime = response.get("mimeType").and_then(Value::as_text).map(Text::to_lossy).unwrap_or_default();
    let resource = object([
        ("url", Value::text(sale.url())),
        ("description", Value::text(sale.link.label.as_str())),
        ("mimeType", Value::text(mime)),
    ]);
    let document = object([
        ("x402Version", Value::integer(2)),
        ("error", Value::text(error)),
        ("resource", resource),
        ("accepts", Value::List(accepts.to_vec())),
    ]);
    let header = Base64::encode_string(document.to_json().as_bytes());
    Answer::stored(402, "{}").with("payment-required", header)
}

fn settled(payment: &Payment, demanded: &Value) -> Value {
    let network = demanded.get("network").cloned().unwrap_or(Value::Null);
    object([
        ("success", Value::Bool(true)),
        ("payer", Value::text(payment.payer.as_str())),
        ("transaction", Value::text(payment.tx_sig.as_str())),
        ("network", network),
        ("paymentRequirements", demanded.clone()),
        ("extensions", object([("leash.paymentRequirements", demanded.clone())])),
    ])
}

fn failed(demanded: &Value, payer: &str) -> Answer {
    let network = demanded.get("network").cloned().unwrap_or(Value::Null);
    let document = object([
        ("success", Value::Bool(false)),
        ("errorReason", Value::text("transaction_failed")),
        ("payer", Value::text(payer)),
        ("transaction", Value::text("")),
        ("network", network),
    ]);
    Answer::stored(402, "{}").with("payment-response", Base64::encode_string(document.to_json().as_bytes()))
}
