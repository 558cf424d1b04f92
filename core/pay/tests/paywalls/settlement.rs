//! What sellers say of a payment.

use leash_chain::Signature;
use leash_pay::{Outcome, Settlement, SettlementReport};
use serde_json::{Value, json};

use crate::base64;

fn report(headers: &[(&str, &Value)]) -> SettlementReport {
    let values: Vec<(&str, String)> = headers.iter().map(|(name, value)| (*name, base64(value))).collect();
    SettlementReport::read(|wanted| {
        values.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.as_str())
    })
}

#[test]
fn failure_and_its_reason_are_read_in_either_version() {
    let said = json!({"success": false, "errorReason": "insufficient_funds", "transaction": "", "network": "solana"});
    for name in ["payment-response", "x-payment-response"] {
        let report = report(&[(name, &said)]);
        assert_eq!((report.outcome, report.transaction), (Outcome::Failed, None), "{name}");
        assert_eq!(report.reason.as_deref(), Some("insufficient_funds"), "{name}");
    }
}

#[test]
fn a_transaction_is_read_wherever_it_stands() {
    let signature = Signature::new([7; 64]);
    let text = signature.to_string();
    for (name, said) in [
        ("payment-response", json!({"success": true, "transaction": text})),
        ("x-payment-response", json!({"success": true, "transaction": text, "networkId": "x"})),
        ("payment-response", json!({"transaction": text})),
        (
            "payment-receipt",
            json!({"status": "success", "method": "solana", "reference": text, "timestamp": "x"}),
        ),
        ("x-payment-receipt", json!({"tx": text, "slot": 1})),
    ] {
        let report = report(&[(name, &said)]);
        assert_eq!((report.outcome, report.transaction), (Outcome::Settled, Some(signature)), "{name}");
        assert_eq!(report.receipt.is_some(), name == "payment-receipt");
    }
    let by_leash = Settlement::read(|name| (name == "x-leash-tx-sig").then_some(text.as_str()));
    assert_eq!(by_leash, Some(Settlement { transaction: signature }));
    // A transaction that failed is still one to look for.
    let failed = json!({"success": false, "transaction": text});
    let report = report(&[("payment-response", &failed)]);
    assert_eq!((report.outcome, report.transaction), (Outcome::Failed, Some(signature)));
}

#[test]
fn odd_reports_say_nothing() {
    for said in [json!({}), json!([]), json!({"success": "yes"}), json!({"transaction": "x"}), json!(null)] {
        let report = report(&[("payment-response", &said)]);
        assert_eq!(
            (report.outcome, report.transaction, report.reason),
            (Outcome::Unsaid, None, None),
            "{said}"
        );
    }
    let garbage = SettlementReport::read(|name| (name == "payment-response").then_some("%%%"));
    assert_eq!(garbage.outcome, Outcome::Unsaid);
}
