//! Payment links: one is made however often it is asked for, and all of a key's are listed.

use leash_api::{Error, NewPaymentLink, Secret};
use serde_json::{Value, json};

use crate::server::{Server, answer};
use crate::{KEY, MINT, client, run};

const DOWN: &str = r#"{"error":"unavailable","message":"down"}"#;
const REFUSED: &str = r#"{"error":"invalid_request","message":"m"}"#;
const TAKEN: &str = r#"{"error":"idempotency_conflict","message":"payment link \"x\" already exists"}"#;
const UNKNOWN: &str = r#"{"error":"not_found","message":"payment link \"x\" not found"}"#;

fn wanted() -> NewPaymentLink {
    let mut link = NewPaymentLink::new("x", MINT, "1", "USDC");
    link.id = Some("my-link".to_owned());
    link
}

/// What the API has of the wanted link, with these fields.
fn there(fields: &Value) -> String {
    let mut link = json!(wanted());
    link["network"] = json!("solana-devnet");
    link["share_url"] = json!("https://x");
    link.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
    answer(200, &link.to_string())
}

/// What comes of creating the wanted link where these are the answers, and the requests.
fn created(answers: &[String]) -> (Result<leash_api::PaymentLink, Error>, Vec<String>) {
    let server = Server::answers(answers);
    let made = run(client(&server.url()).create_payment_link(&wanted()));
    let requests = server.seen().iter().map(|seen| format!("{} {}", seen.method, seen.path)).collect();
    (made, requests)
}

#[test]
fn every_try_names_the_same_id_and_every_link_another() {
    let server = Server::answers(&[answer(503, DOWN), answer(502, ""), there(&json!({}))]);
    let client = client(&server.url());
    let link = NewPaymentLink::new("x", MINT, "1", "USDC");
    run(client.create_payment_link(&link)).expect("a link");
    run(client.create_payment_link(&link)).expect("a link");
    let bodies: Vec<Value> =
        server.seen().iter().map(|seen| serde_json::from_str(&seen.body).expect("JSON")).collect();
    assert_eq!(bodies.len(), 4);
    assert!(bodies[0]["id"].is_string());
    assert!(bodies[0] == bodies[1] && bodies[1] == bodies[2] && bodies[2]["id"] != bodies[3]["id"]);
    assert!(server.seen().iter().all(|seen| seen.header("idempotency-key").is_none()));
}

#[test]
fn a_conflict_after_a_lost_answer_leads_to_the_link() {
    let (made, requests) = created(&[answer(503, DOWN), answer(409, TAKEN), there(&json!({}))]);
    assert_eq!(made.expect("a link").id, "my-link");
    assert_eq!(requests[1..], ["POST /v1/payment-links", "GET /v1/payment-links/my-link"]);
}

#[test]
fn a_conflict_at_the_first_try_is_one() {
    // Whether a request was sent that was refused for the rate limit makes no difference.
    let limited = r#"{"error":"rate_limited","message":"m"}"#;
    for before in [&[][..], &[answer(429, limited)]] {
        let (made, requests) = created(&[before, &[answer(409, TAKEN)]].concat());
        let error = made.expect_err("a conflict");
        assert_eq!((error.status(), error.maybe_sent()), (Some(409), false));
        assert!(requests.iter().all(|request| request.starts_with("POST")), "{requests:?}");
    }
}

#[test]
fn a_link_that_is_not_the_wanted_one_is_no_result() {
    let answers = [answer(503, DOWN), answer(409, TAKEN), there(&json!({ "price": "2 USDC" }))];
    let error = created(&answers).0.expect_err("another link");
    assert!(matches!(&error, Error::LinkDiffers { id, fields } if id == "my-link" && fields == &["price"]));
    assert_eq!((error.code(), error.maybe_sent()), ("link_differs", true));
    assert!(error.to_string().ends_with("differs from what was asked for in `price`"), "{error}");

    let error =
        created(&[answer(503, DOWN), answer(409, TAKEN), answer(404, UNKNOWN)]).0.expect_err("theirs");
    assert_eq!((error.status(), error.maybe_sent()), (Some(409), false));
}

#[test]
fn what_the_last_try_met_does_not_say_that_nothing_was_made() {
    let (made, _) = created(&[answer(503, DOWN), answer(422, REFUSED)]);
    let error = made.expect_err("unknown");
    assert_eq!((error.code(), error.maybe_sent()), ("unavailable", true));
    let (made, requests) = created(&[answer(503, DOWN), answer(409, TAKEN), answer(401, "{}")]);
    assert!(made.expect_err("unknown").maybe_sent());
    assert_eq!(requests.len(), 3);
    let (made, _) = created(&[answer(422, REFUSED)]);
    assert!(!made.expect_err("refused").maybe_sent());
}

#[test]
fn only_the_api_says_that_there_is_no_link() {
    let find = |reply: String| run(client(&Server::answers(&[reply]).url()).payment_link("my-link"));
    assert_eq!(find(answer(404, UNKNOWN)).expect("an answer"), None);
    assert_eq!(find(there(&json!({}))).expect("an answer").map(|link| link.id), Some("my-link".to_owned()));
    assert_eq!(find(answer(404, "404 Not Found")).expect_err("no route").status(), Some(404));
    assert_eq!(find(answer(401, "{}")).expect_err("no key").status(), Some(401));
    let server = Server::answers(&[answer(404, UNKNOWN)]);
    for id in ["", ".", ".."] {
        let error = run(client(&server.url()).payment_link(id)).expect_err(id);
        assert_eq!(error.code(), "invalid_argument");
    }
    assert_eq!(run(client(&server.url()).payment_link("a/b")).expect("an answer"), None);
    assert_eq!(server.seen()[0].path, "/v1/payment-links/a%2Fb");
}

#[test]
fn a_link_is_disabled_with_the_key_that_made_it() {
    let server = Server::answers(&[answer(503, DOWN), there(&json!({ "disabled_at": "now" }))]);
    let other = Secret::new("lsh_test_zzzzzzzzzzzzzzzzzz".to_owned());
    let link = run(client(&server.url()).disable_payment_link(&other, "my-link")).expect("a link");
    assert!(!link.is_live());
    let seen = &server.seen()[1];
    assert_eq!((seen.method.as_str(), seen.path.as_str()), ("PATCH", "/v1/payment-links/my-link"));
    assert_eq!(seen.body, r#"{"disabled":true}"#);
    assert_eq!(seen.header("authorization"), Some("Bearer lsh_test_zzzzzzzzzzzzzzzzzz"));
}

/// A server of links, oldest first, each with its time of creation; it pages as the API does.
fn pages(created: Vec<String>) -> Server {
    Server::new(move |_, seen, stream| {
        let query = seen.path.split_once('?').map_or("", |(_, query)| query).replace("%3A", ":");
        let value = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name));
        let limit: usize = value("limit=").map_or(50, |limit| limit.parse().expect("a number"));
        let cursor = value("cursor=").unwrap_or("~");
        let mut newest: Vec<(usize, &String)> =
            created.iter().enumerate().filter(|(_, at)| at.as_str() < cursor).collect();
        newest.sort_by(|a, b| b.1.cmp(a.1));
        newest.truncate(limit);
        let next = newest.last().filter(|_| newest.len() == limit).map(|(_, at)| (*at).clone());
        let items: Vec<_> = newest
            .iter()
            .map(|(number, at)| {
                let mut link = json!(wanted());
                link["id"] = json!(format!("link-{number}"));
                link["network"] = json!("n");
                link["share_url"] = json!("s");
                link["created_at"] = json!(at);
                link
            })
            .collect();
        let body = json!({ "items": items, "next_cursor": next }).to_string();
        drop(std::io::Write::write_all(stream, answer(200, &body).as_bytes()));
    })
}

fn listed(created: Vec<String>) -> (usize, bool, usize) {
    let server = pages(created);
    let list = run(client(&server.url()).live_payment_links(&Secret::new(KEY.to_owned()))).expect("links");
    (list.items.len(), list.complete, server.seen().len())
}

fn at(millisecond: usize) -> String {
    format!("2026-11-23T04:14:40.{millisecond:03}Z")
}

#[test]
fn all_pages_are_read() {
    for count in [0, 1, 199, 200, 201, 450, 999] {
        let (links, complete, _) = listed((0..count).map(at).collect());
        assert_eq!((links, complete), (count, true), "{count}");
    }
}

#[test]
fn links_of_one_millisecond_are_not_lost_between_pages() {
    // Seven in each millisecond: 200 isn't divisible by it, so a page ends within one.
    let (links, complete, _) = listed((0..700).map(|number| at(number / 7)).collect());
    assert_eq!((links, complete), (700, true));
}

#[test]
fn a_list_that_cannot_be_read_to_its_end_says_so() {
    // More in one millisecond than a page holds: the API has no way to the others.
    let (links, complete, requests) = listed(vec![at(1); 300]);
    assert_eq!((links, complete), (200, false));
    assert!(requests <= 3, "{requests}");
}
