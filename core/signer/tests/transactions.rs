//! Transactions that the executive's key signs, and those that it doesn't.
#![allow(missing_docs, clippy::unwrap_used)]

use leash_chain::{Address, Blockhash, Network, Token};
use leash_intent::{Checked, Compute, Intent, Layout, Meaning, Payer, Payment, check};
use leash_signer::Executive;

fn checked(executive: &Executive, meaning: Meaning) -> Checked {
    let intent = Intent::new(executive.public(), meaning, Blockhash::new([9; 32]), 20_000).unwrap();
    check(intent.build().unwrap(), &intent).unwrap()
}

fn creation(asset: Address) -> Meaning {
    Meaning::Create { asset, name: "a".into(), uri: "https://a.example".into(), register: true }
}

#[test]
fn a_checked_transaction_is_signed() {
    let executive = Executive::generate().unwrap();
    let mut checked = checked(&executive, Meaning::RegisterExecutive);
    executive.sign_transaction(&mut checked).unwrap();
    let transaction = checked.into_transaction();
    assert!(transaction.is_signed());
    assert!(transaction.id().is_some());
}

#[test]
fn what_was_checked_for_another_key_is_not() {
    let (one, other) = (Executive::generate().unwrap(), Executive::generate().unwrap());
    let mut for_other = checked(&other, Meaning::RegisterExecutive);
    assert!(one.sign_transaction(&mut for_other).is_err());
    // A payment of somebody else's that this key would pay the network for.
    let payment = Payment {
        token: Token::by_symbol(Network::Devnet, "USDC").unwrap(),
        from: Payer::Executive,
        to: Address::new([4; 32]),
        net: 5,
        fee: None,
        fee_payer: Some(one.public()),
        memo: Some("m".into()),
        layout: Layout::Leash,
    };
    let mut paid = checked(&other, Meaning::Pay(payment));
    assert!(one.sign_transaction(&mut paid).is_err());
    other.sign_transaction(&mut paid).unwrap();
    assert_eq!(paid.transaction().missing().collect::<Vec<_>>(), [&one.public()]);
}

#[test]
fn a_payment_without_a_sponsor_is_whole_with_one_signature() {
    let executive = Executive::generate().unwrap();
    let payment = Payment {
        token: Token::by_symbol(Network::Devnet, "USDC").unwrap(),
        from: Payer::Treasury(Address::new([2; 32])),
        to: Address::new([4; 32]),
        net: 5,
        fee: None,
        fee_payer: None,
        memo: None,
        layout: Layout::Standard { compute: Compute { limit: 20_000, price: 7 }, splits: Vec::new() },
    };
    let mut paid = checked(&executive, Meaning::Pay(payment));
    executive.sign_transaction(&mut paid).unwrap();
    assert!(paid.transaction().is_signed());
    assert_eq!(paid.transaction().message().signers(), [executive.public()]);
}

#[test]
fn an_asset_signs_its_own_creation_and_nothing_else() {
    let executive = Executive::generate().unwrap();
    let (asset, other) = (executive.asset_key(&[1; 16]), executive.asset_key(&[2; 16]));
    assert_eq!(asset.public(), executive.asset_key(&[1; 16]).public());
    assert_ne!(asset.public(), other.public());
    assert_ne!(asset.public(), Executive::generate().unwrap().asset_key(&[1; 16]).public());

    let mut created = checked(&executive, creation(asset.public()));
    assert!(other.sign_transaction(&mut created).is_err());
    asset.sign_transaction(&mut created).unwrap();
    assert!(!created.transaction().is_signed());
    executive.sign_transaction(&mut created).unwrap();
    assert!(created.into_transaction().is_signed());

    let mut delegated = checked(&executive, Meaning::Delegate { asset: asset.public() });
    assert!(asset.sign_transaction(&mut delegated).is_err());
}
