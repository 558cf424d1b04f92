//! The treasury: amounts and addresses that aren't taken, and a chain that answers badly.

use leash_chain::{Address, programs, treasury};
use leash_tests::Reply;
use serde_json::json;

use super::super::Transcript;
use crate::treasury::chain::{Chain, asset, usdc, wallet};

#[test]
fn treasury_errors() {
    let chain = Chain::new();
    let mut transcript = Transcript::of(&chain.home);
    let leash = |words: &[&str]| chain.home.leash([&["treasury"], words].concat());
    let (to, mint) = (wallet().to_string(), asset().to_string());
    let own = treasury(&asset());
    let (account, own) = (usdc().account_of(&own).to_string(), own.to_string());
    transcript.title("Amounts and addresses");
    for words in [
        &["withdraw", "--to", &to, "--amount", "0"][..],
        &["withdraw", "--to", &to, "--amount", "-1"],
        &["withdraw", "--to", &to, "--amount", "1e3"],
        &["withdraw", "--to", &to, "--amount", "1.0000001"],
        &["withdraw", "--to", &to, "--amount", "18446744073709.551616"],
        &["withdraw", "--to", &to, "--amount", "1", "--all"],
        &["withdraw", "--to", &to, "--amount", "1", "--token", "DOGE"],
        &["withdraw", "--to", "nowhere", "--amount", "1"],
        &["withdraw", "--to", &account, "--amount", "1", "--yes"],
        &["withdraw", "--to", &own, "--amount", "1", "--yes"],
        &["withdraw", "--to", &mint, "--amount", "1", "--yes"],
        &["withdraw", "--to", &to, "--amount", "1"],
        &["withdraw", "--to", &to, "--amount", "11", "--yes"],
        &["withdraw", "--to", &to, "--token", "SOL", "--amount", "1", "--yes"],
        &["set-limit", "5"],
        &["set-limit", "-1", "--yes"],
        &["set-limit", "18446744073709.551615", "--yes"],
    ] {
        transcript.fails(leash(words));
    }
    assert_eq!(chain.held().landed(), 0);
    transcript.title("Accounts of others");
    let place = usdc().account_of(&treasury(&asset()));
    let before = chain.held().account_at(&place);
    chain.held().set(place, (programs::TOKEN, 1, vec![0; 165]));
    transcript.fails(leash(&["balance"]));
    chain.held().set(place, before);
    let other = Address::new([7; 32]);
    let agent = [&[1][..], other.as_bytes(), &[1], other.as_bytes(), b"\x01\0\0\0a\x01\0\0\0b\0"].concat();
    chain.held().set(asset(), (programs::MPL_CORE, 3_000_000, agent));
    transcript.fails(leash(&["withdraw", "--to", &to, "--amount", "1", "--yes"]));

    for (title, reply) in [
        (
            "There is no agent",
            Reply::Json(
                200,
                json!({"jsonrpc": "2.0", "id": 1, "result": {"context": {"slot": 1}, "value": [null, null, null, null, null, null]}}),
            ),
        ),
        (
            "The endpoint refuses",
            Reply::Json(200, json!({"jsonrpc": "2.0", "id": 1, "error": {"code": -32000, "message": "no"}})),
        ),
        ("The answer is another one", Reply::Json(200, json!({"jsonrpc": "2.0", "id": 1, "result": 0}))),
        ("The answer is no JSON", Reply::Raw(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi".to_vec())),
        ("Too many requests", Reply::Json(429, json!({}))),
        ("The connection is closed", Reply::Close),
    ] {
        let chain = Chain::with(move |_, _| Some(reply.clone()));
        transcript.title(title);
        transcript.fails(chain.home.leash(["treasury", "balance", "--timeout", "2"]));
    }
    transcript.assert("errors-treasury");
}
