//! Removing a plugin, with its grant.

use std::path::PathBuf;

use leash_output::Error;
use leash_protocol::name;
use leash_trust::Store;

use crate::{
    Lockfile, PublicKey, Publishers, Rooms,
    journal::{Step, carry_out},
};

/// What is, or would be, removed.
#[derive(Debug, Clone)]
pub struct Removal {
    /// The plugin.
    pub name: String,
    /// Its version, where the lockfile knows it.
    pub version: Option<String>,
    /// Its directory, where it is there.
    pub path: Option<PathBuf>,
    /// Whether it has a grant, which goes with it.
    pub granted: bool,
    /// The publisher whose key is known for it.
    pub publisher: Option<PublicKey>,
    /// Whether that key is forgotten as well.
    pub forget: bool,
}

impl Removal {
    /// Looks at what there is to remove.
    ///
    /// # Errors
    /// Where there is nothing of that name.
    pub fn plan(rooms: &Rooms, plugin: &str, forget: bool) -> Result<Self, Error> {
        if !name::is_valid(plugin) {
            return Err(Error::usage(format!("`{plugin}` is no plugin's name"))
                .hint("`leash plugin list` shows what is installed"));
        }
        let version = Lockfile::read(rooms.paths())?.plugin.remove(plugin).map(|locked| locked.version);
        let path = Some(rooms.plugin(plugin)).filter(|path| path.symlink_metadata().is_ok());
        let publisher = Publishers::read(rooms.paths())?.plugin.remove(plugin).map(|known| known.publisher);
        if version.is_none() && path.is_none() && !(forget && publisher.is_some()) {
            return Err(Error::failure("not_installed", format!("`{plugin}` is not installed"))
                .hint("`leash plugin list` shows what is installed; what lies on PATH is yours to remove"));
        }
        // The grant of what isn't installed is that of a plugin on PATH.
        let installed = version.is_some() || path.is_some();
        let granted = installed && !matches!(Store::open(rooms.paths()).get(plugin), Ok(None));
        Ok(Self { name: plugin.to_owned(), version, path, granted, publisher, forget })
    }

    /// Removes it.
    ///
    /// # Errors
    /// As the file system says; the next command that installs or removes then ends it.
    pub fn commit(&self, rooms: &Rooms) -> Result<(), Error> {
        let stage = rooms.stage()?;
        carry_out(rooms, &Step::Remove { name: self.name.clone(), stage: stage.name(), forget: self.forget })
    }
}
