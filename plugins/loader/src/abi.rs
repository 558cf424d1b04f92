//! The C types between the loader and a library, as in `include/leash_plugin.h`.

use std::{
    ffi::{OsString, c_void},
    os::unix::ffi::OsStrExt as _,
};

/// The version of these types.
pub(crate) const VERSION: u32 = 1;

/// `leash_bytes`: borrowed bytes, not ended by a NUL.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bytes {
    pub(crate) ptr: *const u8,
    pub(crate) len: usize,
}

/// `leash_host_v1`: what the loader offers.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) size: u32,
    pub(crate) abi: u32,
    pub(crate) ctx: *const c_void,
    pub(crate) call: Call,
}

/// How every version of `leash_plugin_v1` begins.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub(crate) struct Head {
    pub(crate) size: u32,
    pub(crate) abi: u32,
}

/// `leash_plugin_v1`: what a library offers.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plugin {
    pub(crate) head: Head,
    pub(crate) run: Option<Run>,
}

/// `leash_host_v1.call`.
pub(crate) type Call = unsafe extern "C" fn(*const c_void, Bytes, *mut u8, usize, *mut usize) -> i32;
/// A library's entry. "Unwind" since a library may break its promise not to.
pub(crate) type Entry = unsafe extern "C-unwind" fn(u32) -> *const Plugin;
/// A plugin's whole run.
pub(crate) type Run = unsafe extern "C-unwind" fn(*const Host, Bytes, usize, *const Bytes) -> i32;

impl Bytes {
    /// Lends bytes. They must outlive whoever is given this.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        // An empty slice's pointer points nowhere; a library may still want to copy from it.
        Self { ptr: if bytes.is_empty() { c"".as_ptr().cast() } else { bytes.as_ptr() }, len: bytes.len() }
    }

    /// Lends an argument, whatever its bytes are.
    #[allow(clippy::ptr_arg, reason = "what is lent must be owned by somebody")]
    pub(crate) fn of_os(text: &OsString) -> Self {
        Self::of(text.as_bytes())
    }
}

impl Host {
    pub(crate) fn new(ctx: *const c_void, call: Call) -> Self {
        Self { size: u32::try_from(size_of::<Self>()).unwrap_or(0), abi: VERSION, ctx, call }
    }
}

// What the header comes to where a pointer has eight bytes.
const _: () = assert!(size_of::<usize>() != 8 || (size_of::<Host>() == 24 && size_of::<Plugin>() == 16));
