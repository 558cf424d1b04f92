//! Command lines that make no sense.

use leash_tests::Home;

use super::super::Transcript;

#[test]
fn usage_errors() {
    let home = Home::new();
    let alone = home.copy_leash("alone");
    let mut transcript = Transcript::of(&home);
    let mut each = |title: &str, lines: &[&[&str]]| {
        transcript.title(title);
        for words in lines {
            transcript.fails(home.run(&alone, *words).env("PATH", "/nowhere"));
        }
    };
    each(
        "Commands",
        &[
            &["agnet", "show"],
            &["frobnicate"],
            &["discover"],
            &["help", "frobnicate"],
            &["man", "frobnicate"],
            &["builtin"],
            &["sandbox", "up"],
            &["agent"],
            &["agent", "shwo"],
            &["key"],
            &["plugin"],
            &["audit"],
            &["policy", "frob"],
            &["sell", "link"],
        ],
    );
    each(
        "Global options",
        &[
            &["--frob"],
            &["--jsno", "agent"],
            &["--json=1", "agent"],
            &["--agent"],
            &["agent", "show", "--agent"],
            &["--agent", "../x", "agent", "show"],
            &["--agent", "", "agent", "show"],
            &["--timeout", "5m", "agent", "show"],
            &["--timeout", "0", "agent", "show"],
            &["agent", "show", "--timeout", "3601"],
            &["--color", "blue", "agent", "show"],
            &["--list", "extra"],
        ],
    );
    each(
        "Options and arguments of a command",
        &[
            &["agent", "show", "--frob"],
            &["agent", "show", "--jsno"],
            &["agent", "show", "--json=yes"],
            &["agent", "show", "extra"],
            &["agent", "use"],
            &["agent", "use", "a", "b"],
            &["agent", "import"],
            &["agent", "export"],
            &["agent", "export", "--out", "-"],
            &["agent", "remove"],
            &["agent", "create"],
            &["agent", "create", "A"],
            &["agent", "create", "a", "--network", "testnet"],
            &["agent", "create", "a", "--service", "receipts=https://example.com/r"],
            &["api-key", "create"],
            &["api-key", "create", "--label", ""],
            &["api-key", "list", "--limit", "abc"],
            &["api-key", "list", "--limit", "0"],
            &["api-key", "list", "--network", "testnet"],
            &["api-key", "revoke"],
            &["api-key", "revoke", "a", "--label", "b"],
            &["sell", "create-link"],
            &["sell", "create-link", "--label", "a"],
            &["treasury", "set-limit"],
            &["treasury", "set-limit", "1", "--unlimited"],
            &["treasury", "withdraw", "--amount", "1"],
            &["pay"],
            &["receipts", "--direction", "sideways"],
            &["receipts", "--limit", "0"],
            &["receipt"],
            &["history", "--days", "0"],
            &["daily", "--days", "91"],
            &["policy", "set"],
            &["policy", "check", "https://a.example"],
            &["policy", "check", "https://a.example", "--price", "1", "--net", "1"],
            &["payments", "resolve", "--frob"],
            &["api", "GET"],
            &["completions"],
            &["completions", "tcsh"],
            &["plugin", "trust"],
            &["plugin", "update"],
            &["plugin", "new"],
            &["doctor", "extra"],
            &["version", "extra"],
        ],
    );
    transcript.title("A leash that isn't whole");
    std::fs::remove_file(home.join("alone/leash-builtin")).unwrap();
    for words in [&["agent", "list"][..], &["doctor"], &["version", "--help"]] {
        transcript.fails(home.run(&alone, words).env("PATH", "/nowhere"));
    }
    transcript.assert("errors-usage");
}
