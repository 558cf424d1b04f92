//! Loading a library and entering it: all the trust that the loader has to give.
//!
//! A library can do to this process whatever it likes. What is checked here serves messages, not safety; safety
//! is that there is no key in this process.
#![allow(unsafe_code, reason = "a dynamic library is entered through pointers")]

use std::{
    ffi::OsStr,
    mem::{self, align_of, size_of},
    os::{
        fd::{FromRawFd as _, OwnedFd},
        unix::ffi::OsStrExt as _,
    },
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    process,
};

use leash_output::Error;
use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};

use crate::{
    abi::{self, Bytes, Entry, Head, Run},
    call::Calls,
    failure::not_runnable,
};

/// The largest structure that a library may claim to have: later versions add fields.
const SIZE_MAX: usize = 4096;

/// A library that has been loaded, and stays so.
pub(crate) struct Plugin {
    run: Run,
}

impl Plugin {
    /// Loads the library at `path` for plugin `name`; `shown` is what the user knows it by.
    pub(crate) fn load(name: &str, path: &OsStr, shown: &Path) -> Result<Self, Error> {
        let refuse = |why: &str| not_runnable(name, shown, why);
        // SAFETY: runs the library's initialisers, which is what the user asked for.
        let library = unsafe { Library::open(Some(path), RTLD_NOW | RTLD_LOCAL) }.map_err(|error| {
            let why =
                std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
            refuse(&format!("can't be loaded: {why}")).hint("look at it: `file`, and `ldd` for what it needs")
        })?;
        close_copy(path);
        // SAFETY: the contract gives the symbol this type.
        let entry = unsafe { library.get::<Entry>(c"leash_plugin_entry_v1") }.map(|symbol| *symbol).map_err(
            |_| refuse("has no `leash_plugin_entry_v1`").hint("export it as `leash_plugin.h` declares it"),
        )?;
        // Never unloaded: its threads and exit handlers may outlive its `run`.
        mem::forget(library);
        // SAFETY: the contract gives the function this signature.
        let table = enter(name, || unsafe { entry(abi::VERSION) });
        if table.is_null() {
            return Err(refuse("offers nothing to this leash: its entry is null")
                .hint("it may want a newer leash; update the plugin, or leash"));
        }
        let odd = |what: &str| refuse(what).hint("build it against the `leash_plugin.h` of this leash");
        if table.addr() % align_of::<abi::Plugin>() != 0 {
            return Err(odd("returned a table at a crooked address"));
        }
        // SAFETY: not null and aligned; that size and ABI can be read at all is the library's promise.
        let Head { size, abi } = unsafe { table.cast::<Head>().read() };
        if abi != abi::VERSION {
            return Err(odd(&format!(
                "speaks version {abi} of the interface, and this leash {}",
                abi::VERSION
            )));
        }
        if !(size_of::<abi::Plugin>()..=SIZE_MAX).contains(&(size as usize)) {
            return Err(odd(&format!("returned a table that claims to have {size} bytes")));
        }
        // SAFETY: the table claims to be large enough.
        let run = unsafe { table.read() }.run.ok_or_else(|| odd("has no `run`"))?;
        Ok(Self { run })
    }

    /// Runs the plugin to its end.
    pub(crate) fn run(&self, calls: &Calls, context: Bytes, argv: &[Bytes]) -> i32 {
        let host = calls.host();
        // SAFETY: everything lent lives until `run` is back; the signature is the contract's.
        enter(calls.plugin(), || unsafe { (self.run)(&raw const host, context, argv.len(), argv.as_ptr()) })
    }
}

/// Calls into the library. What unwinds out of it, a C++ exception or another language's panic, ends here.
fn enter<T>(plugin: &str, call: impl FnOnce() -> T) -> T {
    // An exception of another runtime's can't be caught: Rust aborts, and says so.
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|_| {
        leash_output::Out::default().warn(&format!("plugin `{plugin}` panicked across its boundary"));
        process::abort()
    })
}

/// Closes the descriptor of a sealed copy, which has served: `/dev/fd/N`, above the standard three.
fn close_copy(path: &OsStr) {
    let bytes = path.as_bytes();
    let number = bytes.strip_prefix(b"/dev/fd/").or_else(|| bytes.strip_prefix(b"/proc/self/fd/"));
    let number = number.and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
    if let Some(number @ 3..) = number {
        // SAFETY: the host opened it for this process alone to load from, and nothing here knows its number.
        drop(unsafe { OwnedFd::from_raw_fd(number) });
    }
}
