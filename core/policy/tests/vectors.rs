//! The decisions of the original, on the same rules, requests and states.
#![allow(clippy::unwrap_used, reason = "a test that can't go on ends here")]

use leash_policy::{Request, Rules, State, evaluate};
use serde_json::{Value, json};

#[test]
fn decisions_are_the_originals() {
    let vectors: Vec<Value> = serde_json::from_str(include_str!("data/vectors.json")).unwrap();
    assert!(vectors.len() >= 13);
    for vector in vectors {
        let rules = Rules::parse(vector["rules"].to_string().as_bytes()).unwrap();
        let (request, state) = (&vector["request"], &vector["state"]);
        let replay = state["recentRequestHashes"].as_array().unwrap().contains(&request["requestHash"]);
        let state = State { spent: state["spentToday"].as_str().unwrap().parse().unwrap(), replay };
        let request =
            Request { url: request["url"].as_str().unwrap(), price: request["estimatedPrice"].as_str() };
        let decided = match evaluate(&rules, &request, &state) {
            Ok(()) => json!({ "decision": "allow" }),
            Err(denial) => json!({ "decision": "deny", "reason": denial.reason.as_str() }),
        };
        assert_eq!(decided, vector["original_result"], "{}", vector["name"]);
    }
}

fn decide(rules: &Value, url: &str, price: &str, spent: &str) -> String {
    let rules = Rules::parse(rules.to_string().as_bytes()).unwrap();
    let state = State { spent: spent.parse().unwrap(), replay: false };
    match evaluate(&rules, &Request { url, price: Some(price) }, &state) {
        Ok(()) => "allow".to_owned(),
        Err(denial) => denial.reason.to_string(),
    }
}

fn rules(hosts: &Value) -> Value {
    json!({ "v": "0.1", "budget": { "daily": "0.3", "perCall": "0.2", "currency": "USDC" }, "hosts": hosts, "triggers": [] })
}

#[test]
fn what_the_original_gets_wrong() {
    let open = rules(&json!({}));
    let url = "https://a.example/x";
    // As floats, 0.1 + 0.2 is more than 0.3.
    assert_eq!(decide(&open, url, "0.2", "0.1"), "allow");
    assert_eq!(decide(&open, url, "0.200000000000000001", "0.1"), "dailyBudgetExceeded");
    for price in ["-1", "-0", "abc", "", "NaN", "Infinity", "1e-9", "0x1", "0.1 USDC", "0,1"] {
        assert_eq!(decide(&open, url, price, "0"), "dailyBudgetExceeded", "{price:?}");
    }
    let banned = rules(&json!({ "deny": ["evil.example"] }));
    for url in [
        "https://evil.example./x",
        "https://EVIL.example",
        "https://u:p@evil.example:1/",
        "notaurl",
        "ftp://a.example",
    ] {
        assert_eq!(decide(&banned, url, "0.1", "0"), "denyHost", "{url}");
    }
    let only = rules(&json!({ "allow": ["a.example"] }));
    for url in
        ["https://a.example.evil.example", "https://ba.example", "notaurl", "https://a.example@evil.example"]
    {
        assert_eq!(decide(&only, url, "0.1", "0"), "allowHost", "{url}");
    }
    assert_eq!(decide(&only, "https://A.Example.:443/x", "0.1", "0"), "allow");
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_rules_or_an_error(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
        let _ = Rules::parse(&bytes);
    }

    #[test]
    fn a_limit_is_exact(price in 0_u64..1_000_000, limit in 0_u64..1_000_000, spent in 0_u64..1_000_000, daily in 0_u64..2_000_000) {
        let usd = |atomic: u64| leash_policy::Usd::from_atomic(atomic).to_string();
        let rules = json!({ "v": "0.1", "budget": { "daily": usd(daily), "perCall": usd(limit), "currency": "USDC" }, "hosts": {}, "triggers": [] });
        let expected = if spent + price > daily { "dailyBudgetExceeded" } else if price > limit { "perCallMax" } else { "allow" };
        proptest::prop_assert_eq!(decide(&rules, "https://a.example", &usd(price), &usd(spent)), expected);
    }
}
