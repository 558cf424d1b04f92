//! The instructions of leash's transactions, as their programs define them.

mod agent;
mod core_asset;
mod system;
mod token;

pub use agent::{delegate_execution, register_executive, register_identity};
pub use core_asset::{CreateAsset, create_asset, create_collection, execute};
pub use system::{MAX_MEMO_BYTES, compute_limit, compute_price, memo, transfer};
pub use token::{approve, create_token_account, revoke, transfer_checked};

/// A text as borsh writes it: its length in bytes, and its bytes.
fn text(data: &mut Vec<u8>, text: &str) {
    // No text of four gibibytes fits a transaction, which is checked where one is made.
    data.extend_from_slice(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes());
    data.extend_from_slice(text.as_bytes());
}
