//! What is installed and isn't what was installed: who says so, and what mends it.

use std::fs;

use serde_json::Value;

use super::desk::Desk;

fn item(desk: &Desk, words: &[&str]) -> Value {
    desk.json(words)["items"][0].clone()
}

/// What the doctor says of installed plugins.
fn doctor(desk: &Desk) -> Vec<Value> {
    let document = desk.home.leash(["doctor", "--json"]).outcome().json();
    let checks = document["checks"].as_array().unwrap().iter();
    checks.filter(|check| check["name"] == "plugin").cloned().collect()
}

#[test]
fn a_tree_that_differs_from_its_lock_is_named() {
    let desk = Desk::new();
    let archive = desk.pack("hello", "1.0.0");
    let _ = desk.json(&["install", &archive, "--unsigned"]);
    for words in [&["list"][..], &["which", "hello"]] {
        let item = item(&desk, words);
        assert_eq!((&item["trust"], &item["damage"]), (&"not trusted".into(), &Value::Null), "{item}");
    }
    assert_eq!(doctor(&desk), Vec::<Value>::new());
    // One byte of what lies beside the program.
    fs::write(desk.installed("hello").join("share/data"), "other").unwrap();
    for words in [&["list"][..], &["which", "hello"]] {
        let damage = item(&desk, words)["damage"].clone();
        assert_eq!(damage, "it isn't as 1.0.0 was installed", "{words:?}");
        let text = desk.plugin(words).ok().stdout;
        assert!(text.contains("it isn't as 1.0.0 was installed"), "{text}");
    }
    let checks = doctor(&desk);
    assert_eq!((checks.len(), &checks[0]["status"]), (1, &"warn".into()), "{checks:?}");
    assert_eq!(checks[0]["detail"], "the installed plugin `hello`: it isn't as 1.0.0 was installed");
    assert!(checks[0]["fix"].as_str().unwrap().contains("leash plugin update hello"), "{checks:?}");
    // The way that it names.
    let _ = desk.json(&["install", &archive, "--unsigned"]);
    assert_eq!(doctor(&desk), Vec::<Value>::new());
}

#[test]
fn so_is_what_is_gone_and_what_nobody_installed() {
    let desk = Desk::new();
    let _ = desk.json(&["install", &desk.write("hello", "1.0.0", ""), "--unsigned"]);
    fs::rename(desk.installed("hello"), desk.installed("hallo")).unwrap();
    let checks = doctor(&desk);
    let says = |text: &str| checks.iter().any(|check| check.to_string().contains(text));
    assert!(says("`hello`: plugins.lock has it, and it isn't there"), "{checks:?}");
    assert!(says("not of `hallo`"), "{checks:?}");
    let other = desk.write("other", "1.0.0", "");
    fs::rename(desk.home.join(other), desk.installed("other")).unwrap();
    let checks = doctor(&desk);
    assert!(
        checks.iter().any(|check| check.to_string().contains("`other`: plugins.lock doesn't know it")),
        "{checks:?}"
    );
}

#[test]
fn trusting_one_says_so_first() {
    let desk = Desk::new();
    let sign = "[sign]\nscopes = [{ methods = [\"GET\"], path = \"/v1/x\" }]\n";
    let _ = desk.json(&["install", &desk.write("hello", "1.0.0", sign), "--unsigned"]);
    let trust = ["trust", "hello", "--yes", "--all-agents"];
    assert!(!desk.plugin(&trust).ok().stderr.contains("warning"));
    fs::write(desk.installed("hello").join("share/data"), "other").unwrap();
    let said = desk.plugin(&trust).ok();
    said.assert_says("the installed plugin `hello`: it isn't as 1.0.0 was installed");
}
