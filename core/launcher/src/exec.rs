//! The last step: this process becomes another program, or says why it can't.

use std::{
    ffi::{CString, OsStr, OsString},
    fs::File,
    io::Read as _,
    os::unix::ffi::{OsStrExt as _, OsStringExt as _},
    path::Path,
};

use leash_output::{Error, Kind, pipe_signal_was_ignored};
use nix::errno::Errno;

/// Executes a program with these arguments, `argv[0]` among them, and these variables.
///
/// Straight through the kernel: the C library would hand what the kernel doesn't recognise to a shell, which then
/// makes what it can of a corrupt binary.
pub(crate) fn exec(path: &Path, arguments: &[OsString], environment: &[(OsString, OsString)]) -> Errno {
    let words = arguments.iter();
    let (Ok(program), Ok(words), Ok(variables)) = (
        CString::new(path.as_os_str().as_bytes()),
        words.map(|word| CString::new(word.as_bytes())).collect::<Result<Vec<_>, _>>(),
        environment.iter().map(|(name, value)| variable(name, value)).collect::<Result<Vec<_>, _>>(),
    ) else {
        return Errno::EINVAL;
    };
    // Rust's runtime ignores SIGPIPE, and what is ignored stays so across an exec. The user may have wanted just that.
    if !pipe_signal_was_ignored() {
        sigpipe::reset();
    }
    match nix::unistd::execve(&program, &words, &variables) {
        Ok(never) => match never {},
        Err(error) => error,
    }
}

fn variable(name: &OsStr, value: &OsStr) -> Result<CString, std::ffi::NulError> {
    let mut bytes = name.to_owned().into_vec();
    bytes.push(b'=');
    bytes.extend_from_slice(value.as_bytes());
    CString::new(bytes)
}

/// Why a file could not be executed, and how to find out more.
pub(crate) fn failed(path: &Path, error: Errno) -> Error {
    let typed = leash_files::Paths::typed(path);
    let look = format!("look at it: `file {typed}`");
    let (what, hint) = match (error, interpreter(path)) {
        (Errno::ENOENT, Some(interpreter)) if interpreter.ends_with('\r') => (
            format!("its interpreter `{interpreter}` is not there: its lines end as on Windows"),
            format!("take the carriage returns out: `sed -i 's/\\r$//' {typed}`"),
        ),
        (Errno::ENOENT | Errno::ENOTDIR, Some(interpreter)) => (
            format!("its interpreter `{interpreter}` is not there"),
            format!("install it, or mend the first line of {typed}"),
        ),
        (Errno::ENOENT, None) => ("it, or the loader that it asks for, is not there".to_owned(), look),
        (Errno::EACCES, Some(interpreter)) => (
            format!("this user may not execute it, or its interpreter `{interpreter}`"),
            format!("look at their modes: `ls -l {typed} {interpreter}`"),
        ),
        (Errno::EACCES, None) => {
            ("this user may not execute it".to_owned(), format!("look at its mode: `ls -l {typed}`"))
        }
        (Errno::ENOEXEC, None) => {
            ("it is neither a program for this machine nor a script with a `#!` line".to_owned(), look)
        }
        (Errno::E2BIG, _) => (
            "its arguments and the environment are longer than the system allows".to_owned(),
            "give it less at a time, for example through stdin or a file".to_owned(),
        ),
        _ => (error.desc().to_owned(), look),
    };
    let message = format!("cannot run `{}`: {what}", path.display());
    Error::new(Kind::NotRunnable, "not_runnable", message).hint(hint)
}

/// What the first line of a script names after its `#!`.
fn interpreter(path: &Path) -> Option<String> {
    // As much as the kernel looks at.
    let mut start = Vec::with_capacity(256);
    File::open(path).ok()?.take(256).read_to_end(&mut start).ok()?;
    let line = start.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?;
    let words = line.trim_ascii_start().split(|byte| matches!(byte, b' ' | b'\t')).next()?;
    Some(String::from_utf8_lossy(words).into_owned())
}
