//! Withdrawals and limits that are cut off, on a ledger that executes: one transaction each, whatever comes between.

use leash_chain::{Address, Network, Token, treasury};
use leash_signer::Executive;
use serde_json::json;

use crate::pay::market::{Fault, Market};

const FAULTS: [Fault; 4] = [Fault::Unasked, Fault::Unanswered, Fault::KilledBefore, Fault::KilledAfter];

fn usdc(owner: &Address) -> Address {
    Token::by_symbol(Network::Devnet, "USDC").unwrap().account_of(owner)
}

/// A wallet that nobody has yet.
fn wallet() -> Address {
    Executive::generate().unwrap().public()
}

/// Runs it with something going wrong at each question in turn, then again until it has succeeded once. `check` says
/// what must hold after that. Gives how many questions there were.
fn at_every_question(
    market: &Market,
    fault: Fault,
    words: impl Fn() -> Vec<String>,
    check: impl Fn(&[String], &str),
) {
    for number in 0.. {
        let what = format!("question {number}, {fault:?}");
        let words = words();
        let typed: Vec<&str> = words.iter().map(String::as_str).collect();
        let (reached, status) = market.run_to_its_end(&typed, number, fault);
        if status != Some(0) {
            let outcome = market.home().leash(&typed).outcome();
            assert_eq!(outcome.status, 0, "{what}: {outcome:?}");
        }
        check(&words, &what);
        let journal = format!(".local/share/leash/transactions/{}.json", market.mint());
        assert!(!market.home().join(journal).exists(), "{what}");
        if !reached {
            // State, rent or destination, blockhash, sending, height, status.
            assert!(number >= 6, "{what}");
            return;
        }
    }
}

fn withdraw(to: &Address, token: &str, amount: &str) -> Vec<String> {
    let to = to.to_string();
    ["treasury", "withdraw", "--to", &to, "--amount", amount, "--token", token, "--yes", "--json"]
        .map(str::to_owned)
        .to_vec()
}

#[test]
fn tokens_are_withdrawn_once() {
    let market = Market::new();
    let from = treasury(&market.mint());
    for fault in FAULTS {
        // To a wallet for which an account has to be made.
        at_every_question(
            &market,
            fault,
            || withdraw(&wallet(), "USDC", "0.015"),
            |words, what| {
                let to: Address = words[3].parse().unwrap();
                assert_eq!((market.tokens(&to), market.landed(&usdc(&to))), (15_000, 1), "{what}");
            },
        );
        // To one that has an account already.
        let to = wallet();
        let _ = market.home().leash(withdraw(&to, "USDC", "0.01")).ok();
        let before = std::cell::Cell::new((market.tokens(&from), market.tokens(&to)));
        at_every_question(
            &market,
            fault,
            || withdraw(&to, "USDC", "0.015"),
            |_, what| {
                let (left, came) = before.get();
                before.set((left - 15_000, came + 15_000));
                assert_eq!((market.tokens(&from), market.tokens(&to)), before.get(), "{what}");
            },
        );
    }
}

#[test]
fn sol_is_withdrawn_once() {
    let market = Market::new();
    let treasury = treasury(&market.mint());
    let give = ["sandbox", "airdrop", "1", "--to", &treasury.to_string()].map(str::to_owned);
    let _ = market.home().leash(give).ok();
    for fault in FAULTS {
        at_every_question(
            &market,
            fault,
            || withdraw(&wallet(), "SOL", "0.001"),
            |words, what| {
                let to: Address = words[3].parse().unwrap();
                let balance = market.rpc("getBalance", &json!([to]))["result"]["value"].clone();
                assert_eq!((balance, market.landed(&to)), (json!(1_000_000), 1), "{what}");
            },
        );
    }
}

#[test]
fn a_limit_is_set_once() {
    let market = Market::new();
    let account = usdc(&treasury(&market.mint()));
    for fault in FAULTS {
        let (limit, landed) = (std::cell::Cell::new(0), std::cell::Cell::new(market.landed(&account)));
        let set = || {
            limit.set(limit.get() + 1);
            let amount = format!("{}.5", limit.get());
            ["treasury", "set-limit", &amount, "--yes", "--json"].map(str::to_owned).to_vec()
        };
        at_every_question(&market, fault, set, |words, what| {
            let shown = market.home().leash(["treasury", "limit", "--json"]).ok().json();
            assert_eq!(shown["limit"]["amount"], words[2].as_str(), "{what}");
            assert_eq!(market.landed(&account), landed.get() + 1, "{what}");
            landed.set(landed.get() + 1);
        });
    }
}

/// The same words in the same moment would make the same transaction, which the chain takes once.
#[test]
fn what_is_typed_twice_is_done_twice() {
    let market = Market::new();
    let to = wallet();
    let mut ids = std::collections::BTreeSet::new();
    for times in 1..=4 {
        let document = market.home().leash(withdraw(&to, "USDC", "0.015")).ok().json();
        assert_eq!(document["resumed"], false, "{document}");
        assert!(ids.insert(document["tx_signature"].to_string()), "{document}");
        assert_eq!(market.tokens(&to), times * 15_000);
    }
}
