#![doc = include_str!("../README.md")]

mod api_error;
mod api_key;
mod attempt;
mod base;
mod call;
mod client;
mod clock;
mod code;
mod download;
mod error;
mod event;
mod failure;
mod keys;
mod link;
mod link_list;
mod links;
mod meta;
mod post;
mod raw;
mod redact;
mod retry;
mod said;
mod text;
mod transport;
mod web;

pub use api_error::ApiError;
pub use api_key::{ApiKey, CreatedKey, KeyPage, ListKeys};
pub use client::{Client, ClientBuilder};
pub use code::{INVALID_URL, NOT_FOUND, RATE_LIMITED, SIGNER_PREFIX};
pub use download::Download;
pub use error::Error;
pub use event::Event;
pub use link::{LinkResponse, NewPaymentLink, PaymentLink};
pub use link_list::LiveLinks;
pub use meta::Health;
pub use post::Endpoint;
pub use raw::{Auth, RawRequest, RawResponse};
pub use web::{Web, WebAnswer, WebRequest};

pub use leash_chain::Address;
pub use leash_signature::{Envelope, Secret, SignError, SignHttp, SignatureHeaders};
