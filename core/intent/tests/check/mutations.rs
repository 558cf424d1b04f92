//! A good transaction passes; whatever is changed in it, it doesn't any more.

use leash_chain::{Address, Instruction, Message, Meta, Order, Transaction, Version, compile, ix, programs};
use leash_intent::{Intent, Refusal, check};
use proptest::prelude::*;

use crate::{blockhash, intent, meanings, public};

fn intents() -> Vec<Intent> {
    meanings().into_iter().map(intent).collect()
}

fn parts(transaction: &Transaction) -> (Address, Vec<Instruction>) {
    let message = transaction.message();
    (message.fee_payer(), message.instructions().unwrap())
}

fn rebuilt(payer: &Address, instructions: &[Instruction]) -> Transaction {
    let message = compile(Version::V0, Order::FirstSeen, payer, instructions, blockhash()).unwrap();
    Transaction::unsigned(message).unwrap()
}

fn refused(transaction: Transaction, intent: &Intent) -> Refusal {
    let refusal = check(transaction, intent).expect_err("a transaction that nobody meant");
    assert!(!refusal.differences.is_empty());
    refusal
}

#[test]
fn what_is_meant_passes_in_any_order_and_version() {
    for intent in intents() {
        let good = intent.build().unwrap();
        assert_eq!(intent.build().unwrap(), good);
        assert!(good.message().describe().iter().all(|step| !step.is_unknown()));
        check(good.clone(), &intent).unwrap();
        let (payer, instructions) = parts(&good);
        for (version, order) in [(Version::V0, Order::FirstSeen), (Version::Legacy, Order::Text)] {
            let message = compile(version, order, &payer, &instructions, blockhash()).unwrap();
            check(Transaction::unsigned(message).unwrap(), &intent).unwrap();
        }
    }
}

#[test]
fn one_meaning_is_never_another() {
    for (one, intent) in intents().iter().enumerate() {
        for (other, another) in intents().iter().enumerate().filter(|(other, _)| *other != one) {
            refused(another.build().unwrap(), intent);
            assert_ne!(one, other);
        }
    }
}

#[test]
fn an_instruction_more_or_less_is_refused() {
    let token = crate::usdc();
    let drains = [
        ix::transfer(&public(1), &public(7), 1),
        ix::memo("hello"),
        ix::approve(token, &public(1), &public(7), u64::MAX),
        Instruction::new(public(8), [Meta::writes(public(1)).signs()], [1]),
        Instruction::new(programs::TOKEN, [Meta::writes(public(1))], [9]),
    ];
    for intent in intents() {
        let (payer, good) = parts(&intent.build().unwrap());
        for drain in &drains {
            for at in 0..=good.len() {
                let mut instructions = good.clone();
                instructions.insert(at, drain.clone());
                refused(rebuilt(&payer, &instructions), &intent);
            }
        }
        for at in 0..good.len() {
            let mut instructions = good.clone();
            let taken = instructions.remove(at);
            refused(rebuilt(&payer, &instructions), &intent);
            instructions.extend([taken.clone(), taken]);
            refused(rebuilt(&payer, &instructions), &intent);
        }
    }
}

#[test]
fn a_table_of_accounts_is_refused() {
    for intent in intents() {
        let mut bytes = intent.build().unwrap().message().to_bytes().unwrap();
        assert_eq!(bytes.pop(), Some(0), "no tables");
        bytes.push(1);
        bytes.extend([7; 32]);
        bytes.extend([1, 0, 0]);
        let message = Message::from_bytes(&bytes).unwrap();
        let refusal = refused(Transaction::unsigned(message).unwrap(), &intent);
        assert!(refusal.to_string().contains("tables that hide accounts"), "{refusal}");
    }
}

#[test]
fn an_account_that_nothing_uses_is_refused() {
    for intent in intents() {
        let good = intent.build().unwrap();
        let mut bytes = good.message().to_bytes().unwrap();
        // At the end of the list, so that all numbers stay what they are.
        let accounts = usize::from(bytes[4]);
        bytes[4] += 1;
        bytes[3] += 1;
        bytes.splice(5 + accounts * 32..5 + accounts * 32, [7; 32]);
        let message = Message::from_bytes(&bytes).unwrap();
        let refusal = refused(Transaction::unsigned(message).unwrap(), &intent);
        assert_eq!(refusal.differences.len(), 1, "{refusal}");
    }
}

#[test]
fn rights_that_are_flipped_are_refused() {
    for intent in intents() {
        let (payer, good) = parts(&intent.build().unwrap());
        for (at, instruction) in good.iter().enumerate() {
            for place in 0..instruction.accounts.len() {
                for flip in [(true, false), (false, true), (true, true)] {
                    let mut instructions = good.clone();
                    // Everywhere, since what one instruction may do with it, all of them may.
                    let address = instruction.accounts[place].address;
                    for meta in instructions.iter_mut().flat_map(|i| &mut i.accounts) {
                        if meta.address == address {
                            meta.signer ^= flip.0;
                            meta.writable ^= flip.1;
                        }
                    }
                    let changed = rebuilt(&payer, &instructions);
                    // The payer signs and is changed, whatever any instruction says.
                    if changed.message().metas() != rebuilt(&payer, &good).message().metas() {
                        refused(changed, &intent);
                    } else {
                        assert_eq!(address, payer, "instruction {at}");
                    }
                }
            }
        }
    }
}

#[test]
fn another_blockhash_or_payer_is_refused() {
    for intent in intents() {
        let (payer, instructions) = parts(&intent.build().unwrap());
        let other = leash_chain::Blockhash::new([8; 32]);
        let message = compile(Version::V0, Order::FirstSeen, &payer, &instructions, other).unwrap();
        let refusal = refused(Transaction::unsigned(message).unwrap(), &intent);
        assert_eq!(refusal.differences[0].what, "blockhash");
        let refusal = refused(rebuilt(&public(7), &instructions), &intent);
        assert_eq!(refusal.differences[0].what, "fee payer");
    }
}

#[test]
fn a_refusal_says_what_was_expected_and_what_was_there() {
    let meant = crate::intent(leash_intent::Meaning::WithdrawSol {
        asset: crate::asset(),
        to: public(4),
        lamports: 7,
    });
    let there = crate::intent(leash_intent::Meaning::WithdrawSol {
        asset: crate::asset(),
        to: public(4),
        lamports: 8,
    });
    let text = refused(there.build().unwrap(), &meant).to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 4, "{text}");
    assert_eq!(lines[0], "the transaction is not what was meant");
    assert_eq!(lines[1], "instruction 1");
    assert!(lines[2].starts_with("  expected: execute: ") && lines[2].contains("0.000000007 SOL"), "{text}");
    assert!(lines[3].starts_with("  got:      execute: ") && lines[3].contains("0.000000008 SOL"), "{text}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_changed_byte_is_refused(which: prop::sample::Index, at: prop::sample::Index, change in 1_u8..) {
        let intents = intents();
        let intent = &intents[which.index(intents.len())];
        let mut bytes = intent.build().unwrap().to_bytes().unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= change;
        if let Ok(changed) = Transaction::from_bytes(&bytes) {
            prop_assert!(check(changed, intent).is_err());
        }
    }

    #[test]
    fn any_exchanged_account_is_refused(
        which: prop::sample::Index, step: prop::sample::Index, place: prop::sample::Index,
        other: prop::sample::Index, byte in 20_u8..,
    ) {
        let intents = intents();
        let intent = &intents[which.index(intents.len())];
        let good = intent.build().unwrap();
        let (payer, mut instructions) = parts(&good);
        // One that is there already, or a stranger.
        let metas = good.message().metas();
        let address = match other.index(metas.len() + 1) {
            new if new == metas.len() => Address::new([byte; 32]),
            known => metas[known].address,
        };
        let step = step.index(instructions.len());
        let accounts = &mut instructions[step].accounts;
        if !accounts.is_empty() {
            let place = place.index(accounts.len());
            let meta = &mut accounts[place];
            prop_assume!(meta.address != address);
            meta.address = address;
            prop_assert!(check(rebuilt(&payer, &instructions), intent).is_err());
        }
    }
}
