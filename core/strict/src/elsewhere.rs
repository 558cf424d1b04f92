//! Systems on which strict is not there.

use leash_output::Error;

use crate::{Availability, Missing, Part, Spec};

pub(crate) fn available() -> Availability {
    let missing = Missing::new(
        Part::Platform,
        "it needs Linux on x86_64, aarch64 or riscv64",
        "run the plugin on such a machine, or trust it without `--sandbox strict`",
    );
    Availability::new(None, vec![missing])
}

pub(crate) fn confine(_: &Spec) -> Result<(), Error> {
    available().refusal().map_or(Ok(()), Err)
}

/// No user whose home directories would have to be known.
pub(crate) fn uid() -> u32 {
    u32::MAX
}
