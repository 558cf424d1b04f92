//! A chain in a file: added to by many, cut off, changed, and published.
#![allow(clippy::disallowed_methods, reason = "children are told their part in variables")]
#![allow(clippy::unwrap_used, reason = "a test that can't go on ends here")]

use std::{
    env, fs,
    io::{BufRead as _, BufReader, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Child, Command, Stdio},
    sync::OnceLock,
    thread,
};

use leash_output::Error;
use leash_receipts::{
    Chain, Decision, Draft, Kind, Mpp, Outbox, Outcome, Price, Protocol, Reason, Shaped, Totals, Verifier,
    X402, canonical,
};
use proptest::prelude::{Strategy as _, any, prop};
use tempfile::TempDir;

fn home() -> TempDir {
    let dir = TempDir::with_prefix("leash-chain-").unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o700)).unwrap();
    dir
}

fn draft(number: u64) -> Draft {
    let protocol = match number % 3 {
        0 => Protocol::V1(X402 { tx_sig: Some(format!("tx{number}")), payment_requirements_hash: None }),
        1 => Protocol::X402(X402 { tx_sig: None, payment_requirements_hash: Some("h".into()) }),
        _ => Protocol::Mpp(Mpp {
            challenge_id: "ch".into(),
            settlement_tx: format!("tx{number}"),
            settlement_slot: 7,
        }),
    };
    let fee = (!matches!(protocol, Protocol::Mpp(_))).then(|| (100, 100, "3Ddc".to_owned()));
    Draft {
        decision: if number % 3 == 1 { Decision::Deny } else { Decision::Allow },
        reason: (number % 3 == 1).then(|| "perCallMax ключ \"q\"\n\u{202e}".to_owned()),
        protocol,
        kind: Kind::Spend,
        agent: "B5MX".into(),
        time: "2026-05-27T00:00:00.000Z".into(),
        method: "GET".into(),
        url: format!("https://api.example.com/x/{number}"),
        body_hash: None,
        price: Some(Price {
            amount: 10_000,
            currency: "USDC".into(),
            network: "solana-devnet".into(),
            asset: "4zMM".into(),
            fee,
        }),
        facilitator: Some("https://facilitator.example".into()),
        response_status: (number % 3 != 1).then_some(200),
    }
}

fn chain_of(dir: &TempDir, count: u64) -> Chain {
    let chain = Chain::new(dir.path());
    for number in 0..count {
        assert!(chain.append(&draft(number)).unwrap().is_new);
    }
    chain
}

#[test]
fn many_add_at_once() {
    let dir = home();
    thread::scope(|scope| {
        for worker in 0..8 {
            let dir = &dir;
            scope.spawn(move || {
                for number in 0..10 {
                    Chain::new(dir.path()).append(&draft(worker * 1000 + number * 3)).unwrap();
                }
            });
        }
    });
    let chain = Chain::new(dir.path());
    assert_eq!(chain.verify().unwrap().unwrap().count, 80);
    assert_eq!(fs::metadata(chain.path()).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_transaction_has_one_receipt() {
    let dir = home();
    let chain = chain_of(&dir, 3);
    let again = chain.append(&draft(2)).unwrap();
    assert!(!again.is_new);
    assert_eq!(again.receipt.nonce, 2);
    // Without a transaction, whoever adds says which one it is.
    let url = draft(1).url;
    assert!(!chain.append_once(&draft(1), |receipt| receipt.url == url).unwrap().is_new);
    assert_eq!(chain.verify().unwrap().unwrap().count, 3);
}

/// One process of the tests below: adds until it can't, or is killed.
#[test]
#[ignore = "runs as a process of another test"]
fn one_process() {
    let dir = env::var("LEASH_TEST_CHAIN").unwrap();
    let chain = Chain::new(Path::new(&dir));
    let mut stderr = std::io::stderr();
    for number in 0..1000 {
        match chain.append(&draft(u64::from(std::process::id()) * 3000 + number * 3)) {
            Ok(added) => writeln!(stderr, "said:{}", added.receipt.nonce).unwrap(),
            Err(error) => return writeln!(stderr, "said:{}", error.message()).unwrap(),
        }
    }
}

/// Runs it, with a limit of the size of files where one is given.
fn process(dir: &TempDir, limit: &str) -> (Child, impl Iterator<Item = String> + use<>) {
    // A write above the limit is cut off there, and fails from then on, as on a disk that is full.
    let line = format!(
        "trap '' XFSZ; {limit} exec \"$0\" one_process --exact --ignored --nocapture --test-threads=1"
    );
    let mut child = Command::new("/bin/sh")
        .args(["-c", &line])
        .arg(env::current_exe().unwrap())
        .env("LEASH_TEST_CHAIN", dir.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let stderr = BufReader::new(child.stderr.take().unwrap());
    let said =
        stderr.lines().map_while(Result::ok).filter_map(|line| Some(line.strip_prefix("said:")?.to_owned()));
    (child, said)
}

#[test]
fn killed_while_it_adds() {
    let dir = home();
    let chain = Chain::new(dir.path());
    let mut promised = 0;
    for round in 0..8 {
        let (mut child, mut said) = process(&dir, "");
        let last = (0..=round).map(|_| said.next().unwrap()).last().unwrap();
        child.kill().unwrap();
        let _ = child.wait().unwrap();
        promised = promised.max(last.parse::<u64>().unwrap() + 1);
        let (count, torn) = match chain.verify().unwrap() {
            Ok(verified) => (verified.count, false),
            Err((_, so_far)) => (so_far.count, true),
        };
        assert!(count >= promised, "{count} of {promised}");
        assert_eq!(chain.torn().unwrap() > 0, torn);
    }
    assert!(chain.append(&draft(0)).unwrap().is_new);
    assert!(chain.verify().unwrap().is_ok());
}

#[test]
fn a_full_disk_leaves_whole_receipts() {
    let dir = home();
    let chain = Chain::new(dir.path());
    let (mut child, said) = process(&dir, "ulimit -f 9;");
    let said: Vec<_> = said.collect();
    let _ = child.wait().unwrap();
    let (error, nonces) = said.split_last().unwrap();
    assert!(error.contains("cannot write") && !nonces.is_empty(), "{said:?}");
    assert_eq!(chain.torn().unwrap(), 0);
    assert_eq!(chain.verify().unwrap().unwrap().count, nonces.len() as u64);
    assert!(chain.append(&draft(0)).unwrap().is_new);
}

#[test]
fn a_line_that_was_cut_off_is_set_aside() {
    let dir = home();
    let chain = chain_of(&dir, 2);
    let whole = fs::read(chain.path()).unwrap();
    let first = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    for cut in (first + 1..whole.len()).rev().step_by(29) {
        fs::write(chain.path(), &whole[..cut]).unwrap();
        // Where nothing but the newline is missing, the receipt itself is whole, and is still not taken for one.
        assert_eq!(chain.torn().unwrap(), cut - first);
        if cut < whole.len() - 1 {
            let (fault, so_far) = chain.verify().unwrap().unwrap_err();
            assert_eq!((fault.nonce, fault.reason, so_far.count), (1, Reason::InvalidJson, 1));
        }
        let added = chain.append(&draft(1)).unwrap();
        assert!(added.is_new);
        assert_eq!(fs::read(added.set_aside.unwrap()).unwrap(), &whole[first..cut]);
        assert_eq!(fs::read(chain.path()).unwrap(), whole);
    }
}

#[test]
fn a_chain_with_a_wrong_line_gets_no_more() {
    let dir = home();
    let chain = chain_of(&dir, 2);
    let mut bytes = fs::read(chain.path()).unwrap();
    bytes.extend_from_slice(b"{}\n");
    fs::write(chain.path(), &bytes).unwrap();
    assert_eq!(chain.append(&draft(9)).unwrap_err().code(), "broken_chain");
    assert_eq!(fs::read(chain.path()).unwrap(), bytes);
}

#[test]
fn publishing_goes_on_where_it_ended() {
    let dir = home();
    let chain = chain_of(&dir, 5);
    let outbox = Outbox::new(dir.path(), "https://api.example");
    assert_eq!(outbox.pending(&chain).unwrap(), 5);
    let mut seen = Vec::new();
    let lost = outbox.publish(&chain, |receipt, text| {
        if receipt.nonce == 2 {
            return Err(Error::failure("connect", "away"));
        }
        seen.push(receipt.nonce);
        assert!(text.contains(&receipt.hash));
        Ok(Outcome::Kept)
    });
    assert_eq!(lost.unwrap_err().code(), "connect");
    assert_eq!((seen, outbox.pending(&chain).unwrap()), (vec![0, 1], 3));
    let mut seen = Vec::new();
    let published = outbox
        .publish(&chain, |receipt, _| {
            seen.push(receipt.nonce);
            Ok(if receipt.nonce == 3 { Outcome::Refused("invalid_request".into()) } else { Outcome::Kept })
        })
        .unwrap();
    assert_eq!((seen, published.sent, published.pending, published.refused.len()), (vec![2, 3, 4], 2, 0, 1));
    // Another API was told nothing yet, and a note that can't be read is none.
    assert_eq!(Outbox::new(dir.path(), "https://other.example").pending(&chain).unwrap(), 5);
    fs::write(dir.path().join("published.json"), "{").unwrap();
    assert_eq!(outbox.pending(&chain).unwrap(), 5);
}

#[test]
fn sums_are_exact_and_of_what_was_paid() {
    let dir = home();
    let chain = chain_of(&dir, 6);
    let mut totals = Totals::default();
    chain
        .each(|receipt, _| {
            totals.add(&receipt);
            Ok(true)
        })
        .unwrap();
    assert_eq!((totals.sent_count, totals.denied_count), (4, 2));
    assert_eq!(
        (totals.sent_usd(), totals.fees_usd(), totals.gross_usd()),
        ("0.04".into(), "0.0002".into(), "0.0402".into())
    );
    assert_eq!((totals.net_usd(), totals.change_usd()), ("-0.04".into(), "-0.0402".into()));
}

/// The text of a chain of five.
fn text_of_five() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| fs::read_to_string(chain_of(&home(), 5).path()).unwrap())
}

/// What a chain says, to those who pass over what is no part of a receipt.
fn meaning(text: &str) -> Vec<String> {
    let line = |line: &str| {
        canonical(&Shaped::read(&leash_js::json::parse(line.as_bytes()).unwrap()).unwrap().value)
    };
    text.lines().map(line).collect()
}

fn verify(lines: &[String]) -> Result<u64, (u64, Reason)> {
    let mut verifier = Verifier::new();
    for line in lines {
        verifier.line(line.as_bytes()).map_err(|fault| (fault.nonce, fault.reason))?;
    }
    Ok(verifier.so_far().count)
}

/// Any JSON, with names and strings of any kind.
fn json() -> impl proptest::strategy::Strategy<Value = serde_json::Value> {
    let leaf = proptest::prop_oneof![
        proptest::prelude::Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        let name = proptest::prop_oneof![any::<String>(), "[0-9]{1,11}".prop_map(String::from)];
        proptest::prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::hash_map(name, inner, 0..6)
                .prop_map(|members| members.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(256))]

    /// One character more, less or other, anywhere: it is found, or it says the same.
    #[test]
    fn any_change_is_found(at in any::<prop::sample::Index>(), byte in 0x20_u8..0x7f, way in 0..3) {
        let whole = text_of_five().to_owned();
        let mut bytes = whole.clone().into_bytes();
        let at = at.index(bytes.len());
        match way {
            0 => bytes[at] = byte,
            1 => bytes.insert(at, byte),
            _ => { bytes.remove(at); }
        }
        let changed = String::from_utf8_lossy(&bytes).into_owned();
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        if verify(&lines(&changed)).is_ok() {
            // White space between members, `1` as `1.0`, another order, or a name that no receipt has.
            proptest::prop_assert_eq!(meaning(&changed), meaning(&whole));
        }
    }

    /// A line taken out, doubled or moved.
    #[test]
    fn any_other_order_is_found(a in 0_usize..5, b in 0_usize..5, way in 0..3) {
        let mut lines: Vec<_> = text_of_five().lines().map(str::to_owned).collect();
        match way {
            // The last one leaves no gap.
            0 if a == 4 => return Ok(()),
            0 => { lines.remove(a); }
            1 => { let line = lines[a].clone(); lines.insert(b, line); }
            _ if a == b => return Ok(()),
            _ => lines.swap(a, b),
        }
        proptest::prop_assert!(verify(&lines).is_err());
    }

    #[test]
    fn any_bytes_are_judged(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Verifier::new().line(&bytes);
    }

    #[test]
    fn canonical_is_idempotent(value in json()) {
        let once = canonical(&leash_js::json::parse(value.to_string().as_bytes()).unwrap());
        let twice = canonical(&leash_js::json::parse(once.as_bytes()).unwrap());
        proptest::prop_assert_eq!(once, twice);
    }
}
