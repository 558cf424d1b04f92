//! The forms of JSON-RPC's answers.

use serde_json::{Value, json};

use crate::play::{Play, USDC, executive, flows, party, text};

#[test]
fn calls_that_make_no_sense() {
    let mut play = Play::new();
    for (body, code) in [
        ("", -32700),
        ("{", -32700),
        ("[]", -32600),
        ("7", -32600),
        ("{}", -32600),
        (r#"{"jsonrpc":"2.0","id":1}"#, -32600),
        (r#"{"jsonrpc":"2.0","id":1,"method":"getNothing"}"#, -32601),
        (r#"{"jsonrpc":"2.0","id":1,"method":"getBalance"}"#, -32602),
        (r#"{"jsonrpc":"2.0","id":1,"method":"getBalance","params":["0OIl"]}"#, -32602),
        (r#"{"jsonrpc":"2.0","id":1,"method":"getBalance","params":{}}"#, -32602),
        (r#"{"jsonrpc":"2.0","id":1,"method":"getMinimumBalanceForRentExemption","params":[-1]}"#, -32602),
        (r#"{"jsonrpc":"2.0","id":1,"method":"sendTransaction","params":["!"]}"#, -32602),
    ] {
        assert_eq!(play.ledger.rpc(body.as_bytes())["error"]["code"], code, "{body}");
    }
    let both = r#"[{"jsonrpc":"2.0","id":1,"method":"getHealth"},{"jsonrpc":"2.0","id":"b","method":"x"}]"#;
    let answers = play.ledger.rpc(both.as_bytes());
    assert_eq!(answers[0], json!({ "jsonrpc": "2.0", "result": "ok", "id": 1 }));
    assert_eq!(answers[1]["id"], "b");
}

#[test]
fn accounts_in_each_encoding() {
    let mut play = Play::new();
    let flows = flows();
    play.fund(&flows.treasury, USDC, 1_500_000);
    let nobody = text(&party(77));
    assert_eq!(play.call("getAccountInfo", &json!([nobody]))["value"], Value::Null);
    assert_eq!(play.call("getBalance", &json!([nobody]))["value"], 0);
    let parsed = play.call("getAccountInfo", &json!([flows.treasury_usdc, { "encoding": "jsonParsed" }]));
    let info = &parsed["value"]["data"]["parsed"]["info"];
    assert_eq!(info["owner"], flows.treasury.as_str());
    assert_eq!(info["tokenAmount"]["amount"], "1500000");
    assert_eq!(info["tokenAmount"]["uiAmountString"], "1.5");
    let raw = play.call("getAccountInfo", &json!([flows.treasury_usdc, { "encoding": "base64" }]));
    assert_eq!(raw["value"]["data"][1], "base64");
    assert_eq!(raw["value"]["space"], 165);
    let part = json!({ "encoding": "base58", "dataSlice": { "offset": 64, "length": 8 } });
    let part = play.call("getAccountInfo", &json!([flows.treasury_usdc, part]));
    let amount = bs58::decode(part["value"]["data"][0].as_str().unwrap()).into_vec().unwrap();
    assert_eq!(amount, 1_500_000_u64.to_le_bytes());
    let owned = json!([flows.treasury, { "mint": USDC }, { "encoding": "jsonParsed" }]);
    let owned = play.call("getTokenAccountsByOwner", &owned);
    assert_eq!(owned["value"][0]["pubkey"], flows.treasury_usdc.as_str());
    let balance = play.call("getTokenAccountBalance", &json!([flows.treasury_usdc]));
    assert_eq!(balance["value"]["amount"], "1500000");
    let supply = play.call("getTokenSupply", &json!([USDC]));
    assert_eq!(supply["value"]["uiAmountString"], "1.5");
    let several = play.call("getMultipleAccounts", &json!([[nobody, USDC]]));
    assert_eq!(several["value"][0], Value::Null);
    assert_eq!(several["value"][1]["owner"], "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA");
}

#[test]
fn token_2022_works_too() {
    let mut play = Play::new();
    let usdg = "4F6PM96JJxngmHnZLBh9n58RH4aTVNWvDs2nuwrT5BP7";
    let owner = text(&executive());
    play.fund(&owner, usdg, 7);
    play.fund(&owner, usdg, 7);
    let all = json!([owner, { "programId": "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb" }, { "encoding": "jsonParsed" }]);
    let all = play.call("getTokenAccountsByOwner", &all);
    assert_eq!(all["value"][0]["account"]["data"]["parsed"]["info"]["tokenAmount"]["amount"], "14");
}
