//! A program of one thread, as the signer is: it can take the variable out of its environment. The usual harness
//! gives each test a thread of its own, so this one does without.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, missing_docs, reason = "a test")]

use std::{
    env,
    io::Write as _,
    process::{Command, Stdio},
};

use leash_vault::passphrase::{Source, obtain};

const VARIABLE: &str = "LEASH_PASSPHRASE_FD";
const ROLE: &str = "VAULT_TEST_ROLE";

fn main() {
    if env::var_os(ROLE).is_some() {
        return role();
    }
    let mut command = Command::new(env::current_exe().unwrap());
    let mut child = command
        .env(ROLE, "")
        .env(VARIABLE, "0")
        .env_remove("LEASH_PASSPHRASE_FILE")
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"hunter2\n").unwrap();
    assert!(child.wait().unwrap().success());
}

fn role() {
    let no_file = |_: &std::path::Path| Ok(None);
    let obtained = obtain("a test", false, &no_file).unwrap();
    assert_eq!((obtained.passphrase.expose().as_str(), obtained.source), ("hunter2", Source::Descriptor));
    assert_eq!(env::var_os(VARIABLE), None);
    // Without the variable the second one would be asked for at a terminal, where a job has nobody.
    assert_eq!(obtain("a test", false, &no_file).unwrap_err().code(), "passphrase_read");
    let mut rest = String::new();
    assert_eq!(std::io::Read::read_to_string(&mut std::io::stdin(), &mut rest).unwrap(), 0);
}
