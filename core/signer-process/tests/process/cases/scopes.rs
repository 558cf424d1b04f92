//! Requests that were granted, and all that looks like them.

use std::process::Output;

use serde_json::json;

use crate::{
    case::{Case, succeeded},
    client::{Client, EMPTY, assert_signed, keys},
    home::{Home, Plan},
};

pub const CASES: &[Case] = &[
    Case::new("what_is_granted_is_signed_as_it_was_asked", granted),
    Case::new("a_base_path_is_put_in_front", based).plan(|_, plan| plan.base_path = "/api/x".to_owned()),
    Case::new("nothing_is_signed_beside_a_scope", beside).check(all_refused),
    Case::new("bytes_that_could_be_read_otherwise_are_refused", bytes).check(all_refused),
    Case::new("hashes_and_parts_that_make_no_sense", parts).check(all_refused),
    Case::new("an_empty_list_grants_nothing", nothing).plan(|_, plan| plan.scopes.clear()).check(all_refused),
    Case::new("no_query_where_the_scope_says_so", no_query).plan(forbid_queries),
];

fn all_refused(home: &Home, output: &Output) {
    succeeded(home, output);
    let entries = home.entries();
    assert!(entries.len() > 2, "refusals are in the log");
    assert!(entries.iter().all(|entry| entry.decision != "signed"));
}

fn granted(client: &mut Client) {
    client.hello();
    client.sign_keys();
    let query = "limit=5&x=%2F&y=a/b?c:@!$()*+,;=-._~";
    let answer = client.sign("POST", &keys(), query);
    assert_signed(&answer["ok"], "POST", &format!("{}?{query}", keys()));
    let path = "/v1/open/a/:@!$&()*+,;=-._~/b";
    assert_signed(&client.sign("GET", path, "")["ok"], "GET", path);
}

fn based(client: &mut Client) {
    client.hello();
    let answer = client.sign("GET", &keys(), "a=1");
    assert_signed(&answer["ok"], "GET", &format!("/api/x{}?a=1", keys()));
    client.refused("GET", &format!("/api/x{}", keys()), "", "denied_scope");
}

fn beside(client: &mut Client) {
    client.hello();
    let path = keys();
    let other = path.replace('C', "D").replace('3', "4").to_lowercase();
    let mint = crate::home::mint().to_string();
    for (method, path) in [
        ("DELETE", path.as_str()),
        ("PUT", &path),
        ("HEAD", &path),
        ("GET", &format!("{path}/x")),
        ("GET", "/v1/agents"),
        ("GET", "/v1/open"),
        ("POST", "/v1/open/x"),
        ("GET", "/v2/open/x"),
        ("GET", "/V1/open/x"),
        ("GET", "/v1/Open/x"),
        ("GET", &other),
        ("GET", &format!("/v1/agents/{mint}x/api-keys")),
        ("GET", &format!("/v1/agents/{}/api-keys", &mint[1..])),
        ("GET", "/v1/agents/*/api-keys"),
        ("GET", "/v1/agents/**"),
        ("GET", "/x/v1/open/y"),
    ] {
        client.refused(method, path, "", "denied_scope");
    }
    let answer = client.sign("POST", &format!("/v1/agents/{mint}/identity/claims"), "x=1");
    let hint = "leash plugin trust sell-report --allow 'POST /v1/agents/{mint}/identity/claims'";
    assert_eq!(answer["err"]["hint"], hint);
}

fn bytes(client: &mut Client) {
    client.hello();
    let path = keys();
    let open = |rest: &str| format!("/v1/open/{rest}");
    let mut paths: Vec<String> = [
        "../x",
        "./x",
        "x/..",
        "x/.",
        "..",
        ".",
        "/x",
        "x//y",
        "x/",
        "",
        "%2e%2e/x",
        "%2E%2E/x",
        "x%2fy",
        "x%2Fy",
        "%00",
        "x%",
        "a b",
        "a\tb",
        "a\nb",
        "a\rb",
        "a\0b",
        "a\u{7f}b",
        "a\u{80}b",
        "é",
        "a\\b",
        "a#b",
        "a?b",
        "a'b",
        "a\"b",
        "a<b",
        "a>b",
        "a^b",
        "a`b",
        "a{b",
        "a|b",
        "a}b",
        "a[b",
        "\u{202e}",
        "\u{ff0e}\u{ff0e}/x",
        "..;/x%20",
    ]
    .into_iter()
    .map(open)
    .collect();
    paths.extend(
        ["", "/", "v1/open/x", "//v1/open/x", "///", "http://evil.example/v1/open/x", "\\v1", "{mint}"]
            .map(str::to_owned),
    );
    paths.extend([
        format!("{path}/"),
        format!("/{path}"),
        path.replace('/', "//"),
        format!("{path}/../api-keys"),
    ]);
    paths.push(open(&"a".repeat(9000)));
    for path in paths {
        client.refused("GET", &path, "", "bad_request");
    }
    for query in
        ["a b", "a'b", "a#b", "%", "%2", "%zz", "a\nb", "\0", "é", "[", "{", "a\\b", "\"", "<", "`", "|", "^"]
    {
        client.refused("GET", &path, query, "bad_request");
    }
    for method in ["", "get", "Get", "GET ", " GET", "G T", "GET\n", "GET\0", "É", "GET/", &"G".repeat(40)] {
        client.refused(method, &path, "", "bad_request");
    }
}

fn parts(client: &mut Client) {
    client.hello();
    let path = keys();
    let upper = EMPTY.to_uppercase();
    for hash in ["", "00", &upper, &EMPTY[1..], &format!("{EMPTY}0"), &"g".repeat(64), &"é".repeat(32)] {
        let answer =
            client.call(json!({"op": "sign_http", "method": "GET", "path": path, "body_sha256": hash}));
        assert_eq!(answer["err"]["code"], "bad_request", "{hash}");
    }
    for wrong in [
        json!({"op": "sign_http"}),
        json!({"op": "sign_http", "method": "GET", "path": path}),
        json!({"op": "sign_http", "method": null, "path": path, "body_sha256": EMPTY}),
        json!({"op": "sign_http", "method": ["GET"], "path": path, "body_sha256": EMPTY}),
        json!({"op": "sign_http", "method": "GET", "path": [path], "body_sha256": EMPTY}),
        json!({"op": "sign_http", "method": "GET", "path": path, "query": null, "body_sha256": EMPTY}),
        json!({"op": "sign_http", "method": "GET", "path": path, "query": {"a": 1}, "body_sha256": EMPTY}),
        json!({"op": "sign_http", "method": "GET", "path": path, "body_sha256": 0}),
    ] {
        assert_eq!(client.call(wrong.clone())["err"]["code"], "bad_request", "{wrong}");
    }
}

fn nothing(client: &mut Client) {
    client.hello();
    for path in [keys().as_str(), "/v1/open/x", "/v1"] {
        client.refused("GET", path, "", "denied_scope");
    }
}

fn forbid_queries(_: &Home, plan: &mut Plan) {
    plan.scopes.iter_mut().for_each(|scope| scope.query = false);
}

fn no_query(client: &mut Client) {
    client.hello();
    client.refused("GET", &keys(), "a=1", "denied_scope");
    client.sign_keys();
}
