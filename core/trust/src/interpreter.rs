//! From a script's `#!` line to the program that runs it.
//!
//! An interpreter is always a program, never a script itself: such a one (a version manager's shim, say) may
//! start anything, by what lies in the current directory. Behind `env` those are passed over.

use std::{
    ffi::{OsStr, OsString},
    io::{Read as _, Seek as _},
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
};

use leash_output::{Error, Kind};
use leash_resolve::{Concern, check_path, executable_problem};

use crate::{Digest, Interpreter, cache::Digests, file, shebang::Line, suitable};

/// How a script is started.
#[derive(Debug)]
pub(crate) struct Start {
    /// The program to start.
    pub interpreter: Interpreter,
    /// What it gets before the script's path.
    pub arguments: Vec<OsString>,
    /// The `env` that the script names, where it names one.
    pub env: Option<Interpreter>,
}

/// Where the program is looked for that a script names through `env`.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Search<'a> {
    /// In the directories of a PATH.
    Path(&'a OsStr),
    /// Nowhere: it was found when the user agreed.
    Bound(&'a Path),
}

/// Finds and hashes what a script's `#!` line names; what `digests` knows needn't be hashed.
///
/// # Errors
/// [`Kind::Refused`] where it can't be bound, else as the file system says.
pub(crate) fn bind(
    script: &Path,
    line: &Line,
    search: Search<'_>,
    digests: Option<&Digests>,
) -> Result<Start, Error> {
    let named = PathBuf::from(&line.interpreter);
    if !named.is_absolute() {
        return Err(file::refused(script, "names its interpreter by a relative path"));
    }
    let program = |path: &Path| program(path, digests);
    let first = program(&named)?;
    if named.file_name() != Some(OsStr::new("env")) {
        return Ok(Start {
            interpreter: first,
            arguments: line.argument.iter().cloned().collect(),
            env: None,
        });
    }
    let (name, arguments) = behind_env(line.argument.as_deref())
        .ok_or_else(|| file::refused(script, "uses `env` for more than to name an interpreter"))?;
    let interpreter = match search {
        Search::Bound(path) => program(path)?,
        Search::Path(_) if name.as_bytes().contains(&b'/') => program(Path::new(&name))?,
        Search::Path(path) => find(&name, path, program)?,
    };
    Ok(Start { interpreter, arguments, env: Some(first) })
}

/// What `env` would run: a name, or `-S` with plain words, none of which `env` would take for itself.
fn behind_env(argument: Option<&OsStr>) -> Option<(OsString, Vec<OsString>)> {
    let argument = argument?.as_bytes();
    let words: Vec<&[u8]> = match argument.strip_prefix(b"-S") {
        Some(words) if words.iter().all(|byte| is_plain(*byte)) => {
            words.split(|byte| matches!(byte, b' ' | b'\t')).filter(|word| !word.is_empty()).collect()
        }
        Some(_) => return None,
        None => vec![argument],
    };
    let (name, arguments) = words.split_first()?;
    let is_relative = name.contains(&b'/') && !name.starts_with(b"/");
    if name.is_empty() || name.starts_with(b"-") || name.contains(&b'=') || is_relative {
        return None;
    }
    let own = |word: &[u8]| OsStr::from_bytes(word).to_owned();
    Some((own(name), arguments.iter().map(|word| own(word)).collect()))
}

/// Neither quoted nor replaced by `env -S`.
const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b' ' | b'\t' | b'-' | b'_' | b'.' | b'/' | b':' | b'=' | b',' | b'+' | b'@' | b'%')
}

/// The first program of that name that can be bound.
fn find(
    name: &OsStr,
    path: &OsStr,
    program: impl Fn(&Path) -> Result<Interpreter, Error>,
) -> Result<Interpreter, Error> {
    let mut first_problem = None;
    for dir in check_path(path) {
        let candidate = dir.path.join(name);
        if matches!(dir.concern, Some(Concern::Skipped(_))) || executable_problem(&candidate).is_some() {
            continue;
        }
        match program(&candidate) {
            Ok(found) => return Ok(found),
            Err(error) => first_problem = first_problem.or(Some(error)),
        }
    }
    Err(first_problem.unwrap_or_else(|| {
        let name = name.to_string_lossy();
        Error::new(
            Kind::Refused,
            "no_interpreter",
            format!("no directory of PATH has the interpreter `{name}`"),
        )
        .hint("`leash doctor` names the directories of PATH that are passed over")
    }))
}

/// A program that may run a script, and its digest.
fn program(path: &Path, digests: Option<&Digests>) -> Result<Interpreter, Error> {
    let (mut file, metadata) = file::open(path)?;
    suitable::check(path, &file, &metadata)?;
    suitable::check_executable(path)?;
    // It is started by its path, so nobody else may put another one there in the meantime.
    file::check_writers(path, &metadata)?;
    if let Some(digest) = digests.and_then(|digests| digests.get(&metadata)) {
        return Ok(Interpreter { path: path.to_owned(), digest });
    }
    let fail = |error: std::io::Error| Error::io("read", path, &error);
    let mut head = Vec::new();
    file.by_ref().take(4).read_to_end(&mut head).map_err(fail)?;
    if head.starts_with(b"#!") {
        return Err(file::refused(path, "is an interpreter that is a script itself, and may start anything")
            .hint("name the program that it leads to in the plugin's `#!` line"));
    }
    if !is_program(&head) {
        return Err(file::refused(path, "is no program"));
    }
    file.rewind().map_err(fail)?;
    let digest = match digests {
        Some(digests) => digests.hash(&file, &metadata),
        None => Digest::of_reader(&file),
    };
    let digest = digest.map_err(fail)?;
    Ok(Interpreter { path: path.to_owned(), digest })
}

/// Whether a file is one that the kernel itself can load.
pub(crate) fn is_program(head: &[u8]) -> bool {
    head.starts_with(b"\x7fELF")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn env_names_an_interpreter_and_does_no_more() {
        let read = |text: &str| {
            let (name, arguments) = behind_env(Some(OsStr::new(text)))?;
            let words = std::iter::once(name).chain(arguments);
            Some(words.map(|word| word.into_string().expect("UTF-8")).collect::<Vec<_>>().join("|"))
        };
        for (text, words) in [
            ("python3", "python3"),
            ("python3 -u", "python3 -u"),
            ("-S python3 -u", "python3|-u"),
            ("-Spython3\t -u  a=b", "python3|-u|a=b"),
            ("/usr/bin/python3", "/usr/bin/python3"),
        ] {
            assert_eq!(read(text).as_deref(), Some(words), "{text}");
        }
        for text in [
            "",
            "-i",
            "-i python3",
            "A=b",
            "-S A=b python3",
            "-S",
            "-S -i python3",
            "-S 'python3'",
            "-S $X",
            "a/b",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(behind_env(None), None);
    }
}
