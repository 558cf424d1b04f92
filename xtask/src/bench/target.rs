//! What is promised of leash's speed, as ratios of one run.

use std::time::Duration;

use super::case::{GIT_FOO, GIT_LIST, LEASH_FOO, LEASH_LIST, PLAIN, SIGNED};

/// At most so many hundredths.
const TARGETS: [(&str, &str, u128); 3] =
    [(LEASH_FOO, GIT_FOO, 80), (SIGNED, PLAIN, 250), (LEASH_LIST, GIT_LIST, 100)];

/// Says of each target whether it is met, and whether all are that could be measured.
pub(crate) fn report(find: impl Fn(&str) -> Option<Duration>) -> bool {
    println!();
    let mut all = true;
    for (what, against, most) in TARGETS {
        let limit = format!("{}.{:02}", most / 100, most % 100);
        let (Some(took), Some(other)) = (find(what), find(against)) else {
            println!("not measured  {what} / {against}, at most {limit}");
            continue;
        };
        let met = hundredths(took, other) <= most;
        all &= met;
        let word = if met { "met" } else { "MISSED" };
        println!("{word:<13} {what} / {against} = {}, at most {limit}", ratio(took, other));
    }
    all
}

/// A ratio, to two places.
pub(crate) fn ratio(time: Duration, of: Duration) -> String {
    let hundredths = hundredths(time, of);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// Rounded up: a promise isn't met by rounding.
fn hundredths(time: Duration, of: Duration) -> u128 {
    (time.as_nanos() * 100).div_ceil(of.as_nanos().max(1))
}
