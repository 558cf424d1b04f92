//! Receipts of the chain that this machine wrote.

use std::collections::VecDeque;

use jiff::Timestamp;
use leash_command::Host;
use leash_identity::Identity;
use leash_output::Error;
use leash_receipts::{Chain, Receipt};

use crate::feed::{Direction, Feed, Row};

/// The chain of an agent.
pub(crate) fn chain(host: &Host, identity: &Identity) -> Result<Chain, Error> {
    Ok(Chain::new(&leash_policy::dir(host.paths()?, &identity.mint)))
}

pub(crate) fn newest(
    host: &Host,
    identity: &Identity,
    direction: Direction,
    limit: usize,
) -> Result<Feed, Error> {
    collect(host, identity, direction, limit, |_| true)
}

pub(crate) fn since(
    host: &Host,
    identity: &Identity,
    direction: Direction,
    from: Timestamp,
    limit: usize,
) -> Result<Feed, Error> {
    collect(host, identity, direction, limit, |row| row.moment.is_some_and(|moment| moment >= from))
}

/// The receipt of a hash.
pub(crate) fn by_hash(host: &Host, identity: &Identity, hash: &str) -> Result<Option<Receipt>, Error> {
    let mut found = None;
    chain(host, identity)?.each(|receipt, _| {
        if receipt.hash == hash {
            found = Some(receipt);
        }
        Ok(found.is_none())
    })?;
    Ok(found)
}

/// Goes through the chain once and keeps the last that are wanted.
fn collect(
    host: &Host,
    identity: &Identity,
    direction: Direction,
    limit: usize,
    wanted: impl Fn(&Row) -> bool,
) -> Result<Feed, Error> {
    let chain = chain(host, identity)?;
    let torn = chain.torn()?;
    if torn > 0 {
        host.out.warn(&format!(
            "the last {torn} bytes of the chain are what is left of a write that was cut off; they were passed over"
        ));
    }
    let mut kept = VecDeque::new();
    let mut truncated = false;
    chain.each(|receipt, _| {
        if direction.kind().is_none_or(|kind| kind == receipt.kind) {
            let time = receipt.time.clone();
            let row = Row::new(receipt, time);
            if wanted(&row) {
                kept.push_back(row);
                if kept.len() > limit {
                    kept.pop_front();
                    truncated = true;
                }
            }
        }
        Ok(true)
    })?;
    Ok(Feed { rows: kept.into_iter().rev().collect(), truncated, ..Feed::default() })
}
