//! The strict level of a plugin: what the kernel keeps it from, whatever the plugin is made of.
//!
//! The host calls [`confine`] in its own process, right before it executes the plugin in it. From then on neither that
//! process nor anything that it starts can read leash's configuration or store, write to a directory of PATH or a
//! start-up file of a shell, signal or trace anyone outside, or make a socket that reaches a local service. Nothing
//! relaxes this again. What can't be enforced is refused, never left out; [`available`] says so beforehand.
//!
//! What is protected from what, and what is lost, stands in this crate's README.

mod availability;
mod homes;
mod spec;
mod startup;

#[cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")
))]
#[path = "linux/mod.rs"]
mod platform;

#[cfg(not(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")
)))]
#[path = "elsewhere.rs"]
mod platform;

pub use availability::{Availability, Missing, Part};
pub use spec::Spec;

use leash_output::Error;

/// What this machine and this process can enforce, found by trying it on a thread that then ends.
#[must_use]
pub fn available() -> Availability {
    platform::available()
}

/// Confines this process, and all that it will ever start, for good.
///
/// To be called right before the exec, with a single thread running. After an error the process may be confined in
/// part; it is to say so and end.
///
/// # Errors
/// [`Kind::Refused`](leash_output::Kind::Refused), with the reason, where any part of it can't be enforced: as root,
/// with capabilities, on a kernel without Landlock's scopes (before Linux 6.12), where a secret has a second name.
pub fn confine(spec: &Spec) -> Result<(), Error> {
    platform::confine(spec)
}
