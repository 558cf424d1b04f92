//! All cases, by what they are about.

mod audit;
mod consent;
mod frames;
mod lifetime;
mod limits;
pub mod payments;
mod scopes;
mod secrecy;
mod speakers;
mod start;
mod unix;

use libtest_mimic::Trial;

use crate::case::Case;

pub fn all() -> impl Iterator<Item = Case> {
    let all: [&[Case]; 11] = [
        audit::CASES,
        consent::CASES,
        frames::CASES,
        lifetime::CASES,
        limits::CASES,
        payments::CASES,
        scopes::CASES,
        secrecy::CASES,
        speakers::CASES,
        start::CASES,
        unix::CASES,
    ];
    all.into_iter().flatten().copied()
}

/// Tests that are more than a host and its plugin.
pub fn trials() -> Vec<Trial> {
    consent::trials()
        .into_iter()
        .chain(audit::trials())
        .chain(lifetime::trials())
        .chain(payments::trials())
        .collect()
}

/// Parts of processes that the plugin starts.
pub fn helper(part: &str) {
    match part {
        "payer" => crate::payer::work(),
        "speaker" => speakers::child(),
        "sleeper" => lifetime::sleeper(),
        "connector" => unix::connector(),
        "orphan" => unix::orphan(),
        other => panic!("no part `{other}`"),
    }
}
