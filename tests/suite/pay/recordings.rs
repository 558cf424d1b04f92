//! The recorded answers of public sellers (`cargo xtask interop --record`), said again to the real program.

use std::{fs, path::PathBuf};

use leash_tests::{Api, Home, Reply};
use serde_json::{Value, json};

use super::{market::Market, seller::USDC};

/// Each seller's recording.
fn recordings() -> Vec<(String, Value)> {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../core/pay/tests/vectors");
    let mut all: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| {
            let recorded: Value = serde_json::from_slice(&fs::read(entry.unwrap().path()).unwrap()).unwrap();
            (recorded["seller"].as_str().unwrap().to_owned(), recorded)
        })
        .collect();
    all.sort_by(|(a, _), (b, _)| a.cmp(b));
    assert_eq!(all.len(), 12);
    all
}

/// The recorded `402`, with a challenge of MPP that expires as `expires` says.
fn answer(demand: &Value, expires: Option<&str>) -> Reply {
    let mut head = format!("HTTP/1.1 {} Payment Required\r\n", demand["status"]);
    for header in demand["headers"].as_array().unwrap() {
        let (name, value) = (header[0].as_str().unwrap(), header[1].as_str().unwrap());
        let value = match (value.split_once("expires=\""), expires) {
            (Some((before, after)), Some(expires)) => {
                format!("{before}expires=\"{expires}\"{}", after.split_once('"').unwrap().1)
            }
            _ => value.to_owned(),
        };
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let body = demand["body"].as_str().unwrap();
    Reply::Raw(
        format!("{head}content-length: {}\r\nconnection: close\r\n\r\n{body}", body.len()).into_bytes(),
    )
}

/// By which header each is paid, and how many offers its answer has.
fn expected(seller: &str) -> (&'static str, &'static str, usize) {
    match seller {
        "faremeter-v1" | "x402-express-v1" => ("x402", "x402 v1", 1),
        "faremeter-mpp" | "mpp" | "mpp-splits" | "mpp-sponsored" => ("mpp", "MPP", 1),
        "faremeter-both" => ("x402", "x402 v2", 2),
        _ => ("x402", "x402 v2", 1),
    }
}

fn chosen(document: &Value) -> &Value {
    let chosen: Vec<&Value> =
        document["offers"].as_array().unwrap().iter().filter(|offer| offer["chosen"] == true).collect();
    assert_eq!(chosen.len(), 1, "{document}");
    chosen[0]
}

#[test]
fn each_public_seller_would_be_paid_what_it_asks_for() {
    let market = Market::new();
    let nobody = Home::new();
    for (seller, recorded) in recordings() {
        let (protocol, version, count) = expected(&seller);
        for method in ["GET", "POST"] {
            let (exchange, what) = (&recorded[method], format!("{seller} {method}"));
            let demand = exchange["demand"].clone();
            let shop = Api::start(move |_, _| answer(&demand, Some("2100-01-01T00:00:00Z")));
            let url = format!("{}/goods", shop.url);
            let mut request = vec![url.as_str(), "--json"];
            let body = exchange["body"].as_str().unwrap_or_default();
            if method == "POST" {
                request.extend(["--body", body]);
            }
            let words = |front: &[&'static str]| -> Vec<String> {
                front.iter().chain(&request).map(|word| (*word).to_owned()).collect()
            };
            // A quote looks at no chain.
            let quoted = nobody.leash(words(&["quote"])).ok().json();
            let offer = chosen(&quoted);
            assert_eq!(
                (&offer["protocol"], &offer["version"]),
                (&json!(protocol), &json!(version)),
                "{what}"
            );
            assert_eq!((&offer["gross"], &offer["asset"]), (&json!("10000"), &json!(USDC)), "{what}");
            assert_eq!(quoted["offers"].as_array().unwrap().len(), count, "{what}: {quoted}");
            let to = offer["pay_to"].as_str().unwrap();
            // On this chain its recipients have no accounts yet.
            if method == "GET" {
                let refused = market.home().leash(words(&["pay", "--dry-run"])).fails(1).json();
                assert_eq!(refused["code"], "recipient_account_missing", "{what}: {refused}");
                let _ = market.rpc("leashFund", &json!([to, USDC, "1"]));
                if seller == "mpp-splits" {
                    let refused = market.home().leash(words(&["pay", "--dry-run"])).fails(1).json();
                    let other = refused["splits"][0]["to"].clone();
                    let _ = market.rpc("leashFund", &json!([other, USDC, "1"]));
                }
            }
            let dry = market.home().leash(words(&["pay", "--dry-run"])).ok().json();
            let taken = chosen(&dry);
            assert_eq!((&taken["version"], &taken["pay_to"]), (&json!(version), &json!(to)), "{what}: {dry}");
            assert_eq!(
                (&dry["gross"], &dry["fee"], &dry["pay_to"]),
                (&json!("0.01"), &json!("0"), &json!(to)),
                "{what}"
            );
            assert_eq!(dry["splits"].is_array(), seller == "mpp-splits", "{what}");
            let asked = shop.requests();
            assert!(asked.iter().all(|request| request.method == method && request.body == body.as_bytes()));
        }
    }
    assert_eq!(market.spent(), 0);
    assert!(market.payments().is_empty());
}

/// As they were recorded, challenges of MPP that name a time are over.
#[test]
fn a_recorded_challenge_has_expired() {
    let market = Market::new();
    for (seller, recorded) in recordings() {
        let demand = recorded["GET"]["demand"].clone();
        let shop = Api::start(move |_, _| answer(&demand, Some("2020-01-01T00:00:00.000Z")));
        let dry = market
            .home()
            .leash(["pay", "--dry-run", "--json", &format!("{}/goods", shop.url)])
            .fails(1)
            .json();
        let code = if expected(&seller).0 == "mpp" { "expired_offer" } else { "recipient_account_missing" };
        assert_eq!(dry["code"], code, "{seller}: {dry}");
    }
}
