//! Credentials: who sees them, and who must not.

use std::process::Command;

use leash_api::{Auth, Client, NewPaymentLink, RawRequest, Secret};
use serde_json::json;

use crate::server::{Server, answer};
use crate::{KEY, MINT, builder, client, run};

/// Set for the child process in which proxies are configured.
const CHILD: &str = "LEASH_API_TEST_URL";

#[test]
fn plain_http_never_goes_through_a_proxy() {
    if let Ok(url) = std::env::var(CHILD) {
        assert!(run(client(&url).health()).expect("health, without the proxy").ok);
        return;
    }
    let proxy = Server::answers(&[answer(200, r#"{"ok":false}"#)]);
    let server = Server::answers(&[answer(200, r#"{"ok":true}"#)]);
    let me = std::env::current_exe().expect("this test");
    let status = Command::new(me)
        .args(["--exact", "secrets::plain_http_never_goes_through_a_proxy"])
        .env(CHILD, server.url())
        .envs(["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"].map(|name| (name, proxy.url())))
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .status()
        .expect("a child");
    assert!(status.success());
    assert_eq!((server.connections(), proxy.connections()), (1, 0));
}

#[test]
fn an_echoed_key_is_taken_out() {
    let body = json!({
        "error": "unauthorized",
        "message": format!("api key {KEY} not recognized (it begins with {}…)", &KEY[..14]),
        "detail": {"authorization": format!("Bearer {KEY}")},
    });
    for body in [body.to_string(), format!("no such key: {KEY}\nBearer {KEY}")] {
        let server = Server::answers(&[answer(401, &body)]);
        let link = NewPaymentLink::new("x", MINT, "1", "USDC");
        let error = run(client(&server.url()).create_payment_link(&link)).expect_err("refused");
        let api = error.api().expect("an API error");
        let shown = format!("{error} {error:?} {:?} {}", api.detail, String::from_utf8_lossy(&api.body));
        assert!(!shown.contains(KEY) && !shown.contains(&KEY[..14]), "{shown}");
        assert!(shown.contains("lsh_test_[redacted]"), "{shown}");
    }
}

#[test]
fn a_key_of_another_make_is_taken_out_too() {
    let server = Server::answers(&[answer(
        401,
        r#"{"error":"unauthorized","message":"unknown api key prefix; expected lsh_test_* (devnet) or lsh_live_* (mainnet), got \"sk_live_4242…\""}"#,
    )]);
    let error = run(client(&server.url()).check_api_key(&Secret::new("sk_live_4242424242".to_owned())))
        .expect_err("refused");
    assert_eq!(
        error.to_string(),
        "the API answered 401: unknown api key prefix; expected lsh_test_* (devnet) or lsh_live_* (mainnet), got \"[redacted]…\""
    );
    assert!(error.is_unauthorized());
}

#[test]
fn a_key_that_no_header_can_carry_is_not_sent() {
    let server = Server::answers(&[answer(200, "{}")]);
    for key in ["lsh_test_x\r\nx-evil: 1", "ключ", "\u{7f}"] {
        let error = run(client(&server.url()).check_api_key(&Secret::new(key.to_owned()))).expect_err(key);
        assert_eq!(error.code(), "invalid_argument");
        assert!(!format!("{error:?}{error}").contains(key));
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn nothing_shows_a_secret_by_accident() {
    let builder = builder("http://127.0.0.1:1");
    assert!(!format!("{builder:?}").contains(KEY));
    let client: Client = builder.build();
    assert!(!format!("{client:?}").contains(KEY));

    let body = json!({"plaintext": KEY}).to_string();
    let server = Server::answers(&[answer(200, &body)]);
    let request = RawRequest {
        method: "POST".to_owned(),
        path_and_query: "/v1/x".to_owned(),
        body: Some(KEY.as_bytes().to_vec()),
        auth: Auth::Bearer,
    };
    assert!(!format!("{request:?}").contains(KEY));
    let answer = run(crate::client(&server.url()).request(request)).expect("an answer");
    assert_eq!(answer.body, body.as_bytes());
    assert!(format!("{answer:?}").contains(&body.len().to_string()));
}
