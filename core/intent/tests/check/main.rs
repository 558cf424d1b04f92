//! What passes the check, and all that doesn't.
#![allow(missing_docs, clippy::unwrap_used)]

mod minted;
mod mutations;
mod payments;
mod standard;
mod values;

use ed25519_dalek::SigningKey;
use leash_chain::{Address, Blockhash, Network, Token};
use leash_intent::{Compute, Fee, Intent, Layout, Meaning, Payer, Payment, Split};

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn public(seed: u8) -> Address {
    Address::new(key(seed).verifying_key().to_bytes())
}

fn me() -> Address {
    public(1)
}

fn asset() -> Address {
    public(2)
}

fn blockhash() -> Blockhash {
    Blockhash::new([9; 32])
}

fn usdc() -> &'static Token {
    Token::by_symbol(Network::Devnet, "USDC").unwrap()
}

fn intent(meaning: Meaning) -> Intent {
    Intent::new(me(), meaning, blockhash(), 20_000).unwrap()
}

fn payment() -> Payment {
    Payment {
        token: usdc(),
        from: Payer::Treasury(asset()),
        to: public(6),
        net: 1_000,
        fee: Some(Fee::LEASH),
        fee_payer: Some(public(5)),
        memo: Some("a memo".to_owned()),
        layout: Layout::Leash,
    }
}

fn standard(splits: Vec<Split>) -> Payment {
    let layout = Layout::Standard { compute: Compute { limit: 20_000, price: 1 }, splits };
    Payment { fee: None, layout, ..payment() }
}

fn split(seed: u8, amount: u64) -> Split {
    Split { to: public(seed), amount, memo: None, create_account: false }
}

/// One of each meaning that leash builds by itself.
fn meanings() -> Vec<Meaning> {
    let (asset, token) = (asset(), usdc());
    let (name, uri) = ("Quote Agent".to_owned(), "https://a.example/q.json".to_owned());
    vec![
        Meaning::Create { asset, name: name.clone(), uri: uri.clone(), register: true },
        Meaning::Create { asset, name, uri: uri.clone(), register: false },
        Meaning::Register { asset, uri },
        Meaning::RegisterExecutive,
        Meaning::Delegate { asset },
        Meaning::Provision { asset, tokens: Token::all(Network::Devnet).iter().collect() },
        Meaning::Approve { asset, token, amount: 5_000_000, create_account: true },
        Meaning::Approve { asset, token, amount: u64::MAX, create_account: false },
        Meaning::Revoke { asset, token },
        Meaning::Withdraw { asset, token, to: public(4), amount: 7, create_account: true },
        Meaning::WithdrawSol { asset, to: public(4), lamports: 7 },
        Meaning::Pay(payment()),
        Meaning::Pay(Payment { fee: None, from: Payer::Executive, ..payment() }),
        Meaning::Pay(standard(vec![])),
        Meaning::Pay(Payment { memo: None, ..standard(vec![]) }),
        Meaning::Pay(Payment { fee_payer: None, ..standard(vec![]) }),
        Meaning::Pay(standard(vec![
            Split { memo: Some("a fee".to_owned()), ..split(7, 10) },
            Split { create_account: true, ..split(8, 20) },
        ])),
    ]
}
