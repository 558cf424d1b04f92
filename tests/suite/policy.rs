//! What an agent may spend: set, shown, tried out.

use std::fs;

use jiff::Timestamp;
use leash_policy::{Ledger, Payment, Rules, Usd};
use leash_tests::{AGENT_1, Home, Run, Terminal, programs};
use serde_json::{Value, json};

fn home() -> Home {
    Home::with_agent(&AGENT_1, "http://127.0.0.1:9")
}

fn file(name: &str) -> String {
    format!(".config/leash/money/{}/{name}", AGENT_1.mint)
}

fn rules(daily: &str, per_call: &str) -> Value {
    json!({ "v": "0.1", "budget": { "daily": daily, "perCall": per_call, "currency": "USDC" }, "hosts": {}, "triggers": [] })
}

fn set(home: &Home, rules: &Value) -> Run {
    let _ = home.write_private("rules.json", &rules.to_string());
    home.leash(["policy", "set", "--file", "rules.json"])
}

fn set_anyhow(home: &Home, rules: &Value) {
    let _ = home.write_private("rules.json", &rules.to_string());
    let _ = home.leash(["policy", "set", "--file", "rules.json", "--yes"]).ok();
}

/// Has something spent, as a command that pays has it.
fn spend(home: &Home, gross: u64, key: &str) -> String {
    let dir = home.join(format!(".config/leash/money/{}", AGENT_1.mint));
    let rules = Rules::fallback(Usd::whole(1_000_000), Usd::whole(1_000_000));
    let payment = Payment { url: "https://a.example/x", gross, key };
    let ledger = Ledger::new(&dir, &AGENT_1.mint.parse().unwrap());
    ledger.reserve(&rules, &payment, Timestamp::now()).unwrap().unwrap().id
}

#[test]
fn the_decisions_of_the_original() {
    let vectors: Vec<Value> =
        serde_json::from_str(include_str!("../../core/policy/tests/data/vectors.json")).unwrap();
    assert_eq!(vectors.len(), 13);
    for vector in vectors {
        if vector["name"] == "replay" {
            continue;
        }
        let home = home();
        set_anyhow(&home, &vector["rules"]);
        let spent: Usd = vector["state"]["spentToday"].as_str().unwrap().parse().unwrap();
        if spent > Usd::ZERO {
            let _ = spend(&home, spent.to_atomic().unwrap(), "earlier");
        }
        let text = |name: &str| vector["request"][name].as_str().unwrap();
        let words =
            ["policy", "check", text("url"), "--price", text("estimatedPrice"), "--method", text("method")];
        let checked = home.leash(words.iter().chain(&["--json"])).outcome();
        let original = &vector["original_result"];
        assert_eq!(checked.json()["decision"], original["decision"], "{checked:?}");
        assert_eq!(checked.json()["reason"], *original.get("reason").unwrap_or(&Value::Null), "{checked:?}");
        if original["decision"] == "allow" {
            assert_eq!(checked.status, 0, "{checked:?}");
            assert!(home.leash(words).ok().stdout.starts_with("allow\n"));
        } else {
            checked.assert_failure(3);
            let checked = home.leash(words).outcome();
            assert_eq!(
                (checked.status, checked.stdout.as_str()),
                (3, &*format!("deny  {}\n", original["reason"].as_str().unwrap()))
            );
            checked.assert_says("error: denied: ");
        }
    }
}

#[test]
fn what_can_not_be_judged_is_denied() {
    let home = home();
    for price in ["-1", "-0.01", "abc", "", "NaN", "1e-3", "0x1", "1 USDC", "٣"] {
        let checked =
            home.leash(["policy", "check", "https://a.example", "--price", price, "--json"]).fails(3);
        assert_eq!(checked.json()["decision"], "deny");
        home.leash(["policy", "check", "https://a.example", "--net", price]).outcome().assert_says("denied");
    }
    home.leash(["policy", "check", "no url", "--price", "0.1"]).outcome().assert_says("denied");
    // What was typed never reaches the terminal raw.
    let checked = home.leash(["policy", "check", "https://a.example", "--price", "\u{1b}[31m"]).outcome();
    assert!(!checked.stderr.contains('\u{1b}') && checked.status == 3, "{checked:?}");
    let _ = home.leash(["policy", "check", "https://a.example"]).fails(2);
    let _ = home.leash(["policy", "check", "https://a.example", "--price", "1", "--net", "1"]).fails(2);
    let _ = home.leash(["policy", "check", "https://a.example", "--price", "1", "--method", "G T"]).fails(2);
}

#[test]
fn a_net_price_has_the_fee_added() {
    let home = home();
    let checked = |option: &str, price: &str| {
        home.leash(["policy", "check", "https://a.example", option, price, "--json"]).outcome().json()
    };
    assert_eq!(checked("--price", "1")["decision"], "allow");
    let net = checked("--net", "1");
    assert_eq!(
        (&net["decision"], &net["reason"], &net["price"]),
        (&json!("deny"), &json!("perCallMax"), &json!("1.01"))
    );
    assert_eq!((&net["gross"], &net["net"], &net["fee"]), (&json!("1.01"), &json!("1"), &json!("0.01")));
    // The fee is rounded up to the smallest unit.
    assert_eq!(checked("--net", "0.000001")["price"], "0.000002");
    // A person is told which of the two was checked.
    let said = |option: &str, price: &str| {
        let outcome = home.leash(["policy", "check", "https://a.example", option, price]).outcome();
        outcome.stdout + &outcome.stderr
    };
    for price in ["0.5", "5"] {
        let gross = said("--price", price);
        assert!(
            gross.contains(&format!("checked: {price} USDC as what leaves the treasury, a fee included")),
            "{gross}"
        );
        assert!(gross.contains("`--net` adds the fee"), "{gross}");
    }
    for (price, gross, fee) in [("0.5", "0.505", "0.005"), ("5", "5.05", "0.05")] {
        let net = said("--net", price);
        let says = format!("checked: {gross} USDC leave the treasury, {price} net and {fee} fee");
        assert!(net.contains(&says), "{net}");
    }
}

#[test]
fn without_a_policy_the_defaults_hold_and_variables_stand_in_for_them() {
    let home = home();
    let shown = |run: Run| {
        let shown = run.ok().json();
        let limits = &shown["effective"];
        [&limits["per_call"], &limits["per_call_from"], &limits["daily"], &limits["daily_from"]]
            .map(|value| value.as_str().unwrap().to_owned())
    };
    let show = || home.leash(["policy", "show", "--json"]);
    assert_eq!(shown(show()), ["1", "default", "10", "default"]);
    assert_eq!(
        shown(show().env("LEASH_PER_CALL_USDC", " 0.5 ").env("LEASH_PER_DAY_USDC", "  ")),
        ["0.5", "LEASH_PER_CALL_USDC", "10", "default"]
    );
    set_anyhow(&home, &rules("20", "2"));
    assert_eq!(shown(show()), ["2", "policy", "20", "policy"]);
    assert_eq!(
        shown(show().env("LEASH_PER_CALL_USDC", "5").env("LEASH_PER_DAY_USDC", "3")),
        ["2", "policy", "3", "LEASH_PER_DAY_USDC"]
    );
    for bad in ["abc", "-1", "1e3"] {
        let check = home.leash(["policy", "check", "https://a.example", "--price", "0.1"]);
        check.env("LEASH_PER_CALL_USDC", bad).fails(125).assert_says("LEASH_PER_CALL_USDC is no limit");
    }
    assert_eq!(shown(show())[0], "2");
    assert!(home.leash(["policy", "explain"]).ok().stdout.contains("5. dailyBudgetExceeded"));
}

#[test]
fn tightening_needs_no_yes_and_loosening_does() {
    let home = home();
    let first = set(&home, &rules("5", "0.5")).ok();
    first.assert_says("a payment  1 USDC -> 0.5 USDC\n");
    assert_eq!(home.mode(file("policy.json")), 0o600);
    assert_eq!(home.mode(format!(".config/leash/money/{}", AGENT_1.mint)), 0o700);
    for looser in [rules("5.000001", "0.5"), rules("5", "0.6")] {
        let refused = set(&home, &looser).fails(2);
        refused.assert_says("(looser)");
        refused.assert_says("--yes");
        assert_eq!(home.read_json(&file("policy.json")), rules("5", "0.5"));
    }
    let mut banned = rules("5", "0.5");
    banned["hosts"] = json!({ "deny": ["Evil.Example."], "allow": ["example"] });
    banned["priceCeiling"] = json!("0.1");
    let _ = set(&home, &banned).ok();
    // Any of these takes a ban away, or lets in a host.
    for (path, value) in [
        ("/hosts/deny", json!([])),
        ("/hosts/deny", json!(["x.evil.example"])),
        ("/hosts/allow", json!([])),
        ("/hosts/allow", json!(["example", "other"])),
        ("/priceCeiling", json!("0.2")),
    ] {
        let mut looser = banned.clone();
        *looser.pointer_mut(path).unwrap() = value;
        set(&home, &looser).fails(2).assert_says("(looser)");
    }
    // These don't.
    for (path, value) in [
        ("/hosts/deny", json!(["example"])),
        ("/hosts/allow", json!(["a.example"])),
        ("/priceCeiling", json!("0")),
    ] {
        let mut tighter = banned.clone();
        *tighter.pointer_mut(path).unwrap() = value;
        let _ = set(&home, &tighter).ok();
        set_anyhow(&home, &banned);
    }
    let done = home
        .leash(["policy", "set", "--file", "-", "--yes", "--json"])
        .input(rules("50", "5").to_string())
        .ok();
    assert_eq!((&done.json()["loosens"], done.stderr.as_str()), (&json!(true), ""));
    assert_eq!(home.read_json(&file("policy.json")), rules("50", "5"));
}

#[test]
fn a_first_policy_that_is_looser_than_the_defaults_needs_a_yes() {
    let home = home();
    for looser in [rules("50", "1"), rules("10", "5")] {
        let refused = set(&home, &looser).fails(2);
        refused.assert_says("(looser)");
        refused.assert_says("add `--yes`");
        assert!(!home.join(file("policy.json")).exists());
    }
    set_anyhow(&home, &rules("50", "5"));
    set(&home, &rules("51", "5")).fails(2).assert_says("--yes");
}

#[test]
fn a_person_is_asked() {
    let home = home();
    for (answer, status) in [("n\n", 1), ("y\n", 0)] {
        let mut terminal = Terminal::start(set(&home, &rules("50", "5")));
        terminal.wait_for("[y/N]");
        terminal.type_in(answer);
        let (ended, screen) = terminal.end();
        assert_eq!(ended, Some(status), "{screen}");
        assert!(screen.contains("1 USDC -> 5 USDC  (looser)"), "{screen}");
        assert_eq!(home.join(file("policy.json")).exists(), status == 0);
    }
}

#[test]
fn rules_that_make_no_sense_are_refused_by_place() {
    let home = home();
    let mut typo = rules("1", "1");
    typo["hosts"] = json!({ "denied": ["evil.example"] });
    let refused = set(&home, &typo).fails(1);
    refused.assert_says("cannot use `rules.json`: ");
    refused.assert_says("at `hosts.denied`");
    refused.assert_says("leash policy set --help");
    let mut port = rules("1", "1");
    port["hosts"] = json!({ "deny": ["evil.example:80"] });
    set(&home, &port).fails(1).assert_says("at `hosts.deny[0]`");
    assert!(!home.join(file("policy.json")).exists());
    home.leash(["policy", "set", "--file", "nowhere"]).fails(1).assert_says("`nowhere`");
    let _ = home.leash(["policy", "set"]).fails(2);
    // One that is there and can't be read is never passed over, and can be replaced.
    let _ = home.write_private(&file("policy.json"), "{");
    for words in [
        &["policy", "show"][..],
        &["policy", "check", "https://a.example", "--price", "0.1"],
        &["policy", "explain"],
    ] {
        home.leash(words).fails(1).assert_says("leash policy set --file FILE");
    }
    set(&home, &rules("1", "0.1")).fails(2).assert_says("--yes");
    set_anyhow(&home, &rules("1", "0.1"));
    home.chmod(file("policy.json"), 0o666);
    home.leash(["policy", "show"]).fails(4).assert_says("can be written by other users");
}

#[test]
fn what_is_reserved_counts_and_is_shown() {
    let home = home();
    let _ = spend(&home, 9_500_000, "a");
    let shown = home.leash(["policy", "show", "--json"]).ok().json();
    assert_eq!(
        (&shown["spent_today"], &shown["left_today"], &shown["unresolved_count"]),
        (&json!("9.5"), &json!("0.5"), &json!(1))
    );
    assert!(home.leash(["policy", "show"]).ok().stdout.contains("unresolved: 1 payment, 9.5 USDC"));
    let checked =
        home.leash(["policy", "check", "https://a.example", "--price", "0.500001", "--json"]).fails(3);
    assert_eq!(checked.json()["reason"], "dailyBudgetExceeded");
    let _ = home.leash(["policy", "check", "https://a.example", "--price", "0.5"]).ok();
}

#[test]
fn spending_that_can_not_be_read_is_not_nothing() {
    let home = home();
    let _ = spend(&home, 10_100, "a");
    let path = home.join(file("spending.jsonl"));
    let whole = fs::read(&path).unwrap();
    for cut in [0, 10] {
        fs::write(&path, &whole[..cut]).unwrap();
        for words in [&["policy", "show"][..], &["policy", "check", "https://a.example", "--price", "0.1"]] {
            home.leash(words).fails(1).assert_says("spending.jsonl");
        }
    }
    fs::write(&path, &whole).unwrap();
    home.chmod(file("spending.jsonl"), 0o644);
    home.leash(["policy", "show"]).fails(4).assert_says("chmod 600");
}

#[test]
fn a_line_of_spending_that_was_cut_off_stops_nobody() {
    let home = home();
    let _ = spend(&home, 10_100, "a");
    let path = home.join(file("spending.jsonl"));
    let whole = fs::read(&path).unwrap();
    // Its newline is all that it lacks; or it lacks more, and never took effect.
    for (cut, spent) in [(whole.len() - 1, "0.0101"), (whole.len() - 9, "0")] {
        fs::write(&path, &whole[..cut]).unwrap();
        let shown = home.leash(["policy", "show"]).ok();
        assert!(shown.stdout.contains(&format!("today:      {spent} USDC spent")), "{shown:?}");
    }
    let _ = spend(&home, 10_100, "b");
    assert!(home.leash(["policy", "show"]).ok().stdout.contains("0.0101 USDC spent"));
    let whole_lines = whole[..whole.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
    let aside = home.join(file(&format!("spending.jsonl.torn-{whole_lines}")));
    assert_eq!(fs::read(aside).unwrap(), &whole[whole_lines..whole.len() - 9]);
}

#[test]
fn the_doctor_looks_at_it() {
    let home = home();
    let said = || {
        let doctor = home.leash(["doctor", "--json"]).outcome().json();
        let check = |name: &str| {
            let checks = doctor["checks"].as_array().unwrap();
            let check = checks.iter().find(|check| check["name"] == name).unwrap();
            format!("{}: {}", check["status"].as_str().unwrap(), check["detail"].as_str().unwrap())
        };
        (check("policy"), check("receipts"))
    };
    let (policy, receipts) = said();
    assert_eq!(policy, "ok: no policy; the defaults: 1 USDC a payment, 10 USDC a day, 0 spent today");
    assert_eq!(receipts, "ok: 0 here, each as it was written");
    let _ = spend(&home, 10_100, "a");
    let _ = home.write_private(&file("receipts.jsonl"), "{}\n");
    let (policy, receipts) = said();
    assert!(
        policy.starts_with("warn: ") && policy.contains("0.0101 spent today; of 1 reserved payment"),
        "{policy}"
    );
    assert_eq!(receipts, "fail: receipt 0 is wrong: it is JSON, but no receipt");
    let _ = home.write_private(&file("policy.json"), "{");
    assert!(said().0.starts_with("fail: the policy can't be used"));
}

#[test]
fn a_plugin_can_look_and_not_set() {
    let home = home();
    let _ = home.write_private("rules.json", &rules("500", "500").to_string());
    let _ = home.write_script("bin/leash-greedy", "#!/bin/sh\nexec \"$LEASH_BIN\" policy \"$@\"\n");
    let bin = home.join("bin");
    let run = |words: &[&str]| home.leash(words).path(&[&bin, &programs()]);
    run(&["greedy", "set", "--file", "rules.json", "--yes"]).fails(125).assert_says("no grant");
    assert!(!home.join(file("policy.json")).exists());
    // The user's limits reach it, with a manifest too.
    let manifest = "schema = 1\nprotocol = [1]\nname = \"greedy\"\nversion = \"1.0.0\"\nsummary = \"s\"\nkind = \"exec\"\n";
    for manifest in [None, Some(manifest)] {
        if let Some(manifest) = manifest {
            let _ = home.write("bin/leash-greedy.toml", manifest, 0o644);
        }
        let shown = run(&["greedy", "show", "--json"]).env("LEASH_PER_CALL_USDC", "0.25").ok().json();
        assert_eq!(shown["effective"]["per_call"], "0.25", "{manifest:?}");
    }
    let checked = run(&["greedy", "check", "https://a.example", "--price", "2", "--json"]).fails(3).json();
    assert_eq!(checked["reason"], "perCallMax");
}

#[test]
fn an_agent_has_its_policy_under_any_name() {
    let home = home();
    set_anyhow(&home, &rules("3", "3"));
    let other = Home::new();
    let _ = other.leash(["policy", "show"]).fails(4);
    let shown = home
        .leash(["policy", "show", "--json"])
        .env("LEASH_AGENT_MINT", AGENT_1.mint)
        .env("LEASH_EXECUTIVE_KEY", AGENT_1.key)
        .env("LEASH_NETWORK", "devnet");
    assert_eq!(shown.ok().json()["effective"]["daily"], "3");
}

#[test]
fn the_example_in_the_help_is_valid() {
    let home = home();
    let help = home.leash(["policy", "set", "--help"]).ok().stdout;
    let (start, end) = (help.find('{').unwrap(), help.find("\n  }").unwrap());
    let example: Value = serde_json::from_str(&help[start..end + 4]).unwrap();
    let _ = set(&home, &example).ok();
}
