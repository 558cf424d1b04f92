//! What is refused, and that a refusal leaves all as it was.

use std::fs;

use leash_tests::{Api, Reply};

use super::desk::{Desk, Shop, answer};

#[test]
fn another_publisher_is_refused_until_he_is_named() {
    let desk = Desk::new();
    let first = desk.publish("hello", "1.0.0", "alice");
    let _ = desk.plugin(&["install", &first]).ok();
    let second = desk.publish("hello", "1.1.0", "mallory");
    let outcome = desk.refuses(&["install", &second], 125, "other_publisher");
    let keys: Vec<String> = ["alice", "mallory"]
        .map(|who| desk.home.read_json(&format!("desk/{who}.key"))["public"].as_str().unwrap().to_owned())
        .to_vec();
    keys.iter().for_each(|key| outcome.assert_says(key));
    outcome.assert_says("--publisher");
    // Without a signature neither, be the path local or the digest named.
    let third = desk.pack("hello", "1.2.0");
    desk.refuses(&["install", &third, "--unsigned"], 125, "unsigned").assert_says("--forget-publisher");
    let sha = desk.json(&["pack", "desk/hello", "--out", "x.tar.gz"])["sha256"].as_str().unwrap().to_owned();
    desk.refuses(&["install", &third, "--sha256", &sha], 125, "unsigned");
    desk.refuses(&["install", &second, "--publisher", &keys[0]], 125, "other_publisher");
    // It stays known when the plugin goes.
    let _ = desk.plugin(&["remove", "hello", "--yes"]).ok();
    desk.refuses(&["install", &second], 125, "other_publisher");
    assert_eq!(desk.json(&["install", &second, "--publisher", &keys[1]])["publisher_is"], "changed");
    desk.refuses(&["install", &first, "--allow-downgrade"], 125, "other_publisher");
    let _ = desk.plugin(&["remove", "hello", "--yes", "--forget-publisher"]).ok();
    assert_eq!(desk.json(&["install", &first])["publisher_is"], "new");
}

#[test]
fn a_signature_is_good_for_its_own_archive_alone() {
    let desk = Desk::new();
    let (one, two) = (desk.publish("hello", "1.0.0", "alice"), desk.publish("hello", "1.1.0", "alice"));
    let other = desk.publish("other", "1.1.0", "alice");
    let sig = |archive: &str| format!("{archive}.sig");
    for from in [&one, &other] {
        let _ = desk.home.write(&sig(&two), desk.bytes(&sig(from)), 0o644);
        desk.refuses(&["install", &two], 3, "other_digest");
        desk.refuses(&["install", &two, "--unsigned"], 3, "other_digest");
    }
    // Its parts exchanged, its signature not.
    for (key, value) in [("version", "9.9.9"), ("name", "other"), ("platform", "linux-vax")] {
        let mut file: serde_json::Value = serde_json::from_slice(&desk.bytes(&sig(&one))).unwrap();
        file[key] = value.into();
        let _ = desk.home.write(&sig(&one), file.to_string(), 0o644);
        desk.refuses(&["install", &one], 3, "bad_signature");
    }
    let _ = desk.home.write(&sig(&one), "{}", 0o644);
    desk.refuses(&["install", &one], 3, "bad_signature_file");
}

#[test]
fn an_index_that_lies() {
    let desk = Desk::new();
    let _ = desk.publish("hello", "1.0.0", "alice");
    let other = desk.publish("other", "1.0.0", "alice");
    let index = String::from_utf8(desk.bytes("desk/index.toml")).unwrap();
    let install = ["install", "hello", "--index", "desk/lying.toml"];
    let lie = |from: &str, to: &str| {
        assert!(index.contains(from), "{from}");
        let _ = desk.home.write("desk/lying.toml", index.replace(from, to), 0o644);
    };
    lie("hello-1.0.0.tar.gz", "other-1.0.0.tar.gz");
    desk.refuses(&install, 3, "other_digest");
    lie("version = \"1.0.0\"", "version = \"1.0.1\"");
    desk.refuses(&install, 3, "bad_signature");
    lie("\nplatform = \"any\"", "\nplatform = \"plan9-vax\"");
    desk.refuses(&install, 1, "no_release");
    lie("schema = 1", "schema = 2");
    desk.refuses(&install, 1, "bad_index");
    lie("url = \"hello-1.0.0.tar.gz\"", "url = \"http://192.0.2.1/x\"");
    desk.refuses(&install, 1, "unknown_plugin");
    // The entry of one plugin under the name of another: signed for the other.
    lie("name = \"hello\"", "name = \"hallo\"");
    desk.refuses(&["install", "hallo", "--index", "desk/lying.toml"], 3, "bad_signature");
    let _ = desk.home.write("desk/other-1.0.0.tar.gz", desk.bytes(&other), 0o644);
    desk.refuses(&["install", "hello", "--index", "desk/none.toml"], 1, "no_index");
    desk.refuses(&["install", "hello"], 1, "no_index");
}

#[test]
fn names_that_are_taken() {
    let desk = Desk::new();
    for name in ["agent", "plugin", "pay", "key", "sandbox", "loader", "payer", "help"] {
        let dir = desk.write(name, "1.0.0", "");
        desk.refuses(&["install", &dir, "--unsigned"], 125, "name_taken");
    }
}

#[test]
fn directories_that_are_no_plugins() {
    let desk = Desk::new();
    let dir = desk.write("hello", "1.0.0", "");
    let install = ["install", dir.as_str(), "--unsigned"];
    let again = |path: &str, text: &str, mode| {
        let _ = desk.write("hello", "1.0.0", "");
        let _ = desk.home.write(&format!("{dir}/{path}"), text, mode);
    };
    again("leash-hello", "just text", 0o755);
    desk.refuses(&install, 125, "no_plugin");
    fs::remove_file(desk.home.join(&dir).join("leash-hello")).unwrap();
    desk.refuses(&install, 125, "no_plugin").assert_says("is missing");
    again("leash-plugin.toml", "schema = 1\nname = \"hello\"\nprotocol = \"x", 0o644);
    desk.refuses(&install, 125, "bad_manifest").assert_says("leash-plugin.toml:3");
    again("leash-plugin.toml", "schema = 1\nprotocol = [1]\nname = \"../x\"\nversion = \"1.0.0\"\n", 0o644);
    desk.refuses(&install, 125, "no_plugin");
    again("leash-plugin.toml", "schema = 1\nprotocol = [1]\nname = \"hello\"\nversion = \"one\"\n", 0o644);
    desk.refuses(&install, 125, "no_plugin").assert_says("`one` is no version");
    fs::remove_file(desk.home.join(&dir).join("leash-plugin.toml")).unwrap();
    desk.refuses(&install, 125, "no_plugin").assert_says("no file `leash-plugin.toml`");
    let _ = desk.write("hello", "1.0.0", "");
    std::os::unix::fs::symlink("/etc/passwd", desk.home.join(&dir).join("link")).unwrap();
    desk.refuses(&install, 125, "unfit_directory");
    let _ = desk.plugin(&["pack", &dir]).fails(125);
    // A program for another machine.
    let elf = [b"\x7fELF\x02\x01\x01".as_slice(), &[0; 9], &[2, 0, 8, 0], &[0; 44]].concat();
    fs::remove_file(desk.home.join(&dir).join("link")).unwrap();
    let _ = desk.home.write(&format!("{dir}/leash-hello"), elf, 0o755);
    desk.refuses(&install, 125, "other_platform");
    desk.refuses(&["install", "./nowhere", "--unsigned"], 1, "not_there");
    desk.refuses(&["install", "./desk/hello/share/data", "--unsigned"], 125, "bad_archive");
}

#[test]
fn servers_that_misbehave() {
    let desk = Desk::new();
    let archive = desk.pack("hello", "1.0.0");
    let bytes = desk.bytes(&archive);
    let sha =
        desk.json(&["install", &archive, "--unsigned", "--dry-run"])["sha256"].as_str().unwrap().to_owned();
    let shop = Shop::open();
    let elsewhere = shop.put("/hello.tar.gz", bytes.clone());
    let to = elsewhere.clone();
    let endless = b"HTTP/1.1 200 OK\r\ncontent-type: x\r\n\r\n".to_vec();
    let api = Api::start(move |request, _| match request.path.as_str() {
        "/short" => {
            Reply::Raw([b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n".as_slice(), &bytes].concat())
        }
        "/large" => Reply::Raw(b"HTTP/1.1 200 OK\r\ncontent-length: 999999999999\r\n\r\n".to_vec()),
        "/endless" => Reply::Endless(endless.clone(), vec![0; 1 << 20]),
        "/error" => answer("500 Oops", "", b"\x1b[31m"),
        "/away" => answer("302 Found", &format!("location: {to}\r\n"), b""),
        "/round" => answer("302 Found", "location: /round\r\n", b""),
        "/file" => answer("302 Found", "location: file:///etc/passwd\r\n", b""),
        "/near" => answer("302 Found", "location: /there\r\n", b""),
        "/there" => answer("200 OK", "", &bytes),
        "/silence" => Reply::Silence,
        _ => answer("404 Not Found", "", b""),
    });
    let url = |path: &str| format!("{}{path}", api.url);
    let install = |path: &str, status, code| {
        desk.refuses(&["install", &url(path), "--sha256", &sha, "--timeout", "2"], status, code)
    };
    install("/short", 1, "lost_answer");
    install("/large", 125, "too_large");
    install("/endless", 125, "too_large");
    install("/error", 1, "no_file").assert_silent_about("\u{1b}");
    install("/away", 1, "redirect");
    install("/round", 1, "malformed");
    install("/file", 1, "redirect");
    install("/none", 1, "not_there");
    install("/silence", 1, "timeout");
    assert_eq!(desk.json(&["install", &url("/near"), "--sha256", &sha])["action"], "install");
    for url in
        ["http://example.com/x.tar.gz", "ftp://example.com/x", "https://u:p@example.com/x", "file:///x"]
    {
        desk.refuses(&["install", url, "--sha256", &sha], 2, "usage");
    }
}

#[test]
fn inside_a_plugin_nothing_is_installed() {
    let desk = Desk::new();
    let dir = desk.write("hello", "1.0.0", "");
    for words in [&["install", &dir, "--unsigned"][..], &["update", "--all"], &["remove", "hello", "--yes"]] {
        let _ = desk.plugin(words).env("LEASH_DEPTH", "1").fails(125);
    }
    assert!(!desk.installed("hello").exists());
    let _ = desk.plugin(&["pack", &dir]).env("LEASH_DEPTH", "1").ok();
}

#[test]
fn a_publishers_key_is_guarded() {
    let desk = Desk::new();
    let (key, archive) = (desk.key("alice"), desk.pack("hello", "1.0.0"));
    assert_eq!(desk.home.mode(&key), 0o600);
    let secret = desk.home.read_json(&key)["secret"].as_str().unwrap().to_owned();
    let before = desk.bytes(&key);
    desk.plugin(&["sign", "--new-key", &key]).fails(1).assert_silent_about(&secret);
    assert_eq!(desk.bytes(&key), before);
    desk.home.chmod(&key, 0o644);
    desk.plugin(&["sign", &archive, "--key-file", &key]).fails(1).assert_says("chmod 600");
    desk.home.chmod(&key, 0o600);
    let agent =
        desk.home.write_private("agent.json", &leash_tests::AGENT_1.file("http://127.0.0.1:9").to_string());
    let _ = desk.plugin(&["sign", &archive, "--key-file", agent.to_str().unwrap()]).fails(1);
    desk.plugin(&["sign", &archive, "--key-file", &key]).ok().assert_silent_about(&secret);
}

#[test]
fn signing_takes_no_place_of_another_release() {
    use std::os::unix::fs::PermissionsExt as _;
    let desk = Desk::new();
    let archive = desk.publish("hello", "1.0.0", "alice");
    let mode = fs::metadata(desk.home.join("desk/index.toml")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o644);
    let sign = |archive: &str, who: &str, more: &[&str]| {
        let key = desk.key(who);
        let words = ["sign", archive, "--key-file", &key, "--index", "desk/index.toml"];
        desk.plugin(&[&words, more].concat()).outcome()
    };
    let refused = |archive: &str, who: &str, what: &str| {
        let before = (desk.bytes("desk/index.toml"), desk.home.read(format!("{archive}.sig")));
        let outcome = sign(archive, who, &[]);
        assert_eq!(outcome.status, 1, "{outcome:?}");
        outcome.assert_says(what);
        outcome.assert_says("--replace");
        let after = (desk.bytes("desk/index.toml"), desk.home.read(format!("{archive}.sig")));
        assert_eq!(before, after);
    };
    assert_eq!(sign(&archive, "alice", &[]).status, 0, "the same again");
    refused(&archive, "mallory", "another publisher");
    let sig = desk.home.join(format!("{archive}.sig"));
    fs::remove_file(&sig).unwrap();
    let outcome = sign(&archive, "mallory", &[]);
    assert_eq!((outcome.status, sig.exists()), (1, false), "{outcome:?}");
    assert_eq!(sign(&archive, "alice", &[]).status, 0);
    // The same version with other bytes.
    let _ = desk.write("hello", "1.0.0", "");
    let _ = desk.home.write("desk/hello/share/data", "others", 0o644);
    let _ = desk.plugin(&["pack", "desk/hello", "--out", &archive, "--force"]).ok();
    refused(&archive, "alice", "other bytes");
    assert_eq!(sign(&archive, "alice", &["--replace"]).status, 0);
}

#[test]
fn an_archive_longer_than_its_index_says_is_another_one() {
    let desk = Desk::new();
    let archive = desk.publish("hello", "1.0.0", "alice");
    let longer = [desk.bytes(&archive), vec![0; 9]].concat();
    let _ = desk.home.write(&archive, longer, 0o644);
    desk.refuses(&["install", "hello", "--index", "desk/index.toml"], 3, "other_digest")
        .assert_says("not the archive that the index names");
}

#[test]
fn updating_nothing_says_what_can_be_named() {
    let desk = Desk::new();
    let outcome = desk.plugin(&["update"]).outcome();
    assert_eq!(outcome.status, 2, "{outcome:?}");
    outcome.assert_says("--all");
}
