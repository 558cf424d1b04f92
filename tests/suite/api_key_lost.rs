//! `leash api-key create` where the answer is lost: the key that may have been made is found, revoked or
//! named, and never asked for again.

use std::{
    net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpStream},
    os::fd::OwnedFd,
    time::{Duration, SystemTime},
};

use insta::assert_snapshot;
use leash_tests::{AGENT_1, Api, Home, Keys, Outcome, Reply, Request, Running};
use rustix::{
    net::{AddressFamily, SocketType, bind, getsockname, listen, socket},
    process::Signal,
};
use serde_json::json;

const CREATE: [&str; 6] = ["api-key", "create", "--label", "ci", "--timeout", "900ms"];

fn is_create(request: &Request) -> bool {
    request.method == "POST" && request.path.ends_with("/api-keys")
}

/// A server that makes the key and answers something else.
fn serve(keys: &Keys, reply: impl Fn(Reply) -> Reply + Send + Sync + 'static) -> Api {
    let made = keys.clone();
    keys.serve_but(move |request, _| is_create(request).then(|| reply(made.answer(request))))
}

fn run(api: &Api) -> Outcome {
    let home = Home::with_agent(&AGENT_1, &api.url);
    let outcome = home.leash(CREATE).fails(1);
    assert_eq!(api.requests().iter().filter(|request| is_create(request)).count(), 1, "{:?}", api.calls());
    outcome
}

fn half(reply: Reply) -> Reply {
    let Reply::Json(_, body) = reply else { panic!("no key") };
    let body = body.to_string();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    Reply::Raw(format!("{head}{}", &body[..body.len() - 20]).into_bytes())
}

#[test]
fn the_orphan_is_found_and_revoked() {
    let lose: [fn(Reply) -> Reply; 6] = [
        |_| Reply::Close,
        half,
        |_| Reply::Silence,
        |_| Reply::Json(500, json!({ "error": "internal", "message": "unexpected error" })),
        |_| Reply::Json(200, json!({ "key": 7 })),
        |_| Reply::Raw(b"\xff\xfe hello\r\n\r\n".to_vec()),
    ];
    for lose in lose {
        let keys = Keys::of(AGENT_1);
        let others = [keys.add("ci", 3_600), keys.add("prod", 0)];
        let api = serve(&keys, lose);
        let outcome = run(&api);
        let orphan = keys.newest();
        outcome.assert_says(&format!("the key that was made, {orphan}, was revoked"));
        outcome.assert_silent_about(&keys.plaintext(&orphan));
        assert_eq!(keys.active(), others);
        assert_eq!(
            api.calls().last().unwrap(),
            &format!("POST /v1/agents/{}/api-keys/{orphan}/disable", AGENT_1.mint)
        );
    }
}

#[test]
fn its_words() {
    let keys = Keys::of(AGENT_1);
    let api = serve(&keys, |_| Reply::Close);
    let words = run(&api).stderr.replace(&api.url, "http://API");
    assert_snapshot!(words, @"
    error: the answer from `http://API` was lost: the connection was closed before it was complete; the key that was made, 01M8TEST000000000000000001, was revoked
    hint: try again
    ");
}

#[test]
fn the_clock_of_the_api_counts() {
    let keys = Keys::of(AGENT_1);
    let before = keys.add("ci", -40);
    let made = keys.clone();
    let api = keys.serve_but(move |request, _| {
        if is_create(request) {
            let _ = made.add("ci", -100);
            return Some(Reply::Close);
        }
        let Reply::Json(status, body) = made.answer(request) else { panic!("no JSON") };
        let date = httpdate(SystemTime::now() + Duration::from_secs(100));
        Some(Reply::with_headers(status, &[&format!("date: {date}")], &body))
    });
    run(&api).assert_says("was revoked");
    assert_eq!(keys.active(), [before]);
}

fn httpdate(time: SystemTime) -> String {
    let time = jiff::Timestamp::try_from(time).unwrap();
    time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[test]
fn of_several_none_is_touched() {
    let keys = Keys::of(AGENT_1);
    let made = keys.clone();
    let api = keys.serve_but(move |request, _| {
        is_create(request).then(|| {
            let _ = (made.add("ci", 0), made.add("ci", 0));
            Reply::Close
        })
    });
    let outcome = run(&api);
    let active = keys.active();
    assert_eq!(active.len(), 2);
    outcome.assert_says("2 keys have the same label");
    outcome.assert_says(&format!("leash api-key revoke {} {}", active[1], active[0]));
}

#[test]
fn a_key_of_a_moment_before_is_only_named() {
    let keys = Keys::of(AGENT_1);
    let before = keys.add("ci", 1);
    let api = keys.serve_but(|request, _| is_create(request).then_some(Reply::Close));
    let outcome = run(&api);
    outcome.assert_says(&format!("the key {before} has the same label"));
    outcome.assert_says(&format!("leash api-key revoke {before}"));
    assert_eq!(keys.active(), [before]);
}

#[test]
fn where_none_was_made_that_is_said() {
    let keys = Keys::of(AGENT_1);
    let old = keys.add("ci", 60);
    let api = keys.serve_but(|request, _| is_create(request).then_some(Reply::Close));
    let outcome = run(&api);
    outcome.assert_says("no key was made");
    outcome.assert_says("leash api-key list");
    assert_eq!(keys.active(), [old]);
}

#[test]
fn where_nothing_can_be_found_out_it_says_what_to_look_for() {
    for reply in [Reply::Close, Reply::Silence, Reply::Json(500, json!({}))] {
        let keys = Keys::of(AGENT_1);
        let api = keys.serve_but(move |_, _| Some(reply.clone()));
        let outcome = run(&api);
        outcome.assert_says("could not be found out");
        outcome.assert_says("look for one labelled `ci` from 20");
        outcome.assert_says("leash api-key revoke ID");
    }
}

#[test]
fn an_orphan_that_stays_is_named() {
    let keys = Keys::of(AGENT_1);
    let made = keys.clone();
    let api = keys.serve_but(move |request, _| {
        if is_create(request) {
            let _ = made.answer(request);
            return Some(Reply::Close);
        }
        (request.method == "POST").then_some(Reply::Close)
    });
    let outcome = run(&api);
    let orphan = keys.newest();
    outcome.assert_says(&format!("a key was made, {orphan}, and could not be revoked"));
    outcome.assert_says(&format!("leash api-key revoke {orphan}"));
    assert_eq!(keys.active(), [orphan]);
}

#[test]
fn what_was_refused_is_not_looked_for() {
    for status in [400, 404, 422] {
        let api = Api::start(move |_, _| {
            Reply::Json(status, json!({ "error": "invalid_request", "message": "no" }))
        });
        let outcome = run(&api);
        outcome.assert_says(&format!("the API answered {status}: no"));
        assert_eq!(api.calls().len(), 1);
    }
}

#[test]
fn a_server_that_is_not_there_made_nothing() {
    let home = Home::with_agent(&AGENT_1, "http://127.0.0.1:1");
    let outcome = home.leash(CREATE).fails(1);
    outcome.assert_says("can't connect to `http://127.0.0.1:1`");
    outcome.assert_silent_about("could not be found out");
}

/// A server whose queue of connections is full: the system answers no more.
fn unreachable() -> (OwnedFd, Vec<TcpStream>, String) {
    let socket = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    bind(&socket, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0)).unwrap();
    listen(&socket, 0).unwrap();
    let address: SocketAddr = getsockname(&socket).unwrap().try_into().unwrap();
    let connect = || TcpStream::connect_timeout(&address, Duration::from_millis(100));
    let queue = std::iter::repeat_with(connect).map_while(Result::ok).collect();
    (socket, queue, format!("http://{address}"))
}

#[test]
fn a_server_that_cannot_be_reached_made_nothing() {
    let (_socket, _queue, url) = unreachable();
    let home = Home::with_agent(&AGENT_1, &url);
    let outcome = home.leash(CREATE).fails(1);
    outcome.assert_says("no connection within 720 ms");
    outcome.assert_silent_about("could not be found out");
}

#[test]
fn a_signal_leaves_nothing_behind() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let keys = Keys::of(AGENT_1);
        let api = serve(&keys, |_| Reply::Silence);
        let home = Home::with_agent(&AGENT_1, &api.url);
        let running = Running::start(home.leash(["api-key", "create", "--label", "ci", "--out", "key"]));
        api.wait_for(1);
        running.signal(signal);
        let outcome = running.end();
        outcome.assert_failure(130);
        outcome.assert_says(&format!("the key that was made, {}, was revoked", keys.newest()));
        assert_eq!(keys.active(), Vec::<String>::new());
        assert!(!home.join("key").exists());
    }
}

#[test]
fn a_second_signal_is_heard_too() {
    let keys = Keys::of(AGENT_1);
    let api = keys.serve_but(|_, _| Some(Reply::Silence));
    let home = Home::with_agent(&AGENT_1, &api.url);
    let running = Running::start(home.leash(["api-key", "create", "--label", "ci", "--timeout", "3600s"]));
    api.wait_for(1);
    running.signal(Signal::INT);
    api.wait_for(2);
    running.signal(Signal::INT);
    let outcome = running.end();
    outcome.assert_failure(130);
    outcome.assert_says("look for one labelled `ci`");
}
