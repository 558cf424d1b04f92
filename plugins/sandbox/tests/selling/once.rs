//! A payment is settled once, however often it is presented.

use serde_json::json;

use crate::{
    buyer::paid,
    common::Request,
    shop::{Shop, error},
};

#[test]
fn eight_at_once_settle_once_and_get_the_same_answer() {
    let shop = Shop::new();
    let buyer = shop.buyer(21);
    for protocol in ["x402", "mpp"] {
        let path = shop.link(&json!({ "protocol": protocol, "method": "POST" }));
        let request = Request::new("POST", &path).json(r#"{"n":1}"#);
        let paying =
            if protocol == "mpp" { buyer.mpp(&shop, &request) } else { buyer.x402(&shop, &request, "8") };
        let before = shop.books(&buyer);
        let port = shop.server.port;
        let answers: Vec<_> = std::thread::scope(|scope| {
            let sent: Vec<_> = (0..8).map(|_| scope.spawn(|| paying.send(port))).collect();
            sent.into_iter().map(|sent| sent.join().unwrap()).collect()
        });
        for answer in &answers {
            assert_eq!(paid(answer), paid(&answers[0]), "{protocol}");
            assert_eq!(answer.header("x-leash-receipt-hash"), answers[0].header("x-leash-receipt-hash"));
            assert_eq!(answer.body, answers[0].body);
        }
        let gross = if protocol == "mpp" { 10_000 } else { 10_100 };
        assert_eq!(before[0] - shop.books(&buyer)[0], gross);
        assert_eq!(shop.counters(&path)["settled_count"], 1);
    }
    assert_eq!(shop.earned().len(), 2);
}

#[test]
fn a_lost_answer_is_given_again_and_only_to_the_same_request() {
    let mut shop = Shop::new();
    let buyer = shop.buyer(21);
    let path = shop.link(&json!({ "method": "POST" }));
    let other = shop.link(&json!({ "method": "POST" }));
    let request = Request::new("POST", &path).json(r#"{"n":1}"#);
    let paying = buyer.x402(&shop, &request, "lost");
    let first = shop.server.send(&paying);
    let tx_sig = paid(&first).to_owned();
    let after = shop.books(&buyer);
    // The blockhash may have died, and the server too.
    shop.rpc("leashSkipBlocks", &json!([151]));
    shop.again();
    let again = shop.server.send(&paying);
    assert_eq!((paid(&again), &again.body), (tx_sig.as_str(), &first.body));
    assert_eq!(again.header("payment-response"), first.header("payment-response"));
    // Another body, another query, another link: that is another purchase.
    let mut bodied = paying.clone();
    bodied.body = br#"{"n":2}"#.to_vec();
    let mut queried = paying.clone();
    queried.path.push_str("&more=1");
    let mut elsewhere = paying.clone();
    elsewhere.path = other;
    for request in [bodied, queried, elsewhere] {
        assert_eq!(error(&shop.server.send(&request)), "duplicate_settlement");
    }
    assert_eq!(shop.books(&buyer), after);
    assert_eq!(shop.earned().len(), 1);
}

#[test]
fn two_links_of_one_price_are_not_paid_by_one_transaction_at_once() {
    let shop = Shop::new();
    let buyer = shop.buyer(21);
    let paths: Vec<_> = (0..6).map(|_| shop.link(&json!({}))).collect();
    let paying = buyer.x402(&shop, &Request::new("GET", &paths[0]), "split");
    let port = shop.server.port;
    let answers: Vec<_> = std::thread::scope(|scope| {
        let sent: Vec<_> = paths
            .iter()
            .map(|path| {
                let mut request = paying.clone();
                request.path.clone_from(path);
                scope.spawn(move || request.send(port))
            })
            .collect();
        sent.into_iter().map(|sent| sent.join().unwrap()).collect()
    });
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    assert_eq!(shop.earned().len(), 1);
}
