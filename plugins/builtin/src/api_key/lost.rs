//! Finding a key whose answer never came, by its label and the time at which it was made.

use jiff::{SignedDuration, Timestamp};
use leash_api::{ApiKey as Key, Client, Error};

use super::active::{Active, is_cut};

/// How far the API's clock may be off beyond what its `Date` shows; within that, a key is named and not
/// revoked.
const SLACK: SignedDuration = SignedDuration::from_secs(2);
/// `Date` has whole seconds.
const GRAIN: SignedDuration = SignedDuration::from_secs(1);

/// What a request that wasn't answered made.
#[derive(Debug, PartialEq)]
pub(super) enum Made {
    /// Nothing.
    None,
    /// This key.
    One(Box<Key>),
    /// One of these, or nothing.
    Perhaps(Vec<Key>),
    /// It isn't known: the API's list doesn't reach back to the request.
    Unlisted,
}

/// A request for a key whose answer is lost. Times are by this machine's clock.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lost<'a> {
    /// The label that was asked for.
    pub(super) label: &'a str,
    /// A key of that label that is known to be another one.
    pub(super) known: Option<&'a str>,
    /// When it was sent, at the earliest.
    pub(super) begun: Timestamp,
    /// When it had run, at the latest.
    pub(super) until: Option<Timestamp>,
}

/// Looks for the key that it made.
pub(super) async fn find(client: &Client, lost: Lost<'_>) -> Result<Made, Error> {
    let asked = Timestamp::now();
    let page = client.list_api_keys(&Active::QUERY).await?;
    let clock = Clock::of(page.server_time, asked, Timestamp::now());
    let may_be = |key: &Key| key.label == lost.label && lost.known != Some(&key.id);
    let oldest = page.items.last().and_then(Key::created);
    let reaches_back =
        !is_cut(&page) || oldest.is_some_and(|oldest| oldest < lost.begun + clock.earliest - SLACK);
    let keys = page.items.into_iter().filter(may_be).collect();
    Ok(judge(keys, lost.begun, lost.until, &clock, reaches_back))
}

/// `reaches_back` says whether the keys are all those that were made since the request began.
fn judge(
    keys: Vec<Key>,
    begun: Timestamp,
    until: Option<Timestamp>,
    clock: &Clock,
    reaches_back: bool,
) -> Made {
    let too_late = |created: Timestamp| until.is_some_and(|until| created > until + clock.latest + SLACK);
    let mut certain = Vec::new();
    let mut perhaps = Vec::new();
    for key in keys {
        match key.created() {
            Some(created) if too_late(created) || created < begun + clock.earliest - SLACK => {}
            Some(created) if created >= begun + clock.likely => certain.push(key),
            // A time that can't be read rules nothing out.
            _ => perhaps.push(key),
        }
    }
    match (certain.len(), perhaps.len()) {
        (0, 0) if reaches_back => Made::None,
        (0, 0) => Made::Unlisted,
        (0, _) => Made::Perhaps(perhaps),
        (1, _) if reaches_back => certain.pop().map_or(Made::None, |key| Made::One(Box::new(key))),
        _ => Made::Perhaps(certain),
    }
}

/// How far the API's clock is ahead of this machine's.
struct Clock {
    earliest: SignedDuration,
    latest: SignedDuration,
    /// None, where that may be.
    likely: SignedDuration,
}

impl Clock {
    /// From an answer's `Date`, which was written between two points in time.
    fn of(date: Option<Timestamp>, asked: Timestamp, answered: Timestamp) -> Self {
        let zero = SignedDuration::ZERO;
        let Some(date) = date else { return Self { earliest: zero, latest: zero, likely: zero } };
        let (earliest, latest) = (date.duration_since(answered), date.duration_since(asked) + GRAIN);
        Self { earliest, latest, likely: if (earliest..=latest).contains(&zero) { zero } else { earliest } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64, millis: i64) -> Timestamp {
        Timestamp::from_millisecond(1_795_407_280_000 + second * 1_000 + millis).expect("a time")
    }

    fn key(id: &str, created: &str) -> Key {
        let wire = serde_json::json!({
            "id": id, "label": "ci", "network": "solana-devnet", "prefix": "lsh_test_", "last4": "abcd",
            "owner_wallet": "o", "agent_mint": "m", "scopes": ["agent"], "created_at": created,
        });
        serde_json::from_value(wire).expect("a key")
    }

    /// What is made of keys that the API made at these of its times, of a request at 10.000.
    fn judged(created: &[Timestamp], until: Option<Timestamp>, clock: &Clock) -> String {
        judged_of(created, until, clock, true)
    }

    fn judged_of(
        created: &[Timestamp],
        until: Option<Timestamp>,
        clock: &Clock,
        reaches_back: bool,
    ) -> String {
        let keys: Vec<_> =
            (1..).zip(created).map(|(id, at)| key(&format!("{id}"), &format!("{at:.3}"))).collect();
        match judge(keys, at(10, 0), until, clock, reaches_back) {
            Made::None => "none".to_owned(),
            Made::Unlisted => "unlisted".to_owned(),
            Made::One(key) => format!("one: {}", key.id),
            Made::Perhaps(keys) => {
                format!("perhaps: {}", keys.iter().map(|key| key.id.as_str()).collect::<Vec<_>>().join(" "))
            }
        }
    }

    #[test]
    fn a_key_made_after_the_request_began_is_its_own() {
        let clock = Clock::of(Some(at(30, 0)), at(30, 200), at(30, 210));
        assert_eq!(judged(&[at(10, 0)], None, &clock), "one: 1");
        assert_eq!(judged(&[at(14, 0), at(9, 900)], None, &clock), "one: 1");
        assert_eq!(judged(&[at(14, 0), at(10, 1)], None, &clock), "perhaps: 1 2");
        assert_eq!(judged(&[], None, &clock), "none");
    }

    #[test]
    fn a_list_that_does_not_reach_back_proves_nothing() {
        let clock = Clock::of(Some(at(30, 0)), at(30, 200), at(30, 210));
        assert_eq!(judged_of(&[], None, &clock, false), "unlisted");
        assert_eq!(judged_of(&[at(14, 0)], None, &clock, false), "perhaps: 1");
        assert_eq!(judged_of(&[at(9, 900)], None, &clock, false), "perhaps: 1");
    }

    #[test]
    fn one_that_was_there_just_before_is_only_named() {
        let clock = Clock::of(Some(at(30, 0)), at(30, 200), at(30, 210));
        assert_eq!(judged(&[at(9, 900)], None, &clock), "perhaps: 1");
        assert_eq!(judged(&[at(7, 0)], None, &clock), "none");
    }

    #[test]
    fn an_answer_that_took_long_hides_nothing() {
        // The API wrote its `Date` when it had thought for eight seconds.
        let clock = Clock::of(Some(at(38, 0)), at(30, 0), at(38, 100));
        assert_eq!(judged(&[at(10, 20)], None, &clock), "one: 1");
    }

    #[test]
    fn clocks_may_be_apart() {
        let ahead = Clock::of(Some(at(90, 0)), at(30, 500), at(30, 600));
        assert_eq!(judged(&[at(70, 100)], None, &ahead), "one: 1");
        assert_eq!(judged(&[at(20, 0)], None, &ahead), "none");
        let behind = Clock::of(Some(at(0, 0)), at(30, 500), at(30, 600));
        assert_eq!(judged(&[at(-20, 500)], None, &behind), "one: 1");
        assert_eq!(judged(&[at(-30, 0)], None, &behind), "none");
    }

    #[test]
    fn a_request_does_not_live_for_ever() {
        let clock = Clock::of(None, at(500, 0), at(500, 0));
        assert_eq!(judged(&[at(20, 0)], Some(at(40, 0)), &clock), "one: 1");
        assert_eq!(judged(&[at(300, 0)], Some(at(40, 0)), &clock), "none");
    }

    #[test]
    fn a_time_that_makes_no_sense_rules_nothing_out() {
        let clock = Clock::of(None, at(30, 0), at(30, 0));
        assert_eq!(
            judge(vec![key("1", "yesterday")], at(10, 0), None, &clock, true),
            Made::Perhaps(vec![key("1", "yesterday")])
        );
    }
}
