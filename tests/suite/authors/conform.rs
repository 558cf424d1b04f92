//! `leash plugin test`: each case finds the fault that it is for, and no other.

use leash_test_needs::needs;
use leash_tests::Home;
use serde_json::Value;

use super::{GREETS, case, cases, tested};

const MANIFEST: &str = r#"
schema = 1
protocol = [1]
name = "bad"
version = "1.0.0"
summary = "A plugin with one fault"
[sign]
max_signatures = 1
scopes = [{ methods = ["GET"], path = "/v1/agents/{mint}/api-keys", reason = "count them" }]
"#;

/// A plugin in Python that signs and sends one request, with a place for a fault before, after and in between.
fn python(before: &str, asked: &str, after: &str) -> String {
    format!(
        r#"#!/usr/bin/env python3
import hashlib, json, os, signal, socket, struct, subprocess, sys, time, urllib.request
{before}
context = json.load(open("/dev/fd/" + os.environ["LEASH_CONTEXT_FD"]))
{GREETS}path = "/v1/agents/" + context["agent"]["mint"] + "/api-keys"
answer = ask(1, op="sign_http", method="GET", path=path, query="", body_sha256=hashlib.sha256(b"").hexdigest())
{asked}
headers = answer["ok"]["headers"]
def get(headers, path=path):
    request = urllib.request.Request(context["api"]["base_url"] + path, headers=headers)
    return json.load(urllib.request.urlopen(request, timeout=30))
{after}
"#
    )
}

/// Runs some cases on a plugin; the document, whose status the exit status agrees with.
#[track_caller]
fn run(script: &str, names: &[&str], more: &[&str]) -> Value {
    let home = Home::new();
    let _ = home.write_script("leash-bad", script);
    let _ = home.write("leash-bad.toml", MANIFEST, 0o644);
    let mut words = vec!["leash-bad"];
    names.iter().for_each(|name| words.extend(["--case", name]));
    words.extend(more);
    let outcome = tested(&home, &words);
    let document = outcome.json();
    let failed = document["failed"].as_u64().unwrap() > 0;
    assert_eq!(outcome.status, if failed { 3 } else { 0 }, "{outcome:?}");
    assert_eq!(document["status"], if failed { "failed" } else { "ok" });
    assert_eq!(document["kind"], "plugin_test");
    document
}

#[track_caller]
fn one(script: &str, name: &str) -> String {
    case(&run(script, &[name], &[]), name).to_owned()
}

const SENDS: &str = "print(len(get(headers)['items']))";

#[needs("python3")]
#[test]
fn a_signature_for_something_else_is_found_out() {
    let other = python("", "", "get(headers, path + '?limit=5')");
    assert_eq!(one(&other, "signatures"), "failed");
    let made_up = python("", "", "get({**headers, 'x-leash-sig': '1' * 88})");
    assert_eq!(one(&made_up, "signatures"), "failed");
    let bare = python("", "", "get({})");
    assert_eq!(one(&bare, "signatures"), "failed");
    assert_eq!(one(&python("", "", SENDS), "signatures"), "ok");
}

/// It takes the answer to another request for its own.
#[needs("python3")]
#[test]
fn an_answer_to_another_request_is_no_answer() {
    assert_eq!(one(&python("", "", SENDS), "wrong-id"), "failed");
    let careful = python("", "answer['id'] == 1 or sys.exit('error: another answer')", SENDS);
    assert_eq!(one(&careful, "wrong-id"), "ok");
}

#[needs("python3")]
#[test]
fn success_that_was_none_is_found_out() {
    let liar = python("", "if 'err' in answer: print(2); sys.exit(0)", SENDS);
    let names = ["denied-scope", "quota", "expired", "locked", "internal"];
    let document = run(&liar, &names, &[]);
    assert_eq!(cases(&document, "failed"), names, "{document:#}");
    // Who does without, and says so, is none.
    let honest = python("", "if 'err' in answer: print('unknown'); sys.exit(0)", SENDS);
    assert_eq!(cases(&run(&honest, &names, &[]), "ok"), names);
    // Nor is who dies of it, but this could be said better.
    assert_eq!(one(&python("", "", SENDS), "denied-scope"), "warning");
}

#[needs("python3")]
#[test]
fn statuses_are_compared_with_those_of_the_contract() {
    let other = python("", "if 'err' in answer: sys.exit('error: ' + answer['err']['message'])", SENDS);
    assert_eq!(one(&other, "denied-scope"), "warning");
    let right = python("", "if 'err' in answer: print('no', file=sys.stderr); sys.exit(125)", SENDS);
    assert_eq!(one(&right, "denied-scope"), "ok");
    assert_eq!(one(&right, "locked"), "warning");
}

#[needs("python3")]
#[test]
fn who_waits_forever_is_ended() {
    let waits = python("", "if 'err' in answer: time.sleep(1000)", SENDS);
    let document = run(&waits, &["expired", "huge-length"], &["--timeout", "2s"]);
    assert_eq!(cases(&document, "failed"), ["expired", "huge-length"], "{document:#}");
}

#[needs("python3")]
#[test]
fn signals_that_are_ignored_are_found_out() {
    let deaf = python("signal.signal(signal.SIGTERM, signal.SIG_IGN)", "", SENDS);
    let document = run(&deaf, &["term", "hup"], &["--timeout", "2s"]);
    assert_eq!((case(&document, "term"), case(&document, "hup")), ("failed", "ok"), "{document:#}");
    let pretends = python("signal.signal(signal.SIGTERM, lambda *_: os._exit(0))", "", SENDS);
    assert_eq!(one(&pretends, "term"), "failed");
    assert_eq!(one(&python("", "", SENDS), "int"), "warning", "a traceback");
}

#[needs("python3")]
#[test]
fn output_that_is_lost_is_no_success() {
    let careless = python("", "", "try: print(get(headers), flush=True)\nexcept OSError: os._exit(0)");
    assert_eq!(one(&careless, "stdout-full"), "failed");
    let names = ["stdout-gone", "stdout-full"];
    let document = run(&python("", "", SENDS), &names, &[]);
    assert_eq!(cases(&document, "warning"), names, "a traceback: {document:#}");
}

#[needs("python3")]
#[test]
fn one_document_or_none() {
    let two = python("", "", "print('{}\\n{}' if context['global']['json'] else len(get(headers)))");
    assert_eq!(one(&two, "json"), "failed");
    let one_document = python("", "", "print('{}' if context['global']['json'] else len(get(headers)))");
    assert_eq!(one(&one_document, "json"), "ok");
    assert_eq!(one(&python("", "", "print('x')"), "json"), "skipped");
}

#[needs("python3")]
#[test]
fn a_signature_that_others_can_see_is_found_out() {
    let argument = "subprocess.run([sys.executable, '-c', 'import sys, urllib.request as u; u.urlopen(u.Request(sys.argv[1], \
                    headers=dict(a.split(\"=\", 1) for a in sys.argv[2:])))', context['api']['base_url'] + path, \
                    *[f'{k}={v}' for k, v in headers.items()]], check=True)";
    assert_eq!(one(&python("", "", argument), "visible"), "failed");
    assert_eq!(one(&python("", "", "print(headers)"), "visible"), "warning");
    assert_eq!(one(&python("", "", SENDS), "visible"), "ok");
}

#[needs("python3")]
#[test]
fn who_is_left_behind_is_named_and_ended() {
    let daemon = python("", "", "subprocess.Popen(['sleep', '1000'], start_new_session=True)");
    let document = run(&daemon, &["left-behind"], &[]);
    assert_eq!(case(&document, "left-behind"), "warning");
    assert!(document["items"][0]["why"].as_str().unwrap().contains("sleep"), "{document:#}");
}

#[needs("python3")]
#[test]
fn a_context_that_is_only_in_the_descriptor_is_read() {
    let variable = python("json.loads(os.environ['LEASH_CONTEXT'])", "", SENDS);
    let document = run(&variable, &["big-context", "later"], &[]);
    assert_eq!((case(&document, "big-context"), case(&document, "later")), ("failed", "ok"));
}

#[needs("python3")]
#[test]
fn who_asks_for_more_than_its_manifest_is_found_out() {
    let more = "ask(2, op='sign_http', method='POST', path=path, query='', body_sha256='0' * 64)";
    let document = run(&python("", more, SENDS), &["scopes"], &[]);
    assert_eq!(case(&document, "scopes"), "failed", "{document:#}");
}

#[test]
fn any_executable_can_be_looked_at() {
    let home = Home::new();
    let _ = home.write_script("hello", "#!/bin/sh\necho hello\n");
    let outcome = tested(&home, &["hello"]);
    let document = outcome.json();
    assert_eq!(outcome.status, 0, "{document:#}");
    assert_eq!(case(&document, "run"), "ok");
    assert_eq!(case(&document, "denied-scope"), "skipped");
    let _ = home.write_script("crash", "#!/bin/sh\nkill -SEGV $$\n");
    assert_eq!(tested(&home, &["crash"]).status, 3);
    let _ = home.write("plain", "#!/bin/sh\n", 0o644);
    home.leash(["plugin", "test", "./plain"]).outcome().assert_failure(126);
    home.leash(["plugin", "test", "./nothing"]).outcome().assert_failure(1);
    home.leash(["plugin", "test", "hello", "--case", "moon"]).outcome().assert_failure(2);
    let listed = home.leash(["plugin", "test", "--list", "--json"]).ok().json();
    assert_eq!(listed["count"], document["items"].as_array().unwrap().len());
}

/// A socket in the file system, stdin that holds the context, requests signed beforehand.
#[needs("python3")]
#[test]
fn the_manifest_says_how_it_is_run() {
    let home = Home::new();
    let script = r#"#!/usr/bin/env python3
import json, os, socket, sys, urllib.request
context = json.load(sys.stdin)
where = os.environ["LEASH_SIGNER"].removeprefix("unix:")
socket.socket(socket.AF_UNIX).connect(where)
one = context["presigned"][0]
assert os.environ.get("KEPT") == "1" and "DROPPED" not in os.environ
request = urllib.request.Request(context["api"]["base_url"] + one["path"], headers=one["headers"])
print(len(json.load(urllib.request.urlopen(request))["items"]))
"#;
    let _ = home.write_script("leash-bad", script);
    let more = "[run]\nstdin = \"context\"\nsigner = \"unix\"\nenv = [\"KEPT\"]\n[[presign]]\nmethod = \"GET\"\n\
                path = \"/v1/agents/{mint}/api-keys\"\n";
    let _ = home.write("leash-bad.toml", format!("{MANIFEST}{more}"), 0o644);
    let run = home
        .leash(["plugin", "test", "leash-bad", "--case", "run", "--json"])
        .env("KEPT", "1")
        .env("DROPPED", "1");
    let outcome = run.outcome();
    assert_eq!(outcome.status, 0, "{outcome:?}");
}
