//! The API: what it answers, and what doesn't arrive.

use leash_tests::{AGENT_1, Api, Home, Keys, Reply};
use serde_json::json;

use super::{super::Transcript, NOWHERE};

#[test]
fn what_the_api_answers() {
    let api = Api::start(|request, _| {
        let path = request.path.split('?').next().unwrap();
        let raw = |text: &str| Reply::Raw(text.as_bytes().to_vec());
        match path.rsplit('/').next().unwrap() {
            "closed" => Reply::Close,
            "silent" => Reply::Silence,
            "nonsense" => raw("nonsense\r\n\r\n"),
            "text" => raw("HTTP/1.1 500 No\r\ncontent-length: 5\r\n\r\nsorry"),
            "moved" => raw("HTTP/1.1 302 Found\r\nlocation: https://elsewhere.example/\r\n\r\n"),
            "issues" => Reply::Json(
                400,
                json!({ "error": { "issues": [{ "code": "too_small", "message": "Required", "path": ["a", 0] }] } }),
            ),
            status => {
                Reply::Json(status.parse().unwrap(), json!({ "error": "some_code", "message": "it is so" }))
            }
        }
    });
    let home = Home::with_agent(&AGENT_1, &api.url);
    let mut transcript = Transcript::of(&home);
    for answer in [
        "400", "401", "402", "403", "404", "409", "422", "429", "500", "503", "issues", "text", "moved",
        "nonsense", "closed",
    ] {
        transcript.fails(home.leash(["api", "POST", &format!("/v1/{answer}")]));
    }
    transcript.fails(home.leash(["api", "GET", "/v1/silent", "--timeout", "1"]));
    transcript.fails(home.leash(["api", "GET", "/v1/401", "--bearer"]).env("LEASH_API_KEY", "lsh_test_x"));
    transcript.fails(home.leash(["api", "GET", "/v1/401", "--bearer"]));
    transcript.title("Nobody is there");
    transcript.fails(home.leash(["api-key", "list"]).env("LEASH_API_URL", NOWHERE));
    transcript.fails(home.leash(["api-key", "list"]).env("LEASH_API_URL", "http://192.0.2.1"));
    transcript.title("Requests that aren't sent");
    for words in [
        &["GET", "v1/x"][..],
        &["GET", "https://elsewhere.example/"],
        &["GET", "/v1/x#y"],
        &["GE T", "/v1/x"],
        &["CONNECT", "/v1/x"],
        &["POST", "/v1/x", "--body", "{"],
        &["POST", "/v1/x", "--body", "@nowhere"],
    ] {
        transcript.fails(home.leash([&["api"], words].concat()));
    }
    transcript.assert("errors-api");
}

#[test]
fn what_commands_make_of_it() {
    let keys = Keys::of(AGENT_1);
    for label in ["a", "b", "a"] {
        let _ = keys.add(label, 20_000);
    }
    let api = keys.serve_but(|request, _| {
        let refused = String::from_utf8_lossy(&request.body).contains(r#""label":"refused""#);
        refused
            .then(|| Reply::Json(422, json!({ "error": "invalid_request", "message": "no such currency" })))
    });
    let home = Home::with_agent(&AGENT_1, &api.url);
    let mut transcript = Transcript::of(&home);
    transcript.filter(r"01M8TEST0{15}(\d{3})", "[ID $1]");
    let there = home.write_private("there", "");
    for words in [
        &["revoke", "01M8TEST999999999999999999"][..],
        &["revoke", ""],
        &["revoke", "01M8", "--yes"],
        &["revoke", "9", "--yes"],
        &["revoke", "--label", "a"],
        &["revoke", "--label", "c", "--yes"],
        &["revoke", "--all-but", "9", "--yes"],
        &["rotate"],
        &["rotate", "--label", "a"],
        &["rotate", "--label", "c"],
        &["rotate", "01M9"],
        &["create", "--label", "x", "--out", "-"],
        &["create", "--label", "x", "--out", there.file_name().unwrap().to_str().unwrap()],
        &["create", "--label", "x", "--out", "no/such/directory"],
        &["list", "--network", "mainnet"],
    ] {
        transcript.fails(home.leash([&["api-key"], words].concat()));
    }
    let sell = |words: &[&str]| {
        let label = if words.contains(&"--label") { &[][..] } else { &["--label", "a"] };
        home.leash([&["sell", "create-link"], label, words].concat())
            .env("LEASH_API_KEY", "lsh_test_00000000000007k001")
    };
    for words in [
        &["--amount", "0"][..],
        &["--amount", "1e3"],
        &["--amount", "0.0000001"],
        &["--amount", "1", "--currency", "EUR"],
        &["--amount", "1", "--method", "GE T"],
        &["--amount", "1", "--upstream-url", "ftp://a.example"],
        &["--amount", "1", "--expected-body", "{"],
        &["--amount", "1", "--protocol", "cash"],
    ] {
        transcript.fails(sell(words));
    }
    transcript.fails(sell(&["--amount", "1", "--label", "refused"]));
    let other = home.leash(["sell", "create-link", "--label", "a", "--amount", "1"]);
    transcript.fails(other.env("LEASH_API_KEY", "lsh_test_4c33bnxtn9ca48s844"));
    let revoked = keys.disable("01M8TEST000000000000000001");
    assert!(revoked.is_some());
    transcript.fails(sell(&["--amount", "1"]));
    transcript.assert("errors-api-commands");
}
