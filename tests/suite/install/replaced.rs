//! One version in the place of another, and several commands at once.

use std::{fs, thread};

use leash_tests::Terminal;

use super::desk::Desk;

#[test]
fn downgrades_and_other_bytes_of_the_same_version() {
    let desk = Desk::new();
    let old = desk.pack("hello", "1.9.0");
    let new = desk.pack("hello", "1.10.0");
    let _ = desk.plugin(&["install", &new, "--unsigned"]).ok();
    desk.refuses(&["install", &old, "--unsigned"], 125, "downgrade").assert_says("--allow-downgrade");
    let dir = desk.write("hello", "1.10.0", "# changed\n");
    desk.refuses(&["install", &dir, "--unsigned"], 125, "same_version").assert_says("--reinstall");
    assert_eq!(desk.json(&["install", &dir, "--unsigned", "--reinstall"])["action"], "reinstall");
    assert_eq!(desk.json(&["install", &old, "--unsigned", "--allow-downgrade"])["action"], "downgrade");
    assert_eq!(desk.version("hello").as_deref(), Some("1.9.0"));
    // Another plugin where this one came from.
    let other = desk.pack("other", "2.0.0");
    let _ = desk.home.write(&old, desk.bytes(&other), 0o644);
    desk.refuses(&["update", "hello", "--unsigned"], 125, "other_plugin");
}

#[test]
fn what_was_changed_or_lost_is_mended() {
    let desk = Desk::new();
    let archive = desk.pack("hello", "1.0.0");
    let _ = desk.plugin(&["install", &archive, "--unsigned"]).ok();
    let digest = desk.lock();
    let data = desk.installed("hello").join("share/data");
    fs::write(&data, "changed").unwrap();
    assert_eq!(desk.json(&["update", "hello", "--unsigned"])["items"][0]["action"], "mend");
    assert_ne!(fs::read(&data).unwrap(), b"changed");
    fs::remove_dir_all(desk.installed("hello")).unwrap();
    assert_eq!(desk.json(&["install", &archive, "--unsigned"])["action"], "mend");
    let line = |text: &str| text.lines().find(|line| line.starts_with("digest")).map(str::to_owned);
    assert_eq!(line(&desk.lock()), line(&digest));
    // What leash didn't put there is not replaced.
    let stranger = desk.installed("stranger");
    fs::create_dir(&stranger).unwrap();
    let archive = desk.pack("stranger", "1.0.0");
    desk.refuses(&["install", &archive, "--unsigned"], 125, "not_ours")
        .assert_says("leash plugin remove stranger");
    let _ = desk.plugin(&["remove", "stranger", "--yes"]).ok();
    assert!(!stranger.exists());
}

#[test]
fn a_broken_lockfile_is_named_and_kept() {
    let desk = Desk::new();
    let dir = desk.write("hello", "1.0.0", "");
    let _ = desk.home.write_private(".config/leash/plugins.lock", "v = 1\n[plugin.hello]\nversion = 3\n");
    desk.refuses(&["install", &dir, "--unsigned"], 1, "malformed_lockfile").assert_says("plugins.lock");
    let _ = desk.home.write_private(".config/leash/plugins.lock", "v = 2\n");
    desk.refuses(&["install", &dir, "--unsigned"], 1, "malformed_lockfile");
}

#[test]
fn several_at_once_take_turns() {
    let desk = Desk::new();
    let names: Vec<String> = (0..6).map(|at| format!("p{at}")).collect();
    let archives: Vec<String> = names.iter().map(|name| desk.pack(name, "1.0.0")).collect();
    let later: Vec<String> = (1..5).map(|minor| desk.pack("same", &format!("1.{minor}.0"))).collect();
    thread::scope(|scope| {
        for archive in archives.iter().chain(&later) {
            // Of those of one plugin, some may come after a later one.
            let words = ["install", archive, "--unsigned", "--allow-downgrade"];
            let run = desk.plugin(&words);
            scope.spawn(move || drop(run.ok()));
        }
    });
    let lock = desk.lock();
    for name in names.iter().map(String::as_str).chain(["same"]) {
        assert!(lock.contains(&format!("[plugin.{name}]")), "{name}: {lock}");
    }
    let there = desk.version("same").unwrap();
    assert!(
        lock.split("[plugin.same]").nth(1).unwrap().contains(&format!("version = \"{there}\"")),
        "{there}: {lock}"
    );
    desk.assert_tidy();
    assert_eq!(desk.json(&["update", "--all", "--unsigned"])["status"], "ok");
}

#[test]
fn one_that_fails_holds_up_no_other() {
    let desk = Desk::new();
    let _ = desk.publish("aaa", "1.0.0", "alice");
    let _ = desk.publish("bbb", "1.0.0", "alice");
    for name in ["aaa", "bbb"] {
        let _ = desk.plugin(&["install", name, "--index", "desk/index.toml"]).ok();
    }
    let _ = desk.publish("aaa", "1.1.0", "mallory");
    let _ = desk.publish("bbb", "1.1.0", "alice");
    let outcome = desk.plugin(&["update", "--all", "--json"]).fails(1);
    let document = outcome.json();
    assert_eq!((document["code"].as_str(), document["count"].as_i64()), (Some("not_all_updated"), Some(2)));
    assert_eq!(document["items"][0]["code"], "other_publisher");
    assert_eq!(document["items"][1]["action"], "update");
    // Text for people has what was done on stdout, and what wasn't on stderr.
    let outcome = desk.plugin(&["update", "--all"]).outcome();
    assert_eq!(outcome.status, 1, "{outcome:?}");
    outcome.assert_says("aaa: ");
    assert_eq!(
        (desk.version("aaa").as_deref(), desk.version("bbb").as_deref()),
        (Some("1.0.0"), Some("1.1.0"))
    );
}

#[test]
fn removing_asks() {
    let desk = Desk::new();
    let dir = desk.write("hello", "1.0.0", "");
    let _ = desk.plugin(&["install", &dir, "--unsigned"]).ok();
    desk.refuses(&["remove", "hello"], 2, "usage").assert_says("--yes");
    for (answer, gone) in [("n\n", false), ("y\n", true)] {
        let mut terminal = Terminal::start(desk.plugin(&["remove", "hello"]));
        terminal.wait_for("[y/N]");
        terminal.type_in(answer);
        let (status, screen) = terminal.end();
        assert_eq!((status == Some(0), desk.version("hello").is_none()), (gone, gone), "{screen}");
    }
    desk.refuses(&["remove", "hello", "--yes"], 1, "not_installed");
    desk.refuses(&["remove", "../x", "--yes"], 2, "usage");
}
