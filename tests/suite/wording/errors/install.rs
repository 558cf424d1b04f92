//! Packing, signing, installing and updating plugins.

use leash_tests::{Api, Reply};

use super::super::Transcript;
use crate::install::desk::{Desk, Shop, answer};

#[test]
fn install_errors() {
    let desk = Desk::new();
    let mut transcript = Transcript::of(&desk.home);
    let first = desk.publish("hello", "1.0.0", "alice");
    let _ = desk.plugin(&["install", &first]).ok();
    for who in ["alice", "mallory"] {
        let key = desk.key(who);
        let public = desk.home.read_json(&key)["public"].as_str().unwrap().to_owned();
        transcript.hide(&public, if who == "alice" { "[ALICE]" } else { "[MALLORY]" });
    }
    transcript.title("Publishers");
    let second = desk.publish("hello", "1.1.0", "mallory");
    let third = desk.pack("hello", "1.2.0");
    for words in [
        &["install", &second][..],
        &["install", &third],
        &["install", &third, "--unsigned"],
        &["install", &second, "--publisher", "x"],
    ] {
        transcript.fails(desk.plugin(words));
    }
    transcript.title("Signatures");
    let other = desk.publish("other", "1.1.0", "alice");
    let sig = format!("{second}.sig");
    let good = desk.bytes(&sig);
    let _ = desk.home.write(&sig, desk.bytes(&format!("{other}.sig")), 0o644);
    transcript.fails(desk.plugin(&["install", &second]));
    let _ = desk.home.write(&sig, String::from_utf8(good).unwrap().replace("1.1.0", "9.9.9"), 0o644);
    transcript.fails(desk.plugin(&["install", &second]));
    let _ = desk.home.write(&sig, "{}", 0o644);
    transcript.fails(desk.plugin(&["install", &second]));

    transcript.title("Indexes");
    let index = String::from_utf8(desk.bytes("desk/index.toml")).unwrap();
    let _ = desk.home.write("desk/later.toml", index.replace("schema = 1", "schema = 2"), 0o644);
    let _ = desk.home.write(
        "desk/else.toml",
        index.replace("\nplatform = \"any\"", "\nplatform = \"plan9-vax\""),
        0o644,
    );
    for words in [
        &["install", "nobody"][..],
        &["install", "nobody", "--index", "desk/index.toml"],
        &["install", "hello@3.0.0", "--index", "desk/index.toml"],
        &["install", "other", "--index", "desk/later.toml"],
        &["install", "other", "--index", "desk/else.toml"],
        &["install", "other", "--index", "desk/none.toml"],
        &["search", "hello"],
        &["update"],
        &["update", "nobody"],
        &["remove", "nobody", "--yes"],
        &["remove", "hello"],
    ] {
        transcript.fails(desk.plugin(words));
    }

    transcript.title("Directories that are no plugins");
    let dir = desk.write("bad", "1.0.0", "");
    let install = ["install", dir.as_str(), "--unsigned"];
    let manifest = "schema = 1\nprotocol = [1]\nname = \"bad\"\nversion = \"1.0.0\"\n";
    for (path, text, mode) in [
        ("leash-bad", "just text", 0o755),
        ("leash-plugin.toml", "schema = 1\nname = \"bad\"\nprotocol = \"x", 0o644),
        ("leash-plugin.toml", &manifest.replace("\"bad\"", "\"../x\""), 0o644),
        ("leash-plugin.toml", &manifest.replace("1.0.0", "one"), 0o644),
    ] {
        let _ = desk.write("bad", "1.0.0", "");
        let _ = desk.home.write(&format!("{dir}/{path}"), text, mode);
        transcript.fails(desk.plugin(&install));
    }
    let _ = desk.write("bad", "1.0.0", "");
    std::os::unix::fs::symlink("/etc/passwd", desk.home.join(&dir).join("link")).unwrap();
    transcript.fails(desk.plugin(&install));
    std::fs::remove_file(desk.home.join(&dir).join("leash-bad")).unwrap();
    transcript.fails(desk.plugin(&install));
    let taken = desk.write("agent", "1.0.0", "");
    for words in [
        &["install", &taken, "--unsigned"][..],
        &["install", "./nowhere", "--unsigned"],
        &["install", "./desk/hello/share/data", "--unsigned"],
        &["pack", "nowhere"],
        &["pack", "desk/hello", "--out", &third],
    ] {
        transcript.fails(desk.plugin(words));
    }

    transcript.title("Servers");
    let api = Api::start(|request, _| match request.path.as_str() {
        "/short" => Reply::Raw(b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\nx".to_vec()),
        "/large" => Reply::Raw(b"HTTP/1.1 200 OK\r\ncontent-length: 999999999999\r\n\r\n".to_vec()),
        "/error" => answer("500 Oops", "", b"no"),
        "/away" => answer("302 Found", "location: file:///etc/passwd\r\n", b""),
        "/silence" => Reply::Silence,
        _ => answer("404 Not Found", "", b""),
    });
    let sha = "0".repeat(64);
    for path in ["/short", "/large", "/error", "/away", "/silence", "/none"] {
        let url = format!("{}{path}", api.url);
        transcript.fails(desk.plugin(&["install", &url, "--sha256", &sha, "--timeout", "1"]));
    }
    let shop = Shop::open();
    let url = shop.put("/hello.tar.gz", desk.bytes(&third));
    for words in [
        &["install", &url, "--sha256", &sha][..],
        &["install", &url],
        &["install", "http://example.com/x.tar.gz", "--sha256", &sha],
        &["install", "ftp://example.com/x", "--sha256", &sha],
        &["install", &url, "--sha256", "x"],
    ] {
        transcript.fails(desk.plugin(words));
    }

    transcript.title("Signing");
    let key = desk.key("alice");
    transcript.fails(desk.plugin(&["sign", "--new-key", &key]));
    transcript.fails(desk.plugin(&["sign", &third, "--key-file", "nowhere"]));
    transcript.fails(desk.plugin(&[
        "sign",
        &first,
        "--key-file",
        &desk.key("mallory"),
        "--index",
        "desk/index.toml",
    ]));
    desk.home.chmod(&key, 0o644);
    transcript.fails(desk.plugin(&["sign", &third, "--key-file", &key]));
    transcript.assert("errors-install");
}

#[test]
fn what_is_installed() {
    let desk = Desk::new();
    let mut transcript = Transcript::of(&desk.home);
    for version in ["1.0.0", "1.2.0"] {
        let _ = desk.publish("hello", version, "alice");
    }
    transcript.title("Versions");
    let index = ["--index", "desk/index.toml"];
    let install = |version: &str| desk.plugin(&[&["install", version], &index[..]].concat());
    let _ = install("hello@1.0.0").ok();
    transcript.fails(desk.plugin(&["update", "hello"]));
    let _ = install("hello@1.2.0").ok();
    transcript.fails(install("hello@1.0.0"));
    let dir = desk.write("plain", "1.0.0", "");
    let _ = desk.plugin(&["install", &dir, "--unsigned"]).ok();
    let _ = desk.home.write(&format!("{dir}/share/data"), "others", 0o644);
    transcript.fails(desk.plugin(&["install", &dir, "--unsigned"]));
    transcript.title("A program for another machine");
    let elf = [b"\x7fELF\x02\x01\x01".as_slice(), &[0; 9], &[2, 0, 8, 0], &[0; 44]].concat();
    let dir = desk.write("other", "1.0.0", "");
    let _ = desk.home.write(&format!("{dir}/leash-other"), elf, 0o755);
    transcript.fails(desk.plugin(&["install", &dir, "--unsigned"]));
    transcript.title("A plugin that isn't whole");
    std::fs::remove_file(desk.installed("plain").join("leash-plain")).unwrap();
    transcript.fails(desk.home.leash(["plain"]));
    transcript.title("A lockfile that isn't one");
    desk.home.write_private(".config/leash/plugins.lock", "[");
    transcript.fails(desk.plugin(&["install", "desk/hello", "--unsigned"]));
    transcript.assert("errors-installed");
}
