//! Codes of errors by which callers decide what to do.

use leash_output::Code;

/// The kernel keeps no keys here.
pub const NO_KEYRING: Code = Code::new("no_keyring");

/// A passphrase is needed, and nobody can be asked for it.
pub const NO_TERMINAL: Code = Code::new("no_terminal");

/// The passphrase doesn't open the key.
pub const WRONG_PASSPHRASE: Code = Code::new("wrong_passphrase");
