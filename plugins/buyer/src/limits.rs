//! What a payment may cost.

use leash_output::Error;
use leash_policy::{Denial, Request as Spend, Usd, evaluate};

use crate::{
    desk::Desk,
    entry::{Asked, Price},
};

/// The most that one payment may cost, beside the policy's limits.
#[derive(Debug, Clone, Copy, Default)]
pub struct Max {
    /// How much; none where the policy's limits are all.
    pub(crate) most: Option<Usd>,
    /// Whether it is below the policy's limit.
    pub(crate) binds: bool,
}

impl Desk<'_> {
    /// Takes a limit in beside the policy's, which it can only tighten.
    pub fn limit(&mut self, most: Option<Usd>) -> Max {
        let binds = most.is_some_and(|most| most < self.effective.rules.per_call);
        if let Some(most) = most.filter(|_| binds) {
            self.effective.rules.per_call = most;
        }
        Max { most, binds }
    }
}

/// What the policy says at this moment.
pub(crate) fn judge(
    desk: &Desk<'_>,
    asked: &Asked,
    price: &Price,
    id: &str,
) -> Result<Result<(), Denial>, Error> {
    let key = price.replay_key(id);
    let state = desk.ledger.state(desk.now(), Some(&key))?;
    let gross = Usd::from_atomic(price.gross).to_string();
    Ok(evaluate(&desk.effective.rules, &Spend { url: &asked.url, price: Some(&gross) }, &state))
}
