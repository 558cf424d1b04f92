//! Putting a folder where there is none: made aside, made durable, and renamed, so that it is whole or not there.

use std::{
    env,
    fs::{self, File, OpenOptions, Permissions},
    io::{self, Write as _},
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
};

use leash_files::Paths;
use leash_output::Error;

use super::files::{Content, New};

/// Makes the folder.
pub(super) fn put(dir: &Path, files: &[New]) -> Result<(), Error> {
    let dir = absolute(dir)?;
    let parent = dir.parent().ok_or_else(|| exists(&dir))?;
    if is_taken(&dir) {
        return Err(exists(&dir));
    }
    fs::create_dir_all(parent).map_err(|error| Error::io("create", parent, &error))?;
    let aside = tempfile::Builder::new()
        .prefix(".leash-new-")
        .tempdir_in(parent)
        .map_err(|error| Error::io("create a folder in", parent, &error))?;
    fill(aside.path(), files).map_err(|error| Error::io("write into", aside.path(), &error))?;
    // Onto an empty folder, or nothing; never onto anything else.
    fs::rename(aside.path(), &dir).map_err(|error| match error.kind() {
        io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
            exists(&dir)
        }
        _ => Error::io("create", &dir, &error),
    })?;
    // It is elsewhere now.
    let _ = aside.keep();
    let made = File::open(parent).and_then(|parent| parent.sync_all());
    made.map_err(|error| Error::io("write", parent, &error))
}

fn is_taken(dir: &Path) -> bool {
    match fs::symlink_metadata(dir) {
        Ok(metadata) if metadata.is_dir() => {
            fs::read_dir(dir).map_or(true, |mut entries| entries.next().is_some())
        }
        Ok(_) => true,
        Err(_) => false,
    }
}

fn exists(dir: &Path) -> Error {
    Error::failure("exists", format!("`{}` is there already; nothing was changed", Paths::display(dir)))
        .hint("name another folder: `--dir DIR`")
}

fn fill(dir: &Path, files: &[New]) -> io::Result<()> {
    fs::set_permissions(dir, Permissions::from_mode(0o755))?;
    for file in files {
        let path = dir.join(&file.path);
        if let Some(folder) = path.parent().filter(|folder| !folder.is_dir()) {
            fs::create_dir_all(folder)?;
            fs::set_permissions(folder, Permissions::from_mode(0o755))?;
        }
        match &file.content {
            Content::Link(to) => symlink(to, &path)?,
            Content::Text { text, executable } => {
                let mut open = OpenOptions::new().write(true).create_new(true).open(&path)?;
                open.write_all(text.as_bytes())?;
                // Whatever the umask: a plugin that others can write is passed over.
                open.set_permissions(Permissions::from_mode(if *executable { 0o755 } else { 0o644 }))?;
                open.sync_all()?;
            }
        }
    }
    Ok(())
}

/// The folder of leash's sources, with the crates that a plugin builds with.
pub(super) fn sources(dir: &Path) -> Result<PathBuf, Error> {
    let found = fs::canonicalize(dir).map_err(|error| Error::io("find", dir, &error))?;
    if found.join("core/sdk/Cargo.toml").is_file() && found.to_str().is_some() {
        return Ok(found);
    }
    Err(Error::usage(format!("`{}` doesn't hold the sources of leash", Paths::display(dir)))
        .hint("name the folder with `core/sdk` in it, or leave `--leash-source` out"))
}

pub(super) fn absolute(path: &Path) -> Result<PathBuf, Error> {
    if path.is_absolute() {
        return Ok(path.components().collect());
    }
    let here = env::current_dir().map_err(|error| Error::io("find", Path::new("."), &error))?;
    Ok(here.join(path).components().collect())
}

/// A path as a shell takes it for one word.
pub(super) fn quoted(path: &Path) -> String {
    let text = path.to_string_lossy();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.');
    if text.bytes().all(plain) { text.into_owned() } else { format!("'{}'", text.replace('\'', "'\\''")) }
}
