//! The ledger: the virtual machine, and the file that it is made again from.

use std::path::Path;

use leash_chain::{Account, Address};
use litesvm::LiteSVM;

use crate::{Blockhash, Error, blocks::Blocks, genesis, standins, store::Store};

/// A transaction that landed.
#[derive(Debug, Clone, PartialEq)]
pub struct Landed {
    /// Its first signature, in base58.
    pub signature: String,
    /// The slot that it landed in.
    pub slot: u64,
    /// Its error as JSON-RPC writes it, where it failed and cost only its fee.
    pub error: Option<serde_json::Value>,
}

/// A ledger. It works on one request at a time.
pub struct Ledger {
    pub(crate) machine: LiteSVM,
    pub(crate) store: Store,
    pub(crate) blocks: Blocks,
    pub(crate) faucet: ed25519_dalek::SigningKey,
    /// Set where memory may be ahead of the disk.
    pub(crate) stopped: bool,
    /// How many transactions have landed since it was opened.
    pub(crate) landings: u64,
}

impl Ledger {
    /// Opens the ledger in a file, or makes one: with the tokens of the devnet, and a faucet.
    ///
    /// # Errors
    /// Where the file can't be read or written, or makes no sense.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let mut store = Store::open(path)?;
        let facts = genesis::facts(&mut store)?;
        let machine = LiteSVM::new();
        // Blockhashes and repetitions are looked at here, against what is on disk.
        let mut machine = machine.with_blockhash_check(false).with_transaction_history(0);
        standins::add_to(&mut machine);
        for (address, account) in store.accounts()? {
            machine.set_account(address, account).map_err(|error| Error::Machine(format!("{error:?}")))?;
        }
        Ok(Self { machine, store, blocks: facts.blocks, faucet: facts.faucet, stopped: false, landings: 0 })
    }

    /// The account at an address.
    #[must_use]
    pub fn account(&self, address: &Address) -> Option<Account> {
        self.machine.get_account(&key(address)).filter(|account| account.lamports > 0).map(|account| {
            Account {
                lamports: account.lamports,
                owner: Address::new(account.owner.to_bytes()),
                data: account.data,
            }
        })
    }

    /// The newest blockhash.
    pub fn blockhash(&mut self) -> Blockhash {
        self.blocks.latest()
    }

    /// The newest slot, which is the newest block's height too.
    pub fn slot(&mut self) -> u64 {
        self.blocks.height()
    }

    /// Whether a write failed, so that it must be opened anew.
    #[must_use]
    pub const fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// How many transactions have landed since it was opened: where this hasn't changed, no subscriber has anything
    /// to hear.
    #[must_use]
    pub const fn landings(&self) -> u64 {
        self.landings
    }

    /// Lets so many blocks pass at once, for good.
    ///
    /// # Errors
    /// Where it can't be kept.
    pub fn skip(&mut self, blocks: u64) -> Result<(), Error> {
        let skipped = self.blocks.skip(blocks);
        self.store.set_facts(&[("skipped", &skipped.to_be_bytes())])
    }
}

/// The same address for the virtual machine.
pub(crate) fn key(address: &Address) -> solana_address::Address {
    solana_address::Address::from(*address.as_bytes())
}
