//! `leash agent create` and `fund`, on the sandbox and its chain, cut off wherever that can be done.

mod cut;
mod desk;
mod hostile;
mod lies;
mod terminal;
mod trouble;

use leash_tests::{AGENT_2, Home, Sandbox};
use serde_json::json;

/// An agent of its own on a sandbox, funded.
pub(super) fn funded(sandbox: &Sandbox, name: &str) -> String {
    let outcome =
        sandbox.home.leash(["agent", "create", name, "--sandbox", "--name", "Quotes", "--json"]).outcome();
    assert_eq!(outcome.status, 3, "{outcome:?}");
    let document = outcome.json();
    assert_eq!(
        (&document["status"], &document["kind"]),
        (&json!("funding_required"), &json!("register_agent"))
    );
    let key = document["executive_pubkey"].as_str().unwrap().to_owned();
    let _ = sandbox.home.leash(["sandbox", "airdrop", "1", "--to", &key]).ok();
    key
}

#[test]
fn an_agent_is_created_in_two_runs() {
    let sandbox = Sandbox::up();
    for (name, direct) in [("one", false), ("two", true)] {
        let key = funded(&sandbox, name);
        let file = format!(".config/leash/agents/{name}.json");
        let pending = sandbox.home.read_json(&file);
        assert_eq!(pending["pending_register"]["executive_pubkey"], json!(key));
        assert_eq!(pending["pending_register"]["meta"]["name"], "Quotes");
        assert_eq!(sandbox.home.mode(&file), 0o600);
        let mut words = vec!["agent", "create", name, "--cap", "2.5", "--json"];
        words.extend(direct.then_some("--direct"));
        let document = sandbox.home.leash(&words).ok().json();
        assert_eq!((&document["status"], &document["executive_pubkey"]), (&json!("ok"), &json!(key)));
        let done = sandbox.home.read_json(&file);
        assert_eq!(done["agent_mint"], document["agent_mint"]);
        assert!(done.get("pending_register").is_none(), "{done}");
        let limit = sandbox.home.leash(["--agent", name, "treasury", "limit", "--json"]).ok().json();
        assert_eq!(limit["limit"]["amount"], "2.5");
        // It can act: the API knows it.
        let _ = sandbox.home.leash(["--agent", name, "api-key", "create", "--label", "x", "--quiet"]).ok();
        // And is never overwritten.
        let again = sandbox.home.leash(["agent", "create", name, "--sandbox", "--json"]).fails(1).json();
        assert_eq!(again["code"], "agent_exists");
        assert_eq!(sandbox.home.read_json(&file), done);
        let fund = sandbox
            .home
            .leash(["--agent", name, "agent", "fund", "--token", "usdc", "--amount", "5", "--json"]);
        let fund = fund.ok().json();
        assert!(fund["pay_link"].as_str().unwrap().contains("?amount=5&spl-token="), "{fund}");
    }
}

/// As where it is killed after its last step and before it says so.
#[test]
fn what_could_not_be_said_is_said_by_the_next_run() {
    let sandbox = Sandbox::up();
    let key = funded(&sandbox, "one");
    let create = || sandbox.home.leash(["agent", "create", "one", "--json"]);
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let outcome = create().stdout(full).outcome_elsewhere();
    assert_eq!(outcome.status, 1, "{outcome:?}");
    let made = sandbox.home.read_json(".config/leash/agents/one.json");
    // Whoever brings another key means another agent.
    let other = ["agent", "create", "one", "--key-file", "-", "--json"];
    let outcome = sandbox.home.leash(other).input(AGENT_2.key).fails(1);
    assert_eq!(outcome.json()["code"], "agent_exists");
    let document = create().ok().json();
    assert_eq!(
        (&document["agent_mint"], &document["executive_pubkey"], &document["status"]),
        (&made["agent_mint"], &json!(key), &json!("ok"))
    );
    assert!(document["tx_signatures"]["mint"].is_string(), "{document}");
    assert_eq!(document["limit"]["amount"], "10");
    assert_eq!(create().fails(1).json()["code"], "agent_exists");
    assert_eq!(sandbox.home.read_json(".config/leash/agents/one.json"), made);
}

#[test]
fn a_key_that_is_typed_in_the_wrong_place_is_not_said_back() {
    let home = leash_tests::Home::new();
    let key = AGENT_2.key;
    let joined = format!("--import={key}");
    for words in [
        &["agent", "create", "x", "--network", "devnet", "--key-file", key][..],
        &["agent", "create", "x", "--network", "devnet", "--import", key],
        &["agent", "create", "x", &joined],
        &["agent", "create", key],
        &["agent", "import", key],
        &["--agent", key, "agent", "show"],
        &[key],
    ] {
        let outcome = home.leash(words).outcome();
        assert_ne!(outcome.status, 0, "{words:?}");
        outcome.assert_silent_about(key);
    }
    // The two variables, each in the other's place.
    let swapped = home.leash(["agent", "show", "--json"]).env("LEASH_AGENT_MINT", key);
    let outcome = swapped.env("LEASH_EXECUTIVE_KEY", AGENT_2.mint).outcome();
    assert_eq!(outcome.status, 4, "{outcome:?}");
    outcome.assert_silent_about(key);
}

#[test]
fn a_key_is_brought_along_by_file_or_stdin() {
    let sandbox = Sandbox::up();
    let path = sandbox.home.write_private("key.txt", AGENT_2.key);
    let path = path.to_str().unwrap();
    let words = ["agent", "create", "filed", "--sandbox", "--json", "--key-file", path];
    let document = sandbox.home.leash(words).outcome().json();
    assert_eq!(
        (&document["executive_pubkey"], &document["keypair_source"]),
        (&json!(AGENT_2.executive), &json!("imported"))
    );
    for option in [&["--key-file", "-"][..], &["--import"]] {
        let name = if option.len() == 1 { "asked" } else { "piped" };
        let words = [&["agent", "create", name, "--sandbox", "--json"][..], option].concat();
        let outcome = sandbox.home.leash(words).input(format!("{}\n", AGENT_2.key)).outcome();
        assert_eq!((outcome.status, &outcome.json()["executive_pubkey"]), (3, &json!(AGENT_2.executive)));
        outcome.assert_silent_about(AGENT_2.key);
    }
    sandbox.home.chmod("key.txt", 0o644);
    let _ = sandbox.home.leash(["agent", "create", "open", "--sandbox", "--key-file", path]).fails(4);
    let outcome = sandbox
        .home
        .leash(["agent", "create", "bad", "--sandbox", "--key-file", "-"])
        .input("hunter2")
        .fails(4);
    outcome.assert_silent_about("hunter2");
    assert!(!sandbox.home.join(".config/leash/agents/bad.json").exists());
}

#[test]
fn what_a_pending_agent_needs_can_be_asked_again() {
    let sandbox = Sandbox::up();
    let create = ["agent", "create", "mine", "--sandbox", "--json"];
    let created = sandbox.home.leash(create).outcome();
    let fund = |words: &[&str]| {
        sandbox.home.leash([&["--agent", "mine", "agent", "fund", "--json"][..], words].concat()).outcome()
    };
    let asked = fund(&[]);
    assert_eq!((asked.status, asked.json()), (created.status, created.json()));
    let refused = fund(&["--token", "USDC"]);
    refused.assert_failure(2);
    refused.assert_says("leash agent create mine --wait");
    let key = created.json()["executive_pubkey"].as_str().unwrap().to_owned();
    let _ = sandbox.home.leash(["sandbox", "airdrop", "1", "--to", &key]).ok();
    fund(&[]).assert_says("`leash agent create mine` goes on with it");
}

#[test]
fn the_service_that_the_api_adds_cannot_be_named() {
    let home = Home::new();
    let create = |service: &str| {
        // Nobody answers there.
        home.leash(["agent", "create", "one", "--network", "devnet", "--service", service, "--json"])
            .env("LEASH_API_URL", "http://127.0.0.1:1")
            .env("LEASH_RPC_URL", "http://127.0.0.1:1")
            .outcome()
    };
    for service in ["receipts=https://example.com/r?a=1&b=2", " receipts =https://example.com/r?a=1&b=2"] {
        let outcome = create(service);
        outcome.assert_failure(2);
        outcome.assert_says("the service name `receipts` is reserved");
        outcome.assert_says("`--service 'my-receipts=https://example.com/r?a=1&b=2'`");
        assert!(!home.join(".config/leash").exists());
    }
    // The API compares names exactly.
    let taken = create("Receipts=https://example.com/r");
    assert_eq!((taken.status, taken.json()["code"].clone()), (1, json!("connect")), "{taken:?}");
}
