//! What each intent builds is, byte for byte, what the original sends.
#![allow(missing_docs, clippy::unwrap_used)]

use ed25519_dalek::{Signer as _, SigningKey};
use leash_chain::{Address, Network, Order, Signature, Token, Transaction, Version, compile};
use leash_intent::{Compute, Fee, Intent, Layout, Meaning, Payer, Payment, Split, check};
use serde_json::Value;

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn address(seed: u8) -> Address {
    Address::new(key(seed).verifying_key().to_bytes())
}

/// The transaction, built, checked, and signed by executive and asset as far as it asks for them.
fn made(vectors: &Value, meaning: Meaning) -> String {
    let blockhash = vectors["meta"]["blockhash"].as_str().unwrap().parse().unwrap();
    let intent = Intent::new(address(1), meaning, blockhash, 10_000).unwrap();
    let mut checked = check(intent.build().unwrap(), &intent).unwrap();
    let bytes = checked.transaction().message().to_bytes().unwrap();
    for seed in [1, 2] {
        checked.put(&address(seed), Signature::new(key(seed).sign(&bytes).to_bytes()));
    }
    checked.into_transaction().to_base64().unwrap()
}

#[test]
fn intents_build_what_the_original_sends() {
    let vectors: Value = serde_json::from_str(include_str!("../../chain/tests/golden/vectors.json")).unwrap();
    let (asset, to) = (address(2), address(4));
    let token = Token::by_symbol(Network::Devnet, "USDC").unwrap();
    let (name, uri) = ("Quote Agent".to_owned(), "https://a.example/q.json".to_owned());
    for (vector, meaning) in [
        ("core_create_v2_owner_self", Meaning::Create { asset, name, uri: uri.clone(), register: false }),
        ("register_identity_v1_no_collection", Meaning::Register { asset, uri }),
        ("register_executive_v1", Meaning::RegisterExecutive),
        ("delegate_execution_v1", Meaning::Delegate { asset }),
        (
            "set_spend_delegation_5usdc_ata_exists",
            Meaning::Approve { asset, token, amount: 5_000_000, create_account: false },
        ),
        ("revoke_spend_delegation", Meaning::Revoke { asset, token }),
        (
            "withdraw_all_usdc",
            Meaning::Withdraw { asset, token, to, amount: 5_000_000, create_account: false },
        ),
        ("withdraw_sol", Meaning::WithdrawSol { asset, to, lamports: 1_000_000 }),
    ] {
        assert_eq!(made(&vectors, meaning), vectors[vector]["tx"]["signed_base64"], "{vector}");
    }
    let x402 = Payment {
        token,
        from: Payer::Treasury(asset),
        to: address(6),
        net: 1_000,
        fee: Some(Fee::LEASH),
        fee_payer: Some(address(5)),
        memo: Some("leash-golden".to_owned()),
        layout: Layout::Leash,
    };
    let no_fee = Payment { fee: None, ..x402.clone() };
    let owner = Payment { from: Payer::Executive, ..no_fee.clone() };
    let mpp = Payment { net: 2_500, memo: Some("mpp:chal-0001".to_owned()), ..no_fee.clone() };
    let sent = |name: &str| vectors[name]["payload"]["payload"]["transaction"].clone();
    for (payment, vector) in [
        (x402, sent("x402_delegate_with_fee")),
        (no_fee, sent("x402_delegate_no_fee")),
        (owner, sent("x402_owner_no_fee")),
        (mpp, vectors["mpp_delegate"]["signedTx"].clone()),
    ] {
        assert_eq!(made(&vectors, Meaning::Pay(payment)), vector);
    }
}

/// `standard.json` holds what two public clients sent, with the executive as the owner of the tokens.
#[test]
fn standard_payments_are_those_of_public_clients() {
    let vectors: Value = serde_json::from_str(include_str!("standard.json")).unwrap();
    let token = Token::by_symbol(Network::Devnet, "USDC").unwrap();
    let blockhash = vectors["blockhash"].as_str().unwrap().parse().unwrap();
    let compute = |limit| Compute { limit, price: 1 };
    let plain = |memo: Option<&str>, limit| Payment {
        token,
        from: Payer::Executive,
        to: address(6),
        net: 1_000,
        fee: None,
        fee_payer: Some(address(5)),
        memo: memo.map(str::to_owned),
        layout: Layout::Standard { compute: compute(limit), splits: Vec::new() },
    };
    let splits = vec![
        Split { to: address(7), amount: 10, memo: Some("platform fee".to_owned()), create_account: false },
        Split { to: address(8), amount: 20, memo: None, create_account: true },
    ];
    for (name, payment) in [
        ("x402_memo", plain(Some("invoice 7"), 20_000)),
        ("x402_v1", plain(Some("invoice 7"), 20_000)),
        ("mpp_unsponsored", Payment { fee_payer: None, ..plain(None, 200_000) }),
        ("mpp_external_id", plain(Some("order-1"), 200_000)),
        (
            "mpp_splits",
            Payment {
                layout: Layout::Standard { compute: compute(200_000), splits },
                ..plain(Some("order-2"), 200_000)
            },
        ),
    ] {
        let max_fee = payment.network_fee();
        let intent = Intent::new(address(1), Meaning::Pay(payment), blockhash, max_fee).unwrap();
        let sent = Transaction::from_base64(vectors[name]["transaction"].as_str().unwrap()).unwrap();
        let built = intent.build().unwrap();
        check(built.clone(), &intent).unwrap();
        if name.starts_with("x402") {
            let mut checked = check(built, &intent).unwrap();
            let bytes = checked.transaction().message().to_bytes().unwrap();
            assert!(checked.put(&address(1), Signature::new(key(1).sign(&bytes).to_bytes())));
            assert_eq!(checked.into_transaction(), sent, "{name}");
            continue;
        }
        // This client writes the price before the limit. Its server takes either order.
        let mut instructions = sent.message().instructions().unwrap();
        instructions.swap(0, 1);
        let fee_payer = sent.message().fee_payer();
        let message = compile(Version::V0, Order::Text, &fee_payer, &instructions, blockhash).unwrap();
        assert_eq!(*built.message(), message, "{name}");
    }
}
