//! Everything that a name could stand for, in the order in which it is looked for.

use std::fs;

use leash_protocol::{commands, name};

use crate::{
    Concern, Installed, Table, Target, check_path, executable_problem,
    table::{is_kept, join},
};

/// Something that a name could stand for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// What it is.
    pub target: Target,
    /// Why it is not what the name stands for; none for the one that is.
    pub loses: Option<String>,
}

impl Table<'_> {
    /// All that a name could stand for, the one that it does stand for among them.
    #[must_use]
    pub fn candidates(&self, command: &str) -> Vec<Candidate> {
        let mut all = Vec::new();
        if !name::is_valid(command) {
            return all;
        }
        let mut push = |target, loses| all.push(Candidate { target, loses });
        if self.builtins.contains(&command) {
            push(Target::Builtin, None);
        }
        for path in self.bundled.iter().map(|dir| join(dir, command)).filter(|path| path.exists()) {
            let internal = commands::INTERNAL.contains(&command).then_some("it is leash's own");
            let problem = internal.or_else(|| executable_problem(&path));
            push(Target::Bundled(path), problem.map(str::to_owned));
        }
        let kept = is_kept(command).then(|| "the name is kept for leash".to_owned());
        if let Some(words) = self.aliases.get(command) {
            push(Target::Alias(words.clone()), kept.clone());
        }
        if let Some(installed) = self.installed.as_deref().and_then(|dir| Installed::of(dir, command)) {
            push(Target::Installed(installed), kept.clone());
        }
        for dir in check_path(&self.path) {
            let path = join(&dir.path, command);
            if dir.path.as_os_str().is_empty() || fs::symlink_metadata(&path).is_err() {
                continue;
            }
            let loses = match dir.concern {
                Some(Concern::Skipped(why)) => Some(format!("its directory is passed over: {why}")),
                _ => executable_problem(&path).map(str::to_owned),
            };
            push(Target::Path(path), kept.clone().or(loses));
        }
        let mut winner: Option<&'static str> = None;
        for candidate in all.iter_mut().filter(|candidate| candidate.loses.is_none()) {
            match winner {
                None => winner = Some(candidate.target.source()),
                Some(source) => candidate.loses = Some(format!("{source} comes first")),
            }
        }
        all
    }
}

impl Target {
    /// Where it comes from, in a word.
    #[must_use]
    pub const fn source(&self) -> &'static str {
        match self {
            Self::Builtin => "builtin",
            Self::Bundled(_) => "bundled",
            Self::Alias(_) => "alias",
            Self::Installed(_) => "installed",
            Self::Path(_) => "path",
        }
    }

    /// The program that would run.
    #[must_use]
    pub fn program(&self) -> Option<&std::path::Path> {
        match self {
            Self::Bundled(path) | Self::Path(path) => Some(path),
            Self::Installed(installed) => Some(&installed.program),
            Self::Builtin | Self::Alias(_) => None,
        }
    }
}
