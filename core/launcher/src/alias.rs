//! Aliases: a name for other words, which may begin with global options, and may lead to another alias.

use std::ffi::{OsStr, OsString};

use leash_argv::{Action, split};
use leash_output::Error;
use leash_resolve::Target;

use crate::Host;

/// What an alias stands for, with what was typed after it: no alias any more. The global options in it are taken in.
///
/// # Errors
/// Where an alias is empty, leads back to itself or makes no sense.
pub(crate) fn expand(
    host: &mut Host,
    name: &OsStr,
    words: Vec<String>,
    arguments: Vec<OsString>,
) -> Result<Action, Error> {
    let mut chain = vec![name.to_owned()];
    let (mut words, mut arguments) = (words, arguments);
    loop {
        let alias = chain.last().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if words.is_empty() {
            return Err(Error::usage(format!("the alias `{alias}` is empty"))
                .hint("give it words in `[alias]` of config.toml"));
        }
        let explain =
            |error: Error| error.hint(format!("the alias `{alias}` stands for `{}`", words.join(" ")));
        let typed = split(words.iter().map(OsString::from).chain(arguments)).map_err(explain)?;
        host.adopt(|globals| {
            globals.overlay(typed.globals);
            Ok(())
        })?;
        host.apply_settings()?;
        let (next, rest) = match typed.action {
            Action::Command(next, rest) => (next, rest),
            other => return Ok(other),
        };
        if chain.contains(&next) {
            return Err(Error::usage(format!("the alias `{}` leads back to itself", next.to_string_lossy()))
                .hint("mend `[alias]` in config.toml"));
        }
        if next == "help" || host.builtins().find(&next).is_some() {
            return Ok(Action::Command(next, rest));
        }
        match host.table()?.find(&next).map_err(explain)? {
            Target::Alias(further) => {
                chain.push(next);
                (words, arguments) = (further, rest);
            }
            _ => return Ok(Action::Command(next, rest)),
        }
    }
}
