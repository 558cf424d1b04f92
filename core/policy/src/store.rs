//! Where an agent's policy lies, beside the agents: `~/.config/leash/money/MINT/policy.json`.
//!
//! It is filed under the mint and not under the agent's name here, so that the same agent under another name, or from
//! the environment, has the same policy, the same spending and the same receipts.

use std::path::{Path, PathBuf};

use leash_chain::Address;
use leash_files::{
    Paths, atomic,
    trust::{self, Others},
};
use leash_output::{Error, command};

use crate::{Ledger, Rules};

/// The directory of an agent's policy, spending and receipts.
#[must_use]
pub fn dir(paths: &Paths, mint: &Address) -> PathBuf {
    paths.config.join("money").join(mint.to_string())
}

/// What a plugin has paid out of its grant, over all agents and all runs: `trust/spending/NAME.jsonl` in the data directory,
/// where the plugin's grant lies, too. It outlasts the grant, so that trusting anew doesn't begin anew.
#[must_use]
pub fn of_plugin(paths: &Paths, plugin: &str) -> Ledger {
    Ledger::of_plugin(&paths.data.join("trust").join("spending"), plugin)
}

/// The file of its policy.
#[must_use]
pub fn file(dir: &Path) -> PathBuf {
    dir.join("policy.json")
}

/// Reads it; none where nobody set one.
///
/// # Errors
/// Where it is there and can't be read, trusted or understood: it is never passed over.
pub fn read(dir: &Path) -> Result<Option<Rules>, Error> {
    let path = file(dir);
    let Some(bytes) = trust::read(&path, Others::Read)? else { return Ok(None) };
    Rules::parse(&bytes).map(Some).map_err(|error| {
        let typed = Paths::typed(&path);
        error.hint(format!("mend `{typed}`, or write it anew: `{}`", command("policy set --file FILE")))
    })
}

/// Writes it, whole or not at all, for this user alone.
///
/// # Errors
/// As the file system says; the old policy is then still there.
pub fn write(dir: &Path, rules: &Rules) -> Result<(), Error> {
    let path = file(dir);
    atomic::create_dir(dir).map_err(|error| Error::io("create", dir, &error))?;
    let text = format!("{:#}\n", rules.document());
    atomic::replace(&path, text.as_bytes()).map_err(|error| Error::io("write", &path, &error))
}
