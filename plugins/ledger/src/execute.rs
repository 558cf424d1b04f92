//! Taking a transaction: looked at, executed, kept, answered.

use litesvm::types::{FailedTransactionMetadata, TransactionMetadata};
use serde_json::{Value, json};
use solana_account::Account;
use solana_address::Address;
use solana_clock::Clock;
use solana_message::inner_instruction::InnerInstructionsList;
use solana_transaction::versioned::VersionedTransaction;
use solana_transaction_error::TransactionError;

use crate::{Error, Landed, Ledger, Rejected, store::Kept, token, wire};

/// What a transaction would do.
#[derive(Debug)]
pub(crate) struct Simulated {
    pub(crate) error: Option<TransactionError>,
    pub(crate) logs: Vec<String>,
    pub(crate) units: u64,
    pub(crate) after: Vec<(Address, Account)>,
}

/// How carefully a transaction is looked at before it is executed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Preflight(pub(crate) bool);

impl Ledger {
    /// Takes a transaction in its wire form. One that fails where it is tried first is not taken.
    ///
    /// # Errors
    /// [`Error`] where the ledger can't go on; the inner error where the transaction isn't taken.
    pub fn send(&mut self, wire: &[u8]) -> Result<Result<Landed, Rejected>, Error> {
        self.submit(wire, Preflight(true))
    }

    pub(crate) fn submit(
        &mut self,
        wire: &[u8],
        preflight: Preflight,
    ) -> Result<Result<Landed, Rejected>, Error> {
        if self.stopped {
            return Err(Error::Stopped);
        }
        let transaction = match wire::decode(wire) {
            Ok(transaction) => transaction,
            Err(rejected) => return Ok(Err(rejected)),
        };
        if !transaction.verify_with_results().iter().all(|good| *good) {
            return Ok(Err(refused(
                -32003,
                &TransactionError::SignatureFailure,
                "Transaction signature verification failure",
            )));
        }
        let signature = transaction.signatures[0].to_string();
        if self.store.transaction(&signature)?.is_some() {
            return Ok(Err(failed(&TransactionError::AlreadyProcessed, &TransactionMetadata::default())));
        }
        if !self.blocks.is_valid(&transaction.message.recent_blockhash().to_bytes()) {
            return Ok(Err(failed(&TransactionError::BlockhashNotFound, &TransactionMetadata::default())));
        }
        let slot = self.tell_time();
        if preflight.0
            && let Err(FailedTransactionMetadata { err, meta }) =
                self.machine.simulate_transaction(transaction.clone())
        {
            return Ok(Err(failed(&err, &meta)));
        }
        let keys = transaction.message.static_account_keys().to_vec();
        let before = self.balances(&keys);
        let (error, meta) = match self.machine.send_transaction(transaction.clone()) {
            Ok(meta) => (None, meta),
            // It never got as far as to pay its fee.
            Err(FailedTransactionMetadata { err, meta }) if !is_charged(&err) => {
                return Ok(Err(failed(&err, &meta)));
            }
            Err(FailedTransactionMetadata { err, meta }) => (Some(err), meta),
        };
        // Until it is kept, memory is ahead of the disk.
        self.stopped = true;
        let accounts: Vec<_> = keys
            .iter()
            .map(|key| (*key, self.machine.get_account(key).filter(|account| account.lamports > 0)))
            .collect();
        let document = self.meta(error.as_ref(), &meta, &before, &keys);
        let error = error.map(|error| json!(error));
        let kept = Kept {
            signature: signature.clone(),
            slot,
            time: self.blocks.time(),
            error: error.as_ref().map(ToString::to_string),
            meta: document.to_string(),
            wire: wire.to_vec(),
        };
        self.store.keep(Some(&kept), &accounts, slot)?;
        self.stopped = false;
        self.landings += 1;
        Ok(Ok(Landed { signature, slot, error }))
    }

    /// Tries a transaction in its wire form, and leaves no trace of it.
    ///
    /// # Errors
    /// [`Error`] where the ledger can't go on; the inner error where [`Ledger::send`] wouldn't take it.
    pub fn try_out(&mut self, wire: &[u8]) -> Result<Result<(), Rejected>, Error> {
        if self.stopped {
            return Err(Error::Stopped);
        }
        let transaction = match wire::decode(wire) {
            Ok(transaction) => transaction,
            Err(rejected) => return Ok(Err(rejected)),
        };
        if self.store.transaction(&transaction.signatures[0].to_string())?.is_some() {
            return Ok(Err(failed(&TransactionError::AlreadyProcessed, &TransactionMetadata::default())));
        }
        let simulated = self.simulate(transaction, true);
        Ok(simulated.error.map_or(Ok(()), |error| Err(failed(&error, &TransactionMetadata::default()))))
    }

    /// The transaction of this signature, where it landed.
    ///
    /// # Errors
    /// Where what was kept can't be read.
    pub fn landed(&self, signature: &str) -> Result<Option<Landed>, Error> {
        let kept = self.store.transaction(signature)?;
        Ok(kept.map(|kept| Landed {
            signature: kept.signature,
            slot: kept.slot,
            error: kept.error.and_then(|error| serde_json::from_str(&error).ok()),
        }))
    }

    pub(crate) fn simulate(&mut self, transaction: VersionedTransaction, check: bool) -> Simulated {
        self.tell_time();
        let nothing = |error| Simulated { error: Some(error), logs: Vec::new(), units: 0, after: Vec::new() };
        if check && !transaction.verify_with_results().iter().all(|good| *good) {
            return nothing(TransactionError::SignatureFailure);
        }
        if !self.blocks.is_valid(&transaction.message.recent_blockhash().to_bytes()) {
            return nothing(TransactionError::BlockhashNotFound);
        }
        let result = if check {
            self.machine.simulate_transaction(transaction)
        } else {
            self.machine.clone().with_sigverify(false).simulate_transaction(transaction)
        };
        match result {
            Ok(info) => Simulated {
                error: None,
                logs: info.meta.logs,
                units: info.meta.compute_units_consumed,
                after: info.post_accounts.into_iter().map(|(key, account)| (key, account.into())).collect(),
            },
            Err(failed) => Simulated {
                error: Some(failed.err),
                logs: failed.meta.logs,
                units: failed.meta.compute_units_consumed,
                after: Vec::new(),
            },
        }
    }

    /// Tells the programs what time it is, and answers the slot.
    fn tell_time(&mut self) -> u64 {
        let slot = self.blocks.height();
        let mut clock: Clock = self.machine.get_sysvar();
        // The programs came with the first slots of the machine's own.
        clock.slot = clock.slot.max(litesvm::MAINNET_DEFAULT_SLOT) + 1;
        clock.unix_timestamp = self.blocks.time();
        self.machine.set_sysvar(&clock);
        slot
    }

    fn balances(&self, keys: &[Address]) -> Vec<Option<Account>> {
        keys.iter().map(|key| self.machine.get_account(key)).collect()
    }

    /// What `getTransaction` tells of it.
    fn meta(
        &self,
        error: Option<&TransactionError>,
        meta: &TransactionMetadata,
        before: &[Option<Account>],
        keys: &[Address],
    ) -> Value {
        let after = self.balances(keys);
        let lamports = |accounts: &[Option<Account>]| -> Vec<u64> {
            accounts.iter().map(|account| account.as_ref().map_or(0, |account| account.lamports)).collect()
        };
        let status = error.map_or_else(|| json!({ "Ok": null }), |error| json!({ "Err": error }));
        json!({
            "err": error,
            "status": status,
            "fee": meta.fee,
            "preBalances": lamports(before),
            "postBalances": lamports(&after),
            "preTokenBalances": self.token_balances(before),
            "postTokenBalances": self.token_balances(&after),
            "innerInstructions": inner_instructions(&meta.inner_instructions),
            "logMessages": meta.logs,
            "rewards": [],
            "loadedAddresses": { "readonly": [], "writable": [] },
            "computeUnitsConsumed": meta.compute_units_consumed,
        })
    }

    fn token_balances(&self, accounts: &[Option<Account>]) -> Vec<Value> {
        let holdings = accounts.iter().enumerate().filter_map(|(index, account)| {
            let account = account.as_ref()?;
            let held = token::Holding::read(&account.data)
                .filter(|_| account.owner == token::TOKEN || account.owner == token::TOKEN_2022)?;
            let mint = Address::from(held.mint);
            let (decimals, _) = token::mint(&self.machine.get_account(&mint)?.data)?;
            Some(json!({
                "accountIndex": index,
                "mint": mint.to_string(),
                "owner": Address::from(held.owner).to_string(),
                "programId": account.owner.to_string(),
                "uiTokenAmount": crate::rpc::token_amount(held.amount, decimals),
            }))
        });
        holdings.collect()
    }
}

/// What programs called, by the instruction that began it.
fn inner_instructions(called: &InnerInstructionsList) -> Vec<Value> {
    let by_instruction = called.iter().enumerate().filter(|(_, called)| !called.is_empty());
    by_instruction
        .map(|(index, called)| {
            let instructions = called.iter().map(|inner| {
                json!({
                    "programIdIndex": inner.instruction.program_id_index, "accounts": inner.instruction.accounts,
                    "data": bs58::encode(&inner.instruction.data).into_string(),
                    "stackHeight": inner.stack_height,
                })
            });
            json!({ "index": index, "instructions": instructions.collect::<Vec<_>>() })
        })
        .collect()
}

/// Whether the fee was taken: what fails while it is executed has been let in.
const fn is_charged(error: &TransactionError) -> bool {
    matches!(
        error,
        TransactionError::InstructionError(..)
            | TransactionError::InsufficientFundsForRent { .. }
            | TransactionError::ProgramExecutionTemporarilyRestricted { .. }
    )
}

fn failed(error: &TransactionError, meta: &TransactionMetadata) -> Rejected {
    Rejected {
        logs: meta.logs.clone(),
        units: meta.compute_units_consumed,
        ..refused(-32002, error, &format!("Transaction simulation failed: {error}"))
    }
}

fn refused(code: i64, error: &TransactionError, message: &str) -> Rejected {
    Rejected {
        code,
        message: message.to_owned(),
        error: Some(Box::new(json!(error))),
        logs: Vec::new(),
        units: 0,
    }
}
