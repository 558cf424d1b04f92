//! A chain of a few lists, and the endpoint that shows it, honestly or not.

use std::sync::{Arc, Mutex};

use leash_chain::{Address, Blockhash, Order, Signature, Transaction, Version, compile, ix};
use leash_submit::{Payment, Signed, Trail};
use serde_json::{Value, json};

use crate::{
    HEIGHT, LAST, address, life,
    server::{Asked, Reply, Server},
    sign,
};

/// The account that payments come from.
pub(crate) fn account() -> Address {
    Address::new([5; 32])
}

/// When the payments of these tests are signed, in seconds since 1970.
pub(crate) const SIGNED: i64 = 1_800_000_000;

/// A transaction of the account's.
#[derive(Clone)]
pub(crate) struct Past {
    slot: u64,
    transaction: Transaction,
    memo: Option<String>,
    error: bool,
}

impl Past {
    pub(crate) fn name(&self) -> Signature {
        self.transaction.id().unwrap()
    }
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) height: u64,
    /// Oldest first.
    pub(crate) past: Vec<Past>,
    /// Names that the endpoint leaves out of lists and denies.
    pub(crate) hidden: Vec<Signature>,
    /// The most entries of a page.
    pub(crate) page: Option<usize>,
    /// Lists lack memos.
    pub(crate) memoless: bool,
    /// The first block that it still has, and when that was made.
    pub(crate) first: (u64, i64),
    /// Entries that are listed and not shown.
    pub(crate) denied: Vec<Signature>,
}

#[derive(Clone)]
pub(crate) struct Chain(pub(crate) Arc<Mutex<State>>);

/// A transaction with a memo that names the account; somebody else pays its fee, and signs first.
fn transaction(memo: Option<&str>, payer: u8, also: Option<u8>, number: u64) -> Transaction {
    let mut steps = vec![ix::transfer(&address(also.unwrap_or(payer)), &account(), number)];
    steps.extend(memo.map(ix::memo));
    let blockhash = Blockhash::new([9; 32]);
    let message = compile(Version::V0, Order::FirstSeen, &address(payer), &steps, blockhash).unwrap();
    Transaction::unsigned(message).unwrap()
}

/// The payment, signed by the agent and not by whoever settles it.
pub(crate) fn payment(memo: &str) -> Transaction {
    let mut transaction = transaction(Some(memo), 2, Some(1), 77);
    sign(&mut transaction, 1);
    transaction
}

impl Chain {
    /// A chain with one transaction of the account from before the signature.
    pub(crate) fn new() -> Self {
        let chain = Self(Arc::new(Mutex::new(State { height: HEIGHT, ..State::default() })));
        chain.add(HEIGHT - 10, &transaction(None, 3, None, 1), None, false);
        chain
    }

    pub(crate) fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// What is noted of the payment when it is signed now.
    pub(crate) fn note(&self, transaction: &Transaction) -> Payment {
        let now = jiff::Timestamp::from_second(SIGNED).unwrap();
        let signed = Signed::new(transaction, &life(), now).unwrap();
        Payment::new(signed, Trail::new(&account(), HEIGHT))
    }

    fn add(&self, slot: u64, transaction: &Transaction, memo: Option<&str>, error: bool) -> Signature {
        let mut transaction = transaction.clone();
        for number in [1, 2, 3] {
            if transaction.missing().any(|missing| *missing == address(number)) {
                sign(&mut transaction, number);
            }
        }
        let id = transaction.id().unwrap();
        let memo = memo.map(|memo| format!("[{}] {memo}", memo.len()));
        self.state().past.push(Past { slot, transaction, memo, error });
        id
    }

    /// Whoever settles it signs and sends the payment.
    pub(crate) fn land(&self, payment: &Transaction, memo: &str, error: bool) -> Signature {
        self.add(HEIGHT + 3, payment, Some(memo), error)
    }

    /// Anybody names the account in so many transactions.
    pub(crate) fn spam(&self, count: u64, memo: Option<&str>) {
        for number in 0..count {
            self.add(HEIGHT + 4, &transaction(memo, 3, None, 1_000 + number), memo, false);
        }
    }

    /// The payment's blockhash is over, beyond doubt.
    pub(crate) fn expire(&self) {
        self.state().height = LAST + 33;
    }

    /// An endpoint that shows it.
    pub(crate) fn serve(&self) -> Server {
        let chain = self.clone();
        Server::new(move |_, asked| chain.answer(asked))
    }

    pub(crate) fn answer(&self, asked: &Asked) -> Reply {
        let state = self.state();
        let shown = |past: &&Past| !state.hidden.contains(&past.name());
        match asked.method.as_str() {
            "getGenesisHash" => Reply::Result(json!("EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG")),
            "getFirstAvailableBlock" => Reply::Result(json!(state.first.0)),
            "getBlockTime" => Reply::Result(json!(state.first.1)),
            "getBlockHeight" => Reply::Result(json!(state.height)),
            "getSignaturesForAddress" => {
                let options = &asked.params[1];
                let limit = state
                    .page
                    .unwrap_or(1_000)
                    .min(usize::try_from(options["limit"].as_u64().unwrap()).unwrap());
                let mut newest_first: Vec<&Past> = state.past.iter().rev().filter(shown).collect();
                if let Some(before) = options["before"].as_str() {
                    let at = newest_first.iter().position(|past| past.name().to_string() == before);
                    newest_first = at.map_or_else(Vec::new, |at| newest_first.split_off(at + 1));
                }
                let items: Vec<Value> = newest_first
                    .into_iter()
                    .take(limit)
                    .map(|past| {
                        json!({"signature": past.name(), "slot": past.slot,
                            "blockTime": SIGNED + 2 * (i64::try_from(past.slot).unwrap() - 1_000) * 60,
                            "memo": past.memo.as_ref().filter(|_| !state.memoless)})
                    })
                    .collect();
                Reply::Result(Value::Array(items))
            }
            "getTransaction" => {
                let name = asked.params[0].as_str().unwrap();
                let found = state.past.iter().filter(shown).find(|past| past.name().to_string() == name);
                let denied = state.denied.iter().any(|denied| denied.to_string() == name);
                Reply::Result(found.filter(|_| !denied).map_or(Value::Null, |past| {
                    let error = past.error.then(|| json!({"InstructionError": [0, {"Custom": 1}]}));
                    json!({"slot": past.slot, "transaction": [past.transaction.to_base64().unwrap(), "base64"],
                        "meta": {"err": error, "fee": 5_000, "logMessages": null}})
                }))
            }
            method => panic!("{method}"),
        }
    }
}
