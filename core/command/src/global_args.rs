//! The global options after a built-in's name: the launcher's table, as clap reads it.

use std::ffi::OsStr;

use clap::{Arg, ArgAction, ArgMatches};
use leash_argv::{FLAGS, Globals};
use leash_output::Error;

/// The global options, for a built-in's own parser.
#[must_use]
pub fn global_args() -> Vec<Arg> {
    FLAGS
        .iter()
        .map(|flag| {
            let arg = Arg::new(flag.long)
                .long(flag.long)
                .help(flag.help)
                .help_heading("Global options")
                .display_order(900)
                .global(true);
            let arg = match flag.value {
                Some(value) => arg.value_name(value).action(ArgAction::Set),
                None if flag.long == "verbose" => arg.action(ArgAction::Count),
                None => arg.action(ArgAction::SetTrue).overrides_with(flag.long),
            };
            match flag.short {
                Some(short) => arg.short(short),
                None => arg,
            }
        })
        .collect()
}

/// Adds what stood after a built-in's name.
///
/// # Errors
/// A usage error where a value is none of its option's.
pub(crate) fn merge(globals: &mut Globals, matches: &ArgMatches) -> Result<(), Error> {
    for flag in &FLAGS {
        if flag.value.is_some() {
            if let Ok(Some(value)) = matches.try_get_one::<String>(flag.long) {
                globals.set(flag.long, Some(OsStr::new(value)))?;
            }
        } else if let Ok(Some(count)) = matches.try_get_one::<u8>(flag.long) {
            for _ in 0..*count {
                globals.set(flag.long, None)?;
            }
        } else if let Ok(Some(true)) = matches.try_get_one::<bool>(flag.long) {
            globals.set(flag.long, None)?;
        }
    }
    Ok(())
}
