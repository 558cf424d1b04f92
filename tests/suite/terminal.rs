//! What a person sees: questions, progress, and nothing that could garble a terminal.

use leash_tests::{AGENT_1, AGENT_2, Api, Home, Keys, Reply, Terminal};
use serde_json::json;

/// Clears the screen, sets the title, reverses the line, and hides.
const NASTY: &str =
    "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}drawkcab\u{2066}\u{200b}\r\n\u{8}\u{7f}\u{85}";

/// That nothing on the screen acts on the terminal. A terminal turns each line feed into two characters.
fn assert_harmless(screen: &str) {
    for line in screen.split("\r\n") {
        let bad = line.chars().find(|char| {
            char.is_control()
                || matches!(char, '\u{200b}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        });
        assert_eq!(bad, None, "{screen:?}");
    }
}

#[test]
fn texts_of_a_server_are_written_out() {
    let key = json!({
        "id": "01M839VFY4733NK3Y1H0KJ5JXM", "label": NASTY, "network": "solana-devnet", "prefix": "lsh_test_",
        "last4": "abcd", "owner_wallet": AGENT_1.executive, "agent_mint": AGENT_1.mint, "scopes": ["agent"],
        "created_at": "2026-11-23T04:14:40.000Z", "disabled_at": null,
    });
    let good = json!({ "items": [key] });
    let bad = json!({ "error": "not_found", "message": NASTY, "detail": NASTY });
    for (status, body) in [(200, &good), (404, &bad)] {
        let body = body.clone();
        let api = Api::start(move |_, _| Reply::Json(status, body.clone()));
        let home = Home::with_agent(&AGENT_1, &api.url);
        for words in [
            &["api-key", "list"][..],
            &["api-key", "list", "--json"],
            &["api", "GET", "/v1/agents/{mint}/api-keys"],
            &["api", "GET", "/v1/agents/{mint}/api-keys", "--json"],
            &["doctor", "--timeout", "2"],
            &["doctor", "--timeout", "2", "--json"],
        ] {
            let (_, screen) = Terminal::start(home.leash(words).env("NO_COLOR", "1")).end();
            assert_harmless(&screen);
        }
        // A document means the same as without its disguise.
        if status == 200 {
            let listed = home.leash(["api-key", "list", "--json"]).ok();
            assert_eq!(listed.json()["items"][0]["label"], NASTY);
            assert!(!listed.stdout.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{listed:?}");
        }
    }
}

#[test]
fn texts_of_files_variables_and_the_command_line_are_written_out() {
    let home = Home::with_agent(&AGENT_1, &format!("http://127.0.0.1:9/{NASTY}"));
    let mut file = AGENT_2.file("http://127.0.0.1:9");
    file["network"] = NASTY.into();
    let _ = home.write_private(".config/leash/agents/nasty.json", &file.to_string());
    let alias = json!(NASTY).to_string().replace("\u{7f}", "\\u007f");
    let _ = home.write_private(".config/leash/config.toml", &format!("[alias]\nnasty = [{alias}]\n"));
    let nasty_label = format!("--label={NASTY}");
    for words in [
        &["agent", "show"][..],
        &["agent", "show", "--json"],
        &["agent", "list"],
        &["--agent", "nasty", "agent", "show"],
        &["--agent", NASTY, "agent", "show"],
        &["agent", "use", NASTY],
        &["agent", "show", NASTY],
        &["agent", "show", "--timeout", NASTY],
        &["--color", NASTY],
        &["api-key", "create", nasty_label.as_str()],
        &["api", "GET", NASTY],
        &["--list"],
        &["--help"],
        &["nasty"],
        &[NASTY],
        &["--list", NASTY],
        &["doctor", "--timeout", "1"],
    ] {
        let (_, screen) = Terminal::start(home.leash(words).env("NO_COLOR", "1")).end();
        assert_harmless(&screen);
    }
}

#[test]
fn what_takes_long_is_shown_and_wiped() {
    let keys = Keys::of(AGENT_1);
    let (go, wait) = std::sync::mpsc::channel();
    let wait = std::sync::Mutex::new(wait);
    let api = keys.serve_but(move |_, _| {
        // Until the test has seen what it waits for.
        let _ = wait.lock().unwrap().recv();
        None
    });
    let home = Home::with_agent(&AGENT_1, &api.url);
    let mut terminal = Terminal::start(home.leash(["api-key", "list"]));
    terminal.wait_for("listing the keys (");
    go.send(()).unwrap();
    let (status, screen) = terminal.end();
    assert_eq!(status, Some(0), "{screen}");
    let (_, last) = screen.rsplit_once("\r\u{1b}[K").unwrap();
    assert!(last.contains("API key") && !last.contains("listing"), "{screen:?}");
    drop(go);
    // Where nobody watches, or nobody wants it, nothing is shown.
    for words in [&["api-key", "list", "--quiet"][..], &["-q", "api-key", "list"]] {
        let (_, screen) = Terminal::start(home.leash(words)).end();
        assert!(!screen.contains("listing"), "{screen}");
    }
}

#[test]
fn only_a_clear_yes_is_one() {
    for (answer, yes) in [
        ("y\n", true),
        ("Y\n", true),
        ("yes\n", true),
        (" YES \n", true),
        ("n\n", false),
        ("yep\n", false),
        ("\n", false),
    ] {
        let home = Home::with_agent(&AGENT_1, "http://127.0.0.1:9");
        let mut terminal = Terminal::start(home.leash(["agent", "remove", "default"]));
        terminal.wait_for("[y/N]");
        terminal.type_in(answer);
        let (status, screen) = terminal.end();
        assert_eq!(status, Some(i32::from(!yes)), "{screen}");
        assert_eq!(home.join(".config/leash/agent.json").exists(), !yes, "{answer:?}");
    }
}
