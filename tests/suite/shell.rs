//! Completions and manual pages.

use leash_tests::Home;

const MANIFEST: &str = r#"
schema = 1
protocol = [1]
name = "weather"
version = "1.2.0"
summary = "What the weather does"

[[command]]
path = ["today"]
summary = "Today's"
flags = [{ long = "days", value = "N", help = "How many" }]
"#;

fn complete(home: &Home, words: &[&str]) -> Vec<String> {
    let line = ["--", "leash"].iter().chain(words).copied();
    let run = home
        .leash(line)
        .env("LEASH_COMPLETE", "bash")
        .env("_CLAP_COMPLETE_INDEX", words.len().to_string())
        .env("_CLAP_IFS", "\n")
        .env("PATH", home.join("bin"));
    run.ok().stdout.lines().map(str::to_owned).collect()
}

#[test]
fn commands_and_their_options_are_completed() {
    let home = Home::new();
    assert_eq!(complete(&home, &["ag"]), ["agent"]);
    assert_eq!(complete(&home, &["api-key", "ro"]), ["rotate"]);
    assert!(complete(&home, &["api-key", "create", "--la"]).contains(&"--label".to_owned()));
}

#[test]
fn a_plugins_manifest_is_completed_and_the_plugin_is_not_run() {
    let home = Home::new();
    let _ = home.write_script("bin/leash-weather", "#!/bin/sh\necho ran > \"$HOME/ran\"\n");
    let _ = home.write_private("bin/leash-weather.toml", MANIFEST);
    assert_eq!(complete(&home, &["wea"]), ["weather"]);
    assert_eq!(complete(&home, &["weather", "to"]), ["today"]);
    assert_eq!(complete(&home, &["weather", "today", "--da"]), ["--days"]);
    assert!(!home.join("ran").exists());
}

#[test]
fn every_shell_has_a_script() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = home.leash(["completions", shell]).ok().stdout;
        assert!(script.contains("LEASH_COMPLETE") && script.contains("leash"), "{shell}: {script}");
    }
    let _ = home.leash(["completions", "tcsh"]).fails(2);
}

#[test]
fn pages_are_written_for_every_command() {
    let home = Home::new();
    let document = home.leash(["man", "--out", "pages", "--json"]).ok().json();
    assert!(document["count"].as_u64().is_some_and(|count| count > 10), "{document}");
    assert!(
        std::fs::read_to_string(home.join("pages/leash-api-key-create.1")).unwrap().contains("plaintext")
    );
    assert!(home.leash(["man", "api-key"]).ok().stdout.contains(".TH leash-api-key"));
    let page = home.leash(["man", "api-key", "--json"]).ok().json();
    assert!(page["page"].as_str().is_some_and(|page| page.contains(".TH leash-api-key")), "{page}");
    let _ = home.leash(["man", "nonesuch"]).fails(127);
}

/// Whatever can be named is offered by its name, and nothing is run to know it.
#[test]
fn agents_and_plugins_are_completed_by_name() {
    let home = Home::with_agent(&leash_tests::AGENT_1, "http://127.0.0.1:9");
    let agent = leash_tests::AGENT_2.file("http://127.0.0.1:9").to_string();
    let _ = home.write_private(".config/leash/agents/seller.json", &agent);
    let _ = home.write_private(".config/leash/agents/buyer.json", &agent);
    let _ = home.write_script("bin/leash-weather", "#!/bin/sh\necho ran > \"$HOME/ran\"\n");
    for words in
        [&["agent", "use", ""][..], &["agent", "remove", ""], &["--agent", ""], &["pay", "--agent", ""]]
    {
        let names = complete(&home, words);
        let there = ["default", "buyer", "seller"].iter().all(|name| names.contains(&(*name).to_owned()));
        assert!(there, "{words:?}: {names:?}");
    }
    assert_eq!(complete(&home, &["agent", "use", "se"]), ["seller"]);
    assert_eq!(complete(&home, &["--agent", "bu"]), ["buyer"]);
    for command in ["trust", "untrust", "which"] {
        assert_eq!(complete(&home, &["plugin", command, "we"]), ["weather"], "{command}");
    }
    // It wasn't installed, so there is nothing to update.
    assert_eq!(complete(&home, &["plugin", "update", "we"]), [""; 0]);
    assert!(!home.join("ran").exists());
    // A man page is for everybody.
    assert!(!home.leash(["man", "agent"]).ok().stdout.contains("buyer"));
}

#[test]
fn the_sandbox_is_completed_and_listed_without_being_run() {
    let home = Home::new();
    assert_eq!(complete(&home, &["sandb"]), ["sandbox"]);
    let words = complete(&home, &["sandbox", ""]);
    for word in ["up", "down", "status", "airdrop", "fund", "agent"] {
        assert!(words.contains(&word.to_owned()), "{words:?}");
    }
    assert_eq!(complete(&home, &["sandbox", "agent", "di"]), ["disable"]);
    assert_eq!(complete(&home, &["sandbox", "fund", "--usd"]), ["--usdc", "--usdt", "--usdg"]);
    let summary = "A Leash API on this machine, to try things out and to test against";
    for words in [&["--list"][..], &["--help"]] {
        let said = home.leash(words).ok().stdout;
        assert!(
            said.lines().any(|line| line.trim_start().starts_with("sandbox ") && line.ends_with(summary)),
            "{said}"
        );
    }
    // It says more by itself.
    assert!(home.leash(["help", "sandbox"]).ok().stdout.contains("Usage: leash sandbox"));
}

/// What a manifest calls its options and subcommands is its own affair, also where leash or clap has such a name: it takes
/// nothing away from any other command.
#[test]
fn options_of_plugins_may_be_called_as_leashs_own() {
    let home = Home::new();
    let _ = home.write_script("bin/leash-weather", "#!/bin/sh\n");
    let mut manifest = MANIFEST.to_owned();
    for (path, flags) in [
        ("", r#"{ long = "json" }, { long = "query", short = "q" }, { long = "version", short = "V" }"#),
        ("help", r#"{ long = "help", short = "h" }"#),
        ("today", r#"{ long = "hours" }"#),
        (
            "log",
            r#"{ long = "agent", value = "WHO" }, { long = "verbose", short = "v" }, { long = "host", short = "h" }"#,
        ),
        ("", r#"{ long = "json" }"#),
    ] {
        let path = if path.is_empty() { String::new() } else { format!("{path:?}") };
        manifest.push_str(&format!("[[command]]\npath = [{path}]\nflags = [{flags}]\n"));
    }
    let _ = home.write_private("bin/leash-weather.toml", &manifest);
    assert_eq!(complete(&home, &["weather", "--"]), ["--json", "--query", "--version", "--help"]);
    assert_eq!(complete(&home, &["weather", "log", "--"]), ["--agent", "--verbose", "--host", "--help"]);
    assert_eq!(complete(&home, &["weather", "help", "--"]), ["--help"]);
    // The first of two descriptions is taken.
    assert_eq!(complete(&home, &["weather", "today", "--"]), ["--days", "--help"]);
    assert_eq!(complete(&home, &["wea"]), ["weather"]);
    assert!(home.leash(["man", "weather"]).path(&[&home.join("bin")]).ok().stdout.contains("query"));
    let _ = home.leash(["man", "--out", "pages"]).path(&[&home.join("bin")]).ok();
}

/// What stands after the name of a plugin is handed to it, and isn't leash's: nothing of leash's is offered there.
#[test]
fn global_options_are_completed_where_leash_takes_them() {
    let home = Home::new();
    let _ = home.write_script("bin/leash-weather", "#!/bin/sh\n");
    let _ = home.write_private("bin/leash-weather.toml", MANIFEST);
    let _ = home.write_script("bin/leash-bare", "#!/bin/sh\n");
    assert_eq!(complete(&home, &["weather", "--"]), ["--help"]);
    assert_eq!(complete(&home, &["bare", "--"]), [""; 0]);
    assert_eq!(complete(&home, &["--js"]), ["--json"]);
    assert_eq!(complete(&home, &["--json", "agent", "list", "--qu"]), ["--quiet"]);
    assert_eq!(complete(&home, &["sandbox", "status", "--js"]), ["--json"]);
    assert_eq!(complete(&home, &["--color", "al"]), ["always"]);
}
