//! MPL Core: making an asset, and acting through it.

use super::text;
use crate::{
    Address, Instruction, Meta,
    programs::{MPL_CORE, SYSTEM},
    treasury,
};

/// A new asset. Where an account is left out, the program's own address stands in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateAsset<'a> {
    /// The asset's own, new key; it signs.
    pub asset: Address,
    /// Who pays, and owns it where nobody else is named.
    pub payer: Address,
    /// Who owns it.
    pub owner: Option<Address>,
    /// Who may change it; without one, the payer.
    pub update_authority: Option<Address>,
    /// What it is called.
    pub name: &'a str,
    /// Where it is described.
    pub uri: &'a str,
}

/// Makes an asset without collection and without plugins (`CreateV2`).
#[must_use]
pub fn create_asset(new: &CreateAsset<'_>) -> Instruction {
    let accounts = [
        Meta::writes(new.asset).signs(),
        Meta::reads(MPL_CORE),
        Meta::reads(MPL_CORE),
        Meta::writes(new.payer).signs(),
        Meta::reads(new.owner.unwrap_or(MPL_CORE)),
        Meta::reads(new.update_authority.unwrap_or(MPL_CORE)),
        Meta::reads(SYSTEM),
        Meta::reads(MPL_CORE),
    ];
    // 0: the data lies in the account. Behind the texts, two lists of plugins that are there and empty.
    let mut data = vec![20, 0];
    text(&mut data, new.name);
    text(&mut data, new.uri);
    data.extend_from_slice(&[1, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
    Instruction::new(MPL_CORE, accounts, data)
}

/// Makes a collection without plugins (`CreateCollectionV2`).
#[must_use]
pub fn create_collection(collection: &Address, payer: &Address, name: &str, uri: &str) -> Instruction {
    let accounts = [
        Meta::writes(*collection).signs(),
        Meta::reads(MPL_CORE),
        Meta::writes(*payer).signs(),
        Meta::reads(SYSTEM),
    ];
    let mut data = vec![21];
    text(&mut data, name);
    text(&mut data, uri);
    data.extend_from_slice(&[0, 1, 0, 0, 0, 0]);
    Instruction::new(MPL_CORE, accounts, data)
}

/// Has the asset's treasury carry out `inner`: whoever owns the asset (`payer`) signs, and the program signs
/// for the treasury.
#[must_use]
pub fn execute(asset: &Address, payer: &Address, inner: &Instruction) -> Instruction {
    let treasury = treasury(asset);
    let mut accounts = vec![
        Meta::writes(*asset),
        Meta::reads(MPL_CORE),
        Meta::reads(treasury),
        Meta::writes(*payer).signs(),
        Meta::reads(MPL_CORE),
        Meta::reads(SYSTEM),
        Meta::reads(inner.program),
    ];
    accounts.extend(
        inner.accounts.iter().map(|meta| Meta { signer: meta.signer && meta.address != treasury, ..*meta }),
    );
    let mut data = vec![31];
    data.extend_from_slice(&u32::try_from(inner.data.len()).unwrap_or(u32::MAX).to_le_bytes());
    data.extend_from_slice(&inner.data);
    Instruction::new(MPL_CORE, accounts, data)
}
