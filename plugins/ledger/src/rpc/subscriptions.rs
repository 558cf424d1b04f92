//! Subscriptions to signatures and slots, as a node's websocket offers them, without the websocket.

use serde_json::{Value, json};

use super::{Fault, answer, params};
use crate::{Landed, Ledger};

/// The most subscriptions of one connection that haven't ended.
const MAX_SUBSCRIPTIONS: usize = 1000;
const COMMITMENTS: [&str; 3] = ["processed", "confirmed", "finalized"];

/// The subscriptions of one connection.
#[derive(Debug, Default)]
pub struct Subscriptions {
    last_id: u64,
    signatures: Vec<SignatureSubscription>,
    slots: Vec<u64>,
    /// The newest slot that was told.
    told_slot: u64,
}

#[derive(Debug)]
struct SignatureSubscription {
    id: u64,
    signature: String,
    /// Whether the client also wants to hear that the transaction was received.
    notes_receipt: bool,
}

impl Subscriptions {
    /// Whether the next landing may be something to say.
    #[must_use]
    pub const fn wait_for_landings(&self) -> bool {
        !self.signatures.is_empty()
    }

    /// Whether the next slot is something to say.
    #[must_use]
    pub const fn wait_for_slots(&self) -> bool {
        !self.slots.is_empty()
    }

    /// Answers one message of the client's. What a new subscription waits for may have happened already; its
    /// notification follows the answer.
    pub fn answer(&mut self, ledger: &mut Ledger, message: &[u8]) -> Vec<Value> {
        let reply = answer(message, |method, params| self.method(method, params));
        std::iter::once(reply).chain(self.notifications(ledger)).collect()
    }

    /// What there is to say since the last time. A transaction that has landed ends its subscriptions.
    pub fn notifications(&mut self, ledger: &mut Ledger) -> Vec<Value> {
        let slot = ledger.slot();
        let mut notifications = Vec::new();
        self.signatures.retain(|subscription| {
            // What can't be read now is read at the next landing, after the ledger was opened anew.
            let Ok(Some(landed)) = ledger.landed(&subscription.signature) else { return true };
            notifications.extend(subscription.notify(slot, &landed));
            false
        });
        if slot > self.told_slot {
            self.told_slot = slot;
            notifications.extend(self.slots.iter().map(|id| slot_notification(*id, slot)));
        }
        notifications
    }

    fn method(&mut self, method: &str, params: &[Value]) -> Result<Value, Fault> {
        match method {
            "signatureSubscribe" => self.subscribe_to_signature(params),
            "slotSubscribe" => self.subscribe_to_slots(),
            "signatureUnsubscribe" | "slotUnsubscribe" => self.unsubscribe(params),
            _ => Err(Fault::unknown_method()),
        }
    }

    fn subscribe_to_signature(&mut self, params: &[Value]) -> Result<Value, Fault> {
        let signature = params::text(params, 0)?;
        if bs58::decode(signature).onto([0; 64].as_mut_slice()) != Ok(64) {
            return Err(Fault::invalid("Invalid Request: Invalid signature provided"));
        }
        // A transaction is final once it has landed, so every commitment is reached at the same time.
        if let Some(commitment) = params::option(params, 1, "commitment")
            && !commitment.as_str().is_some_and(|text| COMMITMENTS.contains(&text))
        {
            return Err(Fault::invalid("Invalid params: unknown variant of `commitment`."));
        }
        let notes_receipt = match params::option(params, 1, "enableReceivedNotification") {
            None => false,
            Some(flag) => flag.as_bool().ok_or_else(|| {
                Fault::invalid("Invalid params: invalid type of `enableReceivedNotification`.")
            })?,
        };
        let subscription =
            SignatureSubscription { id: self.new_id()?, signature: signature.to_owned(), notes_receipt };
        let id = json!(subscription.id);
        self.signatures.push(subscription);
        Ok(id)
    }

    fn subscribe_to_slots(&mut self) -> Result<Value, Fault> {
        let id = self.new_id()?;
        self.slots.push(id);
        Ok(json!(id))
    }

    fn new_id(&mut self) -> Result<u64, Fault> {
        if self.signatures.len() + self.slots.len() >= MAX_SUBSCRIPTIONS {
            let message = "Internal Error: Subscription refused. Node subscription limit reached".to_owned();
            return Err(Fault { code: -32603, message, data: None });
        }
        self.last_id += 1;
        Ok(self.last_id)
    }

    fn unsubscribe(&mut self, params: &[Value]) -> Result<Value, Fault> {
        let id = params::number(params, 0)?;
        let before = self.signatures.len() + self.slots.len();
        self.signatures.retain(|subscription| subscription.id != id);
        self.slots.retain(|known| *known != id);
        if self.signatures.len() + self.slots.len() == before {
            return Err(Fault::invalid("Invalid subscription id."));
        }
        Ok(json!(true))
    }
}

impl SignatureSubscription {
    fn notify(&self, slot: u64, landed: &Landed) -> impl Iterator<Item = Value> + use<> {
        let id = self.id;
        let receipt = self.notes_receipt.then(|| json!("receivedSignature"));
        let outcome = json!({ "err": landed.error });
        receipt.into_iter().chain([outcome]).map(move |value| {
            json!({
                "jsonrpc": "2.0",
                "method": "signatureNotification",
                "params": { "result": { "context": { "slot": slot }, "value": value }, "subscription": id },
            })
        })
    }
}

/// Every block is the last one's child, and final.
fn slot_notification(id: u64, slot: u64) -> Value {
    let result = json!({ "parent": slot.saturating_sub(1), "root": slot, "slot": slot });
    json!({
        "jsonrpc": "2.0",
        "method": "slotNotification",
        "params": { "result": result, "subscription": id },
    })
}
