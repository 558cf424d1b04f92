//! The one room that sees the executive key.
//!
//! [`Executive`] holds the key; it can be asked for its public half, for the headers of one HTTP request,
//! and for the signature of a transaction that was held against what a command means
//! ([`leash_intent::Checked`]), and for nothing else: there is no way to have it sign bytes of the caller's
//! choosing, and no way to get the secret back out but [`Executive::export`], which exists for the file
//! that holds it.
//!
//! Everything else asks for signatures through the trait [`leash_signature::SignHttp`], so it works as well where the
//! key is in another process.

mod executive;
mod transaction;

pub use executive::{Executive, KeyError, verify};
pub use transaction::{AssetKey, NotMeant};
