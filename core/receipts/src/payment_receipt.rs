//! What sellers said in `Payment-Receipt` (MPP), each kept beside the receipt of its payment.

use std::path::{Path, PathBuf};

use leash_files::{
    atomic,
    trust::{self, Others},
};
use leash_output::Error;

fn file(dir: &Path, hash: &str) -> PathBuf {
    dir.join("payment-receipts").join(hash)
}

/// Keeps the header of a payment whose receipt has this hash. Keeping it again changes nothing.
///
/// # Errors
/// Where it can't be written.
pub fn keep_payment_receipt(dir: &Path, hash: &str, value: &str) -> Result<(), Error> {
    let path = file(dir, hash);
    if let Some(dir) = path.parent() {
        atomic::create_dir(dir).map_err(|error| Error::io("create", dir, &error))?;
    }
    atomic::replace(&path, value.as_bytes()).map_err(|error| Error::io("write", &path, &error))
}

/// The header that was kept for a receipt, as the seller wrote it.
///
/// # Errors
/// Where it is there and can't be read or trusted.
pub fn payment_receipt(dir: &Path, hash: &str) -> Result<Option<String>, Error> {
    let bytes = trust::read(&file(dir, hash), Others::Read)?;
    Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
}
