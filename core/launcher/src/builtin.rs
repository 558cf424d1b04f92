//! What the launcher knows of the built-in commands.

use std::ffi::OsStr;

use leash_output::Needs;
use leash_protocol::name;

/// What is said of a built-in by an executable that need not have it.
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
    fn includes(self, subcommand: Option<&&str>) -> bool {
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

/// The built-ins, as far as they are known without being run.
#[derive(Clone, Copy)]
pub struct Builtins {
    /// What is said of them, in the order in which help shows them.
    pub outlines: &'static [&'static Outline],
    /// Whether this executable has the commands themselves; else it hands over to the one that has.
    pub are_here: bool,
}

impl Builtins {
    /// None, for an executable that is no command.
    pub const NONE: Self = Self { outlines: &[], are_here: false };

    /// Which global options a printed command needs, by its words after `leash`. A plugin is known to need nothing less
    /// than all of them; what came with leash as an executable of its own acts for no agent.
    pub(crate) fn needs(&self, words: &[&str]) -> Needs {
        let Some((first, rest)) = words.split_first() else { return Needs { agent: false, server: false } };
        match self.find(first.as_ref()) {
            Some(outline) => Needs {
                agent: outline.for_agent.includes(rest.first()),
                server: outline.online.includes(rest.first()),
            },
            None => {
                let is_plugin = *first != "help" && !name::BUNDLED.contains(first);
                Needs { agent: is_plugin, server: is_plugin }
            }
        }
    }

    /// The built-in that a name stands for.
    #[must_use]
    pub fn find(&self, name: &OsStr) -> Option<&'static Outline> {
        let name = name.to_str()?;
        self.outlines.iter().copied().find(|outline| outline.names().any(|known| known == name))
    }
}
