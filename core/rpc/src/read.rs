//! What can be asked of the chain's state.

use std::time::Duration;

use leash_chain::{Account, Address, Blockhash, TokenAccount};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::{Commitment, Error, Rpc, field::Field};

/// The newest blockhash, as one endpoint states it. It is signed with only after [`Latest::at`] has checked it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Latest {
    /// The blockhash.
    pub blockhash: Blockhash,
    /// The height of the last block that accepts a transaction with it, as the endpoint states it.
    pub last_valid_block_height: u64,
    /// The slot at which the endpoint answered.
    pub slot: u64,
}

/// A blockhash, and the last height at which a transaction with it can land.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetime {
    /// What the transaction is made with.
    pub blockhash: Blockhash,
    /// The height of the last block that accepts it.
    pub last_valid_block_height: u64,
    /// The block height, read after the blockhash. `last_valid_block_height` is at least this, and at most
    /// [`BLOCKHASH_LIFE`] and [`ENDPOINT_LAG`] above it.
    pub block_height: u64,
    /// The slot at which the blockhash was current: no transaction with it lands before this slot.
    pub slot: u64,
}

/// A token account and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owned {
    /// Where it is.
    pub address: Address,
    /// What it holds.
    pub account: TokenAccount,
}

/// The most accounts that one question asks for.
const MOST_ACCOUNTS: usize = 100;

/// The number of blocks for which a blockhash is valid.
pub const BLOCKHASH_LIFE: u64 = 150;

/// The most blocks that the machines behind one endpoint are taken to be apart.
pub const ENDPOINT_LAG: u64 = 32;

impl Latest {
    /// Holds what the endpoint said of the blockhash against the block height, read after it at the same commitment. A
    /// transaction signed with a last height that is too low would be called expired while it can still land.
    ///
    /// # Errors
    /// [`Error::Lie`] where the last height is below the block height, or too far above it.
    pub fn at(self, block_height: u64) -> Result<Lifetime, Error> {
        let Self { blockhash, last_valid_block_height, slot } = self;
        let highest = block_height.saturating_add(BLOCKHASH_LIFE + ENDPOINT_LAG);
        if !(block_height..=highest).contains(&last_valid_block_height) {
            let what = format!(
                "`result.value.lastValidBlockHeight` is {last_valid_block_height}, and the block height is {block_height}"
            );
            return Err(Error::Lie { method: "getLatestBlockhash", what });
        }
        Ok(Lifetime { blockhash, last_valid_block_height, block_height, slot })
    }
}

fn confirmed() -> Value {
    json!({"commitment": "confirmed"})
}

impl Rpc {
    /// A blockhash for a new transaction, checked against the block height.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn lifetime(&self) -> Result<Lifetime, Error> {
        let latest = self.latest_blockhash().await?;
        latest.at(self.block_height(Commitment::Confirmed).await?)
    }

    /// The newest blockhash, unchecked.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn latest_blockhash(&self) -> Result<Latest, Error> {
        let method = "getLatestBlockhash";
        let result = self.ask(method, json!([confirmed()])).await?;
        let (slot, value) = self.at_slot(method, &result)?;
        let last = value.at("lastValidBlockHeight")?;
        let last_valid_block_height = last.u64()?;
        // A block takes at least one slot, so there are never more blocks than slots.
        if last_valid_block_height > slot.saturating_add(2 * BLOCKHASH_LIFE) {
            return Err(last.lie(format!("is beyond what slot {slot} allows")));
        }
        let blockhash = value.at("blockhash")?.parse("a blockhash")?;
        Ok(Latest { blockhash, last_valid_block_height, slot })
    }

    /// Whether a transaction with this blockhash can still land.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn is_blockhash_valid(&self, blockhash: Blockhash) -> Result<bool, Error> {
        let method = "isBlockhashValid";
        let result = self.ask(method, json!([blockhash, confirmed()])).await?;
        self.at_slot(method, &result)?.1.bool()
    }

    /// How long a transaction with a blockhash of somebody else's can still land; `None` where it can't any more.
    /// The height is at most too high: nothing is called expired too early.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn lifetime_of(&self, blockhash: Blockhash) -> Result<Option<Lifetime>, Error> {
        if !self.is_blockhash_valid(blockhash).await? {
            return Ok(None);
        }
        // It is no younger than the latest one; by how much it is older isn't known.
        let latest = self.lifetime().await?;
        Ok(Some(Lifetime { blockhash, slot: latest.slot.saturating_sub(2 * BLOCKHASH_LIFE), ..latest }))
    }

    /// Waits until there is an account; `None` where there was none within that time.
    ///
    /// # Errors
    /// The last [`Error`], where there was no answer at the end.
    pub async fn account_within(
        &self,
        address: &Address,
        within: Duration,
    ) -> Result<Option<Account>, Error> {
        let deadline = Instant::now() + within;
        loop {
            let outcome = self.account(address).await;
            let there = matches!(outcome, Ok(Some(_)));
            if there || Instant::now() + self.poll() >= deadline {
                return outcome;
            }
            sleep(self.poll()).await;
        }
    }

    /// An account; `None` where there is none.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn account(&self, address: &Address) -> Result<Option<Account>, Error> {
        let method = "getAccountInfo";
        let options = json!({"encoding": "base64", "commitment": "confirmed"});
        let result = self.ask(method, json!([address, options])).await?;
        let (_, value) = self.at_slot(method, &result)?;
        value.present().map(|account| account.account()).transpose()
    }

    /// Accounts as they are at one moment, in the order asked for.
    ///
    /// # Errors
    /// Any [`Error`]; [`Error::Question`] for more than 100.
    pub async fn accounts(&self, addresses: &[Address]) -> Result<Vec<Option<Account>>, Error> {
        if addresses.len() > MOST_ACCOUNTS {
            return Err(Error::Question("more than 100 accounts at once"));
        }
        let method = "getMultipleAccounts";
        let options = json!({"encoding": "base64", "commitment": "confirmed"});
        let result = self.ask(method, json!([addresses, options])).await?;
        let (_, value) = self.at_slot(method, &result)?;
        let accounts = value.exactly(addresses.len())?;
        accounts
            .iter()
            .map(|account| account.present().map(|account| account.account()).transpose())
            .collect()
    }

    /// The lamports of an account; 0 where there is none.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn balance(&self, address: &Address) -> Result<u64, Error> {
        let method = "getBalance";
        let result = self.ask(method, json!([address, confirmed()])).await?;
        self.at_slot(method, &result)?.1.u64()
    }

    /// The token accounts that `owner` has with a token program.
    ///
    /// # Errors
    /// Any [`Error`]; also where an account isn't the owner's.
    pub async fn token_accounts(&self, owner: &Address, program: &Address) -> Result<Vec<Owned>, Error> {
        let method = "getTokenAccountsByOwner";
        let options = json!({"encoding": "base64", "commitment": "confirmed"});
        let result = self.ask(method, json!([owner, {"programId": program}, options])).await?;
        let (_, value) = self.at_slot(method, &result)?;
        let read = |item: Field<'_>| {
            let address = item.at("pubkey")?.parse("an address")?;
            let field = item.at("account")?;
            let account = field.account()?;
            let theirs = TokenAccount::read(&account).ok().filter(|_| account.owner == *program);
            match theirs.filter(|account| account.owner == *owner) {
                Some(account) => Ok(Owned { address, account }),
                None => Err(field.lie(format!("should be a token account of {owner}"))),
            }
        };
        value.items()?.into_iter().map(read).collect()
    }

    /// How many atomic units a token account holds, and the token's decimals; `None` where there is no such account.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn token_balance(&self, account: &Address) -> Result<Option<(u64, u8)>, Error> {
        let method = "getTokenAccountBalance";
        let result = match self.ask(method, json!([account, confirmed()])).await {
            // An account that isn't there is an invalid parameter.
            Err(Error::Rpc { code: -32_602, message, .. }) if message.contains("could not find account") => {
                return Ok(None);
            }
            result => result?,
        };
        let (_, value) = self.at_slot(method, &result)?;
        let decimals = value.at("decimals")?;
        let number = u8::try_from(decimals.u64()?).map_err(|_| decimals.lie("should be at most 255"))?;
        Ok(Some((value.at("amount")?.u64_text()?, number)))
    }

    /// The first block whose transactions the endpoint still has.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn first_available_block(&self) -> Result<u64, Error> {
        let method = "getFirstAvailableBlock";
        let result = self.ask(method, json!([])).await?;
        Field::new(method, &result).u64()
    }

    /// When a block was made, in seconds since 1970; none where the endpoint doesn't know.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn block_time(&self, slot: u64) -> Result<Option<u64>, Error> {
        let method = "getBlockTime";
        let result = self.ask(method, json!([slot])).await?;
        Field::new(method, &result).present().map(|time| time.u64()).transpose()
    }

    /// The hash of the first block, by which networks are told apart.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn genesis_hash(&self) -> Result<String, Error> {
        let method = "getGenesisHash";
        let result = self.ask(method, json!([])).await?;
        let hash: Blockhash = Field::new(method, &result).parse("a blockhash")?;
        Ok(hash.to_string())
    }

    /// The lamports that an account of this size must hold.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn rent(&self, bytes: usize) -> Result<u64, Error> {
        let method = "getMinimumBalanceForRentExemption";
        let result = self.ask(method, json!([bytes, confirmed()])).await?;
        Field::new(method, &result).u64()
    }

    /// The block height at a commitment.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn block_height(&self, commitment: Commitment) -> Result<u64, Error> {
        let method = "getBlockHeight";
        let result = self.ask(method, json!([{"commitment": commitment.as_str()}])).await?;
        let field = Field::new(method, &result);
        let height = field.u64()?;
        // A height beyond its own slots would have everything expire.
        match self.highest_slot() {
            Some(slot) if height > slot.saturating_add(2 * BLOCKHASH_LIFE) => {
                Err(field.lie(format!("is beyond what slot {slot} allows")))
            }
            _ => Ok(height),
        }
    }
}
