//! The passphrase of a key: from a descriptor, from a file, or from the person at the terminal.

mod accept;
mod descriptor;
mod hidden;
mod terminal;

use std::{ffi::OsString, path::Path};

use leash_output::{Error, Kind};
use leash_protocol::env::PASSPHRASE_FD;
use leash_signature::Secret;
use zeroize::Zeroizing;

use terminal::Terminal;

/// A file that holds the passphrase, for the host alone.
pub const PASSPHRASE_FILE: &str = "LEASH_PASSPHRASE_FILE";

/// How often a new passphrase may be mistyped.
const ATTEMPTS: usize = 3;

/// A passphrase.
#[derive(Debug)]
pub struct Obtained {
    /// The passphrase itself.
    pub passphrase: Secret<String>,
    /// Where it came from: it makes sense to ask again at a terminal alone.
    pub source: Source,
    /// What should be said of a new one that is easy to guess.
    pub warning: Option<&'static str>,
}

/// Where a passphrase came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The descriptor that `LEASH_PASSPHRASE_FD` names.
    Descriptor,
    /// The file that `LEASH_PASSPHRASE_FILE` names.
    File,
    /// The person at the terminal.
    Terminal,
}

/// How the caller reads a file that holds a secret, after checking its owner and mode; `None` where there is none.
/// Which files can be trusted is not for this crate to say.
pub type ReadFile<'a> = &'a dyn Fn(&Path) -> Result<Option<Zeroizing<Vec<u8>>>, Error>;

/// Gets the passphrase: `LEASH_PASSPHRASE_FD`, else `LEASH_PASSPHRASE_FILE`, else a question at the terminal,
/// which says what it is for (`purpose`, as in ``agent `default` ``). A `new` one is asked for twice.
///
/// The descriptor is read to its end and closed, so it serves once in a process; its variable is removed where no
/// other thread can be reading the environment. One line break at the end is not part of the passphrase.
///
/// A signal that comes during the question takes effect once the terminal's echo is back; where it doesn't end the
/// process, the error is [`Kind::Interrupted`].
///
/// # Errors
/// [`Kind::Identity`] where a variable names nothing that can be read, there is no terminal, or what was read is
/// empty or longer than 1 KiB; and, for a new one, where it is blank, holds what can't be typed, or was typed
/// differently three times.
///
/// From the call on the process can't be traced or dumped by others of this user.
pub fn obtain(purpose: &str, new: bool, read_file: ReadFile<'_>) -> Result<Obtained, Error> {
    shut_in();
    let (passphrase, source) = if let Some(number) = variable(PASSPHRASE_FD) {
        (accept::input(descriptor::read(&number)?, new)?, Source::Descriptor)
    } else if let Some(path) = variable(PASSPHRASE_FILE) {
        (accept::input(file(Path::new(&path), read_file)?, new)?, Source::File)
    } else {
        descriptor::refuse_second_reading()?;
        let terminal = Terminal::open()?;
        (if new { ask_twice(&terminal, purpose)? } else { ask(&terminal, purpose)? }, Source::Terminal)
    };
    let warning = if new { accept::warning(&passphrase) } else { None };
    Ok(Obtained { passphrase, source, warning })
}

/// Gets a passphrase that is to take the place of another one: from a file, else asked for twice at the terminal. The
/// variables say what the other one is, and aren't looked at.
///
/// # Errors
/// As [`obtain`] for a new one.
pub fn obtain_in_place(
    purpose: &str,
    from: Option<&Path>,
    read_file: ReadFile<'_>,
) -> Result<Obtained, Error> {
    shut_in();
    let (passphrase, source) = match from {
        Some(path) => {
            let bytes = read_file(path)?.ok_or_else(|| {
                let message = format!("there is no file `{}`", path.display());
                Error::new(Kind::Identity, "no_passphrase_file", message)
                    .hint("write the new passphrase to it with mode 600")
            })?;
            (accept::input(bytes, true)?, Source::File)
        }
        None => (ask_twice(&Terminal::open()?, purpose)?, Source::Terminal),
    };
    let warning = accept::warning(&passphrase);
    Ok(Obtained { passphrase, source, warning })
}

/// From here on other processes of this user can't look into this one, which is about to know a secret. An exec undoes
/// it, and leaves nothing of what was known.
fn shut_in() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        // A kernel that refuses leaves things as they would be without.
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}

/// Whether a passphrase can be had without stopping the job that this process belongs to: it is handed over, or the
/// process is in the foreground of its terminal.
#[must_use]
pub fn available() -> bool {
    is_handed_over() || Terminal::open().is_ok_and(|terminal| terminal.is_in_front())
}

/// Whether a variable says where the passphrase is, so that nobody has to be asked.
#[must_use]
pub fn is_handed_over() -> bool {
    variable(PASSPHRASE_FD).is_some() || variable(PASSPHRASE_FILE).is_some()
}

/// Closes the descriptor that `LEASH_PASSPHRASE_FD` names, where it is one that could hold a passphrase: what this
/// process executes next is not to read it. To be called while this process has opened nothing of its own, or after
/// [`obtain`].
pub fn discard() {
    descriptor::discard();
}

/// Blank counts as unset.
#[allow(clippy::disallowed_methods, reason = "the variables that lead to a passphrase are read here")]
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.to_string_lossy().trim().is_empty())
}

fn file(path: &Path, read_file: ReadFile<'_>) -> Result<Zeroizing<Vec<u8>>, Error> {
    read_file(path)?.ok_or_else(|| {
        let message = format!("{PASSPHRASE_FILE} names `{}`, which is not there", path.display());
        Error::new(Kind::Identity, "no_passphrase_file", message)
            .hint(format!("write the passphrase to it with mode 600, or `unset {PASSPHRASE_FILE}`"))
    })
}

fn ask(terminal: &Terminal, purpose: &str) -> Result<Secret<String>, Error> {
    let [typed] = terminal.ask([&format!("passphrase of {purpose}: ")])?;
    accept::typed(typed, false)
}

fn ask_twice(terminal: &Terminal, purpose: &str) -> Result<Secret<String>, Error> {
    let prompts = [&*format!("new passphrase for {purpose}: "), "the same again: "];
    for _ in 0..ATTEMPTS {
        let [first, second] = terminal.ask(prompts)?;
        if *first != *second {
            terminal.say("these two differ; once more");
            continue;
        }
        match accept::typed(first, true) {
            Ok(passphrase) => return Ok(passphrase),
            Err(error) => terminal.say(&format!("{error}; once more")),
        }
    }
    Err(Error::new(Kind::Identity, "no_passphrase", format!("no new passphrase after {ATTEMPTS} attempts"))
        .hint("run the command again; what you type is not shown"))
}

/// Asks for another secret than a passphrase, at the terminal and without showing what is typed.
///
/// # Errors
/// As [`obtain`], where there is no terminal or nothing usable was typed. From the call on the process can't be traced
/// or dumped.
pub fn ask_hidden(prompt: &str) -> Result<Secret<String>, Error> {
    shut_in();
    let [typed] = Terminal::open()?.ask([prompt])?;
    accept::secret(typed)
}
