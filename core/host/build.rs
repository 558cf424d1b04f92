//! Has the unwinder linked in, where the C compiler has it as an archive.
//!
//! Rust's standard library would otherwise load `libgcc_s.so`, which takes a tenth of the time that handing over to a
//! plugin takes, for what a panic alone needs. Where there is no such archive, or the linker takes archives only
//! for what was asked for before them, all stays as it was.

#![allow(clippy::print_stdout, reason = "it is how a build script speaks")]

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=CC");
    let target = |what: &str| env::var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default();
    let is_native = env::var("HOST") == env::var("TARGET");
    if target("OS") != "linux" || target("ENV") != "gnu" || !is_native {
        return;
    }
    if let Some(dir) = archive("libgcc_eh.a").as_deref().and_then(Path::parent) {
        println!("cargo:rustc-link-search=native={}", dir.display());
        println!("cargo:rustc-link-lib=static:-bundle=gcc_eh");
    }
}

/// Where the C compiler has an archive of its own.
fn archive(name: &str) -> Option<PathBuf> {
    let compiler = env::var_os("CC").unwrap_or_else(|| "cc".into());
    let output = Command::new(compiler).arg(format!("-print-file-name={name}")).output().ok()?;
    let path = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    // It repeats the name where it has none.
    (path.is_absolute() && path.is_file()).then_some(path)
}
