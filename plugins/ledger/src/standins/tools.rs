//! The agent tools program: registering an executive, and delegating execution to it.

use solana_address::Address;
use solana_instruction_error::InstructionError;
use solana_program_runtime::declare_process_instruction;

use super::{
    CORE, Call, IDENTITY, SYSTEM,
    call::{Named, ensure},
    identity::IDENTITY_V2,
};

declare_process_instruction!(Tools, 10_000, |context| {
    let mut call = Call::new(context)?;
    match (call.data.first(), call.data.len()) {
        (Some(0), 8..) => register(&mut call),
        (Some(1), 8..) => delegate(&mut call),
        _ => Err(InstructionError::InvalidInstructionData),
    }
});

const EXECUTIVE_PROFILE: u8 = 1;
/// What a delegation's account begins with.
pub(super) const DELEGATE_RECORD: u8 = 2;

mod code {
    pub(super) const INVALID_SYSTEM_PROGRAM: u32 = 0;
    pub(super) const INVALID_CORE_ASSET: u32 = 4;
    pub(super) const PROFILE_EXISTS: u32 = 5;
    pub(super) const INVALID_RECORD_DERIVATION: u32 = 6;
    pub(super) const RECORD_EXISTS: u32 = 7;
    pub(super) const INVALID_IDENTITY: u32 = 8;
    pub(super) const IDENTITY_NOT_REGISTERED: u32 = 9;
    pub(super) const NOT_THE_OWNER: u32 = 10;
    pub(super) const INVALID_PROFILE_DERIVATION: u32 = 11;
    pub(super) const NO_PROFILE: u32 = 14;
}

/// Profile, payer, authority, system program.
fn register(call: &mut Call<'_, '_, '_>) -> Result<(), InstructionError> {
    let (profile, payer) = (call.account(0)?, call.account(1)?);
    let by = signer(call.optional(2)?, payer)?;
    ensure(is_free(call, profile)?, code::PROFILE_EXISTS)?;
    let seeds: [&[u8]; 2] = [b"executive_profile", by.key.as_array()];
    let (derived, bump) = Address::find_program_address(&seeds, &call.program);
    ensure(profile.key == derived, code::INVALID_PROFILE_DERIVATION)?;
    ensure(call.is_system(3)?, code::INVALID_SYSTEM_PROGRAM)?;
    let mut bytes = vec![EXECUTIVE_PROFILE, 0, 0, 0, 0, 0, 0, 0];
    bytes.extend_from_slice(by.key.as_array());
    call.create_derived(payer, profile, &[seeds[0], seeds[1], &[bump]], &bytes)
}

/// Profile, asset, identity, record, payer, authority, system program.
fn delegate(call: &mut Call<'_, '_, '_>) -> Result<(), InstructionError> {
    let (profile, asset, identity) = (call.account(0)?, call.account(1)?, call.account(2)?);
    let (record, payer) = (call.account(3)?, call.account(4)?);
    let by = signer(call.optional(5)?, payer)?;
    let held = call.bytes(profile)?;
    let is_profile = call.owner(profile)? == call.program && held.first() == Some(&EXECUTIVE_PROFILE);
    ensure(is_profile, code::NO_PROFILE)?;
    let held_asset = call.bytes(asset)?;
    ensure(call.owner(asset)? == CORE && held_asset.first() == Some(&1), code::INVALID_CORE_ASSET)?;
    ensure(held_asset.get(1..33) == Some(by.key.as_array()), code::NOT_THE_OWNER)?;
    let held_identity = call.bytes(identity)?;
    let is_registered =
        call.owner(identity)? == IDENTITY && matches!(held_identity.first(), Some(&(1 | IDENTITY_V2)));
    ensure(is_registered, code::IDENTITY_NOT_REGISTERED)?;
    let (derived, bump) =
        Address::find_program_address(&[b"agent_identity", asset.key.as_array()], &IDENTITY);
    ensure(identity.key == derived && held_identity.get(1) == Some(&bump), code::INVALID_IDENTITY)?;
    let seeds: [&[u8]; 3] = [b"execution_delegate_record", profile.key.as_array(), asset.key.as_array()];
    let (derived, bump) = Address::find_program_address(&seeds, &call.program);
    ensure(record.key == derived, code::INVALID_RECORD_DERIVATION)?;
    ensure(is_free(call, record)?, code::RECORD_EXISTS)?;
    ensure(call.is_system(6)?, code::INVALID_SYSTEM_PROGRAM)?;
    let mut bytes = vec![DELEGATE_RECORD, bump, 0, 0, 0, 0, 0, 0];
    bytes.extend_from_slice(profile.key.as_array());
    bytes.extend_from_slice(held.get(8..40).ok_or(InstructionError::InvalidAccountData)?);
    bytes.extend_from_slice(asset.key.as_array());
    call.create_derived(payer, record, &[seeds[0], seeds[1], seeds[2], &[bump]], &bytes)
}

fn signer(named: Option<Named>, payer: Named) -> Result<Named, InstructionError> {
    let by = named.unwrap_or(payer);
    if payer.signer && by.signer { Ok(by) } else { Err(InstructionError::MissingRequiredSignature) }
}

fn is_free(call: &Call<'_, '_, '_>, account: Named) -> Result<bool, InstructionError> {
    Ok(call.owner(account)? == SYSTEM && call.bytes(account)?.is_empty())
}
