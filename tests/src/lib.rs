//! What the tests drive leash with: a home of its own, the real programs, a server that misbehaves to order.
#![allow(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a test that can't go on ends here")]

mod agents;
mod api;
mod home;
mod keys;
mod links;
mod outcome;
mod printed;
mod request;
mod running;
mod sandbox;
mod terminal;

pub use agents::{AGENT_1, AGENT_2, Agent};
pub use api::{Api, Reply};
pub use home::{Home, Run, path_of, programs};
pub use keys::Keys;
pub use links::Links;
pub use outcome::Outcome;
pub use printed::Printed;
pub use request::Request;
pub use running::Running;
pub use sandbox::Sandbox;
pub use terminal::Terminal;
