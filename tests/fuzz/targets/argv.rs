//! Any words as a command line: never a panic, and the arguments are what was typed.
#![no_main]

use std::{ffi::OsString, os::unix::ffi::OsStringExt as _};

use leash_argv::{Action, split};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let words: Vec<OsString> =
        bytes.split(|byte| *byte == 0).map(|word| OsString::from_vec(word.to_vec())).collect();
    if let Ok(typed) = split(words.iter().cloned())
        && let Action::Command(_, arguments) = typed.action
    {
        assert!(words.ends_with(&arguments));
    }
});
