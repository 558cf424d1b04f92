//! leash inside a plugin of leash: the same agent, no key, and an end to it.

use leash_tests::{AGENT_1, AGENT_2, Home, Keys};

use super::{Probed, URL};

/// A plugin that runs whatever it is given through the leash that started it.
const AGAIN: &str = "#!/bin/sh\nexec \"$LEASH_BIN\" \"$@\"\n";

fn home_with_again(api_url: &str) -> Home {
    let home = Home::with_agent(&AGENT_1, api_url);
    let _ = home.write_script("bin/leash-again", AGAIN);
    home
}

#[test]
fn five_deep_and_no_deeper() {
    let home = Home::with_agent(&AGENT_1, URL);
    let script = "#!/bin/sh\necho \"$LEASH_DEPTH $LEASH_INVOCATION\"\nexec \"$LEASH_BIN\" loop\n";
    let script = home.write_script("bin/leash-loop", script);
    let outcome = home.leash(["loop"]).path(&[script.parent().unwrap()]).outcome();
    assert_eq!(outcome.status, 125, "{outcome:?}");
    outcome.assert_says("more than 5 deep");
    let lines: Vec<_> = outcome.stdout.lines().map(|line| line.split_once(' ').unwrap()).collect();
    assert_eq!(lines.iter().map(|line| line.0).collect::<Vec<_>>(), ["1", "2", "3", "4", "5"]);
    // One command line, one number.
    assert!(lines.iter().all(|line| line.1 == lines[0].1 && line.1.len() == 32), "{lines:?}");
    for depth in ["6", "99999999999999999999", "x", "-1", ""] {
        let _ = home.leash(["agent", "show"]).env("LEASH_DEPTH", depth).fails(125);
        let _ = home.leash(["loop"]).path(&[script.parent().unwrap()]).env("LEASH_DEPTH", depth).fails(125);
    }
}

#[test]
fn a_plugin_has_no_grant_to_act() {
    let keys = Keys::of(AGENT_1);
    let api = keys.serve();
    let home = home_with_again(&api.url);
    let bin = home.join("bin");
    let other = home.write_private("other.json", &AGENT_2.file(URL).to_string());
    let before = home.read(".config/leash/agent.json");
    for words in [
        &["api-key", "list"][..],
        &["api-key", "create", "--label", "x"],
        &["api-key", "revoke", "01M839VFY4733NK3Y1H0KJ5JXM"],
        &["sell", "create-link", "--label", "x", "--amount", "1"],
        &["api", "GET", "/v1/agents/{mint}/api-keys"],
        &["api", "GET", "/v1/receipts/{mint}", "--bearer"],
        &["agent", "export", "--out", "stolen.json"],
        &["agent", "import", other.to_str().unwrap(), "--name", "other"],
        &["agent", "remove", "default", "--yes"],
        &["agent", "use", "default"],
        &["--agent", "default", "api-key", "list"],
    ] {
        let run = home.leash(std::iter::once(&"again").chain(words)).path(&[&bin]);
        let outcome = run.env("LEASH_API_KEY", "lsh_test_0123456789abcdefgh").fails(125);
        outcome.assert_says("plugin `again` has no grant to act as the agent");
    }
    // `doctor` looks at what needs no key.
    let doctor = home.leash(["again", "doctor", "--json", "--timeout", "2"]).path(&[&bin]).outcome();
    assert_eq!(doctor.status, 1, "{doctor:?}");
    assert!(
        api.requests().iter().all(|request| request.header("x-leash-sig").is_none()),
        "{:?}",
        api.calls()
    );
    assert!(
        api.requests().iter().all(|request| request.header("authorization").is_none()),
        "{:?}",
        api.calls()
    );
    assert!(keys.active().is_empty() && !home.join("stolen.json").exists());
    assert_eq!(home.read(".config/leash/agent.json"), before);
    // A key that the plugin itself puts into the environment changes nothing.
    let run = home.leash(["again", "api-key", "list"]).path(&[&bin]).env("LEASH_DEPTH", "1");
    let run = run.env("LEASH_AGENT_MINT", AGENT_2.mint).env("LEASH_EXECUTIVE_KEY", AGENT_2.key);
    let _ = run.fails(125);
}

#[test]
fn the_agent_inside_is_the_agent_outside() {
    let probed = Probed::new();
    let _ = probed.home.write_script("bin/leash-again", AGAIN);
    let _ = probed.home.write_private(".config/leash/agents/spare.json", &AGENT_2.file(URL).to_string());
    // Its mint, its public key and its URLs stay together, whatever the default agent is.
    let seen =
        probed.see(probed.leash(["--agent", "spare", "again", "probe"]).env("LEASH_RPC_URL", "http://x"));
    let agent = seen.context().agent.clone().unwrap();
    assert_eq!((agent.name.as_str(), agent.mint.as_str()), ("spare", AGENT_2.mint));
    assert_eq!(agent.executive_pubkey, AGENT_2.executive);
    assert_eq!(seen.var("LEASH_EXECUTIVE_PUBKEY"), Some(AGENT_2.executive));
    assert_eq!((seen.context().depth, seen.var("LEASH_PLUGIN")), (2, Some("probe")));
    let shown = probed.leash(["--agent", "spare", "again", "agent", "show", "--json"]).ok();
    assert_eq!(shown.json()["executive_pubkey"], AGENT_2.executive);
    assert_eq!(shown.stderr, "");
    // So it is for one of the environment, whose key stays with the host.
    let by_environment = |words: &[&str]| {
        probed.leash(words).env("LEASH_AGENT_MINT", AGENT_2.mint).env("LEASH_EXECUTIVE_KEY", AGENT_2.key)
    };
    let seen = probed.see(by_environment(&["again", "probe"]));
    assert_eq!(seen.context().agent.as_ref().unwrap().executive_pubkey, AGENT_2.executive);
    let outcome = by_environment(&["again", "agent", "show"]).fails(4);
    outcome.assert_says("only the public half");
    outcome.assert_silent_about(AGENT_1.executive);
    // Another agent has to be named.
    let seen = probed.see(probed.leash(["--agent", "spare", "again", "--agent", "default", "probe"]));
    assert_eq!(seen.var("LEASH_AGENT_MINT"), Some(AGENT_1.mint));
    // Nobody outside is nobody inside.
    let empty = Probed::in_home(Home::new());
    let _ = empty.home.write_script("bin/leash-again", AGAIN);
    let seen = empty.see(empty.leash(["again", "probe"]));
    assert_eq!(seen.var("LEASH_AGENT_MINT"), None);
}
