//! The faucet: SOL and tokens from nothing, by transactions as real as any other.

use ed25519_dalek::Signer as _;
use leash_chain::Address as Public;
use solana_address::Address;

use crate::{
    Error, Landed, Ledger, Rejected,
    genesis::MINTS,
    ledger::key,
    token::{ASSOCIATED, associated},
};

const SYSTEM: Address = Address::from_str_const("11111111111111111111111111111111");
const MEMO: Address = Address::from_str_const("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr");

/// An instruction: its program, its accounts with whether they are written, its data.
type Step = (Address, Vec<(Address, bool)>, Vec<u8>);

impl Ledger {
    /// Gives lamports to an address.
    ///
    /// # Errors
    /// As [`Ledger::send`].
    pub fn airdrop(&mut self, to: &Public, lamports: u64) -> Result<Result<Landed, Rejected>, Error> {
        let mut data = vec![2, 0, 0, 0];
        data.extend_from_slice(&lamports.to_le_bytes());
        self.give(vec![(SYSTEM, vec![(self.faucet_address(), true), (key(to), true)], data)])
    }

    /// Gives tokens to an owner's associated account, which is made if need be. `amount` is in the token's smallest
    /// unit.
    ///
    /// # Errors
    /// As [`Ledger::send`]; a token that isn't of this ledger's is rejected.
    pub fn fund(
        &mut self,
        owner: &Public,
        mint: &Public,
        amount: u64,
    ) -> Result<Result<Landed, Rejected>, Error> {
        let (owner, mint) = (key(owner), key(mint));
        let Some((_, program)) = MINTS.iter().find(|(known, _)| *known == mint) else {
            return Ok(Err(Rejected::malformed(format!("the faucet has no token `{mint}`"))));
        };
        let account = associated(&owner, program, &mint);
        let faucet = self.faucet_address();
        let make = vec![
            (faucet, true),
            (account, true),
            (owner, false),
            (mint, false),
            (SYSTEM, false),
            (*program, false),
        ];
        let mut data = vec![7];
        data.extend_from_slice(&amount.to_le_bytes());
        self.give(vec![
            (ASSOCIATED, make, vec![1]),
            (*program, vec![(mint, true), (account, true), (faucet, false)], data),
        ])
    }

    fn faucet_address(&self) -> Address {
        Address::from(self.faucet.verifying_key().to_bytes())
    }

    /// Signs and sends what the faucet gives.
    fn give(&mut self, mut steps: Vec<Step>) -> Result<Result<Landed, Rejected>, Error> {
        // Two gifts of the same amount are two transactions.
        let mut random = [0; 8];
        getrandom::fill(&mut random)?;
        steps.push((MEMO, Vec::new(), format!("faucet {:016x}", u64::from_be_bytes(random)).into_bytes()));
        let blockhash = self.blocks.latest().hash;
        let message = message(self.faucet_address(), &steps, &blockhash);
        let mut wire = vec![1];
        wire.extend_from_slice(&self.faucet.sign(&message).to_bytes());
        wire.extend_from_slice(&message);
        self.send(&wire)
    }
}

/// A legacy message with one signer. Its few accounts and short data have lengths of one byte.
fn message(payer: Address, steps: &[Step], blockhash: &[u8; 32]) -> Vec<u8> {
    let mut accounts: Vec<(Address, bool)> = vec![(payer, true)];
    let named = steps.iter().flat_map(|(_, named, _)| named.iter().copied());
    let programs = steps.iter().map(|(program, _, _)| (*program, false));
    for (address, written) in named.chain(programs) {
        match accounts.iter_mut().find(|(known, _)| *known == address) {
            Some(known) => known.1 |= written,
            None => accounts.push((address, written)),
        }
    }
    // Those that are written come first; the payer stays in front.
    accounts.sort_by_key(|(_, written)| !written);
    let byte = |count: usize| u8::try_from(count).unwrap_or(u8::MAX);
    let at = |address: &Address| byte(accounts.iter().position(|(known, _)| known == address).unwrap_or(0));
    let mut bytes = vec![1, 0, byte(accounts.iter().filter(|(_, written)| !written).count())];
    bytes.push(byte(accounts.len()));
    accounts.iter().for_each(|(address, _)| bytes.extend_from_slice(address.as_array()));
    bytes.extend_from_slice(blockhash);
    bytes.push(byte(steps.len()));
    for (program, named, data) in steps {
        bytes.push(at(program));
        bytes.push(byte(named.len()));
        bytes.extend(named.iter().map(|(address, _)| at(address)));
        bytes.push(byte(data.len()));
        bytes.extend_from_slice(data);
    }
    bytes
}
