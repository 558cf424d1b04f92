//! What a signer is started with.

use std::{ffi::OsString, path::PathBuf, time::Duration};

use jiff::Timestamp;
use leash_chain::Address;
use leash_files::Paths;
use leash_identity::{Environment, Identity, Network, Resolved, Selection, resolve};
use leash_output::Error;
use leash_policy::{Allowance, Ledger, Stop};
use leash_protocol::{
    manifest::{Consent, Presign, SignerAt},
    scope::Scope,
};

/// Reads the identity. Called in the signer alone, once nobody can look into it.
pub type Load = Box<dyn FnOnce() -> Result<Box<Identity>, Error>>;

/// All that a signer needs to know. What stands here goes to another process, where no descriptor of the host's is
/// open any more: none of it may hold one.
pub struct Spec {
    /// Reads the identity; see [`from_files`].
    pub load: Load,
    /// The agent that was granted. Another one is refused.
    pub agent: Agent,
    /// The path of the API's base URL, which is put before each path: empty, or `/a/b` without a slash at its end.
    pub base_path: String,
    /// Who asks.
    pub plugin: Plugin,
    /// The run: 128 random bits in hex.
    pub invocation: String,
    /// What was granted.
    pub grant: Grant,
    /// How payments are made; none where nothing can be paid.
    pub payer: Option<PayerSpec>,
    /// Signatures of the day, where the grant bounds them.
    pub daily: Option<Box<dyn Daily>>,
    /// Requests to sign before the plugin starts. Those that the grant doesn't allow are left out.
    pub presign: Vec<Presign>,
    /// Where the audit logs lie.
    pub audit_dir: PathBuf,
    /// How the plugin reaches the signer.
    pub signer: SignerAt,
    /// `XDG_RUNTIME_DIR`, for a socket with a name.
    pub runtime_dir: Option<PathBuf>,
}

/// The agent that a grant is for.
#[derive(Debug, Clone)]
pub struct Agent {
    /// Its mint.
    pub mint: Address,
    /// Where it lives.
    pub network: Network,
    /// The public half of its key, where it is known.
    pub executive: Option<Address>,
}

/// The plugin, as the audit log and the user see it.
#[derive(Debug, Clone)]
pub struct Plugin {
    /// Its name.
    pub name: String,
    /// Digest of what runs.
    pub digest: String,
    /// Whether it is shut in, so that it can't type for the user.
    pub strict: bool,
}

/// What was granted.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Which requests.
    pub scopes: Vec<Scope>,
    /// How many signatures in this run, presigned ones and those for nested runs included.
    pub max_signatures: u32,
    /// What it may pay; none for nothing.
    pub pay: Option<Allowance>,
    /// Whether the user is asked. [`Consent::First`] is asked before the signer is started.
    pub consent: Consent,
    /// Until when.
    pub expires_at: Option<Timestamp>,
}

/// How payments are made.
#[derive(Debug)]
pub struct PayerSpec {
    /// `leash-payer`, which came with leash.
    pub program: PathBuf,
    /// All variables that it gets.
    pub environment: Vec<(OsString, OsString)>,
    /// How long all of a payment may take, where `--timeout` was typed.
    pub timeout: Option<Duration>,
    /// Whether plain http may leave this machine.
    pub allow_http: bool,
    /// The agent's name, where the user named one, for the commands in hints.
    pub named_agent: Option<String>,
    /// What the plugin has paid, in all of its runs.
    pub spending: Ledger,
    /// What stops every payment of this user.
    pub stop: Stop,
}

/// The count of a day's signatures.
pub trait Daily {
    /// Takes one of today's; false where none is left. Other signers may do so at the same time.
    ///
    /// # Errors
    /// Where the count can't be kept; then nothing is signed.
    fn take(&mut self) -> Result<bool, Error>;
}

/// Reads the identity from the agents' files and the environment.
#[must_use]
pub fn from_files(paths: Option<Paths>, selection: Selection, environment: Environment) -> Load {
    Box::new(move || match resolve(paths.as_ref(), &selection, environment, &mut Vec::new())? {
        Resolved::Agent(identity) => Ok(identity),
        Resolved::None(none) => Err(none.error()),
    })
}

impl Spec {
    /// Whether it makes sense, as far as can be seen before anything is started.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let base = self.base_path.as_bytes();
        let shaped = base.is_empty() || (base.starts_with(b"/") && !base.ends_with(b"/"));
        let fine = base.iter().all(|byte| byte.is_ascii_graphic() && !b"?#\\".contains(byte));
        if !shaped || !fine || base.len() > 1024 {
            return Err(Error::failure("internal", "the API's base path is none"));
        }
        Ok(())
    }
}
