//! Plugins in lists and help: what their manifests say, and that none of them is run for it.

use std::{
    fs,
    path::PathBuf,
    time::{Duration, SystemTime},
};

use leash_resolve::{Installed, Target};
use leash_tests::{AGENT_1, Home, Run, Terminal, programs};
use leash_trust::Summaries;

use crate::world::paths_of;

const URL: &str = "http://127.0.0.1:9";

/// Leaves a mark when it is run.
const MARKING: &str = "#!/bin/sh\n: > \"$HOME/ran\"\necho ran \"$@\"\n";

fn manifest(name: &str, summary: &str) -> String {
    format!(
        "schema = 1\nprotocol = [1]\nname = {name:?}\nversion = \"1.2.3\"\nsummary = \"{summary}\"\n\
         [[command]]\npath = []\nsummary = \"\"\nflags = [{{ long = \"all\", short = \"a\", help = \"Everything\" }}]\n\
         [[command]]\npath = [\"weekly\"]\nsummary = \"This week\"\n\
         flags = [{{ long = \"days\", value = \"N\", help = \"How many\" }}]\n"
    )
}

fn on_path(home: &Home, name: &str, summary: &str) {
    let _ = home.write_script(&format!("bin/leash-{name}"), MARKING);
    let _ = home.write_private(&format!("bin/leash-{name}.toml"), &manifest(name, summary));
}

fn installed(home: &Home, name: &str, summary: &str) -> PathBuf {
    let dir = format!(".local/share/leash/plugins/{name}");
    let _ = home.write_private(&format!("{dir}/leash-plugin.toml"), &manifest(name, summary));
    let _ = home.write_script(&format!("{dir}/leash-{name}"), MARKING);
    home.join(dir)
}

fn leash(home: &Home, words: &[&str]) -> Run {
    home.leash(words).path(&[&home.join("bin")])
}

fn item<'a>(document: &'a serde_json::Value, name: &str) -> &'a serde_json::Value {
    document["items"].as_array().unwrap().iter().find(|item| item["name"] == name).unwrap()
}

#[test]
fn a_hundred_plugins_are_listed_and_none_is_run() {
    let home = Home::with_agent(&AGENT_1, URL);
    for number in 0..60 {
        on_path(&home, &format!("p{number}"), &format!("The summary of number {number}"));
    }
    for number in 60..90 {
        let _ = installed(&home, &format!("p{number}"), &format!("The summary of number {number}"));
    }
    // Its manifest lies beside the file that the link leads to.
    for number in 90..100 {
        let name = format!("p{number}");
        let program = home.write_script(&format!("elsewhere/{name}/program"), MARKING);
        let text = manifest(&name, &format!("The summary of number {number}"));
        let _ = home.write_private(&format!("elsewhere/{name}/leash-{name}.toml"), &text);
        std::os::unix::fs::symlink(program, home.join(format!("bin/leash-{name}"))).unwrap();
    }
    for words in [&["--list"][..], &["help"], &["plugin", "list"]] {
        let listed = leash(&home, words).ok().stdout;
        for number in 0..100 {
            let name = format!("p{number} ");
            let line = listed.lines().find(|line| line.trim_start().starts_with(&name)).unwrap();
            assert!(line.ends_with(&format!("The summary of number {number}")), "{line}");
        }
    }
    let document = leash(&home, &["--list", "--json"]).ok().json();
    for (name, source) in [("p0", "path"), ("p60", "installed"), ("p90", "path"), ("agent", "builtin")] {
        assert_eq!(item(&document, name)["source"], source);
    }
    let p60 = item(&document, "p60");
    assert_eq!(
        (p60["summary"].as_str(), p60["version"].as_str()),
        (Some("The summary of number 60"), Some("1.2.3"))
    );
    assert!(p60["path"].as_str().unwrap().ends_with("/plugins/p60/leash-p60") && p60["broken"].is_null());
    let document = leash(&home, &["plugin", "list", "--json"]).ok().json();
    assert_eq!(item(&document, "p99")["summary"], "The summary of number 99");
    for words in [&["help", "p0"][..], &["help", "p60"], &["man", "p1"]] {
        let _ = leash(&home, words).ok();
    }
    let complete = leash(&home, &["--", "leash", "p9"]).env("LEASH_COMPLETE", "bash");
    let completed = complete.env("_CLAP_COMPLETE_INDEX", "1").env("_CLAP_IFS", "\n").ok().stdout;
    assert!(completed.contains("p99"), "{completed}");
    assert!(!home.join("ran").exists());
}

#[test]
fn help_on_a_plugin_comes_from_its_manifest() {
    let home = Home::with_agent(&AGENT_1, URL);
    on_path(&home, "report", "Weekly \\u001b[31mreport");
    let _ = home.write_script("bin/leash-mute", MARKING);
    let _ = home
        .write_private(".config/leash/config.toml", "[alias]\nrep = 'report weekly'\nls = 'plugin list'\n");
    let text = leash(&home, &["help", "report"]).ok().stdout;
    for line in [
        "leash report - Weekly \\u{1b}[31mreport",
        "Usage: leash report COMMAND [ARGUMENTS]",
        "  weekly          This week",
        "  -a, --all            Everything",
        "version 1.2.3",
    ] {
        assert!(text.contains(line), "{text}");
    }
    let weekly = leash(&home, &["help", "report", "weekly"]).ok().stdout;
    assert!(weekly.starts_with("leash report weekly - This week\n"), "{weekly}");
    assert!(weekly.contains("      --days N         How many\n"), "{weekly}");
    let document = leash(&home, &["--json", "help", "report"]).ok().json();
    assert_eq!((document["kind"].as_str(), document["version"].as_str()), (Some("help"), Some("1.2.3")));
    assert_eq!(document["commands"][1]["path"][0], "weekly");
    leash(&home, &["help", "report", "monthly"])
        .fails(2)
        .assert_says("says nothing of a subcommand `monthly`");
    leash(&home, &["help", "nobody"]).fails(127).assert_says("there is no command `nobody`");
    assert!(!home.join("ran").exists());
    // What says nothing of itself is asked, as git and cargo do; and `--help` after the name is the plugin's own.
    assert_eq!(leash(&home, &["help", "mute"]).ok().stdout, "ran --help\n");
    assert_eq!(leash(&home, &["report", "--help"]).ok().stdout, "ran --help\n");
    let alias = leash(&home, &["help", "rep"]).ok();
    alias.assert_says("`rep` is an alias for `leash report weekly`");
    assert_eq!(alias.stdout, "ran weekly --help\n");
    // Once, though two executables understand the words.
    let builtin = leash(&home, &["help", "ls"]).ok();
    assert_eq!(
        builtin.stderr.matches("`ls` is an alias for `leash plugin list`").count(),
        1,
        "{}",
        builtin.stderr
    );
}

#[test]
fn a_list_is_no_wider_than_the_terminal() {
    let home = Home::with_agent(&AGENT_1, URL);
    on_path(&home, "wide", &"very ".repeat(50));
    on_path(&home, "kanji", &"名前".repeat(40));
    on_path(&home, "nasty", "\\u001b]0;title\\u0007\\u202e gone\\nnext");
    let line = format!("stty cols 60 && exec {} --list", programs().join("leash").display());
    let (status, shown) = Terminal::start(home.shell(&line).path(&[&home.join("bin")])).end();
    assert_eq!(status, Some(0), "{shown}");
    let lines: Vec<&str> = shown.lines().collect();
    let line = |name: &str| *lines.iter().find(|line| line.starts_with(name)).unwrap();
    assert!(
        line("wide").trim_end().ends_with('…') && line("wide").trim_end().chars().count() == 60,
        "{shown}"
    );
    assert!(
        line("kanji").trim_end().ends_with('…') && line("kanji").trim_end().chars().count() < 50,
        "{shown}"
    );
    assert!(!shown.contains('\u{1b}') && !shown.contains('\u{202e}'), "{shown}");
    // What can be piped isn't cut.
    let piped = leash(&home, &["--list"]).ok().stdout;
    assert!(piped.contains(very_long().as_str()), "{piped}");
}

fn very_long() -> String {
    "very ".repeat(50).trim_end().to_owned()
}

#[test]
fn an_installed_plugin_comes_after_aliases_and_before_path() {
    let home = Home::with_agent(&AGENT_1, URL);
    let dir = installed(&home, "foo", "Installed");
    on_path(&home, "foo", "On PATH");
    assert_eq!(leash(&home, &["foo", "x"]).ok().stdout, "ran x\n");
    let _ = home.write_script("bin/leash-foo", "#!/bin/sh\necho path\n");
    assert_eq!(leash(&home, &["foo"]).ok().stdout, "ran\n");
    let all = leash(&home, &["plugin", "which", "-a", "foo", "--json"]).ok().json();
    let seen: Vec<_> = all["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| (item["source"].as_str().unwrap(), item["loses"].as_str()))
        .collect();
    assert_eq!(seen, [("installed", None), ("path", Some("installed comes first"))]);
    let _ = home.write_private(".config/leash/config.toml", "[alias]\nfoo = 'version'\n");
    assert!(leash(&home, &["foo"]).ok().stdout.contains("leash"));
    assert_eq!(leash(&home, &["plugin", "exec", "foo"]).ok().stdout, "ran\n");
    let all = leash(&home, &["plugin", "which", "-a", "foo"]).ok().stdout;
    let sources: Vec<_> = all.lines().map(|line| line.split_whitespace().next().unwrap()).collect();
    assert_eq!(sources, ["alias", "installed", "path"]);
    // A link in the place of its directory is none; nothing may have a name that is kept.
    fs::rename(&dir, home.join("moved")).unwrap();
    std::os::unix::fs::symlink(home.join("moved"), &dir).unwrap();
    assert_eq!(leash(&home, &["plugin", "exec", "foo"]).ok().stdout, "path\n");
    let _ = installed(&home, "discover", "Kept");
    leash(&home, &["discover"]).fails(127).assert_says("kept for a later version");
    assert!(!leash(&home, &["--list"]).ok().stdout.contains("Kept"));
}

#[test]
fn an_installed_plugin_that_is_broken_is_disabled_alone() {
    let home = Home::with_agent(&AGENT_1, URL);
    let _ = installed(&home, "fine", "Works");
    let plugins = [
        ("torn", "[", "the manifest is wrong at"),
        ("alien", "schema = 9", "this leash knows schema 1 alone"),
        ("other", "schema = 1\nprotocol = [1]\nname = \"fine\"\nversion = \"1\"", "not of `other`"),
    ];
    for (name, text, _) in plugins {
        let _ = installed(&home, name, "");
        let _ = home.write_private(&format!(".local/share/leash/plugins/{name}/leash-plugin.toml"), text);
        // One of the same name further down is not the one that is meant.
        let _ = home.write_script(&format!("bin/leash-{name}"), MARKING);
    }
    fs::remove_file(installed(&home, "bare", "").join("leash-plugin.toml")).unwrap();
    fs::remove_file(installed(&home, "empty", "").join("leash-empty")).unwrap();
    home.chmod(installed(&home, "shut", "").join("leash-shut"), 0o644);
    home.chmod(installed(&home, "open", ""), 0o777);
    let doctor = leash(&home, &["doctor"]).outcome().stdout;
    let broken = plugins.map(|(name, _, why)| (name, why)).into_iter().chain([
        ("bare", "leash-plugin.toml` isn't there"),
        ("empty", "leash-empty`: it isn't there"),
        ("shut", "this user may not execute it"),
        ("open", "every user can write"),
    ]);
    for (name, why) in broken {
        leash(&home, &[name]).fails(126).assert_says(why);
        assert!(doctor.contains(why), "{doctor}");
        let listed = leash(&home, &["--list"]).ok().stdout;
        let line = listed.lines().find(|line| line.starts_with(&format!("{name} "))).unwrap();
        assert!(line.contains("(broken) "), "{line}");
        let document = leash(&home, &["plugin", "list", "--json"]).ok().json();
        assert_eq!(item(&document, name)["trust"], "broken");
        let which = leash(&home, &["plugin", "which", "-a", name]).ok().stdout;
        assert!(which.lines().next().unwrap().contains("(broken: "), "{which}");
    }
    assert!(!home.join("ran").exists());
    assert_eq!(leash(&home, &["fine"]).ok().stdout, "ran\n");
}

#[test]
fn a_summary_that_is_remembered_is_never_old() {
    let home = Home::with_agent(&AGENT_1, URL);
    on_path(&home, "foo", "Before");
    let dir = installed(&home, "bar", "Installed");
    let kept = home.join(".cache/leash/summaries.json");
    let list = |says: &str| {
        let listed = leash(&home, &["--list"]).ok().stdout;
        assert!(listed.contains(says), "{says}: {listed}");
    };
    list("Before");
    assert!(!fs::read_to_string(&kept).unwrap_or_default().contains("Before"), "it was written just now");
    // As leash keeps them at a time when the manifests were changed long ago.
    let later = SystemTime::now() + Duration::from_secs(60);
    let mut summaries = Summaries::open(Some(&paths_of(&home))).at(later);
    let bar = Installed { dir: dir.clone(), program: dir.join("leash-bar") };
    for (name, target) in [("foo", Target::Path(home.join("bin/leash-foo"))), ("bar", Target::Installed(bar))]
    {
        assert!(summaries.of(name, &target).unwrap().is_some());
    }
    summaries.keep();
    list("Before");
    assert!(fs::read_to_string(&kept).unwrap().contains("Before"));
    assert_eq!(home.mode(&kept), 0o600);
    list("Before");
    // Of the same length, in place and with its old time.
    let manifest = home.join("bin/leash-foo.toml");
    let time = fs::metadata(&manifest).unwrap().modified().unwrap();
    let text = fs::read_to_string(&manifest).unwrap().replace("Before", "After!");
    fs::write(&manifest, text).unwrap();
    fs::File::options().write(true).open(&manifest).unwrap().set_modified(time).unwrap();
    list("After!");
    fs::write(&manifest, "[").unwrap();
    list("(broken)");
    fs::remove_file(&manifest).unwrap();
    list("bin/leash-foo");
    // What is kept says nothing of the program.
    fs::remove_file(dir.join("leash-bar")).unwrap();
    list("(broken)");
    for torn in ["", "{", "[]", "{\"v\":1,\"summaries\":[[]]}"] {
        fs::write(&kept, torn).unwrap();
        list("bin/leash-foo");
    }
}

#[test]
fn what_comes_with_leash_and_is_missing_is_named() {
    let home = Home::new();
    let alone = home.copy_leash("alone");
    let missing = home.run(&alone, ["sandbox", "up"]).fails(127);
    missing.assert_says("`leash-sandbox`, which comes with leash, isn't there");
    missing.assert_says(&format!("belongs into `{}`", alone.parent().unwrap().display()));
    let doctor = home.run(&alone, ["doctor"]).outcome();
    for program in ["leash-sandbox", "leash-loader", "leash-payer"] {
        assert!(doctor.stdout.contains(&format!("`{program}` isn't there")), "{doctor:?}");
    }
}
