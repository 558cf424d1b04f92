//! What is signed is what arrives.

use std::sync::Arc;

use leash_api::{Address, Auth, Envelope, RawRequest, SignError, SignHttp, SignatureHeaders};
use leash_signer::{Executive, verify};

use crate::server::{Seen, Server, answer};
use crate::{MINT, builder_signed_by, client, executive, run};

/// Checks a request as the API does, by nothing but the bytes that arrived.
pub(crate) fn is_signed_by(seen: &Seen, public: &Address) -> bool {
    let signature =
        bs58::decode(seen.header("x-leash-sig").expect("a signature")).into_vec().expect("base58");
    let envelope = Envelope {
        method: &seen.method,
        path_and_query: &seen.path,
        timestamp: seen.header("x-leash-timestamp").expect("a timestamp"),
        body_sha256: Envelope::hash_body(seen.body.as_bytes()),
        agent: &seen.header("x-leash-agent").expect("an agent").parse().expect("a mint"),
    };
    verify(public, &envelope, &signature.try_into().expect("64 bytes"))
}

fn raw(method: &str, path: &str, body: Option<&str>) -> RawRequest {
    RawRequest {
        method: method.to_owned(),
        path_and_query: path.to_owned(),
        body: body.map(|body| body.as_bytes().to_vec()),
        auth: Auth::Signed,
    }
}

#[test]
fn the_signature_covers_what_arrives() {
    let key = executive();
    let server = Server::answers(&[answer(200, "{}")]);
    for (suffix, path, arrives) in [
        ("", "/v1/x", "/v1/x"),
        ("/", "/v1/x", "/v1/x"),
        ("/pre/fix/", "/v1/x?a=1", "/pre/fix/v1/x?a=1"),
        ("/prefix", "/v1/x?q='a b'&z=ö", "/prefix/v1/x?q=%27a%20b%27&z=%C3%B6"),
        ("", "/v1/x?", "/v1/x"),
        ("", "/v1/x'y|{z}[1]^`?{}|^`[]", "/v1/x'y|%7Bz%7D[1]^%60?{}|^`[]"),
        ("", "/v1/a/../b%2Fc//d", "/v1/b%2Fc//d"),
        ("", "//evil.example/x", "//evil.example/x"),
    ] {
        let client = builder_signed_by(&format!("{}{suffix}", server.url()), key.clone()).build();
        for request in
            [raw("get", path, None), raw("POST", path, Some("{\"a\":\"ö\"}")), raw("Delete", path, None)]
        {
            run(client.request(request)).expect(path);
            let seen = server.seen().pop().expect("a request");
            assert_eq!(seen.path, arrives);
            assert!(is_signed_by(&seen, &key.public()), "{seen:?}");
        }
    }
}

#[test]
fn a_head_is_signed_as_one() {
    let key = executive();
    let server = Server::answers(&["HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n".to_owned()]);
    let client = builder_signed_by(&server.url(), key.clone()).build();
    let answer = run(client.request(raw("HEAD", "/v1/x", None))).expect("an answer");
    assert!(answer.body.is_empty());
    assert!(is_signed_by(&server.seen()[0], &key.public()));
}

#[test]
fn a_raw_answer_is_handed_over() {
    let server = Server::answers(&[
        crate::server::answer_with(201, "content-type: text/x\r\n", "\u{1b}[31m"),
        "HTTP/1.1 204 No Content\r\n\r\n".to_owned(),
    ]);
    let client = client(&server.url());
    let answer = run(client.request(raw("POST", "/v1/x", Some("{}")))).expect("an answer");
    assert_eq!((answer.status, answer.content_type.as_deref()), (201, Some("text/x")));
    assert_eq!(answer.body, b"\x1b[31m");
    assert_eq!(run(client.request(raw("DELETE", "/v1/x", None))).expect("an answer").status, 204);
    let bearer = RawRequest { auth: Auth::Bearer, ..raw("PATCH", "/v1/x", Some("{}")) };
    run(client.request(bearer)).expect("an answer");
    let none = RawRequest { auth: Auth::None, ..raw("GET", "/v1/x", None) };
    run(client.request(none)).expect("an answer");
    let seen = server.seen();
    assert!(seen[2].header("authorization").is_some() && seen[2].header("x-leash-sig").is_none());
    assert!(seen[3].header("authorization").is_none() && seen[3].header("x-leash-sig").is_none());
}

#[test]
fn what_is_no_method_is_refused() {
    for method in ["", "CONNECT", "trace", "GET /x", "G\n"] {
        let error = run(client("http://127.0.0.1:1").request(raw(method, "/v1/x", None))).expect_err(method);
        assert_eq!(error.code(), "invalid_argument", "{method:?}");
    }
}

struct Refuses;

impl SignHttp for Refuses {
    fn sign_http(&self, _: &Envelope<'_>) -> Result<SignatureHeaders, SignError> {
        Err(SignError {
            code: "denied_scope".to_owned(),
            message: "not for this plugin".to_owned(),
            hint: Some("ask".to_owned()),
        })
    }
}

#[test]
fn a_signer_may_refuse() {
    let server = Server::answers(&[answer(200, "{}")]);
    let client = builder_signed_by(&server.url(), Arc::new(Refuses)).build();
    let error = run(client.create_api_key("x")).expect_err("a refusal");
    assert_eq!(error.code(), "signer_denied_scope");
    assert_eq!(error.to_string(), "the request was not signed: not for this plugin");
    assert_eq!((error.hint().as_deref(), error.maybe_sent()), (Some("ask"), false));
    assert_eq!(server.connections(), 0);
}

#[test]
fn without_an_agent_or_a_key_nothing_is_sent() {
    let server = Server::answers(&[answer(200, "{}")]);
    let client = leash_api::Client::builder(&server.url()).expect("a URL").build();
    assert_eq!(run(client.create_api_key("x")).expect_err("no agent").code(), "no_agent");
    assert_eq!(run(client.request(raw("GET", "/v1/x", None))).expect_err("no agent").code(), "no_agent");
    let link = leash_api::NewPaymentLink::new("x", MINT, "1", "USDC");
    assert_eq!(run(client.create_payment_link(&link)).expect_err("no key").code(), "no_api_key");
    assert_eq!(server.connections(), 0);
}

#[test]
fn calls_can_move_between_threads() {
    fn is_send<T: Send>(_: &T) {}
    let client = client("http://127.0.0.1:1");
    is_send(&client.create_api_key("x"));
    is_send(&client.request(raw("GET", "/", None)));
    let public = Executive::generate().expect("randomness").public();
    assert_eq!(client.agent().map(ToString::to_string).as_deref(), Some(MINT));
    assert_ne!(client.agent(), Some(&public));
}
