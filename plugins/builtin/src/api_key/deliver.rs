//! Handing a plaintext over: it arrives, or the caller learns that it didn't and revokes the key.

use std::{
    fs::{self, File, OpenOptions},
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use leash_api::{ApiKey as Key, CreatedKey};
use leash_command::{Acting, Host};
use leash_files::Paths;
use leash_identity::{AgentFile, Environment, store};
use leash_output::{Error, Kind, STDOUT, command, stdout_is_open};
use zeroize::Zeroizing;

use super::{
    announce::{Place, Replaced, announce},
    revocation,
};

#[derive(clap::Args)]
pub(super) struct Delivery {
    /// Write the plaintext to this new file (mode 0600), and nothing of it to stdout
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Keep the plaintext with the agent, in its file, for its own later calls
    #[arg(long, conflicts_with = "out")]
    save: bool,
}

/// Where a plaintext will go; made before the key is, so that what can be known to fail fails first.
pub(super) enum Receiver {
    Stdout,
    File(NewFile),
    Agent(PathBuf),
}

/// A file that goes again unless a plaintext arrives in it.
pub(super) struct NewFile {
    path: PathBuf,
    file: File,
    kept: bool,
}

impl Receiver {
    pub(super) fn open(args: &Delivery, acting: &Acting) -> Result<Self, Error> {
        if let Some(path) = &args.out {
            return NewFile::create(path).map(Self::File);
        }
        if args.save {
            return match &acting.file {
                Some(path) => Ok(Self::Agent(path.clone())),
                None if acting.inside_plugin => Err(Error::new(
                    Kind::Refused,
                    "no_grant",
                    "inside a plugin no file of the agent's is changed",
                )
                .hint("use `--out FILE`")),
                None => {
                    Err(Error::usage("`--save` keeps the key in the agent's file, and this agent has none")
                        .hint("use `--out FILE`, or `leash agent import` the agent first"))
                }
            };
        }
        if !stdout_is_open() {
            return Err(Error::failure(STDOUT, "stdout is closed, so the plaintext could not be shown")
                .hint("no key was created, so none had to be revoked; use `--out FILE`"));
        }
        Ok(Self::Stdout)
    }

    /// How a shell that knows the old key comes to know the new one.
    pub(super) fn export(&self) -> String {
        match self {
            Self::Stdout => "`export LEASH_API_KEY=…` with the new one".to_owned(),
            Self::File(file) => {
                format!("`export LEASH_API_KEY=\"$(cat {})\"`", Paths::typed(&file.path))
            }
            Self::Agent(_) => "`unset LEASH_API_KEY`, and the one in the agent's file is used".to_owned(),
        }
    }

    /// Hands the plaintext over and tells about the key. An error means that the plaintext did not arrive.
    pub(super) fn deliver(
        self,
        host: &Host,
        made: &CreatedKey,
        replaces: Option<&Replaced<'_>>,
    ) -> Result<(), Error> {
        let place = match self {
            Self::Stdout => {
                return announce(&host.out, made, &Place::Here, replaces)
                    .map_err(|error| undelivered(&error));
            }
            Self::File(file) => file.fill(made)?,
            Self::Agent(path) => {
                // From reading to writing, so that nothing that others change meanwhile is lost.
                let _lock = store::lock(&path)?;
                let mut file = AgentFile::read(&path)?
                    .ok_or_else(|| Error::failure("io", format!("`{}` is gone", Paths::display(&path))))?;
                let before = file.api_key.replace(made.plaintext.clone());
                store::update(&path, &file)?;
                if let Some(key) = before.and_then(|key| forgotten(key.expose(), replaces.map(|old| old.key)))
                {
                    host.out.warn(&format!(
                        "{key}, which was in the agent's file before, is no longer kept there, and may still work: \
                         `{}` shows its id, `{}` ends it",
                        command("api-key list"),
                        revocation(["ID"])
                    ));
                }
                if Environment::read().is_ok_and(|environment| environment.api_key.is_some()) {
                    host.out
                        .note("the new key is in the agent's file, but LEASH_API_KEY is set and beats it");
                }
                path
            }
        };
        // The plaintext is where it belongs; what is told about it on stdout is no longer part of that.
        let place = Place::File(place.to_string_lossy());
        if let Err(error) = announce(&host.out, made, &place, replaces)
            && error.kind() != Kind::BrokenPipe
        {
            let id = &made.key.id;
            host.out
                .warn(&format!("the key {id} was created and its plaintext kept, but {}", error.message()));
        }
        Ok(())
    }
}

impl NewFile {
    fn create(path: &Path) -> Result<Self, Error> {
        if path.as_os_str() == "-" {
            return Err(Error::usage("`--out -` names no file").hint(
                "without `--out` the plaintext goes to stdout, with `--quiet` it alone; `./-` is a file",
            ));
        }
        let mut options = OpenOptions::new();
        let file = options.write(true).create_new(true).mode(0o600).open(path).map_err(|error| {
            Error::io("create", path, &error).hint(
                "no key was created; name a file that isn't there yet, in a directory that you can write",
            )
        })?;
        Ok(Self { path: path.to_owned(), file, kept: false })
    }

    fn fill(mut self, made: &CreatedKey) -> Result<PathBuf, Error> {
        let line = Zeroizing::new(format!("{}\n", made.plaintext.expose()));
        self.file.write_all(line.as_bytes()).and_then(|()| self.file.sync_all()).map_err(|error| {
            Error::io("write", &self.path, &error)
                .hint("free some space, or name another file, and try again")
        })?;
        self.kept = true;
        Ok(self.path.clone())
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if !self.kept {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// How the API shows a plaintext that was kept, unless it is of the key that is replaced and will be revoked.
fn forgotten(plaintext: &str, replaces: Option<&Key>) -> Option<String> {
    let (start, last4) = plaintext.split_at_checked(plaintext.len().checked_sub(4)?)?;
    let prefix = start.get(..start.rfind('_')? + 1)?;
    let is_replaced = replaces.is_some_and(|key| key.prefix == prefix && key.last4 == last4);
    (!is_replaced).then(|| format!("the key {prefix}…{last4}"))
}

/// A reader that went away is an error here: the key that it should have read must be revoked.
fn undelivered(error: &Error) -> Error {
    let hint = "have something read stdout, or use `--out FILE`";
    if error.kind() == Kind::BrokenPipe {
        return Error::failure(STDOUT, "whoever reads stdout went away before the plaintext was written")
            .hint(hint);
    }
    Error::failure(STDOUT, error.message()).hint("use `--out FILE`, in a place with room")
}
