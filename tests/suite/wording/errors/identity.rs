//! No agent, one that can't be used, and agents that are there or aren't.

use leash_tests::{AGENT_1, AGENT_2, Home};

use super::{super::Transcript, NOWHERE};

#[test]
fn identity_errors() {
    let home = Home::new();
    let mut transcript = Transcript::of(&home);
    transcript.title("No agent");
    for words in [
        &["agent", "show"][..],
        &["agent", "use", "x"],
        &["agent", "remove", "x", "--yes"],
        &["--agent", "x", "agent", "show"],
        &["--agent", "x", "treasury", "balance"],
        &["api-key", "list"],
        &["policy", "show"],
        &["receipts", "verify"],
    ] {
        transcript.fails(home.leash(words));
    }
    transcript.fails(home.leash(["agent", "show"]).env("LEASH_AGENT", "x"));

    for words in [
        &["agent", "create", "mine", "--sandbox"][..],
        &["sandbox", "airdrop", "1", "--to", AGENT_1.executive],
        &["sandbox", "fund", "--usdc", "1", "--to", AGENT_1.treasury],
        &["sandbox", "status"],
    ] {
        transcript.fails(home.leash(words));
    }

    transcript.title("The environment");
    let show = || home.leash(["agent", "show"]);
    transcript.fails(show().env("LEASH_AGENT_MINT", AGENT_1.mint));
    transcript.fails(show().env("LEASH_EXECUTIVE_KEY", AGENT_1.key));
    let both = || show().env("LEASH_AGENT_MINT", AGENT_1.mint).env("LEASH_EXECUTIVE_KEY", AGENT_1.key);
    transcript.fails(both().env("LEASH_AGENT_MINT", "x"));
    transcript.fails(both().env("LEASH_EXECUTIVE_KEY", "x"));
    transcript.fails(both().env("LEASH_NETWORK", "testnet"));
    let here = |words: [&str; 2]| {
        let run = home.leash(words).env("LEASH_AGENT_MINT", AGENT_1.mint);
        run.env("LEASH_EXECUTIVE_KEY", AGENT_1.key).env("LEASH_NETWORK", "devnet")
    };
    transcript.fails(here(["api-key", "list"]).env("LEASH_API_URL", "nonsense"));
    transcript.fails(here(["api-key", "list"]).env("LEASH_API_URL", "http://api.example"));
    transcript.fails(here(["treasury", "balance"]).env("LEASH_RPC_URL", "nonsense"));

    let home = Home::with_agent(&AGENT_1, NOWHERE);
    let _ = home.write_private(".config/leash/agents/spare.json", &AGENT_2.file(NOWHERE).to_string());
    transcript.title("An agent `default` and an agent `spare`");
    let source = home.write_private("spare.json", &AGENT_2.file(NOWHERE).to_string());
    let source = source.file_name().unwrap().to_str().unwrap();
    for words in [
        &["agent", "use", "nope"][..],
        &["agent", "use", "../agent"],
        &["agent", "import", source],
        &["agent", "import", source, "--name", "spare"],
        &["agent", "import", source, "--name", "A"],
        &["agent", "create", "spare", "--network", "devnet"],
        &["agent", "remove", "spare"],
        &["agent", "export", "--out", source],
        &["agent", "export", "--out", "no/such/directory"],
        &["agent", "import", "no-such-file"],
        &["sell", "create-link", "--label", "a", "--amount", "1"],
        &["receipts", "publish"],
    ] {
        transcript.fails(home.leash(words));
    }
    let sell = home.leash(["sell", "create-link", "--label", "a", "--amount", "1"]);
    transcript.fails(sell.env("LEASH_API_KEY", "lsh_live_0123456789abcdefgh"));

    transcript.title("Files that are no agents");
    let text = AGENT_1.file(NOWHERE).to_string();
    for (title, text) in [
        ("nothing", ""),
        ("a word", "hello"),
        ("no fields", "{}"),
        ("a mint that is none", "{\"agent_mint\":\"x\"}"),
        ("no key", &format!("{{\"agent_mint\":\"{}\"}}", AGENT_1.mint)),
        ("another network", &text.replace("solana-devnet", "testnet")),
        ("a key that is none", &text.replace(&AGENT_1.key[..5], "xxxxx")),
        ("a later version", &text.replace(":1,", ":2,")),
    ] {
        transcript.title(title);
        transcript.fails(home.leash(["agent", "import", "-", "--name", "new"]).input(text));
    }
    home.write_private(".config/leash/agents/pending.json", include_str!("../../../fixtures/pending.json"));
    transcript.fails(home.leash(["--agent", "pending", "agent", "show"]));
    transcript.assert("errors-identity");
}
