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
    let _ = home.leash(["man", "nonesuch"]).fails(127);
}
