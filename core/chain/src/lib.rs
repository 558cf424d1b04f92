//! Solana addresses, and the addresses that the leash programs derive from an agent's mint.
//!
//! No network and no key is known here: an address is 32 public bytes.
#![doc(html_no_source)]

mod address;
mod derive;

pub use address::{Address, AddressError};
pub use derive::{MPL_CORE, treasury};
