//! The one table of commands.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    fs,
    path::{Path, PathBuf},
};

use leash_output::{Code, Error, Kind};
use leash_protocol::{commands, name};
use rustix::fs::{Dir, Mode, OFlags};

use crate::{
    Concern, Installed, check_path, executable_problem, hygiene::check_directory, installed, nearest,
};

/// Where commands come from.
#[derive(Debug, Clone, Default)]
pub struct Table<'a> {
    /// Names of the built-ins, their other spellings included.
    pub builtins: Vec<&'a str>,
    /// Where executables lie that came with the host.
    pub bundled: Vec<PathBuf>,
    /// Aliases of the user's.
    pub aliases: BTreeMap<String, Vec<String>>,
    /// Where plugins are installed, each in a directory of its name; none for a user without a home.
    pub installed: Option<PathBuf>,
    /// The user's PATH.
    pub path: OsString,
}

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A built-in.
    Builtin,
    /// An executable that came with the host.
    Bundled(PathBuf),
    /// Other words.
    Alias(Vec<String>),
    /// A plugin that was installed, whole or not.
    Installed(Installed),
    /// An executable on PATH.
    Path(PathBuf),
}

/// One command, for a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// What it stands for.
    pub target: Target,
}

impl Table<'_> {
    /// What a name stands for.
    ///
    /// # Errors
    /// [`Kind::NotFound`], with the nearest name of this table.
    pub fn find(&self, typed: &OsStr) -> Result<Target, Error> {
        match self.find_own(typed) {
            Some(target) => Ok(target),
            None => self.find_other(typed),
        }
    }

    /// What a name stands for that nothing of the user's can stand for: a built-in, or what came with the host.
    #[must_use]
    pub fn find_own(&self, typed: &OsStr) -> Option<Target> {
        let command = typed.to_str().filter(|text| name::is_valid(text))?;
        if self.builtins.contains(&command) {
            return Some(Target::Builtin);
        }
        self.find_bundled(command).map(Target::Bundled)
    }

    /// What a name stands for that [`Table::find_own`] doesn't know.
    ///
    /// # Errors
    /// As [`Table::find`].
    pub fn find_other(&self, typed: &OsStr) -> Result<Target, Error> {
        let shown = typed.to_string_lossy();
        let Some(command) = typed.to_str().filter(|text| name::is_valid(text)) else {
            return Err(not_found(&shown).hint(
                "a command's name has lower-case letters, digits and `-`; `leash --list` shows what there is",
            ));
        };
        if let Some(dir) = self.bundled.first().filter(|_| commands::BUNDLED.contains(&command)) {
            let message = format!("`leash-{command}`, which comes with leash, isn't there");
            return Err(Error::new(Kind::NotFound, "not_installed", message)
                .hint(format!("install leash whole: `leash-{command}` belongs into `{}`", dir.display())));
        }
        if commands::INTERNAL.contains(&command) {
            let hint = format!(
                "`leash-{command}` is a part of leash and no command; `leash --list` shows what there is"
            );
            return Err(not_found(&shown).hint(hint));
        }
        if is_kept(command) {
            return Err(not_found(&shown)
                .hint("the name is kept for a later version of leash; `leash --list` shows what there is"));
        }
        if let Some(words) = self.aliases.get(command) {
            return Ok(Target::Alias(words.clone()));
        }
        if let Some(installed) = self.find_installed(command) {
            return Ok(Target::Installed(installed));
        }
        if let Some(path) = self.find_on_path(command) {
            return Ok(Target::Path(path));
        }
        let error = not_found(&shown);
        if let Some(why) = self.passed_over(command) {
            return Err(error.hint(why));
        }
        let all = self.all();
        Err(match nearest(command, all.iter().map(|listed| listed.name.as_str())) {
            Some(near) => error.hint(format!("did you mean `{}`?", leash_output::command(near))),
            None => error.hint("`leash --list` shows what there is"),
        })
    }

    /// Every command, by name; each as [`Table::find`] would find it.
    #[must_use]
    pub fn all(&self) -> Vec<Listed> {
        let mut all: BTreeMap<String, Target> = BTreeMap::new();
        let mut seen = Vec::new();
        for dir in check_path(&self.path) {
            // `/bin` is often `/usr/bin` under another name.
            if !matches!(dir.concern, Some(Concern::Skipped(_))) && !seen.contains(&dir.identity) {
                seen.push(dir.identity);
                for (command, path) in executables(&dir.path) {
                    all.entry(command).or_insert(Target::Path(path));
                }
            }
        }
        for installed in self.installed.iter().flat_map(|dir| installed::all(dir)) {
            all.insert(installed.name().to_owned(), Target::Installed(installed));
        }
        for (command, words) in &self.aliases {
            if name::is_valid(command) {
                all.insert(command.clone(), Target::Alias(words.clone()));
            }
        }
        all.retain(|command, _| !is_kept(command));
        for dir in self.bundled.iter().rev() {
            for (command, path) in executables(dir) {
                all.insert(command, Target::Bundled(path));
            }
        }
        for command in &self.builtins {
            all.insert((*command).to_owned(), Target::Builtin);
        }
        all.into_iter().map(|(name, target)| Listed { name, target }).collect()
    }

    fn find_bundled(&self, command: &str) -> Option<PathBuf> {
        if commands::INTERNAL.contains(&command) {
            return None;
        }
        self.bundled.iter().map(|dir| join(dir, command)).find(|path| executable_problem(path).is_none())
    }

    fn find_installed(&self, command: &str) -> Option<Installed> {
        Installed::of(self.installed.as_deref()?, command)
    }

    /// Directories are looked at only where they hold such a file: most commands lie in one, of many.
    fn find_on_path(&self, command: &str) -> Option<PathBuf> {
        std::env::split_paths(&self.path)
            .filter(|dir| dir.is_absolute())
            .map(|dir| join(&dir, command))
            .find(|path| executable_problem(path).is_none() && !is_passed_over(path.parent()))
    }

    /// Why the first file on PATH that would be this command isn't, where there is such a file.
    fn passed_over(&self, command: &str) -> Option<String> {
        check_path(&self.path).into_iter().filter(|dir| dir.path.is_absolute()).find_map(|dir| {
            let path = join(&dir.path, command);
            fs::symlink_metadata(&path).ok()?;
            Some(match dir.concern {
                Some(Concern::Skipped(why)) => {
                    format!("`{}` is there, but its directory is passed over: {why}", path.display())
                }
                _ => format!("`{}` is passed over: {}", path.display(), executable_problem(&path)?),
            })
        })
    }
}

/// Whether nothing of the user's may have a name.
pub(crate) fn is_kept(command: &str) -> bool {
    commands::is_reserved(command)
}

/// Where a command would lie in a directory.
pub(crate) fn join(dir: &Path, command: &str) -> PathBuf {
    dir.join(format!("leash-{command}"))
}

fn is_passed_over(dir: Option<&Path>) -> bool {
    dir.is_none_or(|dir| matches!(check_directory(dir), Some(Concern::Skipped(_))))
}

fn executables(dir: &Path) -> Vec<(String, PathBuf)> {
    // Directories of PATH hold thousands of files of which few are ours: the others cost nothing but their names.
    let opened = rustix::fs::open(dir, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty());
    let entries = opened.and_then(Dir::new).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| {
            let command = entry.file_name().to_bytes().strip_prefix(b"leash-")?;
            let command = std::str::from_utf8(command).ok().filter(|command| name::is_valid(command))?;
            if commands::INTERNAL.contains(&command) {
                return None;
            }
            let path = join(dir, command);
            executable_problem(&path).is_none().then(|| (command.to_owned(), path))
        })
        .collect()
}

/// There is no such command.
pub const UNKNOWN_COMMAND: Code = Code::new("unknown_command");

fn not_found(command: &str) -> Error {
    Error::new(Kind::NotFound, UNKNOWN_COMMAND, format!("there is no command `{command}`"))
}
