//! Any bytes as rules: never a panic, and what was read reads the same again.
#![no_main]

use leash_policy::Rules;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(rules) = Rules::parse(bytes) {
        let again = Rules::parse(rules.document().to_string().as_bytes()).expect("rules");
        assert_eq!(again, rules);
    }
});
