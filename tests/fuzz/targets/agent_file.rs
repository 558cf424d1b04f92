//! Any bytes as an agent's file: never a panic, and what was read is written again.
#![no_main]

use leash_identity::AgentFile;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(file) = AgentFile::parse(bytes, "file") {
        let written = file.to_bytes();
        let again = AgentFile::parse(&written, "file").expect("what leash writes it can read");
        assert_eq!(*again.to_bytes(), *written);
    }
});
