//! A seller as public software has them: it asks for a payment in the standard layout, signs it as its sponsor where it is
//! one, and sends it to the sandbox's chain.

use std::sync::{Arc, Mutex};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use ed25519_dalek::{Signer as _, SigningKey};
use leash_chain::{Address, Signature, Step, Transaction};
use leash_tests::{Api, Reply, Request};
use serde_json::{Value, json};

use super::{
    market::{Market, post},
    paywall::{SELLER, is_paid},
};

pub(super) const DEVNET: &str = "solana:EtWTRABZaYq6iMfeYKouRu166VU2xqa1";
pub(super) const USDC: &str = "4zMMC9srt5Ri5X14GAgXhaHii3GnPAEERYPJgZJDncDU";

/// A seller with a key of its own, by which it pays the network's fees.
#[derive(Clone)]
pub(super) struct Seller {
    origin: String,
    key: SigningKey,
    /// The documents of the payments that came, in order.
    payments: Arc<Mutex<Vec<Value>>>,
}

impl Seller {
    pub(super) fn new(market: &Market) -> Self {
        let key = SigningKey::from_bytes(&[41; 32]);
        let seller = Self { origin: market.origin().to_owned(), key, payments: Arc::default() };
        assert!(seller.rpc("requestAirdrop", &json!([seller.sponsor(), 1_000_000_000])).is_string());
        seller
    }

    fn rpc(&self, method: &str, params: &Value) -> Value {
        let question = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let answer = post(&self.origin, "/rpc", &question);
        answer.get("result").cloned().unwrap_or_else(|| answer["error"].clone())
    }

    /// Who pays the network's fee.
    pub(super) fn sponsor(&self) -> Address {
        Address::new(self.key.verifying_key().to_bytes())
    }

    /// An entry of x402 version 2.
    pub(super) fn entry(&self, amount: &str) -> Value {
        json!({
            "scheme": "exact", "network": DEVNET, "amount": amount, "asset": USDC, "payTo": SELLER,
            "maxTimeoutSeconds": 60, "extra": {"feePayer": self.sponsor()},
        })
    }

    /// An entry of version 1, on a network in either spelling.
    pub(super) fn entry_v1(&self, amount: &str, network: &str) -> Value {
        json!({
            "scheme": "exact", "network": network, "maxAmountRequired": amount, "resource": "http://127.0.0.1/x",
            "description": "What is sold", "mimeType": "application/json", "payTo": SELLER, "maxTimeoutSeconds": 60,
            "asset": USDC, "extra": {"feePayer": self.sponsor()},
        })
    }

    /// A request of MPP, which the seller sponsors or not.
    pub(super) fn charge(&self, amount: &str, sponsored: bool) -> Value {
        let mut details = json!({"network": "devnet", "decimals": 6});
        if sponsored {
            details["feePayer"] = json!(true);
            details["feePayerKey"] = json!(self.sponsor());
        }
        json!({"amount": amount, "currency": USDC, "recipient": SELLER, "methodDetails": details})
    }

    /// The payments that came, in order.
    pub(super) fn payments(&self) -> Vec<Value> {
        self.payments.lock().unwrap().clone()
    }

    /// What the transactions of the payments do.
    pub(super) fn steps(&self) -> Vec<Vec<Step>> {
        let steps = |payment: &Value| transaction(payment).message().describe();
        self.payments().iter().map(steps).collect()
    }

    /// Signs what came as the sponsor, sends it, and gives the transaction's id.
    pub(super) fn settle(&self, request: &Request) -> Result<String, Value> {
        let payment = payment_of(request).unwrap();
        self.payments.lock().unwrap().push(payment.clone());
        let mut transaction = transaction(&payment);
        if transaction.missing().any(|signer| *signer == self.sponsor()) {
            let signature = self.key.sign(&transaction.message().to_bytes().unwrap());
            assert!(transaction.put(&self.sponsor(), Signature::new(signature.to_bytes())));
        }
        let wire = transaction.to_base64().unwrap();
        let sent = self.rpc("sendTransaction", &json!([wire, {"encoding": "base64"}]));
        sent.as_str().map(str::to_owned).ok_or(sent)
    }

    /// Settles what came and delivers; as its protocol has it, with a header that names the transaction.
    pub(super) fn deliver(&self, request: &Request) -> Reply {
        let header = match self.settle(request) {
            Err(error) => return Reply::Json(402, json!({"x402Version": 2, "error": error, "accepts": []})),
            Ok(id) if request.header("authorization").is_some() => {
                let receipt = json!({"method": "solana", "reference": id, "status": "success"});
                format!("payment-receipt: {}", URL_SAFE_NO_PAD.encode(receipt.to_string()))
            }
            Ok(id) => {
                let said = json!({"success": true, "transaction": id, "network": DEVNET, "payer": SELLER});
                let version = if request.header("x-payment").is_some() { "x-" } else { "" };
                format!("{version}payment-response: {}", STANDARD.encode(said.to_string()))
            }
        };
        Reply::with_headers(200, &[&header], &json!({"goods": "sold"}))
    }

    /// Opens: asks for a payment as `demand` has it, and delivers what was paid for.
    pub(super) fn open(&self, demand: Reply) -> Api {
        let seller = self.clone();
        Api::start(move |request, _| if is_paid(request) { seller.deliver(request) } else { demand.clone() })
    }
}

/// A `402` with these lines of header.
pub(super) fn demand_by(headers: &[String], body: &Value) -> Reply {
    let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
    Reply::with_headers(402, &headers, body)
}

/// The header of x402 version 2.
pub(super) fn required(accepts: &Value) -> String {
    let document = json!({"x402Version": 2, "error": "Payment required", "accepts": accepts,
        "resource": {"url": "http://127.0.0.1/x", "description": "What is sold"}});
    format!("payment-required: {}", STANDARD.encode(document.to_string()))
}

/// The header of an MPP challenge.
pub(super) fn challenge(id: &str, request: &Value) -> String {
    let request = URL_SAFE_NO_PAD.encode(request.to_string());
    format!(
        r#"www-authenticate: Payment id="{id}", realm="a.example", method="solana", intent="charge", request="{request}""#
    )
}

/// A `402` of x402 version 2, in its header.
pub(super) fn x402(accepts: &Value) -> Reply {
    demand_by(&[required(accepts)], &json!({}))
}

/// A `402` of x402 version 1, in its body.
pub(super) fn x402_v1(accepts: &Value) -> Reply {
    Reply::Json(402, json!({"x402Version": 1, "error": "X-PAYMENT header is required", "accepts": accepts}))
}

/// A `402` of MPP, in its header.
pub(super) fn mpp(id: &str, request: &Value) -> Reply {
    demand_by(&[challenge(id, request)], &json!({}))
}

/// The document by which a request is paid.
pub(super) fn payment_of(request: &Request) -> Option<Value> {
    let bytes = match request.header("authorization") {
        Some(value) => URL_SAFE_NO_PAD.decode(value.strip_prefix("Payment ")?).ok()?,
        None => {
            let names = ["payment-signature", "x-payment"];
            STANDARD.decode(names.iter().find_map(|name| request.header(name))?).ok()?
        }
    };
    serde_json::from_slice(&bytes).ok()
}

/// The transaction in it.
pub(super) fn transaction(payment: &Value) -> Transaction {
    Transaction::from_base64(payment["payload"]["transaction"].as_str().unwrap()).unwrap()
}
