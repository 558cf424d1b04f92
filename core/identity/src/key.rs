//! The executive key as a file holds it: in the clear, or encrypted.

use std::fmt;

use leash_chain::Address;
use leash_output::{Error, Kind};
use leash_signature::Secret;
use leash_signer::Executive;

use crate::AgentFile;

/// The executive key of an agent, as far as this process has it.
pub enum Key {
    /// Ready to sign.
    Open(Executive),
    /// Encrypted. Whoever wants to sign opens it first.
    Locked(Locked),
}

/// A key that is encrypted with a passphrase.
#[derive(Clone)]
pub struct Locked {
    agent: String,
    public: Address,
    sealed: String,
}

impl Key {
    /// The public half, which is known either way.
    #[must_use]
    pub fn public(&self) -> Address {
        match self {
            Self::Open(executive) => executive.public(),
            Self::Locked(locked) => locked.public,
        }
    }

    /// The key itself.
    ///
    /// # Errors
    /// `locked`, where it is encrypted.
    pub fn open(&self) -> Result<&Executive, Error> {
        match self {
            Self::Open(executive) => Ok(executive),
            Self::Locked(locked) => Err(locked.error()),
        }
    }

    /// The key itself, to keep.
    ///
    /// # Errors
    /// As [`Key::open`].
    pub fn into_open(self) -> Result<Executive, Error> {
        match self {
            Self::Open(executive) => Ok(executive),
            Self::Locked(locked) => Err(locked.error()),
        }
    }

    /// The encrypted key, where it is one.
    #[must_use]
    pub const fn locked(&self) -> Option<&Locked> {
        match self {
            Self::Open(_) => None,
            Self::Locked(locked) => Some(locked),
        }
    }
}

impl Locked {
    /// Of an agent's file, for the agent of that name.
    ///
    /// # Errors
    /// [`Kind::Identity`] where the file doesn't say whose key it is. `None` where it holds no encrypted key.
    pub fn of(file: &AgentFile, agent: &str) -> Result<Option<Self>, Error> {
        let Some(sealed) = file.executive_sealed.clone() else { return Ok(None) };
        let key = Stored::Sealed(sealed).read(agent, file.executive_pubkey.as_deref());
        key.map(|key| key.locked().cloned()).map_err(|fault| {
            let message = format!("{} of agent `{agent}`: {}", fault.field, fault.what);
            Error::new(Kind::Identity, "bad_identity", message).hint(fault.hint)
        })
    }

    /// The name of its agent on this machine.
    #[must_use]
    pub fn agent(&self) -> &str {
        &self.agent
    }

    /// The public half, as the file states it. Whoever opens the key checks that it is so.
    #[must_use]
    pub const fn public(&self) -> Address {
        self.public
    }

    /// The key in the age format.
    #[must_use]
    pub fn sealed(&self) -> &str {
        &self.sealed
    }

    /// That nothing can be signed.
    #[must_use]
    pub fn error(&self) -> Error {
        Error::new(Kind::Identity, "locked", format!("the key of agent `{}` is locked", self.agent))
            .hint(self.hint())
    }

    /// How it can be used.
    #[must_use]
    pub fn hint(&self) -> String {
        format!(
            "unlock it on a terminal: `leash --agent {} key unlock --for 15m`; or hand the passphrase over: \
             LEASH_PASSPHRASE_FD (the number of a descriptor) or LEASH_PASSPHRASE_FILE (a file of mode 600)",
            self.agent
        )
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.locked().is_some() { "Locked" } else { "Open" };
        f.debug_tuple(name).field(&self.public()).finish()
    }
}

impl fmt::Debug for Locked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Locked").field(&self.public).finish()
    }
}

/// A key as it was found.
pub(crate) enum Stored {
    Plain(Secret<String>),
    Sealed(String),
}

/// What is wrong with a stored key, and where.
pub(crate) struct Fault {
    pub(crate) field: &'static str,
    pub(crate) what: String,
    pub(crate) hint: &'static str,
}

const RESTORE: &str = "one of the two is another agent's: restore the file from where it was exported";

impl Stored {
    /// What a file holds. A key in the clear is the one that counts: who put it there meant it.
    pub(crate) fn of(file: &AgentFile) -> Option<Self> {
        let plain = file.executive_keypair.clone().map(Self::Plain);
        plain.or_else(|| file.executive_sealed.clone().map(Self::Sealed))
    }

    /// Understands it; `stated` is what the file says of its public half.
    pub(crate) fn read(self, agent: &str, stated: Option<&str>) -> Result<Key, Fault> {
        match self {
            Self::Plain(text) => {
                let executive = Executive::parse(&text).map_err(|error| Fault {
                    field: "executive_keypair",
                    what: format!("the executive key can't be used: {error}"),
                    hint: "put in the key as it was exported; nothing of it is shown here, and nothing was changed",
                })?;
                if stated.is_some_and(|stated| stated != executive.public().to_string()) {
                    let what = "it is not the public half of the key".to_owned();
                    return Err(Fault { field: "executive_pubkey", what, hint: RESTORE });
                }
                Ok(Key::Open(executive))
            }
            Self::Sealed(sealed) => {
                let stated = stated.ok_or_else(|| Fault {
                    field: "executive_sealed",
                    what: "the file doesn't name the executive_pubkey of the encrypted key".to_owned(),
                    hint: "restore the file from where it was exported",
                })?;
                let public = stated.parse().map_err(|error| Fault {
                    field: "executive_pubkey",
                    what: format!("`{stated}` is no address: {error}"),
                    hint: "restore the file from where it was exported",
                })?;
                Ok(Key::Locked(Locked { agent: agent.to_owned(), public, sealed }))
            }
        }
    }
}
