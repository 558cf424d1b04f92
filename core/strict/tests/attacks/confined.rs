//! The program that confines itself and becomes another, as the host does.

use std::{
    env,
    ffi::OsString,
    fs::{self, File},
    io::Write as _,
    os::{fd::AsRawFd as _, unix::process::CommandExt as _},
    process::{Command, ExitCode},
    thread,
};

use leash_files::Paths;
use leash_strict::Spec;
use rustix::{
    fs::{MemfdFlags, memfd_create},
    io::{FdFlags, fcntl_setfd},
};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};

/// Becomes the program in `words`, confined as the environment says.
pub(crate) fn run(words: &[OsString]) -> ExitCode {
    let set = |name: &str| env::var_os(name);
    let mut spec = Spec::new(&Paths::from_env().expect("paths"), |name| env::var_os(name));
    spec.stream_pairs = set("STRICT_PAIRS").is_some();
    spec.readable.extend(set("STRICT_READABLE").map(Into::into));
    spec.writable.extend(set("STRICT_WRITABLE").map(Into::into));
    match set("STRICT_WITHOUT").as_deref().and_then(|part| part.to_str()) {
        Some("landlock") => answer(libc::SYS_landlock_create_ruleset, libc::ENOSYS),
        Some("landlock-on") => answer(libc::SYS_landlock_create_ruleset, libc::EOPNOTSUPP),
        Some("landlock-enough") => answer(libc::SYS_landlock_restrict_self, libc::E2BIG),
        Some("seccomp") => answer(libc::SYS_seccomp, libc::EINVAL),
        _ => {}
    }
    if set("STRICT_THREAD").is_some() {
        thread::spawn(thread::park);
    }
    let mut program = words[0].clone();
    if set("STRICT_SEALED").is_some() {
        program = in_memory(&program);
    }
    for _ in 0..set("STRICT_TIMES").map_or(1, |times| times.to_str().unwrap().parse().unwrap()) {
        if set("STRICT_OFF").is_none()
            && let Err(error) = leash_strict::confine(&spec)
        {
            eprintln!("error: {error}\nhint: {}", error.hints());
            return ExitCode::from(error.kind().exit_status());
        }
    }
    let error = Command::new(&program).args(&words[1..]).exec();
    eprintln!("cannot run {}: {error}", program.display());
    ExitCode::from(126)
}

/// Has the kernel seem to lack a call, which is as near to an old kernel as a new one comes.
fn answer(call: libc::c_long, error: i32) {
    let action = SeccompAction::Errno(error.unsigned_abs());
    let calls = [(call, Vec::new())].into_iter().collect();
    let arch = env::consts::ARCH.try_into().unwrap();
    let filter = SeccompFilter::new(calls, SeccompAction::Allow, action, arch).unwrap();
    let program: BpfProgram = filter.try_into().unwrap();
    seccompiler::apply_filter(&program).unwrap();
}

/// A copy that lies in no file system, as a granted plugin is run.
fn in_memory(program: &OsString) -> OsString {
    let mut file = File::from(memfd_create("sealed", MemfdFlags::empty()).unwrap());
    file.write_all(&fs::read(program).unwrap()).unwrap();
    // Open for writing, it couldn't be executed.
    let readable = File::open(format!("/proc/self/fd/{}", file.as_raw_fd())).unwrap();
    fcntl_setfd(&readable, FdFlags::empty()).unwrap();
    let path = format!("/proc/self/fd/{}", readable.as_raw_fd()).into();
    std::mem::forget(readable);
    path
}
