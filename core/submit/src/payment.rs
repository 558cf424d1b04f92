//! Payments that somebody else settles and whose fee somebody else pays. Their first signature isn't known, and they hold a
//! part of a budget, so that what counts as never paid is proven first.

use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

use leash_chain::Signature;
use leash_rpc::{Commitment, Error, Rpc};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep, timeout_at};

use crate::{
    Clock, Endpoints, Signed, Trail,
    search::{Target, Walk, Walked},
    trail::memos,
};

/// A budget is given back no sooner after the signature than this, by the local clock, in seconds.
pub const RELEASE_AFTER: i64 = 10 * 60;

/// Another payment for the same request is made no sooner after the signature than this, by the local clock, in seconds: a
/// blockhash is valid for 150 blocks, a minute or so.
pub const REPLACE_AFTER: i64 = 2 * 60;

/// Between two looks, at first and at last.
const SOON: Duration = Duration::from_millis(200);
const LATE: Duration = Duration::from_secs(2);

/// A payment that was handed out, as it is noted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// What was signed.
    #[serde(flatten)]
    pub signed: Signed,
    /// Where it is looked for; none in notes of 0.1.0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trail: Option<Trail>,
    /// Searches that were cut short, by endpoint.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    walks: BTreeMap<String, Walk>,
}

/// What became of a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was made.
    Landed {
        /// Its name on the chain.
        transaction: Signature,
        /// The slot in which it landed.
        slot: u64,
    },
    /// It landed and was refused by a program, which is final: nothing was moved.
    Failed,
    /// It was not made, and can't be any more.
    Expired,
}

/// How many endpoints say that nothing was paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Witnesses {
    /// One, which may lie.
    One,
    /// Two, at different addresses.
    Two,
}

/// What is known of a payment at this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// It is known what became of it.
    Settled(Outcome, Witnesses),
    /// It is absent and can no longer land, but a budget isn't given back this soon after the signature: it counts until
    /// this time, in seconds since 1970.
    TooEarly(i64),
    /// It isn't known: the payment counts.
    Open {
        /// Why not.
        reason: String,
        /// Whether asking again soon is pointless.
        is_permanent: bool,
    },
}

/// How closely to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Among the newest transactions only: enough to find a payment that was just made.
    Glance,
    /// Far enough to prove that it is absent, once it can no longer land.
    Proof,
}

/// What one endpoint shows.
enum Evidence {
    Landed(Signature, u64),
    Failed,
    Absent,
    Open(String),
}

/// Looks for one payment, at one endpoint or several.
pub struct Tracker<'a> {
    payment: &'a mut Payment,
    claimed: Option<Signature>,
    target: Target,
    /// Transactions that were fetched and are others.
    others: HashSet<Signature>,
    clock: &'a dyn Clock,
}

impl Payment {
    /// A payment that was signed and is about to be handed out.
    #[must_use]
    pub const fn new(signed: Signed, trail: Trail) -> Self {
        Self { signed, trail: Some(trail), walks: BTreeMap::new() }
    }

    /// Begins every search anew: what an endpoint showed before isn't relied on.
    pub fn forget_searches(&mut self) {
        self.walks.clear();
    }

    /// Looks for it. `claimed` is the transaction that the seller names; `account` and `noted_at`, in seconds since 1970,
    /// stand in for what a note of 0.1.0 lacks. None where the note can't be read.
    pub fn track<'a>(
        &'a mut self,
        claimed: Option<Signature>,
        (account, noted_at): (&str, i64),
        clock: &'a dyn Clock,
    ) -> Option<Tracker<'a>> {
        let transaction = self.signed.transaction()?;
        let target = Target {
            memos: memos(&transaction),
            transaction,
            trail: self.trail.clone().unwrap_or_else(|| Trail::of_account(account.to_owned())),
            signed_at: self.signed.date(noted_at),
        };
        Some(Tracker { claimed, target, others: HashSet::new(), payment: self, clock })
    }
}

impl Tracker<'_> {
    /// Looks until it is known that the payment was made or can't be, or asking again is pointless, for so long.
    pub async fn follow(&mut self, endpoints: &Endpoints, within: Duration) -> Finding {
        let deadline = Instant::now() + within;
        let mut pause = SOON;
        loop {
            let finding = self.examine(endpoints, Depth::Glance, deadline).await;
            let is_open = matches!(finding, Finding::Open { is_permanent: false, .. });
            if !is_open || Instant::now() + pause >= deadline {
                return finding;
            }
            sleep(pause).await;
            pause = (pause * 2).min(LATE);
        }
    }

    /// One look at each endpoint that is needed, until `deadline`. The first one that shows the payment is believed, since
    /// that only makes more count. That nothing was paid takes two endpoints, or is one endpoint's word.
    pub async fn examine(&mut self, endpoints: &Endpoints, depth: Depth, deadline: Instant) -> Finding {
        let mut nothing: Vec<Outcome> = Vec::new();
        let mut open: Option<(String, bool)> = None;
        let mut is_early = false;
        for (index, rpc) in endpoints.all().enumerate() {
            if index > 0 && !matches!(timeout_at(deadline, endpoints.has(rpc)).await, Ok(true)) {
                continue;
            }
            match timeout_at(deadline, self.look(rpc, depth)).await {
                Ok(Ok(Evidence::Landed(transaction, slot))) => {
                    return Finding::Settled(Outcome::Landed { transaction, slot }, Witnesses::One);
                }
                Ok(Ok(Evidence::Failed)) => nothing.push(Outcome::Failed),
                Ok(Ok(Evidence::Absent)) if !self.may_be_released() => is_early = true,
                Ok(Ok(Evidence::Absent)) => nothing.push(Outcome::Expired),
                Ok(Ok(Evidence::Open(reason))) => {
                    open.get_or_insert((reason, false));
                    // Nobody can say more of a payment that may still be made.
                    if depth == Depth::Glance || !self.may_be_replaced() {
                        break;
                    }
                }
                Ok(Err(error)) => {
                    open.get_or_insert((error.to_string(), error.is_permanent()));
                }
                Err(_) => {
                    let reason = format!("`{}` took too long to search its history", rpc.origin());
                    open.get_or_insert((reason, false));
                }
            }
        }
        // One says that it failed, another that it was never there: neither confirms the other.
        for outcome in [Outcome::Expired, Outcome::Failed] {
            if nothing.iter().filter(|said| **said == outcome).count() > 1 {
                return Finding::Settled(outcome, Witnesses::Two);
            }
        }
        match (nothing.into_iter().next(), open) {
            (Some(outcome), _) => Finding::Settled(outcome, Witnesses::One),
            (None, _) if is_early => Finding::TooEarly(self.released_from()),
            (None, Some((reason, is_permanent))) => Finding::Open { reason, is_permanent },
            (None, None) => Finding::Open { reason: "no endpoint was asked".to_owned(), is_permanent: true },
        }
    }

    const fn released_from(&self) -> i64 {
        self.target.signed_at.saturating_add(RELEASE_AFTER)
    }

    fn may_be_released(&self) -> bool {
        self.clock.now().as_second() >= self.released_from()
    }

    /// Whether so much time has passed that its blockhash is over, whatever heights an endpoint names.
    fn may_be_replaced(&self) -> bool {
        self.clock.now().as_second() >= self.target.signed_at.saturating_add(REPLACE_AFTER)
    }

    async fn look(&mut self, rpc: &Rpc, depth: Depth) -> Result<Evidence, Error> {
        if let Some(claimed) = self.claimed {
            // What can't be had says nothing: the history does.
            match rpc.transaction(&claimed, Commitment::Confirmed).await {
                Ok(Some(past)) if self.target.is(&past) => {
                    return self.landed(rpc, claimed, past.slot, past.error.is_some()).await;
                }
                // The seller named another transaction.
                Ok(Some(_)) | Err(Error::Foreign(_)) => self.claimed = None,
                Err(error) if error.is_permanent() => return Err(error),
                Ok(None) | Err(_) => {}
            }
        }
        if depth == Depth::Proof && self.may_be_replaced() {
            let is_past = self.payment.walks.get(rpc.origin()).is_some_and(|walk| walk.is_past);
            let is_past = is_past || {
                let height = rpc.block_height(Commitment::Finalised).await?;
                self.payment.signed.is_expired_at(height, self.clock.now())
            };
            if is_past {
                return self.prove(rpc).await;
            }
        }
        match self.target.glance(rpc, &mut self.others).await? {
            Some((transaction, past)) => self.landed(rpc, transaction, past.slot, past.error.is_some()).await,
            None => Ok(Evidence::Open("the chain doesn't show it yet".to_owned())),
        }
    }

    /// The height was read before, so that whatever landed is in the history by now.
    async fn prove(&mut self, rpc: &Rpc) -> Result<Evidence, Error> {
        // How far it came is kept, also where this is dropped halfway; but only of a search that began when nothing could
        // land any more by the local clock, whatever heights were named.
        let is_kept = self.may_be_released();
        let mut search = Search::take(&mut self.payment.walks, rpc.origin(), is_kept);
        Ok(match self.target.walk(rpc, &mut search.walk).await? {
            Walked::Found(transaction, past) if past.error.is_none() => {
                Evidence::Landed(transaction, past.slot)
            }
            Walked::Found(..) => Evidence::Failed,
            // Whoever asks again, later, has all of it searched again.
            Walked::Absent => {
                search.walk = Walk::default();
                Evidence::Absent
            }
            Walked::Gap(what) => {
                // The endpoint may have it by the next time.
                search.walk = Walk::default();
                Evidence::Open(what)
            }
        })
    }

    /// A failure is final once its block is.
    async fn landed(
        &self,
        rpc: &Rpc,
        transaction: Signature,
        slot: u64,
        failed: bool,
    ) -> Result<Evidence, Error> {
        if !failed {
            return Ok(Evidence::Landed(transaction, slot));
        }
        Ok(match rpc.transaction(&transaction, Commitment::Finalised).await? {
            Some(past) if past.error.is_some() => Evidence::Failed,
            Some(past) => Evidence::Landed(transaction, past.slot),
            None => Evidence::Open("it failed, and its block isn't final yet".to_owned()),
        })
    }
}

/// A walk that is under way; it is kept when this ends, however that is.
struct Search<'a> {
    walks: &'a mut BTreeMap<String, Walk>,
    place: &'a str,
    is_kept: bool,
    walk: Walk,
}

impl<'a> Search<'a> {
    fn take(walks: &'a mut BTreeMap<String, Walk>, place: &'a str, is_kept: bool) -> Self {
        let mut walk = walks.remove(place).unwrap_or_default();
        walk.is_past = true;
        Self { walks, place, is_kept, walk }
    }
}

impl Drop for Search<'_> {
    fn drop(&mut self) {
        let walk = std::mem::take(&mut self.walk);
        if self.is_kept && walk != Walk::default() {
            self.walks.insert(self.place.to_owned(), walk);
        }
    }
}
