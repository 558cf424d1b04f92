//! Connections that don't come about, break, or lead to nobody.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener};
use std::time::{Duration, Instant};

use leash_api::{Error, ListKeys};

use crate::server::{Server, answer, closed_port, until_closed};
use crate::{builder, client, run};

fn list(url: &str) -> Error {
    run(client(url).list_api_keys(&ListKeys::default())).expect_err("an error")
}

fn create(url: &str) -> Error {
    run(client(url).create_api_key("x")).expect_err("an error")
}

#[test]
fn a_refused_connection_sent_nothing() {
    let url = format!("http://127.0.0.1:{}", closed_port());
    for error in [list(&url), create(&url)] {
        assert_eq!(error.code(), "connect");
        assert_eq!(error.to_string(), format!("can't connect to `{url}`: connection refused"));
        assert!(!error.maybe_sent());
    }
}

#[test]
fn a_name_that_means_nothing_sent_nothing() {
    // Plain http, since that has no proxy to ask.
    let client =
        builder("http://no-such-host.invalid").allow_http(true).timeout(Duration::from_secs(5)).build();
    let error = run(client.create_api_key("x")).expect_err("an error");
    assert_eq!(error.code(), "connect", "{error}");
    assert!(!error.maybe_sent());
}

#[test]
fn a_cut_before_the_answer_is_a_lost_answer() {
    let server = Server::new(|_, _, stream| drop(stream.shutdown(Shutdown::Both)));
    let error = create(&server.url());
    assert_eq!(error.code(), "lost_answer");
    assert_eq!(
        error.to_string(),
        format!(
            "the answer from `{}` was lost: the connection was closed before it was complete",
            server.url()
        )
    );
    assert!(error.maybe_sent());
    assert_eq!(server.connections(), 1);
}

#[test]
fn a_cut_within_the_answer_is_a_lost_answer() {
    for half in [
        "HTTP/1.1 200 OK\r\ncontent-le",
        "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"key\":",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{\"key\r\n",
    ] {
        let server = Server::answers(&[half.to_owned()]);
        let error = create(&server.url());
        assert_eq!((error.code(), error.maybe_sent()), ("lost_answer", true), "{half}");
        assert_eq!(server.connections(), 1, "{half}");
    }
    let server = Server::answers(&["HTTP/1.1 401 No\r\ncontent-length: 100\r\n\r\n{".to_owned()]);
    let error = create(&server.url());
    // It broke, but a refusal was all that could have come.
    assert_eq!((error.code(), error.status(), error.maybe_sent()), ("lost_answer", Some(401), false));
}

#[test]
fn a_reset_is_a_lost_answer() {
    // Closing with the request unread makes the system send a reset.
    let server = Server::raw(|_, mut stream, _| {
        stream.read_exact(&mut [0; 1]).expect("the first byte");
    });
    let error = create(&server.url());
    assert_eq!((error.code(), error.maybe_sent()), ("lost_answer", true), "{error}");
    assert_eq!(server.connections(), 1);
}

#[test]
fn lost_answers_are_asked_for_again_where_that_is_safe() {
    let lose_first = |answer: String| {
        Server::new(move |number, _, stream| match number {
            0 => drop(stream.shutdown(Shutdown::Both)),
            1 => drop(stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{")),
            _ => drop(stream.write_all(answer.as_bytes())),
        })
    };
    let server = lose_first(answer(200, r#"{"items":[]}"#));
    assert!(run(client(&server.url()).list_api_keys(&ListKeys::default())).is_ok());
    assert_eq!(server.connections(), 3);

    let key = r#"{"key":{"id":"1","label":"l","network":"n","prefix":"p","last4":"4","owner_wallet":"o","agent_mint":"m","scopes":[],"created_at":"c"}}"#;
    let server = lose_first(answer(200, key));
    assert!(run(client(&server.url()).disable_api_key("1")).is_ok());
    assert_eq!(server.connections(), 3);
}

#[test]
fn a_silent_server_costs_the_timeout_and_no_more() {
    let server = Server::new(|_, _, stream| until_closed(stream));
    let client = builder(&server.url()).timeout(Duration::from_millis(300)).build();
    let begun = Instant::now();
    let error = run(client.create_api_key("x")).expect_err("silence");
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert_eq!(error.code(), "timeout");
    assert_eq!(error.to_string(), format!("no answer from `{}` within 300 ms", server.url()));
    assert!(error.maybe_sent());
}

#[test]
fn a_server_that_drips_costs_the_timeout_and_no_more() {
    let server = Server::new(|_, _, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n");
        let _ = stream.set_read_timeout(Some(Duration::from_millis(20)));
        // A byte now and then, until the client hangs up.
        while stream.write_all(b" ").is_ok() && !matches!(stream.read(&mut [0]), Ok(0)) {}
    });
    let client = builder(&server.url()).timeout(Duration::from_millis(300)).build();
    assert_eq!(run(client.list_api_keys(&ListKeys::default())).expect_err("drops").code(), "timeout");
    assert_eq!(server.connections(), 1);
}

#[test]
fn a_connection_that_is_closed_at_once_is_an_error_of_either_kind() {
    // Whether the request was begun is a race; that it is judged the careful way is not.
    let server = Server::raw(|_, stream, _| drop(stream));
    let error = create(&server.url());
    match error.code() {
        "connect" => assert!(!error.maybe_sent()),
        "lost_answer" => assert!(error.maybe_sent()),
        _ => panic!("{error}"),
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_address_that_swallows_connections_sent_nothing() {
    // A full queue of connections that nobody accepts: the next one gets no answer at all.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let mut queued = Vec::new();
    while let Ok(stream) = std::net::TcpStream::connect_timeout(&address, Duration::from_millis(200)) {
        queued.push(stream);
        assert!(queued.len() < 10_000, "the queue has no end");
    }
    let url = format!("http://{address}");
    for (timeout, connect) in [(500, 100), (300, 10_000)] {
        let client = builder(&url)
            .timeout(Duration::from_millis(timeout))
            .connect_timeout(Duration::from_millis(connect))
            .build();
        let error = run(client.create_api_key("x")).expect_err("no connection");
        assert_eq!(error.code(), "connect", "{error}");
        assert!(error.to_string().contains("no connection within"), "{error}");
        assert!(!error.maybe_sent());
    }
}

#[test]
fn plain_http_stays_on_this_machine() {
    let client = client("http://api.example.invalid/x");
    let error = run(client.health()).expect_err("plain http");
    assert_eq!(error.code(), "insecure_url");
    assert_eq!(
        error.to_string(),
        "plain http to `http://api.example.invalid` would show credentials to the network"
    );
}

#[test]
fn names_below_localhost_are_this_machine() {
    let server = Server::answers(&[answer(200, r#"{"ok":true}"#)]);
    for name in ["localhost", "api.localhost", "LOCALHOST", "localhost."] {
        let url = format!("http://{name}:{}", server.port());
        assert!(run(client(&url).health()).expect(name).ok);
    }
    assert_eq!(server.connections(), 4);
}
