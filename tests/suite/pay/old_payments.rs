//! Payments that aren't over: they stand in the way of no new one, and come to what the chain shows.

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    process::Stdio,
    sync::{Arc, Condvar, Mutex},
    time::{Duration, Instant},
};

use leash_tests::{Api, Reply};
use serde_json::{Value, json};

use super::{
    evidence::{receipts, resolve, robbed},
    market::{GROSS, Market, NET},
    paywall::{asked, demand, is_paid},
};

/// Entries of payments that nobody goes on with, each for another request.
fn leave_open(market: &Market, count: usize) {
    let _ = robbed(market);
    let path =
        market.payments().into_iter().find(|path| path.extension().is_some_and(|it| it == "json")).unwrap();
    let entry: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let dir = path.parent().unwrap().strip_prefix(market.home().path()).unwrap().to_str().unwrap().to_owned();
    for number in 1..count {
        let mut other = entry.clone();
        let id = format!("{number:032x}");
        other["id"] = json!(id);
        other["asked"]["key"] = json!(format!("{number:064x}"));
        let _ = market.home().write_private(&format!("{dir}/{id}.json"), &other.to_string());
    }
    market.age_payments(600);
}

#[test]
fn open_payments_and_a_dead_endpoint_delay_nothing() {
    let market = Market::new();
    leave_open(&market, 50);
    let shop = Api::start(|_, _| demand(&asked("1000")));
    for dead in ["refuses", "is silent"] {
        let silent = Api::start(|_, _| Reply::Silence);
        let url = if dead == "refuses" {
            "http://127.0.0.1:9/rpc".to_owned()
        } else {
            format!("{}/rpc", silent.url)
        };
        let begun = Instant::now();
        let run = market.home().leash(["pay", &format!("{}/x", shop.url), "--timeout", "3", "--json"]);
        let outcome = sandbox_with_rpc(&market, &url, run).fails(1);
        assert!(begun.elapsed() < Duration::from_secs(5), "{dead}: {:?}", begun.elapsed());
        let code = outcome.json()["code"].as_str().unwrap().to_owned();
        assert!(["timeout", "connect"].contains(&code.as_str()), "{outcome:?}");
        outcome.assert_says("127.0.0.1");
    }
}

/// Runs it with another RPC endpoint in the agent's file.
fn sandbox_with_rpc(market: &Market, url: &str, run: leash_tests::Run) -> leash_tests::Run {
    let file = ".config/leash/agents/sandbox.json";
    let mut agent = market.home().read_json(file);
    agent["rpc_url"] = json!(url);
    market.home().write_private(file, &agent.to_string());
    run
}

#[test]
fn open_payments_cost_a_payment_few_questions() {
    let market = Market::new();
    leave_open(&market, 321);
    let url = market.link("mpp", "GET", &json!({"ok": true}));
    let before = market.calls("/rpc");
    let _ = market.home().leash(["pay", &url, "--timeout", "10"]).ok();
    let asked = market.calls("/rpc") - before;
    // Its own six, and two others for a moment.
    assert!(asked <= 20, "{asked}");
}

/// The connection for the payment never came about, and then the receipt can't be written: nobody who finds the note sends what
/// was released.
#[test]
fn what_was_released_as_not_sent_is_not_sent_later() {
    let market = Market::new();
    market.allow_daily("6");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/x", listener.local_addr().unwrap());
    let shop = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        drop(listener);
        let mut request = [0; 4096];
        let _ = stream.read(&mut request).unwrap();
        let body =
            json!({"x402Version": 2, "error": "Payment required", "accepts": [asked("1000")]}).to_string();
        let length = body.len();
        let head = format!("HTTP/1.1 402 Pay\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
        stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
    });
    std::fs::create_dir(market.money("receipts.jsonl")).unwrap();
    let _ = market.home().leash(["pay", &url]).fails(1);
    shop.join().unwrap();
    assert_eq!(market.counted(), 0);
    assert_eq!(market.entries()[0]["signed"], Value::Null);
    std::fs::remove_dir(market.money("receipts.jsonl")).unwrap();
    assert_eq!(resolve(&market)["items"][0]["result"], "given_back");
    assert!(market.payments().is_empty());
}

/// While somebody only finds out what became of a payment, the command that made it waits, and makes no second one.
#[test]
fn a_payment_that_is_looked_for_is_not_made_again() {
    let market = Market::new();
    market.allow_daily("6");
    let url = robbed(&market);
    market.age_payments(60);
    let gate: Arc<(Mutex<bool>, Condvar)> = Arc::default();
    let held = gate.clone();
    market.distort(Some(Arc::new(move |question, _| {
        if question["method"] == "getTransaction" {
            let (open, changed) = &*held;
            let _open = changed.wait_while(open.lock().unwrap(), |open| !*open).unwrap();
        }
    })));
    let start = |words: &[&str]| {
        let mut run = market.home().leash(words);
        run.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        run.command.spawn().unwrap()
    };
    let before = market.calls("/rpc");
    let resolving = start(&["payments", "resolve"]);
    while market.calls("/rpc") < before + 2 {
        std::thread::yield_now();
    }
    let paying = start(&["pay", &url]);
    *gate.0.lock().unwrap() = true;
    gate.1.notify_all();
    assert!(resolving.wait_with_output().unwrap().status.success());
    let paid = paying.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&paid.stdout), json!({"ok": true}).to_string());
    assert_eq!((market.spent(), market.counted()), (GROSS, GROSS));
}

/// An endpoint that has dropped what it would take to prove anything: the payment counts, and its own request can be paid anew.
#[test]
fn what_can_not_be_proven_blocks_its_own_request_no_longer_than_it_can_land() {
    let market = Market::new();
    market.allow_daily("6");
    let shop = Api::start(|request, _| if is_paid(request) { Reply::Close } else { demand(&asked("1000")) });
    let url = format!("{}/x", shop.url);
    let _ = market.home().leash(["pay", &url]).fails(1);
    market.expire_payments();
    market.distort(Some(Arc::new(|question, answer| match question["method"].as_str().unwrap() {
        "getSignaturesForAddress" => answer["result"] = json!([]),
        "getFirstAvailableBlock" => answer["result"] = json!(100),
        "getBlockTime" => {
            answer.as_object_mut().unwrap().remove("error");
            answer["result"] = Value::Null;
        }
        _ => {}
    })));
    // Signed ten minutes ago and begun just now: what it was begun at is what its request is measured by.
    market.age_entries(700);
    let _ = market.home().leash(["pay", &url]).fails(1);
    let values: std::collections::BTreeSet<String> = shop
        .requests()
        .iter()
        .filter_map(|request| request.header("payment-signature").map(str::to_owned))
        .collect();
    assert_eq!(values.len(), 2, "another payment was made");
    assert_eq!(market.counted(), 2_000, "and both count");
}

/// The chain doesn't show the payment, or has no such method: it isn't asked a hundred times.
#[test]
fn an_endpoint_that_shows_nothing_is_asked_a_few_times() {
    for error in [None, Some(json!({"code": -32601, "message": "Method not found"}))] {
        let market = Market::new();
        let hides = error.clone();
        market.distort(Some(Arc::new(move |question, answer| {
            let method = question["method"].as_str().unwrap();
            if !["getTransaction", "getSignaturesForAddress", "getSignatureStatuses"].contains(&method) {
                return;
            }
            match &hides {
                None => {
                    answer["result"] =
                        if method == "getSignaturesForAddress" { json!([]) } else { Value::Null }
                }
                Some(error) => {
                    answer.as_object_mut().unwrap().remove("result");
                    answer["error"] = error.clone();
                }
            }
        })));
        let url = market.link("x402", "GET", &json!({"ok": true}));
        let before = market.calls("/rpc");
        let begun = Instant::now();
        let outcome = market.home().leash(["pay", &url, "--json"]).ok();
        assert_eq!(outcome.json()["confirmed"], false, "{outcome:?}");
        let asked = market.calls("/rpc") - before;
        let most = if error.is_some() { 10 } else { 30 };
        assert!(asked <= most, "{asked} questions in {:?}", begun.elapsed());
        assert_eq!(market.counted(), GROSS);
        // It is settled by the next one that can see it.
        market.distort(None);
        market.age_payments(60);
        assert_eq!(resolve(&market)["items"][0]["result"], "paid");
    }
}

/// So many rounds of ten payments that are killed at some moment; then ordinary traffic. The ledger is never below the chain,
/// and equal to it once all are resolved.
fn killed(rounds: usize) {
    let market = Market::new();
    market.allow_daily("50");
    let mut random: u64 = 0x9e37_79b9_7f4a_7c15;
    for round in 0..rounds {
        let url = market.link("x402", "GET", &json!({"round": round}));
        let start = |_| {
            let mut run = market.home().leash(["pay", &url]);
            run.command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            run.command.spawn().unwrap()
        };
        let mut running: Vec<_> = (0..10).map(start).collect();
        for child in &mut running {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            // After some more requests of any of them, or at its end.
            let until = market.asked() + usize::try_from(random % 9).unwrap();
            while market.asked() < until && child.try_wait().unwrap().is_none() {
                std::thread::yield_now();
            }
            let _ = child.kill();
        }
        for mut child in running {
            let _ = child.wait().unwrap();
        }
    }
    let left = market.spent();
    assert!(market.counted() >= left, "{} counted, {left} left", market.counted());
    market.name_account(300);
    let left = left.max(market.spent() + 300);
    // The next payment works within its time.
    let url = market.link("mpp", "GET", &json!({"ok": true}));
    let _ = market.home().leash(["pay", &url, "--timeout", "10"]).ok();
    market.expire_payments();
    let resolved = market.home().leash(["payments", "resolve", "--json"]).ok().json();
    assert_eq!(resolved["unresolved"], 0, "{resolved}");
    assert_eq!(market.counted(), left + NET);
    let _ = market.home().leash(["receipts", "verify"]).ok();
    let paid = receipts(&market).iter().filter(|receipt| receipt["decision"] == "allow").count() as u64;
    assert_eq!((paid - 1) * GROSS, left);
}

#[test]
fn a_hundred_killed_payments_count_as_the_chain_does() {
    killed(10);
}

#[test]
#[ignore = "takes minutes: 2,200 payments"]
fn two_thousand_killed_payments_count_as_the_chain_does() {
    killed(220);
}
