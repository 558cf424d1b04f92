//! Bringing the sandbox's agent into the world: an asset of its own, registered, with a treasury that can spend.

use base64ct::{Base64, Encoding as _};
use ed25519_dalek::{Signer as _, SigningKey};
use leash_chain::{
    Address, Blockhash, Instruction, Network, Order, Signature, Token, Transaction, Version, compile,
    ix::{self, CreateAsset},
    treasury,
};
use leash_output::Error;
use leash_signer::Executive;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::http;

/// For fees, in lamports.
const PURSE: u64 = 1_000_000_000;
/// What the treasury begins with, and what the key may spend of it: 100 USDC.
const TREASURY: u64 = 100_000_000;

/// The key of an executive's file.
pub(super) fn signing_key(executive: &Executive) -> SigningKey {
    let mut bytes = Zeroizing::new([0; 64]);
    // What was read as a key is one.
    let _ = bs58::decode(executive.export().expose()).onto(&mut bytes[..]);
    let mut seed = Zeroizing::new([0; 32]);
    seed.copy_from_slice(&bytes[..32]);
    SigningKey::from_bytes(&seed)
}

/// The asset's own key. It follows from the executive's, so that an `up` that was interrupted, and one after a
/// `reset`, mint the same agent.
fn asset_key(executive: &SigningKey) -> SigningKey {
    let seed = Sha256::new().chain_update(b"leash sandbox asset").chain_update(executive.as_bytes());
    SigningKey::from_bytes(&seed.finalize().into())
}

/// The agent that belongs to `executive`.
pub(super) fn asset_of(executive: &SigningKey) -> Address {
    address(&asset_key(executive))
}

/// Mints the agent that belongs to `executive`, unless it is there.
pub(super) fn agent(port: u16, executive: &SigningKey, name: &str) -> Result<(), Error> {
    let asset_key = asset_key(executive);
    let (asset, owner) = (address(&asset_key), address(executive));
    let found = http::rpc(port, "getAccountInfo", &json!([asset.to_string(), { "encoding": "base64" }]))?;
    if found.get("value").is_some_and(|value| !value.is_null()) {
        return Ok(());
    }
    http::rpc(port, "requestAirdrop", &json!([owner.to_string(), PURSE]))?;
    let uri = "data:application/json,%7B%7D";
    let new = CreateAsset { asset, payer: owner, owner: None, update_authority: None, name, uri };
    let steps = [ix::create_asset(&new), ix::register_identity(&asset, &owner, uri)];
    let usdc = Token::by_symbol(Network::Devnet, "USDC").ok_or_else(|| fault("USDC has no mint"))?;
    let fund = json!([treasury(&asset).to_string(), usdc.mint.to_string(), TREASURY.to_string()]);
    http::rpc(port, "leashFund", &fund)?;
    // All of the agent at once, and last: where the asset is, so is the rest.
    let allow = ix::approve(usdc, &treasury(&asset), &owner, TREASURY);
    let [create, register] = steps;
    send(port, &[create, register, ix::execute(&asset, &owner, &allow)], &[executive, &asset_key])
}

/// Signs, the first paying, and sends.
fn send(port: u16, steps: &[Instruction], signers: &[&SigningKey]) -> Result<(), Error> {
    let latest = http::rpc(port, "getLatestBlockhash", &json!([]))?;
    let blockhash = latest.pointer("/value/blockhash").and_then(Value::as_str).unwrap_or_default();
    let blockhash: Blockhash = blockhash.parse().map_err(|_| fault("the ledger gave no blockhash"))?;
    let payer = address(signers[0]);
    let broken = |error: leash_chain::WireError| fault(&error.to_string());
    let message = compile(Version::V0, Order::FirstSeen, &payer, steps, blockhash).map_err(broken)?;
    let bytes = message.to_bytes().map_err(broken)?;
    let mut transaction = Transaction::unsigned(message).map_err(broken)?;
    for signer in signers {
        transaction.put(&address(signer), Signature::new(signer.sign(&bytes).to_bytes()));
    }
    let wire = Base64::encode_string(&transaction.to_bytes().map_err(broken)?);
    http::rpc(port, "sendTransaction", &json!([wire, { "encoding": "base64" }])).map(drop)
}

fn address(key: &SigningKey) -> Address {
    Address::new(key.verifying_key().to_bytes())
}

fn fault(what: &str) -> Error {
    Error::failure("internal", format!("the sandbox's agent can't be made: {what}"))
        .hint("this should never happen: please report it with the command that you typed")
}
