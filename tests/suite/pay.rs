//! `leash pay`, in the sandbox's shops and in worse ones.

mod charge;
mod choice;
mod crashes;
mod evidence;
mod foreign;
mod foreign_answers;
mod foreign_attacks;
mod hostile;
mod many;
pub(crate) mod market;
mod old_payments;
mod passing;
pub(crate) mod paywall;
mod plugin;
mod plugin_cut;
mod plugin_example;
mod plugin_limits;
mod recordings;
mod seller;
mod stop;
mod version1;

use leash_tests::{Outcome, Terminal};
use serde_json::{Value, json};

use market::{FEE, GROSS, Market, NET};

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// The notes of a payment are on stderr, and what was bought alone on stdout.
#[test]
fn what_was_bought_is_on_stdout_and_the_money_where_it_belongs() {
    let market = Market::new();
    let sold = json!({"ok": true, "n": [1, 2]});
    for (protocol, method, fee) in
        [("x402", "GET", FEE), ("x402", "POST", FEE), ("mpp", "GET", 0), ("mpp", "POST", 0)]
    {
        let url = market.link(protocol, method, &sold);
        let before = market.balances();
        let mut words = vec!["pay", &url];
        if method == "POST" {
            words.extend(["--body", r#"{"q":"hi"}"#]);
        }
        let outcome = market.home().leash(&words).ok();
        assert_eq!(outcome.stdout, sold.to_string(), "{outcome:?}");
        outcome.assert_says("note: paid ");
        outcome.assert_says("note: transaction ");
        outcome.assert_says("note: receipt ");
        let after = market.balances();
        let (buyer, seller, authority) = (before.0 - after.0, after.1 - before.1, after.2 - before.2);
        assert_eq!((buyer, seller, authority), (NET + fee, NET, fee), "{protocol} {method}");
    }
    market.assert_chain(4, "four bought");
    assert!(market.payments().is_empty());
    // The API was told.
    let listed = market
        .home()
        .leash(["receipts", "--json", "--direction", "outgoing"])
        .env("LEASH_API_KEY", market.key());
    assert!(listed.ok().stdout.contains("\"allow\""));
}

#[test]
fn the_document_has_what_the_original_has_and_the_gross() {
    let market = Market::new();
    let url = market.link("x402", "GET", &json!({"ok": true}));
    let document = market.home().leash(["pay", "--json", &url]).ok().json();
    for name in [
        "kind",
        "status",
        "url",
        "agent_mint",
        "network",
        "paid_amount_atomic",
        "currency",
        "tx_signature",
        "response_body",
        "receipt_hash",
        "receipt_url",
        "explorer_url",
    ] {
        assert!(document[name].is_string(), "{name}: {document}");
    }
    assert_eq!(document["kind"], "payment_receipt");
    assert_eq!(
        (&document["response_status"], &document["response_body"]),
        (&json!(200), &json!(r#"{"ok":true}"#))
    );
    assert_eq!(document["paid_amount_atomic"], GROSS.to_string());
    assert_eq!(
        (&document["net"], &document["fee"], &document["gross"]),
        (&json!("0.01"), &json!("0.0001"), &json!("0.0101"))
    );
    let receipt = market.home().leash(["receipt", text(&document["receipt_hash"]), "--json"]).ok();
    assert!(receipt.stdout.contains(text(&document["tx_signature"])), "{receipt:?}");
    assert_eq!(document["seller_receipt_hash"].as_str().map(str::len), Some(64));
}

#[test]
fn what_may_not_be_paid_is_denied_before_anything_is_signed() {
    let market = Market::new();
    let url = market.link("x402", "GET", &json!({"ok": true}));
    let denied = |words: &[&str], policy: Option<&Value>| -> Outcome {
        if let Some(policy) = policy {
            market.home().write_private("rules.json", &policy.to_string());
            let _ = market.home().leash(["policy", "set", "--file", "rules.json", "--yes"]).ok();
        }
        let words: Vec<&str> = ["pay", &url, "--json"].iter().chain(words).copied().collect();
        market.home().leash(words).fails(125)
    };
    let rules = |daily: &str, call: &str| json!({"v": "0.1", "budget": {"daily": daily, "perCall": call, "currency": "USDC"}, "hosts": {}, "triggers": []});
    let mut banned = rules("10", "1");
    banned["hosts"] = json!({"deny": ["127.0.0.1"]});
    let mut elsewhere = rules("10", "1");
    elsewhere["hosts"] = json!({"allow": ["a.example"]});
    let mut dear = rules("10", "1");
    dear["priceCeiling"] = json!("0.01");
    for (words, policy, code, reason) in [
        // The gross counts.
        (&["--max", "0.01"][..], None, "above_max", "perCallMax"),
        (&["--max", "0"], None, "above_max", "perCallMax"),
        (&[], Some(rules("10", "0.01")), "perCallMax", "perCallMax"),
        (&[], Some(rules("0.01", "1")), "dailyBudgetExceeded", "dailyBudgetExceeded"),
        (&[], Some(dear), "priceCeiling", "priceCeiling"),
        (&[], Some(banned), "denyHost", "denyHost"),
        (&[], Some(elsewhere), "allowHost", "allowHost"),
    ] {
        let asked = market.calls("/x/");
        let document = denied(words, policy.as_ref()).json();
        assert_eq!((&document["code"], &document["reason"]), (&json!(code), &json!(reason)));
        let receipt = market.last_receipt();
        assert_eq!((&receipt["decision"], &receipt["reason"]), (&json!("deny"), &json!(reason)));
        assert_eq!(receipt["receipt_hash"], document["receipt_hash"]);
        // A host that is banned isn't even asked.
        assert_eq!(market.calls("/x/") - asked, usize::from(!reason.ends_with("Host")), "{reason}");
    }
    assert_eq!(market.spent(), 0);
    assert!(market.payments().is_empty());
}

#[test]
fn a_dry_run_says_all_and_does_nothing() {
    let market = Market::new();
    let url = market.link("x402", "GET", &json!({"ok": true}));
    let document = market.home().leash(["pay", &url, "--dry-run", "--json"]).ok().json();
    assert_eq!(
        (&document["status"], &document["decision"], &document["gross"]),
        (&json!("dry_run"), &json!("allow"), &json!("0.0101"))
    );
    let outcome = market.home().leash(["pay", &url, "--dry-run"]).ok();
    assert!(outcome.stdout.contains("would pay 0.0101 USDC (0.01 USDC, 0.0001 USDC fee)"), "{outcome:?}");
    let document =
        market.home().leash(["pay", &url, "--dry-run", "--json", "--max", "0.01"]).fails(125).json();
    assert_eq!((&document["reason"], &document["code"]), (&json!("perCallMax"), &json!("above_max")));
    assert!(document["hint"].as_str().unwrap().contains("--max"), "{document}");
    // What else denies it is named, though `--max` is below the policy's limit as well.
    let day = ["pay", &url, "--dry-run", "--json", "--max", "0.5"];
    let document = market.home().leash(day).env("LEASH_PER_DAY_USDC", "0.001").fails(125).json();
    assert_eq!(
        (&document["reason"], &document["code"]),
        (&json!("dailyBudgetExceeded"), &json!("dailyBudgetExceeded"))
    );
    assert_eq!(market.spent(), 0);
    assert!(!market.money("receipts.jsonl").exists() && !market.money("spending.jsonl").exists());
}

#[test]
fn a_file_is_new_and_whole_and_made_before_anything_is_paid() {
    let market = Market::new();
    let url = market.link("x402", "GET", &json!({"ok": true}));
    let out = market.home().join("answer.json");
    let pay = || market.home().leash(["pay", &url, "--out", "answer.json"]);
    let outcome = pay().ok();
    assert_eq!((outcome.stdout.as_str(), market.home().read("answer.json").as_str()), ("", r#"{"ok":true}"#));
    outcome.assert_says("paid 0.0101 USDC");
    // As it was typed, and so that a program can open it.
    let other = market.home().join("other.json").to_str().unwrap().to_owned();
    let document = market.home().leash(["pay", &url, "--out", &other, "--json"]).ok().json();
    assert_eq!((&document["out"], &document["response_body"]), (&json!(other), &serde_json::Value::Null));
    let outcome = market.home().leash(["pay", &url, "--out", "-"]).ok();
    assert_eq!(outcome.stdout, r#"{"ok":true}"#);
    assert!(!market.home().join("-").exists());
    let spent = market.spent();
    let _ = pay().fails(1);
    let _ = market.home().leash(["pay", &url, "--out", "no/such/directory"]).fails(1);
    assert_eq!(market.spent(), spent);
    assert!(out.exists());
    let _ = market
        .home()
        .leash(["pay", &url])
        .stdout(std::fs::File::open("/dev/null").unwrap())
        .outcome_elsewhere();
}

#[test]
fn what_costs_nothing_is_printed_and_what_is_no_paywall_is_said() {
    let market = Market::new();
    let outcome = market.home().leash(["pay", &format!("{}/v1/version", market.url())]).ok();
    assert!(outcome.stdout.starts_with('{'), "{outcome:?}");
    outcome.assert_says("nothing was paid");
    let document =
        market.home().leash(["pay", "--json", &format!("{}/x/nope", market.url())]).fails(1).json();
    assert_eq!((&document["code"], &document["response_status"]), (&json!("http_status"), &json!(404)));
    let _ = market.home().leash(["pay", "http://127.0.0.1:9/x"]).fails(1);
    for words in [
        &["pay"][..],
        &["pay", "notaurl"],
        &["pay", "ftp://a.example/x"],
        &["pay", "https://u:p@a.example/x"],
        &["pay", "https://a.example/", "--max", "-1"],
        &["pay", "https://a.example/", "--max", "1e3"],
        &["pay", "https://a.example/", "--header", "nothing"],
        &["pay", "https://a.example/", "--header", "X-Payment: mine"],
        &["pay", "https://a.example/", "--header", "a: b\r\nc: d"],
        &["pay", "https://a.example/", "--method", "GE T"],
        &["pay", "https://a.example/", "--fee-authority", "me"],
    ] {
        let _ = market.home().leash(words).fails(2);
    }
    assert!(!market.money("receipts.jsonl").exists());
}

#[test]
fn money_that_is_not_there_is_said_to_be_missing() {
    let market = Market::new();
    let url = market.link("x402", "GET", &json!({"ok": true}));
    let pay = || market.home().leash(["pay", &url, "--json"]).fails(1).json();
    let _ = market.home().leash(["treasury", "set-limit", "0.01", "--yes"]).ok();
    assert_eq!(pay()["code"], "insufficient_allowance");
    let _ = market.home().leash(["treasury", "set-limit", "0", "--yes"]).ok();
    assert_eq!(pay()["code"], "no_delegate");
    assert_eq!(market.last_receipt()["reason"], "no_delegate");
    let _ = market.home().leash(["treasury", "withdraw", "--all", "--to", market::WALLET, "--yes"]).ok();
    assert_eq!(pay()["code"], "insufficient_balance");
    assert!(market.payments().is_empty());
}

/// A body without a line feed at its end is shown as a line, and what is said of it begins another one.
#[test]
fn on_a_terminal_the_summary_stands_on_lines_of_its_own() {
    let market = Market::new();
    let url = market.link("x402", "GET", &json!({"ok": true}));
    let terminal = Terminal::start(market.home().leash(["pay", &url, "--yes"]).env("NO_COLOR", "1"));
    let (status, screen) = terminal.end();
    assert_eq!(status, Some(0), "{screen}");
    assert!(screen.contains("{\"ok\":true}\r\nnote: paid 0.0101 USDC"), "{screen}");
    // Through a pipe the bytes are as they came.
    let market = Market::new();
    let url = market.link("x402", "GET", &json!({"ok": true}));
    assert_eq!(market.home().leash(["pay", &url]).ok().stdout, r#"{"ok":true}"#);
}

#[test]
fn a_person_without_a_policy_is_asked() {
    let market = Market::new();
    let url = market.link("x402", "GET", &json!({"ok": true}));
    for (answer, spent) in [("n\n", 0), ("y\n", GROSS)] {
        let mut terminal = Terminal::start(market.home().leash(["pay", &url]).env("NO_COLOR", "1"));
        terminal.wait_for("Pay this? [y/N] ");
        terminal.type_in(answer);
        let (status, screen) = terminal.end();
        assert_eq!(status, Some(i32::from(spent == 0)), "{screen}");
        assert!(screen.contains("pay 0.0101 USDC (0.01 USDC, 0.0001 USDC fee)"), "{screen}");
        assert_eq!(market.spent(), spent);
    }
    let terminal = Terminal::start(market.home().leash(["pay", &url, "--max", "1"]));
    assert_eq!(terminal.end().0, Some(0));
}

/// An agent on the network of the offer may pay it; the command that makes one doesn't name one that is there.
#[test]
fn on_another_network_the_command_that_makes_an_agent_there_works() {
    let market = Market::new();
    let mut asks = paywall::asked("1000");
    asks["network"] = json!("solana");
    let shop = leash_tests::Api::start(move |_, _| paywall::demand(&asks));
    let refused = market.home().leash(["--agent", "sandbox", "pay", &shop.url]).fails(1);
    let command = refused.printed_with("agent create").0;
    assert_eq!(command, "leash agent create mainnet --network mainnet");
    let words: Vec<&str> = command.split(' ').skip(1).chain(["--timeout", "1"]).collect();
    // No such network is here, and that is all that is wrong with it.
    let made = market.home().leash(words).env("LEASH_RPC_URL", "http://127.0.0.1:9/").outcome();
    assert!(made.status == 1 && !made.stderr.contains("choose another name"), "{made:?}");
    let again = market.home().leash(["pay", &shop.url]).fails(1);
    again.assert_says(&format!("`leash --agent mainnet pay {}", shop.url));
}
