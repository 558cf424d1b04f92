//! For plugins of leash, in Rust.
//!
//! A plugin is an executable called `leash-NAME`. `leash NAME` runs it and tells it, without ever giving it a
//! key, who the agent is ([`Context`]), and where a [`Signer`] listens that signs the requests which the user
//! granted, and nothing else.
//!
//! ```no_run
//! use std::process::ExitCode;
//!
//! use leash_sdk::{Context, Error, Signer};
//!
//! fn main() -> ExitCode {
//!     match run() {
//!         Ok(()) => ExitCode::SUCCESS,
//!         Err(error) => {
//!             eprintln!("error: {error}");
//!             if let Some(hint) = error.hint() {
//!                 eprintln!("hint: {hint}");
//!             }
//!             ExitCode::from(error.exit_status())
//!         }
//!     }
//! }
//!
//! fn run() -> Result<(), Error> {
//!     let context = Context::load()?;
//!     let signer = Signer::connect()?;
//!     let path = context.path("/v1/agents/{mint}/api-keys")?;
//!     let headers = signer.sign_http("GET", &path, "limit=5", b"")?;
//!     for (name, value) in headers.pairs() {
//!         println!("{name}: {value}");
//!     }
//!     Ok(())
//! }
//! ```
//!
//! # What a plugin is given
//!
//! | variable | holds |
//! | --- | --- |
//! | `LEASH_PROTOCOL` | `1`, the version of this contract |
//! | `LEASH_BIN`, `LEASH_VERSION` | the host's absolute path, and its version |
//! | `LEASH_PLUGIN`, `LEASH_INVOCATION`, `LEASH_DEPTH` | the plugin's name; this run, in hex; how deep leash runs inside leash |
//! | `LEASH_AGENT_MINT`, `LEASH_EXECUTIVE_PUBKEY`, `LEASH_NETWORK`, `LEASH_API_URL`, `LEASH_RPC_URL`, `LEASH_EXPLORER_URL` | the agent, its public half; unset where none is configured |
//! | `LEASH_CONTEXT_FD` | a descriptor, at most 9, of a file with the whole context document |
//! | `LEASH_CONTEXT` | the document without its presigned requests, where it is small |
//! | `LEASH_SIGNER` | `fd:N` or `unix:PATH`; unset where nothing was granted |
//!
//! Arguments are the user's bytes, so read them with [`std::env::args_os`]. stdin is the user's, or the context
//! where the manifest says `stdin = "context"`. What the plugin exits with is what the user's shell sees.
//!
//! # What a plugin says
//!
//! Over a stream socket, one speaker at a time: a length of four bytes, big-endian, then as many bytes of JSON,
//! at most 64 KiB. `hello` comes first.
//!
//! ```text
//! → {"id":0,"op":"hello","v":[1]}
//! ← {"id":0,"ok":{"v":1,"invocation":"…","features":["sign_http"],"grant":{…}}}
//! → {"id":1,"op":"sign_http","method":"GET","path":"/v1/agents/…/api-keys","query":"limit=5","body_sha256":"…"}
//! ← {"id":1,"ok":{"headers":{"x-leash-agent":"…","x-leash-timestamp":"…","x-leash-sig":"…"},"expires_at":"…"}}
//! ← {"id":1,"err":{"code":"denied_scope","message":"…","hint":"leash plugin trust …"}}
//! ```
//!
//! `path` is relative to the API's base URL; of what the user grants, and of what a signature covers, the bytes
//! given here are the whole truth: send the very same ones. A refusal is one of [`Code`].
//!
//! # What a plugin may pay
//!
//! Where the user granted payments, `features` names `pay` too, and the signer has a request paid for: see [`Signer::pay`].
//!
//! ```text
//! → {"id":2,"op":"pay","url":"https://api.example.com/quote","method":"GET","body_sha256":"e3b0…","max":"0.05"}
//! ← {"id":2,"ok":{"answer":"…","status":200,"content_type":"application/json","body":"eyJ…","body_size":11,
//!      "currency":"USDC","net":"0.01","fee":"0.0001","gross":"0.0101","transaction":"…","receipt":"…","resumed":false,
//!      "document":{…}}}
//! ← {"id":2,"err":{"code":"denied_scope","message":"…","reason":"perCallMax"}}
//! → {"id":3,"op":"pay_body","answer":"…","offset":30000}
//! ← {"id":3,"ok":{"offset":30000,"piece":"…"}}
//! ```
//!
//! `max` is in dollars and includes the fee. `body` (base64, of the hash that `body_sha256` says) and `headers` may be there as
//! well. Amounts are decimal text. A body longer than its first piece is fetched by `pay_body`; an answer counts as arrived
//! once all of it was handed out or, where the request said `"hold":true`, once `pay_done` said so. What didn't arrive is had
//! again by the same request, and isn't paid twice.
//!
//! # One speaker at a time
//!
//! A process that a plugin starts, `"$LEASH_BIN" api …` for one, inherits the same socket. Whoever speaks holds
//! a POSIX write lock (`fcntl`, `F_SETLK`) on that socket from the first byte of a request to the last one of
//! its answer. [`Signer`] does so by itself, for threads as well as for processes.
//!
//! # With the API's client
//!
//! [`RemoteSigner`] lets `leash_api::Client` sign through the plugin's signer:
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//!
//! use leash_api::{Client, ListKeys};
//! use leash_sdk::{Context, RemoteSigner, Signer};
//!
//! let context = Context::load()?;
//! let agent = context.require_agent()?;
//! let url = context.base_url()?;
//! let signer = RemoteSigner::new(Signer::connect()?, url)?;
//! let client = Client::builder(url)?.agent(agent.mint.parse()?, Arc::new(signer)).build();
//! # let _ = async {
//! let keys = client.list_api_keys(&ListKeys::default()).await?;
//! # Ok::<_, leash_api::Error>(keys) };
//! # Ok(())
//! # }
//! ```

mod connection;
mod context;
mod environment;
mod error;
mod inherited;
#[cfg(feature = "mock")]
pub mod mock;
mod pay;
mod remote;
mod signer;
mod turn;
mod wire;

pub use context::Context;
pub use error::{CLOSED, Error, WRONG_SIGNER};
pub use leash_protocol as protocol;
pub use leash_protocol::context::Presigned;
pub use leash_protocol::frame::{Code, GrantInfo, Headers, Refusal};
pub use pay::{Bought, Order};
pub use remote::RemoteSigner;
pub use signer::{Signed, Signer};

/// The examples of the README, compiled with those of the crate.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
