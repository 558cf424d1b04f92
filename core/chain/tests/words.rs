//! Transactions in words, and accounts.
#![allow(missing_docs, clippy::unwrap_used)]

use leash_chain::{
    Account, AccountError, Address, Asset, Blockhash, Instruction, Meta, Mint, Network, Order, Token,
    TokenAccount, Transaction, UpdateAuthority, Version, compile, ix, programs, treasury,
};

fn address(byte: u8) -> Address {
    Address::new([byte; 32])
}

fn transaction(instructions: &[Instruction]) -> Transaction {
    let message =
        compile(Version::V0, Order::FirstSeen, &address(1), instructions, Blockhash::new([9; 32])).unwrap();
    Transaction::unsigned(message).unwrap()
}

fn usdc() -> &'static Token {
    Token::by_symbol(Network::Devnet, "usdc").unwrap()
}

#[test]
fn a_transaction_says_what_it_does() {
    let (me, to, treasury) = (address(1), address(2), treasury(&address(3)));
    let (from, into) = (usdc().account_of(&treasury), usdc().account_of(&to));
    let inner = ix::transfer_checked(usdc(), &from, &into, &treasury, 1_500_000);
    let summary = transaction(&[
        ix::compute_limit(100_000),
        ix::compute_price(25),
        ix::create_token_account(&me, &to, usdc()),
        ix::execute(&address(3), &me, &inner),
        ix::memo("a\u{1b}[31m memo"),
    ])
    .summary();
    // 2.5 lamports of computing are three.
    assert_eq!(summary.max_fee_lamports, Some(5_003));
    assert_eq!(
        summary.to_string(),
        format!(
            "fee: at most 0.000005003 SOL, paid by {me}\nto sign: {me}\n\
             1. compute limit: units 100000\n2. compute price: micro lamports 25\n\
             3. create token account: payer {me}, account {into}, owner {to}, mint {mint}, token program {token}\n\
             4. execute: asset {asset}, treasury {treasury}, payer {me}, program {token}, which does: \
             transfer checked 1.5 USDC: from {from}, mint {mint}, to {into}, authority {treasury}, \
             amount 1500000, decimals 6\n5. memo: text a\\u{{1b}}[31m memo",
            mint = usdc().mint,
            token = programs::TOKEN,
            asset = address(3),
        )
    );
    let json = serde_json::to_value(&summary).unwrap();
    assert_eq!(json["steps"][3]["inner"]["does"], "transfer_checked");
    assert_eq!(json["steps"][3]["inner"]["values"]["amount"], "1500000");
    assert_eq!(json["steps"][3]["inner"]["amount"], "1.5 USDC");
    assert_eq!(json["steps"][2]["program_name"], "Associated Token Account");
}

#[test]
fn what_is_not_known_is_named() {
    let odd = Instruction::new(address(7), [Meta::writes(address(8)).signs()], [0xde, 0xad]);
    let close = Instruction::new(programs::TOKEN, [Meta::writes(address(8))], [9]);
    let unlimited = ix::approve(usdc(), &address(1), &address(2), u64::MAX);
    let steps = transaction(&[odd, close, unlimited]).summary().steps;
    assert!(steps[0].is_unknown() && steps[1].is_unknown() && !steps[2].is_unknown());
    assert_eq!(
        steps[0].to_string(),
        format!(
            "an instruction of a program that isn't known, {}: account 1 {} (signs, is changed), data dead",
            address(7),
            address(8)
        )
    );
    assert!(steps[1].to_string().starts_with("an instruction that isn't known, of SPL Token: account 1 "));
    assert!(steps[2].to_string().starts_with("approve unlimited: account "), "{}", steps[2]);
}

#[test]
fn an_asset_with_plugins_is_not_one_that_is_known() {
    let new = ix::CreateAsset {
        asset: address(3),
        payer: address(1),
        owner: None,
        update_authority: None,
        name: "a",
        uri: "b",
    };
    let mut instruction = ix::create_asset(&new);
    let step = transaction(&[instruction.clone()]).summary().steps.remove(0);
    assert_eq!(step.does, "create_asset");
    assert!(!step.accounts.iter().any(|(part, _)| part == "owner"));
    let at = instruction.data.len() - 9;
    instruction.data[at] = 1;
    assert!(transaction(&[instruction]).summary().steps[0].is_unknown());
}

#[test]
fn a_price_beyond_counting_is_no_fee() {
    let dear = transaction(&[ix::compute_price(u64::MAX), ix::memo("x")]);
    assert_eq!(dear.summary().max_fee_lamports, Some(5_000 + u64::MAX.div_ceil(5)));
    let dearest = transaction(&[ix::compute_limit(u32::MAX), ix::compute_price(u64::MAX)]);
    assert_eq!(dearest.summary().max_fee_lamports, None);
}

#[test]
fn token_accounts_and_mints_are_read() {
    let mut data = [[1; 32], [2; 32]].concat();
    data.extend(7_u64.to_le_bytes());
    data.extend([1, 0, 0, 0].iter().chain(&[3; 32]).chain(&[1]).chain(&[0; 12]));
    data.extend(5_u64.to_le_bytes());
    data.extend([0; 36]);
    let mut account = Account { owner: programs::TOKEN, lamports: 1, data };
    let read = TokenAccount::read(&account).unwrap();
    assert_eq!((read.mint, read.owner, read.amount, read.frozen), (address(1), address(2), 7, false));
    assert_eq!(read.allowance.map(|a| (a.delegate, a.amount)), Some((address(3), 5)));
    assert_eq!(Mint::read(&account), Err(AccountError::Data("mint")));
    // An extension behind it, and the byte that says that it is an account.
    account.owner = programs::TOKEN_2022;
    account.data.extend([2, 7, 0, 0, 0]);
    assert!(TokenAccount::read(&account).is_ok());
    account.data[165] = 1;
    assert!(TokenAccount::read(&account).is_err(), "a mint is no account");
    account.owner = programs::SYSTEM;
    assert_eq!(TokenAccount::read(&account), Err(AccountError::Owner(programs::SYSTEM)));

    let mut mint = vec![0; 36];
    mint.extend(9_u64.to_le_bytes());
    mint.extend([6, 1]);
    mint.extend([0; 36]);
    let mint = Mint::read(&Account { owner: programs::TOKEN, lamports: 1, data: mint }).unwrap();
    assert_eq!((mint.supply, mint.decimals, mint.freeze_authority), (9, 6, None));
}

#[test]
fn an_asset_is_read() {
    let mut data = vec![1];
    data.extend([4; 32]);
    data.push(1);
    data.extend([5; 32]);
    data.extend(*b"\x01\0\0\0a\x02\0\0\0bc\0");
    let account = Account { owner: programs::MPL_CORE, lamports: 1, data };
    let asset = Asset::read(&account).unwrap();
    assert_eq!((asset.owner, asset.name.as_str(), asset.uri.as_str()), (address(4), "a", "bc"));
    assert_eq!(asset.update_authority, UpdateAuthority::Key(address(5)));
    let burnt = Account { data: vec![0], ..account.clone() };
    assert_eq!(Asset::read(&burnt), Err(AccountError::Data("asset")));
    assert!(Asset::read(&Account { owner: programs::SYSTEM, ..account }).is_err());
}
