//! Running a built-in in this process.

use std::ffi::OsString;

use leash_argv::Globals;
use leash_launcher::{asks_for_a_document, parent_plugin, refuse_another_half};
use leash_output::Error;
use leash_protocol::MAX_DEPTH;
use leash_protocol::commands::Outline;

use crate::{
    Host, Table,
    global_args::merge,
    parse::{self, Parsed},
};

/// Runs a built-in of this table in this process.
///
/// # Errors
/// Whatever went wrong, with the kind of the command's document.
pub fn run(
    launcher: &mut leash_launcher::Host,
    commands: Table,
    outline: &Outline,
    arguments: &[OsString],
) -> Result<(), Error> {
    with(launcher, commands, |host| run_in(host, outline, arguments))
}

/// Does something as the host of a built-in.
///
/// # Errors
/// Those of `act`.
pub fn with<T>(launcher: &mut leash_launcher::Host, commands: Table, act: impl FnOnce(&mut Host) -> T) -> T {
    let empty = leash_launcher::Host::new(leash_launcher::Builtins::NONE, Globals::default());
    let mut host = Host::new(std::mem::replace(launcher, empty), commands);
    let done = act(&mut host);
    // How the command speaks decides how its failure is told.
    *launcher = host.into_launcher();
    done
}

fn run_in(host: &mut Host, outline: &Outline, arguments: &[OsString]) -> Result<(), Error> {
    let Some(builtin) = host.command(outline.name) else {
        return Err(Error::failure("internal", format!("`{}` isn't in the table", outline.name)));
    };
    refuse_another_half()?;
    parent_plugin::refuse_deeper_than(MAX_DEPTH)?;
    // Whether the document is wanted must be known before the arguments are understood.
    let _ = host.apply_settings();
    host.out.json |= asks_for_a_document(arguments);
    let matches = match parse::parse(builtin, arguments) {
        Ok(Parsed::Help(text)) => return parse::print_help(&text),
        Ok(Parsed::Matches(matches)) => matches,
        Err(error) => {
            let named = subcommand(arguments);
            let document = builtin.document(named);
            // What a plugin may not do is refused to it however it was typed.
            let is_one = named.is_some_and(|named| builtin.command().find_subcommand(named).is_some());
            if is_one && builtin.manages_identity(named) {
                parent_plugin::refuse_inside_plugin().map_err(|refusal| refusal.of_document(document))?;
            }
            return Err(error.of_document(document));
        }
    };
    let subcommand = matches.subcommand_name();
    let document = builtin.document(subcommand);
    // From here on they are understood: what stands after the name of a plugin is the plugin's.
    host.adopt(|globals| merge(globals, &matches)).map_err(|error| error.of_document(document))?;
    // Settings that can't be read stop only those that need one, so that `doctor` can say what is wrong; and what
    // changes identities, before anything is changed.
    let mut settings = host.apply_settings();
    if builtin.manages_identity(subcommand) {
        parent_plugin::refuse_inside_plugin().map_err(|error| error.of_document(document))?;
        std::mem::replace(&mut settings, Ok(())).map_err(|error| error.of_document(document))?;
    }
    builtin.run(host, &matches).map_err(|error| error.of_document(document))?;
    if let Err(error) = settings {
        host.out.warn(&format!("{}; {}", error.message(), error.hints()));
    }
    Ok(())
}

/// The first word that isn't an option: the best guess where the arguments weren't understood.
fn subcommand(arguments: &[OsString]) -> Option<&str> {
    arguments.iter().filter_map(|word| word.to_str()).find(|word| !word.starts_with('-'))
}
