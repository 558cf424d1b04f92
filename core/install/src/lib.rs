#![doc = include_str!("../README.md")]

mod archive;
mod asks;
mod contents;
mod fetch;
mod index;
mod journal;
mod keys;
mod lockfile;
pub mod pack;
mod place;
pub mod platform;
mod publishers;
mod release;
mod rooms;
mod signed;

pub use archive::{MAX_ARCHIVE, unpack};
pub use asks::asks;
pub use contents::{Contents, MANIFEST, check};
pub use fetch::{Fetch, Redirects, Wish, too_large};
pub use index::{Entry, Index, MAX_INDEX};
pub use keys::{PublicKey, PublisherKey};
pub use lockfile::{Locked, Lockfile};
pub use place::Place;
pub use publishers::{Known, Publishers, Standing};
pub use release::{Release, parse_digest};
pub use rooms::Rooms;
pub use signed::SignatureFile;
