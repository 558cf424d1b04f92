//! Payments: what is refused before a payer is started, and what a payer can't have, whatever it says.

use std::{fs, thread};

use leash_chain::Transaction;
use leash_protocol::{frame::PayLimits, manifest::Consent};
use libtest_mimic::Trial;
use rustix::process::{
    DumpableBehavior, PidfdFlags, PidfdGetfdFlags, dumpable_behavior, geteuid, pidfd_getfd, pidfd_open,
};
use serde_json::{Value, json};

use crate::{
    case::{Case, succeeded},
    client::{Client, EMPTY},
    home::{Home, Plan, until},
    payer::{GROSS, shop},
    terminal::Terminal,
};

pub const CASES: &[Case] = &[
    Case::new("what_was_granted_is_paid_and_counted", pays).plan(granted).check(|home, output| {
        succeeded(home, output);
        // Two of 0.0101, and the day is over.
        assert_eq!(home.decisions(), ["signed", "signed", "quota", "signed"]);
        let entries = home.entries();
        let pay = entries[0].pay.as_ref().unwrap();
        assert_eq!((pay.host.as_str(), pay.gross.as_deref()), ("shop.example", Some("0.0101")));
        assert_eq!(entries[0].path, shop("honest"));
        assert_eq!(entries[2].pay.as_ref().unwrap().reason.as_deref(), Some("dailyBudgetExceeded"));
    }),
    Case::new("what_makes_no_sense_starts_no_payer", nonsense).plan(granted).check(|home, output| {
        succeeded(home, output);
        assert!(!home.path().join("payer.pid").exists());
    }),
    Case::new("nothing_is_paid_without_a_grant_for_it", |client| {
        assert_eq!(client.hello()["ok"]["features"], json!(["sign_http"]));
        let refused = pay(client, "honest", "0.02");
        assert_eq!(refused["err"]["code"], "denied_scope");
        assert!(refused["err"]["hint"].as_str().unwrap().contains("`[pay]`"), "{refused}");
    }),
    Case::new("nothing_is_paid_after_the_grant_has_run_out", |client| {
        client.hello();
        assert_eq!(pay(client, "honest", "0.02")["err"]["code"], "expired");
    })
    .plan(|home, plan| {
        granted(home, plan);
        plan.expires_at = Some("2001-01-01T00:00:00Z".to_owned());
    }),
    Case::new("a_payer_gets_no_more_than_what_was_agreed_to", hostile).plan(granted).check(|home, output| {
        succeeded(home, output);
        // Of all of that, one payment was signed: the one that was agreed to, before it wanted another one.
        let signed = home
            .entries()
            .into_iter()
            .filter(|entry| entry.decision == "signed" && entry.pay.is_some())
            .collect::<Vec<_>>();
        assert_eq!(signed.len(), 1, "{signed:?}");
        assert_eq!(signed[0].path, shop("twice"));
    }),
    Case::new("nobody_can_look_into_a_payer", look).plan(granted).as_nobody(),
    Case::new("a_payment_has_a_line_before_it_has_a_signature", |client| {
        client.hello();
        assert_eq!(pay(client, "honest", "0.02")["err"]["code"], "internal");
    })
    .plan(|home, plan| {
        granted(home, plan);
        // Nobody can write a log there, nor count there.
        fs::write(home.path().join("audit"), "").unwrap();
    }),
    Case::new("without_a_terminal_nobody_agrees_to_a_payment", |client| {
        client.hello();
        assert_eq!(pay(client, "honest", "0.02")["err"]["code"], "denied_consent");
    })
    .plan(asked)
    .wrap(&["setsid", "--wait"])
    .check(|home, output| {
        succeeded(home, output);
        assert_eq!(home.decisions(), ["denied_consent"]);
    }),
    Case::new("pays_when_it_may", |client| {
        client.hello();
        let answer = pay(client, "honest", "0.02");
        let result = if answer["ok"].is_object() { "paid" } else { answer["err"]["code"].as_str().unwrap() };
        println!("RESULT {result}");
    })
    .plan(asked)
    .wrap(&["setsid", "--ctty"])
    .part(),
];

pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("a_payment_is_shown_and_agreed_to", || answered("y\n", "paid", "signed")),
        Trial::test("a_payment_that_is_not_agreed_to_is_not_signed", || {
            answered("n\n", "denied_consent", "denied_consent")
        }),
    ]
}

fn answered(typed: &str, result: &str, decision: &str) -> Result<(), libtest_mimic::Failed> {
    let case = super::all().find(|known| known.name == "pays_when_it_may").unwrap();
    let (home, command) = case.prepare();
    let mut terminal = Terminal::start(command);
    let question = terminal.wait_for("Pay it? [y/N] ");
    assert!(question.contains(&format!("0.0101 USDC for GET {}", shop("honest"))), "{question}");
    assert!(question.contains(crate::payer::SELLER), "{question}");
    terminal.type_in(typed);
    terminal.wait_for(&format!("RESULT {result}"));
    assert!(terminal.end().0.success());
    home.signer_must_be_gone();
    assert_eq!(home.decisions(), [decision]);
    Ok(())
}

fn granted(home: &Home, plan: &mut Plan) {
    fs::write(home.path().join("executive"), home.key.public().to_string()).unwrap();
    plan.pay = Some(PayLimits {
        max_per_call: "0.02".to_owned(),
        max_per_day: "0.0202".to_owned(),
        hosts: vec!["shop.example".to_owned()],
    });
}

fn asked(home: &Home, plan: &mut Plan) {
    granted(home, plan);
    plan.consent = Consent::Each;
    plan.strict = true;
}

fn purchase(url: &str, max: &str) -> Value {
    json!({"op": "pay", "url": url, "method": "GET", "body_sha256": EMPTY, "max": max})
}

fn pay(client: &mut Client, what: &str, max: &str) -> Value {
    client.call(purchase(&shop(what), max))
}

fn pays(client: &mut Client) {
    let hello = client.hello();
    assert_eq!(hello["ok"]["features"], json!(["sign_http", "pay"]));
    assert_eq!(hello["ok"]["grant"]["pay"]["max_per_day"], "0.0202");
    // What comes back is the transaction that was signed, in pieces.
    let answer = pay(client, "honest", "0.02");
    assert_eq!(answer["ok"]["gross"], "0.0101", "{answer}");
    assert_eq!(pay(client, "honest", "0.0101")["ok"]["status"], 200);
    let refused = pay(client, "honest", "0.02");
    assert_eq!(refused["err"]["code"], "quota", "{refused}");
    assert_eq!(refused["err"]["payment"]["reason"], "dailyBudgetExceeded");
    // Payments count by their money, and signatures by themselves.
    client.sign_keys();
}

fn nonsense(client: &mut Client) {
    client.hello();
    let with = |name: &str, value: Value| {
        let mut request = purchase(&shop("honest"), "0.02");
        request[name] = value;
        request
    };
    for request in [
        with("url", json!(7)),
        with("url", json!("")),
        with("url", json!("shop.example/x")),
        with("url", json!("file:///etc/passwd")),
        with("url", json!("https://shop.example/a b")),
        with("url", json!("https://shop.example/\u{0}")),
        with("url", json!("https://shop\n.example/")),
        with("url", json!(format!("https://shop.example/{}", "a".repeat(9_000)))),
        with("method", json!("get")),
        with("method", json!("GET\n")),
        with("method", json!(null)),
        with("body_sha256", json!("00")),
        with("body_sha256", json!(EMPTY.to_uppercase())),
        with("body", json!("e30=")),
        with("body", json!("%")),
        with("body", json!({})),
        with("headers", json!(["a: b"])),
        with("headers", json!({"a": ["b"]})),
        with("hold", json!(1)),
        with("max", json!(0.02)),
        with("max", json!("")),
        with("max", json!("-0.01")),
        with("max", json!("1e-2")),
        with("max", json!("NaN")),
        with("max", json!(null)),
    ] {
        let answer = client.call(request.clone());
        assert_eq!(answer["err"]["code"], "bad_request", "{request}: {answer}");
    }
    for (url, max) in [
        ("https://other.example/", "0.02"),
        ("https://notshop.example/", "0.02"),
        ("https://shop.example.evil.example/", "0.02"),
        ("https://shop.example@evil.example/", "0.02"),
        ("https://shop.example/honest", "0.020000000000000001"),
        ("https://shop.example/honest", "18446744073709551616"),
    ] {
        let answer = client.call(purchase(url, max));
        assert_eq!(answer["err"]["code"], "denied_scope", "{url} {max}: {answer}");
    }
    for op in ["pay_body", "pay_done"] {
        let answer = client.call(json!({"op": op, "answer": "x", "offset": 0}));
        assert_eq!(answer["err"]["code"], "bad_request", "{answer}");
    }
    for op in ["sign_transaction", "sign_payment", "pay_transaction", "agree", "sign"] {
        assert_eq!(
            client.call(json!({"op": op, "transaction": "AAAA"}))["err"]["code"],
            "unsupported",
            "{op}"
        );
    }
    client.sign_keys();
}

fn hostile(client: &mut Client) {
    client.hello();
    for what in [
        "unagreed",
        "dearer",
        "twice",
        "other-recipient",
        "other-amount",
        "other-settler",
        "no-settler",
        "other-form",
        "extra-split",
        "split-of-all",
        "rent-drain",
        "more-compute",
        "other-fee",
        "other-token",
        "no-id",
        "to-ourselves",
        "garbage",
        "long",
        "nothing",
        "piece",
    ] {
        let answer = pay(client, what, "0.02");
        let code = answer["err"]["code"].as_str().unwrap_or_else(|| panic!("{what}: {answer}"));
        assert!(["internal", "denied_scope"].contains(&code), "{what}: {answer}");
        assert!(!answer.to_string().contains("transaction\":"), "{what}: {answer}");
    }
    client.sign_keys();
}

/// While a payer waits, all that this user could look at it by is tried.
fn look(client: &mut Client) {
    client.hello();
    let home = Client::home();
    let looking = thread::spawn(move || {
        let pid: i32 = until("a payer", || fs::read_to_string(home.join("payer.pid")).ok()?.parse().ok());
        let refused = |what: &str| fs::File::open(format!("/proc/{pid}/{what}")).is_err();
        let mut seen: Vec<String> = Vec::new();
        for what in ["mem", "environ", "maps", "auxv", "exe"] {
            if !refused(what) {
                seen.push(what.to_owned());
            }
        }
        if fs::read_dir(format!("/proc/{pid}/fd")).is_ok() {
            seen.push("fd".to_owned());
        }
        let payer = pidfd_open(rustix::process::Pid::from_raw(pid).unwrap(), PidfdFlags::empty()).unwrap();
        if pidfd_getfd(&payer, 0, PidfdGetfdFlags::empty()).is_ok() {
            seen.push("its socket".to_owned());
        }
        fs::write(home.join("looked"), "").unwrap();
        seen
    });
    let answer = pay(client, "waits", "0.02");
    let seen = looking.join().unwrap();
    assert!(!geteuid().is_root(), "from root nothing is kept");
    assert!(seen.is_empty(), "{seen:?}");
    // It was so from its first instruction, and did nothing for it.
    assert_eq!(answer["ok"]["body"], "Ym9ybiBzaHV0", "{answer}");
}

/// What a payer finds of itself, and says.
pub fn born() -> &'static str {
    match dumpable_behavior() {
        Ok(DumpableBehavior::Dumpable) | Err(_) => "born open",
        Ok(_) => "born shut",
    }
}

/// That a transaction is the agent's, of what was agreed to.
pub fn assert_paid(text: &str) {
    let transaction = Transaction::from_base64(text).unwrap();
    assert!(transaction.wrong().is_none());
    // Who settles it signs later, and nobody else is missing.
    assert_eq!(transaction.missing().count(), 1);
    assert_eq!(GROSS, 10_100);
}
