//! Any bytes as a transaction: what was read is written as it was, byte for byte.
#![no_main]

use leash_chain::Transaction;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(transaction) = Transaction::from_bytes(bytes) {
        assert_eq!(transaction.to_bytes().expect("bytes"), bytes);
        let _ = (transaction.id(), transaction.wrong(), transaction.missing().count());
    }
});
