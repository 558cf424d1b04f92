//! Any bytes as a line of receipts: never a panic, and canonical JSON stays as it is.
#![no_main]

use leash_receipts::{Verifier, canonical};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = Verifier::new().line(bytes);
    if let Ok(value) = leash_js::json::parse(bytes) {
        let once = canonical(&value);
        let again = leash_js::json::parse(once.as_bytes()).expect("what is canonical is JSON");
        assert_eq!(canonical(&again), once);
    }
});
