//! The one table of leash's commands: their names, what each is for, and which names no plugin may take.
//!
//! An entry here, and a line in the table of `plugins/builtin`, make a built-in; a test holds the two against each other.

/// What is said of a built-in command by an executable that need not have it.
#[derive(Debug, PartialEq, Eq)]
pub struct Outline {
    /// Its name.
    pub name: &'static str,
    /// Other spellings that lead to it.
    pub other_names: &'static [&'static str],
    /// What it is for, in a few words.
    pub summary: &'static str,
    /// Which of it acts for an agent, so that a printed command needs `--agent`.
    pub for_agent: Which,
    /// Which of it connects to servers, so that a printed command needs `--allow-http` where that was given.
    pub online: Which,
}

/// Some of a command's subcommands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// The command, whatever stands after its name.
    All,
    /// Nothing of it.
    None,
    /// These subcommands.
    Only(&'static [&'static str]),
    /// The command without these subcommands.
    Except(&'static [&'static str]),
}

impl Which {
    /// Whether this subcommand is among them, or the command without one.
    #[must_use]
    pub fn includes(self, subcommand: Option<&&str>) -> bool {
        let is_one_of = |names: &[&str]| subcommand.is_some_and(|subcommand| names.contains(subcommand));
        match self {
            Self::All => true,
            Self::None => false,
            Self::Only(names) => is_one_of(names),
            Self::Except(names) => !is_one_of(names),
        }
    }
}

impl Outline {
    /// All its spellings.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        std::iter::once(self.name).chain(self.other_names.iter().copied())
    }
}

/// Executables that come with the host, are called like a command's, and are none: the host starts them itself.
pub const INTERNAL: [&str; 3] = ["builtin", "loader", "payer"];

/// Commands that come with the host as executables of their own.
pub const BUNDLED: [&str; 1] = ["sandbox"];

/// Names of commands to come.
pub const PLANNED: [&str; 6] = ["capability", "discover", "identity", "mcp", "reputation", "webhook"];

/// Whether no plugin and no alias may have a name.
#[must_use]
pub fn is_reserved(name: &str) -> bool {
    name == HELP
        || ALL.iter().any(|outline| outline.names().any(|known| known == name))
        || INTERNAL.contains(&name)
        || BUNDLED.contains(&name)
        || PLANNED.contains(&name)
}

/// `leash help`, which every host has and which is no built-in of the table.
pub const HELP: &str = "help";

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
/// `leash quote`.
pub const QUOTE: Outline = Outline {
    name: "quote",
    other_names: &[],
    summary: "List what a paywall offers, and what of it leash can pay",
    for_agent: Which::None,
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
    for_agent: Which::Except(&["pause", "resume"]),
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
    &QUOTE,
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::name;

    #[test]
    fn every_name_is_valid_and_stands_for_one_thing() {
        let builtin = ALL.iter().flat_map(|outline| outline.names());
        let names: Vec<_> = builtin.chain(INTERNAL).chain(BUNDLED).chain(PLANNED).chain([HELP]).collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
        for name in names {
            assert!(name::is_valid(name) && is_reserved(name), "{name}");
        }
        assert!(!is_reserved("report"));
    }
}
