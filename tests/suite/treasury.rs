//! `leash treasury`, on a chain that carries out what it is sent.

pub(crate) mod chain;
mod crashes;
mod ledger;

use leash_chain::{Address, Network, Token, programs, treasury};
use leash_tests::{Outcome, Reply, Terminal};
use serde_json::{Value, json};

use chain::{Chain, asset, executive, usdc, wallet};

fn withdraw(chain: &Chain, words: &[&str]) -> Outcome {
    let to = wallet().to_string();
    let words = ["treasury", "withdraw", "--to", &to].iter().chain(words).copied().collect::<Vec<_>>();
    chain.home.leash(words).outcome()
}

#[test]
fn a_balance_says_what_there_is() {
    let chain = Chain::new();
    let outcome = chain.home.leash(["treasury", "balance"]).ok();
    assert!(outcome.stdout.contains("SOL:       0.005\n"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("USDC:      10\n"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("USDT:      0  (no account yet)\n"), "{}", outcome.stdout);
    let document = chain.home.leash(["treasury", "balance", "--json"]).ok().json();
    assert_eq!((&document["kind"], &document["status"]), (&json!("treasury_balance"), &json!("ok")));
    assert_eq!(document["tokens"][0]["amount"], "10000000");
    assert_eq!(document["tokens"][0]["limit"]["amount"], "0");
    assert_eq!(document["sol_lamports"], "5000000");
}

/// As they were recorded, with this chain's addresses and amounts.
#[test]
fn documents_have_what_those_of_the_original_have() {
    let chain = Chain::new();
    let leash = |words: &[&str]| {
        let words: Vec<&str> = ["treasury", "--json"].iter().chain(words).copied().collect();
        chain.home.leash(words).ok().json()
    };
    let holds = |document: &Value, recorded: Value| {
        for (name, value) in recorded.as_object().unwrap() {
            assert_eq!(document.get(name), Some(value), "{name}: {document}");
        }
    };
    let (treasury, executive, to) = (treasury(&asset()), executive(), wallet());
    let (mint, source) = (usdc().mint, usdc().account_of(&treasury));
    let document = leash(&["balance"]);
    let tokens = document["tokens"].as_array().unwrap();
    holds(
        &document,
        json!({
            "kind": "treasury_balance", "status": "ok", "treasury": treasury, "network": "solana-devnet", "sol": 0.005,
        }),
    );
    for (token, symbol, name, ui, program) in [
        (&tokens[0], "USDC", "USD Coin (devnet)", json!(10), "spl-token"),
        (&tokens[1], "USDG", "Global Dollar (devnet)", json!(0), "spl-token-2022"),
        (&tokens[2], "USDT", "Tether USD (devnet)", json!(0), "spl-token"),
    ] {
        let mint = Token::by_symbol(Network::Devnet, symbol).unwrap().mint;
        let amount = format!("{}", ui.as_u64().unwrap() * 1_000_000);
        holds(
            token,
            json!({
                "symbol": symbol, "name": name, "ui": ui, "amount": amount, "decimals": 6, "mint": mint, "program": program,
            }),
        );
    }
    let limit = json!({
        "kind": "spend_limit", "status": "ok", "symbol": "USDC", "mint": mint, "treasury": treasury,
        "source_token_account": source, "network": "solana-devnet",
    });
    let nobody = json!({
        "source_exists": true, "delegate": null, "executive_pubkey": executive, "delegate_matches_executive": false,
        "delegated_amount_atomic": "0", "delegated_amount": "0", "balance_atomic": "10000000", "balance": "10",
        "decimals": 6,
    });
    let document = leash(&["limit"]);
    holds(&document, limit.clone());
    holds(&document, nobody);
    for (words, mode, atomic, amount) in [
        (["--unlimited", "--yes"].as_slice(), "unlimited", "18446744073709551615", "unlimited"),
        (&["--amount", "100", "--yes"], "amount", "100000000", "100"),
        (&["--revoke", "--yes"], "revoke", "0", "0"),
    ] {
        let document = leash(&[&["set-limit"], words].concat());
        holds(&document, limit.clone());
        let id = document["tx_signature"].as_str().unwrap();
        holds(
            &document,
            json!({
                "mode": mode, "delegated_amount_atomic": atomic, "delegated_amount": amount,
                "explorer_url": format!("https://solscan.io/tx/{id}?cluster=devnet"),
            }),
        );
        assert_eq!(document["delegate"], if mode == "revoke" { Value::Null } else { json!(executive) });
    }
    let document =
        leash(&["withdraw", "--to", &to.to_string(), "--amount", "0.5", "--token", "USDC", "--yes"]);
    let id = document["tx_signature"].as_str().unwrap();
    holds(
        &document,
        json!({
            "kind": "withdraw_receipt", "status": "ok", "agent_mint": asset(), "token": "USDC", "mint": mint,
            "token_program": null, "decimals": 6, "amount": "0.5", "amount_atomic": "500000", "destination": to,
            "treasury": treasury, "network": "solana-devnet",
            "explorer_url": format!("https://solscan.io/tx/{id}?cluster=devnet"),
        }),
    );
}

#[test]
fn what_cannot_be_read_is_no_zero() {
    // Another network's endpoint has no such agent.
    let chain = Chain::with(|method, _| {
        let nothing = json!({"jsonrpc": "2.0", "id": 1, "result": {"context": {"slot": 1}, "value": [null, null, null, null, null, null]}});
        (method == "getMultipleAccounts").then_some(Reply::Json(200, nothing))
    });
    let outcome = chain.home.leash(["treasury", "balance"]).fails(1);
    assert!(outcome.stderr.contains("there is no agent"), "{}", outcome.stderr);
    // An account of somebody else's in the place of the treasury's.
    let chain = Chain::new();
    let place = usdc().account_of(&treasury(&asset()));
    for account in [
        (programs::TOKEN, 1, vec![0; 165]),
        (programs::TOKEN_2022, 1, vec![1; 165]),
        (programs::SYSTEM, 1, vec![]),
        (programs::TOKEN, 1, vec![1; 3]),
    ] {
        chain.held().set(place, account);
        let outcome = chain.home.leash(["treasury", "balance", "--json"]).fails(1);
        assert_eq!(outcome.json()["code"], "unexpected_account");
    }
    let chain = Chain::with(|_, _| Some(Reply::Json(200, json!({"jsonrpc": "2.0", "id": 1, "result": 0}))));
    assert_eq!(chain.home.leash(["treasury", "balance", "--json"]).fails(1).json()["code"], "rpc_malformed");
}

#[test]
fn tokens_are_withdrawn_to_the_last_unit() {
    let chain = Chain::new();
    let outcome = withdraw(&chain, &["--amount", "1.500001", "--yes", "--json"]);
    assert_eq!(outcome.status, 0, "{outcome:?}");
    let document = outcome.json();
    assert_eq!((&document["kind"], &document["amount"]), (&json!("withdraw_receipt"), &json!("1.500001")));
    assert_eq!(chain.held().usdc_of(&wallet()), 1_500_001);
    assert_eq!(chain.held().usdc_of(&treasury(&asset())), 8_499_999);
    assert_eq!(withdraw(&chain, &["--all", "--yes"]).status, 0);
    assert_eq!(chain.held().usdc_of(&wallet()), 10_000_000);
    let outcome = withdraw(&chain, &["--all", "--yes", "--json"]);
    assert_eq!((outcome.status, &outcome.json()["code"]), (1, &json!("insufficient_funds")));
    assert_eq!(chain.held().landed(), 2);
}

#[test]
fn sol_is_withdrawn_down_to_what_the_chain_demands() {
    let chain = Chain::new();
    assert_eq!(withdraw(&chain, &["--token", "sol", "--amount", "0.001", "--yes"]).status, 0);
    assert_eq!(chain.held().lamports_of(&wallet()), 1_000_000);
    assert_eq!(withdraw(&chain, &["--token", "SOL", "--all", "--yes"]).status, 0);
    assert_eq!(chain.held().lamports_of(&treasury(&asset())), 890_880);
    assert_eq!(withdraw(&chain, &["--token", "SOL", "--amount", "0.0001", "--yes"]).status, 1);
}

#[test]
fn amounts_and_addresses_are_exact_or_refused() {
    let chain = Chain::new();
    for amount in ["-1", "0", "1e3", "1.0000001", "1,5", "x", "", "18446744073709.551616", ".5"] {
        let outcome = withdraw(&chain, &["--amount", amount, "--yes"]);
        assert_eq!(outcome.status, 2, "{amount}: {outcome:?}");
    }
    for words in [
        &["treasury", "withdraw", "--to", "nowhere", "--amount", "1"][..],
        &[
            "treasury",
            "withdraw",
            "--to",
            "11111111111111111111111111111112",
            "--amount",
            "1",
            "--token",
            "DOGE",
        ],
        &["treasury", "withdraw", "--amount", "1"],
        &["treasury", "set-limit"],
        &["treasury", "set-limit", "1", "--unlimited"],
        &["treasury", "set-limit", "18446744073709.551615", "--yes"],
        &["treasury", "set-limit", "-1", "--yes"],
    ] {
        let _ = chain.home.leash(words).fails(2);
    }
    let _ = chain
        .home
        .leash(["treasury", "withdraw", "--to", &wallet().to_string(), "--amount", "1", "--all"])
        .fails(2);
    // To a token account, or to the treasury itself.
    let account = usdc().account_of(&treasury(&asset()));
    for to in [account, treasury(&asset()), asset()] {
        let to = to.to_string();
        let _ = chain.home.leash(["treasury", "withdraw", "--to", &to, "--amount", "1", "--yes"]).fails(2);
    }
    assert_eq!(chain.held().landed(), 0);
}

#[test]
fn nothing_moves_without_a_yes() {
    let chain = Chain::new();
    let outcome = withdraw(&chain, &["--amount", "1"]);
    assert_eq!(outcome.status, 2, "{outcome:?}");
    assert!(outcome.stderr.contains("--yes"), "{}", outcome.stderr);
    let _ = chain.home.leash(["treasury", "set-limit", "5"]).fails(2);
    assert_eq!(chain.held().landed(), 0);
}

#[test]
fn a_limit_is_set_shown_and_taken_back() {
    let chain = Chain::new();
    let limit = || chain.home.leash(["treasury", "limit", "--json"]).ok().json()["limit"].clone();
    assert_eq!(limit()["amount"], "0");
    let set = |words: &[&str]| {
        let words: Vec<&str> =
            ["treasury", "set-limit", "--yes", "--json"].iter().chain(words).copied().collect();
        chain.home.leash(words).ok().json()
    };
    assert_eq!(set(&["25.5"])["changed"], true);
    assert_eq!((&limit()["amount"], &limit()["unlimited"]), (&json!("25.5"), &json!(false)));
    assert_eq!(set(&["--unlimited"])["mode"], "unlimited");
    assert_eq!(limit()["amount"], "unlimited");
    assert_eq!(set(&["0"])["changed"], true);
    assert_eq!(limit()["amount"], "0");
    assert_eq!(set(&["0"])["changed"], false);
    assert_eq!(chain.held().landed(), 3);
}

#[test]
fn somebody_elses_agent_is_left_alone() {
    let chain = Chain::new();
    let other = Address::new([7; 32]);
    let agent = [&[1][..], other.as_bytes(), &[1], other.as_bytes(), b"\x01\0\0\0a\x01\0\0\0b\0"].concat();
    chain.held().set(asset(), (programs::MPL_CORE, 3_000_000, agent));
    let outcome = withdraw(&chain, &["--amount", "1", "--yes", "--json"]);
    assert_eq!((outcome.status, &outcome.json()["code"]), (4, &json!("not_owner")));
    let outcome = chain.home.leash(["treasury", "balance"]).ok();
    assert!(outcome.stderr.contains("owns the agent, and not its executive"), "{}", outcome.stderr);
    assert_eq!(chain.held().lamports_of(&executive()), 10_000_000);
    assert_eq!(chain.held().landed(), 0);
}

#[test]
fn a_person_is_shown_what_will_happen_and_asked() {
    let chain = Chain::new();
    let to = wallet().to_string();
    for (answer, landed) in [("n\n", 0), ("y\n", 1)] {
        let words = ["treasury", "withdraw", "--amount", "1.5", "--to", &to];
        let mut terminal = Terminal::start(chain.home.leash(words).env("NO_COLOR", "1"));
        terminal.wait_for("Do this? [y/N] ");
        assert_eq!(chain.held().landed(), 0);
        terminal.type_in(answer);
        let (status, screen) = terminal.end();
        assert_eq!(status, Some(i32::from(landed == 0)), "{screen}");
        assert!(screen.contains(&format!("withdraw 1.5 USDC to {to} (solana-devnet)")), "{screen}");
        assert!(screen.contains("the executive also pays for the wallet's new token account"), "{screen}");
        assert_eq!(chain.held().landed(), landed);
    }
}
