//! Lets a Rust panic out of `run`: dies of SIGABRT. Built by `rustc --crate-type cdylib`.

use std::ffi::c_void;

/// `leash_bytes`.
#[repr(C)]
pub struct Bytes(*const u8, usize);

/// `leash_plugin_v1`.
#[repr(C)]
pub struct Plugin(u32, u32, extern "C-unwind" fn(*const c_void, Bytes, usize, *const Bytes) -> i32);

extern "C-unwind" fn run(_: *const c_void, _: Bytes, _: usize, _: *const Bytes) -> i32 {
    panic!("on purpose")
}

static PLUGIN: Plugin = Plugin(size_of::<Plugin>() as u32, 1, run);

/// The entry.
#[unsafe(no_mangle)]
pub extern "C" fn leash_plugin_entry_v1(_: u32) -> *const Plugin {
    &PLUGIN
}
