//! The agent programs: registering an asset as an agent, and who acts for it.

use super::text;
use crate::{
    Address, Instruction, Meta, delegate_record, executive_profile, identity,
    programs::{AGENT_IDENTITY, AGENT_TOOLS, MPL_CORE, SYSTEM},
};

/// Registers an asset without collection as an agent that `uri` describes.
#[must_use]
pub fn register_identity(asset: &Address, payer: &Address, uri: &str) -> Instruction {
    let accounts = [
        Meta::writes(identity(asset)),
        Meta::writes(*asset),
        Meta::reads(AGENT_IDENTITY),
        Meta::writes(*payer).signs(),
        Meta::reads(AGENT_IDENTITY),
        Meta::reads(MPL_CORE),
        Meta::reads(SYSTEM),
    ];
    let mut data = vec![0; 8];
    text(&mut data, uri);
    Instruction::new(AGENT_IDENTITY, accounts, data)
}

/// Registers `payer` as somebody who acts for agents.
#[must_use]
pub fn register_executive(payer: &Address) -> Instruction {
    let accounts = [
        Meta::writes(executive_profile(payer)),
        Meta::writes(*payer).signs(),
        Meta::reads(AGENT_TOOLS),
        Meta::reads(SYSTEM),
    ];
    Instruction::new(AGENT_TOOLS, accounts, [0; 8])
}

/// Has `payer`, who owns the asset, act for it under its own profile.
#[must_use]
pub fn delegate_execution(asset: &Address, payer: &Address) -> Instruction {
    let profile = executive_profile(payer);
    let accounts = [
        Meta::reads(profile),
        Meta::reads(*asset),
        Meta::reads(identity(asset)),
        Meta::writes(delegate_record(&profile, asset)),
        Meta::writes(*payer).signs(),
        Meta::reads(AGENT_TOOLS),
        Meta::reads(SYSTEM),
    ];
    Instruction::new(AGENT_TOOLS, accounts, [1, 0, 0, 0, 0, 0, 0, 0])
}
