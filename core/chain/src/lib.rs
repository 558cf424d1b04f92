#![doc = include_str!("../README.md")]
#![doc(html_no_source)]

mod account;
mod address;
mod amount;
mod bytes58;
mod compile;
mod derive;
mod instruction;
pub mod ix;
mod message;
mod network;
pub mod programs;
mod summary;
mod token;
mod transaction;
mod wire;

pub use account::{Account, AccountError, Allowance, Asset, Mint, TokenAccount, UpdateAuthority};
pub use address::{Address, AddressError};
pub use amount::{AmountError, format_amount, parse_amount};
pub use bytes58::{Blockhash, Signature, SignatureError};
pub use compile::{Order, compile};
pub use derive::{delegate_record, executive_profile, identity, token_account, treasury};
pub use instruction::{Instruction, Meta};
pub use message::{Lookup, Message, Version};
pub use network::Network;
pub use programs::MPL_CORE;
pub use summary::{SIGNATURE_LAMPORTS, Step, Summary};
pub use token::{SOL_DECIMALS, Token};
pub use transaction::{MAX_BYTES, Transaction};
pub use wire::WireError;
