//! The original client's runs, as they were recorded: leash sends the same requests and prints as much.
//!
//! Left out are the runs that failed although they exited with 0, and those in which an option was taken
//! for a value or a bad number was sent on. The second agent's key is not recorded, so it signs with the
//! first one's here; nothing else depends on it.

use leash_tests::{AGENT_1, Agent, Api, Home, Outcome, Reply, Request};
use serde_json::Value;

const RUNS: &str = include_str!("../fixtures/recorded-client.jsonl");
const RECORDED_API: &str = "http://127.0.0.1:18788";
const RECORDED_RPC: &str = "http://127.0.0.1:18889";

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[test]
fn requests_and_results_are_those_of_the_original() {
    let runs: Vec<Value> = RUNS.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(runs.len(), 30);
    for run in &runs {
        let answers = run["http"].as_array().unwrap().clone();
        let api = Api::start(move |request, before| {
            let body = text(&answers[before]["answer"]);
            let here = format!("http://{}", request.header("host").unwrap());
            let body = serde_json::from_str(&body.replace(RECORDED_API, &here)).unwrap();
            Reply::Json(u16::try_from(answers[before]["status"].as_u64().unwrap()).unwrap(), body)
        });
        let stdout = text(&run["stdout"])
            .replace(RECORDED_API, &api.url)
            .replace(RECORDED_RPC, &format!("{}/rpc", api.url));
        let outcome = replay(run, &api.url);
        same_requests(run, &api.requests());
        if stdout.starts_with('{') {
            superset(&serde_json::from_str(&stdout).unwrap(), &outcome.json(), text(&run["case"]));
        } else {
            same_lines(&stdout, &outcome);
        }
    }
}

fn replay(run: &Value, api_url: &str) -> Outcome {
    let env = run["env"].as_object().unwrap();
    let home = if env.contains_key("LEASH_AGENT_MINT") {
        Home::new()
    } else {
        let mint = text(&run["agent_mint"]).to_owned().leak();
        Home::with_agent(&Agent { mint, ..AGENT_1 }, api_url)
    };
    let argv: Vec<&str> = run["argv"].as_array().unwrap().iter().map(text).collect();
    env.iter().fold(home.leash(argv), |run, (name, value)| run.env(name, text(value))).ok()
}

fn same_requests(run: &Value, sent: &[Request]) {
    let case = text(&run["case"]);
    let recorded = run["http"].as_array().unwrap();
    assert_eq!(sent.len(), recorded.len(), "{case}: {sent:?}");
    for (recorded, sent) in recorded.iter().zip(sent) {
        assert_eq!(sent.method, recorded["method"], "{case}");
        assert_eq!(sent.path, recorded["path"], "{case}");
        assert_eq!(without_id(&sent.body), text(&recorded["body"]), "{case}");
        assert_eq!(sent.header("content-type"), recorded["content_type"].as_str(), "{case}");
        assert_eq!(sent.header("authorization"), recorded["authorization"].as_str(), "{case}");
        assert_eq!(sent.header("x-leash-sig").is_some(), recorded["signed"] == true, "{case}");
        if recorded["signed"] == true {
            assert!(sent.is_signed_by(text(&run["agent_mint"]), AGENT_1.executive), "{case}: {sent:?}");
        }
    }
}

/// A body without the id that leash gives a payment link, which the original leaves to the server.
fn without_id(body: &[u8]) -> String {
    let body = String::from_utf8_lossy(body).into_owned();
    match body.strip_prefix(r#"{"id":""#).and_then(|rest| rest.split_once(r#"","#)) {
        Some((_, rest)) => format!("{{{rest}"),
        None => body,
    }
}

/// That everything in `recorded` is in `ours`, at the same place.
fn superset(recorded: &Value, ours: &Value, place: &str) {
    match (recorded, ours) {
        (Value::Object(recorded), Value::Object(ours)) => {
            for (name, value) in recorded {
                let place = format!("{place}.{name}");
                superset(value, ours.get(name).unwrap_or_else(|| panic!("{place} is missing")), &place);
            }
        }
        (Value::Array(recorded), Value::Array(ours)) => {
            assert_eq!(recorded.len(), ours.len(), "{place}");
            for (index, (recorded, ours)) in recorded.iter().zip(ours).enumerate() {
                superset(recorded, ours, &format!("{place}[{index}]"));
            }
        }
        _ => assert_eq!(recorded, ours, "{place}"),
    }
}

/// That each line is there in its place; it may go on where the original's ends.
fn same_lines(recorded: &str, ours: &Outcome) {
    let mut lines = ours.stdout.lines();
    for line in recorded.lines().filter(|line| !line.is_empty() && !line.starts_with("Store plaintext")) {
        assert!(lines.any(|ours| ours.starts_with(line)), "`{line}` is missing: {ours:?}");
    }
    assert_eq!(recorded.lines().next(), ours.stdout.lines().next(), "{ours:?}");
}
