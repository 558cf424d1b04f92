//! Any bytes as a paywall's answer, the header before the first NUL and the body behind it: a price or a refusal.
#![no_main]

use leash_chain::{Address, Network};
use leash_pay::{Terms, choose, read};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let (header, body) = match bytes.iter().position(|byte| *byte == 0) {
        Some(at) => (std::str::from_utf8(&bytes[..at]).ok(), &bytes[at + 1..]),
        None => (None, bytes),
    };
    let Ok(challenge) = read(|name| header.filter(|_| name == "payment-required"), body) else { return };
    let _ = challenge.error();
    let terms = Terms::new(Address::new([1; 32]), Address::new([2; 32]), Network::Devnet);
    if let Ok(offer) = choose(&challenge, &terms) {
        if let Some((gross, fee)) = offer.gross() {
            assert_eq!(gross - fee, offer.net);
        }
        assert_eq!(offer.differs(&offer), None);
    }
});
