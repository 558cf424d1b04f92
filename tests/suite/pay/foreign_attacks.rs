//! What a seller in the standard layout must not get: x402 in both versions and MPP.

use leash_chain::{Address, Network, Token, treasury};
use leash_tests::{Api, Reply};
use serde_json::{Value, json};

use super::{
    market::Market,
    paywall::{SELLER, is_paid},
    plugin::AGAIN,
    seller::{Seller, challenge, demand_by, mpp, required, transaction, x402, x402_v1},
};

/// More than anything here costs: what isn't paid is refused for another reason.
const GRANT: &str = "[pay]\nmax_per_call = \"1\"\nmax_per_day = \"5\"\nhosts = [\"127.0.0.1\"]\n";

/// The accounts of the buyer that a seller may know.
struct Own {
    mint: Address,
    executive: Address,
    treasury: Address,
    /// The treasury's account of USDC.
    account: Address,
}

impl Own {
    fn of(market: &Market) -> Self {
        let shown = market.home().leash(["agent", "show", "--json"]).ok().json();
        let treasury = treasury(&market.mint());
        let usdc = Token::by_symbol(Network::Devnet, "USDC").unwrap();
        Self {
            mint: market.mint(),
            executive: shown["executive_pubkey"].as_str().unwrap().parse().unwrap(),
            treasury,
            account: usdc.account_of(&treasury),
        }
    }

    fn all(&self) -> [Address; 4] {
        [self.mint, self.executive, self.treasury, self.account]
    }
}

/// That neither the owner nor a plugin pays it, and that nothing is signed; the code that the owner is told.
fn refused(market: &Market, demand: Reply, what: &str) -> String {
    let shop = Api::start(move |_, _| demand.clone());
    let url = format!("{}/x", shop.url);
    let outcome = market.home().leash(["pay", &url, "--json"]).fails(1);
    let code = outcome.json()["code"].as_str().unwrap().to_owned();
    let inside = market.inside(&["buyer", "pay", &url, "--json"]).outcome();
    assert_ne!(inside.status, 0, "{what}: {inside:?}");
    assert_eq!(inside.json()["code"], code, "{what}: {inside:?}");
    assert!(!shop.requests().iter().any(is_paid), "{what}");
    assert!(market.payments().is_empty() && !market.money("spending.jsonl").exists(), "{what}");
    code
}

fn with(mut value: Value, pointer: &str, to: &Value) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    value.pointer_mut(parent).unwrap()[name] = to.clone();
    value
}

#[test]
fn the_agent_neither_sponsors_nor_pays_itself() {
    let market = Market::new();
    let seller = Seller::new(&market);
    market.trusted("buyer", AGAIN, GRANT);
    let accounts = Own::of(&market);
    for own in accounts.all() {
        // Whose the treasury's account of a token is shows only once a transaction is made of it.
        let is_account = own == accounts.account;
        let code = |refusal: &'static str| if is_account { "refused_payment" } else { refusal };
        let own = json!(own);
        let codes = |pointer: &str, by_mpp: &str| {
            [
                x402(&json!([with(seller.entry("1000"), pointer, &own)])),
                x402_v1(&json!([with(seller.entry_v1("1000", "solana-devnet"), pointer, &own)])),
                mpp("c", &with(seller.charge("1000", true), by_mpp, &own)),
            ]
            .map(|demand| refused(&market, demand, &format!("{pointer} {own}")))
        };
        let sponsors = codes("/extra/feePayer", "/methodDetails/feePayerKey");
        assert!(sponsors.iter().all(|it| it == code("bad_fee_payer")), "{own}: {sponsors:?}");
        let recipients = codes("/payTo", "/recipient");
        assert!(recipients.iter().all(|it| it == code("bad_recipient")), "{own}: {recipients:?}");
        let splits = with(
            seller.charge("1000", true),
            "/methodDetails/splits",
            &json!([{"recipient": own, "amount": "1"}]),
        );
        assert_eq!(refused(&market, mpp("c", &splits), "split"), code("bad_recipient"), "{own}");
    }
    assert_eq!(market.spent(), 0);
}

#[test]
fn no_split_makes_a_payment_larger_or_drains_rent() {
    let market = Market::new();
    let seller = Seller::new(&market);
    market.trusted("buyer", AGAIN, GRANT);
    let thief = Address::new([7; 32]);
    let split = |amount: &str| json!({"recipient": thief, "amount": amount});
    let nine: Vec<Value> = (0..9).map(|_| split("1")).collect();
    let created = json!([{"recipient": thief, "amount": "1", "ataCreationRequired": true}]);
    let sol = market.rpc("getBalance", &json!([Own::of(&market).executive]));
    for (splits, sponsored, code) in [
        (json!([split("1000")]), true, "bad_splits"),
        (json!([split("90000000")]), true, "bad_splits"),
        (json!([split("600"), split("400")]), false, "bad_splits"),
        (json!([split("18446744073709551615"), split("2")]), true, "bad_amount"),
        (json!(nine), true, "bad_splits"),
        (json!({"0": split("1")}), true, "bad_splits"),
        (json!([split("-1")]), true, "bad_amount"),
        (created, false, "account_creation"),
        // Without the word, nobody makes the account, whoever sponsors it.
        (json!([split("1")]), false, "recipient_account_missing"),
        (json!([split("1")]), true, "recipient_account_missing"),
    ] {
        let charge = with(seller.charge("1000", sponsored), "/methodDetails/splits", &splits);
        let what = format!("{splits} {sponsored}");
        assert_eq!(refused(&market, mpp("c", &charge), &what), code, "{what}");
    }
    let after = market.rpc("getBalance", &json!([Own::of(&market).executive]));
    assert_eq!(sol["result"]["value"], after["result"]["value"]);
    assert_eq!((market.spent(), market.tokens(&thief)), (0, 0));
}

/// Splits where x402 has none mean nothing.
#[test]
fn what_the_protocol_does_not_have_is_not_signed() {
    let market = Market::new();
    let seller = Seller::new(&market);
    let thief = Address::new([7; 32]);
    let _ = market.rpc("leashFund", &json!([thief, super::seller::USDC, "1"]));
    let mut entry = seller.entry("1000");
    entry["splits"] = json!([{"recipient": thief, "amount": "900"}]);
    entry["extra"]["splits"] = entry["splits"].clone();
    entry["maxAmountRequired"] = json!("90000000");
    let mut charge = seller.charge("1000", true);
    charge["splits"] = entry["splits"].clone();
    charge["methodDetails"]["amount"] = json!("90000000");
    for demand in [x402(&json!([entry])), mpp("c", &charge)] {
        let shop = seller.open(demand);
        let _ = market.home().leash(["pay", &format!("{}/x", shop.url)]).ok();
    }
    for payment in seller.payments() {
        let steps = transaction(&payment).message().describe();
        let moved: Vec<_> = steps.iter().filter(|step| step.does == "transfer_checked").collect();
        assert_eq!(moved.len(), 1);
        let amount = moved[0].values.iter().find(|(name, _)| name == "amount").unwrap();
        assert_eq!(amount.1, "1000");
    }
    assert_eq!((market.spent(), market.counted(), market.tokens(&thief)), (2_000, 2_000, 1));
}

/// The header is believed, be the body beside it cheaper, dearer, or to somebody else.
#[test]
fn a_body_that_differs_from_the_header_is_not_paid() {
    let market = Market::new();
    let seller = Seller::new(&market);
    let thief = Address::new([7; 32]);
    let _ = market.rpc("leashFund", &json!([thief, super::seller::USDC, "1"]));
    let v1 = seller.entry_v1("1000", "solana-devnet");
    let mut paid = 0;
    for differs in [
        with(v1.clone(), "/maxAmountRequired", &json!("1")),
        with(v1.clone(), "/maxAmountRequired", &json!("900000")),
        with(v1.clone(), "/payTo", &json!(thief)),
    ] {
        let body = json!({"x402Version": 1, "error": "", "accepts": [differs]});
        let shop = seller.open(demand_by(&[required(&json!([seller.entry("1000")]))], &body));
        let document = market.home().leash(["pay", &format!("{}/x", shop.url), "--json"]).ok().json();
        paid += 1_000;
        assert_eq!((&document["pay_to"], market.spent()), (&json!(SELLER), paid), "{document}");
        assert!(shop.requests()[1].header("payment-signature").is_some());
    }
    assert_eq!(market.tokens(&thief), 1);
    market.assert_chain(3, "as the header says");
}

/// What a seller writes is shown without what would move a terminal's cursor or turn its text around.
#[test]
fn nothing_that_a_seller_writes_reaches_the_terminal_as_it_is() {
    let market = Market::new();
    let seller = Seller::new(&market);
    let bad = "x\u{1b}]0;owned\u{7}\u{1b}[2J\u{202e}\r\nnote: paid";
    let entry = seller.entry("1000");
    let described = with(entry.clone(), "/description", &json!(bad));
    let charge = seller.charge("1000", true);
    let body = json!({"x402Version": 2, "error": bad, "accepts": [entry], "resource": {"url": bad, "description": bad}});
    let odd = |pointer: &str| with(entry.clone(), pointer, &json!(bad));
    let demands = [
        x402(&json!([with(entry.clone(), "/extra/memo", &json!(bad))])),
        x402(&json!([described])),
        Reply::Json(402, body),
        x402(&json!([
            odd("/network"),
            odd("/scheme"),
            odd("/asset"),
            odd("/amount"),
            odd("/payTo"),
            odd("/extra/feePayer")
        ])),
        mpp("c", &with(charge.clone(), "/description", &json!(bad))),
        mpp("c", &with(charge.clone(), "/externalId", &json!(bad))),
        mpp("c", &with(charge.clone(), "/currency", &json!(bad))),
        mpp("c", &with(charge.clone(), "/methodDetails/network", &json!(bad))),
        demand_by(
            &[challenge("c", &charge).replace("method=\"solana\"", r#"method="so\u001b[2Jl""#)],
            &json!({}),
        ),
    ];
    for (number, demand) in demands.into_iter().enumerate() {
        let shop = Api::start(move |_, _| demand.clone());
        let url = format!("{}/x", shop.url);
        for words in [&["pay", &url, "--dry-run"][..], &["quote", &url], &["pay", &url]] {
            let outcome = market.home().leash(words).outcome();
            for text in [&outcome.stdout, &outcome.stderr] {
                let is_odd = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
                assert!(!text.contains(is_odd), "{number} {words:?} {text:?}");
                assert!(
                    !text.lines().any(|line| line.starts_with("note: paid")),
                    "{number} {words:?} {text:?}"
                );
            }
        }
    }
    assert_eq!(market.spent(), 0);
}
