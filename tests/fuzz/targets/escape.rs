//! Any text for a terminal: nothing in it acts on one afterwards.
#![no_main]

use leash_output::escape;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let safe = escape(text);
    assert!(!safe.chars().any(char::is_control));
    assert!(!safe.contains(['\u{202e}', '\u{2066}', '\u{2028}', '\u{200b}']));
    assert_eq!(escape(&safe), safe);
});
