//! The payments of x402 and MPP, which `@solana/kit` writes.

use leash_chain::{Address, Network, Order, Token, Transaction, Version, compile, ix, treasury};
use serde_json::Value;

use crate::{VECTORS, address, blockhash, sign};

/// A payment as leash builds it, signed by the executive.
fn pay(
    requirements: &Value,
    source: &Address,
    memo: &str,
    amount: u64,
    fee: Option<(u64, Address)>,
) -> String {
    let parse = |value: &Value| value.as_str().unwrap().parse::<Address>().unwrap();
    let token = Token::by_mint(Network::Devnet, &parse(&requirements["asset"])).unwrap();
    let (facilitator, seller, executive) = (address("facilitator"), address("seller"), address("executive"));
    let source = token.account_of(source);
    let mut instructions = vec![
        ix::compute_limit(200_000),
        ix::compute_price(10_000),
        ix::create_token_account(&facilitator, &seller, token),
    ];
    instructions.extend(fee.map(|(_, authority)| ix::create_token_account(&facilitator, &authority, token)));
    for (to, amount) in std::iter::once((seller, amount)).chain(fee.map(|(fee, to)| (to, fee))) {
        let to = token.account_of(&to);
        instructions.push(ix::transfer_checked(token, &source, &to, &executive, amount));
    }
    instructions.push(ix::memo(memo));
    let message = compile(Version::V0, Order::Text, &facilitator, &instructions, blockhash()).unwrap();
    let mut transaction = Transaction::unsigned(message).unwrap();
    sign(&mut transaction, &["executive"]);
    assert_eq!(transaction.missing().collect::<Vec<_>>(), [&facilitator]);
    transaction.to_base64().unwrap()
}

#[test]
fn x402_payments_are_the_originals() {
    let treasury = treasury(&address("asset"));
    for (name, source) in [
        ("x402_delegate_with_fee", treasury),
        ("x402_delegate_no_fee", treasury),
        ("x402_owner_no_fee", address("executive")),
    ] {
        let vector = &VECTORS[name];
        let requirements = &vector["requirements"];
        assert_eq!(requirements["network"], Network::Devnet.caip2());
        let fee = &requirements["extra"]["leash.fee"];
        let fee = fee["feeAuthority"].as_str().map(|authority| (10, authority.parse().unwrap()));
        let memo = requirements["extra"]["memo"].as_str().unwrap();
        let paid = pay(requirements, &source, memo, 1_000, fee);
        assert_eq!(paid, vector["payload"]["payload"]["transaction"], "{name}");
    }
}

#[test]
fn an_mpp_payment_is_the_originals() {
    let vector = &VECTORS["mpp_delegate"];
    let memo = format!("mpp:{}", vector["challenge"]["challengeId"].as_str().unwrap());
    let paid = pay(&vector["challenge"]["request"], &treasury(&address("asset")), &memo, 2_500, None);
    assert_eq!(paid, vector["signedTx"]);
}
