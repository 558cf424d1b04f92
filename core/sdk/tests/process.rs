//! A plugin in a process of its own, started as the host does: this very program, playing its part.
#![allow(clippy::disallowed_methods, missing_docs, clippy::unwrap_used)]

use std::{
    env,
    os::unix::net::UnixListener,
    process::{Command, Output, Stdio},
    thread,
};

use leash_sdk::{
    Context, Signer,
    mock::{Honest, Launch, Mock, context},
};
use serde_json::{Value, json};

const SCOPE: &str = "GET /v1/agents/{mint}/api-keys";

/// The plugin: says who it runs for and signs as often as it is told.
#[test]
#[ignore = "the part of the plugin, played where another test starts it"]
#[allow(clippy::print_stdout)]
fn plugin() {
    let report = || -> Result<Value, leash_sdk::Error> {
        let context = Context::load()?;
        let mut signed = 0;
        for _ in 0..env::var("TIMES").map_or(0, |times| times.parse().unwrap()) {
            Signer::connect()?.sign_http("GET", &context.path("/v1/agents/{mint}/api-keys")?, "", b"")?;
            signed += 1;
        }
        Ok(json!({
            "plugin": context.plugin.name, "mint": context.require_agent()?.mint, "signed": signed,
            "padding": context.document()["padding"].as_str().map(str::len),
            "presigned": context.presigned().iter().map(|p| p.path.clone()).collect::<Vec<_>>(),
            "grant": context.grant().map(|grant| grant.max_signatures),
        }))
    };
    let said = report().unwrap_or_else(|error| json!({"error": error.code(), "message": error.to_string()}));
    println!("\nSAID {said}");
}

fn launch() -> Launch {
    let role = ["plugin", "--exact", "--ignored", "--nocapture", "--test-threads=1"];
    role.iter().fold(Launch::new(env::current_exe().unwrap()), |launch, word| launch.arg(*word))
}

fn said(output: &Output) -> Value {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("SAID "));
    serde_json::from_str(line.unwrap_or_else(|| panic!("{output:?}"))).unwrap()
}

fn run(launch: Launch, change: impl FnOnce(&mut Command)) -> Value {
    said(&launch.output(change).unwrap())
}

#[test]
fn the_context_comes_by_descriptor_variable_or_stdin() {
    let whole = run(launch(), |_| {});
    assert_eq!(whole["plugin"], "test");
    let inline = run(launch(), |command| {
        command.env_remove("LEASH_CONTEXT_FD");
    });
    assert_eq!(inline, whole);
    // Where the descriptor was closed, or is another file by now.
    for number in ["9", "1", "x", "-1", "77"] {
        let fallen_back = run(launch(), |command| {
            command.env("LEASH_CONTEXT_FD", number);
        });
        assert_eq!(fallen_back, whole, "{number}");
    }
    let mut child = launch()
        .spawn(|command| {
            command.env_remove("LEASH_CONTEXT_FD").env_remove("LEASH_CONTEXT").stdin(Stdio::piped());
        })
        .unwrap();
    serde_json::to_writer(child.stdin.take().unwrap(), &context()).unwrap();
    assert_eq!(said(&child.child.wait_with_output().unwrap()), whole);
}

#[test]
fn a_big_context_comes_whole_and_tells_of_signing() {
    let mut big = context();
    big["padding"] = json!("x".repeat(3 << 20));
    big["grant"] = json!({"scopes": [], "max_signatures": 7, "expires_at": null, "later": 1});
    let headers = json!({"x-leash-agent": "M", "x-leash-timestamp": "T", "x-leash-sig": "S"});
    big["presigned"] = json!([{"method": "GET", "path": "/v1/x", "headers": headers, "expires_at": "E"}]);
    let heard = run(launch().context(big), |_| {});
    assert_eq!((&heard["padding"], &heard["grant"]), (&json!(3 << 20), &json!(7)));
    assert_eq!(heard["presigned"], json!(["/v1/x"]));
}

#[test]
fn what_is_signed_already_comes_by_the_descriptor_alone() {
    let headers = json!({"x-leash-agent": "M", "x-leash-timestamp": "T", "x-leash-sig": "S"});
    let mut granted = context();
    granted["presigned"] = json!([{"method": "GET", "path": "/v1/x", "headers": headers, "expires_at": "E"}]);
    assert_eq!(run(launch().context(granted.clone()), |_| {})["presigned"], json!(["/v1/x"]));
    let inline = run(launch().context(granted), |command| {
        command.env_remove("LEASH_CONTEXT_FD");
    });
    assert_eq!(inline["presigned"], json!([]));
}

#[test]
fn what_is_no_context_is_refused() {
    let alone = run(launch(), |command| {
        command.env_remove("LEASH_CONTEXT_FD").env_remove("LEASH_CONTEXT").env_remove("LEASH_PROTOCOL");
    });
    assert_eq!(alone["error"], "not_a_plugin");
    let other = run(launch(), |command| {
        command.env("LEASH_INVOCATION", "ff");
    });
    assert_eq!(other["error"], "context");
    let mut later = context();
    later["v"] = json!(2);
    assert_eq!(
        run(launch().context(later), |_| {})["message"],
        "the context can't be used: it is of version 2, not 1"
    );
    let mut nobody = context();
    nobody.as_object_mut().unwrap().remove("agent");
    assert_eq!(run(launch().context(nobody), |_| {})["error"], "no_agent");
}

#[test]
fn the_signer_comes_by_descriptor_or_by_path() {
    let mut honest = Honest::granting(&[SCOPE]);
    let (mock, socket) = Mock::start(move |request| honest.answer(request)).unwrap();
    let heard = run(launch().signer(socket), |command| {
        command.env("TIMES", "3");
    });
    assert_eq!(heard["signed"], 3);
    assert_eq!(mock.seen().len(), 6);

    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("signer");
    let listener = UnixListener::bind(&path).unwrap();
    let accepted = thread::spawn(move || {
        let mut honest = Honest::granting(&[SCOPE]);
        Mock::on(listener.accept().unwrap().0, move |request| honest.answer(request)).unwrap()
    });
    let heard = run(launch(), |command| {
        command.env("TIMES", "1").env("LEASH_SIGNER", format!("unix:{}", path.display()));
    });
    assert_eq!(heard["signed"], 1, "{heard}");
    assert_eq!(accepted.join().unwrap().seen().len(), 2);
}

#[test]
fn what_is_no_signer_is_refused() {
    for (address, code) in [
        ("", "no_signer"),
        ("fd:8", "wrong_signer"),
        ("fd:5", "wrong_signer"),
        ("fd:44", "wrong_signer"),
        ("fd:", "wrong_signer"),
        ("fd:-1", "wrong_signer"),
        ("7", "wrong_signer"),
        ("unix:/nonexistent", "wrong_signer"),
    ] {
        let heard = run(launch(), |command| {
            command.env("TIMES", "1").env("LEASH_SIGNER", address);
        });
        assert_eq!(heard["error"], code, "{address}: {heard}");
    }
}

#[test]
fn processes_that_share_a_socket_take_turns() {
    let mut honest = Honest::granting(&[SCOPE]);
    honest.max_signatures = 10_000;
    let (mock, socket) = Mock::start(move |request| honest.answer(request)).unwrap();
    let spawn = |_| {
        let launch = launch().signer(socket.try_clone().unwrap());
        launch.spawn(|command| _ = command.env("TIMES", "50")).unwrap()
    };
    let children: Vec<_> = (0..6).map(spawn).collect();
    // Threads of this process as well, each of whose signers closes its descriptor after one signature.
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..50 {
                    let signer = Signer::over(socket.try_clone().unwrap(), None).unwrap();
                    signer.sign_http("GET", "/v1/other", "", b"").unwrap_err();
                }
            });
        }
    });
    for child in children {
        assert_eq!(said(&child.child.wait_with_output().unwrap())["signed"], 50);
    }
    // None was torn: each is a request that the mock could read.
    assert_eq!(mock.seen().len(), (6 + 2) * 50 * 2);
    assert!(mock.seen().iter().all(|request| request["op"].is_string()));
}

#[test]
fn who_is_killed_while_it_waits_leaves_the_socket_usable() {
    let mut honest = Honest::granting(&[SCOPE]);
    let (asked, heard) = std::sync::mpsc::channel();
    let (go, gone) = std::sync::mpsc::channel::<()>();
    let mut first = true;
    let (_mock, socket) = Mock::start(move |request| {
        if request["op"] == "sign_http" && std::mem::take(&mut first) {
            asked.send(()).unwrap();
            gone.recv().unwrap();
        }
        honest.answer(request)
    })
    .unwrap();
    let killed = launch().signer(socket.try_clone().unwrap());
    let mut child = killed.spawn(|command| _ = command.env("TIMES", "1")).unwrap();
    heard.recv().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    go.send(()).unwrap();
    let after = run(launch().signer(socket), |command| {
        command.env("TIMES", "2");
    });
    assert_eq!(after["signed"], 2, "{after}");
}
