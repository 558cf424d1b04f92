//! `leash plugin lint`: what it finds, in which line, and what it leaves alone.

use leash_tests::Home;
use serde_json::Value;

const GOOD: &str = r#"schema = 1
protocol = [1]
name = "foo"
version = "1.0.0"
summary = "Counts keys"
"#;

/// What is found in a plugin with this manifest and executable: rule and line.
fn found(manifest: &str, script: &[u8], mode: u32) -> (i32, Vec<(String, Option<u64>)>, Value) {
    let home = Home::new();
    let _ = home.write("leash-foo", script, 0o755);
    home.chmod("leash-foo", mode);
    let _ = home.write("leash-foo.toml", manifest, 0o644);
    let outcome = home.leash(["plugin", "lint", "--json"]).outcome();
    let document = outcome.json();
    assert_eq!(document["kind"], "plugin_lint");
    let items = document["items"].as_array().unwrap();
    let rule = |item: &Value| (item["rule"].as_str().unwrap().to_owned(), item["line"].as_u64());
    (outcome.status, items.iter().map(rule).collect(), document.clone())
}

/// That a manifest has this fault, in the line that ends in `#!`.
#[track_caller]
fn has(rest: &str, rule: &str, status: i32) {
    let text = format!("{GOOD}{rest}\n");
    let line = text.lines().position(|line| line.ends_with("#!")).expect("a mark") as u64 + 1;
    let (exit, all, document) = found(&text, b"#!/bin/sh\n", 0o755);
    assert_eq!(exit, status, "{document:#}");
    assert!(all.contains(&(rule.to_owned(), Some(line))), "{rule} in line {line}: {document:#}");
}

#[test]
fn a_good_one_is_left_alone() {
    let (status, all, document) = found(GOOD, b"#!/bin/sh\n", 0o755);
    assert_eq!((status, all.len()), (0, 0), "{document:#}");
}

#[test]
fn manifests() {
    has("colour = 1 #!", "unknown_key", 0);
    has("[run]\nfast = true #!", "unknown_key", 0);
    has("[run]\nenv = [\"LD_PRELOAD\"] #!", "invalid", 3);
    has("[run]\nenv = [\n\"AWS_SECRET_ACCESS_KEY\", #!\n]", "secret_variable", 0);
    has("[run]\napi_key = true #!", "api_key", 0);
    has("[[presign]]\nmethod = \"GET\"\npath = \"/v1/x\"\n[sign] #!\nscopes = []", "no_scopes", 3);
    has("[sign]\nmax_signatures = 0 #!\nscopes = []", "never_signs", 3);
    has("kind = \"moon\" #!", "invalid", 3);
    has("[sign #!", "invalid", 3);
}

#[test]
fn scopes() {
    let scope = |line: &str| format!("[sign]\nscopes = [\n{line} #!\n]");
    has(&scope(r#"{ methods = ["GET"], path = "/v1/**", reason = "r" },"#), "wide_path", 0);
    has(&scope(r#"{ methods = ["GET"], path = "/v1/x" },"#), "no_reason", 0);
    has(
        &scope(r#"{ methods = ["POST"], path = "/v1/agents/{mint}/api-keys", reason = "r" },"#),
        "lasting",
        0,
    );
    has(&scope(r#"{ methods = ["POST"], path = "/v1/links", reason = "r" },"#), "writes", 0);
    has(&scope(r#"{ methods = ["FETCH"], path = "/v1/x", reason = "r" },"#), "never_matches", 3);
    has(&scope(r#"{ methods = ["GET"], path = "/v2/x", reason = "r" },"#), "never_matches", 3);
    has(&scope(r#"{ methods = ["get"], path = "/v1/x", reason = "r" },"#), "invalid", 3);
    has(&scope(r#"{ methods = ["GET"], path = "/v1/{agent}/x", reason = "r" },"#), "invalid", 3);
    let mint = "B5MXMAMebjwkaQjzRiVh2LfvUZbM58FXGdMZGFq8pngj";
    has(
        &scope(&format!("{{ methods = [\"GET\"], path = \"/v1/agents/{mint}/x\", reason = \"r\" }},")),
        "one_agent",
        3,
    );
    let twice = "{ methods = [\"GET\"], path = \"/v1/*/x\", reason = \"r\" },\n\
                 { methods = [\"GET\"], path = \"/v1/a/x\", reason = \"r\" },";
    has(&scope(twice), "needless_scope", 0);
}

#[test]
fn payments() {
    let pay = |call: &str, day: &str, hosts: &str| {
        format!("[pay]\nmax_per_call = \"{call}\n max_per_day = \"{day}\nhosts = [\n{hosts}\n]")
    };
    let shop = "\"shop.example\"";
    let (status, all, document) =
        found(&format!("{GOOD}{}\n", pay("0.05\"", "1\"", shop)), b"#!/bin/sh\n", 0o755);
    assert_eq!((status, all.len()), (0, 0), "{document:#}");
    has(&pay("0\" #!", "1\"", shop), "never_pays", 3);
    has(&pay("0.05\"", "0\" #!", shop), "never_pays", 3);
    has(&pay("0.05\"", "0.04\" #!", shop), "day_below_call", 0);
    has(&pay("0.05\"", "101\" #!", shop), "pays_much", 0);
    has(&pay("0.05\"", "1\"", "\"Shop.example\", #!"), "odd_host", 0);
    has(&pay("1e3\" #!", "1\"", shop), "invalid", 3);
    has("[pay] #!\nmax_per_call = \"1\"\nmax_per_day = \"1\"\nhosts = []", "no_hosts", 0);
}

/// All that is wrong is said at once.
#[test]
fn every_fault_is_named() {
    let rest = "[run]\nenv = [\"PYTHONPATH\", \"A*\"]\n[[presign]]\nmethod = \"GET\"\npath = \"/v1/x\"\n\
                [[command]]\npath = [\"-x\"]\nflags = [{ long = \"a b\", short = \"xy\", help = \"h\" }]\n";
    let (status, all, document) = found(&format!("{GOOD}{rest}"), b"#!/bin/sh\n", 0o755);
    assert_eq!((status, all.len()), (3, 6), "{document:#}");
}

#[test]
fn subcommands() {
    let command = |rest: &str| format!("[[command]]\npath = [\"a\"]\nsummary = \"s\"\n{rest}");
    let flags = "flags = [\n{ long = \"x\", help = \"h\" },\n{ long = \"x\", help = \"h\" }, #!\n]";
    has(&command(flags), "duplicate_flag", 3);
    let shorts = "flags = [\n{ long = \"x\", short = \"s\", help = \"h\" },\n{ long = \"y\", short = \"s\", help = \"h\" }, #!\n]";
    has(&command(shorts), "duplicate_flag", 3);
    has(&command("flags = [{ long = \"x\" }] #!"), "no_help", 0);
    has(&command("[[command]]\nsummary = \"s\"\npath = [\"a\"] #!"), "shadowed_command", 3);
}

#[test]
fn texts() {
    let with = |from: &str, to: &str| GOOD.replace(from, to);
    for (manifest, rule, line, status) in [
        (with("Counts keys", "a\\u001b[31mb"), "control_characters", 5, 3),
        (with("Counts keys", &"a".repeat(81)), "long_summary", 5, 0),
        (with("Counts keys", ""), "no_summary", 5, 0),
        (with("1.0.0", "1.0"), "bad_version", 4, 3),
        (with("[1]", "[1, 2]"), "unknown_protocol", 2, 0),
        (with("[1]", "[2]"), "invalid", 2, 3),
        (with("schema = 1", "schema = 2"), "invalid", 1, 3),
        (with("\"foo\"", "\"bar\""), "invalid", 3, 3),
    ] {
        let (exit, all, document) = found(&manifest, b"#!/bin/sh\n", 0o755);
        assert_eq!(exit, status, "{rule}: {document:#}");
        assert!(all.contains(&(rule.to_owned(), Some(line))), "{rule}: {document:#}");
    }
}

#[test]
fn executables() {
    let script = b"#!/bin/sh\n";
    for (bytes, mode, rule, status) in [
        (&script[..], 0o644, "not_executable", 3),
        (script, 0o775, "group_writable", 0),
        (script, 0o757, "world_writable", 3),
        (script, 0o4755, "no_grant", 3),
        (b"#!/bin/sh\r\necho\r\n", 0o755, "crlf", 3),
        (b"\xef\xbb\xbf#!/bin/sh\n", 0o755, "byte_order_mark", 3),
        (b"echo hello\n", 0o755, "no_shebang", 3),
        (b"#!/nowhere/sh\n", 0o755, "no_grant", 3),
        (b"\x00\x01\x02", 0o755, "no_grant", 3),
    ] {
        let (exit, all, document) = found(GOOD, bytes, mode);
        assert_eq!(exit, status, "{rule}: {document:#}");
        assert!(all.iter().any(|(found, _)| found == rule), "{rule}: {document:#}");
    }
}

#[test]
fn what_is_named_is_found() {
    let home = Home::new();
    home.leash(["plugin", "lint"]).outcome().assert_failure(1);
    home.leash(["plugin", "lint", "foo"]).outcome().assert_failure(127);
    let _ = home.write("bin/leash-foo", "#!/bin/sh\n", 0o755);
    let bare = home.leash(["plugin", "lint", "bin/leash-foo", "--json"]).ok().json();
    assert_eq!(bare["items"][0]["rule"], "no_manifest");
    let _ = home.write("bin/leash-foo.toml", GOOD, 0o644);
    let bin = home.join("bin");
    for word in ["bin", "bin/leash-foo", "bin/leash-foo.toml", "foo"] {
        let linted = home.leash(["plugin", "lint", word]).path(&[&bin]).ok();
        assert_eq!(linted.stdout, "`foo` is as it should be\n", "{word}");
    }
    // As it is laid out once it is installed.
    home.chmod("bin/leash-foo.toml", 0o600);
    std::fs::rename(home.join("bin/leash-foo.toml"), home.join("bin/leash-plugin.toml")).unwrap();
    for word in ["bin", "bin/leash-foo", "bin/leash-plugin.toml"] {
        assert_eq!(home.leash(["plugin", "lint", word]).ok().stdout, "`foo` is as it should be\n", "{word}");
    }
    let _ = home.write("bin/leash-sell", "#!/bin/sh\n", 0o755);
    let taken = home.leash(["plugin", "lint", "bin/leash-sell", "--json"]).outcome();
    assert_eq!((taken.status, &taken.json()["items"][0]["rule"]), (3, &Value::from("name_taken")));
}

/// What a stranger wrote doesn't move the cursor.
#[test]
fn texts_of_a_manifest_are_shown_as_they_are() {
    let home = Home::new();
    let _ = home.write("leash-foo", "#!/bin/sh\n", 0o755);
    let _ = home.write("leash-foo.toml", format!("{GOOD}\"\\u001b[2J\" = 1\n"), 0o644);
    let linted = home.leash(["plugin", "lint"]).ok();
    assert!(linted.stdout.contains("\\u{1b}[2J") && !linted.stdout.contains('\u{1b}'), "{linted:?}");
}
