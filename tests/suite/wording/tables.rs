//! What succeeds, as people read it: lists, tables, summaries and notes.

use leash_chain::treasury;
use leash_tests::{AGENT_1, AGENT_2, Home, Sandbox};
use serde_json::json;

use super::{Transcript, errors::NOWHERE};
use crate::{
    install::desk::Desk,
    keys,
    pay::market::{Fault, Market, PAYMENT, WALLET},
    world::{AGAIN, KEYS, READ_KEYS, World},
};

#[test]
fn agents() {
    let home = Home::new();
    let mut transcript = Transcript::of(&home);
    transcript.ok(home.leash(["agent", "list"]));
    home.write_private("first.json", &AGENT_1.file(NOWHERE).to_string());
    home.write_private("second.json", &AGENT_2.file(NOWHERE).to_string());
    let _ = home.write("open.json", AGENT_2.file(NOWHERE).to_string(), 0o644);
    transcript.ok(home.leash(["agent", "import", "first.json"]));
    transcript.ok(home.leash(["agent", "import", "second.json", "--name", "spare"]));
    transcript.ok(home.leash(["agent", "import", "open.json", "--name", "open"]));
    home.write_private(".config/leash/agents/broken.json", "{");
    transcript.ok(home.leash(["agent", "list"]));
    transcript.ok(home.leash(["agent", "show"]));
    transcript.ok(home.leash(["--agent", "spare", "agent", "show"]).env("LEASH_NETWORK", "mainnet"));
    transcript.ok(home.leash(["agent", "show"]).env("LEASH_AGENT_MINT", AGENT_2.mint));
    transcript.ok(home.leash(["agent", "use", "spare"]));
    transcript.ok(home.leash(["agent", "use", "default"]).env("LEASH_AGENT", "spare"));
    transcript.ok(home.leash(["agent", "list"]));
    transcript.ok(home.leash(["agent", "export", "--out", "copy.json"]));
    transcript.ok(home.leash(["agent", "remove", "spare", "--yes"]));
    transcript.assert("tables-agents");
}

/// Hides what a sandbox makes anew each time.
fn transcript_of(sandbox: &Sandbox) -> Transcript {
    let mut transcript = Transcript::of(&sandbox.home);
    let shown = sandbox.home.leash(["agent", "show", "--json"]).ok().json();
    transcript.hide(&sandbox.mint, "[MINT]");
    transcript.hide(&treasury(&sandbox.mint.parse().unwrap()).to_string(), "[TREASURY]");
    transcript.hide(shown["executive_pubkey"].as_str().unwrap(), "[EXECUTIVE]");
    transcript
}

#[test]
fn the_sandbox_and_a_new_agent() {
    let sandbox = Sandbox::up();
    let home = &sandbox.home;
    let mut transcript = transcript_of(&sandbox);
    transcript.ok(home.leash(["sandbox", "status"]));
    transcript.ok(home.leash(["sandbox", "up"]));
    let create = ["agent", "create", "mine", "--sandbox", "--name", "Quotes"];
    let pending = home.leash(create.iter().chain(&["--json"])).outcome().json();
    let key = pending["executive_pubkey"].as_str().unwrap();
    transcript.hide(key, "[KEY OF MINE]");
    transcript.prints(home.leash(create), 3);
    transcript.ok(home.leash(["agent", "list"]));
    transcript.ok(home.leash(["sandbox", "airdrop", "1", "--to", key]));
    let create = home.leash(["agent", "create", "mine", "--cap", "2.5"]);
    // It is known only afterwards.
    let made = create.again(&["--json"]).ok().json();
    let mint = made["agent_mint"].as_str().unwrap();
    transcript.hide(mint, "[MINT OF MINE]");
    transcript.hide(&treasury(&mint.parse().unwrap()).to_string(), "[TREASURY OF MINE]");
    transcript.ok(home.leash(["--agent", "mine", "agent", "show"]));
    transcript.ok(home.leash(["--agent", "mine", "agent", "fund", "--token", "usdc", "--amount", "5"]));
    transcript.ok(home.leash([
        "sandbox",
        "agent",
        "add",
        "--mint",
        AGENT_1.mint,
        "--executive",
        AGENT_1.executive,
    ]));
    transcript.ok(home.leash(["sandbox", "down"]));
    transcript.prints(home.leash(["sandbox", "status"]), 3);
    transcript.assert("tables-sandbox");
}

#[test]
fn api_keys_and_links() {
    let sandbox = Sandbox::up();
    let home = &sandbox.home;
    let mut transcript = transcript_of(&sandbox);
    transcript.ok(home.leash(["api-key", "list"]));
    transcript.ok(home.leash(["api-key", "create", "--label", "local runtime"]));
    transcript.ok(home.leash(["api-key", "create", "--label", "kept", "--save"]));
    transcript.ok(home.leash(["api-key", "create", "--label", "filed", "--out", "key"]));
    transcript.ok(home.leash(["api-key", "list"]));
    transcript.ok(home.leash(["sell", "create-link", "--label", "Quote", "--amount", "0.01"]));
    transcript.ok(home.leash(["api-key", "rotate", "--label", "local runtime"]));
    transcript.ok(home.leash(["api-key", "revoke", "--label", "filed", "--yes"]));
    transcript.ok(home.leash(["api-key", "list", "--include-disabled"]));
    transcript.ok(home.leash(["api", "GET", "/v1/health"]));
    transcript.assert("tables-api-keys");
}

#[test]
fn money() {
    let market = Market::new();
    let home = market.home();
    let mut transcript = Transcript::of(home);
    transcript.hide(&market.mint().to_string(), "[MINT]");
    transcript.hide(&treasury(&market.mint()).to_string(), "[TREASURY]");
    let shown = home.leash(["agent", "show", "--json"]).ok().json();
    transcript.hide(shown["executive_pubkey"].as_str().unwrap(), "[EXECUTIVE]");
    let usdc = leash_chain::Token::by_symbol(leash_chain::Network::Devnet, "USDC").unwrap();
    transcript.hide(&usdc.account_of(&treasury(&market.mint())).to_string(), "[USDC]");

    transcript.title("Nothing yet");
    for words in [
        &["receipts"][..],
        &["history"],
        &["daily"],
        &["payments", "list"],
        &["policy", "show"],
        &["policy", "explain"],
        &["receipts", "verify"],
        &["receipts", "publish"],
    ] {
        transcript.ok(home.leash(words));
    }
    transcript.title("The treasury");
    transcript.ok(home.leash(["treasury", "balance"]));
    transcript.ok(home.leash(["treasury", "limit"]));
    transcript.ok(home.leash(["treasury", "set-limit", "25.5", "--yes"]));
    transcript.ok(home.leash(["treasury", "withdraw", "--to", WALLET, "--amount", "1.5", "--yes"]));
    transcript.ok(home.leash(["treasury", "limit"]));
    transcript.title("A policy");
    let rules = json!({"v": "0.1", "budget": {"daily": "5", "perCall": "0.5", "currency": "USDC"},
        "hosts": {"deny": ["evil.example"], "allow": ["127.0.0.1", "example"]}, "priceCeiling": "0.4", "triggers": []});
    home.write_private("rules.json", &rules.to_string());
    transcript.ok(home.leash(["policy", "set", "--file", "rules.json", "--yes"]));
    transcript.ok(home.leash(["policy", "show"]));
    transcript.ok(home.leash(["policy", "check", "https://a.example", "--price", "0.1"]));
    transcript.ok(home.leash(["policy", "check", "https://a.example", "--net", "0.1"]));
    transcript.title("Payments");
    let (x402, mpp) =
        (market.link("x402", "GET", &json!({"ok": true})), market.link("mpp", "POST", &json!({"ok": true})));
    transcript.ok(home.leash(["pay", &x402, "--dry-run"]));
    transcript.ok(home.leash(["quote", &x402]));
    transcript.ok(home.leash(["policy", "pause"]));
    transcript.ok(home.leash(["policy", "resume"]));
    transcript.ok(home.leash(["pay", &x402]));
    transcript.ok(home.leash(["pay", &mpp, "--method", "POST", "--body", "{}", "--out", "answer.json"]));
    transcript.ok(home.leash(["pay", &format!("{}/v1/version", market.url())]));
    let denied = home.leash(["pay", &x402, "--max", "0.001"]).outcome();
    assert_eq!(denied.status, 125, "{denied:?}");
    for words in [
        &["receipts"][..],
        &["receipts", "--local"],
        &["receipts", "verify"],
        &["receipts", "publish"],
        &["history"],
        &["daily", "--days", "2"],
        &["policy", "show"],
    ] {
        transcript.ok(home.leash(words));
    }
    let hash = market.last_receipt()["receipt_hash"].as_str().unwrap().to_owned();
    transcript.ok(home.leash(["receipt", &hash]));
    transcript.title("A payment whose outcome isn't known");
    assert!(market.run_with(&["pay", &x402], PAYMENT, Fault::KilledAfter));
    let listed = home.leash(["payments", "list", "--json"]).ok().json();
    let id = listed["items"][0]["id"].as_str().unwrap();
    transcript.hide(id, "[PAYMENT]");
    transcript.hide(&id[..8], "[PAYMENT]");
    transcript.ok(home.leash(["payments", "list"]));
    transcript.ok(home.leash(["payments", "show", id]));
    transcript.ok(home.leash(["policy", "show"]));
    transcript.ok(home.leash(["payments", "resolve"]));
    transcript.ok(home.leash(["pay", &x402]));
    transcript.ok(home.leash(["policy", "show"]));
    transcript.assert("tables-money");
}

#[test]
fn plugins_and_the_audit_log() {
    let world = World::new();
    let mut transcript = Transcript::of(&world.home);
    transcript.filter(r"\(lasting [^)]*\)", "(lasting …)");
    transcript.ok(world.leash(["plugin", "list"]));
    let _ = world.plugin("again", AGAIN, &format!("summary = \"Runs leash\"\n{READ_KEYS}"));
    let _ = world.plugin("broken", AGAIN, "frob = [\n");
    let _ = world.home.write_script("bin/leash-mute", "#!/bin/sh\n");
    let _ = world.home.write_private(".config/leash/config.toml", "[alias]\nls = 'plugin list'\n");
    for words in [
        &["--list"][..],
        &["help"],
        &["help", "again"],
        &["plugin", "list"],
        &["plugin", "which", "-a", "again"],
        &["plugin", "which", "agent"],
        &["ls"],
    ] {
        transcript.ok(world.leash(words.iter().copied()));
    }
    transcript.ok(world.leash(["audit", "show"]));
    transcript.ok(world.leash(["plugin", "trust", "again", "--yes"]));
    transcript.ok(world.leash(["again", "api", "GET", KEYS]));
    transcript.prints(world.leash(["again", "api", "GET", "/v1/x"]), 125);
    for words in
        [&["plugin", "list"][..], &["audit", "show"], &["audit", "verify"], &["plugin", "untrust", "again"]]
    {
        transcript.ok(world.leash(words.iter().copied()));
    }
    transcript.assert("tables-plugins");
}

#[test]
fn installing() {
    let desk = Desk::new();
    let mut transcript = Transcript::of(&desk.home);
    let key = desk.key("alice");
    let public = desk.home.read_json(&key)["public"].as_str().unwrap().to_owned();
    transcript.hide(&public, "[ALICE]");
    let dir = desk.write("hello", "1.0.0", "");
    transcript.ok(desk.plugin(&["pack", &dir, "--out", "desk/hello.tar.gz"]));
    transcript.ok(desk.plugin(&[
        "sign",
        "desk/hello.tar.gz",
        "--key-file",
        &key,
        "--index",
        "desk/index.toml",
    ]));
    transcript.ok(desk.plugin(&["search", "hello", "--index", "desk/index.toml"]));
    transcript.ok(desk.plugin(&["search", "nothing", "--index", "desk/index.toml"]));
    transcript.ok(desk.plugin(&["install", "hello", "--index", "desk/index.toml", "--dry-run"]));
    transcript.ok(desk.plugin(&["install", "hello", "--index", "desk/index.toml"]));
    let alone = desk.home.copy_leash("alone");
    transcript.ok(desk.home.run(alone, ["plugin", "list"]).path(&[]));
    let asks = "[sign]\nscopes = [{ methods = [\"GET\"], path = \"/v1/x\" }]\n";
    let dir = desk.write("other", "1.0.0", asks);
    transcript.ok(desk.plugin(&["install", &dir, "--unsigned"]));
    let _ = desk.write("other", "1.1.0", &asks.replace("GET", "POST"));
    transcript.ok(desk.plugin(&["update", "--all", "--unsigned"]));
    transcript.ok(desk.plugin(&["remove", "hello", "--yes"]));
    transcript.ok(desk.plugin(&["lint", &dir]));
    transcript.ok(desk.plugin(&["new", "fresh", "--lang", "sh"]));
    transcript.assert("tables-install");
}

#[test]
fn keys_of_agents() {
    let world = keys::World::protected();
    let mut transcript = Transcript::of(&world.home);
    transcript.hide(&world.public, "[EXECUTIVE]");
    transcript.ok(world.leash(&["key", "status"]));
    transcript.ok(world.leash(&["agent", "list"]));
    transcript.ok(world.with_passphrase(&["key", "unprotect"]));
    transcript.ok(world.leash(&["key", "status"]));
    transcript.ok(world.with_passphrase(&["key", "protect"]));
    world.home.write_private("new", "another one that is long enough\n");
    transcript.ok(world.with_passphrase(&["key", "change", "--new-passphrase-file", "new"]));
    transcript.assert("tables-keys");
}

#[test]
fn the_doctor_and_the_version() {
    let sandbox = Sandbox::up();
    let mut transcript = transcript_of(&sandbox);
    // What can be enforced, and how far the clock is off, depends on the machine.
    transcript.filter(r"(?m)^(?:ok|warn|fail) +(?:strict|boundary|clock|keyring) .*\n(?: +fix: .*\n)?", "");
    transcript.filter(r"\d+ directories", "[N] directories");
    let home = &sandbox.home;
    transcript.ok(home.leash(["doctor"]));
    let nowhere = home.leash(["doctor", "--timeout", "1"]).env("LEASH_API_URL", NOWHERE);
    transcript.prints(nowhere.env("LEASH_RPC_URL", NOWHERE), 1);
    transcript.prints(Home::new().leash(["doctor"]), 1);
    transcript.ok(home.leash(["version"]));
    transcript.ok(home.leash(["--version"]));
    transcript.ok(home.leash(["version", "--verbose"]));
    transcript.assert("tables-doctor");
}
