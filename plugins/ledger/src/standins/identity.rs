//! The agent identity program: registering an identity.

use solana_address::Address;
use solana_instruction::AccountMeta;
use solana_instruction_error::InstructionError;
use solana_program_runtime::declare_process_instruction;

use super::{
    CORE, Call, SYSTEM,
    call::{ensure, put_text, take, take_text},
};

declare_process_instruction!(Identity, 10_000, |context| {
    let mut call = Call::new(context)?;
    match call.data.first() {
        Some(0) => register(&mut call),
        _ => Err(InstructionError::InvalidInstructionData),
    }
});

/// What an identity's account begins with, in its second form.
pub(super) const IDENTITY_V2: u8 = 2;

const INVALID_SYSTEM_PROGRAM: u32 = 0;
const INVALID_ACCOUNT_DATA: u32 = 2;
const INVALID_CORE_PROGRAM: u32 = 3;
const INVALID_CORE_ASSET: u32 = 4;
const ALREADY_REGISTERED: u32 = 9;

/// Identity, asset, collection, payer, authority, MPL Core, system program.
fn register(call: &mut Call<'_, '_, '_>) -> Result<(), InstructionError> {
    let (identity, asset, payer) = (call.account(0)?, call.account(1)?, call.account(3)?);
    let data = call.data.clone();
    let mut data = &data[..];
    take(&mut data, 8)?;
    let uri = take_text(&mut data)?;
    let seeds: [&[u8]; 2] = [b"agent_identity", asset.key.as_array()];
    let (derived, bump) = Address::find_program_address(&seeds, &call.program);
    ensure(identity.key == derived, INVALID_ACCOUNT_DATA)?;
    ensure(call.owner(identity)? == SYSTEM && call.bytes(identity)?.is_empty(), ALREADY_REGISTERED)?;
    ensure(call.owner(asset)? == CORE && call.bytes(asset)?.first() == Some(&1), INVALID_CORE_ASSET)?;
    let authority = call.optional(4)?;
    if !payer.signer || authority.is_some_and(|authority| !authority.signer) {
        return Err(InstructionError::MissingRequiredSignature);
    }
    ensure(call.account(5)?.key == CORE, INVALID_CORE_PROGRAM)?;
    ensure(call.is_system(6)?, INVALID_SYSTEM_PROGRAM)?;
    let mut bytes = vec![IDENTITY_V2, bump, 0, 0, 0, 0, 0, 0];
    bytes.extend_from_slice(asset.key.as_array());
    // No token of the agent's, and room for later.
    bytes.extend_from_slice(&[0; 64]);
    let seeds = [seeds[0], seeds[1], &[bump]];
    call.create_derived(payer, identity, &seeds, &bytes)?;
    let mut add = vec![22, 6];
    put_text(&mut add, &uri);
    // No authority of its own; it may listen to, approve and reject a transfer, an update and an execution.
    add.push(0);
    add.extend_from_slice(&3_u32.to_le_bytes());
    for event in [1, 3, 4] {
        add.push(event);
        add.extend_from_slice(&7_u32.to_le_bytes());
    }
    let none = AccountMeta::new_readonly(CORE, false);
    let collection =
        call.optional(2)?.map_or_else(|| none.clone(), |found| AccountMeta::new(found.key, false));
    let by = authority.map_or_else(|| none.clone(), |found| AccountMeta::new_readonly(found.key, true));
    let accounts = vec![
        AccountMeta::new(asset.key, false),
        collection,
        AccountMeta::new(payer.key, true),
        by,
        AccountMeta::new_readonly(SYSTEM, false),
        none,
        AccountMeta::new_readonly(identity.key, true),
    ];
    call.invoke(CORE, accounts, add, &seeds)
}
