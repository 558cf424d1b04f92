//! What public sellers, their facilitators and their own buyers said, as `cargo xtask interop --record` wrote it down.

use base64::{
    Engine as _,
    alphabet::{STANDARD, URL_SAFE},
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use leash_chain::{Address, Network};
use leash_pay::{Candidates, Offer, Outcome, Paywall, Protocol, SettlementReport, Terms};
use serde_json::{Value, json};

/// Sellers of which there is a recording, and by what leash pays each.
const SELLERS: [(&str, Protocol); 12] = [
    ("faremeter-both", Protocol::X402V2),
    ("faremeter-mpp", Protocol::Mpp),
    ("faremeter-v1", Protocol::X402V1),
    ("faremeter-v2", Protocol::X402V2),
    ("mpp", Protocol::Mpp),
    ("mpp-splits", Protocol::Mpp),
    ("mpp-sponsored", Protocol::Mpp),
    ("python-fastapi", Protocol::X402V2),
    ("x402-express", Protocol::X402V2),
    ("x402-express-v1", Protocol::X402V1),
    ("x402-hono", Protocol::X402V2),
    ("x402-solana", Protocol::X402V2),
];

/// An agent that is none of the sellers and facilitators: their own buyer is its executive.
fn terms() -> Terms {
    let address = |text: &str| text.parse::<Address>().unwrap();
    Terms::new(
        address("9zGzjg1sDrxiwoV9PvpGHjYofSBAGmmzKC68zyFGwqUo"),
        address("DXyM8yAHqpMzDtvwz5DXoEUQmPxjJPMKCASCPhLMKpEx"),
        Network::Devnet,
    )
}

/// One exchange: the first answer, the buyer's payment, and the delivery.
struct Exchange {
    what: String,
    protocol: Protocol,
    recorded: Value,
}

/// All exchanges of all files.
fn exchanges() -> Vec<Exchange> {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors");
    let mut files: Vec<_> = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort_by_key(|path| path.file_stem().unwrap().to_owned());
    let names: Vec<_> = files.iter().map(|path| path.file_stem().unwrap().to_str().unwrap()).collect();
    assert_eq!(names, SELLERS.map(|(name, _)| name));
    let of_file = |(path, (name, protocol)): (&std::path::PathBuf, (&str, Protocol))| {
        let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        assert_eq!(file["seller"], *name);
        ["GET", "POST"].map(|method| {
            let recorded = file[method].clone();
            assert!(recorded.is_object(), "{name} {method}");
            Exchange { what: format!("{name} {method}"), protocol, recorded }
        })
    };
    files.iter().zip(SELLERS).flat_map(of_file).collect()
}

impl Exchange {
    fn headers(&self, of: &str) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let pair = |pair: &Value| (text(&pair[0]), text(&pair[1]));
        self.recorded[of]["headers"].as_array().unwrap().iter().map(pair).collect()
    }

    fn header(&self, of: &str, wanted: &str) -> Option<String> {
        let found = self.headers(of).into_iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| value)
    }

    fn candidates(&self) -> Candidates {
        let headers = self.headers("demand");
        let headers = headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let body = self.recorded["demand"]["body"].as_str().unwrap();
        Paywall::read(headers, body.as_bytes()).unwrap().candidates(Some(&terms()))
    }

    fn offer(&self) -> Offer {
        self.candidates().best().unwrap().1.clone()
    }

    /// The header by which the seller's own buyer paid.
    fn payment(&self) -> (&str, &str) {
        let payment = &self.recorded["payment"];
        (payment[0].as_str().unwrap(), payment[1].as_str().unwrap())
    }
}

/// A document in base64 of either alphabet.
fn decoded(value: &str) -> Value {
    let text = value.strip_prefix("Payment ").unwrap_or(value);
    let alphabet = if text.contains(['-', '_']) { URL_SAFE } else { STANDARD };
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let bytes = GeneralPurpose::new(&alphabet, config).decode(text).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

/// Leaves out what a seller makes anew for each request: the buyer answered to another `402` than the recorded one.
fn without_what_is_made_anew(mut document: Value) -> Value {
    if let Some(extra) = document.pointer_mut("/accepted/extra").and_then(Value::as_object_mut) {
        extra.remove("recentBlockhash");
    }
    if let Some(challenge) = document.get_mut("challenge").and_then(Value::as_object_mut) {
        assert!(challenge.remove("id").is_some() && challenge.remove("expires").is_some());
        let mut request = decoded(challenge["request"].as_str().unwrap());
        request["methodDetails"].as_object_mut().unwrap().remove("recentBlockhash");
        challenge.insert("request".to_owned(), request);
    }
    document
}

#[test]
fn each_of_them_can_be_paid() {
    for exchange in exchanges() {
        let what = &exchange.what;
        assert_eq!(exchange.recorded["demand"]["status"], 402, "{what}");
        let candidates = exchange.candidates();
        for one in candidates.iter() {
            assert!(one.verdict.is_ok() && !one.contradicts, "{what}: {one:?}");
        }
        let offer = exchange.offer();
        assert_eq!(offer.protocol, exchange.protocol, "{what}");
        assert_eq!((offer.gross(), offer.token.symbol), (Some((10_000, 0)), "USDC"), "{what}");
        let splits: Vec<u64> = offer.splits.iter().map(|split| split.amount).collect();
        assert_eq!(splits, if what.starts_with("mpp-splits") { vec![2_500] } else { vec![] }, "{what}");
        // Without a sponsor, the executive pays the network's fee.
        let sponsors = !["mpp GET", "mpp POST", "mpp-splits GET", "mpp-splits POST"].contains(&what.as_str());
        assert_eq!(offer.fee_payer.is_some(), sponsors, "{what}");
        assert!(!offer.creates_accounts(), "{what}");
    }
}

/// The stranger's transaction in leash's header makes the stranger's header.
#[test]
fn leash_sends_what_their_own_buyers_send() {
    for exchange in exchanges() {
        let (what, offer) = (&exchange.what, exchange.offer());
        let (name, value) = exchange.payment();
        assert_eq!(offer.header_name(), name, "{what}");
        let mut theirs = decoded(value);
        let transaction = theirs["payload"]["transaction"].as_str().unwrap().to_owned();
        let ours = decoded(&offer.header_value(&transaction));
        if what.starts_with("faremeter-v1") {
            // This buyer repeats the asset, which version 1 doesn't have, and writes the network in another spelling than
            // its seller, who takes both.
            assert!(theirs.as_object_mut().unwrap().remove("asset").is_some());
            theirs["network"] = ours["network"].clone();
        }
        let (ours, theirs) = (without_what_is_made_anew(ours), without_what_is_made_anew(theirs));
        assert_eq!(ours, theirs, "{what}");
    }
}

/// What leash was asked to repeat, it repeats to the letter.
#[test]
fn what_a_seller_wrote_is_sent_back_as_it_was() {
    for exchange in exchanges() {
        let (what, offer) = (&exchange.what, exchange.offer());
        let sent = decoded(&offer.header_value("AQ=="));
        match exchange.protocol {
            Protocol::X402V2 => {
                let asked = decoded(&exchange.header("demand", "payment-required").unwrap());
                assert_eq!(sent["accepted"], asked["accepts"][0], "{what}");
                assert_eq!(sent.get("resource"), asked.get("resource"), "{what}");
                assert_eq!(sent.get("extensions"), asked.get("extensions"), "{what}");
                assert_eq!(sent["x402Version"], 2, "{what}");
            }
            Protocol::X402V1 => {
                let body: Value =
                    serde_json::from_str(exchange.recorded["demand"]["body"].as_str().unwrap()).unwrap();
                let network = &body["accepts"][0]["network"];
                let expected = json!({"x402Version": 1, "scheme": "exact", "network": network, "payload": {"transaction": "AQ=="}});
                assert_eq!(sent, expected, "{what}");
            }
            _ => {
                let header = exchange.header("demand", "www-authenticate").unwrap();
                let repeated = sent["challenge"].as_object().unwrap();
                assert_eq!(repeated.len(), header.matches("=\"").count(), "{what}: {header}");
                for (name, value) in repeated {
                    let value = value.as_str().unwrap();
                    assert!(header.contains(&format!(r#"{name}="{value}""#)), "{what}: {name}");
                }
            }
        }
    }
}

/// The transaction that a facilitator or a receipt names.
fn settled_by(exchange: &Exchange) -> Option<String> {
    let settlements = exchange.recorded["facilitator"].as_array().unwrap().iter();
    let mut named = settlements.filter_map(|said| {
        let answer = &said["answer"];
        answer["transaction"].as_str().or_else(|| answer["reference"].as_str()).map(str::to_owned)
    });
    let receipt = || {
        let receipt = decoded(&exchange.header("delivery", "payment-receipt")?);
        receipt["reference"].as_str().map(str::to_owned)
    };
    named.next_back().or_else(receipt)
}

#[test]
fn what_they_say_of_the_settlement_is_read() {
    for exchange in exchanges() {
        let what = &exchange.what;
        assert_eq!(exchange.recorded["delivery"]["status"], 200, "{what}");
        let headers = exchange.headers("delivery");
        let report = SettlementReport::read(|wanted| {
            headers.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str())
        });
        let named = settled_by(&exchange).unwrap();
        if what.starts_with("x402-solana") {
            // It has settled the payment, and says nothing of it in a header.
            assert_eq!((report.outcome, report.transaction), (Outcome::Unsaid, None), "{what}");
            continue;
        }
        assert_eq!(report.outcome, Outcome::Settled, "{what}");
        assert_eq!(report.transaction.map(|it| it.to_string()), Some(named), "{what}");
        assert_eq!(report.reason, None, "{what}");
        assert_eq!(report.receipt, exchange.header("delivery", "payment-receipt"), "{what}");
    }
}
