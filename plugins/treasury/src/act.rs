//! Carrying a transaction out, so that it happens once whatever comes between.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use leash_chain::{Signature, Transaction};
use leash_command::Host;
use leash_connect::rpc_error;
use leash_identity::Identity;
use leash_intent::{Intent, Meaning, check};
use leash_output::{Error, can_ask, confirm, escape};
use leash_rpc::Rpc;
use leash_submit::{OwnOutcome as Outcome, Signed, Submission, SystemClock, Unnoted};
use tokio::time::sleep;

use crate::journal::{Entry, Journal, Request};

/// A blockhash lives for a minute or so; then it is known for certain.
const PATIENCE: Duration = Duration::from_secs(120);
/// Between two blocks.
const BLOCK: Duration = Duration::from_millis(400);
/// One signature, and nothing for computing.
const MAX_FEE: u64 = leash_chain::SIGNATURE_LAMPORTS;

/// A transaction that landed, and what it was for.
pub(crate) struct Done {
    pub(crate) id: Signature,
    pub(crate) slot: u64,
    pub(crate) text: String,
    /// Whether an earlier run had sent it.
    pub(crate) resumed: bool,
}

/// Finds out what became of an earlier run's transaction. If it landed and is what is asked for now, nothing else is
/// to be done.
pub(crate) fn finish(
    host: &Host,
    rpc: &Rpc,
    journal: &Journal,
    asked: &Request,
) -> Result<Option<Done>, Error> {
    let Some(entry) = journal.unfinished()? else { return Ok(None) };
    host.out.note(&format!("an earlier run was cut off while it did this: {}", escape(&entry.text)));
    let progress = host.out.progress("finding out what became of it");
    let submission = Submission::resume(entry.signed, &SystemClock).map_err(rpc_error)?;
    let outcome = host.block_on(submission.follow(rpc, patience(host)))?;
    drop(progress);
    match outcome {
        Outcome::Landed { slot } if entry.request == *asked => {
            Ok(Some(Done { id: submission.id(), slot, text: entry.text, resumed: true }))
        }
        Outcome::Landed { .. } => {
            host.out.note("it has landed; on with what is asked for now");
            journal.clear().map(|()| None)
        }
        Outcome::Failed { error, .. } => {
            host.out.note(&format!("it failed: {}", escape(&error.to_string())));
            journal.clear().map(|()| None)
        }
        Outcome::Expired | Outcome::Refused(_) => {
            host.out.note("it never landed, and can't any more");
            journal.clear().map(|()| None)
        }
        Outcome::Unknown { reason } => Err(unknown(&submission.id(), &reason)),
    }
}

/// Shows what will happen, and asks.
pub(crate) fn approve(host: &Host, lines: &[String], yes: bool) -> Result<(), Error> {
    if yes {
        return Ok(());
    }
    if !can_ask() {
        return Err(Error::usage("this moves money, and nobody can be asked")
            .hint("add `--yes` to do it without being asked"));
    }
    for line in lines {
        host.out.show(&format!("  {}\n", escape(line)));
    }
    if host.prompt(|| confirm("Do this?")) {
        Ok(())
    } else {
        Err(Error::failure("declined", "nothing was done").hint("`--yes` doesn't ask"))
    }
}

/// Builds, checks, signs, notes, sends and follows it. The journal is left as it is where it landed, so that the
/// caller forgets it only after it was reported.
pub(crate) fn carry_out(
    host: &Host,
    identity: &mut Identity,
    rpc: &Rpc,
    journal: &Journal,
    request: Request,
    meaning: &Meaning,
    text: String,
) -> Result<Done, Error> {
    // Asks for a passphrase where the key is locked, so before anything is under way.
    host.prompt(|| host.unlock(identity))?;
    let progress = host.out.progress("sending");
    let signed = new_transaction(host, identity, rpc, meaning)?;
    let submission = Unnoted::new(signed, &SystemClock)
        .map_err(rpc_error)?
        .note(|signed| journal.note(&Entry { request, text: text.clone(), signed: signed.clone() }))?;
    let outcome = host.block_on(submission.send(rpc, patience(host)))?;
    drop(progress);
    let (code, message, log) = match outcome {
        Outcome::Landed { slot } => return Ok(Done { id: submission.id(), slot, text, resumed: false }),
        Outcome::Unknown { reason } => return Err(unknown(&submission.id(), &reason)),
        Outcome::Failed { error, log, .. } => {
            ("transaction_failed", format!("the transaction failed: {error}"), log)
        }
        Outcome::Refused(refused) => ("transaction_refused", refused.to_string(), refused.log),
        Outcome::Expired => {
            ("transaction_expired", "the transaction never landed, and can't any more".to_owned(), Vec::new())
        }
    };
    journal.clear()?;
    for line in log {
        host.out.note(&escape(&line));
    }
    Err(Error::failure(code, message).hint("nothing was moved; `leash treasury balance` shows what there is"))
}

/// A transaction that was never sent. The same with the same blockhash is the same transaction: what was done a
/// moment ago would be taken for what is to be done now.
fn new_transaction(host: &Host, identity: &Identity, rpc: &Rpc, meaning: &Meaning) -> Result<Signed, Error> {
    let deadline = Instant::now() + patience(host);
    loop {
        let life = host.connector().ask_chain(rpc, rpc.lifetime())?;
        let transaction = signed(identity, meaning.clone(), life.blockhash)?;
        let Some(id) = transaction.id() else {
            return Err(Error::failure("internal", "a transaction without a signature"));
        };
        if host.connector().ask_chain(rpc, rpc.status(&id))?.is_none() {
            return Signed::new(&transaction, &life, Timestamp::now())
                .map_err(|error| Error::failure("internal", error.to_string()));
        }
        if Instant::now() + BLOCK >= deadline {
            return Err(Error::failure(
                "repeated",
                format!("`{}` still gives the blockhash with which the same was done already", rpc.origin()),
            )
            .hint("nothing was sent; `leash treasury balance` shows what there is, and then run it again"));
        }
        host.block_on(async { sleep(BLOCK).await })?;
    }
}

fn signed(
    identity: &Identity,
    meaning: Meaning,
    blockhash: leash_chain::Blockhash,
) -> Result<Transaction, Error> {
    let wrong = |error: &dyn std::fmt::Display| Error::failure("refused_transaction", error.to_string());
    let intent = Intent::new(identity.executive.public(), meaning, blockhash, MAX_FEE)
        .map_err(|error| Error::usage(error.to_string()))?;
    let built = intent.build().map_err(|error| wrong(&error))?;
    let mut checked = check(built, &intent).map_err(|refusal| wrong(&refusal))?;
    identity.executive.open()?.sign_transaction(&mut checked).map_err(|error| wrong(&error))?;
    Ok(checked.into_transaction())
}

fn unknown(id: &Signature, reason: &str) -> Error {
    Error::failure(
        "unknown_outcome",
        format!("it isn't known yet whether transaction `{id}` lands: {reason}"),
    )
    .hint("run the same command again: it finds out, and does nothing twice")
}

fn patience(host: &Host) -> Duration {
    host.time_left().unwrap_or(PATIENCE)
}
