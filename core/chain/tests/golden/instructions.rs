//! The instructions of umi's libraries, the messages and the signed transactions that it makes of them.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use leash_chain::{Instruction, Meta, Network, Order, Token, Transaction, Version, compile, ix, treasury};
use serde_json::Value;

use crate::{VECTORS, address, blockhash, sign};

fn token(symbol: &str) -> &'static Token {
    Token::by_symbol(Network::Devnet, symbol).unwrap()
}

/// The instructions of each vector, as leash builds them.
fn built() -> Vec<(&'static str, Vec<Instruction>)> {
    let (asset, executive) = (address("asset"), address("executive"));
    let (treasury, destination) = (treasury(&asset), address("destination"));
    let usdc = token("USDC");
    let (name, uri) = ("Quote Agent", "https://a.example/q.json");
    let execute = |inner| ix::execute(&asset, &executive, &inner);
    let approve = |amount| execute(ix::approve(usdc, &treasury, &executive, amount));
    let create = |owner, token| ix::create_token_account(&executive, owner, token);
    let withdraw = |amount| {
        let (from, to) = (usdc.account_of(&treasury), usdc.account_of(&destination));
        execute(ix::transfer_checked(usdc, &from, &to, &treasury, amount))
    };
    let new_asset = ix::CreateAsset {
        asset,
        payer: executive,
        owner: Some(executive),
        update_authority: None,
        name,
        uri,
    };
    let collection = ("Agents", "https://a.example/c.json");
    vec![
        ("core_create_v2_owner_self", vec![ix::create_asset(&new_asset)]),
        (
            "core_create_collection_v2",
            vec![ix::create_collection(&address("collection"), &executive, collection.0, collection.1)],
        ),
        ("register_identity_v1_no_collection", vec![ix::register_identity(&asset, &executive, uri)]),
        ("register_executive_v1", vec![ix::register_executive(&executive)]),
        ("delegate_execution_v1", vec![ix::delegate_execution(&asset, &executive)]),
        ("set_spend_delegation_unlimited_ata_missing", vec![create(&treasury, usdc), approve(u64::MAX)]),
        ("set_spend_delegation_5usdc_ata_exists", vec![approve(5_000_000)]),
        ("revoke_spend_delegation", vec![execute(ix::revoke(usdc, &treasury))]),
        ("provision_atas_devnet", vec![create(&treasury, token("USDT")), create(&treasury, token("USDG"))]),
        ("withdraw_usdc_dest_ata_missing", vec![create(&destination, usdc), withdraw(1_000_000)]),
        ("withdraw_all_usdc", vec![withdraw(5_000_000)]),
        ("withdraw_sol", vec![execute(ix::transfer(&treasury, &destination, 1_000_000))]),
    ]
}

/// A vector's instruction, but for the one byte of data that the original leaves out.
fn expected(value: &Value) -> Instruction {
    let program = value["programId"].as_str().unwrap().parse().unwrap();
    let meta = |key: &Value| Meta {
        address: key["pubkey"].as_str().unwrap().parse().unwrap(),
        signer: key["isSigner"].as_bool().unwrap(),
        writable: key["isWritable"].as_bool().unwrap(),
    };
    let hex = value["data_hex"].as_str().unwrap();
    let data: Vec<u8> =
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
    let accounts: Vec<Meta> = value["keys"].as_array().unwrap().iter().map(meta).collect();
    Instruction::new(program, accounts, data)
}

fn is_create(instruction: &Instruction) -> bool {
    instruction.program == leash_chain::programs::ASSOCIATED_TOKEN
}

#[test]
fn instructions_are_the_originals() {
    let built = built();
    let named = VECTORS.as_object().unwrap().values().filter(|v| !v["instructions"].is_null()).count();
    assert_eq!(built.len(), named, "a vector without a test");
    for (name, instructions) in built {
        let vectors = VECTORS[name]["instructions"].as_array().unwrap();
        assert_eq!(instructions.len(), vectors.len(), "{name}");
        for (instruction, vector) in instructions.iter().zip(vectors) {
            let mut expected = expected(vector);
            if is_create(&expected) {
                assert!(expected.data.is_empty());
                expected.data = vec![1];
            }
            assert_eq!(*instruction, expected, "{name}");
        }
    }
}

#[test]
fn messages_and_signed_transactions_are_the_originals() {
    for (name, mut instructions) in built() {
        for instruction in instructions.iter_mut().filter(|instruction| is_create(instruction)) {
            instruction.data.clear();
        }
        let payer = address("executive");
        let message = compile(Version::V0, Order::FirstSeen, &payer, &instructions, blockhash()).unwrap();
        let vector = &VECTORS[name]["tx"];
        assert_eq!(STANDARD.encode(message.to_bytes().unwrap()), vector["message_base64"], "{name}");
        let mut transaction = Transaction::unsigned(message).unwrap();
        sign(&mut transaction, &["executive", "asset", "collection"]);
        assert!(transaction.is_signed(), "{name}");
        let text = transaction.to_base64().unwrap();
        assert_eq!(text, vector["signed_base64"], "{name}");
        assert_eq!(transaction.to_bytes().unwrap().len() as u64, vector["bytes"], "{name}");
        assert_eq!(Transaction::from_base64(&text).unwrap(), transaction, "{name}");
    }
}

#[test]
fn a_message_gives_its_instructions_back() {
    for (name, instructions) in built() {
        let payer = address("executive");
        for (version, order) in [(Version::V0, Order::Text), (Version::Legacy, Order::FirstSeen)] {
            let message = compile(version, order, &payer, &instructions, blockhash()).unwrap();
            let again = leash_chain::Message::from_bytes(&message.to_bytes().unwrap()).unwrap();
            assert_eq!(again, message);
            let read = again.instructions().unwrap();
            assert_eq!(read.len(), instructions.len());
            for (read, built) in read.iter().zip(&instructions) {
                assert_eq!((read.program, &read.data), (built.program, &built.data), "{name}");
                let addresses =
                    |i: &Instruction| i.accounts.iter().map(|meta| meta.address).collect::<Vec<_>>();
                assert_eq!(addresses(read), addresses(built), "{name}");
                // What the message may do is never less than what the instruction needs.
                for (may, needs) in read.accounts.iter().zip(&built.accounts) {
                    assert!(may.signer >= needs.signer && may.writable >= needs.writable, "{name}");
                }
            }
        }
    }
}
