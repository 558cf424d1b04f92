//! `/v1/agents/mint`: what the mint API is to `leash agent create`. It makes a transaction that makes an agent, signed
//! by the asset's new key alone; the one who asked signs and sends it.
//!
//! The real one belongs to Metaplex (`api.metaplex.com`); its SDK defines the form.

use ed25519_dalek::{Signer as _, SigningKey};
use leash_chain::{
    Address, Blockhash, Order, Signature, Transaction, Version, WireError, compile,
    ix::{self, CreateAsset},
};

use super::{
    Request, Sandbox,
    answer::{Answer, Reply},
    shapes::{LABEL, NETWORK, PUBKEY},
};
use crate::{
    js::{Value, object},
    store::stored,
    zod::{Schema, TextCheck},
};

const METADATA: Schema = Schema::Object(&[("type", Schema::Text(&[])), ("name", LABEL)]);
const BODY: Schema = Schema::Object(&[
    ("wallet", PUBKEY),
    ("network", Schema::Optional(&NETWORK)),
    ("name", LABEL),
    ("uri", Schema::Text(&[TextCheck::Min(1), TextCheck::Max(2048)])),
    ("agentMetadata", METADATA),
]);

/// Makes the transaction.
pub(super) fn mint(sandbox: &Sandbox, request: &Request) -> Reply {
    let body = request.json(&BODY)?;
    let text = |name| body.get(name).and_then(Value::as_text).map(stored).unwrap_or_default();
    let Ok(wallet) = text("wallet").parse::<Address>() else { return Ok(refusal("wallet is no address")) };
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)?;
    let key = SigningKey::from_bytes(&seed);
    let asset = Address::new(key.verifying_key().to_bytes());
    let latest = sandbox.with_ledger(leash_ledger::Ledger::blockhash)?;
    let blockhash = Blockhash::new(latest.hash);
    let (name, uri) = (text("name"), text("uri"));
    let new =
        CreateAsset { asset, payer: wallet, owner: None, update_authority: None, name: &name, uri: &uri };
    // A short one of its own, since two long texts don't fit one transaction, and none on this machine's http, where
    // nobody else could look at it: leash refuses to sign that.
    let place = format!("data:application/json,{{\"type\":\"agent\",\"agent\":\"{asset}\"}}");
    let steps = [ix::create_asset(&new), ix::register_identity(&asset, &wallet, &place)];
    let wire = match compose(&wallet, &steps, blockhash, &key) {
        Ok(wire) => wire,
        Err(error) => return Ok(refusal(&format!("name and uri are too long for a transaction: {error}"))),
    };
    let document = object([
        ("success", Value::Bool(true)),
        ("tx", Value::text(wire)),
        (
            "blockhash",
            object([
                ("blockhash", Value::text(blockhash.to_string())),
                ("lastValidBlockHeight", Value::Raw(latest.last_valid_block_height.to_string())),
            ]),
        ),
        ("assetAddress", Value::text(asset.to_string())),
    ]);
    Ok(Answer::json(200, &document))
}

fn compose(
    wallet: &Address,
    steps: &[leash_chain::Instruction],
    blockhash: Blockhash,
    key: &SigningKey,
) -> Result<String, WireError> {
    let message = compile(Version::V0, Order::FirstSeen, wallet, steps, blockhash)?;
    let bytes = message.to_bytes()?;
    let mut transaction = Transaction::unsigned(message)?;
    let asset = Address::new(key.verifying_key().to_bytes());
    transaction.put(&asset, Signature::new(key.sign(&bytes).to_bytes()));
    transaction.to_base64()
}

fn refusal(what: &str) -> Answer {
    Answer::json(400, &object([("success", Value::Bool(false)), ("error", Value::text(what))]))
}
