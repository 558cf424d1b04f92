//! Where a transaction is looked for whose first signature is somebody else's: in the history of the account that it takes
//! money from, between now and the moment before it was signed.

use leash_chain::{Address, Transaction, programs};
use leash_rpc::Listed;
use serde::{Deserialize, Serialize};

/// The local clock and block times are apart by less, in seconds.
pub(crate) const CLOCK_SKEW: i64 = 10 * 60;

/// The account, and the slot before which the transaction can't have landed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trail {
    account: String,
    /// The slot at which the blockhash was current, as the endpoint said at the signing; none in notes of 0.1.0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    slot: Option<u64>,
}

impl Trail {
    /// The trail of a transaction that is signed with a blockhash of this slot.
    #[must_use]
    pub fn new(account: &Address, slot: u64) -> Self {
        Self { account: account.to_string(), slot: Some(slot) }
    }

    /// That of a note of 0.1.0, which names the account alone.
    #[must_use]
    pub const fn of_account(account: String) -> Self {
        Self { account, slot: None }
    }

    pub(crate) fn account(&self) -> Option<Address> {
        self.account.parse().ok()
    }

    /// Whether a transaction landed before the one that is looked for was signed.
    ///
    /// Both must say so: the slot, which the endpoint named at the signing and which it may have invented, and the time of the
    /// block, held against the local clock at the signing.
    pub(crate) fn is_before(&self, listed: &Listed, signed_at: i64) -> bool {
        let by_slot = self.slot.is_none_or(|slot| listed.slot < slot);
        by_slot && listed.time.is_some_and(|time| is_earlier(time, signed_at))
    }
}

/// Whether a block was made before a signature, however far the clocks may be apart.
pub(crate) fn is_earlier(block_time: u64, signed_at: i64) -> bool {
    i64::try_from(block_time).is_ok_and(|time| time < signed_at.saturating_sub(CLOCK_SKEW))
}

/// The texts of a transaction's memos.
pub(crate) fn memos(transaction: &Transaction) -> Vec<String> {
    let instructions = transaction.message().instructions().unwrap_or_default();
    let memos = instructions.into_iter().filter(|instruction| instruction.program == programs::MEMO);
    memos.filter_map(|memo| String::from_utf8(memo.data).ok()).collect()
}

/// Whether a listed transaction may have these memos. One that is listed without a memo may: some endpoints leave memos out.
/// So may one where either has more than plain letters, which endpoints write in different ways.
pub(crate) fn may_have(listed: &Listed, memos: &[String]) -> bool {
    let is_plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    let Some(text) = listed.memo.as_deref().filter(|text| is_plain(text)) else { return true };
    memos.iter().all(|memo| !is_plain(memo) || text.contains(memo.as_str()))
}
