//! The key of the new agent: made here, or brought along in a file, on stdin or by hand.

use std::{
    io::{self, IsTerminal as _, Read as _},
    path::{Path, PathBuf},
};

use leash_files::{Paths, trust};
use leash_output::{Error, Kind};
use leash_signature::Secret;
use leash_signer::Executive;
use zeroize::Zeroizing;

/// Far more than a key takes.
const MAX: u64 = 4096;

/// Where the key comes from.
#[derive(Debug, clap::Args)]
pub(crate) struct KeyArgs {
    /// Use the key in this file (base58, or an array as `solana-keygen` writes it); `-` reads stdin
    #[arg(long, value_name = "FILE", conflicts_with = "import")]
    key_file: Option<PathBuf>,
    /// Ask for the key, without showing what is typed; from stdin where that is no terminal
    #[arg(long)]
    import: bool,
}

impl KeyArgs {
    /// The key that was brought along, if one was.
    pub(crate) fn read(&self) -> Result<Option<Executive>, Error> {
        let text = match &self.key_file {
            None if !self.import => return Ok(None),
            None if io::stdin().is_terminal() => leash_vault::passphrase::ask_hidden("executive key: ")?,
            Some(path) if path != Path::new("-") => file(path)?,
            None | Some(_) => stdin()?,
        };
        Executive::parse(&text).map(Some).map_err(|error| {
            Error::new(Kind::Identity, "bad_key", format!("the executive key can't be used: {error}"))
                .hint("it is 64 bytes in base58, or a file of `solana-keygen`; nothing of it is shown here")
        })
    }
}

fn file(path: &Path) -> Result<Secret<String>, Error> {
    let bytes = trust::read(path, trust::Others::Nothing)?.ok_or_else(|| {
        Error::new(Kind::Identity, "no_key_file", format!("there is no file `{}`", Paths::display(path)))
            .hint("name the file that holds the key")
    })?;
    text(&bytes)
}

fn stdin() -> Result<Secret<String>, Error> {
    // Its size is known in advance, so that it never moves and leaves a copy behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(MAX).unwrap_or(0) + 64));
    io::stdin()
        .take(MAX)
        .read_to_end(&mut bytes)
        .map_err(|error| Error::failure("io", format!("cannot read the key from stdin: {error}")))?;
    text(&bytes)
}

fn text(bytes: &[u8]) -> Result<Secret<String>, Error> {
    std::str::from_utf8(bytes).map(|text| Secret::new(text.to_owned())).map_err(|_| {
        Error::new(Kind::Identity, "bad_key", "the executive key can't be used: it is not text")
            .hint("it is 64 bytes in base58, or a file of `solana-keygen`; nothing of it is shown here")
    })
}

/// A new key.
pub(crate) fn generate() -> Result<Executive, Error> {
    Executive::generate().map_err(|error| {
        Error::failure("no_randomness", format!("the system gives no random bytes: {error}"))
            .hint("nothing was written; try again")
    })
}
