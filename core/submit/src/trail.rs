//! Where a transaction is looked for whose first signature is somebody else's: in the history of the account that it takes
//! money from, between now and the moment before it was signed.

use leash_chain::{Address, Signature, Transaction, programs};
use leash_rpc::{Commitment, Error, Listed, Rpc};
use serde::{Deserialize, Serialize};

/// Clocks and block times are apart by less, in seconds.
const CLOCK_SKEW: i64 = 60 * 60;

/// The account, and the newest of its transactions before the signing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trail {
    account: String,
    /// The slot at which the blockhash was current; none in notes of 0.1.0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    slot: Option<u64>,
    /// What the account's history began with before the signing; none where nobody asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    newest: Option<Newest>,
}

/// The newest transaction of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Newest {
    /// The endpoint showed none.
    Nothing,
    /// This one.
    Transaction(String),
}

/// The newest transaction of an account, as an endpoint shows it before the signing.
///
/// # Errors
/// Any [`Error`].
pub async fn newest(rpc: &Rpc, account: &Address) -> Result<Option<Signature>, Error> {
    let page = rpc.history(account, None, 1, Commitment::Confirmed).await?;
    Ok(page.first().map(|listed| listed.signature))
}

impl Trail {
    /// The trail of a transaction that is about to be signed with a blockhash of this slot. `newest` is the answer of
    /// [`newest()`]; none where the endpoint didn't answer.
    #[must_use]
    pub fn new(account: &Address, slot: u64, newest: Option<Option<Signature>>) -> Self {
        let newest = newest
            .map(|newest| newest.map_or(Newest::Nothing, |newest| Newest::Transaction(newest.to_string())));
        Self { account: account.to_string(), slot: Some(slot), newest }
    }

    /// That of a note of 0.1.0, which names the account alone.
    #[must_use]
    pub const fn of_account(account: String) -> Self {
        Self { account, slot: None, newest: None }
    }

    pub(crate) fn account(&self) -> Option<Address> {
        self.account.parse().ok()
    }

    /// Whether the account's history was empty when the transaction was signed, so that its end proves something.
    pub(crate) fn began_empty(&self) -> bool {
        self.newest == Some(Newest::Nothing)
    }

    /// Whether a transaction landed before the one that is looked for was signed.
    pub(crate) fn is_before(&self, listed: &Listed, signed_at: i64) -> bool {
        let is_newest =
            matches!(&self.newest, Some(Newest::Transaction(it)) if *it == listed.signature.to_string());
        let is_early = match (self.slot, listed.time) {
            (Some(slot), _) => listed.slot < slot,
            (None, Some(time)) => {
                i64::try_from(time).is_ok_and(|time| time < signed_at.saturating_sub(CLOCK_SKEW))
            }
            (None, None) => false,
        };
        is_newest || is_early
    }
}

/// The texts of a transaction's memos.
pub(crate) fn memos(transaction: &Transaction) -> Vec<String> {
    let instructions = transaction.message().instructions().unwrap_or_default();
    let memos = instructions.into_iter().filter(|instruction| instruction.program == programs::MEMO);
    memos.filter_map(|memo| String::from_utf8(memo.data).ok()).collect()
}

/// Whether a listed transaction may have these memos. One that is listed without a memo may: some endpoints leave memos out.
pub(crate) fn may_have(listed: &Listed, memos: &[String]) -> bool {
    listed.memo.as_ref().is_none_or(|text| memos.iter().all(|memo| text.contains(memo.as_str())))
}
