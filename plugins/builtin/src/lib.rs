//! The commands that come with leash: one file or folder each, and one line in [`TABLE`].

mod agent;
mod api;
mod api_key;
mod doctor;
mod label;
mod sell;
mod version;

use leash_plugin::Builtins;
pub use leash_shell::complete;

/// All of them, in the order in which help shows them.
pub const TABLE: Builtins = &[
    &agent::Agent,
    &api_key::ApiKey,
    &sell::Sell,
    &leash_treasury::Treasury,
    &leash_pay_command::Pay,
    &leash_policy_commands::Policy,
    &leash_receipts_commands::Receipts,
    &leash_receipts_commands::One,
    &leash_receipts_commands::History,
    &leash_receipts_commands::Daily,
    &api::Api,
    &leash_keys::Key,
    &leash_manager::Plugin,
    &leash_manager::Audit,
    &doctor::Doctor,
    &leash_shell::Completions,
    &leash_shell::Man,
    &version::Version,
];
