//! The cases: what is done to the plugin, and what it should make of it.

mod around;
mod faults;
mod granted;
mod refused;
mod signals;

use leash_output::Error;

use super::{bench::Bench, judge::Verdict, trial::Ran};

/// A case.
pub(super) struct Case {
    pub(super) name: &'static str,
    /// What is done.
    pub(super) what: &'static str,
    /// Does it; the run in which nothing went wrong is known already.
    pub(super) run: fn(&Bench, &Ran) -> Result<Verdict, Error>,
}

macro_rules! cases {
    ($($name:literal, $what:literal, $run:expr;)*) => {
        &[$(Case { name: $name, what: $what, run: $run }),*]
    };
}

/// All of them, in the order in which they are shown.
pub(super) const CASES: &[Case] = cases! {
    "run", "everything that it asks for is granted, and the API answers", granted::run;
    "hello", "what it says to the signer is what a signer understands", granted::hello;
    "scopes", "what it asks to have signed is what its manifest asks for", granted::scopes;
    "payments", "what it pays is what its manifest asks for", granted::payments;
    "signatures", "the requests that it sends are those that were signed", granted::signatures;
    "visible", "no signature stands where other users see it, in arguments or output", granted::visible;
    "left-behind", "none of its processes outlives it", granted::left_behind;
    "json", "`leash --json` stands before its name", granted::json;
    "later", "context and answers hold what this version doesn't know", granted::later;
    "big-context", "the context is larger than its variable may be", granted::big;
    "stdin-closed", "its stdin is closed", around::stdin_closed;
    "slow", "the signer takes as long as a person who is asked", granted::slow;
    "trickle", "the signer's answers come byte by byte", granted::trickle;
    "no-agent", "no agent is configured", around::no_agent;
    "no-signer", "nothing was granted", around::no_signer;
    "alone", "it is started without leash", around::alone;
    "help", "it is asked for its usage with `--help`, for which no signer is given", around::help;
    "denied-scope", "the request lies in no scope, or may not be paid", refused::scope;
    "denied-consent", "the user was asked, and said no", refused::consent;
    "quota", "the last signature or payment that it asks for is one too many", refused::quota;
    "expired", "the grant has run out", refused::expired;
    "locked", "the key is locked", refused::locked;
    "internal", "the signer fails", refused::internal;
    "unsupported", "the signer doesn't know the operation", refused::unsupported;
    "closed", "the signer is gone before a word was said", faults::closed;
    "closed-within", "the signer is gone in the middle of an answer", faults::closed_within;
    "no-version", "the signer speaks another version", faults::no_version;
    "garbage", "the signer answers what is no JSON", faults::garbage;
    "huge-length", "the signer announces an answer of 4 GiB", faults::huge_length;
    "wrong-id", "the signer answers another request first", faults::wrong_id;
    "duplicate-keys", "the signer's answer has its keys twice", faults::duplicates;
    "api-fails", "the API answers 500", around::api_fails;
    "api-nonsense", "the API answers what is no JSON", around::api_nonsense;
    "stdout-gone", "nobody reads its output any more", around::stdout_gone;
    "stdout-full", "there is no room for its output", around::stdout_full;
    "stdout-closed", "its stdout is closed", around::stdout_closed;
    "term", "SIGTERM, while it waits for the signer", signals::term;
    "int", "Ctrl-C, while it waits for the signer", signals::int;
    "hup", "its terminal goes away, while it waits for the signer", signals::hup;
};
