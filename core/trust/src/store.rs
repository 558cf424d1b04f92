//! The trust store: one file for each grant, `trust/NAME.json` in the data directory.

use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    time::SystemTime,
};

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use leash_files::{
    Paths, atomic,
    trust::{self, Others},
};
use leash_output::{Error, Kind, command};
use leash_policy::{Ledger, Usd};
use leash_protocol::name;
use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{Digest, Grant, LoadedManifest, copies, days, manifest::Known};

/// The version of the files' form.
const VERSION: u32 = 1;

/// The grants of this user.
#[derive(Debug, Clone)]
pub struct Store {
    dir: PathBuf,
    clock: fn() -> SystemTime,
}

/// A grant in a list of all.
#[derive(Debug)]
pub struct Kept {
    /// The plugin's name.
    pub name: String,
    /// The grant, or why it can't be read.
    pub grant: Result<Grant, Error>,
}

/// What a file holds.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    v: u32,
    grant: Grant,
    /// What the manifest says that the grant binds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    manifest: Option<Box<RawValue>>,
}

/// A grant, and what the manifest says that it binds, so that this needn't be read from that anew.
#[derive(Debug)]
pub struct Trusted {
    /// The grant.
    pub grant: Grant,
    manifest: Option<Box<RawValue>>,
}

impl Trusted {
    /// What a manifest of these bytes says, where it is known.
    pub(crate) fn manifest(&self, digest: Digest) -> Option<Known> {
        let is_it = self.grant.manifest_digest == digest;
        Known::read(self.manifest.as_deref().filter(|_| is_it)?)
    }
}

impl Store {
    /// The store of this user. Nothing is read or made yet.
    #[must_use]
    pub fn open(paths: &Paths) -> Self {
        Self { dir: paths.data.join("trust"), clock: SystemTime::now }
    }

    /// The same by another clock: what is remembered of an interpreter depends on how long ago it was changed, and a
    /// test doesn't wait.
    #[must_use]
    pub fn with_clock(self, clock: fn() -> SystemTime) -> Self {
        Self { clock, ..self }
    }

    /// The time by its clock.
    pub(crate) fn now(&self) -> SystemTime {
        (self.clock)()
    }

    /// The directory that holds it, with all that a grant rests on.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The grant of a plugin; `None` where there is none.
    ///
    /// # Errors
    /// [`Kind::Refused`], naming the file, where there is one that can't be read, trusted or understood. That
    /// is never a grant.
    pub fn get(&self, plugin: &str) -> Result<Option<Grant>, Error> {
        Ok(self.trusted(plugin)?.map(|trusted| trusted.grant))
    }

    /// The same, with what is kept beside it.
    ///
    /// # Errors
    /// As [`Store::get`].
    pub fn trusted(&self, plugin: &str) -> Result<Option<Trusted>, Error> {
        let path = self.file(plugin)?;
        let Some(bytes) = trust::read(&path, Others::Nothing).map_err(|error| {
            Error::new(Kind::Refused, "unsafe_store", error.message()).hint(error.hints())
        })?
        else {
            return Ok(None);
        };
        let wrong = |what: String| {
            let shown = Paths::display(&path);
            Error::new(Kind::Refused, "broken_grant", format!("`{shown}` is no grant: {what}")).hint(format!(
                "look at the plugin and trust it anew: `{}`",
                command(&format!("plugin trust {plugin}"))
            ))
        };
        let stored: Stored = serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
        let grant = stored.grant;
        if stored.v != VERSION {
            return Err(wrong(format!("its form is version {}, and this leash knows {VERSION}", stored.v)));
        }
        if grant.name != plugin {
            return Err(wrong(format!("it belongs to `{}`", grant.name)));
        }
        grant.scopes.iter().try_for_each(leash_protocol::scope::Scope::check).map_err(wrong)?;
        Ok(Some(Trusted { grant, manifest: stored.manifest }))
    }

    /// Keeps a grant, in the place of the plugin's old one.
    ///
    /// # Errors
    /// As the file system says; the old grant then still holds.
    pub fn put(&self, grant: &Grant) -> Result<(), Error> {
        self.keep(grant, None)
    }

    /// The same, with what the manifest says that the grant binds.
    ///
    /// # Errors
    /// As [`Store::put`].
    pub fn put_with(&self, grant: &Grant, manifest: &LoadedManifest) -> Result<(), Error> {
        let is_it = manifest.digest == grant.manifest_digest;
        self.keep(grant, is_it.then(|| Known::write(manifest)).flatten())
    }

    fn keep(&self, grant: &Grant, manifest: Option<Box<RawValue>>) -> Result<(), Error> {
        let path = self.file(&grant.name)?;
        let _lock = self.lock()?;
        let old = self.get(&grant.name);
        self.write(&path, grant, manifest)?;
        match old {
            Ok(Some(old)) if old.digest != grant.digest => copies::forget(&self.dir, &old.name, &old.digest),
            _ => Ok(()),
        }
    }

    /// Takes a grant back, and says whether there was one. One that can't be read goes as well.
    ///
    /// # Errors
    /// As the file system says; the grant may then still hold.
    pub fn remove(&self, plugin: &str) -> Result<bool, Error> {
        let path = self.file(plugin)?;
        if fs::symlink_metadata(&path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
            return Ok(false);
        }
        let _lock = self.lock()?;
        let old = self.get(plugin);
        match fs::remove_file(&path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(Error::io("remove", &path, &error)),
        }
        // Not before its directory is durable is the name gone for good.
        let synced = File::open(&self.dir).and_then(|dir| dir.sync_all());
        synced.map_err(|error| Error::io("write", &self.dir, &error))?;
        if let Ok(Some(old)) = old {
            copies::forget(&self.dir, plugin, &old.digest)?;
        }
        Ok(true)
    }

    /// All grants by name. One that can't be read hides no other.
    ///
    /// # Errors
    /// Where the store itself can't be read.
    pub fn all(&self) -> Result<Vec<Kept>, Error> {
        let fail = |error: io::Error| Error::io("read", &self.dir, &error);
        let entries = match fs::read_dir(&self.dir) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(fail(error)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let file = entry.map_err(fail)?.file_name();
            if let Some(name) = file.to_str().and_then(|file| file.strip_suffix(".json"))
                && name::is_valid(name)
            {
                names.push(name.to_owned());
            }
        }
        names.sort_unstable();
        let all = names.into_iter().filter_map(|name| {
            let grant = self.get(&name).transpose()?;
            Some(Kept { name, grant })
        });
        Ok(all.collect())
    }

    /// Notes that the user said yes under `consent = "first"`, unless the grant has changed since it was read.
    ///
    /// # Errors
    /// [`Kind::Refused`] where it has changed, else as the file system says.
    pub fn record_consent(&self, grant: &Grant) -> Result<(), Error> {
        let path = self.file(&grant.name)?;
        let _lock = self.lock()?;
        let (kept, manifest) =
            self.trusted(&grant.name)?.map(|trusted| (trusted.grant, trusted.manifest)).unzip();
        let consented_at = kept.as_ref().and_then(|kept| kept.consented_at);
        if kept.as_ref() != Some(&Grant { consented_at, ..grant.clone() }) {
            return Err(Error::new(Kind::Refused, "grant_changed", "the grant was changed in the meantime")
                .hint(format!(
                    "see what it is now: `{}`",
                    command(&format!("plugin which {}", grant.name))
                )));
        }
        if consented_at.is_some() {
            // Another run asked at the same time.
            return Ok(());
        }
        let grant = Grant { consented_at: Some(Timestamp::now()), ..grant.clone() };
        self.write(&path, &grant, manifest.flatten())
    }

    /// Counts one more signature of today's (UTC), for a grant with `max_per_day`. Says how many there are
    /// then; `None` where the limit is reached and nothing may be signed.
    ///
    /// # Errors
    /// Where it can't be counted durably: nothing may be signed then either.
    pub fn count_today(&self, plugin: &str, limit: u32) -> Result<Option<u32>, Error> {
        let path = self.day_file(plugin)?;
        let dir = path.parent().unwrap_or(&self.dir);
        atomic::create_dir(dir).map_err(|error| Error::io("create", dir, &error))?;
        days::take(&path, today(), limit)
    }

    /// How many signatures were counted today.
    ///
    /// # Errors
    /// Where the count can't be read.
    pub fn counted_today(&self, plugin: &str) -> Result<u32, Error> {
        days::count(&self.day_file(plugin)?, today())
    }

    /// What a plugin has paid today out of its grants, what is under way included.
    ///
    /// # Errors
    /// Where that can't be read whole.
    pub fn paid_today(&self, plugin: &str) -> Result<Usd, Error> {
        is_name(plugin)?;
        Ok(Ledger::of_plugin(&self.dir.join("spending"), plugin).state(Timestamp::now(), None)?.spent)
    }

    fn write(&self, path: &Path, grant: &Grant, manifest: Option<Box<RawValue>>) -> Result<(), Error> {
        let fail = |error: io::Error| Error::io("write", path, &error);
        let stored = Stored { v: VERSION, grant: grant.clone(), manifest };
        let mut text = serde_json::to_vec_pretty(&stored).map_err(|error| fail(error.into()))?;
        text.push(b'\n');
        atomic::replace(path, &text).map_err(fail)
    }

    /// Held while a grant is read and written anew.
    fn lock(&self) -> Result<File, Error> {
        let fail = |error: io::Error| Error::io("lock", &self.dir, &error);
        atomic::create_dir(&self.dir).map_err(fail)?;
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false).mode(0o600);
        let file = options.open(self.dir.join(".lock")).map_err(fail)?;
        rustix::io::retry_on_intr(|| flock(&file, FlockOperation::LockExclusive))
            .map_err(|error| fail(error.into()))?;
        Ok(file)
    }

    fn file(&self, plugin: &str) -> Result<PathBuf, Error> {
        is_name(plugin)?;
        Ok(self.dir.join(format!("{plugin}.json")))
    }

    fn day_file(&self, plugin: &str) -> Result<PathBuf, Error> {
        is_name(plugin)?;
        Ok(self.dir.join("days").join(plugin))
    }
}

/// A name becomes part of a path.
fn is_name(plugin: &str) -> Result<(), Error> {
    if name::is_valid(plugin) {
        return Ok(());
    }
    Err(Error::usage(format!("`{plugin}` is no plugin's name")).hint("`leash --list` shows what there is"))
}

fn today() -> Date {
    TimeZone::UTC.to_datetime(Timestamp::now()).date()
}
