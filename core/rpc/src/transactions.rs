//! What became of transactions.

use leash_chain::{Address, Signature, Transaction};
use serde_json::json;

use crate::{Error, ProgramError, Rpc, field::Field};

/// The endpoint has the transaction, and it is of a version that wasn't asked for.
const UNSUPPORTED_VERSION: i64 = -32_015;

/// How sure the chain is of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Commitment {
    /// One machine has it.
    Processed,
    /// Most of the stake has voted for it.
    Confirmed,
    /// It can't be taken back.
    Finalised,
}

/// What an endpoint says of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Where it landed.
    pub slot: u64,
    /// How sure that is.
    pub commitment: Commitment,
    /// Why it failed, where it did.
    pub error: Option<ProgramError>,
}

/// A transaction that landed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// Where it landed.
    pub slot: u64,
    /// What was paid for it, in lamports.
    pub fee: u64,
    /// Why it failed, where it did.
    pub error: Option<ProgramError>,
    /// The end of its log.
    pub log: Vec<String>,
    /// The transaction itself.
    pub transaction: Transaction,
}

impl Commitment {
    /// As RPC requests spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Processed => "processed",
            Self::Confirmed => "confirmed",
            Self::Finalised => "finalized",
        }
    }
}

/// A transaction in a list of those that name an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub signature: Signature,
    /// The slot in which it landed.
    pub slot: u64,
    /// The texts of its memos, as the endpoint joins them; `None` where it has none, or the endpoint doesn't say.
    pub memo: Option<String>,
    /// When its block was made, in seconds since 1970, where the endpoint says so.
    pub time: Option<u64>,
}

impl Rpc {
    /// What the endpoint knows of a transaction, its history included; `None` where it knows nothing.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn status(&self, signature: &Signature) -> Result<Option<Status>, Error> {
        let method = "getSignatureStatuses";
        let options = json!({"searchTransactionHistory": true});
        let result = self.ask(method, json!([[signature], options])).await?;
        let (now, value) = self.at_slot(method, &result)?;
        let Some(status) = value.exactly(1)?[0].present() else { return Ok(None) };
        let at = status.at("slot")?;
        let slot = at.u64()?;
        if slot > now {
            return Err(at.lie(format!("is after the answer's own slot {now}")));
        }
        let commitment = commitment(&status)?;
        let error = status.at("err")?.present().map(|err| ProgramError::read(&err, &[])).transpose()?;
        Ok(Some(Status { slot, commitment, error }))
    }

    /// One page of the transactions that name an account, newest first: those older than `before`, or the newest. At most
    /// `limit`, and 1,000.
    ///
    /// # Errors
    /// Any [`Error`]; also where the page isn't in order or repeats `before`.
    pub async fn history(
        &self,
        address: &Address,
        before: Option<&Signature>,
        limit: usize,
        commitment: Commitment,
    ) -> Result<Vec<Listed>, Error> {
        let method = "getSignaturesForAddress";
        let mut options = json!({"limit": limit.clamp(1, 1_000), "commitment": commitment.as_str()});
        if let Some(before) = before {
            options["before"] = json!(before);
        }
        let result = self.ask(method, json!([address, options])).await?;
        let mut listed = Vec::new();
        let mut newest = u64::MAX;
        for item in Field::new(method, &result).items()? {
            let (name, slot) = (item.at("signature")?, item.at("slot")?);
            let entry = Listed {
                signature: name.parse("a signature")?,
                slot: slot.u64()?,
                memo: item.at("memo")?.present().map(|memo| memo.text().map(str::to_owned)).transpose()?,
                time: item.at("blockTime")?.present().map(|time| time.u64()).transpose()?,
            };
            if before == Some(&entry.signature) {
                return Err(name.lie("is the transaction before which the page was to end"));
            }
            if entry.slot > newest {
                return Err(slot.lie("is newer than the entry before it"));
            }
            newest = entry.slot;
            listed.push(entry);
        }
        Ok(listed)
    }

    /// A transaction that landed; `None` where the endpoint knows none at this commitment, which can't be `processed`.
    ///
    /// # Errors
    /// Any [`Error`]; also where it is another one than asked for. [`Error::Foreign`] for one that leash can't have made.
    pub async fn transaction(
        &self,
        signature: &Signature,
        commitment: Commitment,
    ) -> Result<Option<Past>, Error> {
        let method = "getTransaction";
        let commitment = commitment.as_str();
        let options =
            json!({"encoding": "base64", "commitment": commitment, "maxSupportedTransactionVersion": 0});
        let result = match self.ask(method, json!([signature, options])).await {
            Err(Error::Rpc { code: UNSUPPORTED_VERSION, .. }) => return Err(Error::Foreign(*signature)),
            result => result?,
        };
        let Some(field) = Field::new(method, &result).present() else { return Ok(None) };
        let (bytes, meta) = (field.at("transaction")?, field.at("meta")?);
        let transaction =
            Transaction::from_bytes(&bytes.base64()?).map_err(|_| Error::Foreign(*signature))?;
        if transaction.id() != Some(*signature) || !transaction.is_signed() {
            return Err(bytes.lie(format!("should be the transaction {signature}")));
        }
        let log = meta.at("logMessages")?.log()?;
        let error = meta.at("err")?.present().map(|err| ProgramError::read(&err, &log)).transpose()?;
        let (slot, fee) = (field.at("slot")?.u64()?, meta.at("fee")?.u64()?);
        Ok(Some(Past { slot, fee, error, log, transaction }))
    }
}

fn commitment(status: &Field<'_>) -> Result<Commitment, Error> {
    let field = status.at("confirmationStatus")?;
    match field.text()? {
        "processed" => Ok(Commitment::Processed),
        "confirmed" => Ok(Commitment::Confirmed),
        "finalized" => Ok(Commitment::Finalised),
        _ => Err(field.lie("should be `processed`, `confirmed` or `finalized`")),
    }
}
