//! Which files are commands, and what is said of those that aren't.

use std::{
    fs,
    os::unix::{ffi::OsStrExt as _, fs::symlink, net::UnixListener},
};

use leash_tests::{AGENT_1, Home, Run};
use rustix::fs::{CWD, FileType, Mode, mknodat};

use super::URL;

const HELLO: &str = "#!/bin/sh\necho hello\n";

fn home_with(scripts: &[&str]) -> Home {
    let home = Home::with_agent(&AGENT_1, URL);
    for script in scripts {
        let _ = home.write_script(script, HELLO);
    }
    home
}

/// leash with exactly this PATH.
fn with_path(home: &Home, path: &str, words: &[&str]) -> Run {
    home.leash(words).env("PATH", path)
}

#[test]
fn the_first_on_path_wins() {
    let home = home_with(&["one/leash-foo", "two/leash-foo"]);
    let _ = home.write_script("one/leash-foo", "#!/bin/sh\necho first\n");
    let (one, two) = (home.join("one"), home.join("two"));
    let path = format!("/nowhere:{}:{}:/usr/bin:/bin", one.display(), two.display());
    assert_eq!(with_path(&home, &path, &["foo"]).ok().stdout, "first\n");
    let listed = with_path(&home, &path, &["--list", "--json"]).ok().json();
    let foo: Vec<_> =
        listed["items"].as_array().unwrap().iter().filter(|item| item["name"] == "foo").collect();
    assert_eq!(foo.len(), 1);
    assert_eq!(foo[0]["path"].as_str(), one.join("leash-foo").to_str());
    assert_eq!(foo[0]["source"], "path");
}

#[test]
fn entries_of_path_that_are_passed_over() {
    let home = home_with(&["leash-foo", "rel/leash-foo", "open/leash-foo", "sticky/leash-foo"]);
    home.chmod("open", 0o777);
    home.chmod("sticky", 0o1777);
    let (open, sticky) = (home.join("open"), home.join("sticky"));
    for path in ["", ":", ".", "rel", "./rel", ":/usr/bin", "/usr/bin:", "../"] {
        with_path(&home, path, &["foo"]).fails(127).assert_says("there is no command `foo`");
    }
    for dir in [&open, &sticky] {
        let outcome = with_path(&home, &format!("{}:/usr/bin", dir.display()), &["foo"]).fails(127);
        outcome.assert_says(&format!(
            "`{}/leash-foo` is there, but its directory is passed over",
            dir.display()
        ));
        outcome.assert_says("every user can write it");
        let listed = with_path(&home, dir.to_str().unwrap(), &["--list"]).ok().stdout;
        assert!(!listed.contains("foo"), "{listed}");
    }
    // No PATH at all.
    let _ = home.leash(["foo"]).env_remove("PATH").fails(127);
    let _ = home.leash(["agent", "show"]).env_remove("PATH").ok();
    home.chmod("open", 0o775);
    let group = with_path(&home, &format!("{}:/usr/bin:/bin", open.display()), &["foo"]);
    assert_eq!(group.ok().stdout, "hello\n");
}

#[test]
fn files_that_are_no_commands() {
    let home = home_with(&["bin/leash-plain", "bin/leash-open", "bin/leash-gone"]);
    home.chmod("bin/leash-plain", 0o644);
    home.chmod("bin/leash-open", 0o777);
    fs::remove_file(home.join("bin/leash-gone")).unwrap();
    symlink("nothing", home.join("bin/leash-gone")).unwrap();
    symlink("leash-loop", home.join("bin/leash-loop")).unwrap();
    symlink("leash-open", home.join("bin/leash-linked")).unwrap();
    fs::create_dir(home.join("bin/leash-dir")).unwrap();
    let _socket = UnixListener::bind(home.join("bin/leash-socket")).unwrap();
    mknodat(CWD, home.join("bin/leash-pipe"), FileType::Fifo, Mode::from_raw_mode(0o755), 0).unwrap();
    let bin = home.join("bin");
    for (name, why) in [
        ("plain", "this user may not execute it"),
        ("open", "every user can write it"),
        ("linked", "every user can write it"),
        ("gone", "a link that leads nowhere"),
        ("loop", "a link that leads nowhere"),
        ("dir", "not a regular file"),
        ("socket", "not a regular file"),
        ("pipe", "not a regular file"),
    ] {
        let outcome = home.leash([name]).path(&[&bin]).fails(127);
        outcome.assert_says(&format!("there is no command `{name}`"));
        outcome
            .assert_says(&format!("`{}` is passed over: {why}", bin.join(format!("leash-{name}")).display()));
    }
    let listed = home.leash(["--list"]).path(&[&bin]).ok().stdout;
    assert!(!listed.contains("/bin/leash-"), "{listed}");
    // One that can be run further down is still found.
    let _ = home.write_script("later/leash-plain", HELLO);
    assert_eq!(home.leash(["plain"]).path(&[&bin, &home.join("later")]).ok().stdout, "hello\n");
}

#[test]
fn names_that_are_none_never_touch_path() {
    let home = home_with(&[
        "bin/leash-../evil",
        "bin/leash-UP",
        "bin/leash-dot.",
        "bin/leash-a_b",
        "bin/leash-",
        "bin/leash--x",
    ]);
    let bin = home.join("bin");
    let long = "a".repeat(65);
    let _ = home.write_script(&format!("bin/leash-{long}"), HELLO);
    for name in
        ["../evil", "UP", "dot.", "a_b", "", "/bin/sh", "./x", "9lives", "é", "a\nb", long.as_str(), "-"]
    {
        let outcome = home.leash([name]).path(&[&bin]).fails(127);
        assert!(!outcome.stderr.contains("a\nb"), "{outcome:?}");
    }
    let _ = home.leash(["--", "-x"]).path(&[&bin]).fails(127);
    for bytes in [&b"\xff"[..], b"f\xf6o"] {
        let _ = home.leash([std::ffi::OsStr::from_bytes(bytes)]).path(&[&bin]).fails(127);
    }
    let _ = home.leash([std::ffi::OsStr::from_bytes(b"--agent=\xff")]).fails(2);
    let listed = home.leash(["--list"]).path(&[&bin]).ok().stdout;
    assert!(!listed.contains(bin.to_str().unwrap()), "{listed}");
    let longest = "a".repeat(64);
    let _ = home.write_script(&format!("bin/leash-{longest}"), HELLO);
    assert_eq!(home.leash([&longest]).path(&[&bin]).ok().stdout, "hello\n");
}

#[test]
fn nothing_takes_a_name_that_is_built_in_or_kept() {
    let names = ["agent", "api-key", "api-keys", "sell", "api", "doctor", "version", "help"];
    let scripts: Vec<_> = names
        .iter()
        .chain(&leash_protocol::commands::PLANNED)
        .map(|name| format!("bin/leash-{name}"))
        .collect();
    let home = home_with(&scripts.iter().map(String::as_str).collect::<Vec<_>>());
    let bin = home.join("bin");
    for name in names {
        let outcome = home.leash([name, "--help"]).path(&[&bin]).ok();
        assert_ne!(outcome.stdout, "hello\n", "{name}");
    }
    for name in leash_protocol::commands::PLANNED {
        let outcome = home.leash([name]).path(&[&bin]).outcome();
        assert_ne!(outcome.stdout, "hello\n", "{name}");
    }
    home.leash(["discover"]).path(&[&bin]).fails(127).assert_says("kept for a later version");
    let listed = home.leash(["--list"]).path(&[&bin]).ok().stdout;
    assert!(!listed.contains(bin.to_str().unwrap()), "{listed}");
}

#[test]
fn an_unknown_command_suggests_the_nearest() {
    let home = home_with(&["bin/leash-sell-report"]);
    let bin = home.join("bin");
    for (typed, near) in
        [("agnet", "agent"), ("docter", "doctor"), ("sel-report", "sell-report"), ("apikey", "api-key")]
    {
        let outcome = home.leash([typed]).path(&[&bin]).fails(127);
        outcome.assert_says(&format!("did you mean `leash {near}`?"));
    }
    home.leash(["frobnicate"]).fails(127).assert_says("`leash --list` shows what there is");
    let document = home.leash(["--json", "agnet"]).fails(127).json();
    assert_eq!(
        (document["code"].as_str(), document["status"].as_str()),
        (Some("unknown_command"), Some("error"))
    );
    // What is typed never reaches the terminal raw.
    let outcome = home.leash(["\u{1b}[31mred"]).fails(127);
    assert!(!outcome.stderr.contains('\u{1b}'), "{outcome:?}");
}

#[test]
fn what_lies_beside_leash_came_with_it() {
    let home = Home::with_agent(&AGENT_1, URL);
    let leash = home.copy_leash("opt/bin");
    let show = "#!/bin/sh\nprintf '%s %s' \"$0\" \"$LEASH_AGENT_MINT\"\n";
    let beside = home.write_script("opt/bin/leash-beside", show);
    let libexec = home.write_script("opt/libexec/leash/leash-sandbox", show);
    let _ = home.write_script("bin/leash-beside", HELLO);
    let _ = home.write_script("bin/leash-sandbox", HELLO);
    let _ =
        home.write_private(".config/leash/config.toml", "[alias]\nbeside = 'version'\nsandbox = 'version'\n");
    let run = |words: &[&str]| home.run(&leash, words).env("PATH", home.join("bin"));
    // Neither an alias nor PATH shadows it, and a name that is kept is kept for it.
    assert_eq!(run(&["beside"]).ok().stdout, format!("{} {}", beside.display(), AGENT_1.mint));
    let sandbox = run(&["sandbox"]).ok().stdout;
    assert!(sandbox.ends_with(AGENT_1.mint), "{sandbox}");
    assert_eq!(fs::canonicalize(sandbox.split(' ').next().unwrap()).unwrap(), libexec);
    let listed = run(&["--list", "--json"]).ok().json();
    let sources: Vec<_> = listed["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|item| ["beside", "sandbox"].contains(&item["name"].as_str().unwrap()))
        .map(|item| item["source"].as_str().unwrap())
        .collect();
    assert_eq!(sources, ["bundled", "bundled"]);
    // It is what helps to mend an identity or settings that are broken, so it runs without them.
    let _ = home.write_private(".config/leash/config.toml", "[");
    let _ = home.write_private(".config/leash/agent.json", "{");
    assert_eq!(run(&["beside"]).ok().stdout, format!("{} ", beside.display()));
    assert_eq!(run(&["--agent", "nobody", "beside"]).ok().stdout, format!("{} ", beside.display()));
    let _ = run(&["--agent", "../x", "beside"]).fails(2);
}

#[test]
fn what_cannot_be_run_is_never_given_to_a_shell() {
    let home = Home::with_agent(&AGENT_1, URL);
    let bin = home.join("bin");
    let elf = fs::read("/bin/true").unwrap();
    let mut alien = elf.clone();
    alien[18] ^= 0x55; // Another machine's number.
    let bad: [(&str, Vec<u8>, &str); 8] = [
        ("naked", b"echo fell back; touch fell-back\n".to_vec(), "nor a script with a `#!` line"),
        ("empty", Vec::new(), "nor a script with a `#!` line"),
        ("cut", elf[..60].to_vec(), "nor a script with a `#!` line"),
        ("alien", alien, "nor a script with a `#!` line"),
        (
            "lost",
            b"#!/no/such/interpreter -x\n".to_vec(),
            "its interpreter `/no/such/interpreter` is not there",
        ),
        ("windows", b"#!/bin/sh\r\necho\r\n".to_vec(), "its lines end as on Windows"),
        ("escape", b"#!/no/\x1b[31m\n".to_vec(), "`/no/\\u{1b}[31m` is not there"),
        ("folder", b"#!/etc\n".to_vec(), "or its interpreter `/etc`"),
    ];
    for (name, bytes, why) in bad {
        let path = home.write(&format!("bin/leash-{name}"), bytes, 0o755);
        let outcome = home.leash(["--json", name, "argument"]).path(&[&bin]).fails(126);
        outcome.assert_says(&format!("cannot run `{}`", path.display()));
        outcome.assert_says(why);
        assert_eq!(outcome.json()["code"], "not_runnable");
        outcome.assert_silent_about("fell back");
    }
    assert!(!home.join("fell-back").exists());
}
