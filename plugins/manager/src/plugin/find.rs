//! A plugin of the table, with what it says of itself.

use std::ffi::OsStr;

use leash_command::Host;
use leash_output::{Error, Kind};
use leash_protocol::context::Source;
use leash_trust::{Found, find};

/// The plugin that `leash NAME` would run.
pub(super) fn by_name(host: &Host, name: &str) -> Result<Found, Error> {
    let mut table = host.table()?;
    table.aliases.clear();
    match find(name, &table.find(OsStr::new(name))?)? {
        Some(found) if found.source != Source::Bundled => Ok(found),
        _ => Err(Error::new(Kind::Refused, "part_of_leash", format!("`{name}` came with leash"))
            .hint("only other people's plugins need to be trusted: `leash plugin list`")),
    }
}
