//! The attacks, by what they are after.

mod key;
mod names;
mod nested;
mod signer;
mod swaps;

pub(crate) use key::root_reads_a_signer;

use crate::table::Attack;

pub(crate) fn all() -> Vec<Attack> {
    [key::all(), signer::all(), swaps::all(), names::all(), nested::all()].into_iter().flatten().collect()
}
