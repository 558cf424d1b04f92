//! Connections, limits, and the secret in an endpoint's URL.

use std::time::{Duration, Instant};

use leash_rpc::{Commitment, Rpc};
use serde_json::json;

use crate::server::{Keeping, Reply, Server, at, http};
use crate::{me, rpc, run, signed};

#[test]
fn the_rate_limit_is_waited_for() {
    let server = Server::new(|number, _| match number {
        0 => Reply::Raw(http(
            429,
            "retry-after: 1\r\n",
            r#"{"jsonrpc":"2.0","error":{"code":429,"message":"slow"},"id":1}"#,
        )),
        _ => Reply::Result(at(1, 5)),
    });
    let begun = Instant::now();
    assert_eq!(run(rpc(&server.url()).balance(&me())).unwrap(), 5);
    assert!(begun.elapsed() >= Duration::from_secs(1));
    assert_eq!(server.count("getBalance"), 2);
}

#[test]
fn a_wait_that_is_too_long_is_an_error_at_once() {
    let server = Server::new(|_, _| Reply::Raw(http(429, "retry-after: 3600\r\n", "{}")));
    let error = run(rpc(&server.url()).balance(&me())).unwrap_err();
    assert_eq!(error.code(), "rate_limited");
    assert_eq!(server.count("getBalance"), 1);
}

#[test]
fn a_fault_and_a_lost_answer_are_asked_about_again() {
    let server = Server::new(|number, _| match number {
        0 => Reply::Raw(http(503, "", "down")),
        1 => Reply::Nothing,
        _ => Reply::Result(at(1, 5)),
    });
    assert_eq!(run(rpc(&server.url()).balance(&me())).unwrap(), 5);
}

#[test]
fn a_first_sending_is_not_repeated_after_a_lost_answer() {
    let server = Server::new(|_, _| Reply::Nothing);
    let error = run(rpc(&server.url()).send(&signed(), true)).unwrap_err();
    assert_eq!(error.code(), "lost_answer");
    assert_eq!(server.count("sendTransaction"), 1);
}

#[test]
fn an_endpoint_that_is_behind_may_catch_up() {
    let server = Server::new(|number, _| match number {
        0 => Reply::Error(
            json!({"code": -32005, "message": "Node is behind by 42 slots", "data": {"numSlotsBehind": 42}}),
        ),
        _ => Reply::Result(json!(7)),
    });
    assert_eq!(run(rpc(&server.url()).block_height(Commitment::Finalised)).unwrap(), 7);
    let server = Server::new(|_, _| Reply::Error(json!({"code": -32005, "message": "Node is behind"})));
    let error = run(rpc(&server.url()).block_height(Commitment::Finalised)).unwrap_err();
    assert_eq!(error.to_string(), "the RPC endpoint refuses `getBlockHeight`: Node is behind (-32005)");
}

#[test]
fn an_error_with_a_status_is_read_all_the_same() {
    let body = r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"Invalid param: WrongSize"}}"#;
    let server = Server::new(move |_, _| Reply::Raw(http(400, "", body)));
    let error = run(rpc(&server.url()).balance(&me())).unwrap_err();
    assert_eq!(error.code(), "rpc_error");
    let server = Server::new(|_, _| {
        Reply::Error(json!({"code": -32602, "message": "Invalid param: could not find account"}))
    });
    assert_eq!(run(rpc(&server.url()).token_balance(&me())).unwrap(), None);
}

#[test]
fn an_endless_answer_ends() {
    let server = Server::new(|_, _| {
        let endless = " ".repeat(20 << 20);
        Reply::Raw(format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{endless}"))
    });
    let error = run(rpc(&server.url()).balance(&me())).unwrap_err();
    assert_eq!(error.code(), "too_large");
}

#[test]
fn a_redirect_is_not_followed() {
    let target = Server::always(at(1, 5));
    let to = target.url();
    let server = Server::new(move |_, _| Reply::Raw(http(307, &format!("location: {to}\r\n"), "")));
    let error = run(rpc(&server.url()).balance(&me())).unwrap_err();
    assert_eq!(error.code(), "redirect");
    assert!(target.asked().is_empty());
}

#[test]
fn what_the_url_holds_is_sent_and_never_shown() {
    let server = Server::new(|_, _| Reply::Raw(http(500, "", "hunter2-echo")));
    let url = format!("{}v1/hunter2?api-key=hunter2", server.url());
    let rpc = Rpc::new(&url, |builder| builder.timeout(Duration::from_millis(300))).unwrap();
    let error = run(rpc.balance(&me())).unwrap_err();
    assert_eq!(server.asked()[0].path, "/v1/hunter2?api-key=hunter2");
    let shown = format!("{error} {rpc:?} {} {:?}", rpc.origin(), error.hint());
    assert!(!shown.contains("hunter2?") && !shown.contains("api-key"), "{shown}");
    for bad in ["", "ftp://hunter2", "https://hunter2@h/", "hunter2"] {
        let error = Rpc::new(bad, |builder| builder).unwrap_err();
        assert_eq!(error.code(), "bad_rpc_url");
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
    }
}

#[test]
fn plain_http_is_for_this_machine() {
    let rpc = Rpc::new("http://rpc.example/", |builder| builder).unwrap();
    let error = run(rpc.balance(&me())).unwrap_err();
    assert_eq!(error.code(), "insecure_url");
    assert!(error.to_string().contains("could forge"), "{error}");
}

#[test]
fn what_may_be_asked_twice_goes_over_one_connection_and_what_may_not_over_another() {
    let server = Keeping::always(json!("11111111111111111111111111111111"));
    run(async {
        let rpc = rpc(&server.url());
        for _ in 0..3 {
            rpc.genesis_hash().await.unwrap();
        }
        // The answer isn't its signature; all that matters is where it was asked.
        rpc.send(&signed(), true).await.unwrap_err();
        rpc.genesis_hash().await.unwrap();
    });
    let genesis = "getGenesisHash".to_owned();
    assert_eq!(server.asked(), [vec![genesis; 4], vec!["sendTransaction".to_owned()]]);
}
