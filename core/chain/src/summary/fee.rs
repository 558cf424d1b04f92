//! What a transaction can cost its fee payer, rent and transfers aside.

use crate::{Message, programs::COMPUTE_BUDGET};

/// What each signature costs, in lamports.
pub const SIGNATURE_LAMPORTS: u64 = 5_000;

const DEFAULT_UNITS: u64 = 200_000;
const MOST_UNITS: u64 = 1_400_000;

pub(super) fn most(message: &Message) -> Option<u64> {
    let (mut limit, mut price, mut others) = (None, 0_u64, 0_u64);
    for (program, _, data) in message.steps() {
        match (program == COMPUTE_BUDGET, data) {
            (true, [2, units @ ..]) => limit = Some(u64::from(u32::from_le_bytes(units.try_into().ok()?))),
            (true, [3, micro @ ..]) => price = u64::from_le_bytes(micro.try_into().ok()?),
            (true, _) => {}
            (false, _) => others = others.saturating_add(1),
        }
    }
    let units = limit.unwrap_or(DEFAULT_UNITS.saturating_mul(others)).min(MOST_UNITS);
    let micro = u128::from(units).checked_mul(u128::from(price))?;
    let extra = u64::try_from(micro.div_ceil(1_000_000)).ok()?;
    let signatures = u64::try_from(message.signers().len()).ok()?;
    signatures.checked_mul(SIGNATURE_LAMPORTS)?.checked_add(extra)
}
