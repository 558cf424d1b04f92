//! Receipts: verified offline, shown from here and from the API, and published.

mod crashes;

use std::fs;

use jiff::{Timestamp, ToSpan as _};
use leash_receipts::{Chain, Decision, Draft, Kind, Price, Protocol, Receipt, X402};
use leash_tests::{AGENT_1, Api, Home, Reply, Sandbox};
use serde_json::{Value, json};

fn home() -> Home {
    Home::with_agent(&AGENT_1, "http://127.0.0.1:9")
}

fn dir(mint: &str) -> String {
    format!(".config/leash/money/{mint}")
}

pub(crate) fn draft(mint: &str, number: u64, decision: Decision, ago_hours: i64) -> Draft {
    let time = Timestamp::now().saturating_sub(ago_hours.hours()).unwrap();
    Draft {
        protocol: Protocol::V1(X402 {
            tx_sig: (decision == Decision::Allow).then(|| format!("tx{number}")),
            payment_requirements_hash: None,
        }),
        kind: Kind::Spend,
        agent: mint.to_owned(),
        time: format!("{time:.3}"),
        method: "GET".into(),
        url: format!("https://api.example.com/x/{number}"),
        body_hash: None,
        decision,
        reason: (decision == Decision::Deny).then(|| "perCallMax".to_owned()),
        price: Some(Price {
            amount: 10_000,
            currency: "USDC".into(),
            network: "solana-devnet".into(),
            asset: "4zMMC9srt5Ri5X14GAgXhaHii3GnPAEERYPJgZJDncDU".into(),
            fee: Some((100, 100, "3DdcJkvjW7KLtMeko3Zr57jEJWhqRHuPsEBFm1XJYh7W".into())),
        }),
        facilitator: None,
        response_status: Some(200),
    }
}

/// Three receipts: two paid, one of them long ago, and one denied.
fn seed(home: &Home, mint: &str) -> Vec<Receipt> {
    let chain = Chain::new(&home.join(dir(mint)));
    let drafts = [
        draft(mint, 0, Decision::Allow, 24 * 30),
        draft(mint, 1, Decision::Deny, 25),
        draft(mint, 2, Decision::Allow, 0),
    ];
    drafts.iter().map(|draft| chain.append(draft).unwrap().receipt).collect()
}

#[test]
fn the_chains_of_the_original() {
    let vectors = include_str!("../../core/receipts/tests/data/chains.json");
    let vectors: Value = serde_json::from_str(vectors).unwrap();
    let home = Home::new();
    let chains = vectors["chains"].as_array().unwrap();
    assert!(chains.len() > 5, "{}", chains.len());
    for vector in chains {
        let lines: Vec<_> =
            vector["lines"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
        let path = home.write_private("chain.jsonl", &lines.join("\n"));
        let verify = |file: &str| home.leash(["receipts", "verify", "--file", file, "--json"]);
        let from_stdin = verify("-").input(lines.join("\n")).outcome();
        let outcome = verify(path.to_str().unwrap()).outcome();
        let (said, result) = (outcome.json(), &vector["result"]);
        for field in ["ok", "count", "nonce", "reason"] {
            if !result[field].is_null() {
                assert_eq!(said[field], result[field], "{field}: {outcome:?}");
                assert_eq!(from_stdin.json()[field], result[field], "{field}: {outcome:?}");
            }
        }
        match result["ok"].as_bool().unwrap() {
            true => assert_eq!(outcome.status, 0),
            false => outcome.assert_failure(3),
        }
    }
    // No agent is needed for a file.
    home.leash(["receipts", "verify"]).fails(4).assert_says("no agent");
    home.leash(["receipts", "verify", "--file", "nowhere"]).fails(1).assert_says("`nowhere`");
}

#[test]
fn the_chain_here_is_shown_and_verified() {
    let home = home();
    assert_eq!(home.leash(["receipts"]).ok().stdout, "no receipts yet\n");
    let receipts = seed(&home, AGENT_1.mint);
    let listed = home.leash(["receipts", "--json"]).ok().json();
    assert_eq!((&listed["source"], &listed["count"]), (&json!("local"), &json!(3)));
    // Newest first, and in smallest units as well as in dollars.
    let item = &listed["items"][0];
    for (field, expected) in [
        ("receipt_hash", json!(receipts[2].hash)),
        ("direction", json!("outgoing")),
        ("decision", json!("allow")),
        ("tx_signature", json!("tx2")),
        ("amount", json!("10000")),
        ("currency", json!("USDC")),
        ("amount_usd", json!("0.01")),
        ("gross", json!("10100")),
        ("explorer_url", json!("https://solscan.io/tx/tx2?cluster=devnet")),
    ] {
        assert_eq!(item[field], expected, "{field}");
    }
    let text = home.leash(["receipts", "--limit", "1"]).ok();
    assert!(text.stdout.contains("outgoing  allow   0.01 USDC  tx2"), "{text:?}");
    assert_eq!(home.leash(["receipts", "--direction", "incoming", "--json"]).ok().json()["count"], 0);
    let one = home.leash(["receipt", &receipts[1].hash, "--json"]).ok().json();
    assert_eq!((&one["reason"], &one["receipt"]["nonce"]), (&json!("perCallMax"), &json!(1)));
    assert!(home.leash(["receipt", &receipts[2].hash]).ok().stdout.contains("  gross:           0.0101\n"));
    let absent = home.leash(["receipt", &"ab".repeat(32), "--json"]).fails(1).json();
    assert_eq!((&absent["code"], &absent["receipt_hash"]), (&json!("not_found"), &json!("ab".repeat(32))));
    let _ = home.leash(["receipt", "abc"]).fails(2);
    let verified = home.leash(["receipts", "verify", "--json"]).ok().json();
    assert_eq!((&verified["count"], &verified["head"]), (&json!(3), &json!(receipts[2].hash)));
    let path = home.join(dir(AGENT_1.mint)).join("receipts.jsonl");
    let whole = fs::read_to_string(&path).unwrap();
    fs::write(&path, whole.replacen("\"10000\"", "\"10001\"", 2)).unwrap();
    let broken = home.leash(["receipts", "verify", "--json"]).fails(3).json();
    assert_eq!(
        (&broken["nonce"], &broken["reason"], &broken["ok"]),
        (&json!(0), &json!("receipt_hash_mismatch"), &json!(false))
    );
    home.leash(["receipts", "verify"]).fails(3).assert_says("receipt 0 (line 1)");
    assert!(home.leash(["receipts"]).ok().stdout.contains("(its hash is wrong)"));
    // A last line that was cut off is told, and passed over.
    fs::write(&path, &whole[..whole.len() - 5]).unwrap();
    home.leash(["receipts", "verify"]).fails(3).assert_says("invalid_json");
    let listed = home.leash(["receipts", "--json"]).ok();
    listed.assert_says("cut off");
    assert_eq!(listed.json()["count"], 2);
}

#[test]
fn sums_are_dollars_and_exact() {
    let home = home();
    let _ = seed(&home, AGENT_1.mint);
    let history = home.leash(["history", "--days", "90", "--json"]).ok().json();
    for (field, expected) in [
        ("kind", json!("transaction_history")),
        ("total_sent_usd", json!("0.02")),
        ("total_fees_usd", json!("0.0002")),
        ("total_gross_sent_usd", json!("0.0202")),
        ("net_usd", json!("-0.02")),
        ("sent_count", json!(2)),
        ("denied_count", json!(1)),
        ("count", json!(3)),
    ] {
        assert_eq!(history[field], expected, "{field}");
    }
    assert_eq!(home.leash(["history", "--json"]).ok().json()["total_sent_usd"], "0.01");
    let text = home.leash(["history"]).ok().stdout;
    assert!(
        text.starts_with(
            "history 7d  2 receipt(s)\n  sent:     $0.01  (1)\n  received: $0  (0)\n  net:      $-0.01\n"
        ),
        "{text}"
    );
    let daily = home.leash(["daily", "--days", "3", "--json"]).ok().json();
    assert_eq!(daily["daily"].as_array().unwrap().len(), 3);
    assert_eq!(
        (&daily["daily"][0]["sent_usd"], &daily["totals"]["sent_usd"]),
        (&json!("0.01"), &json!("0.01"))
    );
    assert!(home.leash(["daily"]).ok().stdout.contains("totals: sent $0.01  received $0  net $-0.01"));
    for words in [
        ["history", "--days", "0"],
        ["daily", "--days", "91"],
        ["receipts", "--limit", "0"],
        ["history", "--limit", "abc"],
    ] {
        let _ = home.leash(words).fails(2);
    }
    let _ = home.leash(["receipts", "--direction", "sideways"]).fails(2);
}

/// A row as the API gives it.
fn row(number: u32, kind: &str, amount: &str) -> Value {
    let raw = json!({
        "v": "0.1", "kind": kind, "agent": AGENT_1.mint, "nonce": number, "ts": "2026-01-01T00:00:00.000Z", "policy_v": "0.1",
        "request": { "method": "GET", "url": "https://x.example/\u{1b}[31m\u{202e}", "body_hash": null }, "decision": "allow",
        "reason": null, "price": { "amount": amount, "currency": "USDC" }, "facilitator": null, "tx_sig": format!("tx{number}"),
        "response": null, "prev_receipt_hash": null, "receipt_hash": "f".repeat(64),
    });
    let now = Timestamp::now();
    json!({
        "receipt_hash": "f".repeat(64), "network": "solana-devnet", "agent": AGENT_1.mint, "nonce": number, "decision": "allow",
        "kind": kind, "tx_sig": format!("tx{number}"), "payment_requirements_hash": null, "ingested_at": format!("{now:.3}"), "raw": raw,
    })
}

#[test]
fn the_api_is_asked_where_there_is_a_key() {
    let api = Api::start(|request, _| {
        if request.path.contains("cursor=") {
            return Reply::Json(
                200,
                json!({ "items": [row(3, "earn", "5000000000"), {}], "next_cursor": null }),
            );
        }
        let items = [row(1, "earn", "120000"), row(2, "spend", "10000")];
        Reply::Json(200, json!({ "items": items, "next_cursor": "a|b c" }))
    });
    let home = Home::with_agent(&AGENT_1, &api.url);
    let leash = |words: &[&str]| home.leash(words).env("LEASH_API_KEY", "lsh_test_4c33bnxtn9ca48s844");
    let history = leash(&["history", "--json"]).ok();
    history.assert_says("no receipts: 1");
    assert_eq!(
        (&history.json()["total_received_usd"], &history.json()["net_usd"], &history.json()["source"]),
        (&json!("5000.12"), &json!("5000.11"), &json!("api"))
    );
    let listed = leash(&["receipts", "--limit", "2", "--direction", "outgoing", "--json"]).ok().json();
    assert_eq!(
        (&listed["next_cursor"], &listed["items"][0]["hash_is_right"]),
        (&json!("a|b c"), &json!(false))
    );
    // What others wrote never reaches the terminal raw.
    let shown = leash(&["receipts"]).ok().stdout;
    assert!(shown.contains("(its hash is wrong)") && !shown.contains('\u{1b}'), "{shown}");
    let one = leash(&["receipts", "--json"]).ok().stdout;
    assert!(!one.contains('\u{1b}') && !one.contains('\u{202e}'), "{one}");
    let path = format!("GET /v1/receipts/{}", AGENT_1.mint);
    assert_eq!(
        api.calls(),
        [
            format!("{path}?limit=200"),
            format!("{path}?limit=200&cursor=a%7Cb%20c"),
            format!("{path}?limit=2&kind=spend"),
            path.clone(),
            path,
        ]
    );
    // The chain here asks nobody.
    let _ = leash(&["receipts", "--local"]).ok();
    assert_eq!(api.calls().len(), 5);
}

#[test]
fn published_once_whatever_happens() {
    let sandbox = Sandbox::up();
    let key = sandbox.api_key();
    let leash = |words: &[&str]| sandbox.home.leash(words).env("LEASH_API_KEY", &key);
    // The sandbox's agent, with the API somewhere else: nobody is there.
    let seeded = seed(&sandbox.home, &sandbox.mint);
    let away = |words: &[&str]| {
        let agent = sandbox.home.read_json(".config/leash/agents/sandbox.json");
        let mut moved = agent.clone();
        moved["api_url"] = json!("http://127.0.0.1:9");
        let _ = sandbox.home.write_private(".config/leash/agents/sandbox.json", &moved.to_string());
        let outcome = leash(words).outcome();
        let _ = sandbox.home.write_private(".config/leash/agents/sandbox.json", &agent.to_string());
        outcome
    };
    away(&["receipts", "publish"]).assert_failure(1);
    leash(&["receipts"]).ok().assert_says("not there yet, of this machine: 3 receipts");
    let published = leash(&["receipts", "publish", "--json"]).ok().json();
    assert_eq!((&published["sent"], &published["pending"]), (&json!(3), &json!(0)));
    assert_eq!(leash(&["receipts", "publish", "--json"]).ok().json()["sent"], 0);
    // Where the note of it is lost, all are sent again, and are there once.
    fs::remove_file(sandbox.home.join(dir(&sandbox.mint)).join("published.json")).unwrap();
    assert_eq!(leash(&["receipts", "publish", "--json"]).ok().json()["sent"], 3);
    let listed = leash(&["receipts", "--json"]).ok().json();
    assert_eq!((&listed["count"], &listed["source"]), (&json!(3), &json!("api")));
    assert!(listed["items"].as_array().unwrap().iter().all(|item| item["hash_is_right"] == true), "{listed}");
    let one = leash(&["receipt", &seeded[2].hash, "--json"]).ok().json();
    assert_eq!((&one["source"], &one["receipt"]), (&json!("api"), &seeded[2].document));
    sandbox.home.leash(["receipts", "publish"]).fails(4).assert_says("API key");
}

#[test]
fn what_the_api_does_not_take_stops_nothing() {
    let api = Api::start(|request, before| {
        if before == 1 {
            return Reply::Json(422, json!({ "error": "invalid_request", "message": "no" }));
        }
        let sent: Value = serde_json::from_slice(&request.body).unwrap();
        Reply::Json(
            200,
            json!({ "ok": true, "receipt_hash": sent["receipt_hash"], "duplicate": false, "event_id": null }),
        )
    });
    let home = Home::with_agent(&AGENT_1, &api.url);
    let receipts = seed(&home, AGENT_1.mint);
    let publish = || {
        home.leash(["receipts", "publish", "--json"]).env("LEASH_API_KEY", "lsh_test_4c33bnxtn9ca48s844").ok()
    };
    let published = publish();
    published.assert_says("doesn't take receipt");
    assert_eq!(
        (&published.json()["sent"], &published.json()["refused"][0]["receipt_hash"]),
        (&json!(2), &json!(receipts[1].hash))
    );
    assert_eq!(publish().json()["sent"], 0);
    // What was sent is the line as it was written.
    let path = home.join(dir(AGENT_1.mint)).join("receipts.jsonl");
    let sent: Vec<_> =
        api.requests().iter().map(|request| String::from_utf8(request.body.clone()).unwrap()).collect();
    assert_eq!(sent, fs::read_to_string(path).unwrap().lines().collect::<Vec<_>>());
}
