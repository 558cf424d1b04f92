//! Handing transactions over, or having them tried.

use leash_chain::{Address, Signature, Transaction};
use serde_json::json;

use crate::{Error, ProgramError, Rpc, field::Field};

/// What became of a transaction that was only tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Simulation {
    /// Why it would fail.
    pub error: Option<ProgramError>,
    /// The end of its log.
    pub log: Vec<String>,
    /// What it computed.
    pub units: Option<u64>,
}

impl Rpc {
    /// Hands a signed transaction over. `try_first` has the endpoint try it, and not pass it on where it fails.
    /// That the endpoint took it says nothing of whether it will land.
    ///
    /// # Errors
    /// Any [`Error`]; [`Error::Refused`] where it was tried and failed.
    pub async fn send(&self, transaction: &Transaction, try_first: bool) -> Result<Signature, Error> {
        let method = "sendTransaction";
        let (id, text) = signed(transaction)?;
        // The endpoint would pass it on for as long as it likes; here it is done while that makes sense.
        let options = json!({"encoding": "base64", "skipPreflight": !try_first,
            "preflightCommitment": "confirmed", "maxRetries": 0});
        // Tried again after a lost answer, it could fail for what it did the first time.
        let result = self.ask_as(method, json!([text, options]), !try_first).await?;
        let field = Field::new(method, &result);
        let signature: Signature = field.parse("a signature")?;
        if signature == id { Ok(id) } else { Err(field.lie(format!("should be {id}"))) }
    }

    /// Tries a transaction, signed or not.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn simulate(&self, transaction: &Transaction) -> Result<Simulation, Error> {
        let method = "simulateTransaction";
        let text = transaction.to_base64().map_err(|_| Error::Question("the transaction is too large"))?;
        let options = json!({"encoding": "base64", "commitment": "confirmed",
            "sigVerify": transaction.is_signed()});
        let result = self.ask(method, json!([text, options])).await?;
        let (_, value) = self.at_slot(method, &result)?;
        let log = value.at("logs")?.log()?;
        let error = value.at("err")?.present().map(|err| ProgramError::read(&err, &log)).transpose()?;
        let units = value.at("unitsConsumed")?.present().map(|units| units.u64()).transpose()?;
        Ok(Simulation { error, log, units })
    }

    /// Asks for play money, where the network has any.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn airdrop(&self, to: &Address, lamports: u64) -> Result<Signature, Error> {
        let method = "requestAirdrop";
        let result = self.ask(method, json!([to, lamports])).await?;
        Field::new(method, &result).parse("a signature")
    }
}

/// The name and the bytes of a transaction that everybody has signed.
pub(crate) fn signed(transaction: &Transaction) -> Result<(Signature, String), Error> {
    let id = transaction.id().filter(|_| transaction.is_signed());
    let id = id.ok_or(Error::Question("the transaction is not signed by everybody who must"))?;
    let text = transaction.to_base64().map_err(|_| Error::Question("the transaction is too large"))?;
    Ok((id, text))
}
