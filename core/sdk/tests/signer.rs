//! The signer's client against signers that keep the contract, and that don't.
#![allow(missing_docs, clippy::unwrap_used)]

use std::{
    os::fd::OwnedFd,
    thread,
    time::{Duration, Instant},
};

use leash_sdk::{
    Code, Error, Signer,
    mock::{Honest, Mock, Reply, frame},
};
use serde_json::{Value, json};

const SCOPE: &str = "GET,POST /v1/agents/{mint}/api-keys";
const SHORT: Duration = Duration::from_millis(200);

fn path() -> String {
    format!("/v1/agents/{}/api-keys", Honest::granting(&[]).mint)
}

fn honest(change: impl FnOnce(&mut Honest)) -> (Mock, Signer) {
    let mut honest = Honest::granting(&[SCOPE]);
    change(&mut honest);
    let invocation = honest.invocation.clone();
    let (mock, socket) = Mock::start(move |request| honest.answer(request)).unwrap();
    (mock, Signer::over(socket, Some(&invocation)).unwrap())
}

/// A signer that says hello, and to everything else what `reply` says.
fn odd(mut reply: impl FnMut(&Value) -> Reply + Send + 'static) -> (Mock, Signer) {
    let mut honest = Honest::granting(&[SCOPE]);
    let (mock, socket) = Mock::start(move |request| match request["op"].as_str() {
        Some("hello") => honest.answer(request),
        _ => reply(request),
    })
    .unwrap();
    (mock, Signer::over(socket, None).unwrap().patience(SHORT))
}

fn signed(id: &Value) -> Value {
    json!({"id": id, "ok": {"expires_at": "E", "headers": {
        "x-leash-agent": "M", "x-leash-timestamp": "T", "x-leash-sig": "S"}}})
}

fn sign(signer: &Signer) -> Result<(), Error> {
    signer.sign_http("GET", &path(), "", b"").map(drop)
}

#[test]
fn what_is_granted_is_signed() {
    let (mock, signer) = honest(|_| {});
    assert_eq!(signer.grant().scopes.len(), 1);
    assert_eq!(signer.features(), ["sign_http"]);
    let headers = signer.sign_http("POST", &path(), "a=1", b"{}").unwrap();
    assert_eq!(headers.pairs().map(|(name, _)| name), ["x-leash-agent", "x-leash-timestamp", "x-leash-sig"]);
    let mut asked = mock.seen().pop().unwrap();
    asked["id"] = json!(1);
    assert_eq!(
        asked.to_string(),
        format!(
            r#"{{"id":1,"op":"sign_http","method":"POST","path":"{}","query":"a=1","body_sha256":"44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"}}"#,
            path()
        )
    );
}

#[test]
fn a_refusal_has_its_code_and_its_hint() {
    let (_mock, signer) = honest(|honest| honest.max_signatures = 1);
    let error = signer.sign_http("GET", "/v1/other", "", b"").unwrap_err();
    assert!(matches!(&error, Error::Refused(refusal) if refusal.code == Code::DeniedScope));
    assert_eq!((error.code(), error.exit_status()), ("denied_scope", 125));
    assert!(error.hint().unwrap().contains("--allow 'GET /v1/other'"));
    assert_eq!(signer.sign_http("GET", "/v1//x", "", b"").unwrap_err().code(), "bad_request");
    sign(&signer).unwrap();
    assert_eq!(sign(&signer).unwrap_err().code(), "quota");
}

#[test]
fn every_code_arrives() {
    for code in [
        Code::DeniedScope,
        Code::DeniedConsent,
        Code::Quota,
        Code::Expired,
        Code::Locked,
        Code::BadRequest,
        Code::Unsupported,
        Code::Internal,
    ] {
        let (_mock, signer) = honest(|honest| honest.refuse = Some(code));
        assert_eq!(sign(&signer).unwrap_err().code(), code.as_str());
    }
    let (_mock, signer) =
        odd(|r| Reply::Json(json!({"id": r["id"], "err": {"code": "moon", "message": "m"}})));
    assert!(matches!(sign(&signer), Err(Error::Refused(refusal)) if refusal.code == Code::Unknown));
    let (_mock, signer) =
        odd(|_| Reply::Json(json!({"id": null, "err": {"code": "bad_request", "message": "m"}})));
    assert_eq!(sign(&signer).unwrap_err().code(), "bad_request");
}

#[test]
fn a_slow_signer_is_given_up_and_its_late_answer_passed_over() {
    let mut late = None;
    let (_mock, signer) = odd(move |request| match late.take() {
        None => {
            late = Some(request["id"].clone());
            Reply::Silence
        }
        Some(earlier) => {
            let refused = json!({"id": earlier, "err": {"code": "quota", "message": "too late"}});
            let frames = [refused, signed(&request["id"])].map(|answer| frame(answer.to_string().as_bytes()));
            Reply::Raw(frames.concat())
        }
    });
    let started = Instant::now();
    assert!(matches!(sign(&signer), Err(Error::Timeout { .. })));
    assert!(started.elapsed() >= SHORT);
    sign(&signer).unwrap();
}

#[test]
fn a_closed_signer_is_told_at_once() {
    let (_mock, signer) = odd(|_| Reply::Close(Vec::new()));
    assert!(matches!(sign(&signer), Err(Error::Closed)));
    assert!(matches!(sign(&signer), Err(Error::Closed)));
    let (mock, socket) = Mock::start(|_| Reply::Silence).unwrap();
    drop(mock);
    assert!(matches!(Signer::over(socket, None), Err(Error::Closed)));
}

#[test]
fn half_a_frame_ends_the_conversation() {
    let whole = frame(signed(&json!(1)).to_string().as_bytes());
    for length in [1, 4, 5, whole.len() - 1] {
        let half = whole[..length].to_vec();
        let cut = half.clone();
        let (_mock, signer) = odd(move |_| Reply::Raw(half.clone()));
        assert!(matches!(sign(&signer), Err(Error::Timeout { .. })), "{length}");
        assert!(matches!(sign(&signer), Err(Error::Closed)), "{length}");
        let (_mock, signer) = odd(move |_| Reply::Close(cut.clone()));
        assert!(matches!(sign(&signer), Err(Error::Closed)), "{length}");
    }
}

#[test]
fn what_makes_no_sense_ends_the_conversation() {
    let json = |text: &str| frame(text.as_bytes());
    for bytes in [
        u32::MAX.to_be_bytes().to_vec(),
        (64_u32 * 1024 + 1).to_be_bytes().to_vec(),
        0_u32.to_be_bytes().to_vec(),
        json("[]"),
        json("{}"),
        json("{\"id\":"),
        json("\u{0}"),
        frame(&[0xff; 8]),
        json(r#"{"id":-1,"ok":{}}"#),
        json(r#"{"id":"1","ok":{}}"#),
    ] {
        let sent = bytes.clone();
        let (_mock, signer) = odd(move |_| Reply::Raw(sent.clone()));
        let outcome = sign(&signer);
        // An object without an id is an answer to anything, and then neither `ok` nor `err`.
        assert!(matches!(outcome, Err(Error::Malformed { .. })), "{bytes:?}: {outcome:?}");
        assert!(matches!(sign(&signer), Err(Error::Closed)), "{bytes:?}");
    }
}

#[test]
fn an_answer_of_the_wrong_kind_is_none() {
    let replies: [fn(&Value) -> Value; 5] = [
        |r| json!({"id": r["id"]}),
        |r| json!({"id": r["id"], "ok": {}}),
        |r| json!({"id": r["id"], "ok": {"expires_at": "E", "headers": {"x-leash-agent": "M"}}}),
        |_| signed(&Value::Null),
        |r| {
            let mut answer = signed(&r["id"]);
            answer["ok"]["headers"]["x-leash-sig"] = json!("S\r\nhost: evil.example");
            answer
        },
    ];
    for reply in replies {
        let (_mock, signer) = odd(move |request| Reply::Json(reply(request)));
        assert!(matches!(sign(&signer), Err(Error::Malformed { .. })));
    }
}

#[test]
fn answers_to_others_are_never_taken() {
    let (_mock, signer) = odd(|request| Reply::Json(signed(&json!(request["id"].as_u64().unwrap() + 1))));
    assert!(matches!(sign(&signer), Err(Error::Timeout { .. })));
    let (_mock, signer) = odd(|_| Reply::Raw(frame(signed(&json!(7)).to_string().as_bytes()).repeat(100)));
    assert!(matches!(sign(&signer), Err(Error::Malformed { .. })));
}

#[test]
fn a_signer_of_another_run_is_none() {
    let over = |invocation, socket: OwnedFd| Signer::over_within(socket, invocation, SHORT);
    let mut honest = Honest::granting(&[]);
    let (_mock, socket) = Mock::start(move |request| honest.answer(request)).unwrap();
    assert!(matches!(over(Some("ff"), socket), Err(Error::WrongSigner { .. })));
    let (_mock, socket) = Mock::start(|_| Reply::Silence).unwrap();
    assert!(matches!(over(None, socket), Err(Error::Timeout { .. })));
    let (_mock, socket) = Mock::start(|r| {
        Reply::Json(json!({"id": r["id"], "ok": {"v": 2, "invocation": "i", "features": [],
            "grant": {"scopes": [], "max_signatures": 0}}}))
    })
    .unwrap();
    assert!(matches!(over(None, socket), Err(Error::Malformed { .. })));
    let file = tempfile::tempfile().unwrap();
    assert!(matches!(over(None, file.into()), Err(Error::WrongSigner { .. })));
}

#[test]
fn a_request_that_fits_no_frame_is_not_sent() {
    let (mock, signer) = honest(|_| {});
    let error = signer.sign_http("GET", &format!("/{}", "a".repeat(70_000)), "", b"").unwrap_err();
    assert!(matches!(error, Error::TooLarge));
    assert_eq!(mock.seen().len(), 1, "only hello");
    sign(&signer).unwrap();
}

#[test]
fn many_threads_speak_one_at_a_time() {
    let (mock, signer) = honest(|honest| honest.max_signatures = 1000);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..50).for_each(|_| sign(&signer).unwrap()));
        }
    });
    assert_eq!(mock.seen().len(), 1 + 8 * 50);
}
