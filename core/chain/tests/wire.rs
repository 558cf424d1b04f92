//! Reading what others sent: strictly, and without ever failing otherwise than with an error.
#![allow(missing_docs, clippy::unwrap_used)]

use leash_chain::{
    Address, Blockhash, Instruction, Message, Meta, Order, Transaction, Version, WireError, compile, ix,
};
use proptest::prelude::*;

fn address(byte: u8) -> Address {
    Address::new([byte; 32])
}

fn message(version: Version) -> Message {
    let instructions = [ix::transfer(&address(1), &address(2), 5), ix::memo("hello")];
    compile(version, Order::FirstSeen, &address(1), &instructions, Blockhash::new([9; 32])).unwrap()
}

/// The bytes of a message with `edit` made.
fn edited(version: Version, edit: impl FnOnce(&mut Vec<u8>)) -> Result<Message, WireError> {
    let mut bytes = message(version).to_bytes().unwrap();
    edit(&mut bytes);
    Message::from_bytes(&bytes)
}

#[test]
fn what_is_not_exactly_a_message_is_refused() {
    for version in [Version::Legacy, Version::V0] {
        let first = usize::from(version == Version::V0);
        let refused = |edit: &dyn Fn(&mut Vec<u8>)| edited(version, edit).unwrap_err();
        assert_eq!(refused(&|bytes| bytes.push(0)), WireError::Trailing);
        assert_eq!(refused(&|bytes| bytes.truncate(bytes.len() - 1)), WireError::Short);
        assert_eq!(refused(&|bytes| bytes[first] = 0), WireError::Header, "nobody signs");
        assert_eq!(refused(&|bytes| bytes[first] = 5), WireError::Header, "more signers than accounts");
        assert_eq!(refused(&|bytes| bytes[first + 1] = 1), WireError::Header, "a payer that is only read");
        assert_eq!(refused(&|bytes| bytes[first + 2] = 4), WireError::Header);
        // The second account becomes the first one again.
        let second = first + 4 + 32;
        assert_eq!(refused(&|bytes| bytes[second..second + 32].fill(1)), WireError::Duplicate);
        let instruction = first + 4 + 4 * 32 + 32 + 1;
        assert_eq!(refused(&|bytes| bytes[instruction] = 0), WireError::Index, "a payer as a program");
        assert_eq!(refused(&|bytes| bytes[instruction] = 4), WireError::Index);
        assert_eq!(refused(&|bytes| bytes[instruction + 2] = 4), WireError::Index);
        // Four accounts, written in two bytes.
        let count = first + 3;
        let long = |bytes: &mut Vec<u8>| {
            bytes[count] = 0x84;
            bytes.insert(count + 1, 0);
        };
        assert_eq!(refused(&long), WireError::Length);
    }
    assert_eq!(edited(Version::V0, |bytes| bytes[0] = 0x81), Err(WireError::Version(1)));
    assert_eq!(Message::from_bytes(&[]), Err(WireError::Short));
}

#[test]
fn a_packet_is_the_limit() {
    let sized = |memo: usize| {
        let instructions = [ix::memo(&"x".repeat(memo))];
        let message =
            compile(Version::V0, Order::Text, &address(1), &instructions, Blockhash::new([9; 32])).unwrap();
        Transaction::unsigned(message)
    };
    // One signature, two accounts, a blockhash and the lengths of it all take 172 bytes.
    let largest = sized(leash_chain::MAX_BYTES - 172).unwrap();
    assert_eq!(largest.to_bytes().unwrap().len(), leash_chain::MAX_BYTES);
    assert_eq!(Transaction::from_base64(&largest.to_base64().unwrap()), Ok(largest.clone()));
    assert_eq!(sized(leash_chain::MAX_BYTES - 171), Err(WireError::TooLarge));
    let mut longer = largest.to_bytes().unwrap();
    longer.push(0);
    assert_eq!(Transaction::from_bytes(&longer), Err(WireError::TooLarge));
    assert_eq!(Transaction::from_base64(&"A".repeat(1_000_000)), Err(WireError::TooLarge));
    assert_eq!(Transaction::from_base64("not base64!"), Err(WireError::Base64));
}

#[test]
fn signatures_are_as_many_as_signers() {
    let mut bytes = Transaction::unsigned(message(Version::V0)).unwrap().to_bytes().unwrap();
    bytes[0] = 2;
    bytes.splice(1..1, [0; 64]);
    assert_eq!(Transaction::from_bytes(&bytes), Err(WireError::Signatures));
}

/// Any instructions over a few accounts.
fn instructions() -> impl Strategy<Value = Vec<Instruction>> {
    let meta = (1_u8..12, any::<bool>(), any::<bool>()).prop_map(|(byte, signer, writable)| Meta {
        address: address(byte),
        signer,
        writable,
    });
    let data = prop::collection::vec(any::<u8>(), 0..40);
    let instruction = (12_u8..16, prop::collection::vec(meta, 0..8), data)
        .prop_map(|(program, accounts, data)| Instruction::new(address(program), accounts, data));
    prop::collection::vec(instruction, 0..6)
}

proptest! {
    #[test]
    fn what_is_written_is_read(instructions in instructions(), v0: bool, text: bool) {
        let version = if v0 { Version::V0 } else { Version::Legacy };
        let order = if text { Order::Text } else { Order::FirstSeen };
        let message = compile(version, order, &address(1), &instructions, Blockhash::new([7; 32])).unwrap();
        prop_assert_eq!(message.fee_payer(), address(1));
        prop_assert_eq!(&Message::from_bytes(&message.to_bytes().unwrap()).unwrap(), &message);
        for (read, built) in message.instructions().unwrap().iter().zip(&instructions) {
            prop_assert_eq!(read.program, built.program);
            prop_assert_eq!(&read.data, &built.data);
        }
    }

    #[test]
    fn what_is_read_is_written_again(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(transaction) = Transaction::from_bytes(&bytes) {
            prop_assert_eq!(transaction.to_bytes().unwrap(), bytes);
        }
    }

    #[test]
    fn one_changed_byte_is_an_error_or_another_transaction(at: prop::sample::Index, change in 1_u8..) {
        let transaction = Transaction::unsigned(message(Version::V0)).unwrap();
        let mut bytes = transaction.to_bytes().unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= change;
        if let Ok(other) = Transaction::from_bytes(&bytes) {
            prop_assert_ne!(&other, &transaction);
            prop_assert_eq!(other.to_bytes().unwrap(), bytes);
            // Whatever it is, it can be put into words.
            prop_assert!(!other.summary().to_string().is_empty());
        }
    }

    #[test]
    fn any_account_is_read_or_refused(owner in 0_usize..5, data in prop::collection::vec(any::<u8>(), 0..400)) {
        use leash_chain::{Account, Asset, Mint, TokenAccount, programs};
        let owners = [programs::SYSTEM, programs::TOKEN, programs::TOKEN_2022, programs::MPL_CORE, address(3)];
        let account = Account { owner: owners[owner], lamports: 1, data };
        let _ = (TokenAccount::read(&account), Mint::read(&account), Asset::read(&account));
        let _ = (account.system(), account.record());
    }
}
