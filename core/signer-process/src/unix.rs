//! A socket with a name, for plugins whose runtime closes the descriptors that they inherit.

use std::{
    fs::{self, DirBuilder},
    io,
    os::{
        fd::{AsFd as _, BorrowedFd, OwnedFd},
        unix::fs::{DirBuilderExt as _, MetadataExt as _},
    },
    path::{Path, PathBuf},
};

use leash_output::Error;
use rustix::{
    io::Errno,
    net::{
        AddressFamily, SocketAddrUnix, SocketFlags, SocketType, accept_with, bind, listen, socket_with,
        sockopt::socket_peercred,
    },
    process::{Pid, geteuid},
};

use crate::procfs;

/// The most bytes of a socket's path; systems allow little more.
const MOST_PATH: usize = 100;

/// Where a plugin connects to. It is gone from the file system when this is dropped.
pub(crate) struct Listener {
    socket: OwnedFd,
    dir: PathBuf,
    pub(crate) path: PathBuf,
    plugin: Pid,
}

impl Listener {
    /// Makes a directory for this user alone, and a socket in it, for `plugin` and its descendants.
    pub(crate) fn new(runtime_dir: Option<&Path>, plugin: Pid) -> Result<Self, Error> {
        let failed =
            |error: io::Error| Error::failure("signer", format!("cannot make the signer's socket: {error}"));
        let name = format!("leash-{}", leash_files::random_id::<8>().map_err(failed)?);
        let temp = std::env::temp_dir();
        let bases =
            [runtime_dir.filter(|dir| is_private(dir)), Some(temp.as_path()), Some(Path::new("/tmp"))];
        let fits =
            |dir: &PathBuf| dir.is_absolute() && dir.to_str().is_some_and(|dir| dir.len() + 2 <= MOST_PATH);
        let mut dirs = bases.into_iter().flatten().map(|base| base.join(&name)).filter(fits);
        let mut last = io::Error::other("no directory has a name that is short enough");
        let dir =
            dirs.find(|dir| DirBuilder::new().mode(0o700).create(dir).map_err(|error| last = error).is_ok());
        let Some(dir) = dir else { return Err(failed(last)) };
        let path = dir.join("s");
        match open(&path) {
            Ok(socket) => Ok(Self { socket, dir, path, plugin }),
            Err(error) => {
                let _ = fs::remove_dir(dir);
                Err(failed(error.into()))
            }
        }
    }

    /// Takes the next speaker, if it may speak: one of this user's, that descends from the plugin.
    pub(crate) fn accept(&self) -> Option<OwnedFd> {
        let socket = accept_with(&self.socket, SocketFlags::CLOEXEC).ok()?;
        let peer = socket_peercred(&socket).ok()?;
        (peer.uid == geteuid() && procfs::descends(peer.pid, self.plugin)).then_some(socket)
    }

    pub(crate) fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
        let _ = fs::remove_dir(&self.dir);
    }
}

fn open(path: &Path) -> Result<OwnedFd, Errno> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
    bind(&socket, &SocketAddrUnix::new(path)?)?;
    listen(&socket, 16)?;
    Ok(socket)
}

/// What the specification of `XDG_RUNTIME_DIR` asks of it.
fn is_private(dir: &Path) -> bool {
    dir.is_absolute()
        && fs::metadata(dir)
            .is_ok_and(|dir| dir.is_dir() && dir.uid() == geteuid().as_raw() && dir.mode() & 0o077 == 0)
}
