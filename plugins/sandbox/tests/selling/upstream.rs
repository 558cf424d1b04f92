//! The seller's own server behind a link, and its webhook.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::mpsc::{Receiver, channel},
    time::Duration,
};

use serde_json::{Value, json};

use crate::{buyer::paid, common::Request, shop::Shop};

/// A server that answers every request alike and tells what it was asked.
struct Seller {
    url: String,
    asked: Receiver<String>,
}

impl Seller {
    fn new(answer: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (tell, asked) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let text = read(&mut stream);
                let _ = stream.write_all(answer.as_bytes());
                drop(stream);
                if tell.send(text).is_err() {
                    break;
                }
            }
        });
        Self { url, asked }
    }

    fn asked(&self) -> String {
        self.asked.recv_timeout(Duration::from_secs(20)).unwrap()
    }
}

fn read(stream: &mut TcpStream) -> String {
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .filter_map(|line| line.split_once(": "))
                .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
                .map_or(0, |(_, value)| value.parse().unwrap());
            if body.len() >= length {
                return text;
            }
        }
        let count = stream.read(&mut buffer).unwrap();
        assert!(count > 0, "{text}");
        bytes.extend_from_slice(&buffer[..count]);
    }
}

const TEA: &str = "HTTP/1.1 201 Created\r\ncontent-type: text/tea\r\nx-upstream: yes\r\ncontent-length: 3\r\n\
                   connection: close\r\n\r\ntea";

#[test]
fn a_paid_request_is_handed_on_without_the_payment() {
    let shop = Shop::new();
    let buyer = shop.buyer(21);
    for protocol in ["x402", "mpp"] {
        let seller = Seller::new(TEA);
        let upstream = format!("{}/run?existing=1", seller.url);
        let path = shop.link(&json!({
            "method": "POST", "protocol": protocol, "metadata": { "upstream_url": upstream },
        }));
        let request = Request::new("POST", &format!("{path}&job=a%20b"))
            .json(r#"{"prompt":"hello"}"#)
            .header("x-custom", "keep me");
        let paying =
            if protocol == "mpp" { buyer.mpp(&shop, &request) } else { buyer.x402(&shop, &request, "u") };
        let answer = shop.server.send(&paying);
        assert_eq!((answer.status, answer.body.as_str()), (201, "tea"), "{answer:?}");
        assert_eq!(answer.header("content-type"), Some("text/tea"));
        assert_eq!(answer.header("x-upstream"), Some("yes"));
        assert!(answer.header("x-leash-tx-sig").is_some());
        let asked = seller.asked();
        assert!(asked.starts_with("POST /run?existing=1&job=a+b HTTP/1.1\r\n"), "{asked}");
        assert!(asked.contains("x-custom: keep me") && asked.ends_with(r#"{"prompt":"hello"}"#), "{asked}");
        assert!(!asked.contains("payment-signature") && !asked.contains("authorization"), "{asked}");
        // A lost answer is given again without asking the seller again.
        let again = shop.server.send(&paying);
        assert_eq!(
            (again.status, again.body.as_str(), again.header("x-upstream")),
            (201, "tea", Some("yes"))
        );
        assert!(seller.asked.try_recv().is_err());
    }
    assert!(shop.earned().iter().all(|receipt| receipt["response"]["status"] == 201));
}

#[test]
fn a_seller_that_fails_costs_nothing_by_x402() {
    let shop = Shop::new();
    let buyer = shop.buyer(21);
    let seller = Seller::new("HTTP/1.1 503 Busy\r\ncontent-length: 4\r\nconnection: close\r\n\r\nbusy");
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let huge = Seller::new("HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\nconnection: close\r\n\r\nx");
    let before = shop.books(&buyer);
    for (upstream, status) in [
        (seller.url.clone(), 503),
        (format!("http://{closed}"), 502),
        (huge.url.clone(), 502),
        ("ftp://127.0.0.1/x".to_owned(), 502),
        ("not a url".to_owned(), 502),
    ] {
        let path = shop.link(&json!({ "metadata": { "upstream_url": upstream } }));
        let answer = shop.server.send(&buyer.x402(&shop, &Request::new("GET", &path), "f"));
        assert_eq!(answer.status, status, "{upstream}: {answer:?}");
        assert_eq!(answer.header("x-leash-tx-sig"), None);
        assert_eq!(shop.counters(&path)["settled_count"], 0);
    }
    assert_eq!(shop.books(&buyer), before);
    assert!(shop.earned().is_empty());
}

#[test]
fn a_redirect_is_handed_on_and_not_followed() {
    let shop = Shop::new();
    let buyer = shop.buyer(21);
    let seller = Seller::new(
        "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:9/x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
    );
    let path = shop.link(&json!({ "metadata": { "upstream_url": seller.url } }));
    let answer = shop.server.send(&buyer.x402(&shop, &Request::new("GET", &path), "r"));
    assert_eq!((answer.status, answer.header("location")), (302, Some("http://127.0.0.1:9/x")));
}

#[test]
fn the_seller_is_told_of_a_payment() {
    let shop = Shop::new();
    let buyer = shop.buyer(21);
    let seller = Seller::new("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    let path = shop.link(&json!({ "webhook_url": seller.url }));
    let paying = buyer.x402(&shop, &Request::new("GET", &path), "w");
    let answer = shop.server.send(&paying);
    let asked = seller.asked();
    let body: Value = serde_json::from_str(asked.split_once("\r\n\r\n").unwrap().1).unwrap();
    assert_eq!((&body["v"], &body["kind"]), (&json!("0.1"), &json!("leash.payment.settled")));
    assert_eq!(body["payment"]["tx_sig"], paid(&answer));
    assert_eq!(body["response"], json!({ "ok": true }));
    // Once.
    paid(&shop.server.send(&paying));
    assert!(seller.asked.try_recv().is_err());
    // A seller that isn't there doesn't hold the buyer up.
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let path = shop.link(&json!({ "webhook_url": format!("http://{closed}") }));
    paid(&shop.server.send(&buyer.x402(&shop, &Request::new("GET", &path), "x")));
}
