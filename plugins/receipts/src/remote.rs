//! Receipts that the API has.

use jiff::Timestamp;
use leash_api::{Auth, Client, RawRequest};
use leash_command::Host;
use leash_connect::api_error;
use leash_identity::Identity;
use leash_js::{Text, Value, json};
use leash_output::{Code, Error};
use leash_receipts::Receipt;

use crate::feed::{Direction, Feed, Row};

/// The most that the API gives at once.
const PAGE: u16 = 200;

/// One page, newest first.
pub(crate) fn page(
    host: &Host,
    identity: Identity,
    direction: Direction,
    limit: Option<u16>,
    cursor: Option<&str>,
) -> Result<Feed, Error> {
    let mint = identity.mint.to_string();
    let client = host.client(identity, true)?;
    let progress = host.out.progress("asking for the receipts");
    let feed = ask(host, &client, &mint, direction, limit, cursor);
    drop(progress);
    feed
}

/// All since a moment, page after page.
pub(crate) fn since(
    host: &Host,
    identity: Identity,
    direction: Direction,
    from: Timestamp,
    limit: usize,
) -> Result<Feed, Error> {
    let mint = identity.mint.to_string();
    let client = host.client(identity, true)?;
    let _progress = host.out.progress("asking for the receipts");
    let mut all = Feed::default();
    let mut cursor = None;
    loop {
        let page = ask(host, &client, &mint, direction, Some(PAGE), cursor.as_deref())?;
        all.unreadable += page.unreadable;
        for row in page.rows {
            if row.moment.is_none_or(|moment| moment < from) {
                return Ok(all);
            }
            if all.rows.len() == limit {
                all.truncated = true;
                return Ok(all);
            }
            all.rows.push(row);
        }
        match page.next_cursor {
            // A cursor that stays the same would never come to an end.
            Some(next) if cursor.as_ref() != Some(&next) => cursor = Some(next),
            _ => return Ok(all),
        }
    }
}

/// The receipt of a hash; none where the API knows none on the key's network.
pub(crate) fn by_hash(host: &Host, identity: Identity, hash: &str) -> Result<Option<Row>, Error> {
    let client = host.client(identity, true)?;
    let _progress = host.out.progress("asking for the receipt");
    match get(host, &client, format!("/v1/receipts/by-hash/{hash}")) {
        Ok(value) => row(&value).map(Some).ok_or_else(|| malformed("it is no receipt")),
        Err(error) if error.is(Code::new(leash_api::NOT_FOUND)) => Ok(None),
        Err(error) => Err(error),
    }
}

fn ask(
    host: &Host,
    client: &Client,
    mint: &str,
    direction: Direction,
    limit: Option<u16>,
    cursor: Option<&str>,
) -> Result<Feed, Error> {
    let mut query = Vec::new();
    if let Some(limit) = limit {
        query.push(format!("limit={limit}"));
    }
    if let Some(kind) = direction.kind() {
        query.push(format!("kind={}", kind.as_str()));
    }
    if let Some(cursor) = cursor {
        query.push(format!("cursor={}", encode(cursor)));
    }
    let mark = if query.is_empty() { "" } else { "?" };
    let value = get(host, client, format!("/v1/receipts/{mint}{mark}{}", query.join("&")))?;
    let Some(Value::List(items)) = value.get("items") else {
        return Err(malformed("it has no list of receipts"));
    };
    let rows: Vec<_> = items.iter().filter_map(row).collect();
    let unreadable = (items.len() - rows.len()) as u64;
    let next_cursor = value.get("next_cursor").and_then(Value::as_text).map(Text::to_lossy);
    Ok(Feed { rows, next_cursor, truncated: false, unreadable })
}

fn get(host: &Host, client: &Client, path_and_query: String) -> Result<Value, Error> {
    let request = RawRequest { method: "GET".to_owned(), path_and_query, body: None, auth: Auth::Bearer };
    let answer = host.block_on(client.request(request))?.map_err(api_error)?;
    json::parse(&answer.body).map_err(|_| malformed("it is not JSON"))
}

fn row(item: &Value) -> Option<Row> {
    let time = item.get("ingested_at")?.as_text()?.to_lossy();
    Some(Row::new(Receipt::read(item.get("raw")?)?, time))
}

fn malformed(what: &str) -> Error {
    Error::failure("malformed", format!("the API's answer can't be used: {what}"))
        .hint("check that the API's URL is right (`leash agent show`), or read what is here with `--local`")
}

fn encode(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
        encoded
    })
}
