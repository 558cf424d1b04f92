//! Payments that somebody else settles: found, or proven absent, or left open.

use std::time::Duration;

use leash_chain::{Network, Signature};
use leash_submit::{Clock, Depth, Endpoints, Finding, Outcome, Payment, Witnesses};
use tokio::time::Instant;

use crate::{
    HEIGHT,
    chain::{Chain, SIGNED, account, payment},
    rpc, run,
    server::Server,
};

/// So many seconds after the signature.
pub(crate) struct After(pub(crate) i64);

impl Clock for After {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::from_second(SIGNED + self.0).unwrap()
    }
}

pub(crate) const SOON: After = After(30);
pub(crate) const LATE: After = After(10 * 60);
const LONG: Duration = Duration::from_secs(20);

pub(crate) fn endpoints(servers: &[&Server]) -> Endpoints {
    let mut rpcs = servers.iter().map(|server| rpc(&server.url()));
    let first = rpcs.next().unwrap();
    Endpoints::new(first, rpcs, Network::Devnet)
}

/// Looks as closely as it takes, once.
pub(crate) fn examine(noted: &mut Payment, clock: &After, servers: &[&Server], within: Duration) -> Finding {
    let endpoints = endpoints(servers);
    let account = account().to_string();
    let mut tracker = noted.track(None, (&account, SIGNED), clock).unwrap();
    run(async { tracker.examine(&endpoints, Depth::Proof, Instant::now() + within).await })
}

pub(crate) fn landed(transaction: Signature) -> Finding {
    Finding::Settled(Outcome::Landed { transaction, slot: HEIGHT + 3 }, Witnesses::One)
}

pub(crate) fn is_open(finding: &Finding) -> bool {
    matches!(finding, Finding::Open { .. })
}

pub(crate) const EXPIRED: Finding = Finding::Settled(Outcome::Expired, Witnesses::One);

#[test]
fn what_landed_is_found_by_its_message() {
    let chain = Chain::new();
    let signed = payment("m");
    let mut noted = chain.note(&signed);
    let id = chain.land(&signed, "m", false);
    let server = chain.serve();
    assert_eq!(examine(&mut noted, &SOON, &[&server], LONG), landed(id));
    // Later, and behind any number of others; one endpoint that shows it is enough.
    chain.spam(300, None);
    chain.expire();
    assert_eq!(examine(&mut noted, &LATE, &[&server], LONG), landed(id));
}

/// The attack: the payment lands, and then the account is named in more transactions than anybody looks at.
#[test]
fn any_number_of_later_transactions_proves_nothing() {
    for (page, memo) in [(1_000, None), (7, None), (100, Some("m")), (100, Some("other"))] {
        let chain = Chain::new();
        let signed = payment("m");
        let mut noted = chain.note(&signed);
        let id = chain.land(&signed, "m", false);
        chain.spam(210, memo);
        chain.expire();
        chain.state().page = Some(page);
        let server = chain.serve();
        assert_eq!(examine(&mut noted, &LATE, &[&server], LONG), landed(id), "{page} {memo:?}");
    }
}

#[test]
fn an_entry_with_another_memo_is_not_fetched() {
    let chain = Chain::new();
    let signed = payment("mine");
    let mut noted = chain.note(&signed);
    chain.spam(50, Some("another"));
    chain.expire();
    let server = chain.serve();
    assert_eq!(examine(&mut noted, &LATE, &[&server], LONG), EXPIRED);
    assert_eq!(server.count("getTransaction"), 0);
    // Where lists have no memos, all are.
    chain.state().memoless = true;
    assert_eq!(examine(&mut chain.note(&signed), &LATE, &[&server], LONG), EXPIRED);
}

#[test]
fn it_expires_ten_minutes_after_the_signature_and_past_its_last_block() {
    let chain = Chain::new();
    let signed = payment("m");
    let server = chain.serve();
    let look = |clock: &After| examine(&mut chain.note(&signed), clock, &[&server], LONG);
    assert!(is_open(&look(&LATE)), "its blockhash is valid");
    chain.state().height = crate::LAST + 32;
    assert!(is_open(&look(&LATE)), "a machine may be 32 blocks behind");
    chain.expire();
    let counts_until = SIGNED + 600;
    assert!(is_open(&look(&SOON)), "heights can be invented, two minutes can't");
    assert_eq!(look(&After(120)), Finding::TooEarly(counts_until));
    assert_eq!(look(&After(599)), Finding::TooEarly(counts_until));
    assert!(is_open(&look(&After(-5_000))), "the clock was set back");
    assert_eq!(look(&LATE), EXPIRED);
    // The height is read before the history, both at `finalized`.
    let last = server.asked();
    let last = &last[last.len() - 2..];
    assert_eq!(
        (last[0].method.as_str(), last[1].method.as_str()),
        ("getBlockHeight", "getSignaturesForAddress")
    );
    assert_eq!(last[0].params[0]["commitment"], "finalized");
    assert_eq!(last[1].params[1]["commitment"], "finalized");
}

#[test]
fn a_history_with_a_gap_proves_nothing() {
    let signed = payment("m");
    // It ends before the time of the signature.
    let chain = Chain::new();
    let mut noted = chain.note(&signed);
    chain.spam(3, None);
    chain.expire();
    chain.state().past.remove(0);
    chain.state().first = (HEIGHT, SIGNED);
    let server = chain.serve();
    assert!(is_open(&examine(&mut noted, &LATE, &[&server], LONG)));
    // All of it is gone.
    chain.state().past.clear();
    assert!(is_open(&examine(&mut noted, &LATE, &[&server], LONG)));
    // One is listed and not shown.
    let chain = Chain::new();
    let mut noted = chain.note(&signed);
    chain.spam(3, None);
    chain.expire();
    let denied = chain.state().past[2].name();
    chain.state().denied = vec![denied];
    let server = chain.serve();
    assert!(is_open(&examine(&mut noted, &LATE, &[&server], LONG)));
    chain.state().denied.clear();
    assert_eq!(examine(&mut noted, &LATE, &[&server], LONG), EXPIRED);
}

/// A young account's history ends before it comes to the time of the signature. That proves something where it is whole.
#[test]
fn a_history_that_is_whole_may_end() {
    let chain = Chain::new();
    chain.state().past.clear();
    let signed = payment("m");
    let noted = chain.note(&signed);
    chain.spam(3, None);
    chain.expire();
    let server = chain.serve();
    for (first, is_whole) in [((0, 0), true), ((7, SIGNED - 601), true), ((7, SIGNED - 600), false)] {
        chain.state().first = first;
        let finding = examine(&mut noted.clone(), &LATE, &[&server], LONG);
        assert_eq!(finding == EXPIRED, is_whole, "{first:?}: {finding:?}");
    }
}

/// A transaction of a form that leash doesn't make is none of its payments, and hides none.
#[test]
fn a_transaction_of_another_form_is_another() {
    let chain = Chain::new();
    let signed = payment("m");
    let mut noted = chain.note(&signed);
    let id = chain.land(&signed, "m", false);
    chain.spam(2, None);
    chain.expire();
    let foreign = chain.state().past.last().unwrap().name().to_string();
    let honest = chain.clone();
    let server = Server::new(move |_, asked| {
        if asked.method == "getTransaction" && asked.params[0] == foreign {
            let message = "Transaction version (1) is not supported by the requesting client";
            return crate::server::Reply::Error(serde_json::json!({"code": -32015, "message": message}));
        }
        honest.answer(asked)
    });
    assert_eq!(examine(&mut noted.clone(), &LATE, &[&server], LONG), landed(id));
    assert_eq!(examine(&mut noted, &SOON, &[&server], LONG), landed(id));
}

/// A search that is cut short again and again comes to its end, and reads no entry twice.
#[test]
fn a_search_goes_on_where_it_was_cut_short() {
    let chain = Chain::new();
    let signed = payment("m");
    let mut noted = chain.note(&signed);
    chain.spam(120, None);
    chain.expire();
    chain.state().page = Some(10);
    let server = chain.serve();
    let mut tries = 0;
    let finding = loop {
        tries += 1;
        // As it is on the disk in between.
        noted = serde_json::from_str(&serde_json::to_string(&noted).unwrap()).unwrap();
        let finding = examine(&mut noted, &LATE, &[&server], Duration::from_millis(25));
        if !is_open(&finding) {
            break finding;
        }
    };
    assert_eq!(finding, EXPIRED);
    assert!(server.count("getTransaction") <= 120 + tries, "{tries}");
}

#[test]
fn a_failure_is_final_once_its_block_is() {
    let chain = Chain::new();
    let signed = payment("m");
    let mut noted = chain.note(&signed);
    let _ = chain.land(&signed, "m", true);
    let failed = Finding::Settled(Outcome::Failed, Witnesses::One);
    let server = chain.serve();
    assert_eq!(examine(&mut noted, &SOON, &[&server], LONG), failed);
    let confirmed = chain.clone();
    let server = Server::new(move |_, asked| {
        let is_final = asked.params[1]["commitment"] == "finalized";
        if asked.method == "getTransaction" && is_final {
            return crate::server::Reply::Result(serde_json::Value::Null);
        }
        confirmed.answer(asked)
    });
    assert!(is_open(&examine(&mut noted, &SOON, &[&server], LONG)));
}

/// Where the endpoint can't say, it isn't asked over and over.
#[test]
fn an_endpoint_without_the_method_is_asked_once() {
    let server = Server::new(|_, _| {
        crate::server::Reply::Error(serde_json::json!({"code": -32601, "message": "Method not found"}))
    });
    let chain = Chain::new();
    let signed = payment("m");
    let mut noted = chain.note(&signed);
    let endpoints = endpoints(&[&server]);
    let account = account().to_string();
    let mut tracker = noted.track(None, (&account, SIGNED), &SOON).unwrap();
    let begun = std::time::Instant::now();
    let finding = run(tracker.follow(&endpoints, LONG));
    assert!(matches!(finding, Finding::Open { is_permanent: true, .. }), "{finding:?}");
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn what_is_not_shown_yet_is_asked_for_less_and_less_often() {
    let chain = Chain::new();
    let signed = payment("m");
    let mut noted = chain.note(&signed);
    let server = chain.serve();
    let endpoints = endpoints(&[&server]);
    let account = account().to_string();
    let claimed = Signature::new([8; 64]);
    let mut tracker = noted.track(Some(claimed), (&account, SIGNED), &SOON).unwrap();
    let finding = run(tracker.follow(&endpoints, Duration::from_secs(4)));
    assert!(is_open(&finding));
    assert!(server.asked().len() <= 12, "{}", server.asked().len());
}

/// A note of 0.1.0 names neither the height nor the trail. It is released a day later.
#[test]
fn a_note_of_an_earlier_version_is_understood() {
    let chain = Chain::new();
    let signed = payment("m");
    let old = serde_json::json!({"transaction": signed.to_base64().unwrap(), "last_valid_block_height": crate::LAST});
    let read = || -> Payment { serde_json::from_value(old.clone()).unwrap() };
    let server = chain.serve();
    let id = chain.land(&signed, "m", false);
    assert_eq!(examine(&mut read(), &SOON, &[&server], LONG), landed(id));
    chain.state().past.pop();
    chain.expire();
    assert!(is_open(&examine(&mut read(), &LATE, &[&server], LONG)));
    // The time of the blocks tells where its trail begins.
    assert_eq!(examine(&mut read(), &After(24 * 60 * 60 + 1), &[&server], LONG), EXPIRED);
}
