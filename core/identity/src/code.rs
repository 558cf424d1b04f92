//! Codes of errors by which callers decide what to do.

use leash_output::Code;

/// An agent of this name is there already.
pub const AGENT_EXISTS: Code = Code::new("agent_exists");
