//! Searching an account's history for a transaction of which only the message is known.
//!
//! That it isn't there is proven by a walk that leaves nothing out: from the newest entry, page by page, to one that is older
//! than the signature. A walk that was cut short, or met a gap, proves nothing. It can be continued where it stopped.

use std::collections::HashSet;

use leash_chain::{Signature, Transaction};
use leash_rpc::{Commitment, Error, Listed, Past, Rpc};
use serde::{Deserialize, Serialize};

use crate::{
    Trail,
    trail::{self, is_earlier},
};

/// The largest page that endpoints give.
const PAGE: usize = 1_000;
/// How many of the newest entries a glance takes in.
const GLANCE: usize = 100;
/// How many entries without a memo a glance fetches.
const GLANCE_FETCHES: usize = 12;

/// How far a walk has come.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Walk {
    /// The endpoint's finalized height was past the transaction's last block.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_past: bool,
    /// Everything newer than this was examined, and this too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    before: Option<String>,
    /// Its slot, which no later entry exceeds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    slot: Option<u64>,
}

/// What is looked for.
pub(crate) struct Target {
    pub(crate) transaction: Transaction,
    pub(crate) trail: Trail,
    /// In seconds since 1970.
    pub(crate) signed_at: i64,
    pub(crate) memos: Vec<String>,
}

/// What a walk came to.
pub(crate) enum Walked {
    Found(Signature, Box<Past>),
    /// All of it was examined, back to before the signature.
    Absent,
    /// Something is missing, so nothing is proven.
    Gap(String),
}

impl Target {
    pub(crate) fn is(&self, past: &Past) -> bool {
        past.transaction.message() == self.transaction.message()
    }

    /// Looks among the newest entries, whose memo fits first; none where it isn't there, which proves nothing.
    pub(crate) async fn glance(
        &self,
        rpc: &Rpc,
        others: &mut HashSet<Signature>,
    ) -> Result<Option<(Signature, Past)>, Error> {
        let Some(account) = self.trail.account() else { return Ok(None) };
        let mut page = rpc.history(&account, None, GLANCE, Commitment::Confirmed).await?;
        let end = page.iter().position(|listed| self.trail.is_before(listed, self.signed_at));
        page.truncate(end.unwrap_or(page.len()));
        let fits = |listed: &&Listed| trail::may_have(listed, &self.memos);
        let (named, nameless): (Vec<_>, Vec<_>) =
            page.iter().filter(fits).partition(|listed| listed.memo.is_some());
        for listed in named.into_iter().chain(nameless.into_iter().take(GLANCE_FETCHES)) {
            if others.contains(&listed.signature) {
                continue;
            }
            match fetch(rpc, &listed.signature, Commitment::Confirmed).await? {
                Fetched::Past(past) if self.is(&past) => return Ok(Some((listed.signature, *past))),
                Fetched::Past(_) | Fetched::Foreign => {
                    others.insert(listed.signature);
                }
                Fetched::Unknown => {}
            }
        }
        Ok(None)
    }

    /// Walks the finalized history back to before the signature. `walk` is kept up to date, so that a walk which is dropped
    /// halfway goes on where it was.
    pub(crate) async fn walk(&self, rpc: &Rpc, walk: &mut Walk) -> Result<Walked, Error> {
        let Some(account) = self.trail.account() else {
            return Ok(Walked::Gap("the note names no account".to_owned()));
        };
        loop {
            let before: Option<Signature> = walk.before.as_deref().and_then(|text| text.parse().ok());
            let page = rpc.history(&account, before.as_ref(), PAGE, Commitment::Finalised).await?;
            if page.is_empty() {
                return Ok(if self.has_whole_history(rpc).await? {
                    Walked::Absent
                } else {
                    let origin = rpc.origin();
                    Walked::Gap(format!("the history at `{origin}` ends before the time of the signature"))
                });
            }
            for listed in page {
                if walk.slot.is_some_and(|slot| listed.slot > slot) {
                    return Ok(Walked::Gap(format!("the history at `{}` is not in order", rpc.origin())));
                }
                if self.trail.is_before(&listed, self.signed_at) {
                    return Ok(Walked::Absent);
                }
                if trail::may_have(&listed, &self.memos) {
                    match fetch(rpc, &listed.signature, Commitment::Finalised).await? {
                        Fetched::Past(past) if self.is(&past) => {
                            return Ok(Walked::Found(listed.signature, past));
                        }
                        Fetched::Past(_) | Fetched::Foreign => {}
                        Fetched::Unknown => {
                            let what = format!(
                                "`{}` lists `{}` and doesn't show it",
                                rpc.origin(),
                                listed.signature
                            );
                            return Ok(Walked::Gap(what));
                        }
                    }
                }
                walk.before = Some(listed.signature.to_string());
                walk.slot = Some(listed.slot);
            }
        }
    }

    /// Whether an account's history that ended has its beginning: the endpoint has dropped no block since the signature.
    async fn has_whole_history(&self, rpc: &Rpc) -> Result<bool, Error> {
        let first = rpc.first_available_block().await?;
        if first == 0 {
            return Ok(true);
        }
        Ok(rpc.block_time(first).await?.is_some_and(|time| is_earlier(time, self.signed_at)))
    }
}

/// A transaction, as far as it matters here.
enum Fetched {
    Past(Box<Past>),
    /// It is of a form that leash doesn't make, so it is another.
    Foreign,
    /// The endpoint doesn't show it.
    Unknown,
}

async fn fetch(rpc: &Rpc, name: &Signature, commitment: Commitment) -> Result<Fetched, Error> {
    match rpc.transaction(name, commitment).await {
        Ok(Some(past)) => Ok(Fetched::Past(Box::new(past))),
        Ok(None) => Ok(Fetched::Unknown),
        Err(Error::Foreign(_)) => Ok(Fetched::Foreign),
        Err(error) => Err(error),
    }
}
