//! How the executables are linked, where the C compiler has what it takes; elsewhere all stays as Rust does it.
//!
//! `leash` gets the C library and the unwinder linked in, and stays position-independent: loading them takes longer than
//! all that it does. It looks up no host and loads no library, for which the C library would have to be there
//! as a whole; `leash-builtin` does, and has only the unwinder linked in.
#![allow(clippy::disallowed_methods, reason = "cargo tells a build script everything in variables")]
#![allow(clippy::print_stdout, reason = "it is how a build script speaks")]

use std::{
    env, fs, io,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};

/// What Rust's standard library asks for, and the archive that has it.
const LIBRARIES: [(&str, &str); 7] = [
    ("gcc_s", "gcc_eh"),
    ("util", "util"),
    ("rt", "rt"),
    ("pthread", "pthread"),
    ("m", "m"),
    ("dl", "dl"),
    ("c", "c"),
];

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=CC");
    let target = |what: &str| env::var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default();
    let is_native = env::var("HOST") == env::var("TARGET");
    if target("OS") != "linux" || target("ENV") != "gnu" || !is_native {
        return;
    }
    let Some(out) = env::var_os("OUT_DIR").map(PathBuf::from) else { return };
    let _ = link_unwinder(&out.join("unwinder"));
    // Elsewhere linkers take archives only for what was asked for before them, which nobody tried.
    if target("ARCH") == "x86_64" {
        let _ = link_statically(&out.join("static"));
    }
}

/// For all executables of this package.
fn link_unwinder(dir: &Path) -> io::Result<()> {
    // A directory with nothing else in it, so that nothing else is found there.
    provide(dir, &[("gcc_eh", "gcc_eh")])?;
    println!("cargo:rustc-link-search=native={}", dir.display());
    println!("cargo:rustc-link-lib=static:-bundle=gcc_eh");
    Ok(())
}

fn link_statically(dir: &Path) -> io::Result<()> {
    provide(dir, &LIBRARIES)?;
    // Not every system has what such a program starts with, or lets it start.
    let (source, program) = (dir.join("try.c"), dir.join("try"));
    fs::write(&source, "#include <stdio.h>\nint main(void) { return puts(\"it works\") < 0; }\n")?;
    let linked = compiler().args(["-pie", "-static-pie", "-o"]).arg(&program).arg(&source).output()?;
    let works =
        linked.status.success() && Command::new(&program).output().is_ok_and(|tried| tried.status.success());
    if works {
        println!("cargo:rustc-link-arg-bin=leash=-static-pie");
        println!("cargo:rustc-link-arg-bin=leash=-L{}", dir.display());
    }
    Ok(())
}

/// Fills a directory with archives under the names by which they will be asked for.
fn provide(dir: &Path, libraries: &[(&str, &str)]) -> io::Result<()> {
    if dir.exists() {
        fs::remove_dir_all(dir)?;
    }
    fs::create_dir_all(dir)?;
    for (asked, has) in libraries {
        let archive = archive(&format!("lib{has}.a")).ok_or(io::ErrorKind::NotFound)?;
        symlink(archive, dir.join(format!("lib{asked}.a")))?;
    }
    Ok(())
}

/// Where the C compiler has an archive of its own.
fn archive(name: &str) -> Option<PathBuf> {
    let output = compiler().arg(format!("-print-file-name={name}")).output().ok()?;
    let path = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    // It repeats the name where it has none.
    (path.is_absolute() && path.is_file()).then_some(path)
}

fn compiler() -> Command {
    Command::new(env::var_os("CC").unwrap_or_else(|| "cc".into()))
}
