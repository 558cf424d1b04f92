//! Which of an answer's offers is paid, and what is said where none can be.

use leash_chain::Network;
use leash_pay::{Paywall, Protocol, ProtocolFamily, Selector, Terms, Unpayable, choose};
use serde_json::{Value, json};

use crate::{candidates, entry, entry_v1, payment, request, terms, x402};

fn priced(mut entry: Value, amount: &str) -> Value {
    let name = if entry.get("amount").is_some() { "amount" } else { "maxAmountRequired" };
    entry[name] = json!(amount);
    entry
}

fn on(network: &str) -> Value {
    let mut entry = entry();
    entry["network"] = json!(network);
    entry
}

fn body(version: u8, accepts: &[Value]) -> String {
    json!({"x402Version": version, "accepts": accepts}).to_string()
}

fn chosen(headers: &[(&str, &str)], body: &str) -> (Protocol, u64) {
    let all = candidates(headers, body);
    let (_, offer) = all.best().unwrap();
    (offer.protocol, offer.net)
}

#[test]
fn the_cheapest_of_all_protocols_is_taken() {
    let offers = x402(2, &json!([priced(entry(), "30"), on("eip155:8453"), priced(entry(), "20")]));
    let challenge = payment(
        "c",
        &json!({"amount": "10", "currency": "USDC",
        "recipient": request()["recipient"], "methodDetails": {"network": "devnet"}}),
    );
    assert_eq!(chosen(&[("payment-required", &offers)], ""), (Protocol::X402V2, 20));
    let both = [("WWW-AUTHENTICATE", challenge.as_str()), ("PAYMENT-REQUIRED", offers.as_str())];
    assert_eq!(chosen(&both, ""), (Protocol::Mpp, 10));
    // leash's fee is part of what it costs.
    let mut with_fee = priced(entry(), "10000");
    with_fee["extra"]["leash.fee"] =
        json!({"v": "1", "bps": 100, "feeAuthority": "3DdcJkvjW7KLtMeko3Zr57jEJWhqRHuPsEBFm1XJYh7W"});
    let offers = x402(2, &json!([with_fee, priced(entry(), "10099")]));
    assert_eq!(chosen(&[("payment-required", &offers)], ""), (Protocol::X402V2, 10_099));
}

#[test]
fn of_two_that_cost_the_same_the_first_is_taken() {
    let mut usdt = entry();
    usdt["asset"] = json!("EcFc2cMyZxaKBkFK1XooxiyDyCPneLXiMwSJiVY6eTad");
    for (first, second, symbol) in [(entry(), usdt.clone(), "USDC"), (usdt, entry(), "USDT")] {
        let all = candidates(&[("payment-required", &x402(2, &json!([first, second])))], "");
        assert_eq!(all.best().unwrap().1.token.symbol, symbol);
    }
}

#[test]
fn several_headers_are_all_read() {
    let (one, two) = (x402(2, &json!([entry()])), x402(2, &json!([priced(entry(), "7")])));
    assert_eq!(chosen(&[("Payment-Required", &one), ("PAYMENT-REQUIRED", &two)], ""), (Protocol::X402V2, 7));
    // One that can't be read hides nothing.
    let all = candidates(&[("payment-required", "%%%"), ("payment-required", &two)], "not JSON");
    assert_eq!(all.iter().next().unwrap().verdict.as_ref().unwrap_err().code(), "malformed_challenge");
    assert_eq!(all.best().unwrap().1.net, 7);
}

#[test]
fn a_body_beside_the_header_is_an_offer_of_its_own() {
    let header = x402(2, &json!([entry()]));
    let headers = [("payment-required", header.as_str())];
    // A copy adds nothing; the same in version 1 is the second choice.
    assert_eq!(candidates(&headers, &body(2, &[entry()])).len(), 1);
    let both = candidates(&headers, &body(1, &[entry_v1()]));
    assert_eq!((both.len(), both.best().unwrap().1.protocol), (2, Protocol::X402V2));
    assert!(both.iter().all(|one| !one.contradicts));
    // Where the body says something else, the header is believed, be the body cheaper or dearer.
    for amount in ["1", "999999"] {
        let all = candidates(&headers, &body(1, &[priced(entry_v1(), amount)]));
        assert_eq!(all.best().unwrap().1.net, 1_000, "{amount}");
        let contradicts: Vec<bool> = all.iter().map(|one| one.contradicts).collect();
        assert_eq!(contradicts, [false, true]);
    }
    // What can't be paid by the header may be paid by the body.
    let elsewhere = x402(2, &json!([on("eip155:8453")]));
    for header in [elsewhere.as_str(), "%%%"] {
        let all = candidates(&[("payment-required", header)], &body(1, &[entry_v1()]));
        assert_eq!(all.best().unwrap().1.protocol, Protocol::X402V1);
    }
}

#[test]
fn a_problem_body_hides_no_header() {
    let problem = json!({
        "type": "https://paymentauth.org/problems/payment-required", "challengeId": "c", "request": {
            "recipient": request()["recipient"], "amount": "2000", "currency": "USDC", "network": "solana-devnet",
            "asset": request()["currency"], "feePayer": "8SFqwqnq4whPhs8icwHA2hQg3hUoN1qrCLK1SBx3WKwe"}});
    let header = x402(2, &json!([entry()]));
    let headers = [("payment-required", header.as_str())];
    assert_eq!(chosen(&headers, &problem.to_string()), (Protocol::X402V2, 1_000));
    assert_eq!(chosen(&[], &problem.to_string()), (Protocol::LeashMpp, 2_000));
    let empty =
        json!({"type": "https://paymentauth.org/problems/payment-required", "title": "Payment Required"});
    assert_eq!(candidates(&headers, &empty.to_string()).len(), 1);
}

#[test]
fn the_user_narrows_the_choice() {
    let mut usdt = priced(entry(), "5000");
    usdt["asset"] = json!("EcFc2cMyZxaKBkFK1XooxiyDyCPneLXiMwSJiVY6eTad");
    let header = x402(2, &json!([entry(), usdt]));
    let challenge = payment("c", &request());
    let narrowed = |selector: &Selector| {
        let mut all = candidates(&[("payment-required", &header), ("www-authenticate", &challenge)], "");
        all.narrow(selector);
        all
    };
    let by_token = |token: &str| Selector { token: Some(token.to_owned()), ..Selector::default() };
    for token in ["usdt", "EcFc2cMyZxaKBkFK1XooxiyDyCPneLXiMwSJiVY6eTad"] {
        assert_eq!(narrowed(&by_token(token)).best().unwrap().1.net, 5_000);
    }
    let mpp = Selector { protocol: Some(ProtocolFamily::Mpp), ..Selector::default() };
    assert_eq!(narrowed(&mpp).best().unwrap().1.protocol, Protocol::Mpp);
    let mainnet = Selector { network: Some(Network::Mainnet), ..Selector::default() };
    let none = narrowed(&mainnet);
    assert!(none.best().is_none());
    assert_eq!(none.refusal().code, "not_selected");
    assert_eq!(narrowed(&Selector::default()).payable().len(), 3);
}

#[test]
fn what_the_caller_finds_takes_an_offer_out() {
    let header = x402(2, &json!([priced(entry(), "5"), priced(entry(), "6")]));
    let mut all = candidates(&[("payment-required", &header)], "");
    let poor =
        || Unpayable::World { code: "insufficient_balance", reason: "the treasury holds 0".to_owned() };
    let (place, offer) = all.best().unwrap();
    assert_eq!((place, offer.net), (0, 5));
    all.reject(place, poor());
    assert_eq!(all.best().unwrap().1.net, 6);
    all.reject(1, poor());
    let refusal = all.refusal();
    assert_eq!(refusal.code, "insufficient_balance");
    assert!(
        refusal.reason.contains("none of its 2 offers") && refusal.reason.contains("the treasury holds 0")
    );
}

#[test]
fn a_refusal_names_what_was_offered() {
    let said = |accepts: Value| {
        let header = x402(2, &accepts);
        let paywall = Paywall::read([("payment-required", header.as_str())], b"{}").unwrap();
        choose(&paywall, &terms()).unwrap_err()
    };
    assert_eq!(
        said(json!([on("eip155:8453")])).reason,
        "it asks for 1000 atomic units of `4zMMC9srt5Ri5X14GAgXhaHii3GnPAEERYPJgZJDncDU` on Base (`eip155:8453`) by x402 v2: \
         the network Base (`eip155:8453`) is not supported (leash pays on Solana mainnet and devnet)"
    );
    let mut mainnet = on("solana");
    mainnet["asset"] = json!("EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v");
    assert_eq!(
        said(json!([mainnet])).reason,
        "it asks for 0.001 USDC on Solana mainnet (`solana`) by x402 v2: this agent is on another network, Solana devnet, not \
         on Solana mainnet (`solana`)"
    );
    let mut upto = entry();
    upto["scheme"] = json!("upto");
    let mut odd = entry();
    odd["asset"] = json!("CXk2AMBfi3TwaEL2468s6zP8xq9NxTXjp9gjMgzeUynM");
    let devnet = "Solana devnet (`solana:EtWTRABZaYq6iMfeYKouRu166VU2xqa1`) by x402 v2";
    let expected = format!(
        "none of its 3 offers can be paid: 0.001 USDC on {devnet} (`upto`): the payment scheme `upto` is not supported (leash \
         pays `exact`); 1000 atomic units of `CXk2AMBfi3TwaEL2468s6zP8xq9NxTXjp9gjMgzeUynM` on {devnet}: the token \
         `CXk2AMBfi3TwaEL2468s6zP8xq9NxTXjp9gjMgzeUynM` is not supported (leash pays USDC, USDT and USDG on Solana devnet); a \
         payment by x402 v2: the offer is malformed: `7` is not an object"
    );
    assert_eq!(said(json!([upto.clone(), odd, 7])).reason, expected);
    // The code is that of the offer that is nearest to one that can be paid.
    assert_eq!(said(json!([upto, on("solana"), on("eip155:1")])).code, "wrong_network");
}

#[test]
fn the_network_of_another_agent_can_be_told() {
    let all = candidates(&[("payment-required", &x402(2, &json!([on("solana")])))], "");
    let refused = all.iter().next().unwrap();
    assert!(matches!(&refused.verdict, Err(Unpayable::Network { network: Network::Mainnet, .. })));
    assert_eq!(refused.offered.known_network(), Some(Network::Mainnet));
}

#[test]
fn without_an_agent_either_network_is_all_right() {
    let mut mainnet = on("solana");
    mainnet["asset"] = json!("EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v");
    let header = x402(2, &json!([entry(), mainnet]));
    let paywall = Paywall::read([("payment-required", header.as_str())], b"").unwrap();
    let all = paywall.candidates(None);
    let networks: Vec<Network> = all.payable().iter().map(|(_, offer)| offer.network).collect();
    assert_eq!(networks, [Network::Devnet, Network::Mainnet]);
    let on_mainnet = Terms { network: Network::Mainnet, ..terms() };
    assert_eq!(choose(&paywall, &on_mainnet).unwrap().network, Network::Mainnet);
}

#[test]
fn a_long_list_is_cut_off() {
    let offers: Vec<Value> = (1..=40).rev().map(|amount: u32| priced(entry(), &amount.to_string())).collect();
    let all = candidates(&[("payment-required", &x402(2, &json!(offers)))], "");
    assert_eq!((all.len(), all.best().unwrap().1.net), (32, 9));
}

#[test]
fn a_reason_quotes_no_more_than_a_person_reads() {
    for name in ["scheme", "network", "asset", "amount", "payTo"] {
        let mut entry = entry();
        entry[name] = json!("x".repeat(100_000));
        let all = candidates(&[("payment-required", &x402(2, &json!([entry])))], "");
        assert!(all.best().is_none(), "{name}");
        assert!(all.refusal().reason.len() < 1_000, "{name}: {}", all.refusal().reason.len());
    }
}
