//! `leash sell create-link`: what is asked for, what is refused before, and what is made of the answer.

use insta::assert_snapshot;
use leash_tests::{AGENT_1, AGENT_2, Api, Home, Reply, Request, Run};
use serde_json::{Value, json};

const KEY: &str = "lsh_test_4c33bnxtn9ca48s844";
const SELL: [&str; 6] = ["sell", "create-link", "--label", "Quote", "--amount", "0.01"];

/// The link that the API makes of a request.
fn link(request: &Request) -> Value {
    let asked: Value = serde_json::from_slice(&request.body).unwrap();
    json!({
        "id": "01m839w0e2zx7c6591kpv11vc2", "network": "solana-devnet", "protocol": asked["protocol"],
        "label": asked["label"], "owner_agent": asked["owner_agent"], "pay_to": AGENT_1.treasury,
        "method": asked["method"], "price": asked["price"], "currency": asked["currency"],
        "share_url": "https://api.example/x/01m839w0e2zx7c6591kpv11vc2", "accepts": [{ "scheme": "exact" }],
    })
}

fn set_up() -> (Api, Home) {
    let api = Api::start(|request, _| Reply::Json(200, link(request)));
    let home = Home::with_agent(&AGENT_1, &api.url);
    (api, home)
}

fn sell(home: &Home, options: &[&str]) -> Run {
    home.leash(["sell", "create-link"].iter().chain(options)).env("LEASH_API_KEY", KEY)
}

#[test]
fn a_link_is_made() {
    let (api, home) = set_up();
    let outcome = home.leash(SELL).env("LEASH_API_KEY", KEY).ok();
    assert_snapshot!(outcome.stdout, @"
    payment link created (x402)
      id:          01m839w0e2zx7c6591kpv11vc2
      url:         https://api.example/x/01m839w0e2zx7c6591kpv11vc2
      price:       0.01 USDC
      method:      GET
      network:     solana-devnet
      owner_agent: B5MXMAMebjwkaQjzRiVh2LfvUZbM58FXGdMZGFq8pngj
    ");
    assert_eq!(outcome.stderr, "");
    assert_eq!(api.calls(), ["POST /v1/payment-links"]);
    assert_eq!(api.requests()[0].header("authorization"), Some(&*format!("Bearer {KEY}")));
    assert_eq!(api.requests()[0].header("x-leash-sig"), None);
}

#[test]
fn all_options_are_sent_and_shown() {
    let (api, home) = set_up();
    let options = [
        "--label",
        "Ключ ☃",
        "--amount",
        "1.50",
        "--currency",
        "usdt",
        "--description",
        "all of it",
        "--method",
        "post",
        "--upstream-url",
        " https://api.example.com:8443/v1/x?y=1 ",
        "--expected-body",
        r#"{"q":"string","a":[1]}"#,
        "--protocol",
        "MPP",
    ];
    let outcome = sell(&home, &options).ok();
    assert_snapshot!(outcome.stdout, @"
    payment link created (mpp)
      id:          01m839w0e2zx7c6591kpv11vc2
      url:         https://api.example/x/01m839w0e2zx7c6591kpv11vc2
      price:       1.5 USDT
      method:      POST
      upstream:    https://api.example.com:8443/v1/x?y=1
      expected:    request body metadata set
      network:     solana-devnet
      owner_agent: B5MXMAMebjwkaQjzRiVh2LfvUZbM58FXGdMZGFq8pngj
    ");
    let sent = String::from_utf8_lossy(&api.requests()[0].body).into_owned();
    let (id, rest) = sent.split_at(r#"{"id":"","#.len() + 26);
    assert!(id.starts_with(r#"{"id":""#) && id.ends_with(r#"","#), "{id}");
    assert_snapshot!(rest, @r#""label":"Ключ ☃","description":"all of it","owner_agent":"B5MXMAMebjwkaQjzRiVh2LfvUZbM58FXGdMZGFq8pngj","method":"POST","price":"1.5 USDT","currency":"USDT","protocol":"mpp","response":{"status":200,"mimeType":"application/json","body":{"ok":true,"message":"Payment accepted. Call the protected endpoint to receive live data.","upstream_url":"https://api.example.com:8443/v1/x?y=1"}},"metadata":{"upstream_url":"https://api.example.com:8443/v1/x?y=1","provider_url":"https://api.example.com:8443","expected_request_body":{"q":"string","a":[1]},"pricing_type":"fixed"}}"#);
    let document = sell(&home, &[&options[..], &["--json"]].concat()).ok().json();
    assert_eq!(document["upstream_url"], "https://api.example.com:8443/v1/x?y=1");
    assert_eq!(document["expected_request_body"], json!({ "q": "string", "a": [1] }));
    assert_eq!((&document["price"], &document["currency"]), (&json!("1.5 USDT"), &json!("USDT")));
    assert_eq!(document["pay_to"], AGENT_1.treasury);
    assert_eq!(document["accepts"], json!([{ "scheme": "exact" }]));
}

#[test]
fn an_expected_body_is_sent_as_javascript_prints_it() {
    let (api, home) = set_up();
    let typed =
        r#"{ "b": 1.0, "10": 1e2, "a": 0.50, "2": -0, "b": "\u0041\/", "big": 12345678901234567890 }"#;
    assert_eq!(sell(&home, &["--label", "Quote", "--amount", "1", "--expected-body", typed]).ok().stderr, "");
    let sent = String::from_utf8_lossy(&api.requests()[0].body).into_owned();
    let expected = r#""expected_request_body":{"2":0,"10":100,"b":"A/","a":0.5,"big":12345678901234567000},"#;
    assert!(sent.contains(expected), "{sent}");
}

#[test]
fn amounts_are_decimals() {
    let (api, home) = set_up();
    let amounts = [
        ("0.01", "0.01"),
        ("1.50", "1.5"),
        ("5000", "5000"),
        ("64.1", "64.1"),
        (".5", "0.5"),
        ("0.000001", "0.000001"),
        ("12345678901.123456", "12345678901.123456"),
        ("18446744073709.551615", "18446744073709.551615"),
    ];
    for (typed, sent) in amounts {
        let _ = sell(&home, &["--label", "Z", "--amount", typed]).ok();
        let body: Value = serde_json::from_slice(&api.requests().last().unwrap().body).unwrap();
        assert_eq!(body["price"], format!("{sent} USDC"));
    }
}

#[test]
fn what_makes_no_sense_is_not_sent() {
    let (api, home) = set_up();
    let long = "d".repeat(501);
    let bad = [
        (
            "--amount",
            &[
                "0",
                "-1",
                "1e3",
                "0.0000001",
                "5O",
                "NaN",
                "1,5",
                "",
                "18446744073709.551616",
                "0x10",
                "--json",
            ][..],
        ),
        ("--currency", &["EUR", ""]),
        ("--method", &["PUT", "get post"]),
        ("--protocol", &["x403", ""]),
        ("--label", &["", "  ", "a\nb"]),
        ("--description", &[&long]),
        // A blank one would sell the bare acknowledgement: a shell's unset variable.
        (
            "--upstream-url",
            &["", "  ", "ftp://x", "api.example.com", "https://u:pw@api.example.com/", "http://"],
        ),
        ("--expected-body", &["[]", "{", "\"x\"", "", "null"]),
        ("--price", &["1"]),
    ];
    for (option, values) in bad {
        for value in values {
            // The last of two is the one that counts; some options may only stand once.
            let mut options = vec!["--label", "Z", "--amount", "1"];
            match options.iter().position(|known| *known == option) {
                Some(at) => options[at + 1] = value,
                None => options.extend([option, value]),
            }
            let outcome = sell(&home, &options).fails(2);
            assert!(outcome.stdout.is_empty() || option == "--amount", "{outcome:?}");
        }
    }
    for missing in [&["--label", "Z"][..], &["--amount", "1"], &[]] {
        let outcome = sell(&home, &[missing, &["--json"]].concat()).fails(2);
        assert_eq!(outcome.json()["kind"], "payment_link");
    }
    let _ = home.leash(["sell"]).fails(2);
    let _ = home.leash(["sell", "link"]).fails(2);
    assert_eq!(api.calls(), Vec::<String>::new());
}

#[test]
fn it_takes_an_api_key_of_the_agents_network() {
    let (api, home) = set_up();
    let outcome = home.leash(SELL.iter().chain(&["--json"])).fails(4);
    assert_eq!(outcome.json()["code"], "no_api_key");
    outcome.assert_says("export LEASH_API_KEY=\"$(leash api-key create --label NAME --quiet)\"");

    let live = "lsh_live_4c33bnxtn9ca48s844";
    let outcome = home.leash(SELL.iter().chain(&["--json"])).env("LEASH_API_KEY", live).fails(4);
    assert_eq!(outcome.json()["code"], "network_mismatch");
    outcome.assert_says("nothing was sent");
    outcome.assert_silent_about(live);

    let nobody = Home::new();
    let outcome = nobody.leash(SELL).env("LEASH_API_KEY", KEY).fails(4);
    outcome.assert_says("no agent is configured");
    assert_eq!(api.calls(), Vec::<String>::new());

    let mut file = AGENT_1.file(&api.url);
    file["api_key"] = json!(KEY);
    home.write_private(".config/leash/agent.json", &file.to_string());
    let _ = home.leash(SELL).ok();
    assert_eq!(api.requests()[0].header("authorization"), Some(&*format!("Bearer {KEY}")));
}

#[test]
fn a_link_that_pays_somebody_else_is_a_failure() {
    for (field, value) in [("pay_to", AGENT_2.executive), ("owner_agent", AGENT_2.mint)] {
        let api = Api::start(move |request, _| {
            let mut link = link(request);
            link[field] = json!(value);
            Reply::Json(200, link)
        });
        let home = Home::with_agent(&AGENT_1, &api.url);
        let outcome = home.leash(SELL.iter().chain(&["--json"])).env("LEASH_API_KEY", KEY).fails(1);
        assert_eq!(outcome.json()["code"], "wrong_payee");
        outcome.assert_says(value);
        outcome.assert_says("don't share the link");
    }
}

#[test]
fn what_the_api_changed_is_said() {
    let api = Api::start(|request, _| {
        let mut link = link(request);
        link["price"] = json!("0.1 USDC");
        link["network"] = json!("solana-mainnet");
        Reply::Json(200, link)
    });
    let home = Home::with_agent(&AGENT_1, &api.url);
    let outcome = home.leash(SELL).env("LEASH_API_KEY", KEY).ok();
    outcome.assert_says("warning: the API made the price `0.1 USDC` of `0.01 USDC`");
    outcome.assert_says("warning: the link is on solana-mainnet, the agent on solana-devnet");
}

#[test]
fn refusals_are_told() {
    for (status, exit, code) in [(401, 4, "unauthorized"), (422, 1, "invalid_request"), (409, 1, "conflict")]
    {
        let api =
            Api::start(move |_, _| Reply::Json(status, json!({ "error": code, "message": "not like this" })));
        let home = Home::with_agent(&AGENT_1, &api.url);
        let outcome = home.leash(SELL.iter().chain(&["--json"])).env("LEASH_API_KEY", KEY).fails(exit);
        assert_eq!(
            (&outcome.json()["code"], &outcome.json()["kind"]),
            (&json!(code), &json!("payment_link"))
        );
        outcome.assert_says("not like this");
        outcome.assert_silent_about(KEY);
        assert_eq!(api.calls().len(), 1);
    }
    let api = Api::start(|_, _| Reply::Close);
    let home = Home::with_agent(&AGENT_1, &api.url);
    let outcome = home.leash(SELL).env("LEASH_API_KEY", KEY).fails(1);
    let asked: Value = serde_json::from_slice(&api.requests()[0].body).unwrap();
    let id = asked["id"].as_str().unwrap();
    outcome.assert_says(&format!("whether link `{id}` was made could not be found out"));
    outcome.assert_says(&format!("leash api GET /v1/payment-links/{id} --bearer"));
}
