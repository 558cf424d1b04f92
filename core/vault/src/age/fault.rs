//! Why a file in the age format can't be made or opened.

/// What is wrong. Nothing of the file's content is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Not the format's first version, or not the format at all.
    Version,
    /// Encrypted for something else than a passphrase.
    Recipient,
    /// The header isn't written as the format wants it.
    Header,
    /// More work than allowed; `None` is more than any machine can do.
    WorkFactor(Option<u8>),
    /// There isn't as much memory as the work factor needs.
    Memory,
    /// The wrong passphrase, or what it opens was altered: the two can't be told apart.
    Passphrase,
    /// The passphrase is right, and what follows was altered.
    Altered,
    /// The end is missing.
    Short,
    /// More than a key can be.
    Long,
}
