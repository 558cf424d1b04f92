//! Clocks that disagree: the server's runs ahead or behind, and it judges as the API does.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use leash_api::{Auth, Client, Event, ListKeys, RawRequest};

use crate::server::{Server, answer, answer_with};
use crate::signing::is_signed_by;
use crate::{builder_signed_by, executive, run};

const DRIFT: &str = r#"{"error":"unauthorized","message":"x-leash-timestamp: drift exceeds 5 minutes"}"#;

/// A server whose clock is off by so many seconds.
fn server(offset: i64) -> Server {
    Server::new(move |_, seen, stream| {
        let apart = Duration::from_secs(offset.unsigned_abs());
        let now = if offset < 0 { SystemTime::now() - apart } else { SystemTime::now() + apart };
        let signed: Timestamp = seen.header("x-leash-timestamp").expect("a time").parse().expect("a time");
        let date = format!("date: {}\r\n", httpdate::fmt_http_date(now));
        let now = Timestamp::try_from(now).expect("a time");
        let off = now.duration_since(signed).as_secs().abs() > 300;
        let body = if off { DRIFT } else { r#"{"items":[]}"# };
        let body = if seen.method == "HEAD" { "" } else { body };
        let answer = answer_with(if off { 401 } else { 200 }, &date, body);
        let _ = std::io::Write::write_all(stream, answer.as_bytes());
    })
}

type Events = Arc<Mutex<Vec<Event>>>;

fn client(server: &Server) -> (Client, Events, Arc<leash_signer::Executive>) {
    let (key, events) = (executive(), Events::default());
    let log = events.clone();
    let client = builder_signed_by(&server.url(), key.clone())
        .observer(move |event| {
            if !matches!(event, Event::Tried { .. }) {
                log.lock().expect("a log").push(event.clone());
            }
        })
        .timeout(Duration::from_secs(20))
        .build();
    (client, events, key)
}

#[test]
fn a_read_takes_over_the_api_s_time() {
    for offset in [-420, 420, 850] {
        let server = server(offset);
        let (client, events, key) = client(&server);
        run(client.list_api_keys(&ListKeys::default())).expect("keys");
        let seen = server.seen();
        assert_eq!(seen.len(), 2);
        assert!(seen.iter().all(|seen| is_signed_by(seen, &key.public())));
        {
            let events = events.lock().expect("a log");
            let [Event::ClockOffset { offset_seconds, .. }] = events[..] else { panic!("{events:?}") };
            assert!((offset_seconds - offset).abs() <= 2, "{offset_seconds}");
        }
        // The next read knows.
        run(client.list_api_keys(&ListKeys::default())).expect("keys");
        assert_eq!(events.lock().expect("a log").len(), 1);
        assert_eq!(server.seen().len(), 3);
        // A write has no part in it.
        assert_eq!(run(client.create_api_key("x")).expect_err("drift").code(), "clock_drift");
        assert_eq!(server.connections(), 4);
    }
}

#[test]
fn a_write_names_the_drift_and_stops() {
    for (offset, said) in [
        (420, "this machine's clock is 7 min behind the API's"),
        (-420, "this machine's clock is 7 min ahead of the API's"),
        (7_200, "this machine's clock is 2 h behind the API's"),
    ] {
        let server = server(offset);
        let (client, events, _) = client(&server);
        let error = run(client.create_api_key("x")).expect_err("drift");
        assert_eq!((error.code(), error.maybe_sent()), ("clock_drift", false));
        assert_eq!(error.to_string(), said);
        assert!(events.lock().expect("a log").is_empty());
        assert_eq!(server.connections(), 1);
    }
}

#[test]
fn a_read_does_not_follow_a_clock_that_is_far_off() {
    let server = server(16 * 60);
    let (client, _, _) = client(&server);
    let error = run(client.list_api_keys(&ListKeys::default())).expect_err("drift");
    assert_eq!(error.to_string(), "this machine's clock is 16 min behind the API's");
    assert!(error.hint().is_some_and(|hint| hint.contains("too large")));
    assert_eq!(server.connections(), 1);
}

#[test]
fn a_head_has_no_words_but_a_date() {
    let server = server(-600);
    let (client, events, _) = client(&server);
    let head = RawRequest {
        method: "HEAD".to_owned(),
        path_and_query: "/v1/x".to_owned(),
        body: None,
        auth: Auth::Signed,
    };
    assert_eq!(run(client.request(head)).expect("an answer").status, 200);
    assert_eq!(events.lock().expect("a log").len(), 1);
}

#[test]
fn a_correction_is_tried_once() {
    let date = format!("date: {}\r\n", httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(600)));
    let server = Server::answers(&[answer_with(401, &date, DRIFT)]);
    let (client, _, _) = client(&server);
    let error = run(client.list_api_keys(&ListKeys::default())).expect_err("drift");
    assert_eq!(error.to_string(), "this machine's clock is 10 min behind the API's");
    assert_eq!(server.connections(), 2);
}

#[test]
fn a_drift_that_no_date_bears_out_stays_what_the_api_said() {
    let agrees = format!("date: {}\r\n", httpdate::fmt_http_date(SystemTime::now()));
    for answer in
        [answer(401, DRIFT), answer_with(401, &agrees, DRIFT), answer_with(401, "date: soon\r\n", DRIFT)]
    {
        let server = Server::answers(&[answer]);
        let (client, _, _) = client(&server);
        let error = run(client.list_api_keys(&ListKeys::default())).expect_err("drift");
        assert_eq!(error.code(), "unauthorized");
        assert_eq!(error.hint().as_deref(), Some("set this machine's clock"));
        assert_eq!(server.connections(), 1);
    }
}
