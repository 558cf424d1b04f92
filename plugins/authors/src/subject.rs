//! What `PATH|NAME` stands for: an executable, its manifest, and the name that it is called by.

use std::{
    env,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
};

use leash_command::Host;
use leash_files::Paths;
use leash_output::{Error, Kind};
use leash_protocol::name::is_valid;
use leash_resolve::Target;

/// A plugin to look at. Its parts may be missing, and may be wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Subject {
    /// What it is called by.
    pub(crate) name: String,
    /// Where its executable is, or should be; an absolute path.
    pub(crate) executable: PathBuf,
    /// Its manifest, where there is one.
    pub(crate) manifest: Option<PathBuf>,
    /// The folder, where it is laid out like an installed plugin.
    pub(crate) dir: Option<PathBuf>,
}

/// The manifest of an installed plugin.
const INSTALLED: &str = "leash-plugin.toml";

impl Subject {
    /// Finds it: a folder, an executable or a manifest by its path, or a plugin on PATH by its name.
    ///
    /// # Errors
    /// Where there is none.
    pub(crate) fn find(host: &Host, what: &OsStr) -> Result<Self, Error> {
        let path = Path::new(what);
        if fs::symlink_metadata(path).is_err()
            && let Some(name) = what.to_str().filter(|name| is_valid(name))
        {
            let mut table = host.table()?;
            table.aliases.clear();
            return match table.find(what)? {
                Target::Path(path) => Ok(Self::of_executable(&path)),
                _ => Err(Error::usage(format!("`{name}` came with leash"))
                    .hint("name a plugin of yours, or its path: `./leash-NAME`")),
            };
        }
        let metadata = fs::metadata(path).map_err(|error| Error::io("look at", path, &error))?;
        let path = absolute(path)?;
        if metadata.is_dir() {
            Self::of_folder(&path)
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            Self::of_manifest(&path)
        } else {
            Ok(Self::of_executable(&path))
        }
    }

    fn of_folder(dir: &Path) -> Result<Self, Error> {
        let installed = dir.join(INSTALLED);
        if fs::symlink_metadata(&installed).is_ok() {
            return Self::of_manifest(&installed);
        }
        let mut found: Vec<_> = fs::read_dir(dir)
            .map_err(|error| Error::io("read", dir, &error))?
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| name_in(name.strip_suffix(".toml").unwrap_or_default()).is_some())
            .collect();
        found.sort_unstable();
        match found.as_slice() {
            [one] => Self::of_manifest(&dir.join(one)),
            [] => Err(Error::new(
                Kind::Failure,
                "no_plugin",
                format!("there is no `{INSTALLED}` and no `leash-NAME.toml` in `{}`", Paths::display(dir)),
            )
            .hint("name the executable itself, or make a plugin: `leash plugin new NAME --lang sh`")),
            several => Err(Error::usage(format!("there are several plugins in `{}`", Paths::display(dir)))
                .hint(format!("name one of them: {}", several.join(", ")))),
        }
    }

    fn of_manifest(path: &Path) -> Result<Self, Error> {
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        let own = name_in(file.strip_suffix(".toml").unwrap_or_default()).filter(|_| file != INSTALLED);
        let dir = path.parent().unwrap_or(path);
        let name = match own {
            Some(name) => name.to_owned(),
            None => name_within(path, dir).ok_or_else(|| {
                Error::failure("no_name", format!("`{}` doesn't say whose it is", Paths::display(path)))
                    .hint("its `name` names the plugin: name = \"sell-report\"")
            })?,
        };
        let installed = (file == INSTALLED).then(|| dir.to_owned());
        let executable = dir.join(format!("leash-{name}"));
        Ok(Self { name, executable, manifest: Some(path.to_owned()), dir: installed })
    }

    fn of_executable(path: &Path) -> Self {
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let name = name_in(&file).unwrap_or(&file).to_owned();
        let manifest = format!("leash-{name}.toml");
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let beside = [path, &target].map(|path| path.with_file_name(&manifest));
        let installed = target.with_file_name(INSTALLED);
        let is_there = |path: &PathBuf| fs::symlink_metadata(path).is_ok();
        let ours = is_there(&installed) && name_within(&installed, Path::new("")).as_ref() == Some(&name);
        let dir = ours.then(|| installed.parent().map(Path::to_owned)).flatten();
        let manifest = beside.into_iter().find(is_there).or_else(|| ours.then_some(installed));
        Self { name, executable: path.to_owned(), manifest, dir }
    }
}

/// The name in `leash-NAME`.
fn name_in(file: &str) -> Option<&str> {
    file.strip_prefix("leash-").filter(|name| is_valid(name))
}

/// The name that a manifest states or, where it can't be read, that of the one executable beside it.
fn name_within(manifest: &Path, dir: &Path) -> Option<String> {
    let text = fs::read(manifest).ok()?;
    let named = leash_trust::Examined::of(&text, "").manifest.map(|manifest| manifest.name);
    if let Some(name) = named.filter(|name| is_valid(name)) {
        return Some(name);
    }
    let mut names = fs::read_dir(dir).ok()?.filter_map(|entry| {
        let file = entry.ok()?.file_name().into_string().ok()?;
        name_in(&file).map(str::to_owned)
    });
    names.next().filter(|_| names.next().is_none())
}

fn absolute(path: &Path) -> Result<PathBuf, Error> {
    let here = || env::current_dir().map_err(|error| Error::io("find", Path::new("."), &error));
    let path = if path.is_absolute() { path.to_owned() } else { here()?.join(path) };
    // Without `.`; links stay as they are, since a plugin may be one.
    Ok(path.components().collect())
}
