//! MPL Core: `CreateV2`, `Execute`, and the one kind of plugin that the identity program adds.

use solana_address::Address;
use solana_instruction::AccountMeta;
use solana_instruction_error::InstructionError;
use solana_program_runtime::declare_process_instruction;

use super::{
    Call, IDENTITY, TOOLS,
    call::{Named, ensure, put_text, take, take_text},
};

declare_process_instruction!(Core, 10_000, |context| {
    let mut call = Call::new(context)?;
    match call.data.first() {
        Some(20) => create(&mut call),
        Some(22) => add_identity(&mut call),
        Some(31) => execute(&mut call),
        _ => Err(InstructionError::InvalidInstructionData),
    }
});

const ASSET: u8 = 1;
const PLUGIN_HEADER: u8 = 3;
const PLUGIN_REGISTRY: u8 = 4;
/// An update authority that is an address.
const BY_ADDRESS: u8 = 1;
/// A plugin's authority that is the asset's update authority.
const BY_UPDATE_AUTHORITY: u8 = 2;
const AGENT_IDENTITY: u8 = 6;

mod code {
    pub(super) const INVALID_SYSTEM_PROGRAM: u32 = 0;
    pub(super) const INVALID_AUTHORITY: u32 = 9;
    pub(super) const NOT_AVAILABLE: u32 = 23;
    pub(super) const INVALID_ASSET: u32 = 24;
    pub(super) const NO_APPROVALS: u32 = 26;
    pub(super) const ADAPTER_EXISTS: u32 = 32;
    pub(super) const MISSING_SIGNER: u32 = 40;
    pub(super) const INVALID_EXECUTE_PDA: u32 = 49;
    pub(super) const IDENTITY_MUST_SIGN: u32 = 51;
}

/// Asset, collection, authority, payer, owner, update authority, system program, log wrapper.
fn create(call: &mut Call<'_, '_, '_>) -> Result<(), InstructionError> {
    let (asset, payer) = (call.account(0)?, call.account(3)?);
    if !asset.signer || !payer.signer {
        return Err(InstructionError::MissingRequiredSignature);
    }
    authority(call.optional(2)?, payer)?;
    ensure(call.is_system(6)?, code::INVALID_SYSTEM_PROGRAM)?;
    // Collections are another life.
    ensure(call.optional(1)?.is_none(), code::NOT_AVAILABLE)?;
    let data = call.data.clone();
    let mut data = &data[1..];
    ensure(take(&mut data, 1)? == [0], code::NOT_AVAILABLE)?;
    let (name, uri) = (take_text(&mut data)?, take_text(&mut data)?);
    // No plugins, whichever way it is said.
    for _ in 0..2 {
        if take(&mut data, 1)? != [0] {
            ensure(take(&mut data, 4)? == [0; 4], code::NOT_AVAILABLE)?;
        }
    }
    let update = call.optional(5)?.unwrap_or(payer).key;
    let owner = call.optional(4)?.map_or(update, |owner| owner.key);
    let mut bytes = vec![ASSET];
    bytes.extend_from_slice(owner.as_array());
    bytes.push(BY_ADDRESS);
    bytes.extend_from_slice(update.as_array());
    put_text(&mut bytes, &name);
    put_text(&mut bytes, &uri);
    // No sequence number.
    bytes.push(0);
    // What the program keeps for itself: the rent of 87 bytes, and 3,600 lamports.
    let fee = call.rent(87)? + 3600;
    let lamports = call.rent(bytes.len())? + fee;
    call.create(payer, asset, lamports, &bytes)
}

/// Asset, collection, treasury, payer, authority, system program, inner program, then the inner accounts.
fn execute(call: &mut Call<'_, '_, '_>) -> Result<(), InstructionError> {
    let (asset, treasury, payer) = (call.account(0)?, call.account(2)?, call.account(3)?);
    ensure(call.owner(asset)? == call.program, code::INVALID_ASSET)?;
    let seeds: [&[u8]; 2] = [b"mpl-core-execute", asset.key.as_array()];
    let (derived, bump) = Address::find_program_address(&seeds, &call.program);
    ensure(treasury.key == derived, code::INVALID_EXECUTE_PDA)?;
    if !payer.signer {
        return Err(InstructionError::MissingRequiredSignature);
    }
    let by = authority(call.optional(4)?, payer)?;
    ensure(call.is_system(5)?, code::INVALID_SYSTEM_PROGRAM)?;
    let bytes = call.bytes(asset)?;
    let (_, owner) = base(&bytes)?;
    let mut rest = call.accounts.get(7..).unwrap_or_default().to_vec();
    let record = rest.first().copied().filter(|first| is_delegate_record(call, *first));
    let approved = owner == by.key || record.is_some_and(|record| delegates(call, record, asset, by));
    ensure(approved, code::NO_APPROVALS)?;
    if record.is_some() {
        rest.remove(0);
    }
    let fee = call.rent(7)? - call.rent(0)?;
    call.transfer(payer, asset, fee)?;
    let mut data = &call.data[1..];
    let length = take(&mut data, 4)?.try_into().map_err(|_| InstructionError::InvalidInstructionData)?;
    let inner = take(&mut data, u32::from_le_bytes(length) as usize)?.to_vec();
    let accounts = rest
        .iter()
        .map(|account| AccountMeta {
            pubkey: account.key,
            is_signer: account.signer || account.key == treasury.key,
            is_writable: account.writable,
        })
        .collect();
    let program = call.account(6)?.key;
    call.invoke(program, accounts, inner, &[seeds[0], seeds[1], &[bump]])
}

/// Asset, collection, payer, authority, system program, log wrapper, then the identity, which must sign.
fn add_identity(call: &mut Call<'_, '_, '_>) -> Result<(), InstructionError> {
    let (asset, payer) = (call.account(0)?, call.account(2)?);
    let by = authority(call.optional(3)?, payer)?;
    ensure(call.owner(asset)? == call.program, code::INVALID_ASSET)?;
    let bytes = call.bytes(asset)?;
    let (length, _) = base(&bytes)?;
    ensure(bytes.len() == length, code::ADAPTER_EXISTS)?;
    ensure(bytes.get(34..66) == Some(by.key.as_array()), code::INVALID_AUTHORITY)?;
    let identity = call.accounts.last().copied().ok_or(InstructionError::MissingAccount)?;
    let (derived, _) = Address::find_program_address(&[b"agent_identity", asset.key.as_array()], &IDENTITY);
    ensure(identity.signer && identity.key == derived, code::IDENTITY_MUST_SIGN)?;
    let data = call.data.clone();
    let mut data = &data[1..];
    ensure(take(&mut data, 1)? == [AGENT_IDENTITY], code::NOT_AVAILABLE)?;
    let uri = take_text(&mut data)?;
    ensure(take(&mut data, 1)? == [0], code::NOT_AVAILABLE)?;
    // The life-cycle checks are stored as they came.
    let checks = data;
    let plugin_at = bytes.len() + 9;
    let mut plugin = vec![AGENT_IDENTITY];
    put_text(&mut plugin, &uri);
    let registry_at = plugin_at + plugin.len();
    let mut whole = bytes;
    whole.push(PLUGIN_HEADER);
    whole.extend_from_slice(&(registry_at as u64).to_le_bytes());
    whole.extend_from_slice(&plugin);
    // No plugin of its own kinds, one of the others.
    whole.push(PLUGIN_REGISTRY);
    whole.extend_from_slice(&0_u32.to_le_bytes());
    whole.extend_from_slice(&1_u32.to_le_bytes());
    whole.extend_from_slice(&[AGENT_IDENTITY, BY_UPDATE_AUTHORITY, 1]);
    whole.extend_from_slice(checks);
    whole.extend_from_slice(&(plugin_at as u64).to_le_bytes());
    // Neither data nor its length.
    whole.extend_from_slice(&[0, 0]);
    call.grow(payer, asset, &whole)
}

/// Who acts: the authority, or else the payer; it must have signed.
fn authority(named: Option<Named>, payer: Named) -> Result<Named, InstructionError> {
    let by = named.unwrap_or(payer);
    ensure(by.signer, code::MISSING_SIGNER)?;
    Ok(by)
}

/// The length of the asset's own part, and its owner.
fn base(bytes: &[u8]) -> Result<(usize, Address), InstructionError> {
    let mut rest = bytes;
    ensure(take(&mut rest, 1)? == [ASSET], code::INVALID_ASSET)?;
    let owner = take(&mut rest, 32)?.try_into().map_err(|_| InstructionError::InvalidAccountData)?;
    if take(&mut rest, 1)? != [0] {
        take(&mut rest, 32)?;
    }
    take_text(&mut rest)?;
    take_text(&mut rest)?;
    if take(&mut rest, 1)? != [0] {
        take(&mut rest, 8)?;
    }
    Ok((bytes.len() - rest.len(), owner))
}

fn is_delegate_record(call: &Call<'_, '_, '_>, account: Named) -> bool {
    call.owner(account).is_ok_and(|owner| owner == TOOLS)
        && call.bytes(account).is_ok_and(|bytes| bytes.first() == Some(&super::tools::DELEGATE_RECORD))
}

fn delegates(call: &Call<'_, '_, '_>, record: Named, asset: Named, by: Named) -> bool {
    call.bytes(record).is_ok_and(|bytes| {
        bytes.get(40..72) == Some(by.key.as_array()) && bytes.get(72..104) == Some(asset.key.as_array())
    })
}
