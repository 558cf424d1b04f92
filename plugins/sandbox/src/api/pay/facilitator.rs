//! The facilitator for anyone: `/supported`, `/verify`, `/settle`, `/mpp/settle` and `/health`, also under
//! `/facilitator`.

use base64ct::{Base64, Encoding as _};
use leash_chain::Network;
use leash_receipts::canonical;
use sha2::{Digest as _, Sha256};

use super::{
    Sandbox, account,
    key::Key,
    mpp,
    rules::{self, Checked, Refusal},
};
use crate::{
    api::{
        Answer, Request,
        answer::{Reply, document},
        links::price::{FEE_AUTHORITY, FEE_BPS},
    },
    clock,
    js::{Text, Value, json, object},
    store::payments::Payment,
};

/// What it says it is.
const BUILD: &str = "leash-facilitator/0.2";

/// Whether this is a route of the facilitator's.
pub(in crate::api) fn is_one(method: &str, path: &[&str]) -> bool {
    matches!(
        (method, path),
        ("GET", ["health" | "supported"]) | ("POST", ["verify" | "settle"] | ["mpp", "settle"])
    )
}

/// Answers such a route.
pub(in crate::api) fn answer(sandbox: &Sandbox, request: &Request, path: &[&str]) -> Reply {
    let key = Key::of(sandbox)?;
    let body = || json::parse(request.body()).ok();
    match path {
        ["health"] => Ok(health(&key)),
        ["supported"] => Ok(supported(&key)),
        ["verify"] => Ok(Demand::read(body()).map_or_else(
            |refusal| refusal,
            |demand| demand.verify(sandbox, &key).unwrap_or_else(|refusal| refusal),
        )),
        ["settle"] => Demand::read(body())?.settle(sandbox, &key),
        _ => settle_mpp(sandbox, &key, body()),
    }
}

fn networks() -> [&'static str; 2] {
    [Network::Devnet.caip2(), Network::Mainnet.caip2()]
}

fn health(key: &Key) -> Answer {
    let network = || object([("enforce", Value::text("enforce")), ("authority", Value::text(FEE_AUTHORITY))]);
    let fee = object([
        ("bps", Value::integer(FEE_BPS)),
        ("networks", object([("devnet", network()), ("mainnet", network())])),
    ]);
    Answer::json(
        200,
        &object([
            ("ok", Value::Bool(true)),
            ("build", Value::text(BUILD)),
            ("networks", Value::List(networks().map(Value::text).to_vec())),
            ("signers", Value::List(vec![Value::text(key.address().to_string())])),
            ("protocol_fee", fee),
        ]),
    )
}

fn supported(key: &Key) -> Answer {
    let signer = || Value::text(key.address().to_string());
    let kind = |version, network| {
        object([
            ("x402Version", Value::integer(version)),
            ("scheme", Value::text("exact")),
            ("network", Value::text(network)),
            ("extra", object([("feePayer", signer())])),
        ])
    };
    let second = networks().map(|network| kind(2, network));
    let first = V1_NETWORKS.map(|network| kind(1, network));
    Answer::json(
        200,
        &object([
            ("kinds", Value::List(second.into_iter().chain(first).collect())),
            ("extensions", Value::List(Vec::new())),
            ("signers", object([("solana:*", Value::List(vec![signer()]))])),
        ]),
    )
}

/// The networks as version 1 names them.
const V1_NETWORKS: [&str; 3] = ["solana", "solana-devnet", "solana-testnet"];

fn bad(status: u16, error: &str) -> Answer {
    Answer::json(status, &document("error", Value::text(error)))
}

/// A payment, and what it should be.
struct Demand {
    payload: Value,
    demanded: Value,
}

impl Demand {
    fn read(body: Option<Value>) -> Result<Self, Answer> {
        let Some(body @ Value::Object(_)) = body else { return Err(bad(400, "invalid_json")) };
        let part = |name| body.get(name).filter(|part| matches!(part, Value::Object(_))).cloned();
        let payload = part("paymentPayload").ok_or_else(|| bad(400, "missing_payment_payload"))?;
        let demanded = part("paymentRequirements").ok_or_else(|| bad(400, "missing_payment_requirements"))?;
        Ok(Self { payload, demanded })
    }

    /// The version, where this facilitator speaks it on that network.
    fn version(&self) -> Result<u32, String> {
        let said = |value: Option<&Value>| {
            let text = |value: &Value| value.as_text().map_or_else(|| value.to_json(), Text::to_lossy);
            value.map_or_else(|| "undefined".to_owned(), text)
        };
        let version = self.payload.get("x402Version");
        let version = match version {
            Some(number) if *number == Value::integer(1) => 1,
            Some(number) if *number == Value::integer(2) => 2,
            other => return Err(format!("No facilitator registered for x402 version: {}", said(other))),
        };
        let (scheme, network) = (said(self.demanded.get("scheme")), said(self.demanded.get("network")));
        let known = if version == 1 { &V1_NETWORKS[..] } else { &networks()[..] };
        if scheme == "exact" && known.contains(&network.as_str()) {
            return Ok(version);
        }
        Err(format!("No facilitator registered for scheme: {scheme} and network: {network}"))
    }

    /// Everything but whether the chain takes it.
    fn check(&self, key: &Key, what: &str) -> Result<Result<Checked, Refusal>, Answer> {
        let version = self.version().map_err(|message| {
            Answer::json(422, &object([("error", Value::text(what)), ("message", Value::text(message))]))
        })?;
        Ok(rules::check(&self.payload, &self.demanded, version, key))
    }

    fn purpose(&self) -> String {
        let texts = [canonical(&self.payload), canonical(&self.demanded)];
        Base64::encode_string(&Sha256::digest(texts.join("\n").as_bytes()))
    }

    fn verify(&self, sandbox: &Sandbox, key: &Key) -> Reply {
        let refusal = match self.check(key, "verify_failed")? {
            Ok(checked) => match account::try_out(sandbox, &checked, key)? {
                Ok(()) => {
                    let payer = Value::text(checked.payer);
                    return Ok(Answer::json(
                        200,
                        &object([("isValid", Value::Bool(true)), ("payer", payer)]),
                    ));
                }
                Err(message) => Refusal::simulation(message, &checked.payer),
            },
            Err(refusal) => refusal,
        };
        let mut members =
            vec![("isValid", Value::Bool(false)), ("invalidReason", Value::text(refusal.reason))];
        members.extend(refusal.message.map(|message| ("invalidMessage", Value::text(message))));
        members.push(("payer", Value::text(refusal.payer)));
        let members = members.into_iter().map(|(name, value)| (Text::from(name), value)).collect();
        Ok(Answer::json(200, &Value::Object(members)))
    }

    fn settle(&self, sandbox: &Sandbox, key: &Key) -> Reply {
        let network = self.demanded.get("network").cloned().unwrap_or(Value::Null);
        let fail = |reason: &str, payer: &str| {
            Ok(Answer::json(
                200,
                &object([
                    ("success", Value::Bool(false)),
                    ("network", network.clone()),
                    ("transaction", Value::text("")),
                    ("errorReason", Value::text(reason)),
                    ("payer", Value::text(payer)),
                ]),
            ))
        };
        let checked = match self.check(key, "settle_failed")? {
            Ok(checked) => checked,
            Err(refusal) => return fail(refusal.reason, &refusal.payer),
        };
        match settle_once(sandbox, key, &checked, self.purpose(), self.demanded.to_json())? {
            Once::Settled(_) => Ok(Answer::json(
                200,
                &object([
                    ("success", Value::Bool(true)),
                    ("transaction", Value::text(checked.tx_sig.as_str())),
                    ("network", network),
                    ("payer", Value::text(checked.payer.as_str())),
                ]),
            )),
            Once::Elsewhere => fail("duplicate_settlement", &checked.payer),
            Once::Refused(_) => fail("transaction_simulation_failed", &checked.payer),
            Once::Failed(_) => fail("transaction_failed", &checked.payer),
        }
    }
}

/// What became of a payment that was presented here.
enum Once {
    /// It landed in this slot, now or when it was presented before.
    Settled(u64),
    /// It was given for something else.
    Elsewhere,
    /// The chain wouldn't take it.
    Refused(String),
    /// The chain didn't take it.
    Failed(String),
}

fn settle_once(
    sandbox: &Sandbox,
    key: &Key,
    checked: &Checked,
    purpose: String,
    terms: String,
) -> Result<Once, Answer> {
    let _turn = sandbox.turns.take(checked.tx_sig.clone());
    match account::known(sandbox, &checked.tx_sig)? {
        (Some(payment), _) if payment.purpose != purpose => return Ok(Once::Elsewhere),
        (Some(_), Some(landed)) => return Ok(Once::Settled(landed.slot)),
        (None, Some(_)) => return Ok(Once::Elsewhere),
        (_, None) => {}
    }
    if let Err(message) = account::try_out(sandbox, checked, key)? {
        return Ok(Once::Refused(message));
    }
    let payment = Payment {
        tx_sig: checked.tx_sig.clone(),
        purpose,
        link: None,
        challenge_id: None,
        payer: checked.payer.clone(),
        terms,
        draft: None,
        receipt_hash: None,
        receipt: None,
        answer: None,
        sent: clock::now(),
    };
    account::note(sandbox, &payment)?;
    Ok(match account::settle(sandbox, checked, key)? {
        Ok(landed) => Once::Settled(landed.slot),
        Err(message) => Once::Failed(message),
    })
}

fn settle_mpp(sandbox: &Sandbox, key: &Key, body: Option<Value>) -> Reply {
    let fail = |status, error: &str| {
        let document = object([("success", Value::Bool(false)), ("error", Value::text(error))]);
        Ok(Answer::json(status, &document))
    };
    let Some(body @ (Value::Object(_) | Value::List(_))) = body else {
        return fail(400, "mpp_invalid_json");
    };
    let wire = body.get("signedTx").and_then(Value::as_text).map(Text::to_lossy);
    let Some(wire) = wire.filter(|wire| !wire.is_empty()) else {
        return fail(400, "mpp_missing_signed_tx");
    };
    let challenge = body.get("challenge").unwrap_or(&Value::Null);
    let checked = match mpp::check(challenge, &wire, key) {
        Ok(checked) => checked,
        Err((status, word)) => return fail(status, &word),
    };
    let terms = canonical(challenge);
    let purpose = Base64::encode_string(&Sha256::digest(format!("mpp\n{terms}").as_bytes()));
    match settle_once(sandbox, key, &checked, purpose, terms)? {
        Once::Settled(slot) => Ok(Answer::json(
            200,
            &object([
                ("success", Value::Bool(true)),
                ("transaction", Value::text(checked.tx_sig)),
                ("slot", Value::Raw(slot.to_string())),
            ]),
        )),
        Once::Elsewhere => fail(422, "mpp_duplicate_settlement"),
        Once::Refused(message) | Once::Failed(message) => fail(422, &mpp::failed(&message).1),
    }
}
