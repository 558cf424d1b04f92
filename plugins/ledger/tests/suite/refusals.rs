//! What the ledger refuses, as a node does, and what is then unchanged.

use base64ct::{Base64, Encoding as _};
use serde_json::json;

use crate::play::{Key, Play, Step, executive, party, sign, text};

/// A transfer of lamports.
pub fn transfer(from: &str, to: &str, lamports: u64) -> Step {
    let key = |pubkey: &str, is_signer| Key { pubkey: pubkey.to_owned(), is_signer, is_writable: true };
    let mut data = "02000000".to_owned();
    lamports.to_le_bytes().iter().for_each(|byte| data.push_str(&format!("{byte:02x}")));
    Step { program_id: "1".repeat(32), keys: vec![key(from, true), key(to, false)], data }
}

#[test]
fn what_is_no_good_is_refused_and_costs_nothing() {
    let mut play = Play::new();
    let (payer, other) = (executive(), text(&party(3)));
    play.airdrop(&text(&payer), 1_000_000_000);
    let steps = [transfer(&text(&payer), &other, 10_000_000)];
    let blockhash = play.blockhash();
    let good = sign(&steps, std::slice::from_ref(&payer), &blockhash);
    let mut forged = good.clone();
    forged[5] ^= 1;
    let mut raised = good.clone();
    let amount = raised.len() - 8;
    raised[amount] ^= 1;
    let mut longer = good.clone();
    longer.push(0);
    let mut big = good.clone();
    big.resize(1233, 0);
    let stale = sign(&steps, std::slice::from_ref(&payer), &[9; 32]);
    for (wire, code, what) in [
        (&forged, -32003, "signature"),
        (&raised, -32003, "signature"),
        (&longer, -32602, "deserialize"),
        (&big, -32602, "too large"),
        (&good[..80].to_vec(), -32602, "deserialize"),
        (&stale, -32002, "Blockhash not found"),
    ] {
        let answer = play.send_wire(wire);
        assert_eq!(answer["error"]["code"], code, "{answer}");
        assert!(answer["error"]["message"].as_str().unwrap().contains(what), "{answer}");
    }
    assert_eq!(play.lamports(&text(&payer)), 1_000_000_000);
    assert!(play.send_wire(&good)["result"].is_string());
    let again = play.send_wire(&good);
    assert_eq!(again["error"]["data"]["err"], "AlreadyProcessed", "{again}");
    assert_eq!(play.lamports(&other), 10_000_000);
    assert_eq!(play.lamports(&text(&payer)), 1_000_000_000 - 10_000_000 - 5000);
}

#[test]
fn a_blockhash_expires() {
    let mut play = Play::new();
    let payer = executive();
    play.airdrop(&text(&payer), 1_000_000_000);
    let latest = play.call("getLatestBlockhash", &json!([]));
    let blockhash = play.blockhash();
    let wire = sign(&[transfer(&text(&payer), &text(&party(3)), 1_000_000)], &[payer], &blockhash);
    play.ledger.skip(152).unwrap();
    let height = play.call("getBlockHeight", &json!([])).as_u64().unwrap();
    assert!(height > latest["value"]["lastValidBlockHeight"].as_u64().unwrap());
    let answer = play.send_wire(&wire);
    assert_eq!(answer["error"]["data"]["err"], "BlockhashNotFound", "{answer}");
}

#[test]
fn a_failure_that_was_not_tried_first_lands_and_costs_its_fee() {
    let mut play = Play::new();
    let payer = executive();
    play.airdrop(&text(&payer), 1_000_000_000);
    let blockhash = play.blockhash();
    let steps = [transfer(&text(&payer), &text(&party(3)), 5_000_000_000)];
    let wire = Base64::encode_string(&sign(&steps, std::slice::from_ref(&payer), &blockhash));
    let simulated = play.call("simulateTransaction", &json!([wire, { "encoding": "base64" }]));
    assert_eq!(simulated["value"]["err"]["InstructionError"][1]["Custom"], 1);
    let options = json!({ "encoding": "base64", "skipPreflight": true });
    let signature = play.call("sendTransaction", &json!([wire, options]));
    assert_eq!(play.lamports(&text(&payer)), 1_000_000_000 - 5000);
    let status = play.call("getSignatureStatuses", &json!([[signature]]));
    assert_eq!(status["value"][0]["err"]["InstructionError"][1]["Custom"], 1, "{status}");
}

#[test]
fn what_is_tried_out_leaves_no_trace_and_what_landed_is_found() {
    let mut play = Play::new();
    let (payer, other) = (executive(), text(&party(3)));
    play.airdrop(&text(&payer), 1_000_000_000);
    let blockhash = play.blockhash();
    let wire = sign(&[transfer(&text(&payer), &other, 10_000_000)], std::slice::from_ref(&payer), &blockhash);
    assert_eq!(play.ledger.try_out(&wire).unwrap(), Ok(()));
    assert_eq!((play.lamports(&other), play.lamports(&text(&payer))), (0, 1_000_000_000));
    let landed = play.ledger.send(&wire).unwrap().unwrap();
    assert_eq!(play.ledger.landed(&landed.signature).unwrap(), Some(landed));
    assert_eq!(play.ledger.landed("another").unwrap(), None);
    let told = |refused: Result<(), leash_ledger::Rejected>| refused.unwrap_err().error.unwrap().to_string();
    assert_eq!(told(play.ledger.try_out(&wire).unwrap()), "\"AlreadyProcessed\"");
    let poor = sign(&[transfer(&text(&payer), &other, u64::MAX)], std::slice::from_ref(&payer), &blockhash);
    assert!(told(play.ledger.try_out(&poor).unwrap()).contains("InstructionError"));
    let mut forged = poor;
    forged[5] ^= 1;
    assert_eq!(told(play.ledger.try_out(&forged).unwrap()), "\"SignatureFailure\"");
    let stale = sign(&[transfer(&text(&payer), &other, 1)], &[payer], &[9; 32]);
    assert_eq!(told(play.ledger.try_out(&stale).unwrap()), "\"BlockhashNotFound\"");
}
