//! Any bytes as what a plugin sends its signer: read or refused, never a panic.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| leash_signer_process::fuzzing::frame(bytes));
