//! Any text as a key or an address: never a panic, and what is taken is written the same way.
#![no_main]

use leash_chain::Address;
use leash_signature::Secret;
use leash_signer::Executive;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(key) = Executive::parse(&Secret::new(text.to_owned())) {
        let again = Executive::parse(&key.export()).expect("what leash exports it can read");
        assert_eq!(again.public(), key.public());
    }
    if let Ok(address) = text.parse::<Address>() {
        assert_eq!(address.to_string(), text);
    }
});
