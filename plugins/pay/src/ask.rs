//! What will be paid, for a person to see and, where nothing else says that it may be, to agree to.

use leash_buyer::{Desk, Price};
use leash_output::{Error, can_ask, confirm, escape};

/// Asks at a terminal, where neither a policy nor `--max` nor `--yes` says what may be paid. Elsewhere the limits, which
/// there always are, have to do.
pub(crate) fn agree(desk: &Desk<'_>, url: &str, price: &Price, told: bool) -> Result<(), Error> {
    if told || desk.has_policy || !can_ask() {
        return Ok(());
    }
    for line in price.lines(url) {
        desk.connector.out.show(&format!("  {}\n", escape(&line)));
    }
    if confirm("Pay this?") {
        return Ok(());
    }
    Err(Error::failure("declined", "nothing was paid")
        .hint("`--max PRICE` or `--yes` don't ask, nor does a policy: `leash policy set`"))
}
