//! Answers that are too large, nonsense, or lead elsewhere.

use std::io::Write;

use leash_api::{Error, ListKeys};

use crate::server::{Server, answer, answer_with};
use crate::{client, run};

const MIB: usize = 1 << 20;

fn list(server: &Server) -> Error {
    run(client(&server.url()).list_api_keys(&ListKeys::default())).expect_err("an error")
}

fn create(server: &Server) -> Error {
    run(client(&server.url()).create_api_key("x")).expect_err("an error")
}

#[test]
fn an_announced_giant_is_not_read() {
    let server = Server::new(|_, _, stream| {
        let _ = write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", 17 * MIB);
        crate::server::until_closed(stream);
    });
    let error = list(&server);
    assert_eq!((error.code(), error.to_string().as_str()), ("too_large", "the answer is larger than 16 MiB"));
    assert!(error.maybe_sent());
    assert_eq!(server.connections(), 1);
}

#[test]
fn an_endless_answer_is_cut_off() {
    let server = Server::new(|_, _, stream| {
        let _ = write!(stream, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
        let chunk = [format!("{MIB:x}\r\n").into_bytes(), vec![b'['; MIB], b"\r\n".to_vec()].concat();
        let mut sent = 0;
        while stream.write_all(&chunk).is_ok() {
            sent += 1;
            assert!(sent < 100, "the client reads on and on");
        }
    });
    assert_eq!(create(&server).code(), "too_large");
    assert_eq!(server.connections(), 1);
}

#[test]
fn sixteen_mebibytes_are_read() {
    let (head, tail) = (r#"{"items":[],"x":""#, r#""}"#);
    let body = format!("{head}{}{tail}", "x".repeat(16 * MIB - head.len() - tail.len()));
    let server = Server::answers(&[answer(200, &body), answer(200, &format!("{body} "))]);
    let client = client(&server.url());
    assert!(run(client.list_api_keys(&ListKeys::default())).is_ok());
    assert_eq!(run(client.list_api_keys(&ListKeys::default())).expect_err("too much").code(), "too_large");
}

#[test]
fn nonsense_is_named_and_not_quoted() {
    let secret = "lsh_test_zzzzzzzzzzzzzzzzzz";
    for (body, reason) in [
        ("<html>", "it is not JSON (line 1, column 1)"),
        ("", "it is not JSON (line 1, column 0)"),
        (r#"{"key":"lsh_test_zzzzzzzzzzzzzzzzzz"}"#, "it is JSON of another shape"),
        (r#"{"plaintext":{"lsh_test_zzzzzzzzzzzzzzzzzz":1}}"#, "it is JSON of another shape"),
        (r#"["lsh_test_zzzzzzzzzzzzzzzzzz"]"#, "it is JSON of another shape"),
        ("{\"plaintext\":\"lsh_test_zzzzzzzzzzzzzzzzzz\"", "it is not JSON"),
    ] {
        let server = Server::answers(&[answer(200, body)]);
        let error = create(&server);
        assert_eq!(error.code(), "malformed");
        assert!(error.to_string().starts_with(&format!("the answer makes no sense: {reason}")), "{error}");
        assert!(!format!("{error}{error:?}").contains(secret));
        assert!(error.maybe_sent());
        assert_eq!(server.connections(), 1, "{body}");
    }
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let server = Server::new(|_, _, stream| {
        let body = b"{\"items\":[],\"x\":\"\xff\"}";
        let _ = write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
        let _ = stream.write_all(body);
    });
    let error = list(&server);
    assert_eq!(error.code(), "malformed");
    assert_eq!(error.to_string(), "the answer makes no sense: it is not UTF-8 (byte 17)");
}

#[test]
fn a_new_key_that_no_header_could_carry_is_refused() {
    let key = r#"{"id":"1","label":"l","network":"n","prefix":"p","last4":"4","owner_wallet":"o","agent_mint":"m","scopes":[],"created_at":"c"}"#;
    for plaintext in ["", "a b", "\\u001b[31m", "a\\n", "ключ"] {
        let server =
            Server::answers(&[answer(200, &format!(r#"{{"key":{key},"plaintext":"{plaintext}"}}"#))]);
        let error = create(&server);
        assert_eq!((error.code(), error.maybe_sent()), ("malformed", true), "{plaintext}");
    }
}

#[test]
fn what_is_not_http_is_malformed() {
    let server = Server::answers(&["SSH-2.0-OpenSSH_9.9\r\n".to_owned()]);
    assert_eq!(list(&server).to_string(), "the answer makes no sense: it is not HTTP");
    assert_eq!(server.connections(), 1);
}

#[test]
fn redirects_are_not_followed() {
    let other = Server::answers(&[answer(200, r#"{"items":[]}"#)]);
    for status in [301, 302, 303, 307, 308] {
        let location = format!("location: http://u:p@127.0.0.1:{}/v1?token=x#y\r\n", other.port());
        let server = Server::answers(&[answer_with(status, &location, "")]);
        let error = list(&server);
        assert_eq!(error.code(), "redirect");
        let to = format!("http://127.0.0.1:{}", other.port());
        assert_eq!(error.to_string(), format!("the API answered {status}, a redirect to `{to}`"));
        assert!(error.hint().is_some_and(|hint| hint.ends_with(&format!("`{to}`"))));
        assert_eq!(error.maybe_sent(), status == 303);
        assert_eq!(server.connections(), 1);
    }
    assert_eq!(other.connections(), 0);
    for location in ["", "location: javascript:alert(1)\r\n", "location: http://[\r\n"] {
        let server = Server::answers(&[answer_with(302, location, "")]);
        assert_eq!(list(&server).to_string(), "the API answered 302, a redirect to nowhere");
    }
}
