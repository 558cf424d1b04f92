//! A ledger, the parties of the recorded flows, and what they sign.

use base64ct::{Base64, Encoding as _};
use ed25519_dalek::{Signer as _, SigningKey};
use leash_chain::TokenAccount;
use leash_ledger::Ledger;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[derive(Deserialize)]
pub struct Flows {
    pub keys: BTreeMap<String, String>,
    pub treasury: String,
    pub treasury_usdc: String,
    pub destination_usdc: String,
    pub flows: BTreeMap<String, Vec<Step>>,
}

#[derive(Deserialize, Clone)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    pub program_id: String,
    pub keys: Vec<Key>,
    #[serde(rename = "data_hex")]
    pub data: String,
}

#[derive(Deserialize, Clone)]
#[serde(rename_all = "camelCase")]
pub struct Key {
    pub pubkey: String,
    pub is_signer: bool,
    pub is_writable: bool,
}

pub const USDC: &str = "4zMMC9srt5Ri5X14GAgXhaHii3GnPAEERYPJgZJDncDU";

pub fn flows() -> Flows {
    serde_json::from_str(include_str!("../data/flows.json")).unwrap()
}

/// The key of which every byte is the same.
pub fn party(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

pub fn executive() -> SigningKey {
    party(1)
}

pub fn asset() -> SigningKey {
    party(2)
}

pub fn text(key: &SigningKey) -> String {
    bs58::encode(key.verifying_key().as_bytes()).into_string()
}

pub fn bytes(text: &str) -> [u8; 32] {
    bs58::decode(text).into_vec().unwrap().try_into().unwrap()
}

pub struct Play {
    pub ledger: Ledger,
    pub home: tempfile::TempDir,
}

impl Play {
    pub fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        Self { ledger: Ledger::open(&home.path().join("ledger.db")).unwrap(), home }
    }

    /// As after the end of the process, however it came.
    pub fn again(self) -> Self {
        let Self { ledger, home } = self;
        drop(ledger);
        Self { ledger: Ledger::open(&home.path().join("ledger.db")).unwrap(), home }
    }

    /// The whole answer of a call.
    pub fn answer(&mut self, method: &str, params: &Value) -> Value {
        let call = json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": params });
        let answer = self.ledger.rpc(call.to_string().as_bytes());
        assert_eq!(answer["id"], 7, "{answer}");
        answer
    }

    pub fn call(&mut self, method: &str, params: &Value) -> Value {
        let answer = self.answer(method, params);
        assert!(answer.get("error").is_none(), "{answer}");
        answer["result"].clone()
    }

    pub fn blockhash(&mut self) -> [u8; 32] {
        bytes(self.call("getLatestBlockhash", &json!([]))["value"]["blockhash"].as_str().unwrap())
    }

    pub fn lamports(&mut self, address: &str) -> u64 {
        self.call("getBalance", &json!([address]))["value"].as_u64().unwrap()
    }

    pub fn holding(&self, address: &str) -> TokenAccount {
        let account = self.ledger.account(&leash_chain::Address::new(bytes(address))).unwrap();
        TokenAccount::read(&account).unwrap()
    }

    pub fn airdrop(&mut self, address: &str, lamports: u64) {
        self.call("requestAirdrop", &json!([address, lamports]));
    }

    pub fn fund(&mut self, owner: &str, mint: &str, amount: u64) {
        let address = |text| leash_chain::Address::new(bytes(text));
        self.ledger.fund(&address(owner), &address(mint), amount).unwrap().unwrap();
    }

    /// Sends one recorded flow, signed by these, the first of whom pays.
    pub fn send(&mut self, steps: &[Step], signers: &[SigningKey]) -> Value {
        let blockhash = self.blockhash();
        self.send_wire(&sign(steps, signers, &blockhash))
    }

    pub fn send_wire(&mut self, wire: &[u8]) -> Value {
        self.answer("sendTransaction", &json!([Base64::encode_string(wire), { "encoding": "base64" }]))
    }

    /// The same, which must land; its cost to the first of the signers.
    pub fn cost(&mut self, steps: &[Step], signers: &[SigningKey]) -> u64 {
        let payer = text(&signers[0]);
        let before = self.lamports(&payer);
        let answer = self.send(steps, signers);
        assert!(answer["result"].is_string(), "{answer:#}");
        before - self.lamports(&payer)
    }
}

/// A legacy transaction.
pub fn sign(steps: &[Step], signers: &[SigningKey], blockhash: &[u8; 32]) -> Vec<u8> {
    let message = message(steps, signers, blockhash);
    let mut wire = vec![signers.len() as u8];
    signers.iter().for_each(|key| wire.extend_from_slice(&key.sign(&message).to_bytes()));
    wire.extend_from_slice(&message);
    wire
}

fn message(steps: &[Step], signers: &[SigningKey], blockhash: &[u8; 32]) -> Vec<u8> {
    let mut writable: Vec<String> = Vec::new();
    let mut readable: Vec<String> = Vec::new();
    let names: Vec<String> = signers.iter().map(text).collect();
    for step in steps {
        for key in &step.keys {
            assert!(!key.is_signer || names.contains(&key.pubkey), "{} must sign", key.pubkey);
            if names.contains(&key.pubkey) {
            } else if key.is_writable {
                readable.retain(|known| *known != key.pubkey);
                if !writable.contains(&key.pubkey) {
                    writable.push(key.pubkey.clone());
                }
            } else if !writable.contains(&key.pubkey) && !readable.contains(&key.pubkey) {
                readable.push(key.pubkey.clone());
            }
        }
    }
    for step in steps {
        if !writable.contains(&step.program_id) && !readable.contains(&step.program_id) {
            readable.push(step.program_id.clone());
        }
    }
    let readonly = readable.len() as u8;
    let all: Vec<String> = names.into_iter().chain(writable).chain(readable).collect();
    let at = |name: &String| all.iter().position(|known| known == name).unwrap() as u8;
    let mut out = vec![signers.len() as u8, 0, readonly, all.len() as u8];
    all.iter().for_each(|name| out.extend_from_slice(&bytes(name)));
    out.extend_from_slice(blockhash);
    out.push(steps.len() as u8);
    for step in steps {
        out.push(at(&step.program_id));
        out.push(step.keys.len() as u8);
        out.extend(step.keys.iter().map(|key| at(&key.pubkey)));
        let data: Vec<u8> = (0..step.data.len() / 2)
            .map(|at| u8::from_str_radix(&step.data[2 * at..2 * at + 2], 16).unwrap())
            .collect();
        assert!(data.len() < 128);
        out.push(data.len() as u8);
        out.extend_from_slice(&data);
    }
    out
}
