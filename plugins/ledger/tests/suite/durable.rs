//! What was answered is still so after the process ended.

use serde_json::json;

use crate::play::{Play, USDC, executive, flows, party, sign, text};

#[test]
fn balances_transactions_and_time_outlive_the_process() {
    let mut play = Play::new();
    let payer = executive();
    let to = text(&party(3));
    play.airdrop(&text(&payer), 1_000_000_000);
    play.fund(&flows().treasury, USDC, 5_000_000);
    let blockhash = play.blockhash();
    let steps = [crate::refusals::transfer(&text(&payer), &to, 1_000_000)];
    let wire = sign(&steps, std::slice::from_ref(&payer), &blockhash);
    let signature = play.send_wire(&wire)["result"].clone();
    play.ledger.skip(100).unwrap();
    let height = play.ledger.slot();
    let mut play = play.again();
    assert!(play.ledger.slot() >= height);
    assert_eq!(play.lamports(&to), 1_000_000);
    assert_eq!(play.holding(&flows().treasury_usdc).amount, 5_000_000);
    assert_eq!(play.send_wire(&wire)["error"]["data"]["err"], "AlreadyProcessed");
    let found = play.call("getTransaction", &json!([signature, { "encoding": "json" }]));
    assert_eq!(found["meta"]["fee"], 5000);
    let of = play.call("getSignaturesForAddress", &json!([to]));
    assert_eq!(of[0]["signature"], signature);
    // A blockhash from before is still good for what is left of its time.
    let steps = [crate::refusals::transfer(&text(&payer), &to, 2_000_000)];
    assert!(play.send_wire(&sign(&steps, &[payer], &blockhash))["result"].is_string());
}
