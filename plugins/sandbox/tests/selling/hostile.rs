//! Buyers that cheat: each is refused for what it did, and nothing moves.

use base64ct::{Base64, Encoding as _};
use leash_chain::{Address, Instruction, Meta, Network, Token, ix};
use leash_signer::Executive;
use serde_json::{Value, json};

use crate::{
    buyer::{Bill, Buyer, blockhash, credential, present},
    common::{Request, iso},
    shop::{Shop, error, pack, unpack},
};

type Bend = Box<dyn FnOnce(&mut Vec<Instruction>)>;

fn bend(bend: impl FnOnce(&mut Vec<Instruction>) + 'static) -> Bend {
    Box::new(bend)
}

/// The places of a payment's instructions: limit, price, two accounts made, the price, the fee, the memo.
const MAKING: usize = 2;
const SELLER: usize = 4;
const FEE: usize = 5;

fn amount(step: &mut Instruction, amount: u64) {
    step.data[1..9].copy_from_slice(&amount.to_le_bytes());
}

/// Cheats of x402, and what each is told.
fn cheats(buyer: &Buyer, fee_payer: Address) -> Vec<(&'static str, Bend)> {
    let usdc = *Token::by_symbol(Network::Devnet, "USDC").unwrap();
    let usdt = *Token::by_symbol(Network::Devnet, "USDT").unwrap();
    let (me, stranger) = (buyer.address(), Address::new([77; 32]));
    let own = usdc.account_of(&me);
    let transfer =
        move |to: &Address, amount| ix::transfer_checked(&usdc, &own, &usdc.account_of(to), &me, amount);
    let length = "invalid_exact_svm_payload_transaction_instructions_length";
    let unexpected = "invalid_exact_svm_payload_unexpected_ata_create";
    let misused = "invalid_exact_svm_payload_transaction_fee_payer_transferring_funds";
    vec![
        ("invalid_exact_svm_payload_amount_mismatch", bend(|steps| amount(&mut steps[SELLER], 9_999))),
        ("invalid_exact_svm_payload_amount_mismatch", bend(|steps| amount(&mut steps[SELLER], 10_001))),
        (
            "invalid_exact_svm_payload_mint_mismatch",
            bend(move |steps| {
                let (from, to) = (usdt.account_of(&me), usdt.account_of(&stranger));
                steps[SELLER] = ix::transfer_checked(&usdt, &from, &to, &me, 10_000);
            }),
        ),
        (
            "invalid_exact_svm_payload_recipient_mismatch",
            bend(move |steps| steps[SELLER] = transfer(&stranger, 10_000)),
        ),
        ("leash_fee_missing", bend(|steps| drop(steps.remove(FEE)))),
        ("leash_fee_invalid_amount", bend(|steps| amount(&mut steps[FEE], 99))),
        ("leash_fee_invalid_amount", bend(|steps| amount(&mut steps[FEE], 101))),
        ("leash_fee_invalid_destination", bend(move |steps| steps[FEE] = transfer(&me, 100))),
        (
            "leash_fee_invalid_mint",
            bend(move |steps| {
                let (from, to) = (usdt.account_of(&me), usdt.account_of(&stranger));
                steps[FEE] = ix::transfer_checked(&usdt, &from, &to, &me, 100);
            }),
        ),
        // An extra transfer is taken for a second fee, wherever it goes.
        ("leash_fee_duplicate", bend(|steps| steps.push(steps[FEE].clone()))),
        ("leash_fee_invalid_destination", bend(move |steps| steps.push(transfer(&stranger, 1)))),
        (
            "invalid_exact_svm_payload_unknown_fourth_instruction",
            bend(move |steps| steps[6] = ix::transfer(&me, &stranger, 1)),
        ),
        (
            "invalid_exact_svm_payload_unknown_fifth_instruction",
            bend(move |steps| steps.push(ix::approve(&usdc, &me, &stranger, 1))),
        ),
        // The facilitator's SOL, and its tokens, are nobody's.
        (misused, bend(move |steps| steps[6] = ix::transfer(&fee_payer, &me, 1_000_000))),
        (
            misused,
            bend(move |steps| {
                let from = usdc.account_of(&fee_payer);
                let to = usdc.account_of(&me);
                steps[SELLER] = ix::transfer_checked(&usdc, &from, &to, &fee_payer, 10_000);
            }),
        ),
        (
            misused,
            bend(move |steps| {
                steps[6].accounts.push(Meta::reads(fee_payer).signs());
            }),
        ),
        (
            unexpected,
            bend(move |steps| steps[MAKING] = ix::create_token_account(&fee_payer, &stranger, &usdc)),
        ),
        (unexpected, bend(|steps| steps[MAKING + 1] = steps[MAKING].clone())),
        (unexpected, bend(|steps| steps[MAKING].data.clear())),
        (
            unexpected,
            bend(move |steps| {
                let seller = steps[MAKING].accounts[2].address;
                steps[MAKING] = ix::create_token_account(&me, &seller, &usdc);
            }),
        ),
        (
            "invalid_exact_svm_payload_transaction_instructions_compute_limit_instruction",
            bend(|steps| steps.swap(0, 1)),
        ),
        (
            "invalid_exact_svm_payload_transaction_instructions_compute_limit_instruction",
            bend(|steps| steps[0] = ix::compute_limit(1_400_001)),
        ),
        (
            "invalid_exact_svm_payload_transaction_instructions_compute_price_instruction",
            bend(|steps| steps[1].data.truncate(8)),
        ),
        (
            "invalid_exact_svm_payload_transaction_instructions_compute_price_instruction_too_high",
            bend(|steps| steps[1] = ix::compute_price(5_000_001)),
        ),
        (length, bend(|steps| steps.truncate(2))),
        (length, bend(|steps| steps.extend([ix::memo("b"), ix::memo("c")]))),
        ("invalid_exact_svm_payload_no_transfer_instruction", bend(|steps| steps.truncate(4))),
    ]
}

#[test]
fn every_cheat_of_x402_is_refused_by_name_and_moves_nothing() {
    let shop = Shop::new();
    let buyer = shop.buyer(21);
    let path = shop.link(&json!({}));
    let request = Request::new("GET", &path);
    let required = unpack(&shop.server.send(&request), "payment-required");
    let fee_payer: Address = required["accepts"][0]["extra"]["feePayer"].as_str().unwrap().parse().unwrap();
    let rich = shop.rpc("getBalance", &json!([fee_payer.to_string()]))["value"].clone();
    let before = shop.books(&buyer);
    for (number, (told, cheat)) in cheats(&buyer, fee_payer).into_iter().enumerate() {
        let answer = shop.server.send(&buyer.bent(&shop, &request, &format!("cheat {number}"), cheat));
        assert_eq!(error(&answer), told, "{number}");
    }
    assert_eq!(shop.books(&buyer), before);
    assert_eq!(shop.rpc("getBalance", &json!([fee_payer.to_string()]))["value"], rich);
    assert!(shop.earned().is_empty());
    assert_eq!(shop.counters(&path)["settled_count"], 0);
}

#[test]
fn what_the_chain_refuses_is_not_sold() {
    let shop = Shop::new();
    let buyer = shop.buyer(21);
    let path = shop.link(&json!({}));
    let request = Request::new("GET", &path);
    let required = unpack(&shop.server.send(&request), "payment-required");
    let bill = Bill::x402(&required["accepts"][0], "m");
    let told = |wire: &str| error(&shop.server.send(&present(&request, &required, 0, wire)));
    let failed = "transaction_simulation_failed";
    // Somebody else's signature in the place of the buyer's.
    let steps = buyer.steps(&bill);
    let honest = buyer.sign(&bill.fee_payer, &steps, blockhash(&shop));
    let mut forged = leash_chain::Transaction::from_base64(&honest).unwrap();
    let other = Buyer::new(22).sign(
        &bill.fee_payer,
        &[ix::transfer(&Buyer::new(22).address(), &bill.seller, 1)],
        blockhash(&shop),
    );
    let other = leash_chain::Transaction::from_base64(&other).unwrap().signatures()[1].unwrap();
    forged.put(&buyer.address(), other);
    assert_eq!(told(&forged.to_base64().unwrap()), failed);
    // No signature at all.
    let message = forged.message().clone();
    assert_eq!(told(&leash_chain::Transaction::unsigned(message).unwrap().to_base64().unwrap()), failed);
    // Somebody who may not spend from there.
    let thief = Buyer { key: Buyer::new(23).key, owner: buyer.owner };
    assert_eq!(told(&thief.wire(&shop, &bill)), failed);
    // A buyer without money.
    assert_eq!(told(&Buyer::new(24).wire(&shop, &bill)), failed);
    // A buyer who pays the fee alone, so that the facilitator isn't asked.
    let own = buyer.sign(&buyer.address(), &steps, blockhash(&shop));
    assert_eq!(told(&own), failed);
    // A blockhash that is too old.
    let old = buyer.wire(&shop, &bill);
    shop.rpc("leashSkipBlocks", &json!([151]));
    assert_eq!(told(&old), failed);
    // What doesn't fit a packet.
    let mut large = leash_chain::Transaction::from_base64(&honest).unwrap().to_bytes().unwrap();
    large.resize(1_233, 0);
    let unreadable = "invalid_exact_svm_payload_transaction_could_not_be_decoded";
    for wire in [Base64::encode_string(&large), "AAAA".to_owned(), "?".to_owned(), String::new()] {
        assert_eq!(told(&wire), unreadable);
    }
    assert!(shop.earned().is_empty());
}

#[test]
fn other_terms_than_those_of_the_link_are_no_terms() {
    let shop = Shop::new();
    let buyer = shop.buyer(21);
    let cheap = shop.link(&json!({ "price": "0.000001" }));
    let dear = shop.link(&json!({ "price": "1" }));
    let request = Request::new("GET", &dear);
    let required = unpack(&shop.get(&cheap), "payment-required");
    let wire = buyer.wire(&shop, &Bill::x402(&required["accepts"][0], "m"));
    let answer = shop.server.send(&present(&request, &required, 0, &wire));
    assert_eq!(error(&answer), "No matching payment requirements");
    // The right terms but for the network, the fee, or the version.
    let required = unpack(&shop.get(&dear), "payment-required");
    for (place, value) in [
        ("/accepts/0/network", json!("solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp")),
        ("/accepts/0/extra/leash.fee/bps", json!(0)),
        ("/accepts/0/amount", json!("1")),
    ] {
        let mut bent = required.clone();
        *bent.pointer_mut(place).unwrap() = value;
        let answer = shop.server.send(&present(&request, &bent, 0, &wire));
        assert_eq!(error(&answer), "No matching payment requirements", "{place}");
    }
    for (header, told) in [
        (pack(&json!({ "x402Version": 3 })), "Unsupported x402 version: 3"),
        (pack(&json!({})), "Unsupported x402 version: undefined"),
        (pack(&json!({ "x402Version": 1, "scheme": "exact" })), "No matching payment requirements"),
        ("no base64".to_owned(), "Payment required"),
        (String::new(), "Payment required"),
    ] {
        let answer = shop.server.send(&request.clone().header("payment-signature", &header));
        assert_eq!(error(&answer), told);
    }
    assert!(shop.earned().is_empty());
}

#[test]
fn every_cheat_of_mpp_is_refused_by_name_and_moves_nothing() {
    let shop = Shop::new();
    let buyer = shop.buyer(21);
    let path = shop.link(&json!({ "protocol": "mpp" }));
    let request = Request::new("GET", &path);
    let usdt = *Token::by_symbol(Network::Devnet, "USDT").unwrap();
    let me = buyer.address();
    let before = shop.books(&buyer);
    // Limit, price, the account made, the price, the memo.
    let cheats: Vec<(&str, Bend)> = vec![
        ("mpp_amount_mismatch", bend(|steps| amount(&mut steps[3], 1))),
        (
            "mpp_mint_mismatch",
            bend(move |steps| {
                let from = usdt.account_of(&me);
                steps[3] = ix::transfer_checked(&usdt, &from, &from, &me, 10_000);
            }),
        ),
        ("mpp_destination_mismatch", bend(|steps| steps[3].accounts[2] = steps[3].accounts[0])),
        ("mpp_memo_mismatch", bend(|steps| steps[4] = ix::memo("mpp:another"))),
        ("mpp_memo_count", bend(|steps| steps.push(ix::memo("more")))),
        ("mpp_unknown_instruction", bend(|steps| steps.push(steps[3].clone()))),
        ("mpp_instruction_count", bend(|steps| steps.extend([ix::memo("a"), ix::memo("b")]))),
        ("mpp_compute_price_too_high", bend(|steps| steps[1] = ix::compute_price(u64::MAX))),
        ("mpp_invalid_compute_limit", bend(|steps| steps.swap(0, 1))),
        ("mpp_bad_ata_create", bend(|steps| steps[2].data.clear())),
        ("mpp_ata_payer_mismatch", bend(move |steps| steps[2].accounts[0].address = me)),
        (
            "mpp_facilitator_cannot_be_transfer_authority",
            bend(|steps| {
                let facilitator = steps[2].accounts[0].address;
                steps.push(ix::transfer(&facilitator, &Address::new([77; 32]), 1));
            }),
        ),
    ];
    for (told, cheat) in cheats {
        let challenge = shop.server.send(&request).json();
        let bill = Bill::mpp(&challenge);
        let mut steps = buyer.steps(&bill);
        cheat(&mut steps);
        let wire = buyer.sign(&bill.fee_payer, &steps, blockhash(&shop));
        let answer = shop.server.send(&credential(&request, &challenge, &wire));
        assert_eq!((answer.status, answer.json()["error"].as_str()), (402, Some(told)), "{told}");
    }
    assert_eq!(shop.books(&buyer), before);
    assert!(shop.earned().is_empty());
}

#[test]
fn a_challenge_is_good_for_its_link_and_once() {
    let shop = Shop::new();
    let buyer = shop.buyer(21);
    let cheap = Request::new("GET", &shop.link(&json!({ "protocol": "mpp", "price": "0.000001" })));
    let dear = Request::new("GET", &shop.link(&json!({ "protocol": "mpp", "price": "1" })));
    let told = |request: &Request| {
        let answer = shop.server.send(request);
        (answer.status, answer.json()["error"].as_str().unwrap_or_default().to_owned())
    };
    let challenge = shop.server.send(&cheap).json();
    let bill = Bill::mpp(&challenge);
    let wire = buyer.wire(&shop, &bill);
    let unknown = (402, "mpp_challenge_unknown_or_expired".to_owned());
    assert_eq!(told(&credential(&dear, &challenge, &wire)), unknown);
    assert_eq!(told(&credential(&cheap, &json!({ "challengeId": "x" }), &wire)), unknown);
    assert_eq!(shop.server.send(&credential(&cheap, &challenge, &wire)).status, 200);
    // Another payment of the same challenge buys nothing, and moves nothing.
    shop.rpc("leashSkipBlocks", &json!([1]));
    let before = shop.books(&buyer);
    let again = buyer.wire(&shop, &bill);
    assert_ne!(again, wire);
    let consumed = (402, "mpp_challenge_already_consumed".to_owned());
    assert_eq!(told(&credential(&cheap, &challenge, &again)), consumed);
    assert_eq!(shop.books(&buyer), before);
    for (header, message) in [
        ("PaymentScheme ?".to_owned(), "mpp: malformed credential payload"),
        (
            format!("PaymentScheme {}", pack(&json!({ "v": "2" }))),
            "mpp: unsupported credential version \"2\"",
        ),
        (format!("paymentscheme {}", pack(&json!({ "v": "1" }))), "mpp: credential missing challengeId"),
        (
            format!("PaymentScheme {}", pack(&json!({ "v": "1", "challengeId": "c" }))),
            "mpp: credential missing signedTx",
        ),
    ] {
        let answer = shop.server.send(&cheap.clone().header("authorization", &header));
        let told: Value = answer.json();
        assert_eq!(
            (answer.status, &told["error"]),
            (400, &json!(format!("mpp_credential_invalid: {message}")))
        );
    }
    // Another scheme is no payment, so there is a new challenge.
    let other = shop.server.send(&cheap.clone().header("authorization", "Bearer x"));
    assert_eq!((other.status, other.header("content-type")), (402, Some("application/problem+json")));
}

#[test]
fn a_link_of_the_mainnet_is_not_paid_with_play_money() {
    let shop = Shop::new();
    let buyer = shop.buyer(21);
    let (agent, mint) = (Executive::generate().unwrap(), Address::new([55; 32]).to_string());
    let executive = agent.public().to_string();
    let add = ["agent", "add", "--mint", &mint, "--executive", &executive, "--network", "mainnet"];
    assert!(shop.home.run(&add).status.success());
    let keys = Request::new("POST", &format!("/v1/agents/{mint}/api-keys")).json(r#"{"label":"l"}"#);
    let key = shop.server.send(&keys.sign(&agent, &mint, &iso(0))).json();
    let body =
        json!({ "id": "real", "label": "L", "owner_agent": mint, "price": "1", "response": { "body": "x" } });
    let link = Request::new("POST", "/v1/payment-links").json(&body.to_string());
    let made = shop.server.send(&link.bearer(key["plaintext"].as_str().unwrap()));
    assert_eq!(made.status, 200, "{}", made.body);
    // The mainnet comes first, and a link there isn't one here.
    let request = Request::new("GET", "/x/real");
    assert_eq!(shop.get("/x/real?network=solana-devnet").json()["error"], "wrong_network");
    let required = unpack(&shop.server.send(&request), "payment-required");
    assert_eq!(required["accepts"][0]["network"], Network::Mainnet.caip2());
    let told = |bill: &Bill| {
        let wire = buyer.wire(&shop, bill);
        error(&shop.server.send(&present(&request, &required, 0, &wire)))
    };
    let mut bill = Bill::x402(&required["accepts"][0], "m");
    assert_eq!(told(&bill), "transaction_simulation_failed");
    bill.token = *Token::by_symbol(Network::Devnet, "USDC").unwrap();
    assert_eq!(told(&bill), "invalid_exact_svm_payload_mint_mismatch");
}
