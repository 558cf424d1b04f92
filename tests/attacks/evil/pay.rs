//! Asking the signer for money that it must not give, and looking for whoever gives it.

use std::{
    collections::BTreeSet,
    ffi::OsString,
    fs::{self, File},
    io,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use rustix::process::{Pid, PidfdFlags, PidfdGetfdFlags, pidfd_getfd, pidfd_open};
use serde_json::{Value, json};

use super::{Got, own_signer, speak::Speaker};

const HASH: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
/// Who is to get it all.
const THIEF: &str = "8pGaWx1baPBK12j6B3QyGS4MQTeX42MgnJj231QsSu3X";
/// What was granted at once.
const MAX: &str = "0.001";

fn purchase(url: &str, max: &str) -> Value {
    json!({"id": 1, "op": "pay", "url": url, "method": "GET", "body_sha256": HASH, "max": max})
}

fn with(url: &str, name: &str, value: Value) -> Value {
    let mut request = purchase(url, MAX);
    request[name] = value;
    request
}

pub(super) fn attack(what: &str, words: &[OsString]) -> Got {
    let url = words.first().and_then(|word| word.to_str()).unwrap_or_default().to_owned();
    let mut speaker = Speaker::new()?;
    let refused = match what {
        "transaction" => transactions(&url),
        "host" => hosts(&url),
        "max" => ["0.001000001", "0.0011", "1", "1000000", "18446744073709551616", "-1", "1e9", "NaN", ""]
            .map(|max| purchase(&url, max))
            .to_vec(),
        "garbage" => garbage(&url),
        "recipient" => return recipients(&mut speaker, &url),
        "often" => {
            let paid = (0..8).filter(|_| paid(&mut speaker, &purchase(&url, MAX)).unwrap_or(false)).count();
            return Ok((paid > 5).then(|| format!("{paid} payments")));
        }
        "look" => return look(&mut speaker, &url),
        other => return Err(io::Error::other(format!("no attack {other}"))),
    };
    for request in refused {
        if paid(&mut speaker, &request)? {
            return Ok(Some(format!("a payment for {request}")));
        }
    }
    still_pays(&mut speaker, &url)
}

fn paid(speaker: &mut Speaker, request: &Value) -> io::Result<bool> {
    let answer = speaker.ask(request)?;
    if answer["ok"].is_null() && answer["err"]["code"].is_null() {
        println!("BROKEN: no refusal: {answer}");
    }
    Ok(answer["ok"].is_object())
}

/// Else it would be no wonder that nothing else is paid.
fn still_pays(speaker: &mut Speaker, url: &str) -> Got {
    if !paid(speaker, &purchase(url, MAX))? {
        println!("BROKEN: it pays nothing");
    }
    Ok(None)
}

/// What is handed in as a payment, by every name that a signer or a payer may have for it.
fn transactions(url: &str) -> Vec<Value> {
    let bytes =
        "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAgAEAAQ";
    let mut all: Vec<Value> = [
        "sign_transaction",
        "pay_transaction",
        "sign_payment",
        "agree",
        "sign",
        "transaction",
        "PAY",
        "pay ",
    ]
    .map(|op| json!({"id": 1, "op": op, "say": "sign", "transaction": bytes, "url": url, "max": MAX}))
    .to_vec();
    // As the header that a shop is paid by: that is leash's own to send.
    for header in ["payment-signature", "x-payment", "Payment-Signature", "payment-signature "] {
        all.push(with(url, "headers", json!({header: bytes})));
    }
    for (name, value) in [("method", "sign"), ("body_sha256", bytes), ("url", bytes), ("max", bytes)] {
        all.push(with(url, name, json!(value)));
    }
    all
}

/// Whoever is named beside it: what isn't known is passed over, and the shop is paid that sells it.
fn recipients(speaker: &mut Speaker, url: &str) -> Got {
    for (name, value) in [
        ("payTo", json!(THIEF)),
        ("meaning", json!({"to": THIEF, "net": 1_000_000})),
        ("accepts", json!([{"payTo": THIEF, "amount": "1000000"}])),
    ] {
        let _ = paid(speaker, &with(url, name, value))?;
    }
    let _ = paid(speaker, &with(url, "headers", json!({"payto": THIEF, "x-pay-to": THIEF})))?;
    Ok(None)
}

fn hosts(url: &str) -> Vec<Value> {
    let (_, rest) = url.split_once("127.0.0.1").unwrap_or_default();
    [
        format!("http://localhost{rest}"),
        format!("http://127.0.0.2{rest}"),
        format!("http://127.0.0.1@localhost{rest}"),
        format!("http://localhost{rest}#127.0.0.1"),
        format!("http://127.0.0.1.evil.example{rest}"),
        format!("http://[::1]{rest}"),
        format!("file://127.0.0.1{rest}"),
        format!("ftp://127.0.0.1{rest}"),
        format!("http:///{rest}"),
        format!("http://127.0.0.1\n.evil.example{rest}"),
        format!("http://127.0.0.1\u{0}.evil.example{rest}"),
        "https://api.leash.market/x".to_owned(),
        String::new(),
    ]
    .map(|url| purchase(&url, MAX))
    .to_vec()
}

fn garbage(url: &str) -> Vec<Value> {
    let mut all = Vec::new();
    for name in ["url", "method", "body_sha256", "max", "body", "headers", "hold"] {
        for value in [Value::Null, json!(7), json!([url]), json!({"x": {}}), json!("\u{0}"), json!(true)] {
            let fine = matches!((name, &value), ("hold", Value::Bool(_)));
            if !fine {
                all.push(with(url, name, value));
            }
        }
    }
    all.extend(["pay_body", "pay_done"].map(|op| json!({"id": 1, "op": op, "answer": "0", "offset": 0})));
    all
}

/// Pays, and meanwhile opens what can be opened of every process that its signer starts, from its first moment on.
fn look(speaker: &mut Speaker, url: &str) -> Got {
    let signer = own_signer()?;
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let (mut seen, mut met) = (Vec::new(), BTreeSet::new());
            while !over.load(Ordering::SeqCst) {
                for pid in children(signer) {
                    met.insert(pid);
                    seen.extend(open(pid));
                }
            }
            (seen, met.len())
        });
        let mut paid_for = 0;
        for _ in 0..5 {
            paid_for += u32::from(paid(speaker, &purchase(url, MAX))?);
        }
        over.store(true, Ordering::SeqCst);
        let (seen, met) = watcher.join().map_err(|_| io::Error::other("it broke"))?;
        if paid_for == 0 || met == 0 {
            println!("BROKEN: {paid_for} payments, {met} payers");
        }
        Ok(seen.into_iter().next())
    })
}

/// The processes that a signer has started, by the newest numbers that there are.
fn children(signer: u32) -> Vec<u32> {
    let newest = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let newest: u32 = newest.split_whitespace().last().and_then(|pid| pid.parse().ok()).unwrap_or_default();
    let is_child = |pid: &u32| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let parent = stat.rsplit_once(") ").and_then(|(_, rest)| rest.split(' ').nth(1)?.parse().ok());
        parent == Some(signer)
    };
    (newest.saturating_sub(8)..newest + 4).filter(is_child).collect()
}

fn open(pid: u32) -> Option<String> {
    for what in ["mem", "environ", "maps"] {
        // One that has ended has nothing, and the kernel lets anybody look at that.
        if File::open(format!("/proc/{pid}/{what}")).is_ok()
            && fs::read(format!("/proc/{pid}/maps")).is_ok_and(|maps| !maps.is_empty())
        {
            return Some(format!("{what} of payer {pid}"));
        }
    }
    let process = Pid::from_raw(i32::try_from(pid).ok()?)?;
    let process = pidfd_open(process, PidfdFlags::empty()).ok()?;
    pidfd_getfd(&process, 0, PidfdGetfdFlags::empty()).ok().map(|_| format!("the socket of payer {pid}"))
}
