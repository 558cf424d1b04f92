//! Who the agent is: which source wins, and what is said of it.

mod keys;
mod malformed;
mod trust;
mod written;

use leash_tests::{AGENT_1, AGENT_2, Home, Run};
use serde_json::Value;

const URL: &str = "http://127.0.0.1:9";

/// Every variable of an identity, set to the second agent's.
const OTHERS: [(&str, &str); 7] = [
    ("LEASH_AGENT_MINT", AGENT_2.mint),
    ("LEASH_EXECUTIVE_KEY", AGENT_2.key),
    ("LEASH_NETWORK", "mainnet"),
    ("LEASH_API_URL", "https://api.example.com"),
    ("LEASH_RPC_URL", "https://rpc.example.com"),
    ("LEASH_EXPLORER_URL", "https://explorer.example.com"),
    ("LEASH_API_KEY", "lsh_live_0123456789abcdefgh"),
];

fn show(home: &Home) -> Run {
    home.leash(["agent", "show", "--json"])
}

fn with_others(mut run: Run) -> Run {
    for (name, value) in OTHERS {
        run = run.env(name, value);
    }
    run
}

#[test]
fn environment_over_file_over_default() {
    let home = Home::with_agent(&AGENT_1, URL);
    let file = show(&home).ok().json();
    assert_eq!(file["agent_mint"], AGENT_1.mint);
    assert_eq!(file["executive_pubkey"], AGENT_1.executive);
    assert_eq!(file["treasury_address"], AGENT_1.treasury);
    assert_eq!(file["network"], "solana-devnet");
    assert_eq!(file["api_base_url"], URL);
    assert_eq!(file["rpc_url"], format!("{URL}/rpc"));
    assert_eq!(file["api_key"], "unset");
    assert_eq!(file["name"], "default");

    let set = with_others(show(&home)).ok();
    assert_eq!(set.stderr, "");
    let set = set.json();
    assert_eq!(set["agent_mint"], AGENT_2.mint);
    assert_eq!(set["executive_pubkey"], AGENT_2.executive);
    assert_eq!(set["network"], "solana-mainnet");
    assert_eq!(set["api_base_url"], "https://api.example.com");
    assert_eq!(set["rpc_url"], "https://rpc.example.com");
    assert_eq!(set["api_key"], "set");
    assert_eq!(set["name"], "environment");
    assert_eq!(set["sources"]["agent_mint"], "LEASH_AGENT_MINT");

    // One at a time: the rest is still the file's.
    let set = show(&home).env("LEASH_API_URL", "https://api.example.com").ok().json();
    assert_eq!(
        (set["api_base_url"].as_str(), &set["rpc_url"]),
        (Some("https://api.example.com"), &file["rpc_url"])
    );
    assert_eq!(set["agent_mint"], AGENT_1.mint);

    let home = Home::new();
    let default = show(&home).env("LEASH_AGENT_MINT", AGENT_1.mint).env("LEASH_EXECUTIVE_KEY", AGENT_1.key);
    let default = default.ok().json();
    assert_eq!(default["network"], "solana-mainnet");
    assert_eq!(default["api_base_url"], "https://api.leash.market");
    assert_eq!(default["rpc_url"], "https://api.mainnet-beta.solana.com");
    let devnet = show(&home)
        .env("LEASH_AGENT_MINT", AGENT_1.mint)
        .env("LEASH_EXECUTIVE_KEY", AGENT_1.key)
        .env("LEASH_NETWORK", "devnet");
    assert_eq!(devnet.ok().json()["rpc_url"], "https://api.devnet.solana.com");
}

#[test]
fn a_blank_variable_is_unset() {
    let home = Home::with_agent(&AGENT_1, URL);
    let expected = show(&home).ok().stdout;
    for (name, _) in OTHERS.into_iter().chain([("LEASH_AGENT", "")]) {
        for blank in ["", " ", "\t \n"] {
            let outcome = show(&home).env(name, blank).ok();
            assert_eq!(outcome.stdout, expected, "{name}={blank:?}");
            assert_eq!(outcome.stderr, "", "{name}={blank:?}");
        }
    }
}

#[test]
fn an_agent_that_is_named_rules_out_the_variables() {
    let home = Home::with_agent(&AGENT_2, URL);
    let _ = home.write_private(".config/leash/agents/sandbox.json", &AGENT_1.file(URL).to_string());
    let runs = [
        home.leash(["--agent", "sandbox", "agent", "show", "--json"]),
        home.leash(["--agent=sandbox", "agent", "show", "--json"]),
        home.leash(["agent", "show", "--json", "--agent", "sandbox"]),
        show(&home).env("LEASH_AGENT", "sandbox"),
        home.leash(["--agent", "sandbox", "agent", "show", "--json"]).env("LEASH_AGENT", "other"),
    ];
    for run in runs {
        let outcome = with_others(run).ok();
        let shown = outcome.json();
        assert_eq!(shown["agent_mint"], AGENT_1.mint);
        assert_eq!(shown["executive_pubkey"], AGENT_1.executive);
        assert_eq!(shown["network"], "solana-devnet");
        assert_eq!(shown["api_base_url"], URL);
        assert_eq!(shown["api_key"], "unset");
        for (name, _) in OTHERS {
            outcome.assert_says(name);
        }
        outcome.assert_silent_about(AGENT_2.key);
        outcome.assert_silent_about("lsh_live_");
    }
    // The default agent, too, can be named.
    let outcome = with_others(home.leash(["--agent", "default", "agent", "show", "--json"])).ok();
    assert_eq!(outcome.json()["agent_mint"], AGENT_2.mint);
    outcome.assert_says("LEASH_API_KEY");
}

#[test]
fn a_mint_and_a_key_from_two_sources_is_said() {
    let home = Home::with_agent(&AGENT_1, URL);
    for arguments in [&["agent", "show"][..], &["agent", "show", "--quiet"]] {
        let outcome = home.leash(arguments).env("LEASH_EXECUTIVE_KEY", AGENT_2.key).ok();
        outcome
            .assert_says("the mint is from `~/.config/leash/agent.json`, the key from LEASH_EXECUTIVE_KEY");
        let outcome = home.leash(arguments).env("LEASH_AGENT_MINT", AGENT_2.mint).ok();
        outcome.assert_says("the mint is from LEASH_AGENT_MINT, the key from `~/.config/leash/agent.json`");
    }
}

#[test]
fn networks_by_name_and_no_other() {
    let home = Home::with_agent(&AGENT_1, URL);
    let mut file = AGENT_1.file(URL);
    for (name, network) in [
        ("devnet", "solana-devnet"),
        ("solana-devnet", "solana-devnet"),
        ("DevNet", "solana-devnet"),
        (" devnet ", "solana-devnet"),
        ("mainnet", "solana-mainnet"),
        ("solana-mainnet", "solana-mainnet"),
        ("SOLANA-MAINNET", "solana-mainnet"),
    ] {
        assert_eq!(show(&home).env("LEASH_NETWORK", name).ok().json()["network"], network, "{name}");
        file["network"] = name.into();
        let home = Home::new();
        let _ = home.write_private(".config/leash/agent.json", &file.to_string());
        assert_eq!(show(&home).ok().json()["network"], network, "{name}");
    }
    for name in
        ["testnet", "localnet", "main", "dev net", "solana_devnet", "mainnet-beta", "solana", "0", "дevnet"]
    {
        let outcome = show(&home).env("LEASH_NETWORK", name).fails(4);
        outcome.assert_says("LEASH_NETWORK");
        outcome.assert_says("devnet, mainnet, solana-devnet and solana-mainnet");
        file["network"] = name.into();
        let home = Home::new();
        let text = serde_json::to_string_pretty(&file).unwrap();
        let line = text.lines().position(|line| line.contains("network")).unwrap() + 1;
        assert!(line > 1, "{text}");
        let _ = home.write_private(".config/leash/agent.json", &text);
        show(&home).fails(4).assert_says(&format!("network in ~/.config/leash/agent.json:{line}: "));
    }
}

#[test]
fn no_agent_names_the_ways_to_get_one() {
    let home = Home::new();
    let outcome = show(&home).fails(4);
    assert_eq!(outcome.json()["code"], "no_agent");
    assert_eq!(outcome.json()["kind"], "identity");
    for way in ["leash sandbox up", "leash agent import", "LEASH_AGENT_MINT", "LEASH_EXECUTIVE_KEY"] {
        outcome.assert_says(way);
    }
    let outcome = home.leash(["--agent", "nope", "agent", "show"]).fails(4);
    outcome.assert_says("no agent `nope`");
    outcome.assert_says("leash agent list");
    home.leash(["--agent", "../nope", "agent", "show"]).fails(2).assert_says("`../nope` is no agent's name");
    show(&home).env("LEASH_AGENT", "a/b").fails(2).assert_says("`a/b` is no agent's name");
    show(&home).env("LEASH_AGENT_MINT", AGENT_1.mint).fails(4).assert_says("LEASH_EXECUTIVE_KEY isn't");
    show(&home).env("LEASH_EXECUTIVE_KEY", AGENT_1.key).fails(4).assert_says("LEASH_AGENT_MINT isn't");
}

#[test]
fn xdg_directories_are_honoured_where_they_are_absolute() {
    let home = Home::with_agent(&AGENT_1, URL);
    let _ = home.write_private("xdg/leash/agent.json", &AGENT_2.file(URL).to_string());
    let shown = |value: &str| show(&home).env("XDG_CONFIG_HOME", value).ok().json();
    let absolute = home.join("xdg");
    assert_eq!(shown(absolute.to_str().unwrap())["agent_mint"], AGENT_2.mint);
    for relative in ["xdg", "./xdg", ""] {
        assert_eq!(shown(relative)["agent_mint"], AGENT_1.mint, "{relative}");
    }
}

#[test]
fn a_file_that_xdg_hides_is_pointed_out() {
    let home = Home::with_agent(&AGENT_1, URL);
    let elsewhere = home.join("elsewhere");
    let outcome = show(&home).env("XDG_CONFIG_HOME", &elsewhere).fails(4);
    outcome.assert_says("XDG_CONFIG_HOME hides `~/.config/leash/agent.json`");
    outcome.assert_says("leash agent import ~/.config/leash/agent.json");
    let import = home.leash(["agent", "import", home.join(".config/leash/agent.json").to_str().unwrap()]);
    let _ = import.env("XDG_CONFIG_HOME", &elsewhere).ok();
    assert_eq!(show(&home).env("XDG_CONFIG_HOME", &elsewhere).ok().json()["agent_mint"], AGENT_1.mint);
    assert_eq!(home.mode("elsewhere/leash"), 0o700);
    assert_eq!(home.mode("elsewhere/leash/agent.json"), 0o600);
}

#[test]
fn without_a_home_the_environment_is_enough() {
    let home = Home::new();
    let homeless = || show(&home).env("HOME", "relative");
    homeless().fails(4).assert_says("this user has no home directory");
    let shown = with_others(homeless()).ok().json();
    assert_eq!((&shown["agent_mint"], &shown["file"]), (&AGENT_2.mint.into(), &Value::Null));
    // A name needs a file, and a file a home.
    with_others(homeless()).env("LEASH_AGENT", "sandbox").fails(4).assert_says("no home directory");
    for words in [&["--help"][..], &["--list"], &["version", "--json"]] {
        let _ = home.leash(words).env("HOME", "relative").ok();
    }
}

#[test]
fn a_variable_that_is_no_text_is_an_error_unless_it_is_ignored() {
    use std::os::unix::ffi::OsStrExt as _;
    let home = Home::with_agent(&AGENT_1, URL);
    let bad = std::ffi::OsStr::from_bytes(b"lsh_\xff");
    for (name, _) in OTHERS {
        show(&home).env(name, bad).fails(4).assert_says(&format!("{name} is not UTF-8"));
        let outcome = home.leash(["--agent", "default", "agent", "show"]).env(name, bad).ok();
        outcome.assert_says(&format!("ignoring {name}"));
    }
    show(&home).env("LEASH_AGENT", bad).fails(4).assert_says("LEASH_AGENT is not UTF-8");
}

#[test]
fn a_registration_of_the_originals_that_is_pending_is_no_agent_yet() {
    let home = Home::new();
    let text = include_str!("../fixtures/pending.json");
    let _ = home.write_private(".config/leash/agent.json", text);
    let outcome = show(&home).fails(4);
    outcome.assert_says("isn't registered yet");
    outcome.assert_says("leash agent create default");
    outcome.assert_says(AGENT_1.executive);
    outcome.assert_silent_about(AGENT_1.key);
    assert_eq!(home.read(".config/leash/agent.json"), text);
}

#[test]
fn a_url_that_is_none_is_named_with_its_place() {
    let mut file = AGENT_1.file("ftp://example.com");
    file["rpc_url"] = "nowhere".into();
    let text = serde_json::to_string_pretty(&file).unwrap();
    let home = Home::new();
    let _ = home.write_private(".config/leash/agent.json", &text);
    let line = |field: &str| 1 + text.lines().position(|line| line.contains(field)).unwrap();
    let (api, rpc) = (line("api_url"), line("rpc_url"));
    let outcome = home.leash(["api-key", "list"]).fails(4);
    outcome.assert_says(&format!("api_url in ~/.config/leash/agent.json:{api}: "));
    outcome.assert_says("hint: it looks like `https://");
    let outcome = home.leash(["treasury", "balance"]).fails(4);
    outcome.assert_says(&format!("rpc_url in ~/.config/leash/agent.json:{rpc}: "));
    for (variable, words) in
        [("LEASH_API_URL", ["api-key", "list"]), ("LEASH_RPC_URL", ["treasury", "balance"])]
    {
        home.leash(words).env(variable, "nonsense").fails(4).assert_says(&format!("error: {variable}: "));
    }
}
