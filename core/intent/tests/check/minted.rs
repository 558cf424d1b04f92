//! What a mint API may send, and what it may not.

use ed25519_dalek::Signer as _;
use leash_chain::{
    Address, Blockhash, Instruction, Meta, Order, Signature, Transaction, Version, compile, ix, programs,
};
use leash_intent::{Intent, Meaning, check};

use crate::{asset, blockhash, key, me, public, usdc};

const NAME: &str = "Quote Agent";
const URI: &str = "data:application/json;utf8,%7B%7D";

fn meant() -> Intent {
    let meaning = Meaning::Minted { asset: asset(), name: NAME.to_owned(), uri: URI.to_owned() };
    Intent::new(me(), meaning, blockhash(), 20_000).unwrap()
}

fn create() -> Instruction {
    created(|_| ())
}

fn created(edit: impl FnOnce(&mut ix::CreateAsset<'_>)) -> Instruction {
    let (owner, update_authority) = (Some(me()), None);
    let mut new =
        ix::CreateAsset { asset: asset(), payer: me(), owner, update_authority, name: NAME, uri: URI };
    edit(&mut new);
    ix::create_asset(&new)
}

fn with(edit: impl FnOnce(&mut Instruction)) -> Instruction {
    let mut instruction = create();
    edit(&mut instruction);
    instruction
}

fn identity() -> Instruction {
    ix::register_identity(&asset(), &me(), "https://a.example/identity.json")
}

/// What the API sends: signed by the asset.
fn sent(instructions: &[Instruction]) -> Transaction {
    sent_by(&me(), blockhash(), instructions)
}

fn sent_by(payer: &Address, blockhash: Blockhash, instructions: &[Instruction]) -> Transaction {
    let message = compile(Version::V0, Order::Text, payer, instructions, blockhash).unwrap();
    let mut transaction = Transaction::unsigned(message).unwrap();
    let signature = key(2).sign(&transaction.message().to_bytes().unwrap()).to_bytes();
    transaction.put(&asset(), Signature::new(signature));
    transaction
}

#[test]
fn it_may_mint_in_its_own_way() {
    let tail = 10;
    let plugins = |end: &'static [u8]| {
        with(move |instruction| {
            instruction.data.truncate(instruction.data.len() - tail);
            instruction.data.extend_from_slice(end);
        })
    };
    for instructions in [
        vec![create()],
        vec![create(), identity()],
        vec![ix::compute_limit(300_000), ix::compute_price(20_000), create(), identity()],
        vec![ix::compute_price(1), create()],
        vec![created(|new| new.owner = None)],
        vec![created(|new| new.update_authority = Some(me()))],
        vec![with(|instruction| instruction.accounts[2] = Meta::reads(me()).signs())],
        vec![plugins(&[0, 0])],
        vec![plugins(&[1, 0, 0, 0, 0, 0])],
        vec![create(), ix::register_identity(&asset(), &me(), URI)],
    ] {
        check(sent(&instructions), &meant()).unwrap_or_else(|refusal| panic!("{refusal}"));
    }
}

/// Each of these would cost the user the agent, its treasury, or the executive's own funds.
fn drains() -> Vec<(&'static str, Vec<Instruction>)> {
    let thief = public(7);
    let (mine, theirs) = (usdc().account_of(&me()), usdc().account_of(&thief));
    let set_authority =
        Instruction::new(programs::TOKEN, [Meta::writes(mine), Meta::reads(me()).signs()], [6, 2, 1]);
    let close = [Meta::writes(mine), Meta::writes(thief), Meta::reads(me()).signs()];
    let delegate = with(|instruction| {
        // A list of one plugin, a permanent transfer delegate.
        let at = instruction.data.len() - 10;
        instruction
            .data
            .splice(at.., [1, 1, 0, 0, 0, 6, 1, 3].into_iter().chain([7; 32]).chain([1, 0, 0, 0, 0]));
    });
    let nonce = Instruction::new(
        programs::SYSTEM,
        [Meta::writes(thief), Meta::reads(public(8)), Meta::reads(me()).signs()],
        [4, 0, 0, 0],
    );
    let approve =
        ix::execute(&asset(), &me(), &ix::approve(usdc(), &leash_chain::treasury(&asset()), &thief, 5));
    vec![
        ("lamports", vec![create(), ix::transfer(&me(), &thief, 1)]),
        ("lamports before", vec![ix::transfer(&me(), &thief, 1), create()]),
        ("tokens", vec![create(), ix::transfer_checked(usdc(), &mine, &theirs, &me(), 1)]),
        ("an allowance", vec![create(), ix::approve(usdc(), &me(), &thief, 1)]),
        ("an allowance on the treasury", vec![create(), approve]),
        ("an account's authority", vec![create(), set_authority]),
        ("a closed account", vec![create(), Instruction::new(programs::TOKEN, close, [9])]),
        ("an account for a stranger", vec![create(), ix::create_token_account(&me(), &thief, usdc())]),
        ("another owner", vec![created(|new| new.owner = Some(thief))]),
        ("another update authority", vec![created(|new| new.update_authority = Some(thief))]),
        ("another authority", vec![with(|i| i.accounts[2] = Meta::reads(asset()).signs())]),
        ("another name", vec![created(|new| new.name = "Mallory")]),
        ("another description", vec![created(|new| new.uri = "https://evil.example")]),
        ("a collection", vec![with(|i| i.accounts[1] = Meta::writes(thief))]),
        ("a log wrapper", vec![with(|i| i.accounts[7] = Meta::reads(thief))]),
        ("a plugin", vec![delegate]),
        ("another asset", vec![created(|new| new.asset = public(8))]),
        ("another asset as well", vec![create(), created(|new| new.asset = public(8))]),
        ("another's identity", vec![create(), ix::register_identity(&public(8), &me(), URI)]),
        ("an identity twice", vec![create(), identity(), identity()]),
        ("an identity alone", vec![identity()]),
        ("an identity first", vec![identity(), create()]),
        ("an identity anywhere", vec![create(), ix::register_identity(&asset(), &me(), "javascript:x")]),
        (
            "a description with codes",
            vec![create(), ix::register_identity(&asset(), &me(), "data:\u{1b}[2J")],
        ),
        ("a delegate", vec![create(), ix::delegate_execution(&asset(), &me())]),
        ("a nonce that never ends", vec![nonce, create()]),
        ("a dear transaction", vec![ix::compute_limit(1_400_000), ix::compute_price(1_000_000), create()]),
        ("prices twice", vec![ix::compute_price(1), ix::compute_price(2), create()]),
        ("a price behind", vec![create(), ix::compute_price(1)]),
        ("another program", vec![create(), Instruction::new(thief, [Meta::writes(me()).signs()], [])]),
        ("nothing", vec![ix::memo("hello")]),
    ]
}

#[test]
fn it_may_not_drain_anybody() {
    for (what, instructions) in drains() {
        let refusal = check(sent(&instructions), &meant()).expect_err(what);
        let text = refusal.to_string();
        assert!(text.contains("expected:") && text.contains("got:"), "{what}: {text}");
        assert!(!text.contains('\u{1b}'), "{what}");
    }
    let (payer, other) = (sent_by(&public(7), blockhash(), &[create()]), Blockhash::new([3; 32]));
    assert!(check(payer, &meant()).is_err(), "somebody else's fee makes another transaction");
    assert!(check(sent_by(&me(), other, &[create()]), &meant()).is_err(), "a stale blockhash");
}

#[test]
fn the_asset_must_have_signed() {
    let mut forged = sent(&[create()]);
    forged.put(&asset(), Signature::new([5; 64]));
    let refusal = check(forged, &meant()).unwrap_err();
    assert!(refusal.to_string().contains("a wrong one"), "{refusal}");
    let unsigned = Transaction::unsigned(sent(&[create()]).message().clone()).unwrap();
    let refusal = check(unsigned, &meant()).unwrap_err();
    assert!(refusal.to_string().contains(&format!("signature of {}", asset())), "{refusal}");
}

#[test]
fn a_forged_signature_of_ours_is_refused() {
    let mut forged = sent(&[create()]);
    forged.put(&me(), Signature::new([5; 64]));
    assert!(check(forged, &meant()).is_err());
}
