//! `leash plugin`: the plugins of this user.

mod expiry;
mod find;
mod install;
mod list;
mod pack;
mod plan;
mod publish;
mod remove;
mod search;
mod show;
mod sign;
mod source;
mod state;
mod trust;
mod untrust;
mod update;
mod which;

use std::ffi::OsString;

use clap::{ArgMatches, Command, FromArgMatches as _, Subcommand};
use leash_command::{Builtin, Host};
use leash_output::Error;
use leash_protocol::commands::Outline;

/// The built-in.
pub struct Plugin;

#[derive(Subcommand)]
enum Sub {
    /// Show what a plugin asks to have signed, and grant it
    Trust(trust::Args),
    /// Take a plugin's grant back
    Untrust {
        /// The plugin's name
        name: String,
    },
    /// List the plugins, and what became of their grants
    List,
    /// Show what a name stands for
    Which(which::Args),
    /// Install a plugin, or put another version in its place
    Install(install::Args),
    /// Update plugins from where they came
    Update(update::Args),
    /// Remove an installed plugin, and its grant
    Remove(remove::Args),
    /// Look for plugins in the indexes
    Search(search::Args),
    /// Pack a plugin's directory as an archive
    Pack(pack::Args),
    /// Sign an archive as its publisher, or make the key for that
    Sign(sign::Args),
    /// Run a plugin, whatever alias has its name
    Exec {
        /// The plugin's name, and its arguments as they are
        // One list, for clap leaves alone only what follows a first value of it.
        #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true, value_name = "NAME")]
        words: Vec<OsString>,
    },
    /// Make a plugin that works, to be changed into another one
    New(leash_authors::NewArgs),
    /// Say what is wrong with a plugin before anybody runs it
    Lint(leash_authors::LintArgs),
    /// Look how a plugin behaves when things go wrong around it; no agent is needed
    Test(leash_authors::TestArgs),
}

impl Builtin for Plugin {
    fn outline(&self) -> &'static Outline {
        &leash_protocol::commands::PLUGIN
    }

    fn command(&self) -> Command {
        Sub::augment_subcommands(
            Command::new("plugin").subcommand_required(true).arg_required_else_help(true),
        )
        .after_help(
            "Examples:\n  leash plugin list\n  leash plugin install sell-report\n  leash plugin trust sell-report\n  leash plugin which -a sell-report",
        )
    }

    fn document(&self, subcommand: Option<&str>) -> &'static str {
        match subcommand {
            Some("trust") => "plugin_trust",
            Some("untrust") => "plugin_untrust",
            Some("which") => "plugin_which",
            Some("exec") => "plugin_exec",
            Some("new") => "plugin_new",
            Some("lint") => "plugin_lint",
            Some("test") => "plugin_test",
            Some("install") => "plugin_install",
            Some("update") => "plugin_update",
            Some("remove") => "plugin_remove",
            Some("search") => "plugin_search",
            Some("pack") => "plugin_pack",
            Some("sign") => "plugin_sign",
            _ => "plugins",
        }
    }

    fn manages_identity(&self, subcommand: Option<&str>) -> bool {
        !matches!(
            subcommand,
            Some("list" | "which" | "exec" | "new" | "lint" | "test" | "search" | "pack" | "sign")
        )
    }

    fn run(&self, host: &Host, matches: &ArgMatches) -> Result<(), Error> {
        match Sub::from_arg_matches(matches).map_err(|error| Error::usage(error.to_string()))? {
            Sub::Trust(args) => trust::run(host, &args),
            Sub::Untrust { name } => untrust::run(host, &name),
            Sub::List => list::run(host),
            Sub::Which(args) => which::run(host, &args),
            Sub::New(args) => leash_authors::new(host, &args),
            Sub::Test(args) => leash_authors::test(host, &args),
            Sub::Lint(args) => leash_authors::lint(host, &args),
            Sub::Install(args) => install::run(host, &args),
            Sub::Update(args) => update::run(host, &args),
            Sub::Remove(args) => remove::run(host, &args),
            Sub::Search(args) => search::run(host, &args),
            Sub::Pack(args) => pack::run(host, &args),
            Sub::Sign(args) => sign::run(host, &args),
            Sub::Exec { words } => match words.split_first() {
                Some((name, arguments)) => leash_command::execute(host, name, arguments),
                None => Err(Error::usage("no plugin is named").hint("`leash plugin list` shows them")),
            },
        }
    }
}
