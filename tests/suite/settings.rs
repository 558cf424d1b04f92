//! `config.toml`: aliases, how leash speaks, the default agent, the timeout; and what is wrong with a file.

use leash_tests::{AGENT_1, AGENT_2, Api, Home, Keys, Reply, Terminal};
use serde_json::json;

const URL: &str = "http://127.0.0.1:9";
const FILE: &str = ".config/leash/config.toml";

fn home_with(settings: &str) -> Home {
    let home = Home::with_agent(&AGENT_1, URL);
    let _ = home.write_private(".config/leash/agents/spare.json", &AGENT_2.file(URL).to_string());
    let _ = home.write_private(FILE, settings);
    home
}

fn mint(home: &Home, words: &[&str]) -> String {
    home.leash(words).ok().json()["agent_mint"].as_str().unwrap().to_owned()
}

#[test]
fn an_alias_is_text_or_words() {
    let home = home_with(
        "[alias]\nme = 'agent show --json'\nme2 = ['agent', 'show', '--json']\n\
         quoted = \"api-key create --label 'two words' --network\"\n\
         spare = '--agent spare'\nas = ['--agent']\nspare-me = 'spare me'\n",
    );
    assert_eq!(mint(&home, &["me"]), AGENT_1.mint);
    assert_eq!(mint(&home, &["me2"]), AGENT_1.mint);
    assert_eq!(mint(&home, &["--agent", "spare", "me"]), AGENT_2.mint);
    assert_eq!(mint(&home, &["me", "--agent", "spare"]), AGENT_2.mint);
    assert_eq!(mint(&home, &["spare", "me"]), AGENT_2.mint);
    assert_eq!(mint(&home, &["as", "spare", "agent", "show", "--json"]), AGENT_2.mint);
    assert_eq!(mint(&home, &["spare-me"]), AGENT_2.mint);
    // The quotes hold two words together: what follows is the network, and that is wrong.
    home.leash(["quoted", "testnet"]).fails(2).assert_says("`testnet` is no network");
    let listed = home.leash(["--list"]).ok();
    assert!(listed.stdout.contains("alias for `agent show --json`"), "{listed:?}");
}

#[test]
fn an_alias_takes_arguments_as_they_are() {
    let home = home_with("[alias]\nx = 'echo fixed'\n");
    let plugin = home.write_script("bin/leash-echo", "#!/bin/sh\nprintf '<%s>' \"$@\"\n");
    let run = home.leash(["x", "a b", "", "--json", "*"]).path(&[plugin.parent().unwrap()]);
    assert_eq!(run.ok().stdout, "<fixed><a b><><--json><*>");
}

#[test]
fn chains_end_and_loops_are_found() {
    let home = home_with(
        "[alias]\na = 'b'\nb = 'c'\nc = 'agent show --json'\nself = 'self'\nround = 'about'\nabout = 'round'\n\
         empty = ''\nblank = '  '\nnone = []\nlost = 'b0gus'\nend = 'helq me'\n",
    );
    assert_eq!(mint(&home, &["a"]), AGENT_1.mint);
    for (name, at) in [("self", "self"), ("round", "round")] {
        home.leash([name]).fails(2).assert_says(&format!("the alias `{at}` leads back to itself"));
    }
    for name in ["empty", "blank", "none"] {
        home.leash([name]).fails(2).assert_says(&format!("the alias `{name}` is empty"));
    }
    let outcome = home.leash(["lost"]).fails(127);
    outcome.assert_says("there is no command `b0gus`");
    outcome.assert_says("the alias `lost` stands for `b0gus`");
}

#[test]
fn nothing_shadows_a_built_in_or_a_name_that_is_kept() {
    let home = home_with(
        "[alias]\nagent = 'version'\napi-keys = 'version'\ndiscover = 'version'\nhelp = 'version'\n",
    );
    assert_eq!(mint(&home, &["agent", "show", "--json"]), AGENT_1.mint);
    let _ = home.leash(["api-keys", "revoke"]).fails(2);
    home.leash(["discover"]).fails(127).assert_says("kept for a later version");
    assert!(home.leash(["help"]).ok().stdout.contains("Usage: leash"));
    let listed = home.leash(["--list"]).ok().stdout;
    assert!(!listed.contains("alias for"), "{listed}");
    let doctor = home.leash(["doctor", "--json", "--timeout", "1"]).outcome().json();
    let settings =
        doctor["checks"].as_array().unwrap().iter().find(|check| check["name"] == "settings").unwrap();
    assert_eq!(settings["status"], "warn", "{settings}");
}

#[test]
fn how_leash_speaks() {
    let home = home_with("[output]\njson = true\n");
    assert_eq!(home.leash(["agent", "show"]).ok().json()["agent_mint"], AGENT_1.mint);
    assert_eq!(home.leash(["agent", "list"]).ok().json()["count"], 2);
    assert_eq!(home.leash(["--list"]).ok().json()["kind"], "commands");
    assert_eq!(home.leash(["agent", "use", "nope"]).fails(4).json()["status"], "error");
    assert_eq!(home.leash(["agent", "frob"]).fails(2).json()["status"], "error");
    assert_eq!(home.leash(["frob"]).fails(127).json()["status"], "error");

    let home = home_with("[output]\ncolor = 'always'\n");
    let red = |words: &[&str]| home.leash(words).outcome().stderr.contains("\u{1b}[");
    assert!(red(&["agent", "use", "nope"]));
    assert!(!red(&["agent", "use", "nope", "--color", "never"]));
    assert!(!red(&["--color=never", "agent", "use", "nope"]));
    let home = home_with("[output]\ncolor = 'never'\n");
    let (_, screen) = Terminal::start(home.leash(["agent", "use", "nope"])).end();
    assert!(!screen.contains('\u{1b}'), "{screen:?}");
}

#[test]
fn the_default_agent() {
    let home = home_with("default_agent = 'spare'\n");
    assert_eq!(mint(&home, &["agent", "show", "--json"]), AGENT_2.mint);
    assert_eq!(mint(&home, &["--agent", "default", "agent", "show", "--json"]), AGENT_1.mint);
    // A setting is not a name that was typed: the environment still beats the file.
    let run = home.leash(["agent", "show", "--json"]).env("LEASH_NETWORK", "mainnet");
    assert_eq!(run.ok().json()["network"], "solana-mainnet");
    let home = home_with("default_agent = 'gone'\n");
    let outcome = home.leash(["agent", "show"]).fails(4);
    outcome.assert_says("no agent `gone`");
    outcome.assert_says("`~/.config/leash/config.toml` chooses `gone`");
}

#[test]
fn the_timeout() {
    let api = Api::start(|_, _| Reply::Silence);
    let home = Home::with_agent(&AGENT_1, &api.url);
    let _ = home.write_private(FILE, "timeout = 1\n");
    let outcome = home.leash(["api-key", "list", "--json"]).fails(1);
    assert_eq!(outcome.json()["code"], "timeout");
    // The command line beats the settings: this answer comes after more than a second, and in time.
    let keys = Keys::of(AGENT_1);
    let slow = keys.serve_but(|_, _| {
        std::thread::sleep(std::time::Duration::from_millis(1500));
        None
    });
    let run = home.leash(["api-key", "list", "--json", "--timeout", "60s"]).env("LEASH_API_URL", &slow.url);
    assert_eq!(run.ok().json()["count"], 0);
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    for (text, line, what) in [
        ("x = \n", 1, ""),
        ("[alias]\nfoo = 'a'\nfoo = 'b'\n", 3, "duplicate key"),
        ("\n\ntimeout = 'soon'\n", 3, "invalid type"),
        ("timeout = 0\n", 1, "a number of seconds from 1 to 3600"),
        ("timeout = -5\n", 1, "a number of seconds from 1 to 3600"),
        ("timeout = 3601\n", 1, "a number of seconds from 1 to 3600"),
        ("timeout = 1.5\n", 1, "invalid type"),
        ("# who\ndefault_agent = '../x'\n", 2, "`../x` is no agent's name"),
        ("default_agent = ''\n", 1, "`` is no agent's name"),
        ("[output]\njson = 'yes'\n", 2, "invalid type"),
        ("[output]\ncolor = 'blue'\n", 2, "output.color is `blue`, not auto, always or never"),
        ("[alias]\nfoo = 7\n", 2, "an alias: a text or a list of texts"),
        ("[alias]\nfoo = ['a', 7]\n", 2, "invalid type"),
        ("[alias]\nok = 'a'\nfoo = \"a 'b\"\n", 3, "a quote in the alias is never closed"),
        ("alias = 'x'\n", 1, "invalid type"),
    ] {
        let home = home_with(text);
        for words in
            [&["agent", "show", "--json"][..], &["api-key", "list"], &["agent", "use", "spare"], &["frob"]]
        {
            let outcome = home.leash(words).fails(4);
            outcome.assert_says(&format!("~/{FILE}:{line}`"));
            outcome.assert_says(what);
        }
        // Nothing is half done: the agent is removed together with the setting that chooses it, or not at all.
        home.leash(["agent", "remove", "spare", "--yes"]).fails(4).assert_says(&format!("~/{FILE}:{line}`"));
        assert!(home.join(".config/leash/agents/spare.json").exists());
        assert_eq!(home.read(FILE), text);
        // What is needed to find out still works.
        for words in [&["--help"][..], &["-v"], &["agent", "--help"]] {
            let _ = home.leash(words).ok();
        }
        home.leash(["version", "--json"]).ok().assert_says(&format!("~/{FILE}:{line}`"));
        let doctor = home.leash(["doctor", "--json"]).outcome();
        assert_eq!(doctor.status, 1, "{doctor:?}");
        let checks = doctor.json()["checks"].clone();
        let settings = checks.as_array().unwrap().iter().find(|check| check["name"] == "settings").unwrap();
        assert_eq!(settings["status"], "fail", "{settings}");
    }
    let home = home_with("");
    let _ = home.write(FILE, b"default_agent = '\xff'\n", 0o600);
    home.leash(["agent", "show"]).fails(4).assert_says("it is not UTF-8");
}

#[test]
fn settings_that_others_can_write_are_refused() {
    let home = home_with("default_agent = 'spare'\n");
    for mode in [0o622, 0o660, 0o666, 0o777] {
        home.chmod(FILE, mode);
        let outcome = home.leash(["agent", "show"]).fails(4);
        outcome.assert_says(&format!("can be written by other users (mode {mode:04o})"));
        outcome.assert_says("chmod 600 ~/.config/leash/config.toml");
    }
    // They hold no secret, so that others read them does no harm.
    home.chmod(FILE, 0o644);
    assert_eq!(mint(&home, &["agent", "show", "--json"]), AGENT_2.mint);
}

#[test]
fn keys_that_leash_does_not_know_are_named_by_doctor() {
    let home =
        home_with("defualt_agent = 'x'\n[output]\ncolour = 'x'\n[plugin.foo]\nanything = { at = 'all' }\n");
    let _ = home.leash(["agent", "show"]).ok();
    let doctor = home.leash(["doctor", "--json", "--timeout", "1"]).outcome().json();
    let settings =
        doctor["checks"].as_array().unwrap().iter().find(|check| check["name"] == "settings").unwrap();
    assert_eq!(settings["status"], json!("warn"));
    let detail = settings["detail"].as_str().unwrap();
    assert!(detail.contains("defualt_agent") && detail.contains("output.colour"), "{detail}");
    assert!(!detail.contains("foo") && !detail.contains("anything"), "{detail}");
}

#[test]
fn verbose_says_what_was_asked_and_keeps_the_path_of_an_endpoint() {
    let api =
        Api::start(|_, _| Reply::with_headers(500, &[], &json!({"error": "internal", "message": "no"})));
    let home = Home::with_agent(&AGENT_1, &api.url);
    let outcome = home.leash(["--verbose", "api", "POST", "/v1/x"]).fails(1);
    outcome.assert_says(&format!("note: POST {}/v1/x: internal, ", api.url));
    home.leash(["api", "POST", "/v1/x"]).fails(1).assert_silent_about("note:");
    let asked = home
        .leash(["treasury", "balance", "--verbose"])
        .env("LEASH_RPC_URL", format!("{}/secret?key=secret", api.url))
        .outcome();
    asked.assert_says(&format!("note: asked {}: ", api.url));
    asked.assert_silent_about("secret");
}
