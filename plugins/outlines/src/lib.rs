//! What leash says of its built-in commands, apart from the commands themselves: the small executable that resolves
//! names and lists commands links nothing else of them.
//!
//! An entry here, and a line in the table of `plugins/builtin`, make a built-in; a test holds the two against each other.

use std::ffi::OsString;

use leash_launcher::{
    Builtins, Handlers, Host, Outline, Which, adopt_plain, hand_over, hand_over_completion, version_details,
};
use leash_output::Error;

/// Known by what is said of them, and run by the executable that has them.
pub const HANDED_OVER: Handlers =
    Handlers { builtins: Builtins { outlines: ALL, are_here: false }, run, complete: hand_over_completion };

/// Which leash it is must be told by each one, also by a copy that lies alone.
fn run(host: &mut Host, outline: &'static Outline, arguments: &[OsString]) -> Result<(), Error> {
    if *outline == VERSION && adopt_plain(host, arguments) {
        return version_details(host);
    }
    hand_over(host, outline, arguments)
}

/// `leash agent`.
pub const AGENT: Outline = Outline {
    name: "agent",
    other_names: &[],
    summary: "Show and manage the agents that this user can act as",
    for_agent: Which::Only(&["show", "fund", "export"]),
    online: Which::Only(&["create", "fund"]),
};
/// `leash api-key`.
pub const API_KEY: Outline = Outline {
    name: "api-key",
    other_names: &["api-keys"],
    summary: "Create, list, rotate and revoke the agent's API keys",
    for_agent: Which::All,
    online: Which::All,
};
/// `leash sell`.
pub const SELL: Outline = Outline {
    name: "sell",
    other_names: &[],
    summary: "Create payment links by which others pay the agent",
    for_agent: Which::All,
    online: Which::All,
};
/// `leash treasury`.
pub const TREASURY: Outline = Outline {
    name: "treasury",
    other_names: &[],
    summary: "Show what the agent owns, limit what it spends, withdraw",
    for_agent: Which::All,
    online: Which::All,
};
/// `leash pay`.
pub const PAY: Outline = Outline {
    name: "pay",
    other_names: &[],
    summary: "Buy what a paywall sells (x402, MPP), within the policy",
    for_agent: Which::All,
    online: Which::All,
};
/// `leash payments`.
pub const PAYMENTS: Outline = Outline {
    name: "payments",
    other_names: &[],
    summary: "List payments that are not over, and resolve them",
    for_agent: Which::All,
    online: Which::Only(&["resolve"]),
};
/// `leash policy`.
pub const POLICY: Outline = Outline {
    name: "policy",
    other_names: &[],
    summary: "Show, set and try out what the agent may spend",
    for_agent: Which::All,
    online: Which::None,
};
/// `leash receipts`.
pub const RECEIPTS: Outline = Outline {
    name: "receipts",
    other_names: &[],
    summary: "List, verify and publish the agent's receipts",
    for_agent: Which::All,
    online: Which::Except(&["verify"]),
};
/// `leash receipt`.
pub const RECEIPT: Outline = Outline {
    name: "receipt",
    other_names: &[],
    summary: "Show one receipt, by its hash",
    for_agent: Which::All,
    online: Which::All,
};
/// `leash history`.
pub const HISTORY: Outline = Outline {
    name: "history",
    other_names: &[],
    summary: "Show what was paid and earned in the last days, and what it comes to",
    for_agent: Which::All,
    online: Which::All,
};
/// `leash daily`.
pub const DAILY: Outline = Outline {
    name: "daily",
    other_names: &[],
    summary: "Show what was paid and earned, by UTC day",
    for_agent: Which::All,
    online: Which::All,
};
/// `leash api`.
pub const API: Outline = Outline {
    name: "api",
    other_names: &[],
    summary: "Make any request to the API, signed by the agent",
    for_agent: Which::All,
    online: Which::All,
};
/// `leash key`.
pub const KEY: Outline = Outline {
    name: "key",
    other_names: &[],
    summary: "Encrypt the agent's key with a passphrase, and unlock it for a while",
    for_agent: Which::All,
    online: Which::None,
};
/// `leash plugin`.
pub const PLUGIN: Outline = Outline {
    name: "plugin",
    other_names: &[],
    summary: "List plugins, and say which of them may have requests signed",
    for_agent: Which::Only(&["list", "which", "trust", "exec"]),
    online: Which::Only(&["exec"]),
};
/// `leash audit`.
pub const AUDIT: Outline = Outline {
    name: "audit",
    other_names: &[],
    summary: "Show and verify what plugins had signed",
    for_agent: Which::All,
    online: Which::None,
};
/// `leash doctor`.
pub const DOCTOR: Outline = Outline {
    name: "doctor",
    other_names: &[],
    summary: "Check configuration, key, API, clock, RPC and PATH, and say what to mend",
    for_agent: Which::All,
    online: Which::All,
};
/// `leash completions`.
pub const COMPLETIONS: Outline = Outline {
    name: "completions",
    other_names: &[],
    summary: "Print the script by which a shell completes leash's commands, plugins included",
    for_agent: Which::None,
    online: Which::None,
};
/// `leash man`.
pub const MAN: Outline = Outline {
    name: "man",
    other_names: &[],
    summary: "Write manual pages, plugins included",
    for_agent: Which::None,
    online: Which::None,
};
/// `leash version`.
pub const VERSION: Outline = Outline {
    name: "version",
    other_names: &[],
    summary: "Show the version, and with --verbose where this leash lies and which others there are",
    for_agent: Which::None,
    online: Which::None,
};

/// All of them, in the order in which help shows them.
pub const ALL: &[&Outline] = &[
    &AGENT,
    &API_KEY,
    &SELL,
    &TREASURY,
    &PAY,
    &PAYMENTS,
    &POLICY,
    &RECEIPTS,
    &RECEIPT,
    &HISTORY,
    &DAILY,
    &API,
    &KEY,
    &PLUGIN,
    &AUDIT,
    &DOCTOR,
    &COMPLETIONS,
    &MAN,
    &VERSION,
];
