//! Exit statuses of the host itself. A plugin's own status passes through unchanged.

/// Done.
pub const OK: u8 = 0;
/// The operation failed.
pub const FAILURE: u8 = 1;
/// The command line makes no sense: an unknown option, a bad number, a missing argument.
pub const USAGE: u8 = 2;
/// A verdict of no: a check or a verification that came out negative.
pub const NEGATIVE: u8 = 3;
/// No identity, not authorised, or an identity that can't be read or trusted.
pub const IDENTITY: u8 = 4;
/// Refused by policy, grant or depth.
pub const REFUSED: u8 = 125;
/// Found, but it can't be run: a bad interpreter, a corrupt binary.
pub const NOT_RUNNABLE: u8 = 126;
/// No such command.
pub const NOT_FOUND: u8 = 127;
