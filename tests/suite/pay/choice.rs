//! Which of a seller's offers is taken, and what is said of the others, with an agent and without one.

use leash_tests::{AGENT_1, Home, Reply};
use serde_json::{Value, json};

use super::{
    market::Market,
    paywall::SELLER,
    seller::{Seller, challenge, demand_by, mpp, required, x402, x402_v1},
};

const USDT: &str = "EcFc2cMyZxaKBkFK1XooxiyDyCPneLXiMwSJiVY6eTad";
const MAINNET: &str = "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp";
const MAINNET_USDC: &str = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v";

/// USDT on the devnet, at a price that is lower than that of anything else.
fn in_usdt(seller: &Seller, amount: &str) -> Value {
    let mut entry = seller.entry(amount);
    entry["asset"] = json!(USDT);
    entry
}

fn on_mainnet(seller: &Seller, amount: &str) -> Value {
    let mut entry = seller.entry(amount);
    entry["network"] = json!(MAINNET);
    entry["asset"] = json!(MAINNET_USDC);
    entry
}

fn on_base() -> Value {
    json!({"scheme": "exact", "network": "eip155:8453", "amount": "1", "asset": "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913",
        "payTo": "0x0000000000000000000000000000000000000001", "maxTimeoutSeconds": 60, "extra": {"name": "USDC", "version": "2"}})
}

/// Protocol, amount and code of each offer, and which is chosen.
fn offers(document: &Value) -> Vec<(String, String, String, bool)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let offer = |offer: &Value| {
        assert_eq!(offer["payable"], offer["code"].is_null(), "{offer}");
        let chosen = offer["chosen"].as_bool().unwrap();
        (text(&offer["protocol"]), text(&offer["amount"]), text(&offer["code"]), chosen)
    };
    document["offers"].as_array().unwrap().iter().map(offer).collect()
}

fn expected(offers: &[(&str, &str, &str, bool)]) -> Vec<(String, String, String, bool)> {
    let owned = |(protocol, amount, code, chosen): &(&str, &str, &str, bool)| {
        ((*protocol).to_owned(), (*amount).to_owned(), (*code).to_owned(), *chosen)
    };
    offers.iter().map(owned).collect()
}

/// Both protocols at once, and what nobody on the devnet can pay.
fn mixed(seller: &Seller, by_x402: &str, by_mpp: &str) -> Reply {
    let accepts = json!([on_base(), on_mainnet(seller, "3"), in_usdt(seller, "4"), seller.entry(by_x402)]);
    demand_by(&[required(&accepts), challenge("c", &seller.charge(by_mpp, true))], &json!({}))
}

#[test]
fn the_cheapest_that_can_be_paid_is_taken_and_the_dry_run_lists_all() {
    let market = Market::new();
    let seller = Seller::new(&market);
    for (by_x402, by_mpp, paid) in
        [("2000", "1000", "mpp"), ("1000", "2000", "x402"), ("1000", "1000", "x402")]
    {
        let shop = seller.open(mixed(&seller, by_x402, by_mpp));
        let url = format!("{}/x", shop.url);
        let dry = market.home().leash(["pay", &url, "--dry-run", "--json"]).ok().json();
        // The treasury has no USDT: what is dearer is taken.
        let listed = expected(&[
            ("x402", "1", "wrong_network", false),
            ("x402", "3", "wrong_network", false),
            ("x402", "4", "ata_missing", false),
            ("x402", by_x402, "", paid == "x402"),
            ("mpp", by_mpp, "", paid == "mpp"),
        ]);
        assert_eq!(offers(&dry), listed, "{dry}");
        assert_eq!(dry["gross_atomic"], "1000");
        let shown = market.home().leash(["pay", &url, "--dry-run"]).ok().stdout;
        assert!(
            shown.contains("the treasury has no USDT") && shown.contains("Base (`eip155:8453`)"),
            "{shown}"
        );
        let spent = market.spent();
        let document = market.home().leash(["pay", &url, "--json"]).ok().json();
        assert_eq!((&document["protocol"], market.spent() - spent), (&json!(paid), 1_000), "{document}");
    }
    market.assert_chain(3, "the cheapest of each");
}

#[test]
fn the_user_narrows_the_choice() {
    let market = Market::new();
    let seller = Seller::new(&market);
    let shop = seller.open(mixed(&seller, "2000", "1000"));
    let url = format!("{}/x", shop.url);
    let mut spent = 0;
    for (words, gross) in [
        (&["--protocol", "x402"][..], 2_000),
        (&["--protocol", "mpp"], 1_000),
        (&["--token", "usdc", "--network", "devnet"], 1_000),
        (&["--token", super::seller::USDC, "--protocol", "x402"], 2_000),
    ] {
        let words: Vec<&str> = ["pay", &url, "--json"].iter().chain(words).copied().collect();
        let document = market.home().leash(&words).ok().json();
        spent += gross;
        assert_eq!(
            (&document["gross_atomic"], market.spent()),
            (&json!(gross.to_string()), spent),
            "{words:?}"
        );
    }
    let asked = seller.payments().len();
    for (words, code) in [
        (&["--token", "USDG"][..], "not_selected"),
        (&["--network", "mainnet"], "wrong_network"),
        (&["--token", "USDT"], "ata_missing"),
        (&["--token", "USDT", "--protocol", "mpp"], "not_selected"),
    ] {
        let words: Vec<&str> = ["pay", &url, "--json"].iter().chain(words).copied().collect();
        let document = market.home().leash(&words).fails(1).json();
        assert_eq!(document["code"], code, "{words:?} {document}");
    }
    assert_eq!((seller.payments().len(), market.spent()), (asked, spent));
}

/// The policy's ceiling is below one offer and above the other, in whatever order they come.
#[test]
fn a_policy_that_allows_one_of_two_leaves_that_one() {
    let market = Market::new();
    let seller = Seller::new(&market);
    let rules = json!({"v": "0.1", "budget": {"daily": "10", "perCall": "0.0015", "currency": "USDC"}, "hosts": {}, "triggers": []});
    market.home().write_private("rules.json", &rules.to_string());
    let _ = market.home().leash(["policy", "set", "--file", "rules.json", "--yes"]).ok();
    let shop = seller.open(x402(&json!([seller.entry("2000"), seller.entry("1000")])));
    let dry = market.home().leash(["pay", &format!("{}/x", shop.url), "--dry-run", "--json"]).ok().json();
    assert_eq!(offers(&dry), expected(&[("x402", "2000", "perCallMax", false), ("x402", "1000", "", true)]));
    let shop = seller.open(x402(&json!([seller.entry("2000"), seller.entry("3000")])));
    let denied = market.home().leash(["pay", &format!("{}/x", shop.url), "--json"]).fails(125).json();
    assert_eq!(denied["code"], "perCallMax", "{denied}");
    assert!(denied["message"].as_str().unwrap().contains("0.003 USDC"), "each is named: {denied}");
    assert!(seller.payments().is_empty());
}

#[test]
fn a_quote_needs_no_agent() {
    let market = Market::new();
    let seller = Seller::new(&market);
    let home = Home::new();
    let shop = seller.open(mixed(&seller, "2000", "1000"));
    let url = format!("{}/x", shop.url);
    let quoted = home.leash(["quote", &url, "--json"]).ok().json();
    let listed = expected(&[
        ("x402", "1", "wrong_network", false),
        ("x402", "3", "", true),
        ("x402", "4", "", false),
        ("x402", "2000", "", false),
        ("mpp", "1000", "", false),
    ]);
    assert_eq!((&quoted["kind"], &quoted["free"]), (&json!("quote"), &json!(false)));
    assert_eq!(offers(&quoted), listed, "{quoted}");
    let shown = home.leash(["quote", &url, "--network", "devnet", "--token", "USDC"]).ok().stdout;
    assert!(shown.contains("* 0.001 USDC on Solana devnet (`devnet`) by MPP: can be paid"), "{shown}");
    assert!(shown.contains("it is not in the token that was asked for"), "{shown}");
    assert_eq!(shown.lines().count(), 5, "{shown}");

    // With none that leash could pay it is a negative answer, not a failure.
    let shop = seller.open(x402(&json!([on_base()])));
    let url = format!("{}/x", shop.url);
    let quoted = home.leash(["quote", &url, "--json"]).outcome();
    assert_eq!(quoted.status, 3, "{quoted:?}");
    assert_eq!(offers(&quoted.json()), expected(&[("x402", "1", "wrong_network", false)]));
    let shown = home.leash(["quote", &url]).outcome();
    assert_eq!(shown.status, 3);
    assert!(shown.stdout.contains("the network Base (`eip155:8453`) is not supported"), "{shown:?}");
    // A narrow choice that leaves nothing is one, too.
    let shop = seller.open(x402(&json!([seller.entry("1000")])));
    let quoted = home.leash(["quote", &format!("{}/x", shop.url), "--protocol", "mpp"]).outcome();
    assert_eq!(quoted.status, 3, "{quoted:?}");
    // What can't be read is a failure.
    let shop = seller.open(Reply::Json(402, json!({"pay": "me"})));
    let failed = home.leash(["quote", &format!("{}/x", shop.url), "--json"]).fails(1).json();
    assert_eq!(failed["code"], "unknown_protocol", "{failed}");
    // It made nothing in the home.
    assert!(!home.join(".config/leash").exists());
    assert!(seller.payments().is_empty());
}

#[test]
fn an_offer_on_another_network_names_the_agent_that_is_there() {
    let market = Market::new();
    let seller = Seller::new(&market);
    let mut charge = seller.charge("1000", true);
    charge["methodDetails"]["network"] = json!("mainnet");
    charge["currency"] = json!(MAINNET_USDC);
    let mut v1 = seller.entry_v1("1000", "solana");
    v1["asset"] = json!(MAINNET_USDC);
    let demands = [x402(&json!([on_mainnet(&seller, "1000")])), x402_v1(&json!([v1])), mpp("c", &charge)];
    let shops: Vec<_> = demands.into_iter().map(|demand| seller.open(demand)).collect();
    let refused = |url: &str| {
        let outcome = market.home().leash(["pay", url]).fails(1);
        outcome.assert_says("0.001 USDC on Solana mainnet");
        let dry = market.home().leash(["pay", url, "--dry-run", "--json"]).fails(1).json();
        assert_eq!(dry["code"], "wrong_network", "{dry}");
        (outcome, dry["hint"].as_str().unwrap().to_owned())
    };
    for shop in &shops {
        let url = format!("{}/x", shop.url);
        let (outcome, hint) = refused(&url);
        outcome.assert_says("leash agent create mainnet --network mainnet");
        // The command that lists the offers needs no agent, and repeats none.
        let named = market.home().leash(["--agent", "sandbox", "pay", &url]).fails(1);
        let typed = market.home().shell(&format!("{} --json", named.printed_with(" quote ").0)).ok();
        assert_eq!(typed.json()["url"], url);
        assert!(hint.contains("leash agent create mainnet --network mainnet"), "{hint}");
    }
    let mut file = AGENT_1.file(market.origin());
    file["network"] = json!("solana-mainnet");
    market.home().write_private(".config/leash/agents/real.json", &file.to_string());
    for shop in &shops {
        let url = format!("{}/x?a=1&b='2'", shop.url);
        let (outcome, hint) = refused(&url);
        let printed = outcome.printed_with("--agent real pay");
        assert_eq!(printed.agent(), Some("real"));
        assert!(hint.contains("leash --agent real pay "), "{hint}");
        // The command pays as that agent, which has no money in this test: it gets as far as the chain.
        let typed = market.home().shell(&format!("{} --dry-run --json --timeout 2", printed.0));
        let document = typed.outcome().json();
        assert_eq!(
            (&document["url"], &document["agent_mint"]),
            (&json!(url), &json!(AGENT_1.mint)),
            "{document}"
        );
        assert_ne!(document["code"], "wrong_network", "{document}");
    }
    assert!(seller.payments().is_empty());
    assert_eq!(market.tokens(&SELLER.parse().unwrap()), 1);
}
