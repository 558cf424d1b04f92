//! Money that moves: what goes on with a payment or a transaction, and plugins that pay.

use leash_tests::{AGENT_1, Printed, Run};
use serde_json::{Value, json};

use crate::{
    pay::market::{Fault, Market, NET, PAYMENT, WALLET},
    world::AGAIN,
};

/// The market's buyer is its agent `sandbox`; here a bare `leash` acts for another one, whom the API knows as well.
fn market() -> Market {
    let market = Market::new();
    let file = AGENT_1.file(market.url()).to_string();
    let _ = market.home().write_private(".config/leash/agent.json", &file);
    let _ = market.home().leash(["agent", "use", "default"]).ok();
    market
}

fn buyer(market: &Market, words: &[&str]) -> Run {
    let words: Vec<&str> = ["--agent", "sandbox"].iter().chain(words).copied().collect();
    market.inside(&words)
}

fn check(market: &Market, name: &str) -> Value {
    let document = buyer(market, &["doctor", "--json"]).outcome().json();
    let checks = document["checks"].as_array().unwrap();
    checks.iter().find(|check| check["name"] == name).unwrap().clone()
}

/// The command by which the doctor has something brought to its end.
fn fix(market: &Market, name: &str) -> String {
    let check = check(market, name);
    let Printed(command) = Printed::all(check["fix"].as_str().unwrap()).remove(0);
    command
}

/// The other agent has spent, sent and been asked to spend nothing.
fn assert_untouched(market: &Market) {
    let money = market.home().join(format!(".config/leash/money/{}", AGENT_1.mint));
    assert!(!money.exists(), "{}", money.display());
    let journal = market.home().join(format!(".local/share/leash/transactions/{}.json", AGENT_1.mint));
    assert!(!journal.exists(), "{}", journal.display());
}

#[test]
fn a_fix_of_the_doctors_goes_on_with_the_buyers_money() {
    let market = market();
    let url = market.link("mpp", "GET", &json!({"ok": true}));
    assert!(market.run_with(&["--agent", "sandbox", "pay", &url], PAYMENT, Fault::KilledAfter));
    let open = || check(&market, "payments")["status"] == "warn";
    assert!(open());
    // It is resolved, and then its answer is delivered.
    let _ = market.home().shell(&fix(&market, "payments")).ok();
    assert!(open());
    let _ = market.home().shell(&fix(&market, "payments")).ok();
    assert!(!open());
    assert_eq!(market.spent(), NET);
    let _ = std::fs::remove_file(market.money("published.json"));
    let published = market.home().shell(&format!("{} --json", fix(&market, "publishing"))).ok();
    assert_eq!(published.json()["sent"], 1, "{published:?}");
    let journal = market.home().join(format!(".local/share/leash/transactions/{}.json", market.mint()));
    let withdraw = ["treasury", "withdraw", "--to", WALLET, "--amount", "1.5", "--yes"];
    let limit = ["treasury", "set-limit", "7.25", "--yes"];
    for words in [&withdraw[..], &limit] {
        let words: Vec<&str> = ["--agent", "sandbox"].iter().chain(words).copied().collect();
        let killed = (4..12).find(|number| {
            market.run_with(&words, *number, Fault::KilledAfter);
            journal.exists()
        });
        assert!(killed.is_some());
        let typed = format!("{} --yes --json", fix(&market, "treasury"));
        assert_eq!(market.home().shell(&typed).ok().json()["resumed"], true, "{typed}");
        assert!(!journal.exists());
    }
    assert_untouched(&market);
}

/// Inside the plugin nobody names an agent: what its signer and its payer say was made by the leash that was told.
#[test]
fn what_a_signer_tells_a_plugin_names_the_agent() {
    let market = market();
    let url = market.link("x402", "GET", &json!({"ok": true}));
    market.plugin(
        "again",
        AGAIN,
        "[pay]\nmax_per_call = \"0.001\"\nmax_per_day = \"1\"\nhosts = [\"127.0.0.1\"]\n",
    );
    // Nothing is granted yet: the launcher says so.
    let untrusted = buyer(&market, &["again", "pay", &url]).outcome();
    let Printed(trust) = untrusted.printed_with("plugin trust again");
    let bin = market.home().join("bin");
    let shell = |line: &str| market.home().shell(line).path(&[&bin, &leash_tests::programs()]);
    let trusted = shell(&format!("{trust} --yes --json")).ok().json();
    assert_eq!(trusted["grant"]["agent"]["mint"], market.mint().to_string(), "{trusted}");
    // By the grant, so that the signer refuses it.
    let refused = buyer(&market, &["again", "pay", &url]).outcome();
    let Printed(trust) = refused.printed_with("plugin trust again --max-per-call");
    let trusted = shell(&format!("{} --yes --json", trust.replace("PRICE", "0.05"))).ok().json();
    assert_eq!(trusted["grant"]["agent"]["mint"], market.mint().to_string(), "{trusted}");
    // By the policy, which the payer reads.
    let rules = json!({"v": "0.1", "budget": {"daily": "10", "perCall": "1", "currency": "USDC"},
        "hosts": {"deny": ["127.0.0.1"]}, "triggers": []});
    market.home().write_private("rules.json", &rules.to_string());
    let _ = buyer(&market, &["policy", "set", "--file", "rules.json", "--yes"]).ok();
    let denied = buyer(&market, &["again", "pay", &url]).outcome();
    let Printed(explain) = denied.printed_with("policy explain");
    let explained: Value = shell(&format!("{explain} --json")).ok().json();
    assert_eq!(explained["agent_mint"], market.mint().to_string());
    assert_untouched(&market);
}
