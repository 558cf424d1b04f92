//! Clients of the API and the chain, made with the time-outs and rules of one run of leash ([`Connector`]), and what is told
//! of their calls. No key is here: a client that signs is given what signs.

mod connector;
mod errors;
mod runtime;
mod told;

pub use connector::Connector;
pub use errors::{api_error, is_local_and_down, rpc_error};
pub use runtime::Runtime;
