//! What a new ledger begins with: its seed, a faucet, and the devnet's tokens.

use ed25519_dalek::SigningKey;
use solana_account::Account;
use solana_address::Address;

use crate::{
    Error,
    blocks::{self, Blocks},
    store::Store,
    token::{TOKEN, TOKEN_2022},
};

/// USDC, USDT and USDG as the devnet has them, with 6 decimals each.
pub(crate) const MINTS: [(Address, Address); 3] = [
    (Address::from_str_const("4zMMC9srt5Ri5X14GAgXhaHii3GnPAEERYPJgZJDncDU"), TOKEN),
    (Address::from_str_const("EcFc2cMyZxaKBkFK1XooxiyDyCPneLXiMwSJiVY6eTad"), TOKEN),
    (Address::from_str_const("4F6PM96JJxngmHnZLBh9n58RH4aTVNWvDs2nuwrT5BP7"), TOKEN_2022),
];
/// What the faucet begins with, in lamports: half a billion SOL.
const FAUCET: u64 = 500_000_000_000_000_000;

pub(crate) struct Facts {
    pub(crate) blocks: Blocks,
    pub(crate) faucet: SigningKey,
}

/// Who this ledger is; made at the first time.
pub(crate) fn facts(store: &mut Store) -> Result<Facts, Error> {
    if store.fact("seed")?.is_none() {
        make(store)?;
    }
    let faucet = SigningKey::from_bytes(&read(store, "faucet")?);
    let number = |name| Ok::<_, Error>(u64::from_be_bytes(read(store, name)?));
    let blocks = Blocks::new(read(store, "seed")?, number("began")?, number("skipped")?, number("highest")?);
    Ok(Facts { blocks, faucet })
}

fn make(store: &mut Store) -> Result<(), Error> {
    let (mut seed, mut secret) = ([0; 32], [0; 32]);
    getrandom::fill(&mut seed)?;
    getrandom::fill(&mut secret)?;
    let faucet = Address::from(SigningKey::from_bytes(&secret).verifying_key().to_bytes());
    let mut accounts =
        vec![(faucet, Some(Account { lamports: FAUCET, rent_epoch: u64::MAX, ..Account::default() }))];
    for (mint, program) in MINTS {
        accounts.push((mint, Some(mint_account(&faucet, program))));
    }
    store.keep(None, &accounts, 0)?;
    // The seed last of all: where it is, all of it is.
    store.set_facts(&[
        ("faucet", &secret),
        ("began", &blocks::now().to_be_bytes()),
        ("skipped", &0_u64.to_be_bytes()),
        ("seed", &seed),
    ])
}

/// A mint of which the faucet can make more.
fn mint_account(authority: &Address, program: Address) -> Account {
    let mut data = vec![1, 0, 0, 0];
    data.extend_from_slice(authority.as_array());
    // None of it is there yet.
    data.extend_from_slice(&0_u64.to_le_bytes());
    data.extend_from_slice(&[6, 1]);
    // Nobody can freeze it.
    data.extend_from_slice(&[0; 36]);
    Account { lamports: 1_461_600, owner: program, executable: false, rent_epoch: u64::MAX, data }
}

fn read<const N: usize>(store: &Store, name: &str) -> Result<[u8; N], Error> {
    let bytes = store.fact(name)?.ok_or_else(|| Error::Damaged(format!("it has no `{name}`")))?;
    bytes.try_into().map_err(|_| Error::Damaged(format!("its `{name}` has another length")))
}
