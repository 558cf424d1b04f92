//! What works: each source, an index from start to end, updating, pinning, removing.

use std::fs;

use leash_test_needs::needs;
use leash_tests::{AGENT_1, Home};

use super::desk::{Desk, Shop};

#[test]
fn packing_twice_gives_the_same_bytes() {
    let desk = Desk::new();
    let dir = desk.write("hello", "1.0.0", "");
    let first = desk.json(&["pack", &dir]);
    assert_eq!(first["archive"], "hello-1.0.0-any.tar.gz");
    // Other times, other modes of the same kind, made in another order.
    let copy = "elsewhere/hello";
    for file in ["share/data", "leash-plugin.toml"] {
        let _ = desk.home.write(&format!("{copy}/{file}"), desk.bytes(&format!("{dir}/{file}")), 0o600);
    }
    let _ = desk.home.write(&format!("{copy}/leash-hello"), desk.bytes(&format!("{dir}/leash-hello")), 0o700);
    let _ = desk.home.write(&format!("{copy}/.git/config"), "x", 0o600);
    let second = desk.json(&["pack", copy, "--out", "second.tar.gz"]);
    assert_eq!(desk.bytes("hello-1.0.0-any.tar.gz"), desk.bytes("second.tar.gz"));
    assert_eq!(first["sha256"], second["sha256"]);
    assert_eq!(second["left_out"], serde_json::json!([".git"]));
    // What is there stays there.
    let _ = desk.plugin(&["pack", copy, "--out", "second.tar.gz"]).fails(1);
}

#[test]
fn a_directory_and_an_archive() {
    let desk = Desk::new();
    let dir = desk.write("hello", "1.0.0", "");
    let done = desk.json(&["install", &dir, "--unsigned"]);
    assert_eq!((done["action"].as_str(), done["source"].as_str()), (Some("install"), Some("directory")));
    assert_eq!(desk.version("hello").as_deref(), Some("1.0.0"));
    let root = desk.installed("hello");
    for (path, mode) in [
        ("", 0o700),
        ("leash-hello", 0o700),
        ("leash-plugin.toml", 0o600),
        ("share", 0o700),
        ("share/data", 0o600),
    ] {
        assert_eq!(desk.home.mode(root.join(path)), mode, "{path}");
    }
    assert!(desk.lock().contains(done["digest"].as_str().unwrap()));
    assert_eq!(desk.json(&["install", &dir, "--unsigned"])["action"], "unchanged");
    let archive = desk.pack("hello", "1.1.0");
    let done = desk.json(&["install", &archive, "--unsigned"]);
    assert_eq!((done["action"].as_str(), done["old_version"].as_str()), (Some("update"), Some("1.0.0")));
    assert_eq!(desk.version("hello").as_deref(), Some("1.1.0"));
    desk.assert_tidy();
}

#[needs("python3")]
#[test]
fn a_zip() {
    let desk = Desk::new();
    let dir = desk.write("hello", "1.0.0", "");
    // Without modes, as other systems write it: the program is executable nevertheless.
    let script = "import sys,zipfile,os\nz=zipfile.ZipFile(sys.argv[2],'w',zipfile.ZIP_DEFLATED)\n\
        os.chdir(sys.argv[1])\n[z.writestr(n,open(n).read()) for n in ('leash-hello','leash-plugin.toml','share/data')]\nz.close()\n";
    let made = desk
        .home
        .run("python3", ["-c", script, &dir, desk.home.join("hello.zip").to_str().unwrap()])
        .outcome();
    assert_eq!(made.status, 0, "{made:?}");
    let _ = desk.plugin(&["install", "./hello.zip", "--unsigned"]).ok();
    assert_eq!(desk.version("hello").as_deref(), Some("1.0.0"));
    assert_eq!(desk.home.mode(desk.installed("hello").join("leash-hello")), 0o700);
}

#[test]
fn a_url_with_its_digest_or_its_signature() {
    let desk = Desk::new();
    let shop = Shop::open();
    let archive = desk.pack("hello", "1.0.0");
    let url = shop.put("/hello.tar.gz?v=1", desk.bytes(&archive));
    let sha =
        desk.json(&["install", &archive, "--unsigned", "--dry-run"])["sha256"].as_str().unwrap().to_owned();
    desk.refuses(&["install", &url], 125, "unsigned").assert_says("--sha256");
    desk.refuses(&["install", &url, "--unsigned"], 2, "usage");
    desk.refuses(&["install", &url, "--sha256", &"0".repeat(64)], 3, "other_digest").assert_says(&sha);
    let done = desk.json(&["install", &url, "--sha256", sha.trim_start_matches("sha256:")]);
    assert_eq!((done["source"].as_str(), done["publisher_is"].as_str()), (Some("url"), Some("nobody")));

    let archive = desk.publish("signed", "1.0.0", "alice");
    let url = shop.put("/signed.tar.gz", desk.bytes(&archive));
    let _ = shop.put("/signed.tar.gz.sig", desk.bytes(&format!("{archive}.sig")));
    let done = desk.json(&["install", &url]);
    assert_eq!(done["publisher_is"], "new");
    assert_eq!(desk.json(&["update", "signed"])["items"][0]["publisher_is"], "known");
}

#[test]
fn an_index_from_start_to_end() {
    let desk = Desk::new();
    let shop = Shop::open();
    for version in ["1.0.0", "1.2.0", "2.0.0-beta.1"] {
        let archive = desk.publish("hello", version, "alice");
        let _ = shop.put(&format!("/p/{}", archive.trim_start_matches("desk/")), desk.bytes(&archive));
    }
    let index = shop.put("/p/index.toml", desk.bytes("desk/index.toml"));
    desk.home.write_private(".config/leash/config.toml", &format!("[plugins]\nindex = [\"{index}\"]\n"));
    let found = desk.json(&["search", "HELL"]);
    assert_eq!((found["count"].as_i64(), found["items"][0]["version"].as_str()), (Some(1), Some("1.2.0")));
    assert_eq!(desk.json(&["search", "nothing"])["count"], 0);

    let done = desk.json(&["install", "hello@1.0.0"]);
    assert_eq!((done["pinned"].as_bool(), done["publisher_is"].as_str()), (Some(true), Some("new")));
    desk.refuses(&["update", "hello"], 125, "pinned").assert_says("--index");
    assert_eq!(desk.json(&["update", "--all"])["items"][0]["action"], "skipped");
    let done = desk.json(&["update", "hello", "--unpin"]);
    assert_eq!(
        (done["items"][0]["version"].as_str(), done["items"][0]["pinned"].as_bool()),
        (Some("1.2.0"), Some(false))
    );
    assert_eq!(desk.version("hello").as_deref(), Some("1.2.0"));
    assert_eq!(desk.json(&["update", "--all"])["items"][0]["action"], "unchanged");
    // An unfinished version only by its name.
    assert_eq!(desk.json(&["install", "hello@2.0.0-beta.1", "--dry-run"])["action"], "update");
    desk.refuses(&["install", "hello@3.0.0"], 1, "no_release").assert_says("1.2.0");
    desk.refuses(&["install", "other"], 1, "unknown_plugin");
    desk.refuses(&["install", "hello@1.0.0"], 125, "downgrade");
    assert_eq!(desk.json(&["install", "hello@1.0.0", "--allow-downgrade"])["action"], "downgrade");

    let gone = desk.json(&["remove", "hello", "--yes"]);
    assert_eq!(gone["publisher_forgotten"], false);
    assert!(!desk.installed("hello").exists() && !desk.lock().contains("hello"));
    assert_eq!(desk.json(&["install", "hello"])["publisher_is"], "known");
    desk.assert_tidy();
}

#[test]
fn a_json_index_and_what_is_wrong_in_one() {
    let desk = Desk::new();
    let (key, archive) = (desk.key("alice"), desk.pack("hello", "1.0.0"));
    let _ = desk.plugin(&["sign", &archive, "--key-file", &key, "--index", "desk/index.json"]).ok();
    let _ = desk.plugin(&["sign", &archive, "--key-file", &key, "--index", "desk/index.json"]).ok();
    let mut index = desk.home.read_json("desk/index.json");
    assert_eq!(index["plugin"].as_array().unwrap().len(), 1);
    index["plugin"].as_array_mut().unwrap().insert(0, serde_json::json!({ "name": "\u{1b}[31m../x" }));
    let _ = desk.home.write("desk/index.json", index.to_string(), 0o644);
    let outcome = desk.plugin(&["install", "hello", "--index", "desk/index.json"]).ok();
    outcome.assert_says("entry 1 of");
    outcome.assert_silent_about("\u{1b}");
    assert_eq!(desk.version("hello").as_deref(), Some("1.0.0"));
}

#[test]
fn a_dry_run_changes_nothing() {
    let desk = Desk::new();
    let dir = desk.write("hello", "1.0.0", "");
    assert_eq!(desk.json(&["install", &dir, "--unsigned", "--dry-run"])["dry_run"], true);
    assert!(desk.state().is_empty(), "{:?}", desk.state());
    let _ = desk.plugin(&["install", &dir, "--unsigned"]).ok();
    let _ = desk.write("hello", "2.0.0", "");
    let before = desk.state();
    for words in [
        &["update", "hello", "--unsigned", "--dry-run"][..],
        &["update", "--all", "--unsigned", "--dry-run"],
        &["remove", "hello", "--dry-run"],
        &["install", &dir, "--unsigned", "--dry-run"],
    ] {
        desk.plugin(words).ok().assert_silent_about("removed ");
        assert_eq!(desk.state(), before, "{words:?}");
    }
}

#[test]
fn updating_ends_a_grant_and_removing_takes_it_away() {
    let desk = Desk { home: Home::with_agent(&AGENT_1, "http://127.0.0.1:9") };
    let asks = "[sign]\nscopes = [{ methods = [\"GET\"], path = \"/v1/x\" }]\n";
    let dir = desk.write("hello", "1.0.0", asks);
    desk.plugin(&["install", &dir, "--unsigned"]).ok().assert_says("leash plugin trust hello");
    // A grant as it would be given; what gives it is tested elsewhere.
    let grant = desk.home.join(".local/share/leash/trust/hello.json");
    let digest = format!("sha256:{}", "0".repeat(64));
    let text = serde_json::json!({ "v": 1, "grant": {
        "name": "hello", "path": desk.installed("hello").join("leash-hello"), "digest": digest, "manifest_digest": digest,
        "scopes": [], "max_signatures": 1, "consent": "none", "level": "none", "agent": "all", "api_key": false,
        "granted_at": "2026-11-24T00:00:00Z",
    }});
    let _ = desk.home.write_private(".local/share/leash/trust/hello.json", &text.to_string());
    let _ = desk.write("hello", "1.1.0", &asks.replace("GET", "POST"));
    let done = desk.plugin(&["update", "hello", "--unsigned"]).ok();
    done.assert_says("nothing is signed for it; to look and trust it again: `leash plugin trust hello`");
    assert!(
        done.stdout.contains("now asks:  sign POST /v1/x")
            && done.stdout.contains("no more:   sign GET /v1/x"),
        "{done:?}"
    );
    let gone = desk.json(&["remove", "hello", "--yes"]);
    assert_eq!(gone["grant_removed"], true);
    assert!(!grant.exists());
    let _ = fs::read_dir(desk.installed("hello")).unwrap_err();
}
