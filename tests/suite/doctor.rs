//! `leash doctor`: each check in each of its states, with the fix, and an exit status that tells the truth.

mod open;

use std::{fs, os::unix::fs::PermissionsExt as _};

use jiff::{SignedDuration, Timestamp};
use leash_tests::{AGENT_1, AGENT_2, Api, Home, Outcome, Reply, Request, Run, programs};
use serde_json::{Value, json};

/// An API and an RPC endpoint in one, both well.
fn well(request: &Request) -> Reply {
    match request.path.as_str() {
        "/v1/health" => healthy_at(Timestamp::now()),
        "/rpc" => {
            Reply::Json(200, json!({ "jsonrpc": "2.0", "id": 1, "result": { "solana-core": "2.1.0" } }))
        }
        _ => Reply::Json(200, json!({ "items": [] })),
    }
}

/// A good answer, by a clock that shows this time.
fn healthy_at(time: Timestamp) -> Reply {
    let date = time.strftime("date: %a, %d %b %Y %H:%M:%S GMT").to_string();
    Reply::with_headers(200, &[&date], &json!({ "ok": true }))
}

/// Such a server, but for the paths that begin like this.
fn well_but(path: &'static str, reply: impl Fn() -> Reply + Send + Sync + 'static) -> Api {
    Api::start(move |request, _| if request.path.starts_with(path) { reply() } else { well(request) })
}

/// What `doctor --json` says, which must agree with its exit status.
fn doctor(home: &Home, change: impl FnOnce(Run) -> Run) -> Vec<Value> {
    let outcome = change(home.leash(["doctor", "--json", "--timeout", "1"])).outcome();
    let document = outcome.json();
    let checks = document["checks"].as_array().unwrap().clone();
    let failed = checks.iter().any(|check| check["status"] == "fail");
    let expected = if failed { (1, Some("fail")) } else { (0, Some("ok")) };
    assert_eq!((outcome.status, document["status"].as_str()), expected);
    for check in &checks {
        assert_eq!(check["fix"].is_string(), check["status"] != "ok", "{check}");
    }
    outcome.assert_silent_about(AGENT_1.key);
    checks
}

fn find<'a>(checks: &'a [Value], name: &str) -> &'a Value {
    checks.iter().find(|check| check["name"] == name).unwrap_or_else(|| panic!("{name}: {checks:?}"))
}

fn assert_check(checks: &[Value], name: &str, status: &str, says: &str) {
    let check = find(checks, name);
    assert_eq!(check["status"], status, "{check}");
    let said = format!("{} {}", check["detail"].as_str().unwrap(), check["fix"].as_str().unwrap_or_default());
    assert!(said.contains(says), "`{says}`: {check}");
}

#[test]
fn all_is_well() {
    let api = well_but("/none", || Reply::Close);
    let home = Home::with_agent(&AGENT_1, &api.url);
    let outcome: Outcome = home.leash(["doctor", "--json"]).ok();
    let document = outcome.json();
    assert_eq!(document["kind"], "doctor");
    assert_eq!(document["identity"]["agent_mint"], AGENT_1.mint);
    assert_eq!(document["config_path"].as_str(), home.join(".config/leash/agent.json").to_str());
    let checks = doctor(&home, |run| run);
    for check in &checks {
        // What can be enforced depends on the machine and the user.
        if check["name"] != "strict" && check["name"] != "boundary" {
            assert_eq!(check["status"], "ok", "{check}");
        }
    }
    for name in [
        "strict",
        "boundary",
        "binary",
        "settings",
        "directory",
        "path",
        "identity",
        "key",
        "api key",
        "api",
        "clock",
        "signature",
        "rpc",
        "payments",
        "treasury",
        "publishing",
    ] {
        let _ = find(&checks, name);
    }
    let signed = api.requests().into_iter().find(|request| request.path.contains("/api-keys")).unwrap();
    assert_eq!((signed.method.as_str(), signed.header("x-leash-agent")), ("GET", Some(AGENT_1.mint)));
}

#[test]
fn the_text_says_what_the_document_says() {
    let api = well_but("/rpc", || Reply::Json(200, json!({ "hello": "world" })));
    let home = Home::with_agent(&AGENT_1, &api.url);
    home.chmod(".config/leash", 0o755);
    let checks = doctor(&home, |run| run);
    let text = home.leash(["doctor", "--timeout", "1"]).outcome();
    assert_eq!((text.status, text.stderr.as_str()), (1, ""));
    for check in &checks {
        let [name, status, detail] = ["name", "status", "detail"].map(|field| check[field].as_str().unwrap());
        // How long the API took differs from run to run.
        let detail = detail.split(" in ").next().unwrap();
        let line = format!("{status:<4} {name:<13} {detail}");
        assert!(text.stdout.contains(&line), "{line}: {text:?}");
        if let Some(fix) = check["fix"].as_str() {
            assert!(text.stdout.contains(&format!("fix: {fix}")), "{fix}: {text:?}");
        }
    }
}

#[test]
fn an_api_that_is_ill() {
    let cases: [(Reply, &str); 4] = [
        (Reply::Json(500, json!({ "error": "internal", "message": "unexpected error" })), "unexpected error"),
        (Reply::Json(503, json!({ "error": "unavailable", "message": "down for today" })), "down for today"),
        (Reply::Json(404, json!({ "error": "not_found", "message": "no such route" })), ""),
        (Reply::Raw(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello".to_vec()), ""),
    ];
    for (reply, says) in cases {
        let api = well_but("/v1/health", move || reply.clone());
        let home = Home::with_agent(&AGENT_1, &api.url);
        let checks = doctor(&home, |run| run);
        assert_check(&checks, "api", "fail", says);
        // Who answers need not be started.
        assert!(!find(&checks, "api")["fix"].as_str().unwrap().contains("sandbox up"), "{checks:?}");
        assert_check(&checks, "rpc", "ok", "solana-core 2.1.0");
    }
    let api = well_but("/v1/health", || Reply::Json(200, json!({ "ok": false })));
    assert_check(&doctor(&Home::with_agent(&AGENT_1, &api.url), |run| run), "api", "fail", "");
}

#[test]
fn an_api_that_is_silent_or_not_there() {
    for silence in [|| Reply::Silence, || Reply::Close] {
        let api = well_but("/v1/", silence);
        assert_check(&doctor(&Home::with_agent(&AGENT_1, &api.url), |run| run), "api", "fail", "");
    }
    // Nobody listens there.
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let checks = doctor(&Home::with_agent(&AGENT_1, &format!("http://{gone}")), |run| run);
    assert_check(&checks, "api", "fail", "leash sandbox up");
    assert_check(&checks, "rpc", "fail", "LEASH_RPC_URL");
}

#[test]
fn a_url_that_is_none() {
    let checks = doctor(&Home::with_agent(&AGENT_1, "not a url"), |run| run);
    assert_check(&checks, "api", "fail", "");
    let checks = doctor(&Home::with_agent(&AGENT_1, "http://example.invalid"), |run| run);
    assert_check(&checks, "api", "fail", "http");
}

#[test]
fn an_api_that_does_not_know_the_agent() {
    let reply =
        || Reply::Json(401, json!({ "error": "unauthorized", "message": "signature does not verify" }));
    let api = well_but("/v1/agents/", reply);
    let checks = doctor(&Home::with_agent(&AGENT_1, &api.url), |run| run);
    assert_check(&checks, "api", "ok", "answers in");
    assert_check(&checks, "signature", "fail", "signature does not verify");
}

#[test]
fn a_clock_that_is_off() {
    for (seconds, status, says) in [
        (0, "ok", "in step"),
        (120, "warn", "behind the API"),
        (-120, "warn", "ahead of the API"),
        (400, "fail", "timedatectl"),
        (-86_400, "fail", "timedatectl"),
    ] {
        let api =
            well_but("/v1/health", move || healthy_at(Timestamp::now() + SignedDuration::from_secs(seconds)));
        let home = Home::with_agent(&AGENT_1, &api.url);
        assert_check(&doctor(&home, |run| run), "clock", status, says);
    }
}

#[test]
fn an_rpc_endpoint_that_is_none() {
    for reply in [
        Reply::Json(200, json!({ "hello": "world" })),
        Reply::Json(200, json!({ "jsonrpc": "2.0", "id": 1, "error": { "code": -32000, "message": "no" } })),
        Reply::Raw(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n\x1b[2J".to_vec()),
        Reply::Close,
        Reply::Silence,
    ] {
        let api = well_but("/rpc", move || reply.clone());
        let checks = doctor(&Home::with_agent(&AGENT_1, &api.url), |run| run);
        assert_check(&checks, "rpc", "fail", "LEASH_RPC_URL");
        assert_check(&checks, "api", "ok", "");
    }
    // It is no API.
    let api = well_but("/rpc", || Reply::Json(500, json!({ "error": "internal", "message": "no node" })));
    let checks = doctor(&Home::with_agent(&AGENT_1, &api.url), |run| run);
    assert_check(&checks, "rpc", "fail", &format!("{} answered 500: no node", api.url));
    // A key in its URL is nobody's business.
    let api = well_but("/rpc", || Reply::Close);
    let home = Home::with_agent(&AGENT_1, &api.url);
    let url = format!("{}/rpc/hunter2?api-key=hunter3", api.url);
    let outcome = home.leash(["doctor"]).env("LEASH_RPC_URL", &url).outcome();
    outcome.assert_silent_about("hunter2");
    outcome.assert_silent_about("hunter3");
    for url in ["nonsense", "ftp://127.0.0.1/", "http://"] {
        assert_check(&doctor(&home, |run| run.env("LEASH_RPC_URL", url)), "rpc", "fail", "LEASH_RPC_URL");
    }
}

#[test]
fn an_identity_that_is_missing_or_bad() {
    let home = Home::new();
    assert_check(&doctor(&home, |run| run), "identity", "fail", "leash agent import");
    let _ = home.write(".config/leash/agent.json", AGENT_1.file("http://127.0.0.1:9").to_string(), 0o644);
    assert_check(&doctor(&home, |run| run), "identity", "fail", "chmod 600");
    let _ = home.write(".config/leash/agent.json", "{", 0o600);
    assert_check(&doctor(&home, |run| run), "identity", "fail", "agent.json:1:");
}

#[test]
fn where_mint_and_keys_come_from() {
    let api = well_but("/none", || Reply::Close);
    let home = Home::with_agent(&AGENT_1, &api.url);
    let checks = doctor(&home, |run| run.env("LEASH_AGENT_MINT", AGENT_2.mint));
    assert_check(&checks, "identity", "warn", "the mint is from LEASH_AGENT_MINT");
    assert_check(&checks, "key", "ok", AGENT_1.executive);
    let both = doctor(&home, |run| {
        run.env("LEASH_AGENT_MINT", AGENT_2.mint).env("LEASH_EXECUTIVE_KEY", AGENT_2.key)
    });
    assert_check(&both, "identity", "ok", AGENT_2.mint);
    assert_check(&both, "key", "warn", "unset LEASH_EXECUTIVE_KEY");
    for (key, status, says) in [
        ("lsh_test_0123456789abcdefgh", "ok", "set"),
        ("lsh_live_0123456789abcdefgh", "fail", "nothing was sent"),
        ("sk-something", "warn", "doesn't look like"),
    ] {
        let checks = doctor(&home, |run| run.env("LEASH_API_KEY", key));
        assert_check(&checks, "api key", status, says);
        assert!(!format!("{checks:?}").contains("0123456789abcdefgh"), "{checks:?}");
    }
    // A key that isn't for this API was never sent.
    let sent: Vec<_> = api
        .requests()
        .iter()
        .filter_map(|request| request.header("authorization").map(str::to_owned))
        .collect();
    assert_eq!(sent, ["Bearer lsh_test_0123456789abcdefgh"]);
}

#[test]
fn an_api_key_that_was_revoked() {
    let disabled = || Reply::Json(401, json!({ "error": "unauthorized", "message": "api key is disabled" }));
    let key = "lsh_test_0123456789abcdefgh";
    let api = well_but("/v1/receipts/", disabled);
    let home = Home::with_agent(&AGENT_1, &api.url);
    let checks = doctor(&home, |run| run.env("LEASH_API_KEY", key));
    assert_check(&checks, "api key", "fail", "api key is disabled");
    assert_check(&checks, "api key", "fail", "leash api-key create");
    // An API that isn't well says nothing about the key.
    for (path, status) in [("/v1/receipts/", "warn"), ("/v1/health", "ok")] {
        let api = well_but(path, || Reply::Json(500, json!({ "error": "internal", "message": "no" })));
        let home = Home::with_agent(&AGENT_1, &api.url);
        assert_check(
            &doctor(&home, |run| run.env("LEASH_API_KEY", key)),
            "api key",
            status,
            "set, for solana-devnet",
        );
    }
}

#[test]
fn directories_that_others_can_change() {
    let api = well_but("/none", || Reply::Close);
    let home = Home::with_agent(&AGENT_1, &api.url);
    home.chmod(".config/leash", 0o755);
    assert_check(&doctor(&home, |run| run), "directory", "warn", "chmod 700");
    home.chmod(".config/leash", 0o777);
    assert_check(&doctor(&home, |run| run), "directory", "fail", "chmod 700");
}

#[test]
fn path_and_what_lies_on_it() {
    let api = well_but("/none", || Reply::Close);
    let home = Home::with_agent(&AGENT_1, &api.url);
    let (open, group) = (home.join("open"), home.join("group"));
    for (dir, mode) in [(&open, 0o777), (&group, 0o775)] {
        fs::create_dir(dir).unwrap();
        fs::set_permissions(dir, fs::Permissions::from_mode(mode)).unwrap();
    }
    let programs = programs();
    let with = |entry: &str| format!("{entry}:{}:/usr/bin:/bin", programs.display());
    for (entry, says) in [
        ("", "the current directory"),
        ("bin", "relative to the current directory"),
        (open.to_str().unwrap(), "every user can write it"),
        (group.to_str().unwrap(), "chmod g-w"),
    ] {
        let checks = doctor(&home, |run| run.env("PATH", with(entry)));
        assert_check(&checks, "path", "warn", says);
    }
    // Another leash in front, and one behind.
    let other = home.join("other");
    let _ = home.copy_program(&programs.join("leash"), "other/leash");
    let checks = doctor(&home, |run| run.path(&[&other, &programs]));
    assert_check(
        &checks,
        "binary",
        "warn",
        &format!("a fresh shell finds `{}` first", other.join("leash").display()),
    );
    let checks = doctor(&home, |run| run.path(&[&programs, &other]));
    assert_check(&checks, "binary", "warn", &format!("shadows `{}`", other.join("leash").display()));
    assert_check(&checks, "binary", "warn", "hash -r");
}

#[test]
fn directories_that_can_not_be_made() {
    let home = Home::new();
    let file = home.write("file", "", 0o600);
    let run = |words: &[&str]| home.leash(words).env("HOME", &file);
    let checks = run(&["doctor", "--json"]).outcome().json()["checks"].as_array().unwrap().clone();
    let said = format!("{checks:?}");
    for variable in ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"] {
        assert!(said.contains(&format!("set HOME, or {variable}")), "{said}");
    }
    run(&["agent", "show"]).outcome().assert_says("to a directory that you own");
}

#[test]
fn the_file_that_is_used_is_named() {
    let home = Home::with_agent(&AGENT_1, "http://127.0.0.1:9");
    let spare = home
        .write_private(".config/leash/agents/spare.json", &AGENT_2.file("http://127.0.0.1:9").to_string());
    let named = home.leash(["--agent", "spare", "doctor", "--json", "--timeout", "1"]).outcome().json();
    assert_eq!(named["config_path"].as_str(), spare.to_str());
}
