//! Treasuries and other derived addresses.

use leash_chain::{Network, Token, delegate_record, executive_profile, identity, treasury};
use serde_json::Value;

use crate::{VECTORS, address};

#[test]
fn treasuries_are_the_originals() {
    let vectors: Vec<Value> = serde_json::from_str(include_str!("treasury.json")).unwrap();
    assert!(!vectors.is_empty());
    for vector in vectors {
        let asset = vector["asset"].as_str().unwrap().parse().unwrap();
        let treasury = treasury(&asset);
        assert_eq!(treasury.to_string(), vector["treasury"]);
        let accounts = vector["atas"].as_object().unwrap();
        assert_eq!(accounts.len(), 6);
        for (name, account) in accounts {
            let (network, symbol) = name.split_once(':').unwrap();
            let token = Token::by_symbol(Network::parse(network).unwrap(), symbol).unwrap();
            assert_eq!(token.mint.to_string(), account["mint"]);
            assert_eq!(token.program.to_string(), account["token_program"]);
            assert_eq!(token.account_of(&treasury).to_string(), account["ata"]);
        }
    }
}

#[test]
fn derived_addresses_are_the_originals() {
    let (asset, executive) = (address("asset"), address("executive"));
    let (treasury, profile) = (treasury(&asset), executive_profile(&executive));
    let account = |symbol, owner| Token::by_symbol(Network::Devnet, symbol).unwrap().account_of(owner);
    for (name, derived) in [
        ("treasury", treasury),
        ("agent_identity_v1", identity(&asset)),
        ("executive_profile", profile),
        ("execution_delegate_record", delegate_record(&profile, &asset)),
        ("treasury_usdc_ata", account("USDC", &treasury)),
        ("treasury_usdg_ata", account("USDG", &treasury)),
        ("destination_usdc_ata", account("USDC", &address("destination"))),
    ] {
        assert_eq!(derived.to_string(), VECTORS["pdas"][name]["address"], "{name}");
    }
}
