//! Every page of help. The commands are those that the programs list, so a new one without a snapshot fails.

use std::{collections::BTreeSet, fs};

use leash_tests::{Home, programs};

use super::Transcript;

/// The commands of one page of help: the first words of the lines below `Commands:`.
fn below(page: &str) -> Vec<String> {
    let commands = page.split_once("\nCommands:\n").map_or("", |(_, rest)| rest);
    let lines = commands.lines().take_while(|line| !line.is_empty());
    lines
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .map(|line| line.split_whitespace().next().unwrap().to_owned())
        .collect()
}

/// The page of a command and those of all below it, however they are asked for; their names, as manual pages have them.
fn pages(home: &Home, words: &[&str], transcript: &mut Transcript) -> BTreeSet<String> {
    let help = |before: &[&str], after: &[&str]| home.leash([before, words, after].concat()).ok();
    let page = help(&[], &["--help"]);
    assert_eq!(page.stderr, "", "{words:?}");
    for other in [help(&[], &["-h"]), help(&["help"], &[]), help(&["--json"], &["--help"])] {
        assert_eq!(other.stdout, page.stdout, "{other:?}");
    }
    transcript.ok(home.leash([words, &["--help"]].concat()));
    transcript.fold("Global options:\n");
    let mut names = BTreeSet::from([format!("leash-{}", words.join("-"))]);
    for subcommand in below(&page.stdout) {
        names.extend(pages(home, &[words, &[subcommand.as_str()]].concat(), transcript));
    }
    names
}

#[test]
fn every_page_is_a_snapshot() {
    let home = Home::new();
    let listed = home.leash(["--list", "--json"]).ok().json();
    let items = listed["items"].as_array().unwrap().iter().filter(|item| item["source"] == "builtin");
    let commands: Vec<_> = items.map(|item| item["name"].as_str().unwrap()).collect();
    assert!(commands.len() > 10, "{commands:?}");
    let mut names = BTreeSet::from(["leash".to_owned()]);
    for command in commands {
        let mut transcript = Transcript::of(&home);
        names.extend(pages(&home, &[command], &mut transcript));
        transcript.assert(&format!("help-{command}"));
    }
    // What the manual has pages of, which is made from the commands themselves; this leash has no plugins beside it.
    let alone = home.copy_leash("alone");
    let _ = home.run(alone, ["man", "--out", "pages"]).env("PATH", "/nowhere").ok();
    let manual: BTreeSet<String> = fs::read_dir(home.join("pages"))
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(names, manual);
}

#[test]
fn the_main_page() {
    let home = Home::new();
    let alone = home.copy_leash("alone");
    let leash = |words: &[&str]| home.run(&alone, words).env("PATH", "/nowhere");
    let page = leash(&["--help"]).ok();
    assert_eq!(page.stderr, "");
    for words in
        [&["-h"][..], &["help"], &[], &["help", "help"], &["help", "--json"], &["--json", "--help"], &["--"]]
    {
        assert_eq!(leash(words).ok().stdout, page.stdout, "{words:?}");
    }
    // The executable that has the commands explains itself in the same words.
    let builtin = home.run(home.join("alone/leash-builtin"), ["--help"]).env("PATH", "/nowhere");
    assert_eq!(builtin.ok().stdout, page.stdout);
    let mut transcript = Transcript::of(&home);
    transcript.ok(leash(&["--help"]));
    transcript.assert("help-leash");
}

/// The bundled sandbox is a plugin: leash has a page of it, and it has pages itself.
#[test]
fn the_sandbox() {
    let home = Home::new();
    let mut transcript = Transcript::of(&home);
    transcript.ok(home.leash(["help", "sandbox"]));
    let page = home.leash(["sandbox", "--help"]).ok().stdout;
    let mut left: Vec<Vec<String>> = below(&page).into_iter().map(|name| vec![name]).collect();
    assert!(!left.is_empty(), "{page}");
    transcript.ok(home.leash(["sandbox", "--help"]));
    while !left.is_empty() {
        let words = left.remove(0);
        if words[0] == "help" {
            continue;
        }
        let words: Vec<&str> = ["sandbox"].into_iter().chain(words.iter().map(String::as_str)).collect();
        let page = home.leash([&words[..], &["--help"]].concat());
        let deeper = below(&page.again(&[]).ok().stdout);
        left.extend(
            deeper
                .into_iter()
                .filter(|name| name != "help")
                .map(|name| words[1..].iter().map(|word| (*word).to_owned()).chain([name]).collect()),
        );
        transcript.ok(page);
    }
    transcript.assert("help-sandbox");
    assert!(programs().join("leash-sandbox").exists());
}
