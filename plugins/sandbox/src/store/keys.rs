//! API keys, of which only the hash is kept.

use leash_identity::Network;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use sha2::{Digest as _, Sha256};

use super::Write;

/// A key, without the key.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    /// Its identifier.
    pub(crate) id: String,
    /// What its owner calls it.
    pub(crate) label: String,
    /// The network it works on.
    pub(crate) network: Network,
    /// How it begins.
    pub(crate) prefix: String,
    /// How it ends.
    pub(crate) last4: String,
    /// The executive key that asked for it.
    pub(crate) owner_wallet: String,
    /// The agent it belongs to.
    pub(crate) agent_mint: String,
    /// When it was made.
    pub(crate) created_at: String,
    /// When it was disabled.
    pub(crate) disabled_at: Option<String>,
}

const COLUMNS: &str = "id, label, network, prefix, last4, owner_wallet, agent_mint, created_at, disabled_at";

fn key(row: &Row<'_>) -> rusqlite::Result<Key> {
    Ok(Key {
        id: row.get(0)?,
        label: row.get(1)?,
        network: super::network(row, 2)?,
        prefix: row.get(3)?,
        last4: row.get(4)?,
        owner_wallet: row.get(5)?,
        agent_mint: row.get(6)?,
        created_at: row.get(7)?,
        disabled_at: row.get(8)?,
    })
}

fn hash(plaintext: &str) -> [u8; 32] {
    Sha256::digest(plaintext).into()
}

/// A new key: the network's prefix and 18 characters of Crockford's alphabet, 90 bits from the system's
/// random source.
pub(crate) fn generate(network: Network) -> Result<String, getrandom::Error> {
    const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let mut random = [0_u8; 18];
    getrandom::fill(&mut random)?;
    let body = random.map(|byte| char::from(ALPHABET[usize::from(byte % 32)]));
    Ok(body.iter().fold(network.api_key_prefix().to_owned(), |mut key, char| {
        key.push(*char);
        key
    }))
}

/// Keeps a key.
pub(crate) fn add(write: &Write<'_>, plaintext: &str, key: &Key) -> rusqlite::Result<()> {
    write.execute(
        "INSERT INTO api_keys (id, label, network, prefix, last4, hash, owner_wallet, agent_mint, created_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            key.id,
            key.label,
            key.network.as_str(),
            key.prefix,
            key.last4,
            hash(plaintext),
            key.owner_wallet,
            key.agent_mint,
            key.created_at
        ],
    )?;
    Ok(())
}

/// The key with this identifier.
pub(crate) fn by_id(database: &Connection, id: &str) -> rusqlite::Result<Option<Key>> {
    database
        .prepare_cached(&format!("SELECT {COLUMNS} FROM api_keys WHERE id = ?"))?
        .query_row([id], key)
        .optional()
}

/// The key that this text is.
pub(crate) fn by_plaintext(database: &Connection, plaintext: &str) -> rusqlite::Result<Option<Key>> {
    database
        .prepare_cached(&format!("SELECT {COLUMNS} FROM api_keys WHERE hash = ?"))?
        .query_row([hash(plaintext)], key)
        .optional()
}

/// An agent's keys, newest first.
pub(crate) fn list(
    database: &Connection,
    network: Network,
    agent_mint: &str,
    include_disabled: bool,
    limit: u32,
) -> rusqlite::Result<Vec<Key>> {
    database
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM api_keys
             WHERE network = ? AND agent_mint = ? AND (? OR disabled_at IS NULL)
             ORDER BY created_at DESC, rowid DESC LIMIT ?"
        ))?
        .query_map(params![network.as_str(), agent_mint, include_disabled, limit], key)?
        .collect()
}

/// Disables a key, again where it was.
pub(crate) fn disable(write: &Write<'_>, id: &str) -> rusqlite::Result<()> {
    write.execute("UPDATE api_keys SET disabled_at = ? WHERE id = ?", params![write.iso(), id])?;
    Ok(())
}
