//! Any bytes as a paywall's answer, up to two headers before NULs and the body behind them: a price or a refusal.
#![no_main]

use leash_chain::{Address, Blockhash, Network};
use leash_intent::{Intent, Meaning, check};
use leash_pay::{Paywall, SettlementReport, Terms, choose};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut parts = bytes.splitn(3, |byte| *byte == 0);
    let mut header = || std::str::from_utf8(parts.next().unwrap_or_default()).unwrap_or_default();
    let (required, challenge) = (header(), header());
    let body = parts.next().unwrap_or_default();
    let _ = SettlementReport::read(|_| Some(required));
    let headers = [("payment-required", required), ("www-authenticate", challenge)];
    let Ok(paywall) = Paywall::read(headers.into_iter().filter(|(_, value)| !value.is_empty()), body) else {
        return;
    };
    let _ = (paywall.error(), paywall.candidates(None).refusal());
    let terms = Terms::new(Address::new([1; 32]), Address::new([2; 32]), Network::Devnet);
    for candidate in paywall.candidates(Some(&terms)).iter() {
        let _ = candidate.offered.to_string();
    }
    let Ok(offer) = choose(&paywall, &terms) else { return };
    let (gross, fee) = offer.gross().expect("an amount");
    assert_eq!(gross - fee, offer.net);
    assert_eq!(offer.differs(&offer), None);
    let payment = offer.payment(&terms, || "00".repeat(16)).with_compute(offer.compute(Some(7_000), 1));
    assert_eq!(payment.gross(), Some(gross));
    let paid: u64 = payment.transfers().expect("transfers").iter().map(|(_, amount)| *amount).sum();
    assert_eq!(paid, gross);
    let max_fee = payment.network_fee();
    let intent = Intent::new(terms.executive, Meaning::Pay(payment), Blockhash::new([9; 32]), max_fee)
        .expect("an intent");
    check(intent.build().expect("a transaction"), &intent).expect("what was meant");
    assert_eq!(offer.header_value("AQ=="), offer.header_value("AQ=="));
});
