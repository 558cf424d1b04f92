//! One transaction of a creation: checked, signed, noted, sent and followed, so that it happens once.

use std::time::Duration;

use leash_chain::Transaction;
use leash_intent::Checked;
use leash_output::{Error, escape};
use leash_plugin::rpc_error;
use leash_rpc::{Lifetime, Outcome};

use crate::pending::{Step, UnderWay};
use crate::work::Work;

/// A blockhash lives for a minute or so; then it is known for certain.
const PATIENCE: Duration = Duration::from_secs(120);
/// The chain's other machines may know of an asset later than the one that was asked first.
const VISIBLE: Duration = Duration::from_secs(20);

impl Work<'_> {
    fn patience(&self) -> Duration {
        self.host.globals().timeout.unwrap_or(PATIENCE)
    }

    /// Finds out what became of an earlier run's transaction.
    pub(crate) fn settle(&mut self) -> Result<(), Error> {
        let Some(under_way) = self.pending.progress.under_way.clone() else { return Ok(()) };
        let transaction =
            Transaction::from_base64(&under_way.transaction).ok().filter(Transaction::is_signed);
        let transaction = transaction.ok_or_else(|| {
            Error::failure("malformed_file", "the transaction that was noted can't be understood").hint(
                format!(
                    "it may have made the agent `{}`: look at it on the chain before you remove the note",
                    under_way.asset
                ),
            )
        })?;
        self.host.out.note("an earlier run was cut off; finding out what became of its transaction");
        let progress = self.host.out.progress("finding out what became of it");
        let following = self.rpc.follow(&transaction, under_way.last_valid_block_height, self.patience());
        let outcome = self.host.block_on(following)?.map_err(rpc_error)?;
        drop(progress);
        self.conclude(&under_way, &transaction, outcome, true)
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
        let transaction = checked.into_transaction();
        let wire = transaction.to_base64().map_err(|error| Error::failure("internal", error.to_string()))?;
        let under_way = UnderWay {
            step,
            asset: asset.to_owned(),
            transaction: wire,
            last_valid_block_height: life.last_valid_block_height,
        };
        self.pending.progress.under_way = Some(under_way.clone());
        self.save()?;
        let progress = self.host.out.progress(step.doing());
        let sending = self.rpc.send_and_follow(&transaction, life.last_valid_block_height, self.patience());
        let outcome = self.host.block_on(sending)?.map_err(rpc_error)?;
        drop(progress);
        self.conclude(&under_way, &transaction, outcome, false)
    }

    fn conclude(
        &mut self,
        under_way: &UnderWay,
        transaction: &Transaction,
        outcome: Outcome,
        earlier: bool,
    ) -> Result<(), Error> {
        let id = transaction.id().map(|id| id.to_string()).unwrap_or_default();
        let (code, message, log) = match outcome {
            Outcome::Landed { .. } => return self.done(under_way, id),
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
        if matches!(under_way.step, Step::Mint | Step::MintAlone) && self.is_there(&under_way.asset)? {
            return self.done(under_way, id);
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

    fn done(&mut self, under_way: &UnderWay, id: String) -> Result<(), Error> {
        let progress = &mut self.pending.progress;
        match under_way.step {
            Step::Mint | Step::MintAlone => {
                progress.unregistered = under_way.step == Step::MintAlone;
                progress.asset = Some(under_way.asset.clone());
                progress.mint = Some(id);
            }
            Step::Register => progress.unregistered = false,
            Step::Delegate => progress.delegate = Some(id),
        }
        progress.under_way = None;
        self.save()
    }

    fn is_there(&self, asset: &str) -> Result<bool, Error> {
        let address = asset.parse().map_err(|_| Error::failure("internal", "an asset without an address"))?;
        Ok(self.host.block_on(self.rpc.account(&address))?.map_err(rpc_error)?.is_some())
    }

    /// Waits until the endpoint shows the asset, and makes sure whose it is.
    pub(crate) fn look_at(&self, asset: &leash_chain::Address) -> Result<(), Error> {
        let progress = self.host.out.progress("waiting for the agent to be seen");
        let waiting = self.rpc.account_within(asset, VISIBLE);
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
        let read = leash_chain::Asset::read(&account);
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

impl Step {
    const fn doing(self) -> &'static str {
        match self {
            Self::Mint | Self::MintAlone => "minting",
            Self::Register => "registering",
            Self::Delegate => "allowing payments",
        }
    }
}
