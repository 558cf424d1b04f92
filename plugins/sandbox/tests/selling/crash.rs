//! Killed at any moment, the server comes back with books that agree, and a payment counts once.

use std::{
    io::Read as _,
    net::TcpListener,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use leash_chain::treasury;
use rusqlite::Connection;
use serde_json::json;

use crate::{
    buyer::paid,
    common::{MINT, Request},
    shop::Shop,
};

fn database(shop: &Shop) -> Connection {
    Connection::open(shop.home.data().join("sandbox.db")).unwrap()
}

#[test]
fn a_payment_whose_account_was_never_written_is_accounted_for_at_the_next_start() {
    for protocol in ["x402", "mpp"] {
        let mut shop = Shop::new();
        let buyer = shop.buyer(21);
        let path = shop.link(&json!({ "protocol": protocol }));
        let request = Request::new("GET", &path);
        let pay = |shop: &Shop, memo| {
            if protocol == "mpp" { buyer.mpp(shop, &request) } else { buyer.x402(shop, &request, memo) }
        };
        paid(&shop.server.send(&pay(&shop, "before")));
        let paying = pay(&shop, "interrupted");
        let tx_sig = paid(&shop.server.send(&paying)).to_owned();
        let books = shop.books(&buyer);
        let first = shop.earned()[0].clone();
        shop.server.kill();
        // As it was after the transaction landed and before anything was written of it.
        let forget =
            "UPDATE payments SET receipt = NULL, receipt_hash = NULL, status = CASE WHEN challenge_id IS NULL
                        THEN status END WHERE tx_sig = ?1";
        let database = database(&shop);
        database.execute(forget, [&tx_sig]).unwrap();
        database.execute("DELETE FROM receipts WHERE tx_sig = ?1", [&tx_sig]).unwrap();
        database
            .execute("UPDATE challenges SET consumed_by = NULL WHERE consumed_by = ?1", [&tx_sig])
            .unwrap();
        database.execute("UPDATE link_counters SET settled_count = 1", []).unwrap();
        let hash = first["receipt_hash"].as_str().unwrap();
        database.execute("UPDATE earn_chains SET count = 1, last_hash = ?1", [hash]).unwrap();
        drop(database);
        shop.again();
        let receipts = shop.earned();
        assert_eq!(receipts.len(), 2, "{protocol}");
        assert_eq!((&receipts[1]["tx_sig"], &receipts[1]["nonce"]), (&json!(tx_sig), &json!(1)));
        assert_eq!(receipts[1]["prev_receipt_hash"], first["receipt_hash"]);
        assert_eq!(shop.counters(&path)["settled_count"], 2);
        // The buyer, who got no answer, gets one.
        let answer = shop.server.send(&paying);
        assert_eq!((paid(&answer), answer.body.as_str()), (tx_sig.as_str(), r#"{"ok":true}"#));
        assert_eq!(answer.header("x-leash-receipt-hash"), receipts[1]["receipt_hash"].as_str());
        shop.again();
        assert_eq!(paid(&shop.server.send(&paying)), tx_sig);
        assert_eq!((shop.earned().len(), shop.books(&buyer)), (2, books));
        assert_eq!(shop.counters(&path)["settled_count"], 2);
    }
}

#[test]
fn a_payment_that_was_noted_and_never_sent_is_forgotten_and_can_be_made() {
    let mut shop = Shop::new();
    let buyer = shop.buyer(21);
    let path = shop.link(&json!({}));
    let request = Request::new("GET", &path);
    paid(&shop.server.send(&buyer.x402(&shop, &request, "one")));
    shop.server.kill();
    let never = "INSERT INTO payments SELECT 'never', purpose, network, link_id, challenge_id, payer, terms, draft, NULL,
                   NULL, status, content_type, headers, body, sent FROM payments";
    database(&shop).execute(never, []).unwrap();
    shop.again();
    assert_eq!(shop.earned().len(), 1);
    let left: u32 = database(&shop).query_row("SELECT count(*) FROM payments", [], |row| row.get(0)).unwrap();
    assert_eq!(left, 1);
}

#[test]
fn what_was_noted_for_the_facilitator_and_never_sent_stands_in_nobodys_way() {
    let mut shop = Shop::new();
    let buyer = shop.buyer(21);
    let path = shop.link(&json!({}));
    let request = Request::new("GET", &path);
    let paying = buyer.x402(&shop, &request, "one");
    let tx_sig = paid(&shop.server.send(&paying)).to_owned();
    shop.server.kill();
    let direct = "INSERT INTO payments (tx_sig, purpose, payer, terms, sent)
                    SELECT 'never', 'x', payer, terms, sent FROM payments
                    UNION ALL SELECT ?1 || 'x', 'x', payer, terms, 0 FROM payments";
    database(&shop).execute(direct, [&tx_sig]).unwrap();
    shop.again();
    let count = |what: &str| -> u32 {
        let sql = format!("SELECT count(*) FROM payments WHERE tx_sig {what}");
        database(&shop).query_row(&sql, [], |row| row.get(0)).unwrap()
    };
    assert_eq!((count("= 'never'"), count("<> 'never'")), (0, 2));
}

#[test]
fn a_database_of_the_version_before_learns_to_sell() {
    let mut shop = Shop::new();
    let path = shop.link(&json!({}));
    shop.server.kill();
    let old = "DROP TABLE link_counters; DROP TABLE facilitator; DROP TABLE challenges; DROP TABLE payments;
               DROP TABLE earn_chains; PRAGMA user_version = 1;";
    database(&shop).execute_batch(old).unwrap();
    shop.again();
    let buyer = shop.buyer(21);
    paid(&shop.server.send(&buyer.x402(&shop, &Request::new("GET", &path), "m")));
    assert_eq!(shop.counters(&path)["settled_count"], 1);
}

#[test]
fn a_kill_between_settlement_and_answer_costs_the_buyer_nothing() {
    let mut shop = Shop::new();
    let buyer = shop.buyer(21);
    let seller = TcpListener::bind("127.0.0.1:0").unwrap();
    let upstream = format!("http://{}", seller.local_addr().unwrap());
    // By MPP the payment is settled before the seller is asked.
    let path = shop.link(&json!({ "protocol": "mpp", "metadata": { "upstream_url": upstream } }));
    let before = shop.books(&buyer);
    let paying = buyer.mpp(&shop, &Request::new("GET", &path));
    let port = shop.server.port;
    let lost = {
        let paying = paying.clone();
        std::thread::spawn(move || paying.try_send(port))
    };
    let (mut asked, _) = seller.accept().unwrap();
    assert!(asked.read(&mut [0; 64]).unwrap() > 0);
    shop.server.kill();
    assert!(lost.join().unwrap().is_err());
    let settled = shop.books_after_restart(&buyer);
    assert_eq!([before[0] - settled[0], settled[1] - before[1]], [10_000, 10_000]);
    let receipts = shop.earned();
    assert_eq!((receipts.len(), &receipts[0]["response"]), (1, &json!(null)));
    // Asked again, the seller answers this time.
    let serving = std::thread::spawn(move || {
        use std::io::Write as _;
        let (mut asked, _) = seller.accept().unwrap();
        let _ = asked.read(&mut [0; 4096]);
        asked.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\nhere").unwrap();
    });
    let answer = shop.server.send(&paying);
    serving.join().unwrap();
    assert_eq!((answer.status, answer.body.as_str()), (200, "here"), "{answer:?}");
    assert_eq!(answer.header("x-leash-receipt-hash"), receipts[0]["receipt_hash"].as_str());
    assert_eq!((shop.earned().len(), shop.books(&buyer)), (1, settled));
    assert_eq!(shop.counters(&path)["settled_count"], 1);
}

#[test]
fn killed_again_and_again_balances_and_receipts_agree() {
    let mut shop = Shop::new();
    let seller = treasury(&MINT.parse().unwrap());
    let buyers: Vec<_> = (31..34).map(|number| shop.buyer(number)).collect();
    let paths = [shop.link(&json!({})), shop.link(&json!({ "protocol": "mpp" }))];
    let (mut presented, answered) = (Vec::new(), Mutex::new(Vec::new()));
    for round in 0..4 {
        let mut payments = Vec::new();
        for (place, buyer) in buyers.iter().enumerate() {
            for number in 0..6 {
                let request = Request::new("GET", &paths[number % 2]);
                payments.push(match number % 2 {
                    0 => buyer.x402(&shop, &request, &format!("{round} {place} {number}")),
                    _ => buyer.mpp(&shop, &request),
                });
            }
        }
        let (port, next) = (shop.server.port, AtomicUsize::new(0));
        let server = Mutex::new(&mut shop.server);
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    while let Some(payment) = payments.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let Ok(answer) = payment.try_send(port) else { break };
                        if answer.status == 200 {
                            answered.lock().unwrap().push(paid(&answer).to_owned());
                        }
                    }
                });
            }
            // Somewhere in the middle of the next few.
            while next.load(Ordering::Relaxed) < 5 + round * 3 {
                std::thread::yield_now();
            }
            server.lock().unwrap().kill();
        });
        presented.extend(payments);
        shop.again();
    }
    let check = |shop: &Shop, at_least: usize| {
        let receipts = shop.earned();
        let sigs: std::collections::HashSet<_> =
            receipts.iter().map(|receipt| receipt["tx_sig"].as_str().unwrap().to_owned()).collect();
        assert_eq!(sigs.len(), receipts.len());
        assert!(receipts.len() >= at_least);
        assert_eq!(shop.held(&seller, "USDC"), 10_000 * u64::try_from(receipts.len()).unwrap());
        let settled: u64 =
            paths.iter().map(|path| shop.counters(path)["settled_count"].as_u64().unwrap()).sum();
        assert_eq!(settled, u64::try_from(receipts.len()).unwrap());
        let mut verifier = leash_receipts::Verifier::default();
        for receipt in &receipts {
            verifier.line(receipt.to_string().as_bytes()).unwrap();
        }
        sigs
    };
    let answered = answered.into_inner().unwrap();
    let sigs = check(&shop, answered.len());
    assert!(answered.iter().all(|sig| sigs.contains(sig)));
    // Presented again, each is answered, and counts once.
    for payment in &presented {
        paid(&shop.server.send(payment));
    }
    assert_eq!(check(&shop, presented.len()).len(), presented.len());
}
