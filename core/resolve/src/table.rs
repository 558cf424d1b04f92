//! The one table of commands.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    fs,
    path::{Path, PathBuf},
};

use leash_output::{Error, Kind};
use leash_protocol::name;

use crate::{Concern, check_path, executable_problem, nearest};

/// Where commands come from.
#[derive(Debug, Clone, Default)]
pub struct Table<'a> {
    /// Names of the built-ins, their other spellings included.
    pub builtins: Vec<&'a str>,
    /// Where executables lie that came with the host.
    pub bundled: Vec<PathBuf>,
    /// Aliases of the user's.
    pub aliases: BTreeMap<String, Vec<String>>,
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
        let shown = typed.to_string_lossy();
        let Some(command) = typed.to_str().filter(|text| name::is_valid(text)) else {
            return Err(not_found(&shown).hint(
                "a command's name has lower-case letters, digits and `-`; `leash --list` shows what there is",
            ));
        };
        if self.builtins.contains(&command) {
            return Ok(Target::Builtin);
        }
        if let Some(path) = self.find_bundled(typed) {
            return Ok(Target::Bundled(path));
        }
        if name::RESERVED.contains(&command) || name::INTERNAL.contains(&command) {
            return Err(not_found(&shown)
                .hint("the name is kept for a later version of leash; `leash --list` shows what there is"));
        }
        if let Some(words) = self.aliases.get(command) {
            return Ok(Target::Alias(words.clone()));
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
            Some(near) => error.hint(format!("did you mean `leash {near}`?")),
            None => error.hint("`leash --list` shows what there is"),
        })
    }

    /// Every command, by name; each as [`Table::find`] would find it.
    #[must_use]
    pub fn all(&self) -> Vec<Listed> {
        let mut all: BTreeMap<String, Target> = BTreeMap::new();
        for dir in self.path_dirs() {
            for (command, path) in executables(&dir) {
                if !name::RESERVED.contains(&command.as_str()) {
                    all.entry(command).or_insert(Target::Path(path));
                }
            }
        }
        for (command, words) in &self.aliases {
            if name::is_valid(command) && !name::RESERVED.contains(&command.as_str()) {
                all.insert(command.clone(), Target::Alias(words.clone()));
            }
        }
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

    /// The executable that came with the host under this name, if there is one.
    #[must_use]
    pub fn find_bundled(&self, typed: &OsStr) -> Option<PathBuf> {
        let command = typed.to_str().filter(|text| name::is_valid(text) && !name::INTERNAL.contains(text))?;
        let file = format!("leash-{command}");
        self.bundled.iter().map(|dir| dir.join(&file)).find(|path| is_command(path))
    }

    fn find_on_path(&self, command: &str) -> Option<PathBuf> {
        let file = format!("leash-{command}");
        self.path_dirs().map(|dir| dir.join(&file)).find(|path| is_command(path))
    }

    /// Why the first file on PATH that would be this command isn't, where there is such a file.
    fn passed_over(&self, command: &str) -> Option<String> {
        let file = format!("leash-{command}");
        check_path(&self.path).into_iter().filter(|dir| dir.path.is_absolute()).find_map(|dir| {
            let path = dir.path.join(&file);
            fs::symlink_metadata(&path).ok()?;
            Some(match dir.concern {
                Some(Concern::Skipped(why)) => {
                    format!("`{}` is there, but its directory is passed over: {why}", path.display())
                }
                _ => format!("`{}` is passed over: {}", path.display(), executable_problem(&path)?),
            })
        })
    }

    fn path_dirs(&self) -> impl Iterator<Item = PathBuf> {
        check_path(&self.path)
            .into_iter()
            .filter(|dir| !matches!(dir.concern, Some(Concern::Skipped(_))))
            .map(|dir| dir.path)
    }
}

fn is_command(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok() && executable_problem(path).is_none()
}

fn executables(dir: &Path) -> Vec<(String, PathBuf)> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| {
            let file = entry.file_name();
            let command = file.to_str()?.strip_prefix("leash-")?;
            let path = entry.path();
            (name::is_valid(command) && !name::INTERNAL.contains(&command) && is_command(&path))
                .then(|| (command.to_owned(), path))
        })
        .collect()
}

fn not_found(command: &str) -> Error {
    Error::new(Kind::NotFound, "unknown_command", format!("there is no command `{command}`"))
}
