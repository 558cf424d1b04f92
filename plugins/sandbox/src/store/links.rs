//! Payment links.

use leash_identity::Network;
use rusqlite::{Connection, OptionalExtension as _, Row, ToSql, params};

use super::{
    Write,
    counters::{self, Counters},
};

/// A payment link.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    /// Its identifier, unique on its network.
    pub(crate) id: String,
    /// Its network.
    pub(crate) network: Network,
    /// What its owner calls it.
    pub(crate) label: String,
    /// What it is for.
    pub(crate) description: Option<String>,
    /// The agent that is paid.
    pub(crate) owner_agent: String,
    /// The wallet that owns the agent.
    pub(crate) owner_wallet: Option<String>,
    /// How it is called: `GET` or `POST`.
    pub(crate) method: String,
    /// Its price, as it was given.
    pub(crate) price: String,
    /// The currency where the price names none.
    pub(crate) currency: String,
    /// Other currencies that are taken: a JSON list.
    pub(crate) accepts_currencies: String,
    /// What the buyer gets: a JSON object.
    pub(crate) response: String,
    /// Who is told of a payment.
    pub(crate) webhook_url: Option<String>,
    /// Whether the buyer's answer carries the receipt.
    pub(crate) wrap_receipt: bool,
    /// Whatever else its owner noted: a JSON object.
    pub(crate) metadata: String,
    /// `x402` or `mpp`.
    pub(crate) protocol: String,
    /// When it was disabled.
    pub(crate) disabled_at: Option<String>,
    /// When it was made.
    pub(crate) created_at: String,
    /// When it last changed.
    pub(crate) updated_at: String,
    /// How often it was called and paid.
    pub(crate) counters: Counters,
}

const COLUMNS: &str = "id, network, label, description, owner_agent, owner_wallet, method, price, currency, \
     accepts_currencies, response, webhook_url, wrap_receipt, metadata, protocol, disabled_at, created_at, updated_at";

/// A link's row and its counters.
fn select() -> String {
    format!(
        "SELECT {COLUMNS}, {} FROM payment_links LEFT JOIN link_counters USING (network, id)",
        counters::COLUMNS
    )
}

fn link(row: &Row<'_>) -> rusqlite::Result<Link> {
    Ok(Link {
        id: row.get(0)?,
        network: super::network(row, 1)?,
        label: row.get(2)?,
        description: row.get(3)?,
        owner_agent: row.get(4)?,
        owner_wallet: row.get(5)?,
        method: row.get(6)?,
        price: row.get(7)?,
        currency: row.get(8)?,
        accepts_currencies: row.get(9)?,
        response: row.get(10)?,
        webhook_url: row.get(11)?,
        wrap_receipt: row.get(12)?,
        metadata: row.get(13)?,
        protocol: row.get(14)?,
        disabled_at: row.get(15)?,
        created_at: row.get(16)?,
        updated_at: row.get(17)?,
        counters: counters::read(row, 18)?,
    })
}

/// Keeps a new link; false where its identifier is taken.
pub(crate) fn add(write: &Write<'_>, api_key_id: &str, link: &Link) -> rusqlite::Result<bool> {
    let marks = ", ?".repeat(COLUMNS.split(',').count());
    let added = write
        .prepare_cached(&format!(
            "INSERT OR IGNORE INTO payment_links (api_key_id, {COLUMNS}) VALUES (?{marks})"
        ))?
        .execute(params![
            api_key_id,
            link.id,
            link.network.as_str(),
            link.label,
            link.description,
            link.owner_agent,
            link.owner_wallet,
            link.method,
            link.price,
            link.currency,
            link.accepts_currencies,
            link.response,
            link.webhook_url,
            link.wrap_receipt,
            link.metadata,
            link.protocol,
            link.disabled_at,
            link.created_at,
            link.updated_at
        ])?;
    Ok(added > 0)
}

/// Writes what may change of a link.
pub(crate) fn update(write: &Write<'_>, link: &Link) -> rusqlite::Result<()> {
    write
        .prepare_cached(
            "UPDATE payment_links SET label = ?, description = ?, price = ?, currency = ?, accepts_currencies = ?,
               response = ?, webhook_url = ?, wrap_receipt = ?, metadata = ?, protocol = ?, disabled_at = ?, updated_at = ?
             WHERE network = ? AND id = ?",
        )?
        .execute(params![
            link.label,
            link.description,
            link.price,
            link.currency,
            link.accepts_currencies,
            link.response,
            link.webhook_url,
            link.wrap_receipt,
            link.metadata,
            link.protocol,
            link.disabled_at,
            link.updated_at,
            link.network.as_str(),
            link.id
        ])?;
    Ok(())
}

/// A link of this key's.
pub(crate) fn get(
    database: &Connection,
    network: Network,
    api_key_id: &str,
    id: &str,
) -> rusqlite::Result<Option<Link>> {
    database
        .prepare_cached(&format!("{} WHERE network = ? AND api_key_id = ? AND id = ?", select()))?
        .query_row(params![network.as_str(), api_key_id, id], link)
        .optional()
}

/// A link, whoever made it.
pub(crate) fn anyones(database: &Connection, network: Network, id: &str) -> rusqlite::Result<Option<Link>> {
    database
        .prepare_cached(&format!("{} WHERE network = ? AND id = ?", select()))?
        .query_row(params![network.as_str(), id], link)
        .optional()
}

/// Which links to list.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    /// Only those of this agent.
    pub(crate) owner_agent: Option<String>,
    /// Also those that are disabled.
    pub(crate) include_disabled: bool,
    /// Only those made before this moment.
    pub(crate) before: Option<String>,
    /// At most so many.
    pub(crate) limit: u32,
}

/// Links of this key's, newest first.
pub(crate) fn list(
    database: &Connection,
    network: Network,
    api_key_id: &str,
    filter: &Filter,
) -> rusqlite::Result<Vec<Link>> {
    let mut sql = format!("{} WHERE network = ? AND api_key_id = ?", select());
    let network = network.as_str();
    let mut values: Vec<&dyn ToSql> = vec![&network, &api_key_id];
    if let Some(owner_agent) = &filter.owner_agent {
        sql.push_str(" AND owner_agent = ?");
        values.push(owner_agent);
    }
    if !filter.include_disabled {
        sql.push_str(" AND disabled_at IS NULL");
    }
    if let Some(before) = &filter.before {
        sql.push_str(" AND created_at < ?");
        values.push(before);
    }
    sql.push_str(" ORDER BY created_at DESC, payment_links.rowid DESC LIMIT ?");
    values.push(&filter.limit);
    database.prepare_cached(&sql)?.query_map(&values[..], link)?.collect()
}

/// Removes a link of this key's.
pub(crate) fn remove(
    write: &Write<'_>,
    network: Network,
    api_key_id: &str,
    id: &str,
) -> rusqlite::Result<()> {
    write.execute(
        "DELETE FROM payment_links WHERE network = ? AND api_key_id = ? AND id = ?",
        params![network.as_str(), api_key_id, id],
    )?;
    counters::remove(write, network, id)
}
