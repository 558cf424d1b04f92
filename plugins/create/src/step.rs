//! One transaction of a creation: checked, signed, noted, sent and followed, so that it happens once.

use std::time::Duration;

use jiff::Timestamp;
use leash_chain::{Address, Asset};
use leash_connect::rpc_error;
use leash_intent::Checked;
use leash_output::{Error, escape};
use leash_rpc::Lifetime;
use leash_submit::{OwnOutcome as Outcome, Signed, Submission, SystemClock, Unnoted};

use crate::pending::{GivenUp, Step, UnderWay};
use crate::work::Work;

/// A blockhash lives for a minute or so; then it is known for certain.
const PATIENCE: Duration = Duration::from_secs(120);
/// The chain's other machines may know of an asset later than the one that was asked first.
const VISIBLE: Duration = Duration::from_secs(20);
/// So many mints that came to nothing are remembered: one question can name them all.
const MOST_GIVEN_UP: usize = 50;

impl Work<'_> {
    fn patience(&self) -> Duration {
        self.host.time_left().unwrap_or(PATIENCE)
    }

    /// Finds out what became of an earlier run's transaction.
    pub(crate) fn settle(&mut self) -> Result<(), Error> {
        let Some(under_way) = self.pending.progress.under_way.clone() else { return Ok(()) };
        let submission = Submission::resume(under_way.signed.clone(), &SystemClock).map_err(|_| {
            Error::failure("malformed_file", "the transaction that was noted can't be understood").hint(
                format!(
                    "it may have made the agent `{}`: look at it on the chain before you remove the note",
                    under_way.asset
                ),
            )
        })?;
        self.host.out.note("an earlier run was cut off; finding out what became of its transaction");
        let progress = self.host.out.progress("finding out what became of it");
        let outcome = self.host.block_on(submission.follow(&self.rpc, self.patience()))?;
        drop(progress);
        self.conclude(under_way.step, &under_way.asset, &submission, outcome, true)
    }

    /// Has a checked transaction signed, notes it, sends and follows it.
    pub(crate) fn send(
        &mut self,
        step: Step,
        asset: &str,
        mut checked: Checked,
        life: Lifetime,
    ) -> Result<(), Error> {
        self.pending
            .executive
            .sign_transaction(&mut checked)
            .map_err(|error| Error::failure("refused_transaction", error.to_string()))?;
        let signed = Signed::new(&checked.into_transaction(), &life, Timestamp::now())
            .map_err(|error| Error::failure("internal", error.to_string()))?;
        let submission = Unnoted::new(signed, &SystemClock).map_err(rpc_error)?.note(|signed| {
            let under_way = UnderWay { step, asset: asset.to_owned(), signed: signed.clone() };
            self.pending.progress.under_way = Some(under_way);
            self.save()
        })?;
        let progress = self.host.out.progress(step.doing());
        let outcome = self.host.block_on(submission.send(&self.rpc, self.patience()))?;
        drop(progress);
        self.conclude(step, asset, &submission, outcome, false)
    }

    fn conclude(
        &mut self,
        step: Step,
        asset: &str,
        submission: &Submission<'_>,
        outcome: Outcome,
        earlier: bool,
    ) -> Result<(), Error> {
        let id = submission.id().to_string();
        let mints = matches!(step, Step::Mint | Step::MintAlone);
        let (code, message, log) = match outcome {
            Outcome::Landed { .. } => {
                // That it landed is believed once the asset is seen; until then the note stays, and with it the way back.
                if mints {
                    self.look_at(&address_of(asset)?)?;
                }
                return self.done(step, asset, id);
            }
            Outcome::Unknown { reason } => {
                let message = format!("it isn't known yet whether transaction `{id}` lands: {reason}");
                return Err(Error::failure("unknown_outcome", message)
                    .hint("run the same command again: it finds out, and does nothing twice"));
            }
            Outcome::Failed { error, log, .. } => {
                ("transaction_failed", format!("the transaction failed: {error}"), log)
            }
            Outcome::Refused(refused) => ("transaction_refused", refused.to_string(), refused.log),
            Outcome::Expired => (
                "transaction_expired",
                "the transaction never landed, and can't any more".to_owned(),
                Vec::new(),
            ),
        };
        // An endpoint without a memory would have the agent made twice: the asset itself is looked for.
        if mints && self.is_mine(&[address_of(asset)?])? == Some(0) {
            return self.done(step, asset, id);
        }
        if mints {
            let given_up = &mut self.pending.progress.given_up;
            given_up.retain(|earlier| earlier.asset != asset);
            given_up.push(GivenUp { step, asset: asset.to_owned(), id });
            let excess = given_up.len().saturating_sub(MOST_GIVEN_UP);
            given_up.drain(..excess);
        }
        self.pending.progress.under_way = None;
        self.save()?;
        if earlier {
            self.host.out.note(&escape(&message));
            return Ok(());
        }
        for line in log {
            self.host.out.note(&escape(&line));
        }
        Err(Error::failure(code, message).hint("run the same command again: it goes on with this step"))
    }

    fn done(&mut self, step: Step, asset: &str, id: String) -> Result<(), Error> {
        let progress = &mut self.pending.progress;
        match step {
            Step::Mint | Step::MintAlone => {
                progress.unregistered = step == Step::MintAlone;
                progress.asset = Some(asset.to_owned());
                progress.mint = Some(id);
            }
            Step::Register => progress.unregistered = false,
            Step::Delegate => progress.delegate = Some(id),
        }
        progress.under_way = None;
        self.save()
    }

    /// Whether a mint that was given up was made after all; then it is this agent's.
    pub(crate) fn was_made_after_all(&mut self) -> Result<bool, Error> {
        let given_up = self.pending.progress.given_up.clone();
        let assets =
            given_up.iter().map(|earlier| address_of(&earlier.asset)).collect::<Result<Vec<_>, _>>()?;
        let Some(made) = self.is_mine(&assets)?.map(|index| given_up[index].clone()) else {
            return Ok(false);
        };
        self.host.out.note("an earlier run's transaction made the agent after all");
        let GivenUp { step, asset, id } = made;
        self.done(step, &asset, id)?;
        Ok(true)
    }

    /// The first of these that is on the chain, and an agent of this key's.
    fn is_mine(&self, assets: &[Address]) -> Result<Option<usize>, Error> {
        if assets.is_empty() {
            return Ok(None);
        }
        let accounts = self.host.connector().ask_chain(&self.rpc, self.rpc.accounts(assets))?;
        let me = self.pending.executive.public();
        let mine = |account: &Option<_>| {
            account.as_ref().is_some_and(|account| Asset::read(account).is_ok_and(|asset| asset.owner == me))
        };
        Ok(accounts.iter().position(mine))
    }

    /// Waits until the endpoint shows the asset, and makes sure whose it is.
    pub(crate) fn look_at(&self, asset: &Address) -> Result<(), Error> {
        let progress = self.host.out.progress("waiting for the agent to be seen");
        let waiting = self.rpc.account_within(asset, self.patience().min(VISIBLE));
        let account = self.host.block_on(waiting)?.map_err(rpc_error)?;
        drop(progress);
        let again = "run the same command again: it looks once more, and mints nothing";
        let Some(account) = account else {
            return Err(Error::failure(
                "not_visible",
                format!("`{}` doesn't show the agent `{asset}` yet", self.rpc.origin()),
            )
            .hint(again));
        };
        let read = Asset::read(&account);
        if read.as_ref().is_ok_and(|read| read.owner == self.pending.executive.public()) {
            return Ok(());
        }
        Err(Error::failure(
            "unexpected_account",
            format!("`{asset}` is no agent of this key's, says `{}`", self.rpc.origin()),
        )
        .hint("check LEASH_RPC_URL; then run the same command again: it mints nothing"))
    }
}

fn address_of(asset: &str) -> Result<Address, Error> {
    asset.parse().map_err(|_| {
        Error::failure("malformed_file", "the asset that was noted is no address")
            .hint("look at the agent's file; it holds a key, so keep a copy of it")
    })
}

impl Step {
    const fn doing(self) -> &'static str {
        match self {
            Self::Mint | Self::MintAlone => "minting",
            Self::Register => "registering",
            Self::Delegate => "allowing payments",
        }
    }
}
