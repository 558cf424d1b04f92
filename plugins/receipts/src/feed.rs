//! Where receipts come from, and which are wanted.

use jiff::Timestamp;
use leash_command::Host;
use leash_identity::{Identity, Resolved};
use leash_output::Error;
use leash_receipts::{Kind, Receipt};

use crate::{local, remote};

/// One receipt of a feed.
pub(crate) struct Row {
    pub(crate) receipt: Receipt,
    /// When the API took it in, or when it was written here.
    pub(crate) time: String,
    pub(crate) moment: Option<Timestamp>,
}

impl Row {
    pub(crate) fn new(receipt: Receipt, time: String) -> Self {
        let moment = time.parse().ok();
        Self { receipt, time, moment }
    }
}

/// Receipts, newest first.
#[derive(Default)]
pub(crate) struct Feed {
    pub(crate) rows: Vec<Row>,
    pub(crate) next_cursor: Option<String>,
    /// Whether there are more that were asked for.
    pub(crate) truncated: bool,
    /// How many were sent that are no receipts.
    pub(crate) unreadable: u64,
}

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum Direction {
    #[default]
    Both,
    Outgoing,
    Incoming,
}

impl Direction {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Both => "both",
            Self::Outgoing => "outgoing",
            Self::Incoming => "incoming",
        }
    }

    pub(crate) const fn kind(self) -> Option<Kind> {
        match self {
            Self::Both => None,
            Self::Outgoing => Some(Kind::Spend),
            Self::Incoming => Some(Kind::Earn),
        }
    }
}

/// Which source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    Api,
    Local,
}

impl Source {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Local => "local",
        }
    }
}

/// The agent that is meant. The chain here is read without acting as it.
pub(crate) fn agent(host: &Host) -> Result<Identity, Error> {
    match host.resolve_identity()? {
        Resolved::Agent(identity) => Ok(*identity),
        Resolved::None(none) => Err(none.error()),
    }
}

/// The API where there is a key for it, else what was written here.
pub(crate) fn source(host: &Host, identity: &Identity, local: bool) -> Source {
    if local {
        return Source::Local;
    }
    if identity.api_key.is_some() {
        return Source::Api;
    }
    host.out.note("there is no API key, so these are the receipts that this machine wrote; the API has those of sales as well");
    Source::Local
}

/// The newest receipts, at most `limit`, or what the source gives where none is named.
pub(crate) fn newest(
    host: &Host,
    identity: Identity,
    source: Source,
    direction: Direction,
    limit: Option<u16>,
    cursor: Option<&str>,
) -> Result<Feed, Error> {
    match source {
        Source::Api => remote::page(host, identity, direction, limit, cursor),
        Source::Local => local::newest(host, &identity, direction, usize::from(limit.unwrap_or(50))),
    }
}

/// The receipts since a moment, at most `limit`.
pub(crate) fn since(
    host: &Host,
    identity: Identity,
    source: Source,
    direction: Direction,
    from: Timestamp,
    limit: usize,
) -> Result<Feed, Error> {
    let feed = match source {
        Source::Api => remote::since(host, identity, direction, from, limit)?,
        Source::Local => local::since(host, &identity, direction, from, limit)?,
    };
    if feed.truncated {
        host.out.warn(&format!("there are more receipts than {limit}; the sums are of the newest {limit}"));
    }
    if feed.unreadable > 0 {
        host.out.warn(&format!("left out because they are no receipts: {}", feed.unreadable));
    }
    Ok(feed)
}
