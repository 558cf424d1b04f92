//! How often a request is made, and when.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use leash_api::{Auth, Client, Error, Event, ListKeys, RawRequest};

use crate::server::{Server, answer, answer_with, closed_port};
use crate::signing::is_signed_by;
use crate::{builder, builder_signed_by, client, executive, run};

const DOWN: &str = r#"{"error":"unavailable","message":"down"}"#;
const EMPTY: &str = r#"{"items":[]}"#;
const LIMITED: &str = r#"{"error":"rate_limited","message":"per-key rate limit exceeded"}"#;

fn list(client: &Client) -> Result<(), Error> {
    run(client.list_api_keys(&ListKeys::default())).map(drop)
}

/// A client, and what it told its observer.
fn observed(url: &str) -> (Client, Arc<Mutex<Vec<Event>>>) {
    let events = Arc::<Mutex<Vec<Event>>>::default();
    let log = events.clone();
    let client = builder(url)
        .observer(move |event| {
            if !matches!(event, Event::Tried { .. }) {
                log.lock().expect("a log").push(event.clone());
            }
        })
        .build();
    (client, events)
}

#[test]
fn a_read_is_repeated_until_it_works() {
    let key = executive();
    let server = Server::answers(&[answer(503, DOWN), answer(502, "<html>"), answer(200, EMPTY)]);
    list(&builder_signed_by(&server.url(), key.clone()).build()).expect("keys");
    let seen = server.seen();
    assert_eq!(seen.len(), 3);
    assert!(seen.iter().all(|seen| is_signed_by(seen, &key.public())));
    let stamps: Vec<_> = seen.iter().map(|seen| seen.header("x-leash-timestamp")).collect();
    assert!(stamps[0] < stamps[1] && stamps[1] < stamps[2], "each try is signed afresh: {stamps:?}");
}

#[test]
fn each_try_is_told() {
    let server = Server::answers(&[answer(503, DOWN), answer(200, EMPTY)]);
    let tried = Arc::<Mutex<Vec<String>>>::default();
    let log = tried.clone();
    let client = builder(&server.url()).observer(move |event| {
        if let Event::Tried { method, origin, path, outcome, .. } = event {
            log.lock().expect("a log").push(format!("{method} {origin}{path} {outcome}"));
        }
    });
    list(&client.build()).expect("keys");
    let asked = format!("GET {}{}", server.url(), server.seen()[0].path);
    assert_eq!(*tried.lock().expect("a log"), [format!("{asked} unavailable"), format!("{asked} 200")]);
}

#[test]
fn four_tries_are_enough() {
    let server = Server::answers(&[answer(500, "")]);
    let (client, events) = observed(&server.url());
    assert_eq!(list(&client).expect_err("down").code(), "internal");
    let attempts: Vec<_> = events
        .lock()
        .expect("a log")
        .iter()
        .map(|event| match event {
            Event::Retry { attempt, code, .. } => (*attempt, code.clone()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(attempts, [1, 2, 3].map(|n| (n, "internal".to_owned())));
    assert_eq!(server.connections(), 4);
}

#[test]
fn a_key_is_never_created_twice() {
    for answer in [answer(503, DOWN), answer(500, ""), answer(504, "")] {
        let server = Server::answers(&[answer]);
        let error = run(client(&server.url()).create_api_key("x")).expect_err("down");
        assert!(error.maybe_sent());
        assert_eq!(server.connections(), 1);
    }
}

#[test]
fn a_raw_write_is_made_once() {
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        let server = Server::answers(&[answer(503, DOWN)]);
        let request = RawRequest {
            method: method.to_owned(),
            path_and_query: "/v1/x".to_owned(),
            body: None,
            auth: Auth::Bearer,
        };
        assert_eq!(run(client(&server.url()).request(request)).expect_err("down").code(), "unavailable");
        assert_eq!(server.connections(), 1, "{method}");
    }
}

#[test]
fn a_disabling_is_repeated() {
    let server = Server::answers(&[answer(503, DOWN), answer(404, r#"{"error":"not_found","message":"m"}"#)]);
    assert_eq!(run(client(&server.url()).disable_api_key("1")).expect_err("404").code(), "not_found");
    assert_eq!(server.connections(), 2);
}

#[test]
fn what_was_refused_is_not_asked_again() {
    for status in [400, 401, 402, 403, 404, 409, 422, 501, 505] {
        let server = Server::answers(&[answer(status, "{}")]);
        assert_eq!(list(&client(&server.url())).expect_err("refused").status(), Some(status));
        assert_eq!(server.connections(), 1, "{status}");
    }
}

#[test]
fn the_rate_limit_is_waited_for() {
    for header in ["x-ratelimit-reset: 1\r\n", "retry-after: 1\r\nx-ratelimit-reset: 55\r\n"] {
        let server = Server::answers(&[answer_with(429, header, LIMITED), answer(200, EMPTY)]);
        let (client, events) = observed(&server.url());
        let begun = Instant::now();
        list(&client).expect("keys");
        assert!(begun.elapsed() >= Duration::from_secs(1), "{:?}", begun.elapsed());
        assert!(matches!(&events.lock().expect("a log")[..],
            [Event::Retry { attempt: 1, code, wait, .. }] if code == "rate_limited" && *wait >= Duration::from_secs(1)));
        assert_eq!(server.connections(), 2);
    }
}

#[test]
fn even_a_creation_may_come_again_after_the_rate_limit() {
    let server = Server::answers(&[answer_with(429, "", LIMITED), answer(401, "{}")]);
    assert_eq!(run(client(&server.url()).create_api_key("x")).expect_err("401").status(), Some(401));
    assert_eq!(server.connections(), 2);
}

#[test]
fn a_wait_that_does_not_fit_is_named_at_once() {
    let server = Server::answers(&[answer_with(429, "x-ratelimit-reset: 43\r\n", LIMITED)]);
    let begun = Instant::now();
    let error = list(&client(&server.url())).expect_err("limited");
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert_eq!((error.code(), error.maybe_sent()), ("rate_limited", false));
    assert_eq!(error.hint().as_deref(), Some("wait 43 s and try again"));
    assert_eq!(server.connections(), 1);
}

#[test]
fn a_refused_connection_is_tried_again_by_anything() {
    let (client, events) = observed(&format!("http://127.0.0.1:{}", closed_port()));
    assert_eq!(run(client.create_api_key("x")).expect_err("refused").code(), "connect");
    assert_eq!(events.lock().expect("a log").len(), 3);
}

#[test]
fn waits_end_with_the_budget() {
    let server = Server::answers(&[answer(503, DOWN)]);
    let client = builder(&server.url()).timeout(Duration::from_millis(50)).build();
    let begun = Instant::now();
    let error = list(&client).expect_err("down");
    // Either the answer came in time and no wait fits, or the time was up.
    assert!(matches!(error.code(), "unavailable" | "timeout"), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert_eq!(server.connections(), 1);
}
