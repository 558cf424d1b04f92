//! Sellers in the standard layout: x402 in both versions and MPP, paid once to the last unit, and counted.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use leash_chain::{Address, Step};
use leash_tests::{Api, Reply};
use serde_json::{Value, json};

use super::{
    market::Market,
    paywall::{SELLER, is_paid},
    plugin::AGAIN,
    seller::{DEVNET, Seller, mpp, transaction, x402, x402_v1},
};

fn received(market: &Market) -> u64 {
    market.tokens(&SELLER.parse().unwrap())
}

/// What a transaction notes on the chain.
fn memos(steps: &[Step]) -> Vec<String> {
    let memos = steps.iter().filter(|step| step.does == "memo");
    memos.map(|step| step.values[0].1.clone()).collect()
}

fn is_nonce(memo: &str) -> bool {
    memo.len() == 32 && memo.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The SOL of the buyer's executive, in lamports.
fn lamports(market: &Market) -> u64 {
    let shown = market.home().leash(["agent", "show", "--json"]).ok().json();
    let held = market.rpc("getBalance", &json!([shown["executive_pubkey"]]));
    held["result"]["value"].as_u64().unwrap()
}

#[test]
fn each_is_paid_once_and_counted() {
    let market = Market::new();
    let seller = Seller::new(&market);
    let with_memo = |mut entry: Value, memo: &str| {
        entry["extra"]["memo"] = json!(memo);
        entry
    };
    let mut with_id = seller.charge("1000", true);
    with_id["externalId"] = json!("order 4711");
    let v1 = |network: &str| seller.entry_v1("1000", network);
    // What is noted: nothing, a nonce, or what the seller wrote.
    let demands: Vec<(&str, Reply, Option<&str>)> = vec![
        ("version 2", x402(&json!([seller.entry("1000")])), Some("")),
        (
            "version 2, memo",
            x402(&json!([with_memo(seller.entry("1000"), "order 7 – ü")])),
            Some("order 7 – ü"),
        ),
        ("version 2, empty memo", x402(&json!([with_memo(seller.entry("1000"), "")])), Some("")),
        ("version 1, its name", x402_v1(&json!([v1("solana-devnet")])), None),
        ("version 1, its name, memo", x402_v1(&json!([with_memo(v1("solana-devnet"), "m")])), Some("m")),
        ("version 1, its name, empty memo", x402_v1(&json!([with_memo(v1("solana-devnet"), "")])), None),
        ("version 1, CAIP-2", x402_v1(&json!([v1(DEVNET)])), Some("")),
        ("MPP", mpp("c1", &seller.charge("1000", true)), None),
        ("MPP, id", mpp("c2", &with_id), Some("order 4711")),
        ("MPP, unsponsored", mpp("c3", &seller.charge("1000", false)), None),
    ];
    let count = demands.len();
    for (number, (what, demand, memo)) in demands.into_iter().enumerate() {
        let shop = seller.open(demand);
        let (got, sol) = (received(&market), lamports(&market));
        let outcome = market.home().leash(["pay", &format!("{}/x", shop.url)]).ok();
        assert_eq!(outcome.stdout, r#"{"goods":"sold"}"#, "{what}: {outcome:?}");
        outcome.assert_says("note: paid 0.001 USDC (net 0.001, fee 0)");
        assert_eq!(received(&market) - got, 1_000, "{what}");
        let paid = u64::try_from(number + 1).unwrap() * 1_000;
        assert_eq!((market.spent(), market.counted()), (paid, paid), "{what}");
        assert_eq!((seller.payments().len(), shop.requests().len()), (number + 1, 2), "{what}");
        let steps = seller.steps().pop().unwrap();
        match (memos(&steps).as_slice(), memo) {
            ([], None) => {}
            ([nonce], Some("")) => assert!(is_nonce(nonce), "{what}: {nonce}"),
            ([noted], Some(memo)) => assert_eq!(noted, memo, "{what}"),
            (other, _) => panic!("{what}: {other:?}"),
        }
        let does: Vec<_> = steps.iter().map(|step| step.does).collect();
        assert_eq!(does[..3], ["compute_limit", "compute_price", "transfer_checked"], "{what}");
        assert_eq!(does.len(), 3 + usize::from(memo.is_some()), "{what}: {does:?}");
        // Only without a sponsor does the executive pay the network, and little.
        let fee = sol - lamports(&market);
        assert!(
            if what.ends_with("unsponsored") { (5_000..=100_000).contains(&fee) } else { fee == 0 },
            "{what}: {fee}"
        );
    }
    market.assert_chain(count, "each once");
    assert!(market.payments().is_empty());
}

#[test]
fn a_plugin_pays_them_within_its_grant() {
    let market = Market::new();
    let seller = Seller::new(&market);
    let grant = "[pay]\nmax_per_call = \"0.02\"\nmax_per_day = \"0.025\"\nhosts = [\"127.0.0.1\"]\n";
    market.trusted("buyer", AGAIN, grant);
    let demands = [x402(&json!([seller.entry("10000")])), mpp("c", &seller.charge("10000", true))];
    for (number, demand) in demands.into_iter().enumerate() {
        let shop = seller.open(demand);
        let outcome = market.inside(&["buyer", "pay", &format!("{}/x", shop.url)]).ok();
        assert_eq!(outcome.stdout, r#"{"goods":"sold"}"#, "{outcome:?}");
        market.until_over();
        let paid = u64::try_from(number + 1).unwrap() * 10_000;
        assert_eq!((market.spent(), market.counted()), (paid, paid));
    }
    let lines = market.audited();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(
        lines.iter().all(|(decision, gross, _)| (decision.as_str(), gross.as_str()) == ("signed", "0.01")),
        "{lines:?}"
    );
    // None of the executive's SOL was granted.
    let shop = seller.open(mpp("u", &seller.charge("1", false)));
    let words = ["buyer", "pay", &format!("{}/x", shop.url), "--json"];
    assert_eq!(market.inside(&words).fails(125).json()["code"], "unsponsored");
    assert!(!shop.requests().iter().any(is_paid));
    // The day's grant is over for those, too.
    let shop = seller.open(x402(&json!([seller.entry("10000")])));
    let words = ["buyer", "pay", &format!("{}/x", shop.url), "--json"];
    assert_eq!(market.inside(&words).fails(125).json()["code"], "dailyBudgetExceeded");
    assert!(!shop.requests().iter().any(is_paid));
    market.assert_chain(2, "two by a plugin");
}

/// A charge of 10000, of which 2500 and 500 go to others.
fn split_charge(seller: &Seller, others: [Address; 2]) -> Value {
    let mut charge = seller.charge("10000", true);
    charge["methodDetails"]["splits"] = json!([
        {"recipient": others[0], "amount": "2500", "memo": "platform"},
        {"recipient": others[1], "amount": "500"},
    ]);
    charge
}

#[test]
fn every_recipient_of_splits_is_paid_and_it_counts_as_one_payment() {
    let market = Market::new();
    let seller = Seller::new(&market);
    let others = [Address::new([7; 32]), Address::new([8; 32])];
    let demand = mpp("c", &split_charge(&seller, others));
    let shop = seller.open(demand);
    let url = format!("{}/x", shop.url);
    // One of them has no account: leash makes none.
    let pay = || market.home().leash(["pay", &url, "--json"]);
    let _ = market.rpc("leashFund", &json!([others[0], super::seller::USDC, "1"]));
    let refused = pay().fails(1);
    assert_eq!(refused.json()["code"], "recipient_account_missing", "{refused:?}");
    assert!(refused.stderr.contains(&others[1].to_string()), "{refused:?}");
    assert!(seller.payments().is_empty() && market.payments().is_empty());
    let _ = market.rpc("leashFund", &json!([others[1], super::seller::USDC, "1"]));

    let shown = market.home().leash(["pay", &url, "--dry-run"]).ok().stdout;
    for line in [
        "would pay 0.01 USDC (0.01 USDC)".to_owned(),
        format!("0.007 USDC of it to {SELLER}"),
        format!("0.0025 USDC of it to {}", others[0]),
        format!("0.0005 USDC of it to {}", others[1]),
    ] {
        assert!(shown.contains(&line), "{line}: {shown}");
    }
    let dry = market.home().leash(["pay", &url, "--dry-run", "--json"]).ok().json();
    assert_eq!(
        dry["splits"],
        json!([{"to": others[0], "amount": "2500"}, {"to": others[1], "amount": "500"}])
    );
    let mut terminal = leash_tests::Terminal::start(market.home().leash(["pay", &url]).env("NO_COLOR", "1"));
    terminal.wait_for("Pay this? [y/N] ");
    terminal.type_in("n\n");
    let (_, screen) = terminal.end();
    assert!(others.iter().all(|other| screen.contains(&format!("of it to {other}"))), "{screen}");
    assert!(seller.payments().is_empty());

    let got = received(&market);
    let _ = pay().ok();
    assert_eq!(
        (received(&market) - got, market.tokens(&others[0]), market.tokens(&others[1])),
        (7_000, 2_501, 501)
    );
    assert_eq!((market.spent(), market.counted()), (10_000, 10_000));
    assert_eq!(memos(&seller.steps()[0]), ["platform"]);
    market.assert_chain(1, "splits");
}

/// Version 1's first facilitators take no memo, so nothing but the price of computing tells two payments apart.
#[test]
fn two_payments_of_one_price_at_once_are_two_transactions() {
    let market = Market::new();
    let seller = Seller::new(&market);
    let shop = seller.open(x402_v1(&json!([seller.entry_v1("1000", "solana-devnet")])));
    std::thread::scope(|scope| {
        for path in ["a", "b"] {
            let (market, url) = (&market, format!("{}/{path}", shop.url));
            scope.spawn(move || market.home().leash(["pay", &url]).ok());
        }
    });
    let steps = seller.steps();
    assert_eq!(steps.len(), 2);
    assert!(steps.iter().all(|steps| memos(steps).is_empty()));
    let payments = seller.payments();
    assert_ne!(payments[0]["payload"], payments[1]["payload"]);
    assert_eq!((market.spent(), market.counted(), received(&market)), (2_000, 2_000, 2_001));
    market.assert_chain(2, "two at once");
}

/// What was answered is lost: the same command sends the same header, byte for byte.
#[test]
fn after_a_lost_answer_the_same_header_is_sent() {
    let market = Market::new();
    let seller = Seller::new(&market);
    let mut extended = json!({"x402Version": 2, "accepts": [seller.entry("1000")]});
    extended["extensions"] =
        json!({"payment-identifier": {"info": {"required": true}, "schema": {}}, "other": [1, null]});
    let by_v2 = Reply::Json(402, extended);
    for (name, demand) in [
        ("payment-signature", by_v2),
        ("x-payment", x402_v1(&json!([seller.entry_v1("1000", "solana-devnet")]))),
        ("authorization", mpp("c", &seller.charge("1000", true))),
        ("authorization", mpp("c", &seller.charge("1000", false))),
    ] {
        let honest = seller.clone();
        let before = (market.spent(), seller.payments().len());
        // The first one is settled, and its answer is lost.
        let shop = Api::start(move |request, number| match (is_paid(request), number) {
            (false, _) => demand.clone(),
            (true, 1) => {
                honest.settle(request).unwrap();
                Reply::Close
            }
            (true, _) => Reply::Json(200, json!({"goods": "sold"})),
        });
        let url = format!("{}/x", shop.url);
        market.home().leash(["pay", &url]).fails(1).assert_says("pays nothing twice");
        assert_eq!(market.counted(), before.0 + 1_000);
        assert_eq!(market.home().leash(["pay", &url]).ok().stdout, r#"{"goods":"sold"}"#);
        let requests = shop.requests();
        let sent: Vec<_> = requests.iter().filter(|request| is_paid(request)).collect();
        assert_eq!((requests.len(), sent.len()), (3, 2), "{name}");
        assert!(sent[0].header(name).is_some());
        assert_eq!(sent[0].header(name), sent[1].header(name));
        assert_eq!((market.spent(), market.counted()), (before.0 + 1_000, before.0 + 1_000), "{name}");
        assert_eq!(seller.payments().len(), before.1 + 1);
    }
    let extensions = &seller.payments()[0]["extensions"];
    assert_eq!(extensions["other"], json!([1, null]));
    assert!(
        extensions["payment-identifier"]["info"]["id"].as_str().unwrap().starts_with("pay_"),
        "{extensions}"
    );
    market.assert_chain(4, "lost answers");
}

/// A seller may name the blockhash that its payment lives by. One that the chain doesn't know is not used.
#[test]
fn a_sellers_blockhash_is_used_where_the_chain_knows_it() {
    let market = Market::new();
    let seller = Seller::new(&market);
    let latest = market.rpc("getLatestBlockhash", &json!([]))["result"]["value"]["blockhash"].clone();
    for (hash, is_used) in
        [(latest, true), (json!(Address::new([3; 32])), false), (json!("nonsense"), false), (json!(7), false)]
    {
        let mut entry = seller.entry("1000");
        entry["extra"]["recentBlockhash"] = hash.clone();
        let mut charge = seller.charge("1000", true);
        charge["methodDetails"]["recentBlockhash"] = hash.clone();
        for demand in [x402(&json!([entry])), mpp("c", &charge)] {
            let shop = seller.open(demand);
            let _ = market.home().leash(["pay", &format!("{}/x", shop.url)]).ok();
            let signed = transaction(seller.payments().last().unwrap());
            assert_eq!(json!(signed.message().blockhash()) == hash, is_used, "{hash}");
        }
    }
    assert_eq!((market.spent(), market.counted()), (8_000, 8_000));
    market.assert_chain(8, "by either blockhash");
}

/// Where the seller sponsors it and asks for it, a split's account is made: at the sponsor's cost, and not at the buyer's.
#[test]
fn a_sponsor_pays_for_the_accounts_that_it_asks_for() {
    let market = Market::new();
    let seller = Seller::new(&market);
    let new = Address::new([6; 32]);
    let mut charge = seller.charge("10000", true);
    charge["methodDetails"]["splits"] =
        json!([{"recipient": new, "amount": "4000", "ataCreationRequired": true}]);
    let shop = seller.open(mpp("c", &charge));
    let (sol, got) = (lamports(&market), received(&market));
    let document = market.home().leash(["pay", &format!("{}/x", shop.url), "--json"]).ok().json();
    assert_eq!((market.tokens(&new), received(&market) - got), (4_000, 6_000), "{document}");
    assert_eq!(lamports(&market), sol);
    assert_eq!((market.spent(), market.counted()), (10_000, 10_000));
    // The seller's receipt is kept as it came.
    let header = document["payment_receipt"].as_str().unwrap();
    // It is kept beside leash's own receipt.
    let hash = document["receipt_hash"].as_str().unwrap();
    let kept = market.home().leash(["receipt", hash, "--local", "--json"]).ok().json();
    assert_eq!(kept["payment_receipt"], header);
    let receipt: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
    assert_eq!(receipt["reference"], document["tx_signature"]);
}
