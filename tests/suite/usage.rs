//! How leash explains itself, and what it does with a command line that makes no sense. The words are in `wording`.

use leash_tests::{AGENT_1, Home, Run, Terminal};

/// The commands that are built in.
const BUILT_IN: [&str; 20] = [
    "agent",
    "api-key",
    "sell",
    "treasury",
    "pay",
    "quote",
    "payments",
    "policy",
    "receipts",
    "receipt",
    "history",
    "daily",
    "api",
    "key",
    "plugin",
    "audit",
    "doctor",
    "completions",
    "man",
    "version",
];

/// leash where nothing else is: no plugin, and no bundled executable that might lie beside it.
fn bare(home: &Home) -> impl Fn(&[&str]) -> Run + '_ {
    let alone = home.copy_leash("alone");
    move |words| home.run(&alone, words).env("PATH", "/nowhere")
}

#[test]
fn every_built_in_explains_itself() {
    let home = Home::new();
    let leash = bare(&home);
    let listed = leash(&["--list", "--json"]).ok().json();
    let names: Vec<_> =
        listed["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect();
    let mut expected = BUILT_IN.to_vec();
    expected.sort_unstable();
    assert_eq!(names, expected);
    for name in BUILT_IN {
        let help = leash(&[name, "--help"]).ok();
        assert_eq!(help.stderr, "");
        let text = &help.stdout;
        assert!(text.contains(&format!("Usage: leash {name}")), "{text}");
        assert!(text.contains("Global options:"), "{text}");
        let examples = text.split("Examples:\n").nth(1).unwrap_or_else(|| panic!("no examples: {text}"));
        assert!(examples.contains(&format!("leash {name}")), "{examples}");
        for words in [&["help", name][..], &[name, "-h"], &["--help", name], &["--json", name, "--help"]] {
            assert_eq!(leash(words).ok().stdout, *text, "{words:?}");
        }
        assert!(text.lines().all(|line| line.chars().count() <= 120), "{text}");
        // So does each of its subcommands.
        let commands =
            text.split_once("Commands:\n").map_or("", |(_, rest)| rest.split("\n\n").next().unwrap());
        for subcommand in commands.lines().filter_map(|line| line.split_whitespace().next()) {
            let help = leash(&[name, subcommand, "--help"]).ok();
            assert!(help.stdout.contains(&format!("Usage: leash {name} {subcommand}")), "{help:?}");
            assert_eq!(leash(&["help", name, subcommand]).ok().stdout, help.stdout);
        }
    }
}

#[test]
fn values_that_make_no_sense_are_refused_wherever_they_stand() {
    let home = Home::with_agent(&AGENT_1, "http://127.0.0.1:9");
    for (option, values) in [
        (
            "--timeout",
            &["x", "0", "-1", "+5", "1.5", "1e3", "5m", "3601", "", " 5", "99999999999999999999"][..],
        ),
        ("--color", &["x", "", "Always", "yes"]),
        ("--agent", &["../x", "", "A", "a b"]),
    ] {
        for value in values {
            let joined = format!("{option}={value}");
            for words in [
                &[option, value, "agent", "show"][..],
                &[joined.as_str(), "agent", "show"],
                &["agent", joined.as_str(), "show"],
                &["agent", "show", joined.as_str()],
            ] {
                let outcome = home.leash(words).fails(2);
                assert!(outcome.stderr.contains(&format!("`{value}`")), "{words:?}: {outcome:?}");
            }
        }
    }
    for good in ["30", "30s", "500ms", "3600"] {
        let _ = home.leash(["--timeout", good, "agent", "show"]).ok();
        let _ = home.leash(["agent", "show", "--timeout", good]).ok();
    }
}

#[test]
fn options_that_nobody_knows_are_never_passed_over() {
    let home = Home::with_agent(&AGENT_1, "http://127.0.0.1:9");
    for name in BUILT_IN {
        for word in ["--frob", "-Z", "--frob=1", "--lable"] {
            let _ = home.leash([name, word]).fails(2);
            let _ = home.leash([word, name]).fails(2);
        }
    }
    for words in [
        &["agent", "show", "extra"][..],
        &["agent", "list", "extra"],
        &["agent", "use"],
        &["agent", "use", "a", "b"],
        &["agent", "export"],
        &["agent", "import"],
        &["agent", "remove"],
        &["doctor", "extra"],
        &["version", "extra"],
        &["--list", "extra"],
        &["agent", "show", "--json=yes"],
        &["agent", "show", "--agent"],
    ] {
        let _ = home.leash(words).fails(2);
    }
}

#[test]
fn under_json_a_failure_is_a_document() {
    let home = Home::new();
    let leash = bare(&home);
    for (words, kind, code, status) in [
        (&["agent", "show", "--json"][..], "identity", "no_agent", 4),
        (&["--json", "agent", "show"], "identity", "no_agent", 4),
        (&["agent", "use", "x", "--json"], "agent_use", "no_agent", 4),
        (&["api-key", "list", "--json"], "agent_api_keys", "no_agent", 4),
        (&["api-key", "create", "--json"], "agent_api_key", "usage", 2),
        (&["api-key", "--json"], "agent_api_key", "usage", 2),
        (&["agent", "show", "--json", "--frob"], "identity", "usage", 2),
        (&["agent", "show", "--frob", "--json"], "identity", "usage", 2),
        (&["--json", "--frob"], "error", "usage", 2),
        (&["--frob", "--json"], "error", "usage", 2),
        (&["--json", "frobnicate"], "error", "unknown_command", 127),
        (&["frobnicate", "--json"], "error", "unknown_command", 127),
        (&["discover", "--json"], "error", "unknown_command", 127),
        (&["help", "frobnicate", "--json"], "error", "unknown_command", 127),
        (&["doctor", "--json", "--timeout", "x"], "doctor", "usage", 2),
    ] {
        let outcome = leash(words).fails(status);
        let document = outcome.json();
        assert_eq!(
            (document["kind"].as_str(), document["code"].as_str()),
            (Some(kind), Some(code)),
            "{words:?}"
        );
        // The same words on both streams.
        outcome.assert_says(document["message"].as_str().unwrap());
        outcome.assert_says(document["hint"].as_str().unwrap());
    }
    // A label `--json` would be a label, had it been given as one.
    assert_eq!(leash(&["api-key", "create", "--label=--json"]).fails(4).stdout, "");
}

#[test]
fn colour_is_for_terminals_unless_it_is_asked_for() {
    let home = Home::new();
    let words = ["agent", "show"];
    let plain = home.leash(words).fails(4).stderr;
    assert!(!plain.contains('\u{1b}'), "{plain:?}");
    let always = home.leash(["--color", "always", "agent", "show"]).outcome().stderr;
    assert!(always.contains("\u{1b}[1m\u{1b}[31merror:\u{1b}[0m"), "{always:?}");
    // What is typed for this one command beats NO_COLOR.
    let both = home.leash(["agent", "show", "--color=always"]).env("NO_COLOR", "1").outcome().stderr;
    assert_eq!(both, always);

    let screen = |run: Run| Terminal::start(run).end().1;
    assert!(screen(home.leash(words)).contains("\u{1b}[31merror:"));
    assert!(screen(home.leash(words).env("NO_COLOR", "")).contains("\u{1b}[31merror:"));
    for run in [home.leash(words).env("NO_COLOR", "1"), home.leash(["agent", "show", "--color", "never"])] {
        let screen = screen(run);
        assert!(!screen.contains('\u{1b}'), "{screen:?}");
    }
}

#[test]
fn quiet_leaves_out_what_was_not_asked_for() {
    let home = Home::with_agent(&AGENT_1, "http://127.0.0.1:9");
    let noisy = home.leash(["--agent", "default", "agent", "show"]).env("LEASH_NETWORK", "mainnet").ok();
    noisy.assert_says("note: ignoring LEASH_NETWORK");
    for words in
        [&["-q", "--agent", "default", "agent", "show"][..], &["agent", "show", "--agent=default", "--quiet"]]
    {
        let quiet = home.leash(words).env("LEASH_NETWORK", "mainnet").ok();
        assert_eq!((quiet.stderr.as_str(), &quiet.stdout), ("", &noisy.stdout));
    }
    // Failures are never left out.
    let _ = home.leash(["-q", "agent", "use", "nope"]).fails(4);
}
