//! The attacks, by what they are after.

mod archive;
mod key;
mod library;
mod names;
mod nested;
mod payments;
mod signer;
mod strict;
mod swaps;
mod works;

pub(crate) use key::root_reads_a_signer;
pub(crate) use works::{lack, trials as others};

use crate::table::Attack;

pub(crate) fn all() -> Vec<Attack> {
    [
        key::all(),
        library::all(),
        signer::all(),
        payments::all(),
        swaps::all(),
        archive::all(),
        names::all(),
        nested::all(),
        strict::all(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
