//! Payments that are refused, by the policy, by leash or by a paywall.

use leash_tests::{Api, Reply};
use serde_json::{Value, json};

use super::super::Transcript;
use crate::pay::{
    market::{Market, WALLET},
    paywall::{SELLER, asked, demand, is_paid},
};

fn transcript(market: &Market) -> Transcript {
    let mut transcript = Transcript::of(market.home());
    transcript.hide(&market.mint().to_string(), "[MINT]");
    let treasury = leash_chain::treasury(&market.mint());
    transcript.hide(&treasury.to_string(), "[TREASURY]");
    let shown = market.home().leash(["agent", "show", "--json"]).ok().json();
    transcript.hide(shown["executive_pubkey"].as_str().unwrap(), "[EXECUTIVE]");
    transcript
}

#[test]
fn what_is_not_paid() {
    let market = Market::new();
    let mut transcript = transcript(&market);
    let link = market.link("x402", "GET", &json!({"ok": true}));
    transcript.title("Command lines");
    for words in [
        &["notaurl"][..],
        &["ftp://a.example/x"],
        &["https://u:p@a.example/x"],
        &["http://192.0.2.1/x"],
        &["https://a.example/", "--max", "-1"],
        &["https://a.example/", "--header", "nothing"],
        &["https://a.example/", "--header", "X-Payment: mine"],
        &["https://a.example/", "--method", "GE T"],
        &["https://a.example/", "--body", "@nowhere"],
        &["https://a.example/", "--fee-authority", "me"],
        &["http://127.0.0.1:9/x"],
        &[&link, "--out", "no/such/directory"],
    ] {
        transcript.fails(market.home().leash([&["pay"], words].concat()));
    }
    transcript.title("The policy");
    transcript.fails(market.home().leash(["pay", &link, "--max", "0.01"]));
    transcript.fails(market.home().leash(["pay", &link, "--max", "0.01", "--dry-run"]));
    let with = |path: &str, value: Value| {
        let mut rules = json!({"v": "0.1", "budget": {"daily": "10", "perCall": "1", "currency": "USDC"}, "hosts": {}, "triggers": [], "priceCeiling": "1"});
        *rules.pointer_mut(path).unwrap() = value;
        rules
    };
    for (path, value) in [
        ("/budget/perCall", json!("0.01")),
        ("/budget/daily", json!("0.01")),
        ("/priceCeiling", json!("0.01")),
        ("/hosts", json!({"deny": ["127.0.0.1"]})),
        ("/hosts", json!({"allow": ["a.example"]})),
    ] {
        transcript.title(&format!("{path}: {value}"));
        let rules = with(path, value);
        market.home().write_private("rules.json", &rules.to_string());
        let _ = market.home().leash(["policy", "set", "--file", "rules.json", "--yes"]).ok();
        transcript.fails(market.home().leash(["pay", &link]));
    }
    market.allow_daily("10");
    transcript.title("What isn't there");
    transcript.fails(market.home().leash(["pay", &format!("{}/x/nope", market.url())]));
    let _ = market.home().leash(["treasury", "set-limit", "0.01", "--yes"]).ok();
    transcript.fails(market.home().leash(["pay", &link]));
    let _ = market.home().leash(["treasury", "set-limit", "0", "--yes"]).ok();
    transcript.fails(market.home().leash(["pay", &link]));
    let _ = market.home().leash(["treasury", "withdraw", "--all", "--to", WALLET, "--yes"]).ok();
    transcript.fails(market.home().leash(["pay", &link]));
    transcript.title("Payments that aren't there");
    transcript.fails(market.home().leash(["payments", "resolve", "nope"]));
    transcript.fails(market.home().leash(["payments", "show", "nope"]));
    transcript.assert("errors-pay");
}

#[test]
fn what_paywalls_ask_for() {
    let market = Market::new();
    let mut transcript = transcript(&market);
    let mut refused = |title: &str, answer: Box<dyn Fn() -> Reply + Send + Sync>| {
        transcript.title(title);
        let shop = Api::start(move |_, _| answer());
        transcript.fails(market.home().leash(["pay", &format!("{}/x", shop.url), "--timeout", "1"]));
    };
    for (path, value) in [
        ("/asset", json!("EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v")),
        ("/network", json!("solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp")),
        ("/scheme", json!("upto")),
        ("/extra", json!({"feePayer": SELLER, "memo": 7})),
        ("/payTo", json!("nobody")),
        ("/amount", json!("-1000")),
        ("/extra", json!({"feePayer": SELLER, "leash.fee": {"v": "1", "bps": 100, "feeAuthority": SELLER}})),
    ] {
        let mut asks = asked("1000");
        let title = format!("{path}: {value}");
        *asks.pointer_mut(path).unwrap() = value;
        refused(&title, Box::new(move || demand(&asks)));
    }
    for answer in [
        "HTTP/1.1 402 Pay\r\ncontent-length: 6\r\n\r\npay me",
        "HTTP/1.1 402 Pay\r\npayment-required: %%%\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 402 Pay\r\npayment-required: e30=\r\ncontent-length: 0\r\n\r\n",
        "HTTP/9 nonsense\r\n\r\n",
        "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/x\r\ncontent-length: 0\r\n\r\n",
    ] {
        refused(&format!("{answer:?}"), Box::new(move || Reply::Raw(answer.into())));
    }
    refused("No answer", Box::new(|| Reply::Close));
    refused("No end", Box::new(|| Reply::Silence));
    transcript.title("What isn't given after the payment");
    let shop = Api::start(|request, _| {
        let asks = if is_paid(request) && request.path == "/dearer" { "1000000" } else { "1000" };
        match request.path.as_str() {
            "/broken" if is_paid(request) => Reply::Json(500, json!({"error": "sorry"})),
            _ => demand(&asked(asks)),
        }
    });
    for path in ["dearer", "same", "broken"] {
        transcript.fails_once(market.home().leash(["pay", &format!("{}/{path}", shop.url), "--json"]));
        let _ = market.rpc("leashSkipBlocks", &json!([200]));
    }
    transcript.title("Afterwards");
    transcript.filter(r"(?m)^( *)[0-9a-f]{8}  ", "$1[PAYMENT]  ");
    transcript.prints(market.home().leash(["payments", "list"]), 0);
    transcript.prints(market.home().leash(["payments", "resolve"]), 3);
    transcript.assert("errors-pay-paywalls");
}
