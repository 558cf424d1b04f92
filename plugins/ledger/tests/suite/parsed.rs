//! `getTransaction`, parsed as a node parses it.

use leash_chain::{Address, Network, Order, Signature, Token, Transaction, Version, compile, ix};
use serde_json::{Value, json};

use crate::play::{Play, USDC, executive, party, text};
use ed25519_dalek::Signer as _;

const FAILED: i64 = -32015;

fn parsed(play: &mut Play, signature: &Value) -> Value {
    let options = json!({ "encoding": "jsonParsed", "maxSupportedTransactionVersion": 0 });
    play.call("getTransaction", &json!([signature, options]))
}

/// The instruction without what differs from run to run.
fn program(instruction: &Value) -> (&str, &str) {
    (
        instruction["program"].as_str().unwrap_or_default(),
        instruction["parsed"]["type"].as_str().unwrap_or_default(),
    )
}

#[test]
fn what_the_faucet_sends_is_parsed_with_what_it_calls() {
    let mut play = Play::new();
    let owner = text(&executive());
    let signature = play.call("leashFund", &json!([owner, USDC, "1500000"]));
    let found = parsed(&mut play, &signature);
    assert_eq!(found["version"], "legacy");
    let message = &found["transaction"]["message"];
    let faucet = message["accountKeys"][0]["pubkey"].clone();
    assert_eq!(
        message["accountKeys"][0],
        json!({ "pubkey": faucet, "signer": true, "source": "transaction", "writable": true })
    );
    let [create, mint, memo] = &message["instructions"].as_array().unwrap()[..] else { panic!("{found}") };
    let token = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA";
    let account = mint["parsed"]["info"]["account"].clone();
    assert_eq!(
        create,
        &json!({
            "parsed": {
                "info": {
                    "account": account, "mint": USDC, "source": faucet,
                    "systemProgram": "11111111111111111111111111111111", "tokenProgram": token, "wallet": owner,
                },
                "type": "createIdempotent",
            },
            "program": "spl-associated-token-account",
            "programId": "ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL",
            "stackHeight": 1,
        })
    );
    assert_eq!(
        mint["parsed"],
        json!({
            "info": { "account": account, "amount": "1500000", "mint": USDC, "mintAuthority": faucet },
            "type": "mintTo",
        })
    );
    assert_eq!((&mint["program"], &memo["program"]), (&json!("spl-token"), &json!("spl-memo")));
    assert!(memo["parsed"].as_str().unwrap().starts_with("faucet "), "{memo}");
    let inner = &found["meta"]["innerInstructions"];
    assert_eq!((inner.as_array().unwrap().len(), &inner[0]["index"]), (1, &json!(0)));
    let called: Vec<_> = inner[0]["instructions"].as_array().unwrap().iter().map(program).collect();
    assert_eq!(
        called,
        [
            ("spl-token", "getAccountDataSize"),
            ("system", "createAccount"),
            ("spl-token", "initializeImmutableOwner"),
            ("spl-token", "initializeAccount3"),
        ]
    );
    assert_eq!(inner[0]["instructions"][1]["stackHeight"], 2);
    assert_eq!(inner[0]["instructions"][1]["parsed"]["info"]["newAccount"], account);
    assert_eq!(found["meta"]["preTokenBalances"], json!([]));
    let held = &found["meta"]["postTokenBalances"][0];
    assert_eq!((&held["owner"], &held["uiTokenAmount"]["amount"]), (&json!(owner), &json!("1500000")));
    // The same without parsing: indexes, as they were compiled.
    let raw = play.call("getTransaction", &json!([signature, { "encoding": "json" }]));
    assert_eq!(raw.get("version"), None);
    let called = &raw["meta"]["innerInstructions"][0]["instructions"][1];
    assert!(called["programIdIndex"].is_u64() && called["data"].is_string(), "{called}");
    assert_eq!(raw["transaction"]["message"]["instructions"][0]["data"], "2");
}

/// A v0 transaction of the executive's, landed.
fn pay(play: &mut Play) -> String {
    let key = executive();
    let from = Address::new(key.verifying_key().to_bytes());
    play.airdrop(&from.to_string(), 1_000_000_000);
    play.fund(&from.to_string(), USDC, 10);
    let token = Token::by_symbol(Network::Devnet, "USDC").unwrap();
    let seller = Address::new(party(5).verifying_key().to_bytes());
    play.fund(&seller.to_string(), USDC, 1);
    let steps = [
        ix::compute_limit(50_000),
        ix::transfer_checked(token, &token.account_of(&from), &token.account_of(&seller), &from, 3),
        ix::transfer(&from, &seller, 7_000_000),
    ];
    let blockhash = leash_chain::Blockhash::new(play.blockhash());
    let message = compile(Version::V0, Order::FirstSeen, &from, &steps, blockhash).unwrap();
    let signature = Signature::new(key.sign(&message.to_bytes().unwrap()).to_bytes());
    let mut transaction = Transaction::unsigned(message).unwrap();
    transaction.put(&from, signature);
    let answer = play.send_wire(&transaction.to_bytes().unwrap());
    assert_eq!(answer["result"], signature.to_string(), "{answer}");
    signature.to_string()
}

#[test]
fn a_payment_is_parsed_and_other_programs_are_decoded_in_part() {
    let mut play = Play::new();
    let signature = pay(&mut play);
    let found = parsed(&mut play, &json!(signature));
    assert_eq!((&found["version"], &found["transaction"]["signatures"]), (&json!(0), &json!([signature])));
    let message = &found["transaction"]["message"];
    assert_eq!(message["addressTableLookups"], json!([]));
    let [limit, transfer, sol] = &message["instructions"].as_array().unwrap()[..] else { panic!("{found}") };
    let data = bs58::encode([&[2][..], &50_000_u32.to_le_bytes()].concat()).into_string();
    assert_eq!(
        limit,
        &json!({
            "accounts": [], "data": data, "programId": "ComputeBudget111111111111111111111111111111",
            "stackHeight": 1,
        })
    );
    let owner = text(&executive());
    assert_eq!(transfer["parsed"]["type"], "transferChecked");
    assert_eq!(
        transfer["parsed"]["info"]["tokenAmount"],
        json!({ "amount": "3", "decimals": 6, "uiAmount": 0.000_003, "uiAmountString": "0.000003" })
    );
    assert_eq!(
        (&transfer["parsed"]["info"]["authority"], &transfer["parsed"]["info"]["mint"]),
        (&json!(owner), &json!(USDC))
    );
    assert_eq!(
        sol["parsed"],
        json!({ "info": { "destination": text(&party(5)), "lamports": 7_000_000, "source": owner }, "type": "transfer" })
    );
    assert_eq!(found["meta"]["innerInstructions"], json!([]));
}

#[test]
fn a_version_that_the_client_does_not_support_is_refused() {
    let mut play = Play::new();
    let signature = pay(&mut play);
    for options in [json!(null), json!({ "encoding": "jsonParsed" }), json!("base64")] {
        let answer = play.answer("getTransaction", &json!([signature, options]));
        assert_eq!(answer["error"]["code"], FAILED, "{answer}");
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(message.contains("\"maxSupportedTransactionVersion\": 0"), "{message}");
    }
    let options = json!({ "encoding": "base64", "maxSupportedTransactionVersion": 0 });
    let found = play.call("getTransaction", &json!([signature, options]));
    assert_eq!((&found["transaction"][1], &found["version"]), (&json!("base64"), &json!(0)));
    let options = json!({ "encoding": "words", "maxSupportedTransactionVersion": 0 });
    assert_eq!(play.answer("getTransaction", &json!([signature, options]))["error"]["code"], -32602);
    assert_eq!(play.call("getTransaction", &json!([bs58::encode([1; 64]).into_string()])), Value::Null);
}
