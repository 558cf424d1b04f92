//! Stand-ins for the programs of which no package registry holds the binaries: MPL Core and the two agent programs.
//!
//! Written from their public account layouts, and right for what leash does with them: the same accounts, bytes,
//! costs and error codes. They are no replacement for the real ones: what isn't needed fails with
//! `InvalidInstructionData`.

mod call;
mod core;
mod identity;
mod tools;

use litesvm::LiteSVM;
use solana_address::Address;
use solana_program_runtime::solana_sbpf::program::BuiltinFunctionDefinition as _;

use call::Call;

/// MPL Core.
pub(crate) const CORE: Address = Address::from_str_const("CoREENxT6tW1HoK8ypY1SxRMZTcVPm7R94rH4PZNhX7d");
/// The agent identity program.
pub(crate) const IDENTITY: Address = Address::from_str_const("1DREGFgysWYxLnRnKQnwrxnJQeSMk2HmGaC6whw2B2p");
/// The agent tools program.
pub(crate) const TOOLS: Address = Address::from_str_const("TLREGni9ZEyGC3vnPZtqUh95xQ8oPqJSvNjvB7FGK8S");
const SYSTEM: Address = Address::from_str_const("11111111111111111111111111111111");

/// Makes a machine know them.
pub(crate) fn add_to(machine: &mut LiteSVM) {
    machine.add_builtin(CORE, core::Core::register);
    machine.add_builtin(IDENTITY, identity::Identity::register);
    machine.add_builtin(TOOLS, tools::Tools::register);
}
