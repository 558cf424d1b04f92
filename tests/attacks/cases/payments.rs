//! After money that was not granted, or for somebody else.

use libtest_mimic::Failed;

use crate::{
    market::Market,
    table::{Attack, Met},
    world::Level,
};

pub(crate) fn all() -> Vec<Attack> {
    vec![
        Attack::stopped("has a transaction of its own signed as a payment", |_| asks("transaction", 1)),
        Attack::stopped("names a recipient of its own for a payment", |_| asks("recipient", 4)),
        Attack::stopped("pays another host than was granted", |_| asks("host", 1)),
        Attack::stopped("pays more at once than was granted", |_| asks("max", 1)),
        Attack::stopped("pays more often than the day allows", |_| asks("often", 5)),
        Attack::stopped("sends garbage in the place of a payment", |_| asks("garbage", 1)),
        // Whose payer it is nobody says; so there is no other.
        Attack::stopped_twice("looks into its payer, or takes its socket", |level| {
            let market = Market::new(level);
            Ok(market.attack("look")?.map_or(Met::Stopped, Met::Got))
        })
        .alone(),
    ]
}

/// Asks; of what is paid, each is what the shop sells, and there are so many of that.
fn asks(what: &str, paid: usize) -> Result<Met, Failed> {
    let market = Market::new(Level::Free);
    let got = market.attack(what)?;
    let (count, signed) = (market.count(), market.world.decisions("signed"));
    if got.is_none() && (count, signed) != (paid, paid) {
        return Ok(Met::Got(format!("{count} payments, and {signed} by the log, in place of {paid}")));
    }
    Ok(got.map_or(Met::Stopped, Met::Got))
}
