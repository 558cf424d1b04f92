//! Whether a plugin may have a name.

use std::ffi::OsStr;

use leash_command::Host;
use leash_output::Error;
use leash_protocol::{commands::is_reserved, name::is_valid};

pub(super) fn check(host: &Host, name: &str, lang: &str) -> Result<(), Error> {
    let refuse = |what: String| {
        Err(Error::usage(what).hint("choose another one, such as `sell-report`: it is typed as `leash NAME`"))
    };
    if let Some(rest) = name.strip_prefix("leash-").filter(|rest| is_valid(rest)) {
        return Err(Error::usage(format!("`{name}` would be typed as `leash {name}`"))
            .hint(format!("leave out the `leash-`: `leash plugin new {rest} --lang {lang}`")));
    }
    if !is_valid(name) {
        return refuse(format!(
            "`{name}` can't be a plugin's name: a to z first, then a to z, 0 to 9 and `-`, 64 at most"
        ));
    }
    if let Some(why) = taken(host, name)? {
        return refuse(why);
    }
    if host.table()?.aliases.contains_key(name) {
        host.out.warn(&format!("the alias `{name}` of yours comes before any plugin of that name"));
    }
    Ok(())
}

/// Why leash would never run a plugin of that name, if so.
///
/// # Errors
/// Where the settings can't be read.
pub(crate) fn taken(host: &Host, name: &str) -> Result<Option<String>, Error> {
    let table = host.table()?;
    Ok(if table.builtins.contains(&name) {
        Some(format!("`{name}` is built in"))
    } else if table.find_own(OsStr::new(name)).is_some() {
        Some(format!("`{name}` comes with leash"))
    } else if is_reserved(name) {
        Some(format!("the name `{name}` is kept for leash"))
    } else {
        None
    })
}
