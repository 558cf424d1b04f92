//! Payments: fees, and those that nobody makes.

use leash_chain::treasury;
use leash_intent::{FEE_AUTHORITY, Fee, Intent, IntentError, Meaning, Payer, Payment, check};
use proptest::prelude::*;

use crate::{asset, blockhash, intent, me, payment, public, usdc};

#[test]
fn a_fee_is_one_per_cent_rounded_up() {
    for (net, fee) in [(0, 0), (1, 1), (100, 1), (101, 2), (999, 10), (1_000_000, 10_000)] {
        assert_eq!(Fee::LEASH.on(net), Some(fee), "{net}");
    }
    assert_eq!(Fee::LEASH.on(u64::MAX), Some(184_467_440_737_095_517));
    assert_eq!(Payment { net: u64::MAX, ..payment() }.gross(), None);
    assert_eq!(payment().gross(), Some(1_010));
    assert_eq!(Payment { fee: None, ..payment() }.gross(), Some(1_000));
}

#[test]
fn what_leaves_the_treasury_is_the_gross() {
    let steps = intent(Meaning::Pay(payment())).build().unwrap().message().describe();
    let does: Vec<&str> = steps.iter().map(|step| step.does).collect();
    let account = "create_token_account";
    let transfer = "transfer_checked";
    assert_eq!(does, ["compute_limit", "compute_price", account, account, transfer, transfer, "memo"]);
    let value = |index: usize, name: &str| {
        let step: &leash_chain::Step = &steps[index];
        step.accounts.iter().chain(&step.values).find(|(part, _)| part == name).unwrap().1.clone()
    };
    let source = usdc().account_of(&treasury(&asset())).to_string();
    assert_eq!((value(4, "from"), value(5, "from")), (source.clone(), source));
    assert_eq!(value(5, "to"), usdc().account_of(&FEE_AUTHORITY).to_string());
    assert_eq!((value(4, "amount").as_str(), value(5, "amount").as_str()), ("1000", "10"));
}

#[test]
fn nobody_makes_these() {
    let refused = |payment: Payment| {
        let error = Intent::new(me(), Meaning::Pay(payment), blockhash(), 0).expect_err("a payment");
        assert!(matches!(error, IntentError::Payment(_)), "{error}");
        error.to_string()
    };
    let settles = refused(Payment { fee_payer: Some(me()), ..payment() });
    assert!(settles.contains("must pay the network's fee"), "{settles}");
    refused(Payment { fee_payer: Some(treasury(&asset())), ..payment() });
    refused(Payment { fee_payer: None, ..payment() });
    refused(Payment { memo: None, ..payment() });
    refused(Payment { to: me(), ..payment() });
    refused(Payment { to: asset(), ..payment() });
    refused(Payment { to: payment().source(&me()), ..payment() });
    refused(Payment { net: 0, ..payment() });
    refused(Payment { net: u64::MAX, ..payment() });
    refused(Payment { from: Payer::Executive, to: me(), ..payment() });
    refused(Payment { to: treasury(&asset()), ..payment() });
    refused(Payment { memo: Some(String::new()), ..payment() });
    refused(Payment { memo: Some("x".repeat(257)), ..payment() });
    refused(Payment { fee: Some(Fee { bps: 1_001, ..Fee::LEASH }), ..payment() });
}

proptest! {
    #[test]
    fn another_payment_is_another_transaction(net in 1_u64..1 << 60, bps in 0_u16..=1_000, seed in 40_u8..) {
        let mine = Payment { net, fee: Some(Fee { bps, ..Fee::LEASH }), ..payment() };
        let meant = intent(Meaning::Pay(mine.clone()));
        check(meant.build().unwrap(), &meant).unwrap();
        for other in [
            Payment { net: net + 1, ..mine.clone() },
            Payment { to: public(seed), ..mine.clone() },
            Payment { memo: Some("another".to_owned()), ..mine.clone() },
            Payment { from: Payer::Executive, ..mine.clone() },
            Payment { fee_payer: Some(public(seed)), ..mine.clone() },
            Payment { token: leash_chain::Token::by_symbol(leash_chain::Network::Devnet, "USDT").unwrap(), ..mine },
        ] {
            prop_assert!(check(intent(Meaning::Pay(other)).build().unwrap(), &meant).is_err());
        }
    }
}
