//! Where leash's own file lies, and the programs that came with it.

use std::{
    env,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use leash_output::{Error, Kind};

/// The executable that has the built-in commands.
pub(crate) const BUILTIN_PROGRAM: &str = "leash-builtin";
/// The executable that makes payments for plugins.
pub(crate) const PAYER_PROGRAM: &str = "leash-payer";
/// The executable that runs dynamic libraries as plugins.
const LOADER_PROGRAM: &str = "leash-loader";

/// The file of `leash`, links resolved, also where this process is the one that has the built-in commands.
///
/// # Errors
/// Where the system doesn't say.
pub(crate) fn own() -> Result<PathBuf, Error> {
    static FILE: OnceLock<PathBuf> = OnceLock::new();
    if let Some(file) = FILE.get() {
        return Ok(file.clone());
    }
    // Linux names the file itself, unless that is gone.
    let resolve =
        |file: PathBuf| match cfg!(target_os = "linux") && !file.to_string_lossy().ends_with(" (deleted)") {
            true => Ok(file),
            false => std::fs::canonicalize(file),
        };
    let host = |file: PathBuf| host_of(&file).unwrap_or(file);
    let file = env::current_exe()
        .and_then(resolve)
        .map(host)
        .map_err(|error| Error::failure("io", format!("cannot find leash's own file: {error}")))?;
    Ok(FILE.get_or_init(|| file).clone())
}

/// The `leash` to which the executable that has the built-ins belongs; none for any other executable.
fn host_of(program: &Path) -> Option<PathBuf> {
    let dir = program.parent().filter(|_| program.file_name().is_some_and(|name| name == BUILTIN_PROGRAM))?;
    // As it lies in `bin` and in `libexec/leash`.
    let places = [dir.join("leash"), dir.parent()?.parent()?.join("bin/leash")];
    places.into_iter().find(|place| leash_resolve::executable_problem(place).is_none())
}

/// An executable that came with the host, and is no command; or what to do where it isn't there.
pub(crate) fn companion(name: &str) -> Result<PathBuf, String> {
    let host = own().map_err(|error| error.message().to_owned())?;
    let beside = host.parent().unwrap_or(&host);
    let places = [beside.join(name), beside.join("../libexec/leash").join(name)];
    let there = places.into_iter().find(|path| leash_resolve::executable_problem(path).is_none());
    there.ok_or_else(|| format!("install leash whole: `{name}` belongs into `{}`", beside.display()))
}

/// What runs dynamic libraries; it came with the host.
///
/// # Errors
/// [`Kind::NotRunnable`] where it isn't there.
pub fn loader() -> Result<PathBuf, Error> {
    companion(LOADER_PROGRAM).map_err(|hint| {
        Error::new(Kind::NotRunnable, "no_loader", "the plugin is a library, and `leash-loader` isn't there")
            .hint(hint)
    })
}
