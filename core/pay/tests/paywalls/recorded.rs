//! Answers of public sellers, as their packages gave them: `sellers.json` names each package and its version.

use leash_intent::{Intent, Layout, Meaning, check};
use leash_pay::{Candidates, Offer, Paywall, Protocol, Unpayable};
use serde_json::Value;

use crate::terms;

fn sellers() -> Vec<Value> {
    serde_json::from_str(include_str!("sellers.json")).unwrap()
}

fn answer(name: &str) -> Candidates {
    let all = sellers();
    let one = all.iter().find(|one| one["name"] == name).unwrap();
    let headers: Vec<(String, String)> = serde_json::from_value(one["headers"].clone()).unwrap();
    let headers = headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let paywall = Paywall::read(headers, one["body"].as_str().unwrap().as_bytes()).unwrap();
    paywall.candidates(Some(&terms()))
}

fn best(name: &str) -> Offer {
    answer(name).best().unwrap().1.clone()
}

/// What the signer would make of it.
fn memo(offer: &Offer) -> Option<String> {
    let payment = offer.payment(&terms(), || "nonce".to_owned());
    let payment = payment.with_compute(offer.compute(Some(7_000), 5));
    let max_fee = payment.network_fee();
    let memo = payment.memo.clone();
    assert!(matches!(payment.layout, Layout::Standard { .. }));
    let blockhash = leash_chain::Blockhash::new([9; 32]);
    let intent = Intent::new(terms().executive, Meaning::Pay(payment), blockhash, max_fee).unwrap();
    check(intent.build().unwrap(), &intent).unwrap();
    memo
}

#[test]
fn every_recorded_seller_is_paid_but_the_one_that_wants_sol() {
    for one in sellers() {
        let name = one["name"].as_str().unwrap();
        if name == "solana_mpp_sol" {
            let refused = answer(name);
            assert_eq!(refused.iter().next().unwrap().verdict, Err(Unpayable::NativeSol));
            assert!(refused.refusal().reason.contains("leash pays tokens only"), "{name}");
            continue;
        }
        let offer = best(name);
        assert_eq!(offer.gross(), Some((10_000, 0)), "{name}");
        assert_eq!(offer.to.to_string(), "AKkzLhjhyFtM9j7WAhbaqYpFe49cXeJBg2kzLRC2PnNa", "{name}");
        memo(&offer);
    }
}

#[test]
fn each_seller_gets_the_memo_that_its_facilitator_takes() {
    for (name, protocol, expected) in [
        ("x402_express", Protocol::X402V2, Some("nonce")),
        ("x402_express_post_memo", Protocol::X402V2, Some("invoice 7")),
        ("x402_express_1", Protocol::X402V1, None),
        ("faremeter_v1", Protocol::X402V1, Some("nonce")),
        ("faremeter_v2", Protocol::X402V2, Some("nonce")),
        ("faremeter_both", Protocol::X402V2, Some("nonce")),
        ("faremeter_mpp", Protocol::Mpp, None),
        ("solana_mpp", Protocol::Mpp, None),
        ("solana_mpp_sponsored", Protocol::Mpp, Some("order-1")),
        ("solana_mpp_splits", Protocol::Mpp, None),
    ] {
        let offer = best(name);
        assert_eq!((offer.protocol, memo(&offer).as_deref()), (protocol, expected), "{name}");
    }
}

#[test]
fn sponsors_splits_and_blockhashes_are_read() {
    let payer = "8SFqwqnq4whPhs8icwHA2hQg3hUoN1qrCLK1SBx3WKwe";
    for (name, sponsored) in [
        ("faremeter_mpp", true),
        ("faremeter_mpp_unsponsored", false),
        ("solana_mpp", false),
        ("solana_mpp_sponsored", true),
    ] {
        assert_eq!(
            best(name).fee_payer.map(|key| key.to_string()),
            sponsored.then(|| payer.to_owned()),
            "{name}"
        );
    }
    let offer = best("solana_mpp_splits");
    assert_eq!(offer.splits.len(), 1);
    assert_eq!((offer.splits[0].amount, offer.splits[0].memo.as_deref()), (50, Some("platform fee")));
    let transfers = offer.payment(&terms(), String::new).transfers().unwrap();
    assert_eq!(transfers.iter().map(|(_, amount)| *amount).collect::<Vec<_>>(), [9_950, 50]);
    for name in ["faremeter_v2", "solana_mpp"] {
        assert_eq!(best(name).recent_blockhash, Some(leash_chain::Blockhash::new([9; 32])), "{name}");
    }
    assert_eq!(best("solana_mpp").description.as_deref(), Some("A thing — for you"));
}

#[test]
fn one_answer_with_everything_lists_everything() {
    let all = answer("faremeter_all");
    let protocols: Vec<_> =
        all.iter().map(|one| (one.offered.protocol.unwrap(), one.verdict.is_ok())).collect();
    let expected =
        [(Protocol::X402V2, true), (Protocol::Mpp, true), (Protocol::Mpp, false), (Protocol::X402V1, true)];
    assert_eq!(protocols, expected);
    assert!(all.iter().all(|one| !one.contradicts));
    assert_eq!(all.best().unwrap().1.protocol, Protocol::X402V2);
}
