//! What a person types.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt as _,
    process::{Output, Stdio},
};

use common::{EXECUTIVE, Home, MINT, Request, Server, document, iso, stderr, stdout};
use leash_signature::Secret;
use leash_signer::Executive;
use serde_json::{Value, json};

fn mode(path: &std::path::Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn agent_file(home: &Home) -> Value {
    serde_json::from_slice(&fs::read(home.agent_file()).unwrap()).unwrap()
}

/// One `error:` line and one `hint:` line, and the same in the document.
fn assert_fails(home: &Home, args: &[&str], status: i32, code: &str) -> String {
    let check = |output: &Output| {
        assert_eq!(output.status.code(), Some(status), "{args:?}: {output:?}");
        let stderr = stderr(output);
        let lines: Vec<_> = stderr.lines().collect();
        assert!(
            matches!(lines[..], [error, hint] if error.starts_with("error: ") && hint.starts_with("hint: ")),
            "{stderr}"
        );
        stderr
    };
    let text = home.run(args);
    assert_eq!(stdout(&text), "", "{args:?}");
    let said = check(&text);
    let as_json = home.run(&[args, &["--json"]].concat());
    check(&as_json);
    let document = document(&as_json);
    assert_eq!(
        (&document["kind"], &document["status"], &document["code"]),
        (&json!("sandbox"), &json!("error"), &json!(code))
    );
    assert!(document["message"].is_string() && document["hint"].is_string());
    said
}

fn up(home: &Home, args: &[&str]) -> Value {
    let output = home.run(&[&["up", "--json"], args].concat());
    assert!(output.status.success(), "{output:?}");
    document(&output)
}

#[test]
fn up_makes_an_agent_that_works() {
    let home = Home::new();
    let first = up(&home, &[]);
    assert_eq!(first["kind"], "sandbox");
    assert_eq!(first["status"], "ok");
    assert_eq!(first["agent"], "sandbox");
    assert_eq!(first["strict"], false);
    assert_eq!(first["data_dir"].as_str(), home.data().to_str());
    let file = agent_file(&home);
    let url = first["url"].as_str().unwrap();
    assert_eq!(file["version"], 1);
    assert_eq!(file["agent_mint"], first["agent_mint"]);
    assert_eq!(file["network"], "solana-devnet");
    assert_eq!(file["api_url"], url);
    assert_eq!(file["rpc_url"], format!("{url}/rpc").as_str());
    assert_eq!(file["explorer_url"], "https://explorer.leash.market");
    assert!(file["created_at"].is_string());
    assert_eq!(mode(&home.agent_file()), 0o600);
    assert_eq!(mode(home.agent_file().parent().unwrap()), 0o700);
    assert_eq!(mode(&home.data()), 0o700);
    for entry in fs::read_dir(home.data()).unwrap() {
        assert_eq!(mode(&entry.unwrap().path()) & 0o077, 0);
    }
    let key = Executive::parse(&Secret::new(file["executive_keypair"].as_str().unwrap().to_owned())).unwrap();
    assert_eq!(first["executive_pubkey"], key.public().to_string().as_str());
    let port = url.rsplit(':').next().unwrap().parse().unwrap();
    let mint = first["agent_mint"].as_str().unwrap();
    let request =
        Request::new("POST", &format!("/v1/agents/{mint}/api-keys")).json(r#"{"label":"local runtime"}"#);
    assert_eq!(request.sign(&key, mint, &iso(0)).send(port).status, 200);

    // A second time it says so, and changes nothing.
    let again = home.run(&["up"]);
    assert!(again.status.success(), "{again:?}");
    assert!(stdout(&again).contains("already up"), "{again:?}");
    assert!(stdout(&again).contains("leash --agent sandbox api-key create --label \"local runtime\""));
    assert_eq!(up(&home, &[])["pid"], first["pid"]);
    assert_eq!(agent_file(&home), file);
    assert_eq!(fs::read_dir(home.agent_file().parent().unwrap()).unwrap().count(), 1);

    // Down and up: another process, the same port, the same agent.
    assert!(home.run(&["down"]).status.success());
    let later = up(&home, &["--strict"]);
    assert_ne!(later["pid"], first["pid"]);
    assert_eq!(
        (&later["url"], &later["agent_mint"], &later["strict"]),
        (&first["url"], &first["agent_mint"], &json!(true))
    );
    let list = Request::new("GET", &format!("/v1/agents/{mint}/api-keys"))
        .sign(&key, mint, &iso(0))
        .send(port)
        .json();
    assert_eq!(list["items"][0]["label"], "local runtime");
    let warned = home.run(&["up"]);
    assert!(warned.status.success() && stderr(&warned).contains("other options"), "{warned:?}");
}

#[test]
fn status_and_down() {
    let home = Home::new();
    assert_fails(&home, &["status"], 3, "down");
    let down = home.run(&["down", "--json"]);
    assert!(down.status.success());
    assert_eq!(document(&down)["stopped"], false);
    let started = up(&home, &[]);
    let status = home.run(&["status", "--json"]);
    assert!(status.status.success(), "{status:?}");
    for field in ["url", "pid", "strict", "data_dir"] {
        assert_eq!(document(&status)[field], started[field], "{field}");
    }
    let down = home.run(&["down", "--json"]);
    assert_eq!(document(&down)["stopped"], true);
    assert_fails(&home, &["status"], 3, "down");
    assert!(stdout(&home.run(&["down"])).contains("not running"));
}

#[test]
fn several_at_once_start_one_server_with_one_agent() {
    let home = Home::new();
    let children: Vec<_> = (0..4)
        .map(|_| {
            home.command(&["up", "--json"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    let documents: Vec<_> = children
        .into_iter()
        .map(|child| {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success(), "{output:?}");
            document(&output)
        })
        .collect();
    for other in &documents {
        for field in ["pid", "url", "agent_mint"] {
            assert_eq!(other[field], documents[0][field], "{field}");
        }
    }
}

#[test]
fn a_killed_server_is_down_and_comes_up_again() {
    let home = Home::new();
    let started = up(&home, &[]);
    let pid =
        rustix::process::Pid::from_raw(i32::try_from(started["pid"].as_i64().unwrap()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    // Its lock goes with it, a moment after the signal.
    while home.run(&["status"]).status.code() != Some(3) {}
    let again = up(&home, &[]);
    assert_ne!(again["pid"], started["pid"]);
    assert_eq!((&again["url"], &again["agent_mint"]), (&started["url"], &started["agent_mint"]));
}

#[test]
fn one_server_a_directory() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    assert_fails(&home, &["run"], 1, "already_running");
    assert_eq!(server.send(&Request::new("GET", "/v1/health")).status, 200);
    // Beside it, with data of its own.
    let other = Server::start(&home, &["--data", home.path("other").to_str().unwrap()]);
    assert_ne!(other.port, server.port);
    let status = home.run(&["status", "--json", "--data", home.path("other").to_str().unwrap()]);
    assert_eq!(document(&status)["url"], format!("http://127.0.0.1:{}", other.port).as_str());
}

#[test]
fn a_signal_ends_the_server_in_good_order() {
    for signal in [rustix::process::Signal::TERM, rustix::process::Signal::INT] {
        let home = Home::new();
        let mut server = Server::start(&home, &[]);
        // An idle client doesn't hold it up.
        let _idle = std::net::TcpStream::connect(("127.0.0.1", server.port)).unwrap();
        let pid = rustix::process::Pid::from_child(&server.child);
        rustix::process::kill_process(pid, signal).unwrap();
        assert!(server.child.wait().unwrap().success());
        let state: Value =
            serde_json::from_slice(&fs::read(home.data().join("server.json")).unwrap()).unwrap();
        assert_eq!(state["port"], server.port);
        assert_eq!(fs::metadata(home.data().join("lock")).unwrap().len(), 0);
    }
}

#[test]
fn a_port_that_is_taken() {
    let home = Home::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let said = assert_fails(&home, &["run", "--port", &port], 1, "port_in_use");
    assert!(said.contains(&port) && said.contains("--port N"), "{said}");
    let said = assert_fails(&home, &["up", "--port", &port], 1, "server");
    assert!(said.contains(&format!("port `{port}` is in use")) && said.contains("--port N"), "{said}");
    assert!(!home.agent_file().exists());
    drop(taken);
    assert_eq!(up(&home, &["--port", &port])["url"], format!("http://127.0.0.1:{port}").as_str());
}

#[test]
fn a_directory_that_is_there_keeps_its_mode() {
    let home = Home::new();
    let shared = home.path("shared");
    fs::create_dir(&shared).unwrap();
    fs::set_permissions(&shared, fs::Permissions::from_mode(0o755)).unwrap();
    let server = Server::start(&home, &["--data", shared.to_str().unwrap()]);
    assert_eq!(server.send(&Request::new("GET", "/v1/health")).status, 200);
    assert_eq!(mode(&shared), 0o755);
    for entry in fs::read_dir(&shared).unwrap() {
        assert_eq!(mode(&entry.unwrap().path()) & 0o077, 0);
    }
}

#[test]
fn it_listens_on_loopback_only() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    // Binding the same port for every other address works, so nobody has it.
    assert!(TcpListener::bind(("127.0.0.2", server.port)).is_ok());
}

#[test]
fn another_apis_agent_is_left_alone() {
    let home = Home::new();
    for url in [json!("https://api.leash.market"), json!("http://127.0.0.1.evil.example"), Value::Null] {
        let file = json!({ "version": 1, "agent_mint": MINT, "network": "solana-devnet", "api_url": url })
            .to_string();
        fs::create_dir_all(home.agent_file().parent().unwrap()).unwrap();
        fs::write(home.agent_file(), &file).unwrap();
        fs::set_permissions(home.agent_file(), fs::Permissions::from_mode(0o600)).unwrap();
        assert_fails(&home, &["up"], 1, "agent_exists");
        assert_eq!(fs::read_to_string(home.agent_file()).unwrap(), file);
        assert_eq!(home.run(&["status"]).status.code(), Some(3));
    }
    fs::write(home.agent_file(), "{").unwrap();
    assert_fails(&home, &["up"], 4, "malformed_file");
    assert_eq!(fs::read_to_string(home.agent_file()).unwrap(), "{");
}

#[test]
fn the_agent_follows_the_server() {
    let home = Home::new();
    let started = up(&home, &[]);
    assert!(home.run(&["down"]).status.success());
    // As a person left it: other fields, another order.
    let mut file = agent_file(&home);
    file["note"] = json!({ "kept": [1, 2] });
    file["api_key"] = json!("lsh_test_000000000000000000");
    file["api_url"] = json!("http://localhost:1");
    fs::write(home.agent_file(), file.to_string()).unwrap();
    // A new database knows nobody, until the server is up.
    let reset = home.run(&["reset", "--yes", "--json"]);
    assert!(reset.status.success(), "{reset:?}");
    let again = up(&home, &[]);
    assert_eq!((&again["url"], &again["agent_mint"]), (&started["url"], &started["agent_mint"]));
    file["api_url"] = started["url"].clone();
    assert_eq!(agent_file(&home), file);
    assert_eq!(mode(&home.agent_file()), 0o600);
    let agents = document(&home.run(&["agent", "list", "--json"]));
    assert_eq!(agents["items"][0]["agent_mint"], started["agent_mint"]);
}

#[test]
fn reset_asks_first() {
    let home = Home::new();
    let mut server = home.serve(&[]);
    let key = server.create_key("forgotten");
    assert_fails(&home, &["reset"], 2, "usage");
    let read =
        |server: &Server| server.send(&Request::new("GET", &format!("/v1/receipts/{MINT}")).bearer(&key));
    assert_eq!(read(&server).status, 200);
    let output = home.run(&["reset", "--yes"]);
    assert!(output.status.success(), "{output:?}");
    assert!(server.child.wait().unwrap().success());
    let (port, server) = (server.port, home.serve(&[]));
    assert_eq!(server.port, port);
    assert_eq!(read(&server).message(), "api key not recognized");
}

#[test]
fn agents_by_hand() {
    let home = Home::new();
    assert_eq!(document(&home.run(&["agent", "list", "--json"]))["items"], json!([]));
    let add = [
        "agent",
        "add",
        "--mint",
        MINT,
        "--executive",
        EXECUTIVE,
        "--network",
        "mainnet",
        "--name",
        "a\u{1b}[31mb",
    ];
    assert_eq!(document(&home.run(&[&add[..], &["--json"]].concat()))["added"], true);
    assert_eq!(document(&home.run(&[&add[..], &["--json"]].concat()))["added"], false);
    assert_fails(&home, &["agent", "add", "--mint", MINT, "--executive", EXECUTIVE], 1, "agent_exists");
    assert!(home.run(&["agent", "disable", MINT]).status.success());
    let text = stdout(&home.run(&["agent", "list"]));
    assert_eq!(text, format!("{MINT}  solana-mainnet  a\\u{{1b}}[31mb  disabled\n"));
    assert!(home.run(&["agent", "enable", MINT]).status.success());
    assert_eq!(document(&home.run(&["agent", "list", "--json"]))["items"][0]["active"], true);
    assert_fails(&home, &["agent", "disable", EXECUTIVE], 1, "unknown_agent");
}

#[test]
fn logs_show_requests_and_no_secrets() {
    let home = Home::new();
    assert_fails(&home, &["logs"], 1, "no_log");
    let url = up(&home, &[])["url"].as_str().unwrap().to_owned();
    let port = url.rsplit(':').next().unwrap().parse().unwrap();
    Request::new("GET", "/v1/nope?token=secret").bearer("lsh_test_secret").send(port);
    // The line is written before the answer is sent.
    let text = stdout(&home.run(&["logs", "-n", "1"]));
    assert!(text.contains("GET /v1/nope 401 ") && !text.contains("secret"), "{text}");
    assert_eq!(text.lines().count(), 1);
    let lines = document(&home.run(&["logs", "--json"]));
    assert!(lines["lines"].as_array().unwrap().len() > 1);
    assert_eq!(mode(&home.data().join("server.log")), 0o600);
    let output = home.run(&["logs", "--follow", "--json"]);
    assert_eq!((output.status.code(), &document(&output)["code"]), (Some(2), &json!("usage")));
}

#[test]
fn mistakes_are_usage_errors() {
    let home = Home::new();
    for args in [
        &["frobnicate"][..],
        &["up", "--port", "0"],
        &["up", "--port", "65536"],
        &["up", "--port", "x"],
        &["run", "--rate-limit", "0"],
        &["up", "--unknown"],
        &["up", "extra"],
        &["logs", "-n", "-1"],
        &["agent"],
        &["agent", "add", "--mint", MINT],
        &["agent", "add", "--mint", "short", "--executive", EXECUTIVE],
        &["agent", "add", "--mint", MINT, "--executive", EXECUTIVE, "--network", "testnet"],
        &["agent", "disable"],
    ] {
        assert_fails(&home, args, 2, "usage");
    }
    let output = home.run(&[]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(home.run(&["--help"]).status.success());
    assert!(stdout(&home.run(&["--version"])).starts_with("leash-sandbox "));
    assert!(!home.data().exists());
}

#[test]
fn the_host_says_how_to_speak() {
    let home = Home::new();
    let context = json!({
        "v": 1, "invocation": "0", "depth": 1, "plugin": { "name": "sandbox", "source": "bundled" },
        "global": { "json": true, "color": "auto", "quiet": false, "verbose": 0 },
        "dirs": { "data": "/d", "cache": "/c" }, "host": { "bin": "/b", "version": "0" },
    });
    let mut command = home.command(&["status"]);
    let output =
        command.env("LEASH_CONTEXT", context.to_string()).env("LEASH_PLUGIN", "sandbox").output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(document(&output)["code"], "down");
    let output = home.command(&["up", "--nope"]).env("LEASH_PLUGIN", "sandbox").output().unwrap();
    assert!(stderr(&output).contains("`leash sandbox --help`"), "{output:?}");
}
