//! `leash api`: any request, signed or with the key, and what comes back.

use insta::assert_snapshot;
use leash_tests::{AGENT_1, Api, Home, Reply, Run, Terminal};
use serde_json::{Value, json};

const KEY: &str = "lsh_test_4c33bnxtn9ca48s844";

fn set_up(reply: Reply) -> (Api, Home) {
    let api = Api::start(move |_, _| reply.clone());
    let home = Home::with_agent(&AGENT_1, &api.url);
    (api, home)
}

fn request(home: &Home, arguments: &[&str]) -> Run {
    home.leash(["api"].iter().chain(arguments))
}

fn raw(body: &[u8], content_type: &str) -> Reply {
    let head =
        format!("HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\n\r\n", body.len());
    Reply::Raw([head.as_bytes(), body].concat())
}

#[test]
fn the_agent_signs_and_its_mint_is_filled_in() {
    let (api, home) = set_up(raw(br#"{"b":1,  "a":[2]}"#, "application/json"));
    let outcome = request(&home, &["get", "/v1/agents/{mint}/identity?x='{mint}'"]).ok();
    assert_eq!(outcome.stdout, r#"{"b":1,  "a":[2]}"#);
    assert_eq!(api.calls(), [format!("GET /v1/agents/{0}/identity?x=%27{0}%27", AGENT_1.mint)]);
    let sent = &api.requests()[0];
    assert_eq!(sent.header("x-leash-agent"), Some(AGENT_1.mint));
    assert!(sent.header("x-leash-sig").is_some() && sent.header("authorization").is_none());
}

#[test]
fn the_key_is_sent_where_it_is_asked_for() {
    let (api, home) = set_up(Reply::Json(200, json!({})));
    let _ = request(&home, &["GET", "/v1/receipts/{mint}", "--bearer"]).env("LEASH_API_KEY", KEY).ok();
    let sent = &api.requests()[0];
    assert_eq!(sent.header("authorization"), Some(&*format!("Bearer {KEY}")));
    assert_eq!(sent.header("x-leash-sig"), None);
    let _ = request(&home, &["GET", "/v1/receipts/{mint}", "--bearer"]).fails(4);
    let live = KEY.replace("test", "live");
    let _ = request(&home, &["GET", "/v1/receipts/{mint}", "--bearer"]).env("LEASH_API_KEY", live).fails(4);
    assert_eq!(api.calls().len(), 1);
}

#[test]
fn a_body_is_text_a_file_or_stdin() {
    let (api, home) = set_up(Reply::Json(200, json!({})));
    home.write_private("body.json", "{\n \"a\": 1 }\n");
    let _ = request(&home, &["PUT", "/v1/x", "--body", r#"{"a":"ключ"}"#]).ok();
    let _ = request(&home, &["PATCH", "/v1/x", "--body", "@body.json"]).ok();
    let _ = request(&home, &["POST", "/v1/x", "--body", "@-"]).input("[1]").ok();
    let _ = request(&home, &["DELETE", "/v1/x"]).ok();
    let bodies: Vec<_> =
        api.requests().iter().map(|sent| String::from_utf8(sent.body.clone()).unwrap()).collect();
    assert_eq!(bodies, [r#"{"a":"ключ"}"#, "{\n \"a\": 1 }\n", "[1]", ""]);
    let requests = api.requests();
    let types: Vec<_> = requests.iter().map(|sent| sent.header("content-type")).collect();
    assert_eq!(types, [Some("application/json"), Some("application/json"), Some("application/json"), None]);
}

#[test]
fn what_makes_no_sense_is_not_sent() {
    let (api, home) = set_up(Reply::Json(200, json!({})));
    home.write_private("text", "hello");
    for arguments in [
        &["GET"][..],
        &[],
        &["GET", "v1/x"],
        &["GET", "https://elsewhere.example/"],
        &["GET", "/v1/x#y"],
        &["GET", "/../../x\u{1b}"],
        &["GE T", "/v1/x"],
        &["CONNECT", "/v1/x"],
        &["POST", "/v1/x", "--body", "{"],
        &["POST", "/v1/x", "--body", ""],
        &["POST", "/v1/x", "--body", "@text"],
        &["POST", "/v1/x", "--data", "{}"],
    ] {
        let outcome = request(&home, &[arguments, &["--json"]].concat()).fails(2);
        assert_eq!(outcome.json()["kind"], "api_response", "{outcome:?}");
    }
    request(&home, &["POST", "/v1/x", "--body", "@nowhere"])
        .fails(1)
        .assert_says("cannot read the body from `nowhere`");
    assert_eq!(api.calls(), Vec::<String>::new());
}

#[test]
fn json_puts_the_answer_into_a_document() {
    let (_api, home) = set_up(Reply::Json(201, json!({ "z": 1, "a": "\u{1b}[31m" })));
    let outcome = request(&home, &["POST", "/v1/x", "--json"]).ok();
    assert_snapshot!(outcome.stdout, @r#"
    {
      "kind": "api_response",
      "status": "ok",
      "http_status": 201,
      "content_type": "application/json",
      "body": {
        "z": 1,
        "a": "\u001b[31m"
      }
    }
    "#);
    let (_api, home) = set_up(raw("naïve".as_bytes(), "text/plain"));
    assert_eq!(request(&home, &["GET", "/x", "--json"]).ok().json()["body"], "naïve");
    let (_api, home) = set_up(Reply::Raw(b"HTTP/1.1 204 No Content\r\n\r\n".to_vec()));
    let document = request(&home, &["DELETE", "/x", "--json"]).ok().json();
    assert_eq!((&document["http_status"], &document["body"]), (&json!(204), &Value::Null));
}

#[test]
fn bytes_go_through_a_pipe_as_they_are_and_nowhere_else() {
    let (_api, home) = set_up(raw(b"\xff\x1b[31m\x00", "image/png"));
    let out = home.join("out");
    let outcome =
        request(&home, &["GET", "/x"]).stdout(std::fs::File::create(&out).unwrap()).outcome_elsewhere();
    assert_eq!(outcome.status, 0, "{outcome:?}");
    assert_eq!(std::fs::read(&out).unwrap(), b"\xff\x1b[31m\x00");
    request(&home, &["GET", "/x", "--json"]).fails(1).assert_says("the answer is not UTF-8");
    let (status, screen) = Terminal::start(request(&home, &["GET", "/x"])).end();
    assert_eq!(status, Some(1));
    assert!(screen.contains("the answer is not UTF-8") && !screen.contains('\u{fffd}'), "{screen:?}");
}

#[test]
fn a_terminal_shows_it_in_lines_and_safely() {
    let (_api, home) = set_up(raw("{\"a\":\"\u{202e}\",\"b\":[1]}".as_bytes(), "application/json"));
    let (status, screen) = Terminal::start(request(&home, &["GET", "/x"])).end();
    assert_eq!(status, Some(0));
    assert_eq!(screen.replace('\r', ""), "{\n  \"a\": \"\\u202e\",\n  \"b\": [\n    1\n  ]\n}\n");
    let (_api, home) = set_up(raw(b"one\x1b[2J\ntwo", "text/plain"));
    let (_, screen) = Terminal::start(request(&home, &["GET", "/x"])).end();
    assert_eq!(screen.replace('\r', ""), "one\\u{1b}[2J\ntwo\n");
}

#[test]
fn an_answer_without_success_is_an_error() {
    for (status, exit) in [(400, 1), (401, 4), (403, 1), (404, 1), (500, 1)] {
        let (api, home) = set_up(Reply::Json(status, json!({ "error": "some_code", "message": "it is so" })));
        let outcome = request(&home, &["POST", "/v1/x", "--json"]).fails(exit);
        assert_eq!(outcome.json()["code"], "some_code");
        outcome.assert_says(&format!("the API answered {status}: it is so"));
        // It is not known whether it may run twice.
        assert_eq!(api.calls().len(), 1);
    }
    let issue = json!({ "code": "too_small", "message": "Required", "path": ["services", 0, "name"] });
    let (_api, home) = set_up(Reply::Json(400, json!({ "success": false, "error": { "issues": [issue] } })));
    request(&home, &["POST", "/v1/x"])
        .fails(1)
        .assert_says("the API answered 400: `services[0].name`: Required");
}
