//! Searching an account's history for a transaction of which only the message is known.
//!
//! That it isn't there is proven by a walk that leaves nothing out: from the newest entry, page by page, to one that is older
//! than the signature. A walk that was cut short, or met a gap, proves nothing. It can be continued where it stopped.

use std::collections::HashSet;

use leash_chain::{Signature, Transaction};
use leash_rpc::{Commitment, Error, Listed, Past, Rpc};
use serde::{Deserialize, Serialize};

use crate::{Trail, trail};

/// The largest page that endpoints give.
const PAGE: usize = 1_000;
/// How many of the newest entries a glance takes in.
const GLANCE: usize = 100;
/// How many entries without a memo a glance fetches.
const GLANCE_FETCHES: usize = 12;

/// How far a walk has come.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Walk {
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
            if let Some(past) = rpc.transaction(&listed.signature, Commitment::Confirmed).await? {
                if self.is(&past) {
                    return Ok(Some((listed.signature, past)));
                }
                others.insert(listed.signature);
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
                return Ok(if self.trail.began_empty() {
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
                    match rpc.transaction(&listed.signature, Commitment::Finalised).await? {
                        Some(past) if self.is(&past) => {
                            return Ok(Walked::Found(listed.signature, Box::new(past)));
                        }
                        Some(_) => {}
                        None => {
                            let what = format!(
                                "`{}` lists `{}` and doesn't show it",
                                rpc.origin(),
                                listed.signature
                            );
                            return Ok(Walked::Gap(what));
                        }
                    }
                }
                *walk = Walk { before: Some(listed.signature.to_string()), slot: Some(listed.slot) };
            }
        }
    }
}
