//! What will be paid, for a person to see and, where nothing else says that it may be, to agree to.

use leash_output::{Error, can_ask, confirm, escape};

use crate::{desk::Desk, entry::Price};

/// Asks at a terminal, where neither a policy nor `--max` nor `--yes` says what may be paid. Elsewhere the limits, which
/// there always are, have to do.
pub(crate) fn agree(desk: &Desk<'_>, url: &str, price: &Price, told: bool) -> Result<(), Error> {
    if told || desk.has_policy || !can_ask() {
        return Ok(());
    }
    for line in lines(url, price) {
        desk.host.out.show(&format!("  {}\n", escape(&line)));
    }
    if confirm("Pay this?") {
        return Ok(());
    }
    Err(Error::failure("declined", "nothing was paid")
        .hint("`--max PRICE` or `--yes` don't ask, nor does a policy: `leash policy set`"))
}

pub(crate) fn lines(url: &str, price: &Price) -> Vec<String> {
    let fee = if price.fee == 0 { String::new() } else { format!(", {} fee", price.written(price.fee)) };
    vec![
        format!("pay {} ({}{fee})", price.written(price.gross), price.written(price.net)),
        format!("for {url}"),
        format!("to  {} ({}, {})", price.to, price.network, price.protocol),
    ]
}
