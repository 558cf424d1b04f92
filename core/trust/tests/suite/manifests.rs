//! What manifests may say.

use leash_output::{Error, Kind};
use leash_protocol::manifest::{Consent, Level, PluginKind, SignerAt, Stdin};
use leash_trust::{Digest, LoadedManifest, load_manifest};

use crate::fixture::{Home, MANIFEST};

pub(crate) fn load(text: impl AsRef<[u8]>) -> Result<LoadedManifest, Error> {
    let home = Home::new();
    load_manifest(&home.file("leash-foo.toml", text, 0o644), "foo")
}

/// The error of a manifest with this line, a fault, in the fourth place; and that it is said to be there.
#[track_caller]
fn fault(line: &str, rest: &str) -> String {
    let text = format!("schema = 1\nprotocol = [1]\nname = \"foo\"\n{line}\nversion = \"1.0.0\"\n{rest}");
    error_at(&text, 4)
}

#[track_caller]
fn error_at(text: &str, line: usize) -> String {
    let error = load(text).expect_err(text);
    assert_eq!((error.kind(), error.code()), (Kind::NotRunnable, "bad_manifest"), "{error}");
    assert!(error.message().contains(&format!("leash-foo.toml:{line}`")), "line {line}: {error}");
    error.message().to_owned()
}

/// A fault in a table: `$` marks where its line begins.
#[track_caller]
fn fault_in(rest: &str) -> String {
    let text = format!("schema = 1\nprotocol = [1]\nname = \"foo\"\nversion = \"1.0.0\"\n{rest}");
    let line = text[..text.find('$').expect("a mark")].lines().count() + 1;
    error_at(&text.replace('$', ""), line)
}

#[test]
fn the_whole_form() {
    let text = r#"
schema = 1
protocol = [2, 1]
name = "foo"
version = "1.2.0"
summary = "Weekly report"
kind = "exec"
[run]
stdin = "context"
signer = "unix"
env = ["HTTPS_PROXY", "LEASH_PER_CALL_USDC"]
api_key = true
[sign]
max_signatures = 5
max_per_day = 100
consent = "first"
scopes = [{ methods = ["GET"], path = "/v1/agents/{mint}/api-keys", reason = "count the keys" }]
[[presign]]
method = "GET"
path = "/v1/agents/{mint}/api-keys"
[sandbox]
level = "strict"
[[command]]
path = ["weekly"]
summary = "This week"
flags = [{ long = "days", short = "d", value = "N", help = "how many" }]
"#;
    let loaded = load(text).expect("a manifest");
    assert_eq!(loaded.digest, Digest::of(text.as_bytes()));
    assert!(loaded.unknown_keys.is_empty(), "{:?}", loaded.unknown_keys);
    let manifest = loaded.manifest;
    assert_eq!((manifest.run.stdin, manifest.run.signer), (Stdin::Context, SignerAt::Unix));
    assert_eq!((manifest.kind, manifest.sandbox.level), (PluginKind::Exec, Level::Strict));
    assert_eq!(manifest.sign.expect("a table").consent, Consent::First);
    assert_eq!(manifest.command[0].flags[0].long, "days");
}

#[test]
fn unknown_keys_are_collected() {
    let text = format!(
        "colour = 1\n{MANIFEST}later = 2\n[run]\nfast = true\n[[command]]\npath = [\"x\"]\nicon = \"y\"\n[new.table]\n"
    );
    let mut unknown = load(text).expect("a manifest").unknown_keys;
    unknown.sort_unstable();
    assert_eq!(unknown, ["colour", "command.0.icon", "new", "run.fast", "sign.later"]);
}

#[test]
fn faults_are_named_by_line() {
    assert!(error_at("", 1).contains("schema"));
    error_at("schema = 1\nprotocol = [1]\nname = foo\n", 3);
    assert!(error_at("schema = 2\nwhatever = [true]\n", 1).contains("schema 1"));
    assert!(error_at("\nschema = 10\n", 2).contains("schema 1"));
    assert!(error_at(&MANIFEST.replace("protocol = [1]", "protocol = [2, 3]"), 2).contains("version 1"));
    assert!(error_at(&MANIFEST.replace("protocol = [1]", "protocol = []"), 2).contains("version 1"));
    assert!(fault("kind = \"moon\"", "").contains("moon"));
    assert!(fault("name = \"foo\"", "").contains("duplicate"));
    assert!(fault("summary = 7", "").contains("string"));
    assert!(fault("run.env = [\"LD_PRELOAD\"]", "").contains("`LD_PRELOAD`"));
    error_at("schema = 1\nname = \"\u{1}\"\n", 2);
}

#[test]
fn the_name_is_exact() {
    for name in ["Foo", "FOO", "foo ", "foo.", "fo", "bar", "", "foo\\u0000", "f\\u043Eo", "\\u001b[2Jfoo"] {
        let message = error_at(&MANIFEST.replace("\"foo\"", &format!("\"{name}\"")), 3);
        assert!(message.contains("not of `foo`"), "{message}");
    }
    let home = Home::new();
    let path = home.file("leash-Foo.toml", MANIFEST.replace("\"foo\"", "\"Foo\""), 0o644);
    load_manifest(&path, "Foo").expect_err("no name of a plugin");
}

#[test]
fn variables_that_no_plugin_gets() {
    for variable in [
        "LD_PRELOAD",
        "LD_LIBRARY_PATH",
        "DYLD_INSERT_LIBRARIES",
        "PYTHONPATH",
        "NODE_OPTIONS",
        "PERL5LIB",
        "RUBYOPT",
        "BASH_ENV",
        "ENV",
        "GCONV_PATH",
        "LEASH_EXECUTIVE_KEY",
        "LEASH_API_KEY",
        "LEASH_PASSPHRASE",
        "LEASH_PASSPHRASE_FD",
        "",
        "*",
        "LD_*",
        "A B",
        "A=B",
        "1A",
        "\\u0000",
    ] {
        let message = fault_in(&format!("[run]\nenv = [\n\"FINE_1\",\n$\"{variable}\"]\n"));
        assert!(message.contains('`'), "{message}");
    }
}

#[test]
fn scopes_are_checked() {
    for scope in [
        "{ methods = [], path = \"/v1\" }",
        "{ methods = [\"get\"], path = \"/v1\" }",
        "{ methods = [\"GET\"], path = \"v1\" }",
        "{ methods = [\"GET\"], path = \"/v1/../x\" }",
        "{ methods = [\"GET\"], path = \"/v1/**/x\" }",
        "{ methods = [\"GET\"], path = \"/v1/%2e\" }",
    ] {
        fault_in(&format!(
            "[sign]\nscopes = [\n{{ methods = [\"GET\"], path = \"/v1/x\" }},\n${scope},\n]\n"
        ));
    }
    assert!(fault_in("[sign]\n$max_signatures = -1\n").contains("u32"));
    assert!(fault_in("[sign]\n$consent = \"often\"\n").contains("often"));
}

#[test]
fn what_is_signed_in_advance() {
    let with = |sign: &str, presign: &str| {
        format!(
            "[sign]\n{sign}\nscopes = [{{ methods = [\"GET\"], path = \"/v1/agents/{{mint}}/*\" }}]\n[[presign]]\nmethod = \"GET\"\npath = \"/v1/agents/{{mint}}/x\"\n[[presign]]\n{presign}\n"
        )
    };
    let fine = with("", "method = \"GET\"\npath = \"/v1/agents/{mint}/y\"\nbody = \"b\"");
    load(format!("schema = 1\nprotocol = [1]\nname = \"foo\"\nversion = \"1.0.0\"\n{fine}"))
        .expect("a manifest");
    for (method, path) in [
        ("GET", "/v1/agents/{mint}/*"),
        ("GET", "/v1/agents/{mint}/x/y"),
        ("GET", "/v1/agents/other/x"),
        ("POST", "/v1/agents/{mint}/x"),
        ("get", "/v1/agents/{mint}/x"),
        ("GET", "/v1/agents/{mint}/../x"),
        ("GET", "/v1/agents/{mint}/x?a=b"),
        ("GET", "/v1/agents/{mint}/{name}"),
        ("GET", "/v1/agents/x{mint}/x"),
    ] {
        fault_in(&with("", &format!("method = \"{method}\"\n$path = \"{path}\"")));
    }
    let second = "method = \"GET\"\npath = \"/v1/agents/{mint}/y\"";
    let rest = |sign| with(sign, second).replacen("[[presign]]", "$[[presign]]", 1);
    assert!(fault_in(&rest("consent = \"each\"")).contains("each time"));
    assert!(fault_in(&rest("max_signatures = 1")).contains("`max_signatures` is 1"));
    assert!(fault_in("$[[presign]]\nmethod = \"GET\"\npath = \"/v1/x\"\n").contains("[sign]"));
}

#[test]
fn a_library_has_no_stdin_and_no_socket_file() {
    assert!(fault_in("kind = \"dylib\"\n[run]\n$stdin = \"context\"\n").contains("library"));
    assert!(fault_in("kind = \"dylib\"\n[run]\n$signer = \"unix\"\n").contains("library"));
    load(MANIFEST.replace("[sign]", "kind = \"dylib\"\n[sign]")).expect("a manifest");
}

#[test]
fn words_of_commands_are_plain() {
    for word in ["", "-x", "a b", "$(x)", "a;b", "\\u001b[31m", "é"] {
        fault_in(&format!("[[command]]\n$path = [\"fine\", \"{word}\"]\n"));
        fault_in(&format!(
            "[[command]]\npath = [\"fine\"]\nflags = [\n{{ long = \"fine\" }},\n${{ long = \"{word}\" }}]\n"
        ));
    }
    for short in ["", "-x", "xy", " "] {
        fault_in(&format!(
            "[[command]]\npath = []\nflags = [\n${{ long = \"fine\", short = \"{short}\" }}]\n"
        ));
    }
}

#[test]
fn escapes_stay_raw() {
    let text = MANIFEST.replace("Counts keys", "\\u001b]0;owned\\u0007\\u202Ecounts");
    assert_eq!(load(text).expect("a manifest").manifest.summary, "\u{1b}]0;owned\u{7}\u{202e}counts");
    error_at(&MANIFEST.replace("Counts keys", "\u{1b}]0;owned\u{7}"), 5);
}
