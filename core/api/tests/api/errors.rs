//! The shapes of the API's errors.

use leash_api::{Auth, Error, RawRequest};
use serde_json::{Value, json};

use crate::server::{Server, answer, answer_with};
use crate::{client, lines, run};

/// One POST, so that nothing but the rate limit is a reason to repeat it.
fn fail(answer: String) -> Error {
    let limited = answer.starts_with("HTTP/1.1 429");
    let server = Server::answers(&[answer]);
    let request = RawRequest {
        method: "POST".to_owned(),
        path_and_query: "/v1/x".to_owned(),
        body: Some(b"{}".to_vec()),
        auth: Auth::Signed,
    };
    let error = run(client(&server.url()).request(request)).expect_err("an error");
    assert_eq!(server.connections(), if limited { 4 } else { 1 });
    error
}

#[test]
fn every_recorded_error_is_read() {
    for line in lines(include_str!("errors.jsonl")) {
        let body = line["body"].as_str().expect("a body");
        let status = u16::try_from(line["status"].as_u64().expect("a status")).expect("a status");
        let error = fail(answer(status, body));
        let api = error.api().expect("an API error");
        assert_eq!((api.status, api.body.as_slice()), (status, body.as_bytes()));
        assert_eq!(error.maybe_sent(), status >= 500 && !body.contains("Malformed JSON"), "{body}");
        assert_eq!(error.is_unauthorized(), status == 401);
        assert!(!error.to_string().contains('\n'), "{error}");
        let said: Value = serde_json::from_str(body).unwrap_or_default();
        if let Some(code) = said["error"].as_str() {
            assert_eq!(error.code(), code);
            let message = said["message"].as_str().expect("a message");
            assert_eq!(api.message, message.split_whitespace().collect::<Vec<_>>().join(" "));
        } else if said["error"].is_object() {
            assert_eq!(error.code(), "invalid_request");
            let first = &said["error"]["issues"][0];
            assert!(api.message.starts_with(first["message"].as_str().expect("a message")));
            assert_eq!(api.field.is_none(), first["path"] == json!([]));
        }
    }
}

#[test]
fn a_validation_error_names_the_field_and_counts_the_rest() {
    let body = json!({"success": false, "error": {"name": "ZodError", "issues": [
        {"code": "too_small", "message": "Required", "path": ["services", 0, "name"]},
        {"code": "custom", "message": "Bad", "path": []},
        {"code": "custom", "message": "Worse", "path": []},
    ]}});
    let error = fail(answer(400, &body.to_string()));
    assert_eq!(error.code(), "invalid_request");
    assert_eq!(error.to_string(), "the API answered 400: `services[0].name`: Required (and 2 more)");
}

#[test]
fn a_body_that_the_api_could_not_read_did_not_run() {
    let body =
        r#"{"error":"internal","message":"unexpected error","detail":"Malformed JSON in request body"}"#;
    let error = fail(answer(500, body));
    assert_eq!(error.code(), "internal");
    assert_eq!(error.to_string(), "the API answered 500: unexpected error (Malformed JSON in request body)");
    assert!(!error.maybe_sent());
}

#[test]
fn what_is_not_json_becomes_one_short_harmless_line() {
    let error = fail(answer_with(404, "content-type: text/plain\r\n", "404 Not Found"));
    assert_eq!(
        (error.code(), error.to_string().as_str()),
        ("not_found", "the API answered 404: 404 Not Found")
    );
    assert!(error.hint().is_some_and(|hint| hint.contains("URL")));

    let page = format!("<html>\r\n<h1>\u{1b}]0;title\u{7}502</h1>{}</html>", "x".repeat(5_000));
    let error = fail(answer_with(502, "content-type: text/html\r\n", &page));
    assert_eq!(error.code(), "bad_gateway");
    let api = error.api().expect("an API error");
    assert_eq!(api.message.chars().count(), 200);
    assert!(api.message.starts_with("<html> <h1>\\u{1b}]0;title\\u{7}502</h1>"), "{}", api.message);
    assert!(!api.message.contains(char::is_control));

    assert_eq!(fail(answer(503, "")).to_string(), "the API answered 503: service unavailable");
    assert_eq!(fail(answer(503, "[1]")).to_string(), "the API answered 503: [1]");
}

#[test]
fn a_detail_may_be_anything() {
    let error = fail(answer(
        422,
        r#"{"error":"invalid_request","message":"invalid handle","detail":{"formErrors":["x"]}}"#,
    ));
    assert_eq!(error.api().and_then(|api| api.detail.as_deref()), Some(r#"{"formErrors":["x"]}"#));
}

#[test]
fn an_unknown_path_is_told_from_a_missing_key() {
    let error = fail(answer(401, r#"{"error":"unauthorized","message":"missing api key"}"#));
    assert!(error.hint().is_some_and(|hint| hint.contains("no such path")), "{:?}", error.hint());
}

#[test]
fn a_code_is_never_more_than_a_word() {
    let error = fail(answer(403, r#"{"error":"\u001b[31mred","message":"\u001b[31mred"}"#));
    assert_eq!(error.code(), "forbidden");
    assert_eq!(error.to_string(), "the API answered 403: \\u{1b}[31mred");
}
