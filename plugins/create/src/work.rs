//! The creation in hand: its file, its endpoint, and the lock that keeps a second process away.

use std::{
    fs::{File, TryLockError},
    path::PathBuf,
};

use leash_command::Host;
use leash_files::{Paths, atomic};
use leash_identity::{AgentFile, store};
use leash_output::{Error, Kind};
use leash_rpc::Rpc;

use crate::pending::Pending;
use crate::place::Place;

pub(crate) struct Work<'a> {
    pub(crate) host: &'a Host,
    pub(crate) place: Place,
    pub(crate) path: PathBuf,
    pub(crate) pending: Pending,
    pub(crate) rpc: Rpc,
    _lock: Lock,
}

/// Held by whoever creates an agent of that name. It ends with the process.
pub(crate) struct Lock(#[allow(dead_code, reason = "it is open as long as the lock is held")] File);

impl Lock {
    pub(crate) fn take(paths: &Paths, name: &str) -> Result<Self, Error> {
        let dir = paths.data.join("creations");
        atomic::create_dir(&dir).map_err(|error| Error::io("create", &dir, &error))?;
        let path = dir.join(format!("{name}.lock"));
        let file = File::create(&path).map_err(|error| Error::io("create", &path, &error))?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(Error::failure(
                "busy",
                format!("another `leash agent create` of `{name}` is under way"),
            )
            .hint("wait for it to end, or end it; then run this again: it goes on where that one stopped")),
            Err(TryLockError::Error(error)) => Err(Error::io("lock", &path, &error)),
        }
    }
}

/// What the file of that name holds: nothing, or a creation that is under way.
pub(crate) fn found(paths: &Paths, name: &str) -> Result<Option<(AgentFile, Pending)>, Error> {
    let path = paths.agent_file(name);
    let Some(file) = AgentFile::read(&path)? else { return Ok(None) };
    let shown = Paths::display(&path);
    let pending = match &file.pending_register {
        Some(text) if file.agent_mint.is_none() => Pending::read(text, &shown)?,
        _ => {
            let what = file.agent_mint.as_ref().map(|mint| format!(" ({mint})")).unwrap_or_default();
            return Err(Error::failure(
                leash_identity::AGENT_EXISTS,
                format!("agent `{name}`{what} is there already, in `{shown}`"),
            )
            .hint("nothing is overwritten: choose another name, `leash agent create NAME`"));
        }
    };
    Ok(Some((file, pending)))
}

impl<'a> Work<'a> {
    /// Goes on with a creation, or begins one: then its key is on the disk when this returns.
    pub(crate) fn begin(
        host: &'a Host,
        place: Place,
        pending: Pending,
        is_new: bool,
        lock: Lock,
    ) -> Result<Self, Error> {
        let path = host.paths()?.agent_file(&place.name);
        let rpc = host.connector().rpc_at(&place.rpc_url(pending.network))?;
        let work = Self { host, place, path, pending, rpc, _lock: lock };
        if is_new {
            let mut file = AgentFile::default();
            work.fill(&mut file)?;
            store::create(host.paths()?, &work.place.name, &file)?;
        } else {
            work.save()?;
        }
        Ok(work)
    }

    fn fill(&self, file: &mut AgentFile) -> Result<(), Error> {
        file.network = Some(self.pending.network.to_string());
        file.api_url = Some(self.place.api_url());
        file.rpc_url = Some(self.place.rpc_url(self.pending.network));
        file.explorer_url = Some(self.place.explorer_url());
        file.pending_register = Some(self.pending.write()?);
        file.created_at.get_or_insert_with(|| self.pending.created_at.clone());
        Ok(())
    }

    /// Notes how far it is.
    pub(crate) fn save(&self) -> Result<(), Error> {
        self.change(|file| self.fill(file))
    }

    /// Makes the pending agent one that is there.
    pub(crate) fn finish(&self, mint: &str) -> Result<(), Error> {
        self.change(|file| {
            self.fill(file)?;
            file.pending_register = None;
            file.agent_mint = Some(mint.to_owned());
            file.executive_keypair = Some(self.pending.executive.export());
            file.created_at = Some(format!("{:.3}", jiff::Timestamp::now()));
            Ok(())
        })
    }

    /// Changes the file, if it is still the one of this creation.
    fn change(&self, edit: impl FnOnce(&mut AgentFile) -> Result<(), Error>) -> Result<(), Error> {
        let lock = store::lock(&self.path)?;
        let own = self.pending.executive.public().to_string();
        let file = AgentFile::read(&self.path)?;
        let Some(mut file) =
            file.filter(|file| file.agent_mint.is_none() && file.pending_pubkey() == Some(own))
        else {
            let shown = Paths::display(&self.path);
            return Err(Error::new(
                Kind::Identity,
                "changed",
                format!("`{shown}` was changed by another program"),
            )
            .hint("nothing was overwritten; look at it, then run `leash agent create` again"));
        };
        store::sweep(&self.path, &lock)?;
        edit(&mut file)?;
        store::update(&self.path, &file)
    }
}
