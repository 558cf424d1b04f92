//! What can go wrong.

use serde_json::Value;

/// Why the ledger can't go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What was stored can't be read or written.
    #[error("the ledger's file: {0}")]
    Store(#[from] rusqlite::Error),
    /// What was stored makes no sense.
    #[error("the ledger's file is damaged: {0}")]
    Damaged(String),
    /// The virtual machine refused what the ledger itself asked of it.
    #[error("the virtual machine: {0}")]
    Machine(String),
    /// The system gives no randomness.
    #[error("the system gives no randomness: {0}")]
    Random(#[from] getrandom::Error),
    /// An earlier write failed, so what is in memory may not be on disk.
    #[error("the ledger stopped after a write failed; start it again")]
    Stopped,
}

/// A transaction that was not taken, and left no trace.
#[derive(Debug, Clone, PartialEq)]
pub struct Rejected {
    /// JSON-RPC's code.
    pub code: i64,
    /// What is wrong.
    pub message: String,
    /// The transaction's error, as JSON-RPC writes it.
    pub error: Option<Box<Value>>,
    /// What the programs said.
    pub logs: Vec<String>,
    /// How much they computed.
    pub units: u64,
}

impl Rejected {
    pub(crate) fn malformed(message: impl Into<String>) -> Self {
        Self { code: -32602, message: message.into(), error: None, logs: Vec::new(), units: 0 }
    }
}

impl std::fmt::Display for Rejected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Rejected {}
