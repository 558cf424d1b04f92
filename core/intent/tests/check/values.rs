//! Intents that make no sense, and how a creation is split.

use leash_chain::{MAX_BYTES, WireError, treasury};
use leash_intent::{Intent, IntentError, Meaning, creation};

use crate::{asset, blockhash, intent, me, public, usdc};

#[test]
fn a_creation_is_one_transaction_where_it_fits() {
    let of = |length: usize| creation(&me(), &asset(), "Quote Agent", &"u".repeat(length));
    let one = of(300).unwrap();
    assert!(matches!(&one[..], [Meaning::Create { register: true, .. }]), "{one:?}");
    // The registration of the original, as a data URL.
    let two = of(437).unwrap();
    assert!(
        matches!(&two[..], [Meaning::Create { register: false, .. }, Meaning::Register { .. }]),
        "{two:?}"
    );
    for meaning in one.into_iter().chain(two) {
        assert!(intent(meaning).build().unwrap().to_bytes().unwrap().len() <= MAX_BYTES);
    }
    assert_eq!(of(1_000), Err(IntentError::Wire(WireError::TooLarge)));
}

#[test]
fn withdrawals_go_elsewhere() {
    let (asset, token) = (asset(), usdc());
    let treasury = treasury(&asset);
    let refused = |meaning: Meaning| {
        let error = Intent::new(me(), meaning, blockhash(), 0).expect_err("a withdrawal");
        assert!(matches!(error, IntentError::Withdrawal(_)), "{error}");
    };
    let withdraw = |to, amount| Meaning::Withdraw { asset, token, to, amount, create_account: true };
    refused(withdraw(treasury, 1));
    refused(withdraw(token.account_of(&treasury), 1));
    refused(withdraw(asset, 1));
    refused(withdraw(public(4), 0));
    refused(Meaning::WithdrawSol { asset, to: treasury, lamports: 1 });
    refused(Meaning::WithdrawSol { asset, to: public(4), lamports: 0 });
    let nothing = Meaning::Provision { asset, tokens: vec![] };
    assert_eq!(Intent::new(me(), nothing, blockhash(), 0), Err(IntentError::Nothing));
}
