//! The layout that foreign facilitators take: what is in it, in which order, and what nobody makes.

use leash_chain::{Address, Step, ix, treasury};
use leash_intent::{
    Compute, Fee, Intent, IntentError, Layout, MAX_NETWORK_FEE, Meaning, Payer, Payment, Split, check,
};
use proptest::prelude::*;

use crate::{asset, blockhash, intent, me, payment, public, split, standard, usdc};

fn steps(payment: Payment) -> Vec<Step> {
    intent(Meaning::Pay(payment)).build().unwrap().message().describe()
}

fn does(steps: &[Step]) -> Vec<&'static str> {
    steps.iter().map(|step| step.does).collect()
}

fn value(step: &Step, name: &str) -> String {
    step.accounts.iter().chain(&step.values).find(|(part, _)| part == name).unwrap().1.clone()
}

fn compute(limit: u32, price: u64) -> Payment {
    standard(vec![]).with_compute(Compute { limit, price })
}

fn refused(payment: Payment) -> String {
    match Intent::new(me(), Meaning::Pay(payment), blockhash(), 0) {
        Err(IntentError::Payment(reason)) => reason.to_owned(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_transfer_is_third_and_nothing_is_created() {
    let plain = steps(standard(vec![]));
    assert_eq!(does(&plain), ["compute_limit", "compute_price", "transfer_checked", "memo"]);
    let without_memo = steps(Payment { memo: None, ..standard(vec![]) });
    assert_eq!(does(&without_memo), ["compute_limit", "compute_price", "transfer_checked"]);
    assert_eq!(value(&plain[2], "amount"), "1000");
    assert_eq!(value(&plain[2], "from"), usdc().account_of(&treasury(&asset())).to_string());
    assert_eq!(value(&plain[2], "to"), usdc().account_of(&public(6)).to_string());
}

#[test]
fn the_fee_payer_is_in_no_instruction() {
    let built = intent(Meaning::Pay(standard(vec![split(7, 10)]))).build().unwrap();
    assert_eq!(built.message().fee_payer(), public(5));
    for instruction in built.message().instructions().unwrap() {
        assert_ne!(instruction.program, public(5));
        assert!(instruction.accounts.iter().all(|meta| meta.address != public(5)));
    }
}

#[test]
fn splits_come_out_of_the_price() {
    let payment = standard(vec![
        Split { memo: Some("a fee".to_owned()), ..split(7, 10) },
        Split { create_account: true, ..split(8, 20) },
        split(8, 20),
    ]);
    assert_eq!(payment.gross(), Some(1_000));
    let transfers = payment.transfers().unwrap();
    assert_eq!(transfers, [(public(6), 950), (public(7), 10), (public(8), 20), (public(8), 20)]);
    let steps = steps(payment);
    let expected = [
        "compute_limit",
        "compute_price",
        "transfer_checked",
        "memo",
        "transfer_checked",
        "memo",
        "create_token_account",
        "transfer_checked",
        "transfer_checked",
    ];
    assert_eq!(does(&steps), expected);
    let amounts: Vec<String> =
        [2, 4, 7, 8].into_iter().map(|index: usize| value(&steps[index], "amount")).collect();
    assert_eq!(amounts, ["950", "10", "20", "20"]);
    assert_eq!(value(&steps[6], "payer"), public(5).to_string());
}

#[test]
fn the_fee_of_leash_is_one_of_the_transfers_of_its_layout() {
    assert_eq!(payment().transfers().unwrap(), [(public(6), 1_000), (Fee::LEASH.authority, 10)]);
}

#[test]
fn without_a_sponsor_the_executive_pays_a_bounded_network_fee() {
    let payment = Payment { fee_payer: None, ..compute(20_000, 1_500_000) };
    assert_eq!(payment.network_fee(), 35_000);
    let max = payment.network_fee();
    let intent = Intent::new(me(), Meaning::Pay(payment), blockhash(), max).unwrap();
    let built = intent.build().unwrap();
    assert_eq!((built.message().fee_payer(), built.message().signers()), (me(), &[me()][..]));
    assert_eq!(built.message().max_fee(), Some(max));
    check(built.clone(), &intent).unwrap();
    // The bound is the intent's, whatever the payment says.
    let Meaning::Pay(payment) = intent.meaning().clone() else { panic!("a payment") };
    let less = Intent::new(me(), Meaning::Pay(payment), blockhash(), max - 1).unwrap();
    let refusal = check(built, &less).unwrap_err();
    assert_eq!(refusal.differences[0].what, "fee");

    assert_eq!(standard(vec![]).network_fee(), 0);
    let dear = refused(Payment { fee_payer: None, ..compute(200_000, Compute::MAX_PRICE) });
    assert!(dear.contains("network fee"), "{dear}");
    assert_eq!(Payment { fee_payer: None, ..compute(19_000, 5_000_000) }.network_fee(), MAX_NETWORK_FEE);
}

#[test]
fn a_limit_is_what_was_used_and_a_margin() {
    for (used, limit) in [(0, 1_000), (6_000, 7_600), (100_000, 111_000), (190_000, 200_000)] {
        assert_eq!(Compute::limit_for(used), limit);
    }
    assert_eq!(Compute::limit_for(u64::MAX), Compute::MAX_LIMIT);
}

#[test]
fn nobody_makes_these() {
    let own_account = standard(vec![]).source(&me());
    for payer in [me(), treasury(&asset()), asset(), own_account] {
        assert!(refused(Payment { fee_payer: Some(payer), ..standard(vec![]) }).contains("agent itself"));
        assert!(refused(Payment { to: payer, ..standard(vec![]) }).contains("it is to whom it comes from"));
        let back = standard(vec![Split { to: payer, ..split(7, 1) }]);
        assert!(refused(back).contains("one of its splits"));
    }
    // A fee payer that is part of a transfer would sign for that, too.
    for payer in [usdc().account_of(&public(6)), usdc().account_of(&public(7)), usdc().mint, usdc().program] {
        let payment = Payment { fee_payer: Some(payer), ..standard(vec![split(7, 1)]) };
        assert!(refused(payment).contains("part of the transfer"));
    }
    assert!(refused(Payment { fee: Some(Fee::LEASH), ..standard(vec![]) }).contains("no place"));
    assert!(refused(Payment { net: 0, ..standard(vec![]) }).contains("of nothing"));
    for sum in [1_000, 1_001, u64::MAX] {
        assert!(refused(standard(vec![split(7, sum)])).contains("nothing for the recipient"), "{sum}");
    }
    assert!(refused(standard(vec![split(7, u64::MAX), split(8, 2)])).contains("nothing for the recipient"));
    assert!(refused(standard(vec![split(7, 0)])).contains("of nothing"));
    assert!(refused(standard(vec![split(7, 1); 9])).contains("more than 8"));
    for memo in [String::new(), "x".repeat(567)] {
        let long = Some(memo);
        assert!(refused(Payment { memo: long.clone(), ..standard(vec![]) }).contains("memo"));
        assert!(refused(standard(vec![Split { memo: long, ..split(7, 1) }])).contains("memo"));
    }
    for (limit, price) in [(0, 1), (200_001, 1), (20_000, Compute::MAX_PRICE + 1)] {
        assert!(refused(compute(limit, price)).contains("compute"), "{limit} {price}");
    }
    let drain = standard(vec![Split { create_account: true, ..split(7, 1) }]);
    assert!(refused(Payment { fee_payer: None, ..drain }).contains("new token account"));
}

#[test]
fn what_does_not_fit_a_packet_is_not_built() {
    let memos = |length: usize| {
        let splits = (0..8).map(|seed| Split { memo: Some("m".repeat(length)), ..split(60 + seed, 1) });
        intent(Meaning::Pay(standard(splits.collect()))).build()
    };
    memos(1).unwrap();
    assert_eq!(memos(100).unwrap_err(), IntentError::Wire(leash_chain::WireError::TooLarge));
}

#[test]
fn any_text_may_be_a_memo() {
    // What is signed is what the seller wrote; whoever shows it escapes it.
    for memo in ["\u{1b}[2J", "\0", "\u{202e}evil", "x".repeat(566).as_str()] {
        let payment = Payment { memo: Some(memo.to_owned()), ..standard(vec![]) };
        let meant = intent(Meaning::Pay(payment));
        let built = meant.build().unwrap();
        let instructions = built.message().instructions().unwrap();
        assert_eq!(instructions[3], ix::memo(memo));
        check(built, &meant).unwrap();
    }
}

proptest! {
    #[test]
    fn another_standard_payment_is_another_transaction(
        net in 1_000_u64..1 << 60, limit in 1_u32..=200_000, price in 0_u64..=5_000_000, seed in 40_u8..,
    ) {
        let mine = Payment { net, ..standard(vec![split(7, 10), split(9, 10)]) };
        let mine = mine.with_compute(Compute { limit, price });
        let meant = intent(Meaning::Pay(mine.clone()));
        check(meant.build().unwrap(), &meant).unwrap();
        let splits = |splits: Vec<Split>| Payment {
            layout: Layout::Standard { compute: Compute { limit, price }, splits },
            ..mine.clone()
        };
        for other in [
            Payment { net: net + 1, ..mine.clone() },
            Payment { to: public(seed), ..mine.clone() },
            Payment { memo: None, ..mine.clone() },
            Payment { from: Payer::Executive, ..mine.clone() },
            Payment { fee_payer: Some(public(seed)), ..mine.clone() },
            Payment { fee_payer: Some(Address::new([seed; 32])), ..mine.clone() },
            mine.clone().with_compute(Compute { limit, price: (price + 1) % 5_000_000 }),
            mine.clone().with_compute(Compute { limit: limit % 200_000 + 1, price }),
            splits(vec![]),
            splits(vec![split(7, 10)]),
            splits(vec![split(9, 10), split(7, 10)]),
            splits(vec![split(7, 11), split(9, 9)]),
            splits(vec![split(seed, 10), split(9, 10)]),
            splits(vec![split(7, 10), split(9, 10), split(seed, 1)]),
        ] {
            prop_assert!(check(intent(Meaning::Pay(other)).build().unwrap(), &meant).is_err());
        }
    }
}
