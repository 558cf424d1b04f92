//! What the launcher knows of the built-in commands.

use std::ffi::OsStr;

use leash_output::Needs;
use leash_protocol::commands::{self, Outline};

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
                let is_plugin = *first != "help" && !commands::BUNDLED.contains(first);
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
